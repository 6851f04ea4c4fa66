// SPDX-License-Identifier: MIT
/*
 * Words in general: options, abbreviations, typing errors, numbers, batches;
 * and the objects dev, selector, drops, monitor with what they refuse.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "selftests/unit/ctl_fake.h"

struct wrong {
	const char *line;
	const char *text;
};

static void test_wrong(void **state)
{
	static const struct wrong wrongs[] = {
		{ "s", "ambiguous object \"s\": \"sa\" or \"selector\"?" },
		{ "d", "ambiguous object \"d\": \"dev\" or \"drops\"?" },
		{ "tunel", "did you mean \"tunnel\"?" },
		{ "xyzzy", "there are dev, sa, selector, drops, monitor, tunnel, reload" },
		{ "-q", "unknown option \"q\"" },
		{ "-jsno", "did you mean \"json\"?" },
		{ "-b", "option \"-b\" needs a value" },
		{ "-n", "option \"-n\" needs a value" },
		{ "-b - sa", "a batch takes its commands from the file" },
		{ "-b /nonexistent/file", "cannot open \"/nonexistent/file\"" },
		{ "dev add", "ip link add NAME type ipsecvif" },
		{ "dev del", "ip link del NAME" },
		{ "dev set", "which device?" },
		{ "dev set lo", "what is to change?" },
		{ "dev set lo lcal 192.0.2.1", "did you mean \"local\"?" },
		{ "dev set lo local", "\"local\" needs a value" },
		{ "dev set lo local 192.0.2.0/24", "without a prefix length" },
		{ "dev set lo fwmark 0x100000000", "out of range" },
		{ "dev set lo ttl 256", "out of range: 1 to 255" },
		{ "dev set lo df keep", "unknown df \"keep\": there are copy, set, clear" },
		{ "dev set lo dscp set", "there are clear, copy" },
		{ "dev set lo hold 1025", "out of range: 0 to 1024" },
		{ "dev set lo strict maybe", "there are off, on" },
		{ "dev set lo mtu 1400", "ip link set NAME mtu 1400" },
		{ "dev show lo extra", "unexpected word \"extra\"" },
		{ "selector add src 10.0.0.0/8", "which device?" },
		{ "selector add dev lo", "a selector needs a network" },
		{ "selector add dev lo src any dst any", "a selector needs a network" },
		{ "selector add dev lo src 10.0.0.1/8", "did you mean 10.0.0.0/8?" },
		{ "selector add dev lo src 2001:db8::1/32", "did you mean 2001:db8::/32?" },
		{ "selector add dev lo src 10.0.0.0/33", "needs a network" },
		{ "selector add dev lo src 10.0.0.0/08", "needs a network" },
		{ "selector add dev lo src 10.0.0.0/-1", "needs a network" },
		{ "selector add dev lo src 10.0.0.0/", "needs a network" },
		{ "selector add dev lo src 10.0.0.0/8 dst ::/0", "both be IPv4 or both IPv6" },
		{ "selector add dev lo src 10.0.0.0/8 sport 5", "need a protocol with ports" },
		{ "selector add dev lo src 10.0.0.0/8 proto icmp dport 5", "need a protocol" },
		{ "selector add dev lo src 10.0.0.0/8 proto tcp dport 5-", "needs a port" },
		{ "selector add dev lo src 10.0.0.0/8 proto tcp dport 9-5", "begins behind" },
		{ "selector add dev lo src 10.0.0.0/8 proto tcp dport 70000", "needs a port" },
		{ "selector add dev lo src 10.0.0.0/8 proto tcp dport 0", "is no port" },
		{ "selector add dev lo src 10.0.0.9-10.0.0.5", "needs a range" },
		{ "selector add dev lo src 10.0.0.5-", "needs a range" },
		{ "selector add dev lo src -10.0.0.5", "needs a range" },
		{ "selector add dev lo src 10.0.0.5-fd00::1", "needs a range" },
		{ "selector add dev lo src 10.0.0.5-10.0.0.9/32", "needs a range" },
		{ "selector add dev lo src 10.0.0.5-10.0.0.9 dst fd00::1", "both be IPv4" },
		{ "selector add dev lo src 10.0.0.0/8 type 8", "type and code need proto icmp" },
		{ "selector add dev lo src fd00::/8 proto icmp type 8", "type and code need" },
		{ "selector add dev lo src 10.0.0.0/8 proto icmp code 0", "a code needs a type" },
		{ "selector add dev lo src 10.0.0.0/8 proto icmp type 256", "needs an ICMP type" },
		{ "selector add dev lo src 10.0.0.0/8 proto icmp type 8-0", "begins behind" },
		{ "selector add dev lo src 10.0.0.0/8 proto icmp type 3 code x",
		  "needs an ICMP code" },
		{ "selector add dev lo src 10.0.0.0/8 proto icmp type 8 sport 1",
		  "need a protocol" },
		{ "selector add dev lo src 10.0.0.0/8 proto 256", "needs a protocol" },
		{ "selector add dev lo src 10.0.0.0/8 src 10.0.0.0/8", "is given twice" },
		{ "selector del dev lo src 10.0.0.0/8 sa 5", "unknown word \"sa\"" },
		{ "selector flush", "which device's selectors?" },
		{ "selector f x", "unknown word \"x\"" },
		{ "drops lo", "unknown word \"lo\": there are dev" },
		{ "caps x", "unexpected word \"x\"" },
		{ "monitor kernal", "did you mean \"kernel\"?" },
		{ "monitor tunnel dev lo", "picks events of the kernel" },
		{ "tunnel up", "which tunnel?" },
		{ "tunnel why", "which tunnel?" },
		{ "tunnel up x timeout 0", "a timeout is 1s to 1h" },
		{ "tunnel up x timeout 2h", "a timeout is 1s to 1h" },
		{ "tunnel uo", "did you mean \"up\"?" },
		{ "reload now", "reload takes --dry-run" },
		{ "check a b", "unexpected word \"b\"" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrongs); i++) {
		ctl_expect(wrongs[i].line, CTL_USAGE, wrongs[i].text);
		assert_int_equal(fake.n_requests, 0);
	}
}

static void test_help_everywhere(void **state)
{
	static const char *const lines[] = {
		"help",	       "-h",	       "--help",	"dev help",
		"sa help",     "sa add help",  "selector help", "sel add help",
		"drops help",  "monitor help", "tunnel help",	"tunnel up -h",
		"reload help", "check --help", "caps help",	"help sa",
		"help tunnel",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_int_equal(ctl_line(lines[i]), CTL_OK);
		assert_contains(ctl_out, "Usage: ipsecvif");
		assert_string_equal(ctl_err, "");
		assert_int_equal(fake.n_requests, 0);
	}
	assert_int_equal(ctl_line(""), CTL_USAGE);
	assert_int_equal(ctl_line("-V"), CTL_OK);
	assert_string_equal(ctl_out, "ipsecvif " IPSECVIF_VERSION "\n");
}

static void test_abbreviations(void **state)
{
	(void)state;
	ctl_expect("se s", 0, "");
	fake_request(IPSECVIF_CMD_DEV_GET);
	ctl_expect("sel fl dev lo", 0, "");
	fake_request(IPSECVIF_CMD_SELECTOR_FLUSH);
	/* del and delete are one. */
	ctl_expect("sa d dev lo dir in spi 5", 0, "");
	fake_request(IPSECVIF_CMD_SA_DEL);
	ctl_expect("dr", 0, "");
	fake_request(IPSECVIF_CMD_DROPS_GET);
}

