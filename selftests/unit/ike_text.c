// SPDX-License-Identifier: MIT
/*
 * Proposals, selectors and identities: as text, chosen, narrowed, compared.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tools/keyer/ike/ident.h"
#include "tools/keyer/ike/report.h"
#include "tools/keyer/ike/sa.h"
#include "tools/keyer/ike/word.h"

static void proposals_print_back(void **state)
{
	static const struct {
		uint8_t protocol;
		const char *in, *out;
	} t[] = {
		{ 1, "aes256gcm16-prfsha384-ecp384", "aes256gcm16-prfsha384-ecp384" },
		{ 1, "aes256-sha256-modp4096", "aes256-sha256-modp4096" },
		{ 1, "AES128-aes256-sha256-sha512-curve25519",
		  "aes128-aes256-sha256-sha512-x25519" },
		{ 1, "aes128-sha256-prfsha512-x25519", "aes128-sha256-prfsha512-x25519" },
		{ 1, "x25519-sha384-aes192", "aes192-sha384-x25519" },
		{ 1, "aes128gcm16-sha256-x25519", "aes128gcm16-prfsha256-x25519" },
		{ 3, "aes256gcm16", "aes256gcm16" },
		{ 3, "aes128gcm128-x25519", "aes128gcm16-x25519" },
		{ 3, "aes256-sha256-modp2048-esn", "aes256-sha256-modp2048-esn" },
		{ 3, "aes256-sha512-noesn", "aes256-sha512-noesn" },
		{ 3, "aes256-sha256-esn-noesn", "aes256-sha256" },
		{ 1, "3des-md5-modp1024", "3des-md5-modp1024" },
		{ 1, "aes128ccm64-aesxcbc-ecp512bp", "aes128ccm8-prfaesxcbc-ecp512bp" },
		{ 1, "chacha20poly1305-prfsha256-ke2_none-x25519-ke1_mlkem768-ke2_x448-ke1_none",
		  "chacha20poly1305-prfsha256-x25519-ke1_mlkem768-ke1_none-ke2_none-ke2_x448" },
		{ 3, "aes256gcm16iiv-aes256gcm16", "aes256gcm16iiv-aes256gcm16" },
		{ 3, "null-aescmac-x448", "null-aescmac-x448" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct ike_proposal p, back;
		char err[256] = "", buf[256];

		if (ike_proposal_parse(t[i].protocol, t[i].in, &p, err, sizeof(err)))
			fail_msg("%s: %s", t[i].in, err);
		assert_string_equal(ike_proposal_print(&p, buf, sizeof(buf)), t[i].out);
		assert_int_equal(ike_proposal_parse(t[i].protocol, buf, &back, err, sizeof(err)),
				 0);
		assert_int_equal(back.n, p.n);
	}
}

static void proposal_errors(void **state)
{
	static const struct {
		uint8_t protocol;
		const char *in, *says;
	} t[] = {
		{ 1, "aes256gcm16-prfsha384-x25591", "did you mean \"x25519\"" },
		{ 1, "eas256-sha256-x25519", "\"eas256\"; did you mean \"aes256\"" },
		{ 1, "aes256-sha256", "no key exchange" },
		{ 1, "aes256gcm16-x25519", "no PRF" },
		{ 1, "aes256-x25519", "no integrity" },
		{ 1, "sha256-x25519", "no encryption" },
		{ 1, "aes256-aes128gcm16-sha256-x25519", "cannot share a proposal" },
		{ 1, "blowfish256-sha1-modp1024", "\"blowfish256\" is not supported for IKE" },
		{ 1, "aes128gmac-prfsha256-x25519", "\"aes128gmac\" is not supported for IKE" },
		{ 1, "null-sha256-x25519", "\"null\" is not supported for IKE" },
		{ 1, "aes128-sha256-x25519-ke1_sha256", "unknown key exchange \"ke1_sha256\"" },
		{ 3, "aes256gcm16-ke1_x448", "come after a first one" },
		{ 1, "aes128-sha256-x25519-ke8_x448", "unknown algorithm \"ke8_x448\"" },
		{ 1, "aes256-sha256-x25519-esn", "\"esn\" is not supported for IKE" },
		{ 3, "aes256gcm16-sha256", "leave out the integrity" },
		{ 3, "aes256gcm16-prfsha256", "not supported for ESP" },
		{ 3, "aes256--sha256", "missing between the dashes" },
		{ 3, "", "missing" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct ike_proposal p = { .n = 77 };
		char err[256] = "";

		assert_int_equal(ike_proposal_parse(t[i].protocol, t[i].in, &p, err, sizeof(err)),
				 -1);
		assert_int_equal(p.n, 77); /* nothing was written */
		if (!strstr(err, t[i].says))
			fail_msg("\"%s\" gives \"%s\"", t[i].in, err);
	}
}

