// SPDX-License-Identifier: MIT
/*
 * What is printed: text and JSON of every object, from the attributes up.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "selftests/unit/ctl_fake.h"
#include "tools/ctl/output.h"

static void put_dev(struct nl_msg *msg)
{
	static const uint8_t local[] = { 192, 0, 2, 1 };
	struct nlattr *nest = nla_nest_start(msg, IPSECVIF_A_DEV);

	nla_put_u32(msg, IPSECVIF_DEV_A_IFINDEX, 1);
	nla_put_string(msg, IPSECVIF_DEV_A_IFNAME, "ipsec0");
	nla_put(msg, IPSECVIF_DEV_A_LOCAL, sizeof(local), local);
	nla_put_u32(msg, IPSECVIF_DEV_A_FWMARK, 0x2a);
	nla_put_u8(msg, IPSECVIF_DEV_A_TTL, 64);
	nla_put_u8(msg, IPSECVIF_DEV_A_CARRIER, 1);
	nla_put_u32(msg, IPSECVIF_DEV_A_MTU, 1438);
	nla_put_u8(msg, IPSECVIF_DEV_A_MTU_AUTO, 1);
	nla_put_u32(msg, IPSECVIF_DEV_A_HOLD, 16);
	nla_put_u8(msg, IPSECVIF_DEV_A_STRICT, 1);
	nla_put_u32(msg, IPSECVIF_DEV_A_SA_COUNT, 2);
	nla_put_u32(msg, IPSECVIF_DEV_A_SELECTOR_COUNT, 1);
	nla_put_s32(msg, IPSECVIF_DEV_A_UNDERLAY_NETNSID, 3);
	nla_nest_end(msg, nest);
}

static void put_test_selector(struct nl_msg *msg, int type)
{
	struct ipsecvif_selector sel = { .spi = 0xc0000001,
					 .proto = IPPROTO_TCP,
					 .dport = { 80, 90 } };

	ipsecvif_prefix_parse("10.1.0.0/16", AF_UNSPEC, &sel.src, &sel.src_prefix);
	ipsecvif_prefix_parse("10.2.0.0/16", AF_UNSPEC, &sel.dst, &sel.dst_prefix);
	assert_int_equal(put_selector(msg, type, &sel), 0);
}

static void put_test_sa(struct nl_msg *msg, uint8_t dir, uint32_t spi)
{
	static const uint8_t src[] = { 192, 0, 2, 1 }, dst[] = { 192, 0, 2, 2 };
	struct nlattr *nest = nla_nest_start(msg, IPSECVIF_A_SA);

	nla_put_u32(msg, IPSECVIF_SA_A_IFINDEX, 1);
	nla_put_u8(msg, IPSECVIF_SA_A_DIR, dir);
	nla_put_u32(msg, IPSECVIF_SA_A_SPI, htonl(spi));
	nla_put(msg, IPSECVIF_SA_A_SRC, 4, src);
	nla_put(msg, IPSECVIF_SA_A_DST, 4, dst);
	nla_put_string(msg, IPSECVIF_SA_A_AEAD_NAME, "rfc4106(gcm(aes))");
	nla_put_u32(msg, IPSECVIF_SA_A_AEAD_ICV_BITS, 128);
	/* A kernel never would; were it to, the command must not show it. */
	nla_put_string(msg, IPSECVIF_SA_A_AEAD_KEY, "a key that must not appear");
	nla_put_u16(msg, IPSECVIF_SA_A_ENCAP_SPORT, htons(4500));
	nla_put_u16(msg, IPSECVIF_SA_A_ENCAP_DPORT, htons(4501));
	nla_put_u32(msg, IPSECVIF_SA_A_REPLAY_WINDOW, 128);
	nla_put_u32(msg, IPSECVIF_SA_A_FLAGS, IPSECVIF_SA_F_ESN);
	nla_put_u64(msg, IPSECVIF_SA_A_TIME_HARD, 3600);
	nla_put_u64(msg, IPSECVIF_SA_A_SEQ, 0x11);
	nla_put_u64(msg, IPSECVIF_SA_A_PACKETS, 17);
	nla_put_u64(msg, IPSECVIF_SA_A_BYTES, 1700);
	nla_put_u64(msg, IPSECVIF_SA_A_AGE, 3725);
	nla_put_u64(msg, IPSECVIF_SA_A_IDLE, 3);
	nla_put_u64(msg, IPSECVIF_SA_A_REPLAYS, 4);
	nla_put_u64(msg, IPSECVIF_SA_A_ICV_FAILURES, 5);
	nla_put_u64(msg, IPSECVIF_SA_A_SPREAD, 6);
	nla_put_u64(msg, IPSECVIF_SA_A_STEERED, 7);
	nla_put_u32(msg, IPSECVIF_SA_A_MTU, 1438);
	nla_put_string(msg, IPSECVIF_SA_A_DRIVER, "generic-gcm-aesni");
	put_test_selector(msg, IPSECVIF_SA_A_SELECTOR);
	nla_nest_end(msg, nest);
}

