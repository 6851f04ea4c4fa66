// SPDX-License-Identifier: MIT
/* The configuration: grammar, errors with their positions, defaults, templates, diff. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/keyer/conf/internal.h"

static char dir[64];

static void file_write(const char *name, const char *text, mode_t mode)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	fchmod(fd, mode);
	close(fd);
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/ipsecvif-conf.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	file_write("a.psk", "secret\n", 0600);
	file_write("open.psk", "secret\n", 0644);
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) ? -1 : 0;
}

static struct conf *load(const char *text)
{
	char path[128];

	file_write("t.conf", text, 0644);
	snprintf(path, sizeof(path), "%s/t.conf", dir);
	return conf_load(path);
}

#define TUNNEL "remote = 192.0.2.1\npsk-file = a.psk\nchild c { remote = 10.2.0.0/16 }\n"

static void assert_clean(const struct conf *conf)
{
	char text[1024];
	size_t i;

	for (i = 0; i < conf->n_messages; i++)
		print_message("%s\n", conf_message_print(&conf->messages[i], text, sizeof(text)));
	assert_int_equal(conf->errors, 0);
}

/* Is there an error at this place whose text contains @words? */
static void assert_error(const struct conf *conf, unsigned int line, unsigned int column,
			 const char *words)
{
	char text[1024];
	size_t i;

	for (i = 0; i < conf->n_messages; i++)
		if (!conf->messages[i].warning && conf->messages[i].pos.line == line &&
		    conf->messages[i].pos.column == column && strstr(conf->messages[i].text, words))
			return;
	for (i = 0; i < conf->n_messages; i++)
		print_message("%s\n", conf_message_print(&conf->messages[i], text, sizeof(text)));
	fail_msg("no error at %u:%u with '%s'", line, column, words);
}

static void assert_warning(const struct conf *conf, const char *words)
{
	size_t i;

	for (i = 0; i < conf->n_messages; i++)
		if (conf->messages[i].warning && strstr(conf->messages[i].text, words))
			return;
	fail_msg("no warning with '%s'", words);
}

/* The example of the manual, every key of it where it belongs. */
static void test_example(void **state)
{
	struct conf *conf =
		load("tunnel branch {\n"
		     "    interface   = ipsec1\n"
		     "    address     = 10.255.0.1/30, 2001:db8::1/64\n"
		     "    local       = 203.0.113.10\n"
		     "    remote      = branch.example.net, 198.51.100.7     # tried in turn\n"
		     "    local-id    = gw@example.com\n"
		     "    remote-id   = branch@example.com\n"
		     "    auth        = psk\n"
		     "    psk-file    = a.psk\n"
		     "    ike         = aes256-sha256-x25519, aes256gcm16-prfsha384-ecp384\n"
		     "    start       = on-demand\n"
		     "    dpd-delay   = 10s\n"
		     "    child lan {\n"
		     "        local    = 10.1.0.0/16\n"
		     "        remote   = 10.2.0.0/16\n"
		     "        esp      = aes256gcm16-x25519\n"
		     "        lifetime = 1h\n"
		     "        metric   = 50\n"
		     "    }\n"
		     "}\n");
	const struct conf_tunnel *t;
	struct conf_conn conn;

	(void)state;
	assert_clean(conf);
	assert_int_equal(conf->n_tunnels, 1);
	t = conf_find(conf, "branch");
	assert_non_null(t);
	assert_string_equal(t->interface, "ipsec1");
	assert_int_equal(t->n_addresses, 2);
	assert_int_equal(t->addresses[0].length, 30);
	assert_int_equal(t->addresses[1].addr.family, AF_INET6);
	assert_int_equal(t->n_remote, 2);
	assert_int_equal(t->remote[0].kind, CONF_HOST_NAME);
	assert_string_equal(t->remote[0].name, "branch.example.net");
	assert_int_equal(t->remote[1].kind, CONF_HOST_RANGE);
	assert_int_equal(t->start, CONF_START_DEMAND);
	assert_int_equal(t->close_action, CONF_ACTION_DEMAND);
	assert_int_equal(t->ike->local_id.type, IKE_ID_EMAIL);
	assert_int_equal(t->ike->dpd_delay, 10000);
	assert_int_equal(t->ike->n_proposals, 2);
	assert_int_equal(t->children[0].metric, 50);
	conf_tunnel_conn(t, &conn);
	assert_int_equal(conn.ike.n_children, 1);
	assert_string_equal(conn.children[0].name, "lan");
	assert_int_equal(conn.children[0].lifetime, 3600000);
	assert_int_equal(conn.children[0].margin, 360000);
	assert_int_equal(conn.ike.n_local, 1);
	/* The name is the caller's to resolve. */
	assert_int_equal(conn.ike.n_remote, 1);
	conf_free(conf);
}