static struct nlattr *dev_attr(int type)
{
	struct nlattr *nest = fake_attr(fake_request(IPSECVIF_CMD_DEV_SET), IPSECVIF_A_DEV);

	assert_non_null(nest);
	return nla_find(nla_data(nest), nla_len(nest), type);
}

static void test_dev_set(void **state)
{
	(void)state;
	ctl_expect("dev set lo local 192.0.2.1 remote 2001:db8::1 fwmark 0x10 underlay lo "
		   "df clear ttl 64 dscp copy flow-label zero udp-csum on mtu auto hold 0 "
		   "strict on",
		   0, "");
	assert_int_equal(nla_len(dev_attr(IPSECVIF_DEV_A_LOCAL)), 4);
	assert_int_equal(nla_len(dev_attr(IPSECVIF_DEV_A_REMOTE)), 16);
	assert_int_equal(nla_get_u32(dev_attr(IPSECVIF_DEV_A_FWMARK)), 16);
	assert_int_equal(nla_get_u32(dev_attr(IPSECVIF_DEV_A_UNDERLAY)), 1);
	assert_int_equal(nla_get_u8(dev_attr(IPSECVIF_DEV_A_DF)), IPSECVIF_DF_CLEAR);
	assert_int_equal(nla_get_u8(dev_attr(IPSECVIF_DEV_A_TTL)), 64);
	assert_int_equal(nla_get_u8(dev_attr(IPSECVIF_DEV_A_DSCP)), IPSECVIF_DSCP_COPY);
	assert_int_equal(nla_get_u8(dev_attr(IPSECVIF_DEV_A_FLOW_LABEL)), IPSECVIF_FLOW_LABEL_ZERO);
	assert_int_equal(nla_get_u8(dev_attr(IPSECVIF_DEV_A_UDP_CSUM)), 1);
	assert_int_equal(nla_get_u8(dev_attr(IPSECVIF_DEV_A_MTU_AUTO)), 1);
	assert_int_equal(nla_get_u32(dev_attr(IPSECVIF_DEV_A_HOLD)), 0);
	assert_int_equal(nla_get_u8(dev_attr(IPSECVIF_DEV_A_STRICT)), 1);
	/* What is not named stays as it is. */
	ctl_expect("dev set dev lo ttl inherit", 0, "");
	assert_int_equal(nla_get_u8(dev_attr(IPSECVIF_DEV_A_TTL)), 0);
	assert_null(dev_attr(IPSECVIF_DEV_A_LOCAL));
	/* Clearing an address sends the unspecified one. */
	ctl_expect("dev set lo remote any", 0, "");
	assert_int_equal(nla_get_u32(dev_attr(IPSECVIF_DEV_A_REMOTE)), 0);
}

