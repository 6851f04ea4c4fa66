// SPDX-License-Identifier: MIT
/* The configuration of children: networks, and what they propose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/unit/conf_files.h"

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
		TEST(test_split),
		TEST(test_legacy),
		TEST(test_ah),
	};

	return cmocka_run_group_tests_name("conf child", tests, NULL, NULL);
}