/* A connection in one piece is the same at the other end, and nothing else is one. */
static void test_packed(void **state)
{
	struct conf *conf =
		load("tunnel x {\n" TUNNEL "child b { remote = 10.3.0.0/16, 10.4.0.0/16 }\n}\n");
	struct ike_conn_conf *back;
	struct conf_conn conn;
	uint8_t *packed, *copy;
	size_t len;

	(void)state;
	assert_clean(conf);
	conf_tunnel_conn(conf_find(conf, "x"), &conn);
	len = ike_conf_length(&conn.ike);
	packed = malloc(len);
	copy = malloc(len);
	ike_conf_pack(&conn.ike, packed);
	conf_free(conf);
	memcpy(copy, packed, len);
	back = ike_conf_unpack(copy, len);
	assert_non_null(back);
	assert_int_equal(back->n_children, 2);
	assert_string_equal(back->children[1].name, "b");
	assert_int_equal(back->children[1].n_remote, 2);
	assert_int_equal(back->children[1].remote[1].min[1], 4);
	assert_int_equal(back->children[1].proposals[0].protocol, 3);
	memcpy(copy, packed, len);
	assert_null(ike_conf_unpack(copy, len - 16));
	memcpy(copy, packed, len);
	assert_null(ike_conf_unpack(copy, sizeof(*back) - 1));
	memcpy(copy, packed, len);
	((struct ike_conn_conf *)(void *)copy)->n_children = 255;
	assert_null(ike_conf_unpack(copy, len));
	free(packed);
	free(copy);
}

static void test_defaults(void **state)
{
	struct conf *conf = load("tunnel x {\n" TUNNEL "}\n");
	const struct conf_tunnel *t;

	(void)state;
	assert_clean(conf);
	t = conf->tunnels[0];
	assert_string_equal(t->interface, "x");
	assert_int_equal(t->start, CONF_START_START);
	assert_int_equal(t->dpd_action, CONF_ACTION_RESTART);
	assert_int_equal(t->ike->retransmit_tries, 5);
	assert_int_equal(t->ike->retransmit_timeout, 2000);
	assert_int_equal(t->ike->retransmit_base_percent, 180);
	assert_int_equal(t->ike->nat_keepalive, 20000);
	assert_true(t->enabled);
	assert_int_equal(t->children[0].ike.n_local, 2);
	assert_true(t->children[0].ike.n_proposals >= 2);
	assert_int_equal(t->children[0].ike.mode, 1);
	conf_free(conf);
}

/* A wrong file tells all its errors at once, each at its place. */
static void test_all_errors(void **state)
{
	struct conf *conf = load("tunnel x {\n"
				 "  dpd_delay = 10s\n"
				 "  remote = 192.0.2.300\n"
				 "  psk-file = open.psk\n"
				 "  lifetime = 1h\n"
				 "  child c {\n"
				 "    esp = aes257gcm16\n"
				 "    lifetime = 5 parsecs\n"
				 "  }\n"
				 "}\n"
				 "tunel y { }\n");

	(void)state;
	assert_error(conf, 2, 3, "did you mean 'dpd-delay'");
	assert_error(conf, 3, 12, "'192.0.2.300'");
	assert_error(conf, 4, 14, "chmod 600");
	assert_error(conf, 5, 3, "is a key of a child");
	assert_error(conf, 7, 11, "aes257gcm16");
	assert_error(conf, 8, 16, "no duration");
	assert_error(conf, 11, 1, "did you mean 'tunnel'");
	conf_free(conf);
}

static void test_grammar_errors(void **state)
{
	static const struct {
		const char *text;
		unsigned int line, column;
		const char *words;
	} cases[] = {
		{ "tunnel x {\n", 1, 10, "never closed" },
		{ "tunnel { }\n", 1, 8, "needs a name" },
		{ "tunnel a/b {\n" TUNNEL "}", 1, 8, "is no name" },
		{ "tunnel x {\nremote\n}\n", 2, 7, "expected '='" },
		{ "tunnel x {\nremote =\n}\n", 2, 9, "has no value" },
		{ "tunnel x {\nremote = a,\n}\n", 3, 1, "ends with a comma" },
		{ "tunnel x {\nmtu = auto\nmtu = 1400\n}\n", 3, 1, "already set in line 2" },
		{ "tunnel x {\nmtu = auto, 1400\n}\n", 2, 13, "takes one value" },
		{ "tunnel x {\ndescription = \"open\n}\n", 2, 15, "does not end" },
		{ "tunnel x {\nlike = nothing\n}\n", 2, 8, "no template 'nothing'" },
		{ "tunnel x {\nremote = any, 10.0.0.1\n}\n", 2, 10, "stands alone" },
		{ "tunnel x {\nstart = start\nremote = any\n}\n", 2, 9, "needs an address" },
		{ "tunnel x {\n" TUNNEL "}\ntunnel x {\n" TUNNEL "}\n", 6, 8, "already there" },
		{ "include nothing.conf\n", 1, 9, "does not exist" },
		{ "tunnel x {\nretransmit-base = 1.888\n}\n", 2, 19, "no factor" },
		{ "tunnel x {\nretransmit-base = 0.5\n}\n", 2, 19, "no factor" },
		{ "tunnel x {\nretransmit-base = 11\n}\n", 2, 19, "no factor" },
		{ "tunnel x {\nttl = 256\n}\n", 2, 7, "no number from 1 to 255" },
		{ "tunnel x {\ninterface = toolonginterfacename\n}\n", 2, 13, "no name" },
		{ "tunnel x {\nremote = 192.0.2.1\npsk-file = none.psk\n}\n", 3, 12,
		  "No such file" },
		{ "tunnel x {\n mtu = \x01\n}\n", 2, 8, "control character" },
		{ "tunnel x {\nchild c {\nlifetime = 10s\nrekey-margin = 9s\n}\n}\n", 2, 7,
		  "leaves nothing" },
		{ "tunnel x {\nchild c { esn = yes\nreplay-window = 0 }\n}\n", 2, 7,
		  "no replay window" },
	};
	struct conf *conf;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		conf = load(cases[i].text);
		assert_true(conf->errors > 0);
		assert_error(conf, cases[i].line, cases[i].column, cases[i].words);
		conf_free(conf);
	}
}

