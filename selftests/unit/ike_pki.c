// SPDX-License-Identifier: MIT
/*
 * Public keys: signatures of every kind, chains, names, and exchanges with
 * them. Keys and certificates are made here.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/unit/ike_ca.h"
#include "selftests/unit/ike_assert.h"

/* --- signatures --- */

static enum pki_result check(const struct party *p, const struct pki_signature *sig,
			     struct pki_blob over, struct pki_verdict *v)
{
	struct pki_trust trust = { .pubkey = { .n = 1, .b = { pubkey(p) } } };
	struct pki_claim claim = { .id_type = 2,
				   .id = { (const uint8_t *)"x", 1 },
				   .auth = { sig->data, sig->len },
				   .octets = over,
				   .method = sig->method,
				   .now = NOW };

	pki_verify(&trust, &claim, v);
	pki_bundle_put(trust.pubkey.b[0]);
	return v->result;
}

static void signatures(void **state)
{
	static const struct {
		const char *kind;
		unsigned int hashes;
		bool pkcs1;
		int method; /* -1: it can't be */
	} cases[] = {
		{ "rsa:2048", CA_HASHES, false, 14 },
		{ "rsa:2048", CA_HASHES, true, 14 },
		{ "rsa:2048", 1U << PKI_HASH_SHA2_512, false, 14 },
		{ "rsa:2048", 1U << PKI_HASH_SHA2_384, true, 14 },
		{ "rsa:2048", 1U << PKI_HASH_SHA1, true, -1 },
		{ "rsa:2048", 0, false, 1 },
		{ "ec:P-256", CA_HASHES, false, 14 },
		{ "ec:P-256", 0, false, 9 },
		{ "ec:P-384", CA_HASHES, false, 14 },
		{ "ec:P-384", 1U << PKI_HASH_SHA2_256, false, 14 },
		{ "ec:P-384", 0, false, 10 },
		{ "ec:P-521", CA_HASHES, false, 14 },
		{ "ec:P-521", 0, false, 11 },
		{ "ED25519", CA_HASHES, false, 14 },
		{ "ED25519", 1U << PKI_HASH_SHA2_256, false, -1 },
		{ "ED25519", 0, false, -1 },
	};
	static const uint8_t other[] = "what the AUTH payload does not cover";
	const struct pki_blob over = { other, sizeof(other) };
	struct pki_signature sig;
	struct pki_verdict v;
	char why[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct party p = { .key = key_make(cases[i].kind) };
		struct party q = { .key = key_make(cases[i].kind) };
		struct pki_key *key = private(&p);
		int err = pki_sign(key, cases[i].hashes, cases[i].pkcs1, &ca_octets, &sig, why,
				   sizeof(why));

		assert_int_equal(err, cases[i].method < 0 ? -1 : 0);
		if (!err) {
			assert_int_equal(sig.method, cases[i].method);
			assert_int_equal(check(&p, &sig, ca_octets, &v), PKI_ACCEPTED);
			assert_int_equal(check(&p, &sig, over, &v), PKI_REFUSED);
			assert_non_null(strstr(v.why, "does not fit the key"));
			assert_int_equal(check(&q, &sig, ca_octets, &v), PKI_REFUSED);
			/* each byte counts, and none makes us stumble */
			for (size_t k = 0; k < sig.len; k += 7) {
				sig.data[k] ^= 0x20;
				assert_int_equal(check(&p, &sig, ca_octets, &v), PKI_REFUSED);
				sig.data[k] ^= 0x20;
			}
			for (size_t k = 0; k < sig.len; k += 5) {
				struct pki_signature cut = sig;

				cut.len = k;
				assert_int_equal(check(&p, &cut, ca_octets, &v), PKI_REFUSED);
			}
		}
		pki_key_free(key);
		party_free(&p);
		party_free(&q);
	}
}

/* --- names --- */

