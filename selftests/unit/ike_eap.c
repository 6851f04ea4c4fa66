// SPDX-License-Identifier: MIT
/*
 * EAP: vectors, conversations of a server and a client, and IKE with it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/unit/ike_assert.h"
#include "tools/keyer/crypto/mschap.h"
#include "tools/keyer/crypto/tls.h"
#include "tools/keyer/ike/v2.h"

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

/* --- conversations --- */

static uint8_t counter;

static void count_random(uint8_t *buf, size_t len)
{
	while (len--)
		*buf++ = (uint8_t)(counter += 37);
}

static struct eap_conf *server_conf(const char *users, uint8_t first, uint8_t second)
{
	struct eap_conf *conf = eap_conf_new();
	char why[256];

	conf->random = count_random;
	conf->methods[conf->n_methods++] = first;
	if (second)
		conf->methods[conf->n_methods++] = second;
	if (users)
		assert_int_equal(eap_users_read(conf, (const uint8_t *)users, strlen(users), why,
						sizeof(why)),
				 0);
	return conf;
}

static struct eap_conf *client_conf(const char *name, const char *password, uint8_t method)
{
	struct eap_conf *conf = eap_conf_new();

	conf->random = count_random;
	conf->methods[conf->n_methods++] = method;
	snprintf(conf->identity, sizeof(conf->identity), "%s", name);
	conf->password_len = strlen(password);
	memcpy(conf->password, password, conf->password_len);
	return conf;
}

static const char users[] = "# who may come\nalice secret of alice\nbob  b0b\n\n";

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
	t = talk_with(server_conf(users, EAP_MSCHAPV2, 0),
		      client_conf("alice", "secret of alice", EAP_MSCHAPV2), -1);
	assert_int_equal(t.server, EAP_SUCCESS);
	assert_int_equal(t.client, EAP_SUCCESS);
	assert_true(t.same_key);
	assert_string_equal(t.identity, "alice");
	/* a domain is no part of the name */
	t = talk_with(server_conf(users, EAP_MSCHAPV2, 0),
		      client_conf("DOMAIN\\bob", "b0b", EAP_MSCHAPV2), -1);
	assert_int_equal(t.client, EAP_SUCCESS);
	assert_string_equal(t.identity, "bob");
	/* the client declines what it has not */
	t = talk_with(server_conf(users, EAP_MSCHAPV2, EAP_MD5), client_conf("bob", "b0b", EAP_MD5),
		      -1);
	assert_int_equal(t.client, EAP_SUCCESS);
	assert_int_equal(t.method, EAP_MD5);
	assert_false(t.has_key);
	t = talk_with(server_conf(users, EAP_MSCHAPV2, 0), client_conf("bob", "b0b", EAP_MD5), -1);
	assert_int_equal(t.server, EAP_FAILURE);
	assert_non_null(strstr(t.server_why, "declines"));
	assert_non_null(strstr(t.client_why, "wants eap-mschapv2, which is not configured"));
}

static void refusals(void **state)
{
	struct talk t;

	(void)state;
	t = talk_with(server_conf(users, EAP_MSCHAPV2, 0), client_conf("bob", "bob", EAP_MSCHAPV2),
		      -1);
	assert_int_equal(t.server, EAP_FAILURE);
	assert_int_equal(t.client, EAP_FAILURE);
	assert_string_equal(t.server_why, "user bob gave a wrong password");
	t = talk_with(server_conf(users, EAP_MD5, 0), client_conf("bob", "bob", EAP_MD5), -1);
	assert_string_equal(t.server_why, "user bob gave a wrong password");
	t = talk_with(server_conf(users, EAP_MSCHAPV2, 0), client_conf("eve", "x", EAP_MSCHAPV2),
		      -1);
	assert_string_equal(t.server_why, "there is no user eve");
	assert_false(t.has_key);
	/* a server that knows the name and not the password */
	t = talk_with(server_conf("bob other\n", EAP_MSCHAPV2, 0),
		      client_conf("bob", "b0b", EAP_MSCHAPV2), -1);
	assert_int_equal(t.client, EAP_FAILURE);
	assert_false(t.has_key);
}