static void test_templates(void **state)
{
	struct conf *conf = load("template base {\n"
				 "  psk-file = a.psk\n"
				 "  dpd-delay = 7s\n"
				 "  child lan { lifetime = 2h\n metric = 9 }\n"
				 "}\n"
				 "template more {\n"
				 "  like = base\n"
				 "  start = respond\n"
				 "}\n"
				 "tunnel x {\n"
				 "  like = more\n"
				 "  remote = 192.0.2.1\n"
				 "  child lan { metric = 5 }\n"
				 "}\n");
	const struct conf_tunnel *t;

	(void)state;
	/* The templates are incomplete, and need not be complete. */
	assert_clean(conf);
	t = conf->tunnels[0];
	assert_int_equal(t->ike->dpd_delay, 7000);
	assert_int_equal(t->start, 0);
	assert_int_equal(t->n_children, 1);
	assert_int_equal(t->children[0].metric, 5);
	assert_int_equal(t->children[0].ike.lifetime, 7200000);
	conf_free(conf);

	conf = load(
		"template a { like = b }\ntemplate b { like = a }\ntunnel x {\nlike = a\n" TUNNEL
		"}\n");
	assert_true(conf->errors > 0);
	conf_free(conf);
}

static void test_include_and_directory(void **state)
{
	struct conf *conf;

	(void)state;
	file_write("one.inc", "tunnel one {\n" TUNNEL "}\n", 0644);
	file_write("two.inc", "tunnel two {\n bogus = 1\n" TUNNEL "}\n", 0644);
	conf = load("include one.inc\ninclude n*thing\n");
	assert_clean(conf);
	assert_non_null(conf_find(conf, "one"));
	conf_free(conf);

	conf = load("include *.inc\n");
	assert_error(conf, 2, 2, "unknown key 'bogus'");
	assert_true(strstr(conf->messages[0].pos.file, "two.inc") != NULL);
	conf_free(conf);

	conf_free(load("tunnel t {\n" TUNNEL "}\n"));
	conf = conf_load(dir);
	assert_clean(conf);
	assert_int_equal(conf->n_tunnels, 1);
	conf_free(conf);

	file_write("loop.conf", "include loop.conf\n", 0644);
	conf = conf_load(dir);
	assert_error(conf, 1, 9, "deeper than");
	conf_free(conf);

	conf = conf_load("/nonexistent/ipsecvif");
	assert_true(conf->unreadable);
	conf_free(conf);
}

static void test_values(void **state)
{
	struct ike_addr_range range;
	char err[256];
	uint64_t n;

	(void)state;
	assert_int_equal(value_duration("1h 30m", &n, err, sizeof(err)), 0);
	assert_int_equal(n, 5400000);
	assert_int_equal(value_duration("250ms", &n, err, sizeof(err)), 0);
	assert_int_equal(n, 250);
	assert_int_equal(value_duration("90", &n, err, sizeof(err)), 0);
	assert_int_equal(n, 90000);
	assert_int_equal(value_duration("never", &n, err, sizeof(err)), 0);
	assert_int_equal(n, 0);
	assert_int_equal(value_duration("2y", &n, err, sizeof(err)), 0);
	assert_int_equal(value_duration("99999999999999999999y", &n, err, sizeof(err)), -1);
	assert_int_equal(value_duration("", &n, err, sizeof(err)), -1);
	assert_int_equal(value_duration("-5s", &n, err, sizeof(err)), -1);
	assert_int_equal(value_size("10GiB", &n, err, sizeof(err)), 0);
	assert_true(n == UINT64_C(10) << 30);
	assert_int_equal(value_size("5k", &n, err, sizeof(err)), 0);
	assert_int_equal(n, 5000);
	assert_int_equal(value_range("10.0.0.0/30", &range, err, sizeof(err)), 0);
	assert_int_equal(range.max[3], 3);
	assert_int_equal(value_range("10.0.0.1-10.0.0.9", &range, err, sizeof(err)), 0);
	assert_int_equal(range.max[3], 9);
	assert_int_equal(value_range("10.0.0.9-10.0.0.1", &range, err, sizeof(err)), -1);
	assert_int_equal(value_range("10.0.0.1-2001:db8::1", &range, err, sizeof(err)), -1);
	assert_int_equal(value_range("2001:db8::/126", &range, err, sizeof(err)), 0);
	assert_int_equal(range.max[15], 3);
	assert_int_equal(value_distance("dpd_delay", "dpd-delay"), 1);
	assert_int_equal(value_distance("remtoe", "remote"), 1);
}

