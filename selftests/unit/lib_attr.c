// SPDX-License-Identifier: MIT
/*
 * libipsecvif without a kernel: addresses, attributes there and back, the
 * kernel's refusals as sentences, events.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/genl/genl.h>

#include "tools/lib/internal.h"

static void test_addr(void **state)
{
	static const char *const bads[] = { "",	 "1",	"1.2.3",     "1.2.3.4.5", "1.2.3.256",
					    ":", "g::", "1.2.3.4/8", " 1.2.3.4" };
	struct ipsecvif_addr a, b;
	char text[IPSECVIF_ADDR_STRLEN];
	uint8_t prefix;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bads) / sizeof(bads[0]); i++)
		assert_int_equal(ipsecvif_addr_parse(bads[i], &a), -EINVAL);
	assert_int_equal(ipsecvif_addr_parse("192.0.2.1", &a), 0);
	assert_string_equal(ipsecvif_addr_format(&a, text), "192.0.2.1");
	assert_int_equal(ipsecvif_addr_len(&a), 4);
	assert_int_equal(ipsecvif_prefix_parse("2001:db8::/32", AF_UNSPEC, &b, &prefix), 0);
	assert_int_equal(prefix, 32);
	assert_false(ipsecvif_addr_equal(&a, &b));
	assert_false(ipsecvif_addr_mask(&b, 32));
	assert_true(ipsecvif_addr_mask(&b, 28));
	assert_string_equal(ipsecvif_addr_format(&b, text), "2001:db0::");
	assert_true(ipsecvif_addr_mask(&a, 0));
	assert_string_equal(ipsecvif_addr_format(&a, text), "0.0.0.0");
	assert_int_equal(ipsecvif_prefix_parse("any", AF_INET6, &b, &prefix), 0);
	assert_int_equal(b.family, AF_INET6);
	assert_int_equal(ipsecvif_prefix_parse("10.0.0.0/8x", AF_UNSPEC, &b, &prefix), -EINVAL);
	assert_int_equal(ipsecvif_prefix_parse("::1/129", AF_UNSPEC, &b, &prefix), -EINVAL);
	assert_int_equal(ipsecvif_addr_from_bytes("12345", 5, &a), -EINVAL);
}

static struct nlattr *first_attr(struct nl_msg *msg)
{
	return nlmsg_attrdata(nlmsg_hdr(msg), 0);
}

static void test_sa_round_trip(void **state)
{
	struct ipsecvif_sa sa, got;
	struct nl_msg *msg = nlmsg_alloc();

	(void)state;
	ipsecvif_sa_init(&sa, IPSECVIF_DIR_IN);
	sa.spi = 0xd1234567;
	ipsecvif_addr_parse("2001:db8::1", &sa.src);
	sa.proto = IPPROTO_AH;
	sa.mode = IPSECVIF_MODE_TRANSPORT;
	strcpy(sa.auth.name, "hmac(sha256)");
	sa.auth.key = (const uint8_t *)"key";
	sa.auth.key_len = 3;
	sa.auth.icv_bits = 128;
	sa.replay_window = 0;
	sa.flags = IPSECVIF_SA_F_ESN;
	sa.limits.packet_hard = UINT64_MAX;
	sa.seq = UINT64_C(1) << 40;
	assert_int_equal(put_sa(msg, &sa), 0);
	assert_int_equal(parse_sa(first_attr(msg), &got), 0);
	/* The key goes in and never comes out. */
	assert_null(got.auth.key);
	assert_int_equal(got.auth.key_len, 0);
	sa.auth.key = NULL;
	sa.auth.key_len = 0;
	assert_memory_equal(&sa, &got, sizeof(sa));
	ipsecvif_sa_fini(&got);
	nlmsg_free(msg);
}