/* Success out of the blue is none. */
static void early_success(void **state)
{
	static const uint8_t success[] = { 3, 1, 0, 4 };
	struct eap_conf *conf = client_conf("bob", "b0b", EAP_MSCHAPV2);
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
		struct talk t = talk_with(server_conf(users, EAP_MSCHAPV2, 0),
					  client_conf("alice", "secret of alice", EAP_MSCHAPV2),
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
		struct eap_conf *conf = i % 2 ? server_conf(users, EAP_MSCHAPV2, EAP_MD5) :
						client_conf("bob", "b0b", EAP_MSCHAPV2);
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

/* --- EAP-TLS --- */

struct party {
	EVP_PKEY *key;
	X509 *cert;
};

static void extension(X509 *cert, X509V3_CTX *ctx, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, ctx, nid, value);

	assert_non_null(ext);
	X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
}

static struct party issue(const char *cn, const char *alt, const struct party *by)
{
	struct party p = { EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048), X509_new() };
	const struct party *ca = by ? by : &p;
	X509V3_CTX ctx;
	X509_NAME *name = X509_get_subject_name(p.cert);

	X509_set_version(p.cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(p.cert), random());
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)cn, -1, -1, 0);
	X509_set_issuer_name(p.cert, X509_get_subject_name(ca->cert));
	X509_gmtime_adj(X509_getm_notBefore(p.cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(p.cert), 86400);
	X509_set_pubkey(p.cert, p.key);
	X509V3_set_ctx(&ctx, ca->cert, p.cert, NULL, NULL, 0);
	extension(p.cert, &ctx, NID_basic_constraints, by ? "CA:FALSE" : "critical,CA:TRUE");
	if (alt)
		extension(p.cert, &ctx, NID_subject_alt_name, alt);
	X509_sign(p.cert, ca->key, EVP_sha256());
	return p;
}

static struct tls_conf *tls_of(const struct party *p, const struct party *ca)
{
	struct tls_conf *tls = tls_conf_new();
	uint8_t *der[3] = { NULL };
	int len[3] = { i2d_PrivateKey(p->key, &der[0]), i2d_X509(p->cert, &der[1]),
		       i2d_X509(ca->cert, &der[2]) };
	struct pki_bundle *own, *anchors;
	struct pki_key *key;
	char why[256];

	key = pki_key_read(der[0], (size_t)len[0], why, sizeof(why));
	own = pki_bundle_read(PKI_CERTS, der[1], (size_t)len[1], why, sizeof(why));
	anchors = pki_bundle_read(PKI_CERTS, der[2], (size_t)len[2], why, sizeof(why));
	assert_int_equal(tls_conf_key(tls, key), 0);
	assert_int_equal(tls_conf_certs(tls, own), 0);
	assert_int_equal(tls_conf_authorities(tls, anchors), 0);
	pki_key_free(key);
	pki_bundle_put(own);
	pki_bundle_put(anchors);
	for (unsigned int i = 0; i < 3; i++)
		OPENSSL_free(der[i]);
	return tls;
}

static struct eap_conf *tls_client(const char *name, const struct party *p, const struct party *ca)
{
	struct eap_conf *conf = client_conf(name, "", EAP_TLS);

	conf->tls = tls_of(p, ca);
	return conf;
}

static struct eap_conf *tls_server(const struct party *p, const struct party *ca)
{
	struct eap_conf *conf = server_conf(NULL, EAP_TLS, 0);

	conf->tls = tls_of(p, ca);
	return conf;
}