/* One child for each pair of networks of one family; and dynamic with protocols. */
static void test_split(void **state)
{
	static const char *const pairs[][3] = {
		{ "web", "10.5.0.0/16", "10.6.0.0/16" },
		{ "lan-1", "10.1.0.0/24", "10.2.0.0/24" },
		{ "lan-2", "10.1.0.0/24", "10.4.0.0/24" },
		{ "lan-3", "fd01::/64", "fd02::/64" },
	};
	struct conf *conf = load("tunnel x {\nremote = 192.0.2.1\npsk-file = a.psk\n"
				 "child lan {\nsplit = yes\nlocal = 10.1.0.0/24, fd01::/64\n"
				 "remote = 10.2.0.0/24, fd02::/64, 10.4.0.0/24\nmetric = 7\n}\n"
				 "child web {\nsplit = yes\nlocal = 10.5.0.0/16\n"
				 "remote = 10.6.0.0/16\n}\n}\n");
	const struct conf_tunnel *t;
	char text[96];

	(void)state;
	assert_clean(conf);
	t = conf_find(conf, "x");
	assert_int_equal(t->n_children, 4);
	for (unsigned int i = 0; i < 4; i++) {
		const struct conf_child *c = &t->children[i];

		assert_string_equal(c->ike.name, pairs[i][0]);
		assert_int_equal(c->ike.n_local, 1);
		assert_string_equal(ike_ts_print(&c->ike.local[0], text, sizeof(text)),
				    pairs[i][1]);
		assert_string_equal(ike_ts_print(&c->ike.remote[0], text, sizeof(text)),
				    pairs[i][2]);
		assert_int_equal(c->metric, i ? 7 : 0);
	}
	conf_free(conf);

	conf = load("tunnel x {\nremote = 192.0.2.1\npsk-file = a.psk\n"
		    "child lan {\nsplit = yes\n"
		    "local = 10.0.0.0/24, 10.1.0.0/24, 10.2.0.0/24, 10.3.0.0/24, 10.4.0.0/24\n"
		    "remote = 10.5.0.0/24, 10.6.0.0/24, 10.7.0.0/24, 10.8.0.0/24\n}\n}\n");
	assert_error(conf, 4, 7, "more than 16");
	conf_free(conf);

	conf = load(
		"tunnel x {\nremote = 192.0.2.1\npsk-file = a.psk\n"
		"child lan {\nlocal = dynamic[gre], dynamic[udp/4789]\nremote = dynamic\n}\n}\n");
	assert_clean(conf);
	t = conf_find(conf, "x");
	assert_int_equal(t->children[0].ike.n_local, 2);
	assert_int_equal(t->children[0].ike.local[0].family, 0);
	assert_int_equal(t->children[0].ike.local[0].proto, 47);
	assert_string_equal(ike_ts_print(&t->children[0].ike.local[1], text, sizeof(text)),
			    "dynamic[udp/4789]");
	conf_free(conf);
	conf = load("tunnel x {\nremote = 192.0.2.1\npsk-file = a.psk\n"
		    "child lan {\nlocal = dynamic[gre], 10.1.0.0/24\n}\n}\n");
	assert_error(conf, 5, 23, "stands alone");
	conf_free(conf);
}

/* Outdated algorithms only for who says so. */
static void test_legacy(void **state)
{
	struct conf *conf =
		load("tunnel x {\nike = aes128-sha256-x25519, 3des-sha1-modp1024\n" TUNNEL "}\n");

	(void)state;
	assert_error(conf, 2, 7, "'3des' in 'ike' is outdated");
	conf_free(conf);
	conf = load("tunnel x {\nlegacy = yes\nike = 3des-sha1-modp1024\n" TUNNEL "}\n");
	assert_clean(conf);
	conf_free(conf);
	conf = load("tunnel x {\nremote = 192.0.2.1\npsk-file = a.psk\n"
		    "child c {\nesp = aes128-md5\n}\n}\n");
	assert_error(conf, 4, 7, "'md5' in 'esp' is outdated");
	conf_free(conf);
}

