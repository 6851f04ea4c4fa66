// SPDX-License-Identifier: MIT
/*
 * EAP's methods: vectors, and conversations of a server and a client.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/unit/ike_eap_ends.h"
#include "tools/keyer/crypto/tls.h"
#include "tools/keyer/crypto/mschap.h"

/* RFC 2759 9.2, and RFC 3079 4.4's master key in its derived form. */
static void mschap_vectors(void **state)
{
	static const uint8_t challenge[16] = { 0x5b, 0x5d, 0x7c, 0x7d, 0x7b, 0x3f, 0x2f, 0x3e,
					       0x3c, 0x2c, 0x60, 0x21, 0x32, 0x26, 0x26, 0x28 };
	static const uint8_t peer[16] = { 0x21, 0x40, 0x23, 0x24, 0x25, 0x5e, 0x26, 0x2a,
					  0x28, 0x29, 0x5f, 0x2b, 0x3a, 0x33, 0x7c, 0x7e };
	static const uint8_t response[24] = { 0x82, 0x30, 0x9e, 0xcd, 0x8d, 0x70, 0x8b, 0x5e,
					      0xa0, 0x8f, 0xaa, 0x39, 0x81, 0xcd, 0x83, 0x54,
					      0x42, 0x33, 0x11, 0x4a, 0x3d, 0x85, 0xd6, 0xdf };
	/* the server's receive key is the client's send key (RFC 3079 4.5.3's SendStartKey128) */
	static const uint8_t send_key[16] = { 0x8b, 0x7c, 0xdc, 0x14, 0x9b, 0x99, 0x3a, 0x1b,
					      0xa1, 0x18, 0xcb, 0x15, 0x3f, 0x56, 0xdc, 0xcb };
	static const uint8_t bad[] = { 'a', 0xff };
	struct mschap m;

	(void)state;
	assert_int_equal(mschap_v2(challenge, peer, "User", (const uint8_t *)"clientPass", 10, &m),
			 0);
	assert_memory_equal(m.response, response, sizeof(response));
	assert_string_equal(m.authenticator, "S=407A5589115FD0D6209F510FE9C04566932CDA56");
	assert_true(!memcmp(m.keys, send_key, 16) || !memcmp(m.keys + 16, send_key, 16));
	assert_int_equal(mschap_v2(challenge, peer, "User", bad, sizeof(bad), &m), -1);
	assert_int_equal(mschap_v2(challenge, peer, "User",
				   (const uint8_t *)"\xc3\xa4\xf0\x9f\x98\x80", 6, &m),
			 0);
}

struct talk {
	enum eap_status server, client;
	char server_why[256], client_why[256], identity[128];
	bool same_key, has_key;
	uint8_t method;
	unsigned int packets;
	int flip; /* packet to spoil, or -1 */
};

static struct talk talk_with(struct eap_conf *sc, struct eap_conf *cc, int flip)
{
	struct talk t = { .flip = flip, .server = EAP_CONTINUE, .client = EAP_CONTINUE };
	struct eap *s = eap_new(sc, true), *c = eap_new(cc, false);
	uint8_t a[EAP_PACKET_MAX], b[EAP_PACKET_MAX];
	size_t an = 0, bn = 0;

	t.server = eap_step(s, NULL, 0, a, &an);
	while (an) {
		if ((int)t.packets++ == t.flip)
			a[an - 1] ^= 0x40;
		t.client = eap_step(c, a, an, b, &bn);
		if (t.client != EAP_CONTINUE || t.server != EAP_CONTINUE || !bn)
			break;
		if ((int)t.packets++ == t.flip)
			b[bn - 1] ^= 0x40;
		t.server = eap_step(s, b, bn, a, &an);
	}
	snprintf(t.server_why, sizeof(t.server_why), "%s", eap_why(s));
	snprintf(t.client_why, sizeof(t.client_why), "%s", eap_why(c));
	snprintf(t.identity, sizeof(t.identity), "%s", eap_identity(s));
	t.method = eap_method_used(s);
	t.has_key = eap_msk(s) || eap_msk(c);
	t.same_key = eap_msk(s) && eap_msk(c) && !memcmp(eap_msk(s), eap_msk(c), EAP_MSK_LEN);
	eap_free(s);
	eap_free(c);
	eap_conf_put(sc);
	eap_conf_put(cc);
	return t;
}