/* The default window is left to the kernel, none is not. */
static void test_replay_window_default(void **state)
{
	struct ipsecvif_sa sa;
	struct nl_msg *msg = nlmsg_alloc();
	struct nlattr *nest;

	(void)state;
	ipsecvif_sa_init(&sa, IPSECVIF_DIR_IN);
	assert_int_equal(put_sa(msg, &sa), 0);
	nest = first_attr(msg);
	assert_null(nla_find(nla_data(nest), nla_len(nest), IPSECVIF_SA_A_REPLAY_WINDOW));
	nlmsg_free(msg);
	msg = nlmsg_alloc();
	sa.replay_window = 0;
	assert_int_equal(put_sa(msg, &sa), 0);
	nest = first_attr(msg);
	assert_non_null(nla_find(nla_data(nest), nla_len(nest), IPSECVIF_SA_A_REPLAY_WINDOW));
	nlmsg_free(msg);
}

static void test_selector_room(void **state)
{
	struct ipsecvif_selector sel = {
		.proto = IPPROTO_TCP, .sport = { 1, 2 }, .dport = { 3, 4 }, .spi = 5
	};
	struct nl_msg *msg = nlmsg_alloc_size(NLMSG_HDRLEN + SELECTOR_ROOM);

	(void)state;
	/* The largest selector must fit in what a request reckons for one. */
	ipsecvif_range_parse("2001:db8::1-2001:db8::3", &sel.src, &sel.src_max);
	ipsecvif_range_parse("2001:db9::1-2001:db9::3", &sel.dst, &sel.dst_max);
	assert_non_null(nlmsg_put(msg, 0, 0, 0, 0, 0));
	assert_int_equal(put_selector(msg, IPSECVIF_A_SELECTOR, &sel), 0);
	nlmsg_free(msg);
}

/* --- refusals --- */

static struct nl_msg *request_build(void)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct ipsecvif_selector sel = { 0 };
	struct ipsecvif_sa sa;

	ipsecvif_sa_init(&sa, IPSECVIF_DIR_OUT);
	sa.spi = 5;
	genlmsg_put(msg, 0, 0, 42, 0, 0, IPSECVIF_CMD_SA_ADD, 1);
	nla_put_u32(msg, IPSECVIF_A_IFINDEX, 1);
	assert_int_equal(put_sa(msg, &sa), 0);
	ipsecvif_range_parse("192.0.2.1-192.0.2.3", &sel.src, &sel.src_max);
	ipsecvif_prefix_parse("198.51.100.0/24", AF_UNSPEC, &sel.dst, &sel.dst_prefix);
	assert_int_equal(put_selector(msg, IPSECVIF_A_SELECTOR, &sel), 0);
	return msg;
}

static uint32_t offset_of(struct nl_msg *msg, const struct nlattr *nla)
{
	return (uint32_t)((const char *)nla - (const char *)nlmsg_hdr(msg));
}

static void refusal(struct nl_msg *request, int err, const char *sentence, int type, uint32_t value,
		    int other, uint32_t other_value, char *text, size_t size)
{
	struct nl_msg *tlvs = nlmsg_alloc();

	if (sentence)
		nla_put_string(tlvs, 1, sentence);
	if (type)
		nla_put_u32(tlvs, type, value);
	if (other)
		nla_put_u32(tlvs, other, other_value);
	extack_text(err, first_attr(tlvs), nlmsg_attrlen(nlmsg_hdr(tlvs), 0), nlmsg_hdr(request),
		    text, size);
	nlmsg_free(tlvs);
}