static void test_lint(void **state)
{
	struct conf *conf;

	(void)state;
	conf = load("tunnel x {\n" TUNNEL "start = start\ndpd-action = none\n}\n");
	assert_clean(conf);
	assert_warning(conf, "died silently");
	conf_free(conf);
	conf = load("tunnel x {\n" TUNNEL "start = respond\nclose-action = restart\n}\n");
	assert_warning(conf, "both do it at once");
	conf_free(conf);
	conf = load("tunnel x {\n interface = i\n" TUNNEL "}\ntunnel y {\n interface = i\n" TUNNEL
		    "}\n");
	assert_clean(conf);
	assert_warning(conf, "overlap");
	conf_free(conf);
	conf = load("tunnel x {\n interface = i\n fwmark = 1\n" TUNNEL
		    "}\ntunnel y {\n interface = i\n" TUNNEL "}\n");
	assert_int_equal(conf->errors, 1);
	conf_free(conf);
	/* The same network by two interfaces, and one peer for two tunnels. */
	conf = load("tunnel x {\n" TUNNEL "}\ntunnel y {\n" TUNNEL "}\n");
	assert_clean(conf);
	assert_warning(conf, "'x/c' and 'y/c' lead to the same network");
	assert_warning(conf, "each takes the other down");
	conf_free(conf);
	conf = load("tunnel x {\n" TUNNEL "start = start\nunique = never\n}\n");
	assert_warning(conf, "each closing leaves one tunnel more");
	conf_free(conf);
}

/* Ten thousand tunnels on one interface: no look at each pair, and not each warning. */
static void test_many(void **state)
{
	enum {
		N = 5000
	};
	char *text = calloc(N, 256), *at = text;
	struct conf *conf;
	unsigned int i;

	(void)state;
	at += sprintf(at, "template t {\ninterface = i\n" TUNNEL "}\n");
	for (i = 0; i < N; i++)
		at += sprintf(at,
			      "tunnel t%u {\nlike = t\nlocal-id = l%u.example.net\n"
			      "child c {\nlocal = 10.%u.%u.0/24\n}\n}\n",
			      i, i, i >> 8, i & 255);
	conf = load(text);
	assert_clean(conf);
	assert_int_equal(conf->n_tunnels, N);
	assert_int_equal(conf->warnings, 0);
	conf_free(conf);
	/* And all of them the same. */
	for (at = text; (at = strstr(at, "local = 10.")); at++)
		memcpy(at, "#####", 5);
	conf = load(text);
	assert_clean(conf);
	assert_true(conf->warnings >= CONF_WARNINGS_MAX);
	assert_int_equal(conf->n_messages, CONF_WARNINGS_MAX);
	conf_free(conf);
	free(text);
}

/* What --check prints can be read back, and means the same. */
static void test_print(void **state)
{
	struct conf *conf =
		load("tunnel x {\n" TUNNEL "description = \"a # b, c\"\nike-lifetime = 4h\n}\n");
	struct conf *again;
	struct conf_diff *diff;
	char *text = NULL;
	size_t len;
	FILE *out;

	(void)state;
	assert_clean(conf);
	out = open_memstream(&text, &len);
	conf_print(conf, out);
	fclose(out);
	assert_null(strstr(text, "secret"));
	assert_non_null(strstr(text, "# default"));
	again = load(text);
	assert_clean(again);
	diff = conf_diff(conf, again);
	assert_int_equal(diff->n, 0);
	assert_int_equal(diff->unchanged, 1);
	conf_diff_free(diff);
	conf_free(conf);
	conf_free(again);
	free(text);
}

static const struct conf_change *change_of(const struct conf_diff *diff, const char *tunnel,
					   const char *child)
{
	size_t i;

	for (i = 0; i < diff->n; i++)
		if (!strcmp(diff->changes[i].tunnel, tunnel) &&
		    (child ? diff->changes[i].child && !strcmp(diff->changes[i].child, child) :
			     !diff->changes[i].child))
			return &diff->changes[i];
	return NULL;
}

static void test_diff(void **state)
{
	struct conf *old = load("tunnel a {\n" TUNNEL "}\ntunnel b {\n" TUNNEL
				"}\ntunnel c {\n" TUNNEL "}\ntunnel d {\n" TUNNEL
				"}\ntunnel e {\n" TUNNEL "}\n");
	struct conf *new = load(
		"tunnel a {\n" TUNNEL "}\n" /* the same */
		"tunnel b {\n" TUNNEL "dpd-delay = 5s\n}\n"
		"tunnel c {\n" TUNNEL "local-id = x@y\nmtu = 1400\n}\n"
		"tunnel d {\nremote = 192.0.2.1\npsk-file = a.psk\nchild c { remote = 10.3.0.0/16 }\n}\n"
		"tunnel f {\n" TUNNEL "}\n");
	const struct conf_change *change;
	struct conf_diff *diff;

	(void)state;
	assert_clean(old);
	assert_clean(new);
	diff = conf_diff(old, new);
	assert_int_equal(diff->unchanged, 1);
	assert_int_equal(diff->n, 5);
	change = change_of(diff, "b", NULL);
	assert_non_null(change);
	assert_int_equal(change->kind, CONF_CHANGE_ADJUST);
	assert_string_equal(change->keys[0], "dpd-delay");
	change = change_of(diff, "c", NULL);
	assert_non_null(change);
	assert_int_equal(change->kind, CONF_CHANGE_RESTART);
	assert_int_equal(change->n_keys, 2);
	change = change_of(diff, "d", "c");
	assert_non_null(change);
	assert_int_equal(change->kind, CONF_CHANGE_REKEY);
	assert_int_equal(change_of(diff, "e", NULL)->kind, CONF_CHANGE_REMOVE);
	assert_int_equal(change_of(diff, "f", NULL)->kind, CONF_CHANGE_ADD);
	conf_diff_free(diff);
	conf_free(old);

	/* A secret written anew is noticed, though its name is the same. */
	old = new;
	file_write("a.psk", "another\n", 0600);
	new = load("tunnel a {\n" TUNNEL "}\n");
	diff = conf_diff(old, new);
	change = change_of(diff, "a", NULL);
	assert_non_null(change);
	assert_string_equal(change->keys[0], "psk-file");
	assert_int_equal(change->kind, CONF_CHANGE_ADJUST);
	conf_diff_free(diff);
	conf_free(old);
	conf_free(new);
}

