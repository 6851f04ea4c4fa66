// SPDX-License-Identifier: MIT
/*
 * ipsecvif sa: every word, every error, and the message that results.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "selftests/unit/ctl_fake.h"

#define KEY20 "0x000102030405060708090a0b0c0d0e0f10111213"
#define KEY16 "0x000102030405060708090a0b0c0d0e0f"
#define KEY32 "0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define AEAD "aead 'rfc4106(gcm(aes))' " KEY20 " 128"

/* The kernel's answer to SA_ADD. */
static void reply_spi(enum ipsecvif_dir dir, uint32_t spi)
{
	struct ipsecvif_sa sa;

	ipsecvif_sa_init(&sa, dir);
	sa.spi = spi;
	assert_int_equal(put_sa(fake_reply(IPSECVIF_CMD_SA_ADD), &sa), 0);
}

/* The SA that the last request carried. */
static void sent_sa(uint8_t cmd, struct ipsecvif_sa *sa)
{
	struct nlattr *nest = fake_attr(fake_request(cmd), IPSECVIF_A_SA);

	assert_non_null(nest);
	assert_int_equal(parse_sa(nest, sa), 0);
}

static struct nlattr *sent_attr(uint8_t cmd, int type)
{
	struct nlattr *nest = fake_attr(fake_request(cmd), IPSECVIF_A_SA);

	assert_non_null(nest);
	return nla_find(nla_data(nest), nla_len(nest), type);
}

static void test_add_aead(void **state)
{
	static const uint8_t key[] = { 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,
				       10, 11, 12, 13, 14, 15, 16, 17, 18, 19 };
	struct ipsecvif_addr addr;
	struct ipsecvif_sa sa;
	struct nlattr *nla;

	(void)state;
	reply_spi(IPSECVIF_DIR_OUT, 0xc0000001);
	ctl_expect("sa add dev lo dir out src 192.0.2.1 dst 2001:db8::1 proto esp spi 0xc0000001 "
		   "mode transport " AEAD " encap espinudp 4500 4501 0.0.0.0 flag esn tfc mtu "
		   "limit time-soft 1h limit time-hard 2h limit byte-soft 10M limit byte-hard 1Gi "
		   "limit packet-soft 5 limit packet-hard 6k limit idle-soft 30 limit idle-hard 1m "
		   "replay-oseq 9 replay-oseq-hi 1",
		   0, "");
	assert_string_equal(ctl_out, "");
	sent_sa(IPSECVIF_CMD_SA_ADD, &sa);
	assert_int_equal(sa.dir, IPSECVIF_DIR_OUT);
	assert_int_equal(sa.spi, 0xc0000001);
	ipsecvif_addr_parse("192.0.2.1", &addr);
	assert_true(ipsecvif_addr_equal(&sa.src, &addr));
	ipsecvif_addr_parse("2001:db8::1", &addr);
	assert_true(ipsecvif_addr_equal(&sa.dst, &addr));
	assert_int_equal(sa.mode, IPSECVIF_MODE_TRANSPORT);
	assert_string_equal(sa.aead.name, "rfc4106(gcm(aes))");
	assert_int_equal(sa.aead.icv_bits, 128);
	assert_int_equal(sa.encap_sport, 4500);
	assert_int_equal(sa.encap_dport, 4501);
	assert_int_equal(sa.flags, IPSECVIF_SA_F_ESN);
	assert_true(sa.tfc == IPSECVIF_TFC_MTU);
	assert_int_equal(sa.limits.time_soft, 3600);
	assert_int_equal(sa.limits.time_hard, 7200);
	assert_int_equal(sa.limits.byte_soft, 10000000);
	assert_int_equal(sa.limits.byte_hard, 1 << 30);
	assert_int_equal(sa.limits.packet_soft, 5);
	assert_int_equal(sa.limits.packet_hard, 6000);
	assert_int_equal(sa.limits.idle_soft, 30);
	assert_int_equal(sa.limits.idle_hard, 60);
	assert_true(sa.seq == 0x100000009);
	nla = sent_attr(IPSECVIF_CMD_SA_ADD, IPSECVIF_SA_A_AEAD_KEY);
	assert_non_null(nla);
	assert_int_equal(nla_len(nla), sizeof(key));
	assert_memory_equal(nla_data(nla), key, sizeof(key));
	/* In network byte order on the wire. */
	assert_int_equal(ntohl(nla_get_u32(sent_attr(IPSECVIF_CMD_SA_ADD, IPSECVIF_SA_A_SPI))),
			 0xc0000001);
	assert_int_equal(nla_get_u32(fake_attr(0, IPSECVIF_A_IFINDEX)), 1);
}

