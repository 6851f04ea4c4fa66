// SPDX-License-Identifier: GPL-2.0-only
/*
 * Included by ah.c. No RFC has AH packets as vectors, so these were made by
 * in-kernel XFRM of Linux 6.12 and captured; the hashes beneath are held against
 * theirs (RFC 2202, RFC 4231) by the crypto API. A key is 0, 1, 2, ..., from 32
 * on anew.
 */
#include <linux/kernel.h>
#include <linux/printk.h>

#define EXPECT(condition)                                                                         \
	do {                                                                                      \
		if (!(condition)) {                                                               \
			pr_err("selftest: ah: %s: %s, line %d\n", t->what, #condition, __LINE__); \
			ok = false;                                                               \
		}                                                                                 \
	} while (0)

enum ah_test_limits {
	AH_TEST_MAX = 128
};

/**
 * struct ah_test - a packet of XFRM
 * @hex: the packet
 * @what: of which kind
 * @alg: integrity algorithm
 * @key_len: bytes
 * @icv_bits: bits
 * @offset: bytes before AH
 * @esn: with extended sequence numbers
 * @seq_high: upper half of the sequence number
 * @sent: as it left; else as it arrives, too: its route was already travelled
 */
struct ah_test {
	const char *hex;
	const char *what;
	const char *alg;
	u8 key_len;
	u16 icv_bits;
	u8 offset;
	bool esn;
	u32 seq_high;
	bool sent;
};

static const struct ah_test ah_tests[] = {
	{
		"4f000064af1e400040331334c0000201c000020201072708c000020100000000000000000000000000000000000000000000000000000000000000000104000000001001000000016cd63bff74ee7b777aaf1f650800eb2a00c400010001020304050607",
		.what = "IPv4 transport, record route, hmac(sha1)",
		.alg = "hmac(sha1)",
		.key_len = 20,
		.icv_bits = 96,
		.offset = 60,
	},
	{
		"450000547d5e400040333915c0000201c0000202040500000000100200000000367fb41e732b4b7cebd1297c14eb001345000024729640004001dc0bc0000201c63364020800eb2200cc00010001020304050607",
		.what = "IPv4 tunnel, ESN beyond 2^33, hmac(sha256)",
		.alg = "hmac(sha256)",
		.key_len = 32,
		.icv_bits = 128,
		.offset = 20,
		.esn = true,
		.seq_high = 2,
	},
	{
		"6005b82e0028334020010db800000000000000000000000120010db80000000000000000000000023a0400000000100400000001762bdb45a45e266e07ac2e508000175400db00010001020304050607",
		.what = "IPv6 transport, xcbc(aes)",
		.alg = "xcbc(aes)",
		.key_len = 16,
		.icv_bits = 96,
		.offset = 40,
	},
	{
		"4900005a3f684000403342dcc0000201c000020294040000014408090002b5d3dc01010011090000000010050000000109f1e1e25a136367e8747568cea049ce48d8eb5018744cadecb6a5f53e2efe31c5440009000a75404148",
		.what = "IPv4 transport, router alert and timestamp, hmac(sha512)",
		.alg = "hmac(sha512)",
		.key_len = 64,
		.icv_bits = 256,
		.offset = 36,
	},
	{
		"62885758003a004020010db800000000000000000000000120010db80000000000000000000000023c00050200003e0033003e02ccdd0100110600000000100300000001bae4bc12443fd0f217230ce506506463ccdd01000fa00009000a53744148",
		.what = "IPv6 transport, hop-by-hop and destination options, padded, hmac(sha256)",
		.alg = "hmac(sha256)",
		.key_len = 32,
		.icv_bits = 128,
		.offset = 56,
	},
	{
		"470000523f6c40004033b7d7c0000201c0000202830704c633640200110900000000100500000002fb804185fe2d4dab81c1778019b84c0db21fdfdc8751b006f542343e57a789a092e00009000aa7a44148",
		.what = "IPv4 transport, loose source route, hmac(sha512)",
		.alg = "hmac(sha512)",
		.key_len = 64,
		.icv_bits = 256,
		.offset = 28,
		.sent = true,
	},
};

static struct sk_buff *test_skb(const struct ah_test *t)
{
	unsigned int len = strlen(t->hex) / 2;
	struct sk_buff *skb = alloc_skb(len, GFP_KERNEL);

	if (!skb)
		return NULL;
	if (hex2bin(skb_put(skb, len), t->hex, len)) {
		kfree_skb(skb);
		return NULL;
	}
	skb->protocol = htons(skb->data[0] >> 4 == 6 ? ETH_P_IPV6 : ETH_P_IP);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, t->offset);
	return skb;
}