/* --- keys and certificates --- */

static void run(const char *format, ...)
{
	char command[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	assert_int_equal(system(command), 0);
}

static void certs_make(void)
{
	run("cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
	    "-keyout k.key -out c.pem -subj /O=Test/CN=gw -addext "
	    "subjectAltName=DNS:gw.example.com -days 100 2>/dev/null && "
	    "openssl pkey -in k.key -pubout -out k.pub && chmod 600 k.key && "
	    "openssl req -x509 -key k.key -out soon.pem -subj /O=Test/CN=soon -days 3",
	    dir);
}

#define CHILD "child c { remote = 10.2.0.0/16 }\n}\n"

static void test_pubkey(void **state)
{
	struct conf *conf;
	const struct conf_tunnel *t;
	char text[128];

	(void)state;
	certs_make();
	conf = load("tunnel x {\nremote = 192.0.2.1\nauth = pubkey\ncert = c.pem\n"
		    "key-file = k.key\nca = c.pem, soon.pem\nremote-id = O=Test, CN=*\n" CHILD);
	assert_clean(conf);
	t = conf_find(conf, "x");
	assert_int_equal(t->ike->local_auth, IKE_AUTH_SIGNATURE);
	assert_int_equal(t->ike->remote_auth, IKE_AUTH_SIGNATURE);
	assert_int_equal(t->n_files, 4);
	/* the identity is the certificate's, unless it is set */
	assert_string_equal(ike_id_print(&t->ike->local_id, text, sizeof(text)), "O=Test, CN=gw");
	assert_string_equal(ike_id_print(&t->ike->remote_id, text, sizeof(text)), "O=Test, CN=*");
	assert_warning(conf, "CA \"O=Test, CN=soon\" expires on");
	assert_string_equal(t->ocsp, "auto");
	conf_free(conf);

	conf = load("tunnel x {\nremote = 192.0.2.1\nlocal-auth = psk\nremote-auth = pubkey\n"
		    "ocsp = http://[2001:db8::1]:80/a?b=c#d\n"
		    "psk-file = a.psk\nremote-pubkey = k.pub\nlocal-id = gw.example.com\n" CHILD);
	assert_clean(conf);
	t = conf_find(conf, "x");
	assert_int_equal(t->ike->local_auth, IKE_AUTH_PSK);
	assert_int_equal(t->ike->remote_auth, IKE_AUTH_SIGNATURE);
	assert_string_equal(t->ocsp, "http://[2001:db8::1]:80/a?b=c#d");
	conf_free(conf);

	conf = load("tunnel x {\nremote = 192.0.2.1\nauth = pubkey\ncert = c.pem\n"
		    "key-file = k.key\nca = c.pem\nlocal-id = other.example.com\n" CHILD);
	assert_clean(conf);
	assert_warning(conf, "neither the subject nor a subjectAltName");
	conf_free(conf);
}

static void test_pubkey_errors(void **state)
{
	static const struct {
		const char *lines;
		unsigned int line, column;
		const char *words;
	} cases[] = {
		{ "cert = c.pem\nca = c.pem\n", 1, 1, "has no 'key-file'" },
		{ "key-file = k.key\n", 1, 1, "believes no key" },
		{ "key-file = k.pub\nca = c.pem\n", 4, 12, "mode 0644" },
		{ "key-file = k.key\nca = none.pem\n", 5, 6, "cannot be read" },
		{ "key-file = k.key\nca = k.pub\n", 5, 6, "no certificate in PEM or DER" },
		{ "key-file = k.key\nremote-pubkey = c.pem\n", 5, 17, "no public key" },
		{ "key-file = k.key\nca = c.pem\ncrl = c.pem\n", 6, 7, "no CRL" },
		{ "key-file = k.key\nca = c.pem\nremote-id = a, b\n", 6, 16, "one value" },
		{ "key-file = k.key\nca = c.pem\nremote-id = XX=a, CN=b\n", 6, 13, "no part of" },
		{ "key-file = k.key\nca = c.pem\nstrict-crl = maybe\n", 6, 14, "none of" },
		{ "key-file = k.key\nca = c.pem\nocsp = https://x/\n", 6, 8,
		  "nor the http:// URL" },
		{ "key-file = k.key\nca = c.pem\nocsp = http://\n", 6, 8, "nor the http:// URL" },
		{ "key-file = k.key\nca = c.pem\nocsp = \"http://a b/\"\n", 6, 8, "nor the http" },
		{ "key-file = k.key\nca = c.pem\nocsp = yes\n", 6, 8, "neither auto, never" },
		{ "key-file = k.key\nca = open.pem\n", 5, 6, "others may write it" },
	};
	struct conf *conf;
	char text[512];
	size_t i;

	(void)state;
	certs_make();
	run("cp %s/c.pem %s/open.pem && chmod 666 %s/open.pem && chmod 644 %s/k.pub", dir, dir, dir,
	    dir);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text),
			 "tunnel x {\nremote = 192.0.2.1\nauth = pubkey\n%s" CHILD, cases[i].lines);
		conf = load(text);
		assert_error(conf, cases[i].line, i < 2 ? 8 : cases[i].column, cases[i].words);
		conf_free(conf);
	}
}