static void test_add_pair_of_words(void **state)
{
	const uint8_t cmd = IPSECVIF_CMD_SA_ADD;

	(void)state;
	reply_spi(IPSECVIF_DIR_IN, 0xd0000007);
	ctl_expect("sa add dev lo dir in enc 'cbc(aes)' " KEY16 " auth-trunc 'hmac(sha256)' " KEY32
		   " 128 replay-window 128 reqid 7 flag af-unspec",
		   0, "Note: \"reqid 7\" is not needed");
	/* The kernel chose, so the user must be told. */
	assert_string_equal(ctl_out, "spi 0xd0000007\n");
	assert_int_equal(nla_get_u32(sent_attr(cmd, IPSECVIF_SA_A_REPLAY_WINDOW)), 128);
	assert_string_equal(nla_get_string(sent_attr(cmd, IPSECVIF_SA_A_ENC_NAME)), "cbc(aes)");
	assert_string_equal(nla_get_string(sent_attr(cmd, IPSECVIF_SA_A_AUTH_NAME)),
			    "hmac(sha256)");
	assert_int_equal(nla_get_u32(sent_attr(cmd, IPSECVIF_SA_A_AUTH_TRUNC_BITS)), 128);
	assert_int_equal(nla_len(sent_attr(cmd, IPSECVIF_SA_A_ENC_KEY)), 16);
	assert_int_equal(nla_len(sent_attr(cmd, IPSECVIF_SA_A_AUTH_KEY)), 32);
	assert_null(sent_attr(cmd, IPSECVIF_SA_A_SPI));
	assert_null(sent_attr(cmd, IPSECVIF_SA_A_SRC));
}

/* AH has integrity only; compression belongs to either. */
static void test_add_ah(void **state)
{
	const uint8_t cmd = IPSECVIF_CMD_SA_ADD;

	(void)state;
	reply_spi(IPSECVIF_DIR_IN, 0xd0000007);
	ctl_expect("sa add dev lo dir in proto ah auth-trunc 'hmac(sha256)' " KEY32
		   " 128 comp deflate cpi 0x1234",
		   0, "");
	assert_int_equal(nla_get_u8(sent_attr(cmd, IPSECVIF_SA_A_PROTO)), IPPROTO_AH);
	assert_string_equal(nla_get_string(sent_attr(cmd, IPSECVIF_SA_A_AUTH_NAME)),
			    "hmac(sha256)");
	assert_null(sent_attr(cmd, IPSECVIF_SA_A_ENC_NAME));
	assert_string_equal(nla_get_string(sent_attr(cmd, IPSECVIF_SA_A_COMP_NAME)), "deflate");
	assert_int_equal(ntohs(nla_get_u16(sent_attr(cmd, IPSECVIF_SA_A_CPI))), 0x1234);
}

static void test_add_json(void **state)
{
	(void)state;
	reply_spi(IPSECVIF_DIR_IN, 0xd0000007);
	ctl_expect("-j sa add dev lo dir in " AEAD, 0, "");
	assert_string_equal(ctl_out, "[{\"dir\":\"in\",\"spi\":\"0xd0000007\"}]\n");
}

/* XFRM's selector describes the packet, ours the outbound direction. */
static void test_add_sel_is_turned(void **state)
{
	struct ipsecvif_selector sel;
	char text[IPSECVIF_SELECTOR_STRLEN];

	(void)state;
	reply_spi(IPSECVIF_DIR_IN, 0xd0000007);
	ctl_expect("sa add dev lo dir in sel src 10.2.0.0/16 dst 10.1.0.0/16 proto tcp sport 80 "
		   "mode tunnel " AEAD,
		   0, "");
	assert_int_equal(parse_selector(fake_attr(0, IPSECVIF_A_SELECTOR), &sel), 0);
	assert_string_equal(ipsecvif_selector_format(&sel, text),
			    "src 10.1.0.0/16 dst 10.2.0.0/16 proto tcp dport 80");
}