static void names(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool match;
	} cases[] = {
		{ "C=DE, O=Example, CN=gw", "C=DE, O=Example, CN=gw", true },
		{ "C=DE, O=Example, CN=gw", "c=DE,o=example,cn=GW", true },
		{ "C=DE, O=Example, CN=*", "C=DE, O=Example, CN=gw", true },
		{ "C=DE, O=Example, CN=gw", "C=DE, O=Example, CN=gx", false },
		{ "C=DE, O=Example, CN=*", "C=DE, O=Other, CN=gw", false },
		{ "C=DE, O=Example, CN=*", "C=DE, O=Example, OU=x, CN=gw", false },
		{ "C=DE, O=Example, CN=*", "C=DE, O=Example, E=a@b", false },
		{ "O=Example\\, Ltd, CN=gw", "O=Example\\, Ltd, CN=gw", true },
	};
	uint8_t a[256], b[256];
	char err[256], text[256];
	size_t n, m;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = pki_dn_parse(cases[i].pattern, a, sizeof(a), err, sizeof(err));
		m = pki_dn_parse(cases[i].name, b, sizeof(b), err, sizeof(err));
		assert_true(n && m);
		assert_int_equal(pki_dn_match(a, n, b, m), cases[i].match);
	}
	n = pki_dn_parse("C=DE, O=Example, CN=gw", a, sizeof(a), err, sizeof(err));
	assert_string_equal(pki_dn_print(a, n, text, sizeof(text)), "C=DE, O=Example, CN=gw");
	assert_int_equal(pki_dn_parse("C=Germany, CN=gw", a, sizeof(a), err, sizeof(err)), 0);
	assert_int_equal(pki_dn_parse("XY=1, CN=gw", a, sizeof(a), err, sizeof(err)), 0);
	assert_int_equal(pki_dn_parse("gw", a, sizeof(a), err, sizeof(err)), 0);
	for (size_t i = 0; i < n; i++) { /* truncated: no match, and no crash */
		assert_false(pki_dn_match(a, n, a, i));
		pki_dn_print(a, i, text, sizeof(text));
	}
}

/* --- chains --- */

static void chains(void **state)
{
	struct tree t;

	(void)state;
	tree_grow(&t, (struct wish){ 0 });
	ACCEPTED(&t, .ca = &t.root);
	ACCEPTED(&t, .ca = &t.sub); /* an anchor needs not be a root */
	ACCEPTED(&t, .ca = &t.root, .without_sub = true, .extra = &t.sub);
	ACCEPTED(&t, .remote = &t.leaf);
	ACCEPTED(&t, .remote = &t.leaf, .without_leaf = true);
	ACCEPTED(&t, .ca = &t.root, .id_type = 3, .id = "R@example.com", .id_len = 13);
	ACCEPTED(&t, .ca = &t.root, .id_type = 1, .id = "\xc0\0\2\2", .id_len = 4);
	REFUSED("nor was it sent by the peer", &t, .ca = &t.root, .without_sub = true);
	REFUSED("\"O=T, CN=Sub\" was issued by \"O=T, CN=Root\", which is none of `ca` "
		"(\"O=Other, CN=Root\")",
		&t, .ca = &t.stranger);
	REFUSED("sent no certificate", &t, .ca = &t.root, .without_leaf = true);
	REFUSED("none of remote-cert", &t, .remote = &t.sub);
	REFUSED("no CA is configured", &t, .without_sub = false);
	REFUSED("not for the identity that it claims, but for \"O=T, CN=right\", "
		"right.example.com, r@example.com, 192.0.2.2",
		&t, .ca = &t.root, .id_type = 2, .id = "left.example.com", .id_len = 16);
	REFUSED("not for the identity", &t, .ca = &t.root, .id_type = 2, .id = "r@example.com",
		.id_len = 13);
	REFUSED("not for the identity", &t, .ca = &t.root, .id_type = 1, .id = "\xc0\0\2\3",
		.id_len = 4);
	REFUSED("certificate \"O=T, CN=right\" expired on 2028-02-19", &t, .ca = &t.root,
		.now = NOW + 401 * DAY);
	REFUSED("valid only from 2027-01-14", &t, .ca = &t.root, .now = NOW - 2 * DAY);
	REFUSED("expired", &t, .remote = &t.leaf, .now = NOW + 401 * DAY);
	REFUSED("the signature does not fit", &t, .ca = &t.root, .bad_signature = true);
	ACCEPTED(&t, .ca = &t.root, .now = NOW + 399 * DAY);
	assert_non_null(strstr(verdict.warn, "expires on 2028-02-19"));
	tree_free(&t);
}

/* A subject with "*" in it must not turn the claim into a wildcard. */
static void claims_are_no_patterns(void **state)
{
	struct tree t;
	uint8_t dn[256];
	char err[256];
	size_t len;

	(void)state;
	tree_grow(&t, (struct wish){ 0 });
	len = pki_dn_parse("O=T, CN=right", dn, sizeof(dn), err, sizeof(err));
	ACCEPTED(&t, .ca = &t.root, .id_type = 9, .id = (char *)dn, .id_len = len);
	len = pki_dn_parse("O=T, CN=*", dn, sizeof(dn), err, sizeof(err));
	REFUSED("not for the identity", &t, .ca = &t.root, .id_type = 9, .id = (char *)dn,
		.id_len = len);
	REFUSED("not for the identity", &t, .ca = &t.root, .id_type = 2, .id = "*.example.com",
		.id_len = 13);
	tree_free(&t);
}