static int test_crypt(const struct ah_test *t, struct ipsecvif_crypt *crypt)
{
	struct ipsecvif_crypt_conf conf = {
		.auth_name = t->alg,
		.auth_key_len = t->key_len,
		.auth_trunc_bits = t->icv_bits,
		.ah = true,
	};
	u8 key[64];
	int i;

	for (i = 0; i < sizeof(key); i++)
		key[i] = i % 32;
	conf.auth_key = key;
	crypt->esn = t->esn;
	return ipsecvif_ah_crypt_init(crypt, &conf, NULL);
}

static int test_verify(const struct ah_test *t, const struct ipsecvif_crypt *crypt,
		       struct sk_buff *skb)
{
	int err;

	/* As the stack hands it over: data begins at AH. */
	__skb_pull(skb, t->offset);
	err = ipsecvif_ah_verify(crypt, skb, t->offset, t->seq_high);
	__skb_push(skb, t->offset);
	return err;
}

/* What a router may change without the ICV noticing. */
static bool test_mutable(const struct ah_test *t, unsigned int at)
{
	static const u8 v4[] = { 1, 6, 7, 8, 10, 11 };
	unsigned int i;

	if (t->hex[0] == '6')
		return at < 4 || at == 7;
	for (i = 0; i < ARRAY_SIZE(v4); i++)
		if (v4[i] == at)
			return true;
	return false;
}

static bool test_option(const struct ah_test *t, unsigned int at)
{
	return at >= (t->hex[0] == '6' ? 40 : 20) && at < t->offset;
}

/* Each bit outside of options is covered, or mutable; the packet stays as it is. */
static bool test_packet(const struct ah_test *t, const struct ipsecvif_crypt *crypt,
			struct sk_buff *skb)
{
	u8 before[AH_TEST_MAX];
	unsigned int i;
	bool ok = true;

	memcpy(before, skb->data, skb->len);
	EXPECT(ipsecvif_ah_len_ok(crypt, skb->protocol == htons(ETH_P_IPV6) ? AF_INET6 : AF_INET,
				  ipsecvif_ah_size((void *)(skb->data + t->offset))));
	if (!t->sent) {
		EXPECT(!test_verify(t, crypt, skb));
		for (i = 0; i < skb->len; i++) {
			/* Version and lengths make another packet of it. */
			if (test_option(t, i) || !i || i == t->offset + 1)
				continue;
			skb->data[i] ^= 0x10;
			EXPECT(!test_verify(t, crypt, skb) == test_mutable(t, i));
			skb->data[i] ^= 0x10;
		}
	}
	EXPECT(!memcmp(before, skb->data, skb->len));
	memset(skb->data + t->offset + IPSECVIF_AH_HLEN, 0, crypt->icv);
	EXPECT(!ipsecvif_ah_sign(crypt, skb, t->seq_high));
	EXPECT(!memcmp(before, skb->data, skb->len));
	return ok;
}

static bool test_run(const struct ah_test *t)
{
	struct ipsecvif_crypt crypt = {};
	struct sk_buff *skb;
	bool ok = true;

	EXPECT(!test_crypt(t, &crypt));
	skb = ok ? test_skb(t) : NULL;
	if (ok) {
		EXPECT(skb && skb->len <= AH_TEST_MAX);
		local_bh_disable();
		ok = ok && test_packet(t, &crypt, skb);
		local_bh_enable();
	}
	kfree_skb(skb);
	ipsecvif_mac_free(&crypt);
	return ok;
}