static void test_selector_words(void **state)
{
	static const struct {
		const char *words;
		const char *means;
		uint32_t spi;
	} goods[] = {
		{ "src 10.1.0.0/16 dst 10.2.0.0/16", "src 10.1.0.0/16 dst 10.2.0.0/16", 0 },
		{ "dst 10.2.0.0/16", "src 0.0.0.0/0 dst 10.2.0.0/16", 0 },
		{ "src any dst 2001:db8::/32", "src ::/0 dst 2001:db8::/32", 0 },
		{ "src 10.1.2.3 dst default", "src 10.1.2.3/32 dst 0.0.0.0/0", 0 },
		{ "src 10.1.0.0/16 proto tcp sport 1000-2000 dport 80 sa 0xc0000001",
		  "src 10.1.0.0/16 dst 0.0.0.0/0 proto tcp sport 1000-2000 dport 80", 0xc0000001 },
		{ "proto 47 src ::/0", "src ::/0 dst ::/0 proto gre", 0 },
		{ "src 10.0.0.0/8 proto udp sport any dport 0-65535",
		  "src 10.0.0.0/8 dst 0.0.0.0/0 proto udp", 0 },
		{ "src 10.1.0.5-10.1.0.9 dst 10.2.0.0/16", "src 10.1.0.5-10.1.0.9 dst 10.2.0.0/16",
		  0 },
		{ "src any dst fd02::1-fd02::1:0", "src ::/0 dst fd02::1-fd02::1:0", 0 },
		{ "src 10.1.0.0/16 proto icmp type 8 code 0",
		  "src 10.1.0.0/16 dst 0.0.0.0/0 proto icmp type 8 code 0", 0 },
		{ "src 10.1.0.0/16 proto icmp type 0",
		  "src 10.1.0.0/16 dst 0.0.0.0/0 proto icmp type 0", 0 },
		{ "dst fd02::/64 proto ipv6-icmp type 128-129 code 0-255",
		  "src ::/0 dst fd02::/64 proto ipv6-icmp type 128-129 code 0-255", 0 },
		{ "dst fd02::/64 proto icmpv6 type any", "src ::/0 dst fd02::/64 proto ipv6-icmp",
		  0 },
	};
	struct ipsecvif_selector sel;
	char line[256], text[IPSECVIF_SELECTOR_STRLEN];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(goods); i++) {
		fake_reset();
		snprintf(line, sizeof(line), "selector add dev lo %s", goods[i].words);
		ctl_expect(line, 0, "");
		assert_int_equal(parse_selector(fake_attr(0, IPSECVIF_A_SELECTOR), &sel), 0);
		assert_string_equal(ipsecvif_selector_format(&sel, text), goods[i].means);
		assert_int_equal(sel.spi, goods[i].spi);
	}
}