static void ts_print_back(void **state)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "10.1.0.0/16", "10.1.0.0/16" },
		{ "10.1.2.3", "10.1.2.3/32" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "::/0", "::/0" },
		{ "10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9" },
		{ "10.0.0.0-10.0.0.255", "10.0.0.0/24" },
		{ "10.0.0.1[tcp/22]", "10.0.0.1/32[tcp/22]" },
		{ "10.0.0.1[17/1-100]", "10.0.0.1/32[udp/1-100]" },
		{ "2001:db8::/32[gre]", "2001:db8::/32[gre]" },
		{ "10.0.0.0/8[any]", "10.0.0.0/8" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct ike_ts ts;
		char err[256] = "", buf[160];

		if (ike_ts_parse(t[i].in, &ts, err, sizeof(err)))
			fail_msg("%s: %s", t[i].in, err);
		assert_string_equal(ike_ts_print(&ts, buf, sizeof(buf)), t[i].out);
	}
}

static void ts_errors(void **state)
{
	static const char *const bad[] = {
		"10.1.0.1/16",	     "10.1.0.0/33",	  "10.1.0/24",	      "",
		"10.0.0.9-10.0.0.1", "10.0.0.1-::1",	  "10.0.0.1[tcp/22",  "10.0.0.1[tcp/99999]",
		"10.0.0.1[foo]",     "10.0.0.1[tcp/9-1]", "10.0.0.1[any/22]", "fe80::/129",
		"10.0.0.0/",	     "10.0.0.0/-1",	  "10.0.0.0/ 8",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct ike_ts ts;
		char err[256] = "";

		assert_int_equal(ike_ts_parse(bad[i], &ts, err, sizeof(err)), -1);
		assert_non_null(strchr(err, ':'));
	}
}

static void ids(void **state)
{
	static const struct {
		const char *in, *out;
		uint8_t type;
	} t[] = {
		{ "gw@example.com", "gw@example.com", IKE_ID_EMAIL },
		{ "@gw.example.com", "gw.example.com", IKE_ID_FQDN },
		{ "gw.example.com", "gw.example.com", IKE_ID_FQDN },
		{ "192.0.2.1", "192.0.2.1", IKE_ID_IPV4 },
		{ "2001:db8::1", "2001:db8::1", IKE_ID_IPV6 },
		{ "keyid:office", "keyid:office", IKE_ID_KEY_ID },
		{ "any", "any", IKE_ID_ANY },
	};
	struct ike_id a, b;
	char err[256], buf[300];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		assert_int_equal(ike_id_parse(t[i].in, &a, err, sizeof(err)), 0);
		assert_int_equal(a.type, t[i].type);
		assert_string_equal(ike_id_print(&a, buf, sizeof(buf)), t[i].out);
	}
	assert_int_equal(ike_id_parse("", &a, err, sizeof(err)), -1);
	assert_int_equal(ike_id_parse("C=Germany, CN=x", &a, err, sizeof(err)), -1);
	assert_int_equal(ike_id_parse("C=DE, CN=gw", &a, err, sizeof(err)), 0);
	assert_int_equal(a.type, IKE_ID_DN);
	assert_string_equal(ike_id_print(&a, buf, sizeof(buf)), "C=DE, CN=gw");
	ike_id_parse("GW.Example.com", &a, err, sizeof(err));
	ike_id_parse("gw.example.com", &b, err, sizeof(err));
	assert_true(id_equal(&a, &b));
	b.type = IKE_ID_KEY_ID;
	assert_false(id_equal(&a, &b));
	/* a peer may send anything; the log stays one line */
	memcpy(b.data, "a\n\"\x1b", 4);
	b.len = 4;
	assert_string_equal(ike_id_print(&b, buf, sizeof(buf)), "keyid:a\\x0a\\x22\\x1b");
}

static struct ts_list list(const char *text)
{
	struct ts_list l = { 0 };
	char copy[512], err[256], *one;

	snprintf(copy, sizeof(copy), "%s", text);
	for (one = strtok(copy, ", "); one; one = strtok(NULL, ", ")) {
		if (ike_ts_parse(one, &l.ts[l.n++], err, sizeof(err)))
			fail_msg("%s", err);
	}
	return l;
}