/* Both SAs in one request, and the selector that either half names once. */
static void test_add_pair(void **state)
{
	struct ipsecvif_sa sa;
	struct nlattr *nla;
	int rem, sas = 0, selectors = 0;

	(void)state;
	reply_spi(IPSECVIF_DIR_IN, 0xd0000007);
	ctl_expect("sa add dev lo dir in sel src 10.2.0.0/16 dst 10.1.0.0/16 " AEAD
		   " and dir out spi 0xc0000001 sel src 10.1.0.0/16 dst 10.2.0.0/16 " AEAD,
		   0, "");
	assert_string_equal(ctl_out, "spi 0xd0000007\n");
	assert_int_equal(fake.n_requests, 1);
	nla_for_each_attr(nla, (struct nlattr *)fake.requests[0], fake.request_lens[0], rem) {
		if (nla_type(nla) == IPSECVIF_A_SELECTOR)
			selectors++;
		if (nla_type(nla) != IPSECVIF_A_SA)
			continue;
		if (sas++) {
			assert_int_equal(parse_sa(nla, &sa), 0);
			assert_int_equal(sa.dir, IPSECVIF_DIR_OUT);
			assert_int_equal(sa.spi, 0xc0000001);
		}
	}
	assert_int_equal(sas, 2);
	assert_int_equal(selectors, 1);
}

struct wrong {
	const char *line;
	const char *text;
};

