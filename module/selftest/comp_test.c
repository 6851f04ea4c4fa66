// SPDX-License-Identifier: GPL-2.0-only
/*
 * Included by comp.c. RFC 1951 and RFC 2394 have no vectors: streams are by hand
 * after RFC 1951 3.2, or of zlib 1.2.13 in user space.
 */
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/random.h>

#define EXPECT(condition)                                                                        \
	do {                                                                                     \
		if (!(condition)) {                                                              \
			pr_err("selftest: comp: %s: %s, line %d\n", what, #condition, __LINE__); \
			ok = false;                                                              \
		}                                                                                \
	} while (0)

enum comp_test_limits {
	COMP_TEST_NEXT = 4,
	COMP_TEST_CPI = 0x1234,
	COMP_TEST_OWN = 20, /* bytes of a transport-mode packet's own header */
};

/**
 * struct comp_test - a stream
 * @what: of which kind
 * @hex: the stream
 * @len: bytes that it expands to; 0: it is to be refused
 * @byte: what it expands to: this byte, or 0 for anything
 */
struct comp_test {
	const char *what;
	const char *hex;
	unsigned int len;
	u8 byte;
};

static const struct comp_test comp_tests[] = {
	{ "a stored block", "010500faff6161616161", 5, 'a' },
	{ "fixed codes", "cb2c284e4d2ecb4c53c8a43d0300", 108 },
	{
		"a distance of 32700 bytes",
		"edc1d5410200004041a5916e90ee2e69a543a4534a90dc7f06a7f0efdd3d0b8422b1442a93bf28942ab546abd31b8c26b3c56a7bb53b9c2eb7c7ebf30782a170241a8b2792a97426fb96cb178aa572e5fda35aab379aad76a7dbfbec7f0d86a3f1643a9b2f96abf5f766bbdb1f7e8ea7dff3e57abb3f9e0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000f847cf02a1482c91cae42f0aa54aadd1eaf406a3c96cb1da5eed0ea7cbedf1fafc8160281c89c6e289642a9dc9bee5f28562a95c79ffa8d6ea8d66abdde9f63efb5f83e1683c99cee68be56afdbdd9eef6879fe3e9f77cb9deee8f3f",
		32800,
	},
	{
		"the most that there may be",
		"edc101010000008090feafee080a0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001a",
		65535,
	},
	{
		"one byte more",
		"edc101010000008090feafee080a0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000006a",
	},
	{ "nothing in it", "0300" },
	{ "no stream at all", "" },
	{ "a reserved kind of block", "07" },
	{ "a distance to before the beginning", "030200" },
	{ "a stored block whose length is contradicted", "010500fbff6161616161" },
	{ "a stored block cut off", "010500faff61616161" },
	{ "fixed codes cut off", "cb2c284e4d2ecb4c53c8a43d" },
	{ "a byte behind the end", "cb2c284e4d2ecb4c53c8a43d030000" },
};

static struct sk_buff *test_packet(const struct comp_test *t, __be16 cpi)
{
	struct ip_comp_hdr header = { .nexthdr = COMP_TEST_NEXT, .cpi = cpi };
	unsigned int len = strlen(t->hex) / 2;
	struct sk_buff *skb = alloc_skb(sizeof(header) + len, GFP_KERNEL);

	if (!skb)
		return NULL;
	memcpy(skb_put(skb, sizeof(header)), &header, sizeof(header));
	if (hex2bin(skb_put(skb, len), t->hex, len)) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}

static int test_expand(struct sk_buff *skb, enum ipsecvif_drop_reason *reason)
{
	int next_header;

	local_bh_disable();
	next_header = ipsecvif_comp_expand(htons(COMP_TEST_CPI), skb, reason);
	local_bh_enable();
	return next_header;
}

static bool test_stream(const struct comp_test *t)
{
	struct sk_buff *skb = test_packet(t, htons(COMP_TEST_CPI));
	const char *what = t->what;
	enum ipsecvif_drop_reason reason;
	bool ok = true;
	u8 byte;

	if (!skb)
		return false;
	if (t->len) {
		EXPECT(test_expand(skb, &reason) == COMP_TEST_NEXT);
		EXPECT(skb->len == t->len);
		EXPECT(!skb_copy_bits(skb, skb->len - 1, &byte, 1));
		EXPECT(!t->byte || byte == t->byte);
	} else {
		EXPECT(test_expand(skb, &reason) == -EINVAL);
		EXPECT(reason == IPSECVIF_DROP_COMP);
	}
	kfree_skb(skb);
	return ok;
}

static bool test_cpi(void)
{
	struct sk_buff *skb = test_packet(&comp_tests[0], htons(COMP_TEST_CPI + 1));
	const char *what = "another CPI";
	enum ipsecvif_drop_reason reason;
	bool ok = true;

	if (!skb)
		return false;
	EXPECT(test_expand(skb, &reason) == -EINVAL && reason == IPSECVIF_DROP_COMP);
	kfree_skb(skb);
	return ok;
}

/* A payload in head and pages, behind a header of its own. */
static struct sk_buff *test_payload(const u8 *data, unsigned int len)
{
	unsigned int linear = min(len, 100U);
	struct ipsecvif_outer *outer;
	struct sk_buff *skb;
	int err;

	skb = alloc_skb_with_frags(COMP_TEST_OWN + linear, len - linear, 0, &err, GFP_KERNEL);
	if (!skb)
		return NULL;
	memset(skb_put(skb, COMP_TEST_OWN), 0x45, COMP_TEST_OWN);
	skb_put(skb, linear);
	skb->data_len = len - linear;
	skb->len += skb->data_len;
	__skb_pull(skb, COMP_TEST_OWN);
	skb_store_bits(skb, 0, data, len);
	outer = ipsecvif_outer_cb(skb);
	memset(outer, 0, sizeof(*outer));
	outer->header = COMP_TEST_OWN;
	outer->next_header = COMP_TEST_NEXT;
	return skb;
}

static bool test_same(struct sk_buff *skb, const u8 *data, unsigned int len)
{
	u8 *got = kmalloc(len, GFP_KERNEL);
	bool same;

	same = got && skb->len == len && !skb_copy_bits(skb, 0, got, len) &&
	       !memcmp(got, data, len);
	kfree(got);
	return same;
}

static bool test_round(const char *what, const u8 *data, unsigned int len, bool shrinks)
{
	struct sk_buff *plain = test_payload(data, len), *skb = plain;
	enum ipsecvif_drop_reason reason;
	bool ok = true;

	if (!plain)
		return false;
	local_bh_disable();
	ipsecvif_comp_compress(htons(COMP_TEST_CPI), &skb, 16, 16);
	local_bh_enable();
	EXPECT((skb != plain) == shrinks);
	EXPECT(skb->data[-1] == 0x45 && skb->data[-COMP_TEST_OWN] == 0x45);
	if (shrinks) {
		EXPECT(skb->len < len);
		EXPECT(ipsecvif_outer_cb(skb)->next_header == IPPROTO_COMP);
		EXPECT(test_expand(skb, &reason) == COMP_TEST_NEXT);
	}
	EXPECT(test_same(skb, data, len));
	kfree_skb(skb);
	return ok;
}

static bool test_rounds(void)
{
	enum {
		LEN = 3 * PAGE_SIZE
	};
	u8 *data = kmalloc(LEN, GFP_KERNEL);
	unsigned int i;
	bool ok;

	if (!data)
		return false;
	get_random_bytes(data, LEN);
	ok = test_round("random bytes", data, LEN, false);
	for (i = 0; i < LEN; i++)
		data[i] = "compressible "[i % 13];
	ok &= test_round("text", data, LEN, true);
	ok &= test_round("short text", data, COMP_THRESHOLD - 1, false);
	ok &= test_round("text of the threshold", data, COMP_THRESHOLD, true);
	kfree(data);
	return ok;
}

/**
 * ipsecvif_comp_selftest() - check streams, good and bad
 *
 * Return: true if all is well; else each failure is in the log.
 */
bool ipsecvif_comp_selftest(void)
{
	bool ok = true;
	int i;

	if (ipsecvif_comp_get())
		return false;
	for (i = 0; i < ARRAY_SIZE(comp_tests); i++)
		ok &= test_stream(&comp_tests[i]);
	ok &= test_cpi() & test_rounds();
	ipsecvif_comp_put();
	return ok;
}

#undef EXPECT
