// SPDX-License-Identifier: MIT
/* The configuration: grammar, errors with their positions, defaults, templates, lint, diff. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/unit/conf_files.h"

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
	conf = conf_load(conf_dir);
	assert_clean(conf);
	assert_int_equal(conf->n_tunnels, 1);
	conf_free(conf);

	file_write("loop.conf", "include loop.conf\n", 0644);
	conf = conf_load(conf_dir);
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

/* What clients of a pool are told of. */
static void test_pool_servers(void **state)
{
	static const char head[] = "tunnel x {\nremote = any\npsk-file = a.psk\n"
				   "pool = 10.9.0.0/24\n";
	struct conf *conf;
	char text[512];

	(void)state;
	snprintf(text, sizeof(text), "%s%s%s", head, "pool-nbns = 10.1.0.7, 10.1.0.8\n", CHILD);
	conf = load(text);
	assert_clean(conf);
	assert_int_equal(conf_find(conf, "x")->ike->n_nbns, 2);
	assert_int_equal(conf_find(conf, "x")->ike->nbns[1].bytes[3], 8);
	conf_free(conf);
	snprintf(text, sizeof(text), "%s%s%s", head, "pool-nbns = 10.1.0.7, fd00::1\n", CHILD);
	conf = load(text);
	assert_error(conf, 5, 23, "NetBIOS have IPv4 addresses");
	conf_free(conf);
	snprintf(text, sizeof(text), "%s%s%s", head,
		 "pool-nbns = 1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5\n", CHILD);
	conf = load(text);
	assert_error(conf, 5, 13, "more than 4 name servers");
	conf_free(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_example),
		TEST(test_defaults),
		TEST(test_pool_servers),
		TEST(test_all_errors),
		TEST(test_grammar_errors),
		TEST(test_templates),
		TEST(test_include_and_directory),
		cmocka_unit_test(test_values),
		TEST(test_packed),
		TEST(test_lint),
		TEST(test_many),
		TEST(test_print),
		TEST(test_diff),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