static void test_dev(void **state)
{
	(void)state;
	put_dev(fake_reply(IPSECVIF_CMD_DEV_GET));
	ctl_expect("dev", 0, "");
	assert_string_equal(ctl_out, "1: ipsec0: carrier on mtu 1438 auto\n"
				     "\tlocal 192.0.2.1 remote any fwmark 0x2a underlay-netnsid 3\n"
				     "\tdf copy ttl 64 dscp clear\n"
				     "\thold 16 strict on\n"
				     "\tsa 2 selector 1\n");
	ctl_expect("-j dev show lo", 0, "");
	assert_string_equal(ctl_out,
			    "[{\"ifindex\":1,\"ifname\":\"ipsec0\",\"carrier\":true,\"mtu\":1438,"
			    "\"mtu_auto\":true,\"local\":\"192.0.2.1\",\"fwmark\":42,"
			    "\"underlay_netnsid\":3,\"df\":\"copy\",\"ttl\":64,\"dscp\":\"clear\","
			    "\"flow_label\":\"sa\",\"udp_csum\":false,"
			    "\"hold\":16,\"strict\":true,\"sa_count\":2,\"selector_count\":1}]\n");
}

static void test_sa_text(void **state)
{
	(void)state;
	put_dev(fake_reply(IPSECVIF_CMD_DEV_GET));
	put_test_sa(fake_reply(IPSECVIF_CMD_SA_GET), IPSECVIF_DIR_OUT, 0xc0000001);
	put_test_sa(fake_reply(IPSECVIF_CMD_SA_GET), IPSECVIF_DIR_IN, 0xd0000001);
	ctl_expect("sa show dir out", 0, "");
	assert_string_equal(ctl_out,
			    "src 192.0.2.1 dst 192.0.2.2 dev ipsec0 dir out\n"
			    "\tproto esp spi 0xc0000001(3221225473) mode tunnel\n"
			    "\tseq 0x11 flag esn\n"
			    "\taead rfc4106(gcm(aes)) 128\n"
			    "\tencap type espinudp sport 4500 dport 4501\n"
			    "\tage 1h2m idle 3s carrier on mtu 1438 driver generic-gcm-aesni\n"
			    "\tselector src 10.1.0.0/16 dst 10.2.0.0/16 proto tcp dport 80-90\n");
	ctl_expect("-s sa show spi 0xd0000001", 0, "");
	assert_contains(ctl_out, "\treplay-window 128 seq 0x11 flag esn\n");
	assert_contains(ctl_out, "\t  limit: soft (INF)(sec), hard 3600(sec)\n");
	assert_contains(ctl_out, "\t  1700(bytes), 17(packets), 3725(sec)\n");
	assert_contains(ctl_out, "\t  replay 4 failed 5\n");
	assert_contains(ctl_out, "\tspread over CPUs: 6(packets)\n");
	assert_contains(ctl_out, "\tsteered to another CPU: 7(packets)\n");
	ctl_expect("sa show spi 77", 0, "");
	assert_string_equal(ctl_out, "");
}

static void test_no_key_is_shown(void **state)
{
	static const char *const lines[] = { "-s -d sa", "-j -s -d sa", "-j -p sa show",
					     "sa get dev lo dir out spi 0xc0000001 -s -d",
					     "-j sa get dev lo dir out spi 0xc0000001" };
	size_t i;

	(void)state;
	put_dev(fake_reply(IPSECVIF_CMD_DEV_GET));
	put_test_sa(fake_reply(IPSECVIF_CMD_SA_GET), IPSECVIF_DIR_OUT, 0xc0000001);
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		fake.n_requests = 0;
		ctl_expect(lines[i], 0, "");
		assert_contains(ctl_out, "0xc0000001");
		assert_lacks(ctl_out, "must not appear");
	}
}