static void tls_conversations(void **state)
{
	struct party ca = issue("CA", NULL, NULL), other = issue("Other", NULL, NULL);
	struct party gw = issue("gw", "DNS:gw.example.com", &ca);
	struct party user = issue("user", "email:user@example.com", &ca);
	struct party stranger = issue("user", "email:user@example.com", &other);
	struct talk t;

	(void)state;
	t = talk_with(tls_server(&gw, &ca), tls_client("user@example.com", &user, &ca), -1);
	assert_string_equal(t.server_why, "");
	assert_int_equal(t.server, EAP_SUCCESS);
	assert_int_equal(t.client, EAP_SUCCESS);
	assert_true(t.same_key);
	assert_true(t.packets > 10); /* in fragments */
	t = talk_with(tls_server(&gw, &ca), tls_client("boss@example.com", &user, &ca), -1);
	assert_int_equal(t.server, EAP_FAILURE);
	assert_non_null(strstr(t.server_why, "boss@example.com, and its certificate is for"));
	t = talk_with(tls_server(&gw, &ca), tls_client("user@example.com", &stranger, &ca), -1);
	assert_int_equal(t.server, EAP_FAILURE);
	assert_false(t.has_key);
	t = talk_with(tls_server(&gw, &ca), tls_client("user@example.com", &user, &other), -1);
	assert_int_equal(t.client, EAP_FAILURE);
	assert_non_null(strstr(t.client_why, "certificate"));
	EVP_PKEY_free(ca.key), X509_free(ca.cert);
	EVP_PKEY_free(other.key), X509_free(other.cert);
	EVP_PKEY_free(gw.key), X509_free(gw.cert);
	EVP_PKEY_free(user.key), X509_free(user.cert);
	EVP_PKEY_free(stranger.key), X509_free(stranger.cert);
}

/* --- IKE --- */

/* Peer 0 is the client, peer 1 proves itself with a PSK first. */
static struct world *eap_world(uint8_t method, const char *password)
{
	struct world *w = world_new(3);

	w->peer[0].eap_conf = client_conf("alice", password, method);
	w->peer[1].eap_conf = server_conf(users, EAP_MSCHAPV2, EAP_MD5);
	w->peer[0].conf.local_auth = IKE_AUTH_EAP;
	w->peer[1].conf.remote_auth = IKE_AUTH_EAP;
	w->peer[1].conf.remote_id.type = IKE_ID_ANY;
	world_set(w, 0);
	world_set(w, 1);
	return w;
}

static void eap_world_free(struct world *w)
{
	struct eap_conf *a = w->peer[0].eap_conf, *b = w->peer[1].eap_conf;

	world_free(w);
	eap_conf_put(a);
	eap_conf_put(b);
}

static void ike_up(struct world *w)
{
	world_initiate(w, 0, "");
	world_settle(w);
	assert_non_null(world_status(w, 0, IKE_ST_IKE_UP));
	assert_non_null(world_status(w, 1, IKE_ST_IKE_UP));
	assert_int_equal(world_pairs(w, 0), 1);
	assert_agree(w);
}

static void ike_eap(void **state)
{
	const uint8_t methods[] = { EAP_MSCHAPV2, EAP_MD5 };
	char id[64];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct world *w = eap_world(methods[i], "secret of alice");

		ike_up(w);
		/* the gateway knows the peer by what EAP proved */
		ike_id_print(&world_status(w, 1, IKE_ST_IKE_UP)->peer_id, id, sizeof(id));
		assert_string_equal(id, "alice");
		assert_int_equal(w->peer[0].n_eap_end, 1);
		assert_int_equal(w->peer[1].n_eap_end, 1);
		world_rekey(w, 1, "");
		world_settle(w);
		world_rekey(w, 0, "lan");
		world_settle(w);
		assert_agree(w);
		eap_world_free(w);
	}
}