/* Second rounds (RFC 4739): what goes together. */
static void test_rounds(void **state)
{
	static const struct {
		const char *lines, *words;
		unsigned int line, column;
	} bad[] = {
		{ "local-auth2 = psk\n", "of the same kind as local-auth", 6, 15 },
		{ "remote-auth2 = psk\n", "of the same kind as remote-auth", 6, 16 },
		{ "local-id2 = a.example.com\n", "no meaning without local-auth2", 6, 13 },
		{ "local-auth2 = pubkey\n", "has no 'key-file'", 1, 8 },
		{ "remote-auth2 = pubkey\n", "believes no key", 1, 8 },
		{ "local-auth2 = eap-mschapv2\nlocal-id = a\n", "no 'eap-password-file'", 1, 8 },
		{ "remote-auth2 = eap-mschapv2\n", "no 'eap-users'", 1, 8 },
		{ "remote-auth = pubkey\nremote-auth2 = pubkey\nca = c.pem\nremote-id = a\n",
		  "two certificates need remote-id and remote-id2", 6, 16 },
		{ "key-file2 = k.key\n", "no meaning without local-auth2", 6, 13 },
		{ "local-auth2 = pubkey\ncert2 = c.pem\n", "cert2 needs a 'key-file2'", 7, 9 },
		{ "remote-auth2 = pubky\n", "did you mean 'pubkey'", 6, 16 },
		{ "remote-auth2 = pubkey\nca = c.pem\nppk-id = q\nppk-file = a.psk\n",
		  "together they are not supported", 1, 8 },
	};
	struct conf *conf;
	const struct conf_tunnel *t;
	char text[512];
	size_t i;

	(void)state;
	certs_make();
	conf = load("tunnel x {\nremote = 192.0.2.1\nlocal-auth = pubkey\nlocal-auth2 = eap-md5\n"
		    "local-id2 = alice\nremote-auth = pubkey\nremote-auth2 = psk\n"
		    "remote-id2 = *.example.com\ncert = c.pem\nkey-file = k.key\nca = c.pem\n"
		    "psk-file = a.psk\neap-password-file = a.psk\n" CHILD);
	assert_clean(conf);
	t = conf_find(conf, "x");
	assert_int_equal(t->ike->local_auth, IKE_AUTH_SIGNATURE);
	assert_int_equal(t->ike->local_auth2, IKE_AUTH_EAP);
	assert_int_equal(t->ike->remote_auth2, IKE_AUTH_PSK);
	assert_int_equal(t->n_eap_local, 1);
	assert_string_equal(t->eap_id, "alice");
	assert_string_equal(ike_id_print(&t->ike->local_id, text, sizeof(text)), "O=Test, CN=gw");
	conf_free(conf);

	/* the certificates of a machine and of its user */
	conf = load("tunnel x {\nremote = 192.0.2.1\nlocal-auth = psk\npsk-file = a.psk\n"
		    "remote-auth = pubkey\nremote-auth2 = pubkey\nremote-id = *.example.com\n"
		    "remote-id2 = *@example.com\nca = c.pem\n" CHILD);
	assert_clean(conf);
	conf_free(conf);

	conf = load("tunnel x {\nremote = 192.0.2.1\nlocal-auth = pubkey\nlocal-auth2 = pubkey\n"
		    "cert = c.pem\nkey-file = k.key\ncert2 = soon.pem\nkey-file2 = k.key\n"
		    "remote-auth = psk\npsk-file = a.psk\n" CHILD);
	assert_clean(conf);
	assert_warning(conf, "our certificate \"O=Test, CN=soon\" expires on");
	t = conf_find(conf, "x");
	assert_string_equal(t->cert_subject, "O=Test, CN=gw");
	assert_string_equal(ike_id_print(ike_id2(t->ike, false), text, sizeof(text)),
			    "O=Test, CN=soon");
	assert_int_equal(conf_eap_use(t, true), CONF_FILE_KEY);
	conf_free(conf);
	conf = load(
		"tunnel x {\nremote = 192.0.2.1\nlocal-auth = pubkey\nlocal-auth2 = eap-tls\neap-id = alice\n"
		"cert = c.pem\nkey-file = k.key\ncert2 = c.pem\nkey-file2 = k.key\n"
		"remote-auth = psk\npsk-file = a.psk\n" CHILD);
	assert_clean(conf);
	assert_int_equal(conf_eap_use(conf_find(conf, "x"), true), CONF_FILE_KEY2);
	conf_free(conf);

	/* a second round that is none takes nothing from the first */
	conf = load("template v {\nlocal-auth2 = pubkey\n}\ntunnel x {\nlike = v\n"
		    "remote = 192.0.2.1\nlocal-id = a\nlocal-auth = eap-md5\nremote-auth = psk\n"
		    "local-auth2 = none\npsk-file = a.psk\neap-password-file = a.psk\n" CHILD);
	assert_clean(conf);
	t = conf_find(conf, "x");
	assert_int_equal(t->ike->local_auth2, 0);
	assert_int_equal(t->n_eap_local, 1);
	conf_free(conf);

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text),
			 "tunnel x {\nremote = 192.0.2.1\nlocal-auth = psk\n%s"
			 "psk-file = a.psk\n%s" CHILD,
			 strstr(bad[i].lines, "remote-auth =") ? "" : "remote-auth = psk\n",
			 bad[i].lines);
		conf = load(text);
		assert_error(conf, bad[i].line, bad[i].column, bad[i].words);
		conf_free(conf);
	}
}