static void test_extack(void **state)
{
	struct nl_msg *request = request_build();
	struct nlattr *sa = genlmsg_attrdata(nlmsg_data(nlmsg_hdr(request)), 0), *spi, *sel;
	int len = genlmsg_attrlen(nlmsg_data(nlmsg_hdr(request)), 0);
	char text[256];

	(void)state;
	sel = nla_find(sa, len, IPSECVIF_A_SELECTOR);
	sa = nla_find(sa, len, IPSECVIF_A_SA);
	spi = nla_find(nla_data(sa), nla_len(sa), IPSECVIF_SA_A_SPI);
	refusal(request, -EEXIST, "SPI in use", 2, offset_of(request, spi), 0, 0, text,
		sizeof(text));
	assert_string_equal(text, "SPI in use (attribute sa.spi)");
	refusal(request, -EINVAL, "no", 2, offset_of(request, sa), 0, 0, text, sizeof(text));
	/* That it is about the SA, or the device, is in the kernel's sentence. */
	assert_string_equal(text, "no");
	refusal(request, -EEXIST, "overlaps", 2, offset_of(request, sel), 0, 0, text, sizeof(text));
	assert_string_equal(text, "overlaps (src 192.0.2.1-192.0.2.3 dst 198.51.100.0/24)");
	refusal(request, -EINVAL, NULL, 5, IPSECVIF_SA_A_DST, 6, offset_of(request, sa), text,
		sizeof(text));
	assert_string_equal(text, "Invalid argument (attribute sa.dst is missing)");
	refusal(request, -EINVAL, NULL, 5, IPSECVIF_A_SA, 0, 0, text, sizeof(text));
	assert_string_equal(text, "Invalid argument (attribute sa is missing)");
	/* Nonsense in it must not lead astray. */
	refusal(request, -EINVAL, "x", 2, 0xfffffff0, 5, 0xffffffff, text, sizeof(text));
	assert_string_equal(text, "x (attribute ? is missing)");
	refusal(request, -EINVAL, "x", 2, 3, 0, 0, text, sizeof(text));
	assert_string_equal(text, "x");
	refusal(request, -EINVAL, "a sentence longer than the room", 0, 0, 0, 0, text, 10);
	assert_string_equal(text, "a sentenc");
	extack_text(-EPERM, NULL, 0, NULL, text, sizeof(text));
	assert_non_null(strstr(text, "CAP_NET_ADMIN"));
	nlmsg_free(request);
}

/* Where the attributes lie: behind a capped, an uncapped, a dump's last message. */
static void test_extack_place(void **state)
{
	char buffer[256] __attribute__((aligned(4))) = { 0 };
	struct nlmsghdr *hdr = (struct nlmsghdr *)buffer;
	struct nlmsgerr *error = NLMSG_DATA(hdr);
	int len;

	(void)state;
	hdr->nlmsg_type = NLMSG_ERROR;
	hdr->nlmsg_len = NLMSG_HDRLEN + sizeof(*error) + 8;
	assert_null(extack_tlvs(hdr, &len));
	hdr->nlmsg_flags = NLM_F_ACK_TLVS | NLM_F_CAPPED;
	error->msg.nlmsg_len = 100;
	assert_ptr_equal(extack_tlvs(hdr, &len), buffer + NLMSG_HDRLEN + sizeof(*error));
	assert_int_equal(len, 8);
	/* Uncapped, the request's 84 bytes of payload come between. */
	hdr->nlmsg_flags = NLM_F_ACK_TLVS;
	assert_null(extack_tlvs(hdr, &len));
	hdr->nlmsg_len += 84;
	assert_ptr_equal(extack_tlvs(hdr, &len), buffer + NLMSG_HDRLEN + sizeof(*error) + 84);
	hdr->nlmsg_type = NLMSG_DONE;
	hdr->nlmsg_len = NLMSG_HDRLEN + 4 + 12;
	assert_ptr_equal(extack_tlvs(hdr, &len), buffer + NLMSG_HDRLEN + 4);
	assert_int_equal(len, 12);
	hdr->nlmsg_len = NLMSG_HDRLEN;
	assert_null(extack_tlvs(hdr, &len));
}

/* --- events --- */