static void test_sa_json(void **state)
{
	struct json_object *array, *sa, *member;

	(void)state;
	put_dev(fake_reply(IPSECVIF_CMD_DEV_GET));
	put_test_sa(fake_reply(IPSECVIF_CMD_SA_GET), IPSECVIF_DIR_IN, 0xd0000001);
	ctl_expect("-j sa", 0, "");
	array = json_tokener_parse(ctl_out);
	assert_int_equal(json_object_array_length(array), 1);
	sa = json_object_array_get_idx(array, 0);
	assert_true(json_object_object_get_ex(sa, "spi", &member));
	assert_string_equal(json_object_get_string(member), "0xd0000001");
	assert_true(json_object_object_get_ex(sa, "icv_failures", &member));
	assert_int_equal(json_object_get_int(member), 5);
	assert_true(json_object_object_get_ex(sa, "spread", &member));
	assert_int_equal(json_object_get_int(member), 6);
	assert_true(json_object_object_get_ex(sa, "steered", &member));
	assert_int_equal(json_object_get_int(member), 7);
	assert_true(json_object_object_get_ex(sa, "selectors", &member));
	assert_int_equal(json_object_array_length(member), 1);
	assert_true(json_object_object_get_ex(sa, "limits", &member));
	assert_string_equal(json_object_to_json_string_ext(member, 0), "{\"time_hard\":3600}");
	json_object_put(array);
	/* An empty list is a list. */
	fake_reset();
	ctl_expect("-j sa", 0, "");
	assert_string_equal(ctl_out, "[]\n");
}

/* A dump that changes interrupted is read anew, and nothing comes twice. */
static void test_interrupted_dump(void **state)
{
	(void)state;
	put_dev(fake_reply(IPSECVIF_CMD_DEV_GET));
	fake.interrupts = 3;
	ctl_expect("dev", 0, "");
	assert_int_equal(fake.n_requests, 4);
	assert_null(strstr(strstr(ctl_out, "ipsec0") + 1, "ipsec0"));
}

static void test_selector(void **state)
{
	(void)state;
	put_dev(fake_reply(IPSECVIF_CMD_DEV_GET));
	ctl_expect("selector", 0, "");
	assert_string_equal(ctl_out, "ipsec0: no selector: carries whatever is routed into it\n");
	put_test_selector(fake_reply(IPSECVIF_CMD_SELECTOR_GET), IPSECVIF_A_SELECTOR);
	ctl_expect("-s selector show dev lo", 0, "");
	assert_string_equal(ctl_out, "ipsec0: src 10.1.0.0/16 dst 10.2.0.0/16 proto tcp "
				     "dport 80-90 sa 0xc0000001 packets 0\n");
	ctl_expect("-j selector show", 0, "");
	assert_string_equal(
		ctl_out,
		"[{\"src\":\"10.1.0.0/16\",\"dst\":\"10.2.0.0/16\",\"proto\":6,"
		"\"dport\":[80,90],\"spi\":\"0xc0000001\",\"auto\":false,\"packets\":0,\"held\":0,"
		"\"dev\":\"ipsec0\"}]\n");
}

static void put_drop(struct nl_msg *msg, uint32_t reason, const char *name, uint64_t count)
{
	struct nlattr *nest = nla_nest_start(msg, IPSECVIF_A_DROP);

	nla_put_u32(msg, IPSECVIF_DROP_A_REASON, reason);
	nla_put_string(msg, IPSECVIF_DROP_A_NAME, name);
	nla_put_u64(msg, IPSECVIF_DROP_A_COUNT, count);
	nla_nest_end(msg, nest);
}

static void test_drops(void **state)
{
	struct nl_msg *msg;

	(void)state;
	msg = fake_reply(IPSECVIF_CMD_DROPS_GET);
	nla_put_u32(msg, IPSECVIF_A_IFINDEX, 1);
	nla_put_string(msg, IPSECVIF_A_IFNAME, "ipsec0");
	put_drop(msg, IPSECVIF_DROP_NO_SELECTOR, "no-selector", 0);
	put_drop(msg, IPSECVIF_DROP_NO_SA, "no-sa", 12);
	put_drop(msg, 999, "of-the-future", 1);
	msg = fake_reply(IPSECVIF_CMD_DROPS_GET);
	put_drop(msg, IPSECVIF_DROP_UNKNOWN_SPI, "unknown-spi", 0);
	ctl_expect("drops", 0, "");
	assert_contains(ctl_out, "ipsec0:\n");
	assert_contains(ctl_out, "no-sa                12  outbound packet had no usable SA");
	assert_contains(ctl_out, "cure: bring the tunnel up: ipsecvif tunnel up");
	assert_contains(ctl_out, "of-the-future          1");
	assert_contains(ctl_out, "no device: no packet dropped\n");
	assert_lacks(ctl_out, "no-selector");
	ctl_expect("drops dev lo -d", 0, "");
	assert_contains(ctl_out, "no-selector           0");
	assert_lacks(ctl_out, "no device");
	ctl_expect("-j drops dev lo", 0, "");
	assert_contains(ctl_out,
			"{\"dev\":\"ipsec0\",\"drops\":[{\"reason\":\"no-sa\",\"count\":12,");
}