static void conversations(void **state)
{
	struct talk t;

	(void)state;
	t = talk_with(eap_server(EAP_USERS, EAP_MSCHAPV2, 0),
		      eap_client("alice", "secret of alice", EAP_MSCHAPV2), -1);
	assert_int_equal(t.server, EAP_SUCCESS);
	assert_int_equal(t.client, EAP_SUCCESS);
	assert_true(t.same_key);
	assert_string_equal(t.identity, "alice");
	/* a domain is no part of the name */
	t = talk_with(eap_server(EAP_USERS, EAP_MSCHAPV2, 0),
		      eap_client("DOMAIN\\bob", "b0b", EAP_MSCHAPV2), -1);
	assert_int_equal(t.client, EAP_SUCCESS);
	assert_string_equal(t.identity, "bob");
	/* the client declines what it has not */
	t = talk_with(eap_server(EAP_USERS, EAP_MSCHAPV2, EAP_MD5),
		      eap_client("bob", "b0b", EAP_MD5), -1);
	assert_int_equal(t.client, EAP_SUCCESS);
	assert_int_equal(t.method, EAP_MD5);
	assert_false(t.has_key);
	t = talk_with(eap_server(EAP_USERS, EAP_MSCHAPV2, 0), eap_client("bob", "b0b", EAP_MD5),
		      -1);
	assert_int_equal(t.server, EAP_FAILURE);
	assert_non_null(strstr(t.server_why, "declines"));
	assert_non_null(strstr(t.client_why, "wants eap-mschapv2, which is not configured"));
}

static void refusals(void **state)
{
	struct talk t;

	(void)state;
	t = talk_with(eap_server(EAP_USERS, EAP_MSCHAPV2, 0),
		      eap_client("bob", "bob", EAP_MSCHAPV2), -1);
	assert_int_equal(t.server, EAP_FAILURE);
	assert_int_equal(t.client, EAP_FAILURE);
	assert_string_equal(t.server_why, "user bob gave a wrong password");
	t = talk_with(eap_server(EAP_USERS, EAP_MD5, 0), eap_client("bob", "bob", EAP_MD5), -1);
	assert_string_equal(t.server_why, "user bob gave a wrong password");
	t = talk_with(eap_server(EAP_USERS, EAP_MSCHAPV2, 0), eap_client("eve", "x", EAP_MSCHAPV2),
		      -1);
	assert_string_equal(t.server_why, "there is no user eve");
	assert_false(t.has_key);
	/* a server that knows the name and not the password */
	t = talk_with(eap_server("bob other\n", EAP_MSCHAPV2, 0),
		      eap_client("bob", "b0b", EAP_MSCHAPV2), -1);
	assert_int_equal(t.client, EAP_FAILURE);
	assert_false(t.has_key);
}

/* Success out of the blue is none. */
static void early_success(void **state)
{
	static const uint8_t success[] = { 3, 1, 0, 4 };
	struct eap_conf *conf = eap_client("bob", "b0b", EAP_MSCHAPV2);
	struct eap *c = eap_new(conf, false);
	uint8_t out[EAP_PACKET_MAX];
	size_t len;

	(void)state;
	assert_int_equal(eap_step(c, success, sizeof(success), out, &len), EAP_FAILURE);
	assert_null(eap_msk(c));
	eap_free(c);
	eap_conf_put(conf);
}

/* Any bit of what proves something, wrong: no success on both sides with a key. */
static void spoiled(void **state)
{
	(void)state;
	for (int flip = 2; flip < 8; flip++) {
		struct talk t = talk_with(eap_server(EAP_USERS, EAP_MSCHAPV2, 0),
					  eap_client("alice", "secret of alice", EAP_MSCHAPV2),
					  flip);

		assert_false(t.server == EAP_SUCCESS && t.client == EAP_SUCCESS && !t.same_key);
	}
}

static void user_files(void **state)
{
	static const char *const bad[] = { "", "# nobody\n", "alone\n", "alone  \n" };
	struct eap_conf *conf;
	char why[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		conf = eap_conf_new();
		assert_int_equal(eap_users_read(conf, (const uint8_t *)bad[i], strlen(bad[i]), why,
						sizeof(why)),
				 -1);
		eap_conf_put(conf);
	}
}

/* Garbage in each role: an end, and no crash. */
static void hostile(void **state)
{
	uint8_t in[64], out[EAP_PACKET_MAX];
	size_t len;

	(void)state;
	srandom(7);
	for (unsigned int i = 0; i < 20000; i++) {
		struct eap_conf *conf = i % 2 ? eap_server(EAP_USERS, EAP_MSCHAPV2, EAP_MD5) :
						eap_client("bob", "b0b", EAP_MSCHAPV2);
		struct eap *eap = eap_new(conf, i % 2);

		if (i % 2)
			eap_step(eap, NULL, 0, out, &len);
		for (unsigned int k = 0; k < 6; k++) {
			size_t n = (size_t)random() % sizeof(in);

			for (size_t j = 0; j < n; j++)
				in[j] = (uint8_t)random();
			if (n > 5 && random() % 4) {
				in[0] = i % 2 ? 2 : 1;
				in[1] = i % 2 ? out[1] : in[1];
				in[2] = 0;
				in[3] = (uint8_t)n;
				in[4] = k ? (random() % 2 ? EAP_MSCHAPV2 : EAP_MD5) : EAP_IDENTITY;
			}
			if (eap_step(eap, in, n, out, &len) != EAP_CONTINUE)
				break;
		}
		assert_null(eap_msk(eap));
		eap_free(eap);
		eap_conf_put(conf);
	}
}