static void weak_certificates(void **state)
{
	const struct wish weak[] = {
		{ .kind = "rsa:1024" },		{ .kind = "ec:secp256k1" }, { .md = EVP_sha1() },
		{ .usage = "keyEncipherment" }, { .to = NOW - 3600 },
	};
	static const char *const words[] = { "EE certificate key too weak", "curve",
					     "digest algorithm too weak", "keyUsage", "expired" };
	struct tree t;

	(void)state;
	for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
		tree_grow(&t, weak[i]);
		if (i == 1 || i == 0) /* the key cannot even be read for signing */
			EVP_PKEY_free(t.leaf.key), t.leaf.key = key_make("ec:P-256");
		assert_int_equal(ask(&t, &(struct ask){ .ca = &t.root }), PKI_REFUSED);
		if (!strcasestr(verdict.why, words[i]) && i != 0)
			fail_msg("'%s' does not say '%s'", verdict.why, words[i]);
		tree_free(&t);
	}
}

/* An end entity signs another certificate: it is no CA. */
static void leaf_as_ca(void **state)
{
	const struct wish wish = { .kind = "ec:P-256",
				   .subject = "O=T, CN=forged",
				   .alt = "DNS:right.example.com" };
	struct tree t, forged;

	(void)state;
	tree_grow(&t, (struct wish){ 0 });
	forged = t;
	forged.sub = t.leaf;
	forged.leaf = issue(&wish, &t.leaf);
	REFUSED("CA", &forged, .ca = &t.sub);
	party_free(&forged.leaf);
	tree_free(&t);
}

/* Certificates with each byte wrong once: refused, and nothing worse. */
static void hostile_certificates(void **state)
{
	struct pki_trust trust = { 0 };
	struct pki_claim claim = { .n_certs = 1, .id_type = 2, .now = NOW, .method = 14 };
	const struct party *one, *ca;
	struct pki_bundle *leaf;
	struct pki_blob der;
	uint8_t copy[4096];
	struct tree t;

	(void)state;
	tree_grow(&t, (struct wish){ .crl = "URI:http://crl.example.com/sub.crl" });
	one = &t.leaf;
	ca = &t.sub;
	leaf = bundle(&one, 1);
	trust.ca = (struct pki_list){ .n = 1, .b = { bundle(&ca, 1) } };
	der = pki_bundle_der(leaf, 0);
	assert_true(der.len <= sizeof(copy));
	claim.id = (struct pki_blob){ (const uint8_t *)"right.example.com", 17 };
	claim.auth = (struct pki_blob){ (const uint8_t *)"\0", 1 };
	claim.octets = ca_octets;
	for (size_t i = 0; i < der.len; i++) {
		memcpy(copy, der.p, der.len);
		copy[i] ^= (uint8_t)(1 << i % 8);
		claim.certs[0] = (struct pki_blob){ copy, der.len };
		pki_verify(&trust, &claim, &verdict);
		assert_int_equal(verdict.result, PKI_REFUSED);
		claim.certs[0] = (struct pki_blob){ der.p, i };
		pki_verify(&trust, &claim, &verdict);
		assert_int_equal(verdict.result, PKI_REFUSED);
	}
	pki_bundle_put(trust.ca.b[0]);
	pki_bundle_put(leaf);
	tree_free(&t);
}

/* --- whole exchanges --- */

static void id_set(struct ike_id *id, const char *text)
{
	char err[256];

	assert_int_equal(ike_id_parse(text, id, err, sizeof(err)), 0);
}

/* Peer 1 has the tree's leaf; peer 0 believes the root. */
static struct world *cert_world(const struct tree *t)
{
	const struct party *sent[] = { &t->leaf, &t->sub }, *ca = &t->root;
	struct world *w = world_new(1);

	w->peer[0].wall = w->peer[1].wall = NOW;
	w->peer[1].key = private(&t->leaf);
	w->peer[1].own = bundle(sent, 2);
	w->peer[0].trust.ca = (struct pki_list){ .n = 1, .b = { bundle(&ca, 1) } };
	w->peer[0].conf.remote_auth = IKE_AUTH_SIGNATURE;
	w->peer[1].conf.local_auth = IKE_AUTH_SIGNATURE;
	world_set(w, 0);
	world_set(w, 1);
	return w;
}

static void cert_world_free(struct world *w)
{
	pki_key_free(w->peer[1].key);
	pki_bundle_put(w->peer[1].own);
	pki_bundle_put(w->peer[0].trust.ca.b[0]);
	world_free(w);
}

static void exchange(void **state)
{
	static const char *const kinds[] = { "rsa:2048", "ec:P-256", "ec:P-384", "ec:P-521",
					     "ED25519" };

	(void)state;
	for (unsigned int i = 0; i < 10; i++) {
		struct tree t;
		struct world *w;

		tree_grow(&t, (struct wish){ .kind = kinds[i / 2] });
		w = cert_world(&t);
		world_initiate(w, i % 2, "");
		world_settle(w);
		assert_non_null(world_status(w, 0, IKE_ST_IKE_UP));
		assert_non_null(world_status(w, 1, IKE_ST_IKE_UP));
		assert_int_equal(world_pairs(w, 0), 1);
		assert_agree(w);
		assert_int_equal(w->peer[0].method, IKE_AUTH_SIGNATURE);
		assert_true(w->peer[0].asked);
		cert_world_free(w);
		tree_free(&t);
	}
}