static void ike_refused(void **state)
{
	const struct ike_fx_status *st;
	struct world *w = eap_world(EAP_MSCHAPV2, "wrong");

	(void)state;
	world_initiate(w, 0, "");
	world_settle(w);
	st = world_status(w, 0, IKE_ST_FAILED);
	assert_non_null(st);
	assert_int_equal(st->why, IKE_WHY_AUTH);
	st = world_status(w, 1, IKE_ST_FAILED);
	assert_non_null(st);
	assert_string_equal(st->text, "user alice gave a wrong password");
	assert_int_equal(w->peer[1].n_eap_end, 1);
	world_run(w, 600000);
	assert_agree(w);
	assert_true(world_idle(w));
	eap_world_free(w);

	/* a gateway that does not prove itself gets no EAP packet of ours */
	w = eap_world(EAP_MSCHAPV2, "secret of alice");
	strcpy(w->peer[1].psk, "another");
	world_initiate(w, 0, "");
	world_settle(w);
	assert_non_null(world_status(w, 0, IKE_ST_FAILED));
	assert_int_equal(w->peer[0].n_eap, 0);
	eap_world_free(w);

	/* a client with a PSK where EAP is wanted, and the other way round */
	w = eap_world(EAP_MSCHAPV2, "secret of alice");
	w->peer[0].conf.local_auth = IKE_AUTH_PSK;
	world_set(w, 0);
	world_initiate(w, 0, "");
	world_settle(w);
	assert_non_null(strstr(world_status(w, 1, IKE_ST_FAILED)->text,
			       "by a pre-shared key, and remote-auth is EAP"));
	eap_world_free(w);
	w = eap_world(EAP_MSCHAPV2, "secret of alice");
	w->peer[1].conf.remote_auth = IKE_AUTH_PSK;
	world_set(w, 1);
	world_initiate(w, 0, "");
	world_settle(w);
	assert_non_null(strstr(world_status(w, 1, IKE_ST_FAILED)->text,
			       "by EAP, and remote-auth is a pre-shared key"));
	eap_world_free(w);
}

static void ppk_give(struct world *w, unsigned int i, const char *ppk, bool required)
{
	struct peer *p = &w->peer[i];

	p->conf.ppk_id_len = ppk ? 4 : 0;
	memcpy(p->conf.ppk_id, "ours", 4);
	p->conf.ppk_required = required;
	snprintf(p->ppk, sizeof(p->ppk), "%s", ppk ? ppk : "");
	world_set(w, i);
}

static bool mixed(struct world *w, unsigned int i)
{
	const struct sa *sa = world_sa(w, i);

	assert_null(sa->ppk);
	return sa->ppk_state == PPK_MIXED;
}

/* RFC 8784: the post-quantum key comes in after EAP, with a key of the method or without. */
static void ike_ppk(void **state)
{
	const uint8_t methods[] = { EAP_MSCHAPV2, EAP_MD5 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct world *w;

		for (unsigned int required = 0; required < 4; required++) {
			w = eap_world(methods[i], "secret of alice");
			ppk_give(w, 0, "sleep well", required & 1);
			ppk_give(w, 1, "sleep well", required & 2);
			ike_up(w);
			assert_true(mixed(w, 0) && mixed(w, 1));
			world_rekey(w, 0, "");
			world_settle(w);
			world_rekey(w, 1, "lan");
			world_settle(w);
			assert_agree(w);
			eap_world_free(w);
		}
		/* one has none: without, unless one insists */
		for (unsigned int who = 0; who < 2; who++) {
			w = eap_world(methods[i], "secret of alice");
			ppk_give(w, who, "sleep well", false);
			ike_up(w);
			assert_false(mixed(w, 0) || mixed(w, 1));
			eap_world_free(w);
			w = eap_world(methods[i], "secret of alice");
			ppk_give(w, who, "sleep well", true);
			world_initiate(w, 0, "");
			world_settle(w);
			assert_null(world_status(w, 0, IKE_ST_IKE_UP));
			assert_non_null(strstr(world_status(w, who, IKE_ST_FAILED)->text,
					       "post-quantum pre-shared key"));
			eap_world_free(w);
		}
		/* another one under another name */
		w = eap_world(methods[i], "secret of alice");
		ppk_give(w, 0, "sleep well", false);
		ppk_give(w, 1, "sleep well", false);
		w->peer[1].conf.ppk_id[0] = 'x';
		world_set(w, 1);
		ike_up(w);
		assert_false(mixed(w, 0) || mixed(w, 1));
		eap_world_free(w);
		/* ... or under the same */
		w = eap_world(methods[i], "secret of alice");
		ppk_give(w, 0, "sleep well", false);
		ppk_give(w, 1, "sleep badly", false);
		world_initiate(w, 0, "");
		world_settle(w);
		assert_null(world_status(w, 1, IKE_ST_IKE_UP));
		assert_int_equal(world_status(w, 1, IKE_ST_FAILED)->why, IKE_WHY_AUTH);
		eap_world_free(w);
	}
}