static struct eap_conf *tls_max(struct eap_conf *conf, bool tls13)
{
	tls_conf_newest(conf->tls, tls13);
	return conf;
}

/* RFC 9190: with TLS 1.3 a client is done before the server is; it waits for its word. */
static void tls_word(struct eap_conf *sc, struct eap_conf *cc, unsigned int word)
{
	struct eap *s = eap_new(sc, true), *c = eap_new(cc, false);
	uint8_t a[EAP_PACKET_MAX], b[EAP_PACKET_MAX];
	size_t an = 0, bn = 0;

	eap_step(s, NULL, 0, a, &an);
	for (unsigned int i = 0; i < word; i += 2) {
		assert_int_equal(eap_step(c, a, an, b, &bn), EAP_CONTINUE);
		assert_int_equal(eap_step(s, b, bn, a, &an), EAP_CONTINUE);
	}
	assert_null(eap_msk(c));
	a[0] = 3; /* success, instead of it */
	a[2] = 0;
	a[3] = 4;
	assert_int_equal(eap_step(c, a, 4, b, &bn), EAP_FAILURE);
	assert_null(eap_msk(c));
	eap_free(s);
	eap_free(c);
	eap_conf_put(sc);
	eap_conf_put(cc);
}

/* Of both ends the newest version that both have. */
static void tls_versions(void **state)
{
	struct party ca = eap_party("CN=CA", NULL, NULL);
	struct party gw = eap_party("CN=gw", "DNS:gw.example.com", &ca);
	struct party user = eap_party("CN=user", "email:user@example.com", &ca);
	struct talk t;

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		t = talk_with(tls_max(eap_tls_server(&gw, &ca), i & 1),
			      tls_max(eap_tls_client("user@example.com", &user, &ca), i & 2), -1);
		assert_string_equal(t.server_why, "");
		assert_string_equal(t.client_why, "");
		assert_int_equal(t.server, EAP_SUCCESS);
		assert_int_equal(t.client, EAP_SUCCESS);
		assert_true(t.same_key);
	}
	/* the last three are the word, a packet for it, and success */
	tls_word(eap_tls_server(&gw, &ca), eap_tls_client("user@example.com", &user, &ca),
		 t.packets - 3);
	t = talk_with(eap_tls_server(&gw, &ca), eap_tls_client("user@example.com", &user, &ca),
		      (int)t.packets - 3);
	assert_int_equal(t.client, EAP_FAILURE);
	assert_false(t.same_key);
	party_free(&ca);
	party_free(&gw);
	party_free(&user);
}

static void tls_conversations(void **state)
{
	struct party ca = eap_party("CN=CA", NULL, NULL), other = eap_party("CN=Other", NULL, NULL);
	struct party gw = eap_party("CN=gw", "DNS:gw.example.com", &ca);
	struct party user = eap_party("CN=user", "email:user@example.com", &ca);
	struct party stranger = eap_party("CN=user", "email:user@example.com", &other);
	struct talk t;

	(void)state;
	t = talk_with(eap_tls_server(&gw, &ca), eap_tls_client("user@example.com", &user, &ca), -1);
	assert_string_equal(t.server_why, "");
	assert_int_equal(t.server, EAP_SUCCESS);
	assert_int_equal(t.client, EAP_SUCCESS);
	assert_true(t.same_key);
	assert_true(t.packets > 10); /* in fragments */
	t = talk_with(eap_tls_server(&gw, &ca), eap_tls_client("boss@example.com", &user, &ca), -1);
	assert_int_equal(t.server, EAP_FAILURE);
	assert_non_null(strstr(t.server_why, "boss@example.com, and its certificate is for"));
	t = talk_with(eap_tls_server(&gw, &ca), eap_tls_client("user@example.com", &stranger, &ca),
		      -1);
	assert_int_equal(t.server, EAP_FAILURE);
	assert_false(t.has_key);
	t = talk_with(eap_tls_server(&gw, &ca), eap_tls_client("user@example.com", &user, &other),
		      -1);
	assert_int_equal(t.client, EAP_FAILURE);
	assert_non_null(strstr(t.client_why, "certificate"));
	party_free(&ca);
	party_free(&other);
	party_free(&gw);
	party_free(&user);
	party_free(&stranger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mschap_vectors), cmocka_unit_test(conversations),
		cmocka_unit_test(refusals),	  cmocka_unit_test(early_success),
		cmocka_unit_test(spoiled),	  cmocka_unit_test(user_files),
		cmocka_unit_test(hostile),	  cmocka_unit_test(tls_conversations),
		cmocka_unit_test(tls_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