static void test_add_wrong(void **state)
{
	static const struct wrong wrongs[] = {
		{ "sa add", "which device? say dev NAME" },
		{ "sa add dev", "\"dev\" needs a value" },
		{ "sa add dev lo dev lo", "\"dev\" is given twice" },
		{ "sa add dev lo", "which direction?" },
		{ "sa add dev lo dir", "\"dir\" needs a value" },
		{ "sa add dev lo dir up", "unknown dir \"up\": there are in, out" },
		{ "sa add dev lo dir otu " AEAD, "did you mean \"out\"?" },
		{ "sa add dev lo dir out spi 5", "no algorithm: say aead" },
		{ "sa add dev lo dir out " AEAD, "needs spi N" },
		{ "sa add dev lo dir out spi 0 " AEAD, "out of range: 1 to 4294967295" },
		{ "sa add dev lo dir out spi 0x100000000 " AEAD, "out of range" },
		{ "sa add dev lo dir out spi five " AEAD, "needs a number, and \"five\" is none" },
		{ "sa add dev lo dir out spi -5 " AEAD, "needs a number" },
		{ "sa add dev lo dir out spi 99999999999999999999 " AEAD, "needs a number" },
		{ "sa add dev lo dir out spi 5 src 10.0.0.0/8", "without a prefix length" },
		{ "sa add dev lo dir out spi 5 src ten", "needs an IPv4 or IPv6 address" },
		{ "sa add dev lo dir out spi 5 dst 1.2.3", "needs an IPv4 or IPv6 address" },
		{ "sa add dev lo dir out spi 5 proto comp", "say comp deflate" },
		{ "sa add dev lo dir out spi 5 proto udp", "unknown proto \"udp\"" },
		{ "sa add dev lo dir out spi 5 mode beet", "there are transport, tunnel" },
		{ "sa add dev lo dir out spi 5 mode tunel", "did you mean \"tunnel\"?" },
		{ "sa add dev lo dir out spi 5 aed x", "did you mean \"aead\"?" },
		{ "sa add dev lo dir out spi 5 aead", "\"aead\" needs a value" },
		{ "sa add dev lo dir out spi 5 aead " KEY20, "needs the algorithm's name" },
		{ "sa add dev lo dir out spi 5 aead x", "needs a key: 0xHEX" },
		{ "sa add dev lo dir out spi 5 aead x 0x123", "their number must be even" },
		{ "sa add dev lo dir out spi 5 aead x 0x12zz", "digit 3 of the aead key" },
		{ "sa add dev lo dir out spi 5 aead x 0x12 7", "out of range: 8 to 512" },
		{ "sa add dev lo dir out spi 5 aead x 0x12 100", "a multiple of 8" },
		{ "sa add dev lo dir out spi 5 aead x 0x12 128 enc y 0x12", "an aead encrypts" },
		{ "sa add dev lo dir out spi 5 enc y 0x12", "can be forged" },
		{ "sa add dev lo dir out spi 5 enc y 0x12 auth-trunc z 0x12", "needs a value" },
		{ "sa add dev lo dir out spi 5 auth-trunc z 0x12 96 auth z 0x12", "already given" },
		{ "sa add dev lo dir out spi 5 proto ah " AEAD, "AH does not encrypt" },
		{ "sa add dev lo dir out spi 5 proto ah", "AH needs auth-trunc" },
		{ "sa add dev lo dir out spi 5 encap espintcp 1 2", "only espinudp" },
		{ "sa add dev lo dir out spi 5 encap espinudp", "needs a value" },
		{ "sa add dev lo dir out spi 5 encap espinudp 0 4500", "out of range" },
		{ "sa add dev lo dir out spi 5 encap espinudp 4500 65536", "out of range" },
		{ "sa add dev lo dir in replay-window 4097", "out of range: 0 to 4096" },
		{ "sa add dev lo dir in flag esm", "did you mean \"esn\"?" },
		{ "sa add dev lo dir in flag legasy", "did you mean \"legacy\"?" },
		{ "sa add dev lo dir in flag x", "there are esn, legacy" },
		{ "sa add dev lo dir in flag noecn", "RFC 6040" },
		{ "sa add dev lo dir in flag esn decap-dscp", "is not offered" },
		{ "sa add dev lo dir in limit", "\"limit\" needs a value" },
		{ "sa add dev lo dir in " AEAD " and", "\"and\" needs the words" },
		{ "sa add dev lo dir in " AEAD " and dir in " AEAD, "one of dir out" },
		{ "sa add dev lo dir in " AEAD " and dir out " AEAD, "needs spi N" },
		{ "sa add dev lo dir in " AEAD " and dir out spi 300 " AEAD " and dir in " AEAD,
		  "\"and\" is given twice" },
		{ "sa add dev lo dir in limit time-sft 3", "did you mean \"time-soft\"?" },
		{ "sa add dev lo dir in limit time-use-soft 3", "is not offered" },
		{ "sa add dev lo dir in limit time-soft 3y", "unknown unit \"y\"" },
		{ "sa add dev lo dir in limit time-soft x", "needs a duration" },
		{ "sa add dev lo dir in limit time-soft 9999999999999999999w", "is too large" },
		{ "sa add dev lo dir in limit byte-soft 1Q", "unknown unit" },
		{ "sa add dev lo dir in limit byte-soft 1 limit byte-soft 2", "is given twice" },
		{ "sa add dev lo dir out spi 5 replay-seq 5 " AEAD, "dir out has no replay-seq" },
		{ "sa add dev lo dir in replay-oseq 5 " AEAD, "dir in has no replay-oseq" },
		{ "sa add dev lo dir in replay-seq-hi 5 " AEAD, "needs flag esn" },
		{ "sa add dev lo dir in sel src 10.0.0.1/8 dst any", "has host bits" },
		{ "sa add dev lo dir in sel mode tunnel", "a selector needs a network" },
		{ "sa add dev lo dir in output-mark 5", "dev set NAME fwmark" },
		{ "sa add dev lo dir in offload dev eth0 dir in", "is not offered" },
		{ "sa add dev lo dir in tfc 65536", "tfc" },
		{ "sa add dev lo dir in comp lzs " AEAD, "unknown comp \"lzs\"" },
		{ "sa add dev lo dir in comp deflate cpi 65536 " AEAD, "out of range" },
		{ "sa add dev lo dir in cpi 300 " AEAD, "say comp deflate" },
		{ "sa update dev lo dir in spi 5", "what is to change?" },
		{ "sa update dev lo dir in src 1.2.3.4", "which SA? say spi N" },
		{ "sa update dev lo dir in spi 5 mode tunnel", "unknown word \"mode\"" },
		{ "sa del dev lo dir in", "which SA? say spi N" },
		{ "sa del dev lo spi 5", "which direction?" },
		{ "sa get dir in spi 5", "which device?" },
		{ "sa flush", "which device's SAs?" },
		{ "sa flush dev lo spi 5", "say del for one" },
		{ "sa allocspi dev lo spi 5", "of the kernel's choice" },
		{ "sa ad", "which device?" },
		{ "sa x", "unknown sa command \"x\"" },
		{ "sa alloc", "unknown sa command \"alloc\"" },
		{ "sa shwo", "did you mean \"show\"?" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrongs); i++) {
		ctl_expect(wrongs[i].line, CTL_USAGE, wrongs[i].text);
		/* No key ever comes back, and nothing was tried. */
		assert_lacks(ctl_err, "00010203");
		assert_int_equal(fake.n_requests, 0);
	}
}