static void test_caps(void **state)
{
	struct nl_msg *msg;
	struct nlattr *nest;

	(void)state;
	msg = fake_reply(IPSECVIF_CMD_CAPS_GET);
	nest = nla_nest_start(msg, IPSECVIF_A_ALG);
	nla_put_u8(msg, IPSECVIF_ALG_A_KIND, IPSECVIF_ALG_AEAD);
	nla_put_string(msg, IPSECVIF_ALG_A_NAME, "rfc4106(gcm(aes))");
	nla_put_u32(msg, IPSECVIF_ALG_A_KEY_BITS, 128);
	nla_put_u32(msg, IPSECVIF_ALG_A_KEY_BITS, 256);
	nla_put_u32(msg, IPSECVIF_ALG_A_SALT_BITS, 32);
	nla_put_u32(msg, IPSECVIF_ALG_A_ICV_BITS, 128);
	nla_nest_end(msg, nest);
	nest = nla_nest_start(msg, IPSECVIF_A_ALG);
	nla_put_u8(msg, IPSECVIF_ALG_A_KIND, IPSECVIF_ALG_ENC);
	nla_put_string(msg, IPSECVIF_ALG_A_NAME, "ecb(cipher_null)");
	nla_nest_end(msg, nest);
	nest = nla_nest_start(msg, IPSECVIF_A_ALG);
	nla_put_u8(msg, IPSECVIF_ALG_A_KIND, IPSECVIF_ALG_AUTH);
	nla_put_string(msg, IPSECVIF_ALG_A_NAME, "hmac(md5)");
	nla_put_u32(msg, IPSECVIF_ALG_A_KEY_BITS, 128);
	nla_put_u32(msg, IPSECVIF_ALG_A_ICV_BITS, 96);
	nla_put_flag(msg, IPSECVIF_ALG_A_AH);
	nla_put_flag(msg, IPSECVIF_ALG_A_LEGACY);
	nla_nest_end(msg, nest);
	ctl_expect("caps", 0, "");
	assert_string_equal(
		ctl_out,
		"aead rfc4106(gcm(aes))             key 128,256 + salt 32 icv 128 bits\n"
		"enc  ecb(cipher_null)              no key\n"
		"auth hmac(md5)                     key 128 icv 96 bits, for AH, too, needs flag legacy\n");
	ctl_expect("-j caps", 0, "");
	assert_contains(ctl_out, "[{\"kind\":\"aead\",\"name\":\"rfc4106(gcm(aes))\","
				 "\"key_bits\":[128,256],\"salt_bits\":32,\"icv_bits\":[128],"
				 "\"ah\":false,\"legacy\":false},");
	assert_contains(ctl_out, "\"icv_bits\":[96],\"ah\":true,\"legacy\":true}]\n");
}

/* An answer with an attribute too short is refused, not read beyond its end. */
static void test_malformed_answer(void **state)
{
	struct nl_msg *msg;
	struct nlattr *nest;

	(void)state;
	msg = fake_reply(IPSECVIF_CMD_SA_GET);
	nest = nla_nest_start(msg, IPSECVIF_A_SA);
	nla_put_u8(msg, IPSECVIF_SA_A_DIR, 0);
	nla_put_u8(msg, IPSECVIF_SA_A_SPI, 1);
	nla_nest_end(msg, nest);
	ctl_expect("-j sa", CTL_FAILED, "Error: ");
	assert_string_equal(ctl_out, "");
}

static void test_duration(void **state)
{
	static const struct {
		uint64_t seconds;
		const char *text;
	} durations[] = {
		{ 0, "0s" },	   { 59, "59s" },	{ 60, "1m" },	     { 61, "1m1s" },
		{ 3600, "1h" },	   { 3661, "1h1m" },	{ 86399, "23h59m" }, { 86400, "1d" },
		{ 90000, "1d1h" }, { 8640000, "100d" },
	};
	char text[DURATION_STRLEN];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(durations); i++)
		assert_string_equal(duration_format(durations[i].seconds, text), durations[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_dev, ctl_teardown),
		cmocka_unit_test_teardown(test_sa_text, ctl_teardown),
		cmocka_unit_test_teardown(test_no_key_is_shown, ctl_teardown),
		cmocka_unit_test_teardown(test_sa_json, ctl_teardown),
		cmocka_unit_test_teardown(test_interrupted_dump, ctl_teardown),
		cmocka_unit_test_teardown(test_selector, ctl_teardown),
		cmocka_unit_test_teardown(test_drops, ctl_teardown),
		cmocka_unit_test_teardown(test_caps, ctl_teardown),
		cmocka_unit_test_teardown(test_malformed_answer, ctl_teardown),
		cmocka_unit_test_teardown(test_duration, ctl_teardown),
	};

	return cmocka_run_group_tests_name("ctl_show", tests, NULL, NULL);
}