/* A file that was changed is a change of its key, and of no other. */
static void test_cert_diff(void **state)
{
	static const char text[] = "tunnel x {\nremote = 192.0.2.1\nauth = pubkey\ncert = c.pem\n"
				   "key-file = k.key\nca = ca.pem\n" CHILD;
	struct conf *old, *new;
	struct conf_diff *diff;

	(void)state;
	certs_make();
	run("cp %s/c.pem %s/ca.pem", dir, dir);
	old = load(text);
	run("cp %s/soon.pem %s/ca.pem", dir, dir);
	new = load(text);
	diff = conf_diff(old, new);
	assert_int_equal(diff->n, 1);
	assert_int_equal(diff->changes[0].kind, CONF_CHANGE_ADJUST);
	assert_int_equal(diff->changes[0].n_keys, 1);
	assert_string_equal(diff->changes[0].keys[0], "ca");
	conf_diff_free(diff);
	diff = conf_diff(new, new);
	assert_int_equal(diff->n, 0);
	conf_diff_free(diff);
	conf_free(old);
	conf_free(new);
}

/* AH takes the place of ESP, with its default; what AH cannot do is said at once. */
static void test_ah(void **state)
{
	struct conf *conf = load("tunnel t {\nremote = 192.0.2.1\npsk-file = a.psk\n"
				 "child c {\nremote = 10.2.0.0/16\nah = sha256, sha512-x25519\n"
				 "compress = yes\n}\nchild d {\nremote = 10.3.0.0/16\n}\n}\n");
	const struct ike_child_conf *c;
	char text[4096];
	FILE *out;

	(void)state;
	assert_clean(conf);
	c = &conf->tunnels[0]->children[0].ike;
	assert_int_equal(c->n_proposals, 2);
	assert_int_equal(c->proposals[0].protocol, 2);
	assert_int_equal(c->proposals[1].protocol, 2);
	assert_true(c->compress);
	assert_int_equal(conf->tunnels[0]->children[1].ike.proposals[0].protocol, 3);
	assert_false(conf->tunnels[0]->children[1].ike.compress);
	out = fmemopen(text, sizeof(text), "w");
	conf_print(conf, out);
	fclose(out);
	assert_non_null(strstr(text, "ah                 = sha256, sha512-x25519"));
	*strstr(text, "child d") = 0;
	assert_null(strstr(text, "esp "));
	conf_free(conf);
	conf = load("tunnel t {\nremote = 192.0.2.1\npsk-file = a.psk\nnat-t = always\n"
		    "child c {\nah = sha256\n}\nchild d {\nesp = aes128-sha256\nah = sha256\n}\n"
		    "child e {\nah = aes128-sha256\n}\nchild f {\nah = md5\n}\n}\n");
	assert_error(conf, 5, 7, "'ah', which cannot be put in UDP");
	assert_error(conf, 10, 6, "'esp' or 'ah', not both");
	assert_error(conf, 13, 6, "AH, which does not encrypt");
	assert_error(conf, 15, 7, "'md5' in 'ah' is outdated");
	conf_free(conf);
	conf = load("tunnel t {\nremote = 192.0.2.1\npsk-file = a.psk\nchild c {\n"
		    "sha256-96 = yes\n}\n}\n");
	assert_error(conf, 4, 7, "set legacy = yes");
	conf_free(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_example, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pubkey, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pubkey_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rounds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cert_diff, setup, teardown),
		cmocka_unit_test_setup_teardown(test_defaults, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_grammar_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_templates, setup, teardown),
		cmocka_unit_test_setup_teardown(test_include_and_directory, setup, teardown),
		cmocka_unit_test(test_values),
		cmocka_unit_test_setup_teardown(test_packed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_split, setup, teardown),
		cmocka_unit_test_setup_teardown(test_legacy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ah, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lint, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_print, setup, teardown),
		cmocka_unit_test_setup_teardown(test_diff, setup, teardown),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