/* RFC 7296 2.9. */
static void narrowing(void **state)
{
	static const struct {
		const char *conf, *offer, *want;
	} t[] = {
		{ "10.1.0.0/16", "10.1.0.0/16", "10.1.0.0/16" },
		{ "10.1.0.0/16", "0.0.0.0/0", "10.1.0.0/16" },
		{ "0.0.0.0/0", "10.1.0.0/16", "10.1.0.0/16" },
		{ "10.1.0.0/16", "10.2.0.0/16", "" },
		{ "10.1.0.0/16", "::/0", "" },
		{ "10.1.0.0/16, 10.3.0.0/16", "10.0.0.0/8", "10.1.0.0/16, 10.3.0.0/16" },
		{ "10.0.0.0/8", "10.1.0.0/16, 10.1.2.0/24", "10.1.0.0/16" },
		{ "10.0.0.0/8", "10.1.2.0/24, 10.1.0.0/16", "10.1.0.0/16" },
		{ "10.0.0.0-10.0.0.20", "10.0.0.10-10.0.0.30", "10.0.0.10-10.0.0.20" },
		{ "10.1.0.0/16[tcp/22]", "10.1.0.0/16", "10.1.0.0/16[tcp/22]" },
		{ "10.1.0.0/16[tcp/22]", "10.1.0.0/16[udp]", "" },
		{ "10.1.0.0/16[tcp/1-100]", "10.1.0.0/16[tcp/50-200]", "10.1.0.0/16[tcp/50-100]" },
		/* the first comes from a packet: what holds it comes first */
		{ "192.168.0.0/16, 10.1.0.0/16", "10.1.2.3[tcp/80], 0.0.0.0/0",
		  "10.1.0.0/16, 192.168.0.0/16" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct ts_list conf = list(t[i].conf), offer = list(t[i].offer), out;
		bool some = ts_narrow(&conf, &offer, &out);
		char buf[512];

		assert_int_equal(some, t[i].want[0] != 0);
		assert_string_equal(ts_list_print(&out, buf, sizeof(buf)), t[i].want);
		assert_true(ts_list_covers(&offer, &out));
		assert_true(ts_list_covers(&conf, &out));
	}
}

static bool only_128(void *ctx, uint8_t protocol, const struct ike_transform *t)
{
	(void)ctx;
	(void)protocol;
	return t->type != TR_ENCR || t->key_bits == 128;
}

static void choice(void **state)
{
	static const struct {
		uint8_t protocol;
		const char *ours, *theirs, *want; /* "" none */
		uint8_t miss;
	} t[] = {
		{ 1, "aes256-aes128-sha256-x25519", "aes128-aes256-sha256-x25519",
		  "aes256-sha256-x25519", 0 },
		{ 1, "aes256-sha256-x25519", "aes128-sha256-x25519", "", TR_ENCR },
		{ 1, "aes256-sha256-x25519", "aes256-sha512-x25519", "", TR_INTEG },
		{ 1, "aes256-sha256-x25519", "aes256-sha256-prfsha512-x25519", "", TR_PRF },
		{ 1, "aes256-sha256-x25519", "aes256-sha256-ecp384", "", TR_KE },
		{ 1, "aes256gcm16-prfsha256-x25519", "aes256-sha256-x25519", "", TR_ENCR },
		{ 3, "aes256gcm16", "aes256gcm16", "aes256gcm16-esn", 0 },
		{ 3, "aes256gcm16", "aes256gcm16-noesn", "aes256gcm16-noesn", 0 },
		{ 3, "aes256gcm16-esn", "aes256gcm16-noesn", "", TR_ESN },
		{ 3, "aes256gcm16-x25519", "aes256gcm16", "", TR_KE },
		{ 3, "aes256gcm16", "aes256gcm16-x25519", "", TR_KE },
	};
	struct proposal_rules rules = { .esn_first = true };
	struct ike_proposal ours, theirs, chosen;
	struct proposal_miss miss;
	char err[256], buf[256];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		ike_proposal_parse(t[i].protocol, t[i].ours, &ours, err, sizeof(err));
		ike_proposal_parse(t[i].protocol, t[i].theirs, &theirs, err, sizeof(err));
		assert_int_equal(proposal_match(&ours, &theirs, &rules, &chosen, &miss),
				 t[i].want[0] != 0);
		if (t[i].want[0])
			assert_string_equal(ike_proposal_print(&chosen, buf, sizeof(buf)),
					    t[i].want);
		assert_int_equal(miss.type, t[i].miss);
	}
	/* the first child has no key exchange of its own */
	rules.ignore_ke = true;
	assert_true(proposal_match(&ours, &theirs, &rules, &chosen, &miss));
	/* and nothing is chosen that the kernel lacks */
	rules.capable = only_128;
	assert_false(proposal_match(&ours, &theirs, &rules, &chosen, &miss));
	assert_true(miss.incapable);
}

/* A line of the log is words of key=value, whatever a peer calls itself. */
static void log_words(void **state)
{
	char buf[64], tight[24];

	(void)state;
	assert_string_equal(log_value("gw@example.com", buf, sizeof(buf)), "gw@example.com");
	assert_string_equal(log_value("O=a, CN=b", buf, sizeof(buf)), "\"O=a, CN=b\"");
	assert_string_equal(log_value("", buf, sizeof(buf)), "\"\"");
	assert_string_equal(log_why("no \"a\"", "b\\c", buf, sizeof(buf)),
			    "why=\"no \\\"a\\\"\" hint=\"b\\\\c\"");
	assert_string_equal(log_why("x", "", buf, sizeof(buf)), "why=\"x\"");
	assert_string_equal(log_why("x", NULL, buf, sizeof(buf)), "why=\"x\"");
	/* what is too long is cut within its quotes */
	assert_string_equal(log_why("0123456789012345678", "never", tight, sizeof(tight)),
			    "why=\"012345678901234\"");
	assert_true(strlen(tight) < sizeof(tight));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proposals_print_back),
		cmocka_unit_test(proposal_errors),
		cmocka_unit_test(ts_print_back),
		cmocka_unit_test(ts_errors),
		cmocka_unit_test(ids),
		cmocka_unit_test(narrowing),
		cmocka_unit_test(choice),
		cmocka_unit_test(log_words),
	};

	return cmocka_run_group_tests_name("IKEv2 text and choice", tests, NULL, NULL);
}