static void test_device_absent(void **state)
{
	(void)state;
	ctl_expect("sa add dev nosuch0 dir out", CTL_FAILED,
		   "create it with ip link add nosuch0 type ipsecvif");
	fake.open_error = -ENOENT;
	ctl_expect("sa show", CTL_FAILED, "modprobe ipsecvif");
	ctl_expect("sa add dev lo dir in " AEAD, CTL_FAILED, "modprobe ipsecvif");
}

/* A misplaced key is in no message. */
static void test_key_not_repeated(void **state)
{
	static const char *const lines[] = {
		"sa add dev lo dir in " KEY20,
		"sa add dev lo dir " KEY20,
		"sa add dev lo spi " KEY20,
		"sa add dev lo src " KEY20,
		"sa add dev lo dir in limit time-soft " KEY20,
		"sa add dev lo dir in flag " KEY20,
		"sa add dev lo dir in auth-trunc 'hmac(sha256)' 128 " KEY20,
		"sa add dev lo dir in sel src " KEY20,
		"sa " KEY20,
		KEY20,
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		ctl_expect(lines[i], CTL_USAGE, "");
		assert_lacks(ctl_err, "00010203");
	}
}

static void test_key_wiped_from_argv(void **state)
{
	char key[] = KEY20, other[] = KEY16, name[] = "rfc4106(gcm(aes))";
	char *argv[] = {
		(char *)"ipsecvif", (char *)"sa", (char *)"add",  (char *)"dev", (char *)"lo",
		(char *)"dir",	    (char *)"in", (char *)"aead", name,		 key
	};
	char *early[] = { (char *)"ipsecvif", (char *)"sa", (char *)"add", (char *)"bad",
			  (char *)"enc",      (char *)"x",  other };
	struct ctl ctl = { .out = fopen("/dev/null", "w"), .err = fopen("/dev/null", "w") };
	static const char zeros[sizeof(KEY20)];

	(void)state;
	reply_spi(IPSECVIF_DIR_IN, 0xd0000001);
	assert_int_equal(ctl_main(&ctl, ARRAY_SIZE(argv), argv), 0);
	assert_memory_equal(key, zeros, sizeof(key));
	assert_int_equal(ctl_main(&ctl, ARRAY_SIZE(early), early), CTL_USAGE);
	assert_memory_equal(other, zeros, sizeof(other));
	fclose(ctl.out);
	fclose(ctl.err);
}