/* A client that stops in the middle is forgotten, and one that dawdles, too. */
static void ike_abandoned(void **state)
{
	(void)state;
	for (unsigned int n = 2; n < 6; n++) {
		struct world *w = eap_world(EAP_MSCHAPV2, "secret of alice");
		unsigned int left = n;

		w->ctx = &left;
		w->filter = lose_from_caller;
		world_initiate(w, 0, "");
		world_run(w, 130000);
		assert_int_equal(world_sas(w, 1), 0);
		assert_int_equal(w->peer[1].n_eap_end, 1);
		assert_int_equal(world_pairs(w, 1), 0);
		assert_true(world_idle(w));
		eap_world_free(w);
	}
}

/* RFC 5998: EAP proves both; but not by a password that might be guessed. */
static void ike_eap_only(void **state)
{
	struct party ca = issue("CA", NULL, NULL);
	struct party gw = issue("gw", "DNS:right.example.com", &ca);
	struct party other = issue("gw", "DNS:other.example.com", &ca);
	struct party user = issue("user", "email:user@example.com", &ca);
	struct world *w;

	(void)state;
	for (unsigned int tls = 0; tls < 3; tls++) {
		w = eap_world(EAP_MSCHAPV2, "secret of alice");
		if (tls) {
			eap_conf_put(w->peer[0].eap_conf);
			eap_conf_put(w->peer[1].eap_conf);
			w->peer[0].eap_conf = tls_client("user@example.com", &user, &ca);
			w->peer[1].eap_conf = tls_server(tls == 1 ? &gw : &other, &ca);
		}
		w->peer[0].conf.remote_auth = IKE_AUTH_EAP;
		w->peer[1].conf.eap_only = true;
		world_set(w, 0);
		world_set(w, 1);
		if (tls == 1) {
			ike_up(w);
		} else {
			world_initiate(w, 0, "");
			world_settle(w);
			assert_null(world_status(w, 0, IKE_ST_IKE_UP));
			assert_non_null(strstr(world_status(w, 0, IKE_ST_FAILED)->text,
					       "too weak for that"));
		}
		eap_world_free(w);
	}
	EVP_PKEY_free(ca.key), X509_free(ca.cert);
	EVP_PKEY_free(gw.key), X509_free(gw.cert);
	EVP_PKEY_free(other.key), X509_free(other.cert);
	EVP_PKEY_free(user.key), X509_free(user.cert);
}

/* Each datagram in turn is lost, or comes twice. */
static void ike_mangled(void **state)
{
	(void)state;
	for (unsigned int twice = 0; twice < 2; twice++) {
		struct mangle m = { .twice = twice };

		do {
			struct world *w = eap_world(EAP_MSCHAPV2, "secret of alice");

			m.seen = 0;
			w->ctx = &m;
			w->filter = mangle_one;
			world_initiate(w, 0, "");
			world_run(w, 20000);
			assert_pairs(w, 1);
			eap_world_free(w);
		} while (++m.nth < m.seen);
		assert_true(m.nth > 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mschap_vectors), cmocka_unit_test(conversations),
		cmocka_unit_test(refusals),	  cmocka_unit_test(early_success),
		cmocka_unit_test(spoiled),	  cmocka_unit_test(user_files),
		cmocka_unit_test(hostile),	  cmocka_unit_test(tls_conversations),
		cmocka_unit_test(ike_eap),	  cmocka_unit_test(ike_refused),
		cmocka_unit_test(ike_eap_only),	  cmocka_unit_test(ike_abandoned),
		cmocka_unit_test(ike_ppk),	  cmocka_unit_test(ike_mangled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