static void test_event(void **state)
{
	static const uint8_t src[] = { 192, 0, 2, 7 };
	struct nl_msg *msg = nlmsg_alloc();
	struct ipsecvif_event event;
	struct ipsecvif_sa sa;

	(void)state;
	ipsecvif_sa_init(&sa, IPSECVIF_DIR_IN);
	sa.spi = 0xd0000001;
	nla_put_u32(msg, IPSECVIF_A_IFINDEX, 3);
	nla_put_string(msg, IPSECVIF_A_IFNAME, "ipsec0");
	assert_int_equal(put_sa(msg, &sa), 0);
	nla_put(msg, IPSECVIF_A_NEW_SRC, sizeof(src), src);
	nla_put_u16(msg, IPSECVIF_A_NEW_SPORT, htons(1234));
	assert_int_equal(parse_event(IPSECVIF_CMD_MAPPING_NTF, first_attr(msg),
				     nlmsg_attrlen(nlmsg_hdr(msg), 0), &event),
			 0);
	assert_int_equal(event.ifindex, 3);
	assert_string_equal(event.ifname, "ipsec0");
	assert_true(event.has_sa);
	assert_int_equal(event.sa.spi, 0xd0000001);
	assert_int_equal(event.new_sport, 1234);
	assert_memory_equal(event.new_src.bytes, src, sizeof(src));
	assert_false(event.has_selector);
	ipsecvif_sa_fini(&event.sa);
	nlmsg_free(msg);
}

/* Every truncation of an event is taken or refused, and read in bounds. */
static void test_event_truncated(void **state)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct ipsecvif_selector sel = { .proto = 6, .dport = { 80, 80 } };
	struct ipsecvif_event event = { 0 };
	int len, full;

	(void)state;
	ipsecvif_addr_parse("192.0.2.1", &sel.src);
	ipsecvif_addr_parse("192.0.2.2", &sel.dst);
	nla_put_u32(msg, IPSECVIF_A_IFINDEX, 3);
	put_selector(msg, IPSECVIF_A_SELECTOR, &sel);
	put_selector(msg, IPSECVIF_A_PACKET_SELECTOR, &sel);
	nla_put_u64(msg, IPSECVIF_A_COUNT, 1);
	full = nlmsg_attrlen(nlmsg_hdr(msg), 0);
	for (len = 0; len <= full; len++) {
		void *copy = malloc((size_t)len + 1);

		memcpy(copy, first_attr(msg), (size_t)len);
		if (!parse_event(IPSECVIF_CMD_ACQUIRE_NTF, copy, len, &event))
			ipsecvif_sa_fini(&event.sa);
		free(copy);
	}
	assert_true(event.has_packet);
	nlmsg_free(msg);
}

static void test_names(void **state)
{
	uint32_t reason;

	(void)state;
	for (reason = 0; reason <= IPSECVIF_DROP_MAX; reason++)
		assert_true(strlen(ipsecvif_drop_info(reason)->cure) > 5);
	assert_null(ipsecvif_drop_info(IPSECVIF_DROP_MAX + 1));
	assert_string_equal(ipsecvif_drop_info(IPSECVIF_DROP_DUMMY)->name, "dummy");
	assert_string_equal(ipsecvif_limit_name(IPSECVIF_LIMIT_VMFORK), "vm-fork");
	assert_string_equal(ipsecvif_limit_name(IPSECVIF_LIMIT_HIBERNATE), "hibernate");
	assert_string_equal(ipsecvif_limit_name((enum ipsecvif_limit)99), "?");
	assert_string_equal(ipsecvif_event_name(IPSECVIF_CMD_MAX), "sa-add");
	assert_string_equal(ipsecvif_event_name(IPSECVIF_CMD_SA_ADD), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addr),
		cmocka_unit_test(test_sa_round_trip),
		cmocka_unit_test(test_replay_window_default),
		cmocka_unit_test(test_selector_room),
		cmocka_unit_test(test_extack),
		cmocka_unit_test(test_extack_place),
		cmocka_unit_test(test_event),
		cmocka_unit_test(test_event_truncated),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("lib_attr", tests, NULL, NULL);
}