/* Headers that XFRM would not send, or not as the RFCs say. */
static bool test_headers(void)
{
	static const struct {
		const char *what;
		const char *in;
		const char *out; /* NULL: refused */
		bool sent;
	} headers[] = {
		{
			"a routing header of type 2 on its way",
			"6123456700382b4020010db800000000000000000000000120010db8000000000000000000000002330202010000000020010db8000000000000000000000003",
			"6000000000382b0020010db800000000000000000000000120010db8000000000000000000000003330202000000000020010db8000000000000000000000002",
			true,
		},
		{
			"a segment routing header on its way",
			"6123456700382b4020010db800000000000000000000000120010db8000000000000000000000002330404010100000020010db800000000000000000000000420010db8000000000000000000000002",
			"6000000000382b0020010db800000000000000000000000120010db8000000000000000000000004330404000100000020010db800000000000000000000000420010db8000000000000000000000002",
			true,
		},
		{
			"a routing header at its end",
			"6123456700382b4020010db800000000000000000000000120010db8000000000000000000000003330202000000000020010db8000000000000000000000002",
			"6000000000382b0020010db800000000000000000000000120010db8000000000000000000000003330202000000000020010db8000000000000000000000002",
		},
		{
			"a routing header that is not at its end",
			"6123456700382b4020010db800000000000000000000000120010db8000000000000000000000002330202010000000020010db8000000000000000000000003",
			NULL,
		},
		{
			"more segments left than there are",
			"6123456700382b4020010db800000000000000000000000120010db8000000000000000000000002330202020000000020010db8000000000000000000000003",
			NULL,
			true,
		},
		{
			"an option beyond its header",
			"612345670038004020010db800000000000000000000000120010db800000000000000000000000233003e0500000000",
			NULL,
		},
		{
			"an extension header beyond AH",
			"612345670038004020010db800000000000000000000000120010db800000000000000000000000233013e0400000000",
			NULL,
		},
		{
			"extension headers that don't lead to AH",
			"612345670038004020010db800000000000000000000000120010db800000000000000000000000232003e0400000000",
			NULL,
		},
		{
			"an extension header that AH can't follow",
			"6123456700382c4020010db800000000000000000000000120010db80000000000000000000000023300000000000000",
			NULL,
		},
		{
			"a strict source route on its way",
			"4748003012344000403300000a0000010a0000028907040a00000300",
			"4700003012340000003300000a0000010a0000030000000000000000",
			true,
		},
		{
			"a strict source route at its end",
			"4748003012344000403300000a0000010a0000038907080a00000200",
			"4700003012340000003300000a0000010a0000030000000000000000",
			true,
		},
		{
			"a security option and a stream id",
			"4848003012344000403300000a0000010a000002820301018804abcd00000000",
			"4800003012340000003300000a0000010a000002820301010000000000000000",
		},
		{
			"an IPv4 option of no length",
			"4648003012344000403300000a0000010a00000207000000",
			NULL,
		},
		{
			"an IPv4 option beyond the header",
			"4648003012344000403300000a0000010a00000207050400",
			NULL,
		},
	};
	static const struct ah_test header_test = { .what = "headers" }, *t = &header_test;
	u8 in[AH_TEST_MAX], out[AH_TEST_MAX];
	bool ok = true;
	int i, err;

	for (i = 0; i < ARRAY_SIZE(headers); i++) {
		unsigned int len = strlen(headers[i].in) / 2;

		EXPECT(!hex2bin(in, headers[i].in, len));
		err = header_mask(in, len, headers[i].sent);
		if (!headers[i].out) {
			EXPECT(err == -EINVAL);
		} else {
			EXPECT(!err);
			EXPECT(strlen(headers[i].out) / 2 == len);
			EXPECT(!hex2bin(out, headers[i].out, len));
			EXPECT(!memcmp(in, out, len));
		}
		if (!ok) {
			pr_err("selftest: ah: %s\n", headers[i].what);
			return false;
		}
	}
	return ok;
}

/**
 * ipsecvif_ah_selftest() - check headers and ICVs
 *
 * Context: process, after ipsecvif_ah_module_init().
 * Return: true if all is well; else each failure is in the log.
 */
bool ipsecvif_ah_selftest(void)
{
	bool ok = test_headers();
	int i;

	for (i = 0; i < ARRAY_SIZE(ah_tests); i++)
		ok &= test_run(&ah_tests[i]);
	return ok;
}

#undef EXPECT