static void exchange_refused(void **state)
{
	const struct ike_fx_status *st;
	struct tree t;
	struct world *w;

	(void)state;
	tree_grow(&t, (struct wish){ 0 });
	for (unsigned int i = 0; i < 2; i++) {
		w = cert_world(&t);
		w->peer[0].wall = NOW + 500 * DAY;
		world_initiate(w, i, "");
		world_settle(w);
		assert_null(world_status(w, 0, IKE_ST_IKE_UP));
		assert_int_equal(world_pairs(w, 0) + world_pairs(w, 1), 0);
		st = world_status(w, 0, IKE_ST_FAILED);
		assert_non_null(st);
		assert_int_equal(st->why, IKE_WHY_AUTH);
		assert_non_null(strstr(st->text, "expired on"));
		assert_string_equal(st->hint, "have it renewed");
		world_run(w, 600000);
		assert_agree(w);
		cert_world_free(w);
	}
	/* the peer proves itself with a PSK where a certificate is wanted */
	w = cert_world(&t);
	w->peer[1].conf.local_auth = IKE_AUTH_PSK;
	world_set(w, 1);
	world_initiate(w, 0, "");
	world_settle(w);
	st = world_status(w, 0, IKE_ST_FAILED);
	assert_non_null(st);
	assert_non_null(strstr(st->text, "by a pre-shared key, and remote-auth is a signature"));
	cert_world_free(w);
	tree_free(&t);
}

static void exchange_patterns(void **state)
{
	static const struct {
		const char *want;
		bool fits;
	} cases[] = { { "*.example.com", true },
		      { "*.example.org", false },
		      { "any", true },
		      { "right.example.com", true } };
	struct tree t;

	(void)state;
	tree_grow(&t, (struct wish){ 0 });
	for (unsigned int i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct world *w = cert_world(&t);

		id_set(&w->peer[0].conf.remote_id, cases[i / 2].want);
		world_set(w, 0);
		world_initiate(w, i % 2, "");
		world_settle(w);
		assert_int_equal(world_pairs(w, 0), cases[i / 2].fits);
		world_run(w, 600000);
		assert_agree(w);
		cert_world_free(w);
	}
	tree_free(&t);
}

/* Peer 0 has the certificate itself, and asks for one if it has a CA, too. */
static void send_cert(void **state)
{
	static const struct {
		enum ike_send_cert send;
		bool ask;
		unsigned int sent;
	} cases[] = {
		{ IKE_SEND_CERT_ALWAYS, false, 2 },  { IKE_SEND_CERT_ALWAYS, true, 2 },
		{ IKE_SEND_CERT_IFASKED, false, 0 }, { IKE_SEND_CERT_IFASKED, true, 2 },
		{ IKE_SEND_CERT_NEVER, false, 0 },   { IKE_SEND_CERT_NEVER, true, 0 },
	};
	const struct party *leaf;
	struct tree t;

	(void)state;
	tree_grow(&t, (struct wish){ 0 });
	leaf = &t.leaf;
	for (unsigned int i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct world *w = cert_world(&t);

		w->peer[1].conf.send_cert = cases[i / 2].send;
		w->peer[0].trust.remote = (struct pki_list){ .n = 1, .b = { bundle(&leaf, 1) } };
		w->peer[0].trust.ca.n = cases[i / 2].ask;
		w->peer[0].n_certs = 99;
		world_set(w, 1);
		world_initiate(w, i % 2, "");
		world_settle(w);
		assert_int_equal(world_pairs(w, 0), 1);
		assert_int_equal(w->peer[0].asked, cases[i / 2].ask);
		assert_int_equal(w->peer[0].n_certs, cases[i / 2].sent);
		pki_bundle_put(w->peer[0].trust.remote.b[0]);
		w->peer[0].trust.remote.n = 0;
		w->peer[0].trust.ca.n = 1;
		cert_world_free(w);
	}
	tree_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures),
		cmocka_unit_test(names),
		cmocka_unit_test(chains),
		cmocka_unit_test(claims_are_no_patterns),
		cmocka_unit_test(weak_certificates),
		cmocka_unit_test(leaf_as_ca),
		cmocka_unit_test(hostile_certificates),
		cmocka_unit_test(exchange),
		cmocka_unit_test(exchange_refused),
		cmocka_unit_test(exchange_patterns),
		cmocka_unit_test(send_cert),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
