// SPDX-License-Identifier: MIT
/* The configuration of authentication: keys and certificates, one round or two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/unit/conf_files.h"

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
	run("cp %s/c.pem %s/open.pem && chmod 666 %s/open.pem && chmod 644 %s/k.pub", conf_dir,
	    conf_dir, conf_dir, conf_dir);
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
	assert_string_equal(t->cert->subject, "O=Test, CN=gw");
	assert_string_equal(t->cert2->subject, "O=Test, CN=soon");
	assert_memory_equal(t->cert->key_id, t->cert2->key_id, sizeof(t->cert->key_id));
	assert_string_equal(ike_id_print(ike_id2(t->ike, false), text, sizeof(text)),
			    "O=Test, CN=soon");
	assert_int_equal(conf_eap_use(t, true), CONF_FILE_KEY);
	conf_free(conf);
	conf = load("tunnel x {\nremote = 192.0.2.1\nlocal-auth = pubkey\nlocal-auth2 = pubkey\n"
		    "cert = c.pem\nkey-file = k.key\ncert2 = c2.pem\nkey-file2 = k2.key\n"
		    "remote-auth = psk\npsk-file = a.psk\n" CHILD);
	assert_clean(conf);
	t = conf_find(conf, "x");
	assert_string_equal(t->cert2->subject, "O=Test, CN=other");
	assert_memory_not_equal(t->cert->key_id, t->cert2->key_id, sizeof(t->cert->key_id));
	conf_free(conf);
	conf = load(
		"tunnel x {\nremote = 192.0.2.1\nlocal-auth = pubkey\nlocal-auth2 = eap-tls\neap-id = alice\n"
		"cert = c.pem\nkey-file = k.key\ncert2 = c.pem\nkey-file2 = k.key\n"
		"remote-auth = psk\npsk-file = a.psk\n" CHILD);
	assert_clean(conf);
	assert_int_equal(conf_eap_use(conf_find(conf, "x"), true), CONF_FILE_KEY2);
	assert_true(conf_find(conf, "x")->eap_tls13);
	conf_free(conf);
	conf = load("tunnel x {\nremote = 192.0.2.1\nlocal-auth = eap-tls\neap-tls-max = 1.2\n"
		    "cert = c.pem\nkey-file = k.key\nremote-auth = psk\npsk-file = a.psk\n"
		    "eap-id = alice\n" CHILD);
	assert_clean(conf);
	assert_false(conf_find(conf, "x")->eap_tls13);
	conf_free(conf);

	/* no RFC says how these go together */
	conf = load("tunnel x {\nremote = 192.0.2.1\nlocal-auth = eap-tls\nremote-auth = eap\n"
		    "remote-auth2 = psk\npsk-file = a.psk\nlocal-id = a\nremote-id = b\n"
		    "cert = c.pem\nkey-file = k.key\nca = c.pem\n" CHILD);
	assert_error(conf, 5, 16, "EAP alone (RFC 5998), goes without a second round");
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
	run("cp %s/c.pem %s/ca.pem", conf_dir, conf_dir);
	old = load(text);
	run("cp %s/soon.pem %s/ca.pem", conf_dir, conf_dir);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pubkey),
		TEST(test_pubkey_errors),
		TEST(test_rounds),
		TEST(test_cert_diff),
	};

	return cmocka_run_group_tests_name("conf auth", tests, NULL, NULL);
}