static void key_file(const char *path, const char *content, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(content, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static void test_key_file(void **state)
{
	char path[] = "/tmp/ipsecvif-key-XXXXXX", line[256];

	(void)state;
	close(mkstemp(path));
	snprintf(line, sizeof(line), "sa add dev lo dir in aead 'rfc4106(gcm(aes))' @%s", path);
	reply_spi(IPSECVIF_DIR_IN, 0xd0000001);
	key_file(path, KEY20 "\n", 0600);
	ctl_expect(line, 0, "");
	assert_int_equal(nla_len(sent_attr(IPSECVIF_CMD_SA_ADD, IPSECVIF_SA_A_AEAD_KEY)), 20);
	key_file(path, "sixteen bytes ok", 0600);
	ctl_expect(line, 0, "");
	assert_memory_equal(nla_data(sent_attr(IPSECVIF_CMD_SA_ADD, IPSECVIF_SA_A_AEAD_KEY)),
			    "sixteen bytes ok", 16);
	key_file(path, KEY20 "\n", 0640);
	ctl_expect(line, CTL_USAGE, "is open to others (mode 0640): chmod 600 it");
	key_file(path, "", 0600);
	ctl_expect(line, CTL_USAGE, "is empty");
	unlink(path);
	ctl_expect(line, CTL_USAGE, "No such file or directory");
}

static void test_key_text_and_length(void **state)
{
	char line[2 * IPSECVIF_KEY_MAX + 128];
	size_t used;

	(void)state;
	reply_spi(IPSECVIF_DIR_IN, 0xd0000001);
	ctl_expect("sa add dev lo dir in aead x \"a key in words\"", 0, "");
	assert_int_equal(nla_len(sent_attr(IPSECVIF_CMD_SA_ADD, IPSECVIF_SA_A_AEAD_KEY)), 14);
	used = (size_t)snprintf(line, sizeof(line), "sa add dev lo dir in aead x 0x");
	memset(line + used, 'a', 2 * IPSECVIF_KEY_MAX);
	line[used + 2 * IPSECVIF_KEY_MAX] = '\0';
	ctl_expect(line, 0, "");
	snprintf(line + used + 2 * IPSECVIF_KEY_MAX, 3, "aa");
	ctl_expect(line, CTL_USAGE, "has 129 bytes: 128 at most");
}

static void test_kernel_refusal(void **state)
{
	struct nlattr *nest;
	struct nl_msg *msg;

	(void)state;
	msg = fake_reply(IPSECVIF_CMD_CAPS_GET);
	nest = nla_nest_start(msg, IPSECVIF_A_ALG);
	nla_put_u8(msg, IPSECVIF_ALG_A_KIND, IPSECVIF_ALG_AEAD);
	nla_put_string(msg, IPSECVIF_ALG_A_NAME, "rfc4106(gcm(aes))");
	nla_nest_end(msg, nest);
	fake.error = -ENOENT;
	fake.error_cmd = IPSECVIF_CMD_SA_ADD;
	fake.error_text = "the kernel has no such AEAD";
	ctl_expect("sa add dev lo dir in aead 'rfc4106(gcm(ase))' " KEY20, CTL_FAILED,
		   "Error: the kernel has no such AEAD\n"
		   "Note: the kernel offers no aead \"rfc4106(gcm(ase))\": "
		   "did you mean \"rfc4106(gcm(aes))\"?");
	ctl_expect("sa add dev lo dir in " AEAD, CTL_FAILED,
		   "Error: the kernel has no such AEAD\n");
	assert_lacks(ctl_err, "Note:");
}

static void put_alg(struct nl_msg *msg, enum ipsecvif_alg_kind kind, const char *name,
		    uint32_t key_bits, uint32_t salt_bits, uint32_t icv_bits, bool legacy)
{
	struct nlattr *nest = nla_nest_start(msg, IPSECVIF_A_ALG);

	nla_put_u8(msg, IPSECVIF_ALG_A_KIND, (uint8_t)kind);
	nla_put_string(msg, IPSECVIF_ALG_A_NAME, name);
	if (key_bits) {
		nla_put_u32(msg, IPSECVIF_ALG_A_KEY_BITS, key_bits);
		nla_put_u32(msg, IPSECVIF_ALG_A_KEY_BITS, 2 * key_bits);
	}
	if (salt_bits)
		nla_put_u32(msg, IPSECVIF_ALG_A_SALT_BITS, salt_bits);
	if (icv_bits)
		nla_put_u32(msg, IPSECVIF_ALG_A_ICV_BITS, icv_bits);
	if (legacy)
		nla_put_flag(msg, IPSECVIF_ALG_A_LEGACY);
	nla_nest_end(msg, nest);
}

/* What a key or an ICV should have been like, from what the kernel says it has. */
static void test_refusal_hints(void **state)
{
	static const struct wrong wrongs[] = {
		{ "aead 'ccm(aes)' " KEY20,
		  "the key of rfc4309(ccm(aes)) has 19 or 35 bytes, of which the last 3 are the "
		  "salt: this one has 20\n" },
		{ "enc 'aes' " KEY20 " auth-trunc 'hmac(sha256)' " KEY32 " 128",
		  "the key of cbc(aes) has 16 or 32 bytes: this one has 20\n" },
		{ "enc cipher_null " KEY16 " auth-trunc 'hmac(sha256)' " KEY32 " 128",
		  "the key of ecb(cipher_null) has 0 bytes: this one has 16\n" },
		{ "enc aes " KEY16 " auth-trunc sha256 " KEY32 " 160",
		  "the ICV of hmac(sha256) has as many bits: 128, 96 with flag legacy\n" },
		{ "enc aes " KEY16 " auth-trunc 'hmac(sha257)' " KEY32 " 160",
		  "did you mean \"hmac(sha256)\"?\n" },
		{ "enc aes " KEY16 " auth-trunc umac " KEY32 " 64",
		  "no auth \"umac\": there are hmac(sha256)\n" },
	};
	char line[512];
	struct nl_msg *msg;
	size_t i;

	(void)state;
	msg = fake_reply(IPSECVIF_CMD_CAPS_GET);
	put_alg(msg, IPSECVIF_ALG_AEAD, "rfc4309(ccm(aes))", 128, 24, 128, false);
	put_alg(msg, IPSECVIF_ALG_ENC, "cbc(aes)", 128, 0, 0, false);
	put_alg(msg, IPSECVIF_ALG_ENC, "ecb(cipher_null)", 0, 0, 0, false);
	put_alg(msg, IPSECVIF_ALG_AUTH, "hmac(sha256)", 256, 0, 128, false);
	put_alg(msg, IPSECVIF_ALG_AUTH, "hmac(sha256)", 256, 0, 96, true);
	fake.error = -EINVAL;
	fake.error_cmd = IPSECVIF_CMD_SA_ADD;
	fake.error_text = "no";
	for (i = 0; i < ARRAY_SIZE(wrongs); i++) {
		fake.n_requests = 0;
		snprintf(line, sizeof(line), "sa add dev lo dir in %s", wrongs[i].line);
		ctl_expect(line, CTL_FAILED, wrongs[i].text);
		assert_lacks(ctl_err, "00010203");
	}
	fake.n_requests = 0;
	ctl_expect("sa add dev lo dir in enc aes " KEY16 " auth sha256 " KEY32, CTL_FAILED, "no\n");
	assert_lacks(ctl_err, "bytes");
	assert_lacks(ctl_err, "as many bits");
}

/* XFRM's names, short and full; NULL with its empty key, or without. */
static void test_algorithm_words(void **state)
{
	static const char *const nulls[] = {
		"enc 'ecb(cipher_null)' ''",
		"enc cipher_null 0x",
		"enc cipher_null",
	};
	const uint8_t cmd = IPSECVIF_CMD_SA_ADD;
	char line[256];
	size_t i;

	(void)state;
	reply_spi(IPSECVIF_DIR_IN, 0xd0000007);
	for (i = 0; i < ARRAY_SIZE(nulls); i++) {
		snprintf(line, sizeof(line), "sa add dev lo dir in %s auth-trunc sha1 " KEY20 " 96",
			 nulls[i]);
		ctl_expect(line, 0, "");
		assert_string_equal(nla_get_string(sent_attr(cmd, IPSECVIF_SA_A_ENC_NAME)),
				    "ecb(cipher_null)");
		assert_null(sent_attr(cmd, IPSECVIF_SA_A_ENC_KEY));
		assert_string_equal(nla_get_string(sent_attr(cmd, IPSECVIF_SA_A_AUTH_NAME)),
				    "hmac(sha1)");
		assert_int_equal(nla_len(sent_attr(cmd, IPSECVIF_SA_A_AUTH_KEY)), 20);
	}
	ctl_expect("sa add dev lo dir in enc des3_ede " KEY16 " auth-trunc md5 " KEY16
		   " 96 flag legacy esn",
		   0, "");
	assert_string_equal(nla_get_string(sent_attr(cmd, IPSECVIF_SA_A_ENC_NAME)),
			    "cbc(des3_ede)");
	assert_string_equal(nla_get_string(sent_attr(cmd, IPSECVIF_SA_A_AUTH_NAME)), "hmac(md5)");
	assert_int_equal(nla_get_u32(sent_attr(cmd, IPSECVIF_SA_A_FLAGS)),
			 IPSECVIF_SA_F_LEGACY | IPSECVIF_SA_F_ESN);
	ctl_expect("sa add dev lo dir in aead 'rfc8750(ccm(aes))' " KEY20 " 64", 0, "");
	assert_string_equal(nla_get_string(sent_attr(cmd, IPSECVIF_SA_A_AEAD_NAME)),
			    "rfc8750(ccm(aes))");
}

static void test_other_verbs(void **state)
{
	struct ipsecvif_sa sa;

	(void)state;
	ctl_expect("sa update dev lo dir out spi 5 src 192.0.2.9 limit byte-hard 0", 0, "");
	sent_sa(IPSECVIF_CMD_SA_UPDATE, &sa);
	assert_int_equal(sa.src.family, AF_INET);
	/* 0 removes the limit, so it must be sent; the others must not be. */
	assert_non_null(sent_attr(IPSECVIF_CMD_SA_UPDATE, IPSECVIF_SA_A_BYTE_HARD));
	assert_null(sent_attr(IPSECVIF_CMD_SA_UPDATE, IPSECVIF_SA_A_BYTE_SOFT));
	assert_null(sent_attr(IPSECVIF_CMD_SA_UPDATE, IPSECVIF_SA_A_DST));
	ctl_expect("sa del dev lo dir out spi 5 dst 192.0.2.2 proto ah", 0, "");
	sent_sa(IPSECVIF_CMD_SA_DEL, &sa);
	assert_int_equal(sa.spi, 5);
	assert_int_equal(sa.proto, IPPROTO_AH);
	assert_int_equal(sa.dst.family, AF_INET);
	ctl_expect("sa delete dev lo dir in src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x10", 0, "");
	ctl_expect("sa flush dev lo", 0, "");
	assert_null(fake_attr(fake_request(IPSECVIF_CMD_SA_FLUSH), IPSECVIF_A_SA));
	ctl_expect("sa flush dev lo dir in", 0, "");
	assert_int_equal(nla_get_u8(sent_attr(IPSECVIF_CMD_SA_FLUSH, IPSECVIF_SA_A_DIR)),
			 IPSECVIF_DIR_IN);
	nla_put_u32(fake_reply(IPSECVIF_CMD_SPI_ALLOC), IPSECVIF_A_SPI, htonl(0xd0000042));
	ctl_expect("sa allocspi dev lo", 0, "");
	assert_string_equal(ctl_out, "spi 0xd0000042\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_add_aead, ctl_teardown),
		cmocka_unit_test_teardown(test_add_pair_of_words, ctl_teardown),
		cmocka_unit_test_teardown(test_add_ah, ctl_teardown),
		cmocka_unit_test_teardown(test_add_json, ctl_teardown),
		cmocka_unit_test_teardown(test_add_sel_is_turned, ctl_teardown),
		cmocka_unit_test_teardown(test_add_pair, ctl_teardown),
		cmocka_unit_test_teardown(test_add_wrong, ctl_teardown),
		cmocka_unit_test_teardown(test_device_absent, ctl_teardown),
		cmocka_unit_test_teardown(test_key_not_repeated, ctl_teardown),
		cmocka_unit_test_teardown(test_key_wiped_from_argv, ctl_teardown),
		cmocka_unit_test_teardown(test_key_file, ctl_teardown),
		cmocka_unit_test_teardown(test_key_text_and_length, ctl_teardown),
		cmocka_unit_test_teardown(test_kernel_refusal, ctl_teardown),
		cmocka_unit_test_teardown(test_refusal_hints, ctl_teardown),
		cmocka_unit_test_teardown(test_algorithm_words, ctl_teardown),
		cmocka_unit_test_teardown(test_other_verbs, ctl_teardown),
	};

	return cmocka_run_group_tests_name("ctl_sa", tests, NULL, NULL);
}