static void batch_file(char *path, const char *content)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);
}

static void test_batch(void **state)
{
	char path[] = "/tmp/ipsecvif-batch-XXXXXX", line[128], where[160];

	(void)state;
	batch_file(path, "# a comment\n\n"
			 "dev set lo ttl 5 # more\n"
			 "selector add dev lo \\\n src 10.0.0.0/8\n"
			 "sa bogus\n"
			 "selector flush dev lo\n");
	snprintf(line, sizeof(line), "-b %s", path);
	snprintf(where, sizeof(where), "%s:6: Error: unknown sa command \"bogus\"", path);
	assert_int_equal(ctl_line(line), CTL_USAGE);
	assert_contains(ctl_err, where);
	/* Up to the error, and no further. */
	assert_int_equal(fake.n_requests, 2);
	fake_reset();
	snprintf(line, sizeof(line), "-force -b %s", path);
	assert_int_equal(ctl_line(line), CTL_USAGE);
	assert_int_equal(fake.n_requests, 3);
	unlink(path);
}

static void test_batch_split(void **state)
{
	char line[128], *argv[4];
	const char *error = NULL;

	(void)state;
	strcpy(line, "  a 'b c'\"d\\\"e\" f\\ g#h # rest\n");
	assert_int_equal(batch_split(line, argv, 4, &error), 3);
	assert_string_equal(argv[0], "a");
	assert_string_equal(argv[1], "b cd\"e");
	assert_string_equal(argv[2], "f g#h");
	strcpy(line, "a ''");
	assert_int_equal(batch_split(line, argv, 4, &error), 2);
	assert_string_equal(argv[1], "");
	strcpy(line, "a 'b");
	assert_int_equal(batch_split(line, argv, 4, &error), -1);
	assert_string_equal(error, "a quote is not closed");
	strcpy(line, "a b c d e");
	assert_int_equal(batch_split(line, argv, 4, &error), -1);
	assert_string_equal(error, "too many words in one line");
	strcpy(line, " # only");
	assert_int_equal(batch_split(line, argv, 4, &error), 0);
}

static void test_nearest(void **state)
{
	static const char *const words[] = { "local", "remote", "df", "replay-window" };

	(void)state;
	assert_string_equal(word_nearest("lcoal", words, 4), "local");
	assert_string_equal(word_nearest("replaywindow", words, 4), "replay-window");
	assert_null(word_nearest("x", words, 4));
	assert_null(word_nearest("xy", words, 4));
	assert_null(word_nearest("underlay", words, 4));
	assert_null(word_nearest("a-word-that-is-much-too-long-for-that", words, 4));
}

static void test_number(void **state)
{
	static const char *const bads[] = { "",	  " 5", "-5",  "+5",
					    "0x", "x5", "0xg", "99999999999999999999" };
	const char *end;
	uint64_t value;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bads); i++)
		assert_false(number_read(bads[i], &value, &end));
	assert_true(number_read("010", &value, &end));
	assert_int_equal(value, 10);
	assert_true(number_read("0xfFk", &value, &end));
	assert_int_equal(value, 255);
	assert_string_equal(end, "k");
	assert_true(number_read("18446744073709551615", &value, &end));
	assert_true(value == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_wrong, ctl_teardown),
		cmocka_unit_test_teardown(test_help_everywhere, ctl_teardown),
		cmocka_unit_test_teardown(test_abbreviations, ctl_teardown),
		cmocka_unit_test_teardown(test_dev_set, ctl_teardown),
		cmocka_unit_test_teardown(test_selector_words, ctl_teardown),
		cmocka_unit_test_teardown(test_batch, ctl_teardown),
		cmocka_unit_test_teardown(test_batch_split, ctl_teardown),
		cmocka_unit_test_teardown(test_nearest, ctl_teardown),
		cmocka_unit_test_teardown(test_number, ctl_teardown),
	};

	return cmocka_run_group_tests_name("ctl_words", tests, NULL, NULL);
}
