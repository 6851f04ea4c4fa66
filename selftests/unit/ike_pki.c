// SPDX-License-Identifier: MIT
/*
 * Public keys: signatures of every kind, chains, names, CRLs, and exchanges with
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

#include "selftests/unit/ike_peers.h"
#include "tools/keyer/crypto/pki.h"

#define NOW INT64_C(1800000000) /* 2027-01-15 */
#define DAY INT64_C(86400)

/* --- a CA --- */

struct party {
	EVP_PKEY *key;
	X509 *cert;
};

struct wish {
	const char *kind; /* of the key: "rsa:2048", "ec:P-256", "ed25519" */
	const char *subject, *alt, *crl, *usage;
	bool ca;
	int64_t from, to;
	const EVP_MD *md;
};

static EVP_PKEY *key_make(const char *kind)
{
	if (!strncmp(kind, "rsa:", 4))
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)atoi(kind + 4));
	if (!strncmp(kind, "ec:", 3))
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind + 3);
	return EVP_PKEY_Q_keygen(NULL, NULL, kind);
}

static void extension(X509 *cert, X509 *by, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	if (!value)
		return;
	X509V3_set_ctx(&ctx, by, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(ext);
	X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
}

static struct party issue(const struct wish *wish, const struct party *by)
{
	struct party p = { .key = key_make(wish->kind), .cert = X509_new() };
	X509_NAME *name;
	uint8_t der[256];
	const uint8_t *at = der;
	char err[256];
	static long serial = 1;
	size_t len = pki_dn_parse(wish->subject, der, sizeof(der), err, sizeof(err));
	const EVP_MD *md = wish->md ? wish->md : EVP_sha256();
	const struct party *signer = by ? by : &p;

	assert_non_null(p.key);
	assert_true(len > 0);
	X509_set_version(p.cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(p.cert), serial++);
	name = d2i_X509_NAME(NULL, &at, (long)len);
	X509_set_subject_name(p.cert, name);
	X509_set_issuer_name(p.cert, X509_get_subject_name(signer->cert));
	X509_NAME_free(name);
	ASN1_TIME_set(X509_getm_notBefore(p.cert), (time_t)(wish->from ? wish->from : NOW - DAY));
	ASN1_TIME_set(X509_getm_notAfter(p.cert), (time_t)(wish->to ? wish->to : NOW + 400 * DAY));
	X509_set_pubkey(p.cert, p.key);
	extension(p.cert, signer->cert, NID_basic_constraints,
		  wish->ca ? "critical,CA:TRUE" : "CA:FALSE");
	extension(p.cert, signer->cert, NID_subject_alt_name, wish->alt);
	extension(p.cert, signer->cert, NID_crl_distribution_points, wish->crl);
	extension(p.cert, signer->cert, NID_key_usage, wish->usage);
	if (EVP_PKEY_is_a(signer->key, "ED25519"))
		md = NULL;
	assert_true(X509_sign(p.cert, signer->key, md) > 0);
	return p;
}

static void party_free(struct party *p)
{
	EVP_PKEY_free(p->key);
	X509_free(p->cert);
}

static struct pki_bundle *bundle(const struct party *const *p, unsigned int n)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct pki_bundle *b;
	char why[256], *data;
	long len;

	for (unsigned int i = 0; i < n; i++)
		PEM_write_bio_X509(bio, p[i]->cert);
	len = BIO_get_mem_data(bio, &data);
	b = pki_bundle_read(PKI_CERTS, (uint8_t *)data, (size_t)len, why, sizeof(why));
	BIO_free(bio);
	return b;
}

static struct pki_bundle *pubkey(const struct party *p)
{
	uint8_t *der = NULL;
	int len = i2d_PUBKEY(p->key, &der);
	char why[256];
	struct pki_bundle *b = pki_bundle_read(PKI_PUBKEY, der, (size_t)len, why, sizeof(why));

	OPENSSL_free(der);
	return b;
}

static struct pki_key *private(const struct party *p)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct pki_key *key;
	char why[256], *data;
	long len;

	PEM_write_bio_PrivateKey(bio, p->key, NULL, NULL, 0, NULL, NULL);
	len = BIO_get_mem_data(bio, &data);
	key = pki_key_read((uint8_t *)data, (size_t)len, why, sizeof(why));
	BIO_free(bio);
	assert_non_null(key);
	return key;
}

static struct pki_bundle *crl_make(const struct party *ca, const struct party *revoked,
				   int64_t next)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *t = ASN1_TIME_new();
	uint8_t *der = NULL;
	struct pki_bundle *b;
	char why[256];
	int len;

	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->cert));
	ASN1_TIME_set(t, (time_t)(NOW - DAY / 2));
	X509_CRL_set1_lastUpdate(crl, t);
	if (revoked) {
		X509_REVOKED *rev = X509_REVOKED_new();

		X509_REVOKED_set_serialNumber(rev, X509_get_serialNumber(revoked->cert));
		X509_REVOKED_set_revocationDate(rev, t);
		X509_CRL_add0_revoked(crl, rev);
	}
	ASN1_TIME_set(t, (time_t)next);
	X509_CRL_set1_nextUpdate(crl, t);
	X509_CRL_sort(crl);
	assert_true(X509_CRL_sign(crl, ca->key, EVP_sha256()) > 0);
	len = i2d_X509_CRL(crl, &der);
	b = pki_bundle_read(PKI_CRLS, der, (size_t)len, why, sizeof(why));
	OPENSSL_free(der);
	ASN1_TIME_free(t);
	X509_CRL_free(crl);
	assert_non_null(b);
	return b;
}

/* --- signatures --- */

static const uint8_t octets_text[] = "what the AUTH payload covers";
static const struct pki_blob octets = { octets_text, sizeof(octets_text) };

enum {
	ALL = 1U << PKI_HASH_SHA2_256 | 1U << PKI_HASH_SHA2_384 | 1U << PKI_HASH_SHA2_512 |
	      1U << PKI_HASH_IDENTITY
};

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
		{ "rsa:2048", ALL, false, 14 },
		{ "rsa:2048", ALL, true, 14 },
		{ "rsa:2048", 1U << PKI_HASH_SHA2_512, false, 14 },
		{ "rsa:2048", 1U << PKI_HASH_SHA2_384, true, 14 },
		{ "rsa:2048", 1U << PKI_HASH_SHA1, true, -1 },
		{ "rsa:2048", 0, false, 1 },
		{ "ec:P-256", ALL, false, 14 },
		{ "ec:P-256", 0, false, 9 },
		{ "ec:P-384", ALL, false, 14 },
		{ "ec:P-384", 1U << PKI_HASH_SHA2_256, false, 14 },
		{ "ec:P-384", 0, false, 10 },
		{ "ec:P-521", ALL, false, 14 },
		{ "ec:P-521", 0, false, 11 },
		{ "ED25519", ALL, false, 14 },
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
		int err = pki_sign(key, cases[i].hashes, cases[i].pkcs1, &octets, &sig, why,
				   sizeof(why));

		assert_int_equal(err, cases[i].method < 0 ? -1 : 0);
		if (!err) {
			assert_int_equal(sig.method, cases[i].method);
			assert_int_equal(check(&p, &sig, octets, &v), PKI_ACCEPTED);
			assert_int_equal(check(&p, &sig, over, &v), PKI_REFUSED);
			assert_non_null(strstr(v.why, "does not fit the key"));
			assert_int_equal(check(&q, &sig, octets, &v), PKI_REFUSED);
			/* each byte counts, and none makes us stumble */
			for (size_t k = 0; k < sig.len; k += 7) {
				sig.data[k] ^= 0x20;
				assert_int_equal(check(&p, &sig, octets, &v), PKI_REFUSED);
				sig.data[k] ^= 0x20;
			}
			for (size_t k = 0; k < sig.len; k += 5) {
				struct pki_signature cut = sig;

				cut.len = k;
				assert_int_equal(check(&p, &cut, octets, &v), PKI_REFUSED);
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

struct tree {
	struct party root, sub, leaf, stranger;
};

static const struct wish root_wish = { .kind = "ec:P-256",
				       .subject = "O=T, CN=Root",
				       .ca = true,
				       .to = NOW + 4000 * DAY };

static void tree_grow(struct tree *t, struct wish leaf)
{
	const struct wish sub = {
		.kind = "ec:P-256", .subject = "O=T, CN=Sub", .ca = true, .to = NOW + 4000 * DAY
	};
	struct wish other = root_wish;

	if (!leaf.kind)
		leaf.kind = "ec:P-256";
	if (!leaf.subject)
		leaf.subject = "O=T, CN=right";
	if (!leaf.alt)
		leaf.alt = "DNS:right.example.com,email:r@example.com,IP:192.0.2.2";
	other.subject = "O=Other, CN=Root";
	t->root = issue(&root_wish, NULL);
	t->stranger = issue(&other, NULL);
	t->sub = issue(&sub, &t->root);
	t->leaf = issue(&leaf, &t->sub);
}

static void tree_free(struct tree *t)
{
	party_free(&t->root);
	party_free(&t->sub);
	party_free(&t->leaf);
	party_free(&t->stranger);
}

struct ask {
	const struct party *ca, *remote, *extra;
	bool without_leaf, without_sub;
	uint8_t id_type;
	const char *id;
	size_t id_len;
	enum pki_strict strict;
	struct pki_bundle *crl[4];
	unsigned int n_crls;
	int64_t now;
	bool (*may_fetch)(void *ctx, const char *url);
	bool bad_signature;
};

static struct pki_verdict verdict;

static enum pki_result ask(const struct tree *t, const struct ask *a)
{
	const struct party *sent[] = { &t->leaf, &t->sub };
	struct pki_list crls = { .n = a->n_crls };
	struct pki_trust trust = { .strict = a->strict, .crls = &crls, .n_crls = 1 };
	struct pki_bundle *certs = bundle(sent, a->without_sub ? 1 : 2);
	struct pki_claim claim = { .now = a->now ? a->now : NOW, .may_fetch = a->may_fetch };
	struct pki_key *key = private(a->bad_signature ? &t->sub : &t->leaf);
	struct pki_signature sig;
	char why[256];

	for (unsigned int i = 0; i < a->n_crls; i++)
		crls.b[i] = a->crl[i];
	if (a->ca)
		trust.ca = (struct pki_list){ .n = 1, .b = { bundle(&a->ca, 1) } };
	if (a->remote)
		trust.remote = (struct pki_list){ .n = 1, .b = { bundle(&a->remote, 1) } };
	if (a->extra)
		trust.extra = (struct pki_list){ .n = 1, .b = { bundle(&a->extra, 1) } };
	for (unsigned int i = 0; !a->without_leaf && i < pki_bundle_count(certs); i++)
		claim.certs[claim.n_certs++] = pki_bundle_der(certs, i);
	claim.id_type = a->id ? a->id_type : 2;
	claim.id.p = (const uint8_t *)(a->id ? a->id : "right.example.com");
	claim.id.len = a->id ? a->id_len : 17;
	assert_int_equal(pki_sign(key, ALL, false, &octets, &sig, why, sizeof(why)), 0);
	claim.method = sig.method;
	claim.auth = (struct pki_blob){ sig.data, sig.len };
	claim.octets = octets;
	pki_verify(&trust, &claim, &verdict);
	pki_key_free(key);
	pki_bundle_put(certs);
	if (a->ca)
		pki_bundle_put(trust.ca.b[0]);
	if (a->remote)
		pki_bundle_put(trust.remote.b[0]);
	if (a->extra)
		pki_bundle_put(trust.extra.b[0]);
	return verdict.result;
}

#define ACCEPTED(tree, ...) assert_int_equal(ask(tree, &(struct ask){ __VA_ARGS__ }), PKI_ACCEPTED)
#define REFUSED(words, tree, ...)                                                       \
	do {                                                                            \
		assert_int_equal(ask(tree, &(struct ask){ __VA_ARGS__ }), PKI_REFUSED); \
		if (!strstr(verdict.why, words))                                        \
			fail_msg("'%s' does not say '%s'", verdict.why, words);         \
	} while (0)

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

/* --- CRLs --- */

static bool fetch_yes(void *ctx, const char *url)
{
	(void)ctx;
	assert_string_equal(url, "http://crl.example.com/sub.crl");
	return true;
}

static void crls(void **state)
{
	const struct wish with_url = { .crl = "URI:http://crl.example.com/sub.crl" };
	struct pki_bundle *good, *old, *revoked, *root, *forged;
	struct party fake;
	struct wish wish = { .kind = "ec:P-256", .subject = "O=T, CN=Sub", .ca = true };
	struct tree t;

	(void)state;
	tree_grow(&t, with_url);
	fake = issue(&wish, NULL);
	good = crl_make(&t.sub, NULL, NOW + DAY);
	old = crl_make(&t.sub, NULL, NOW - 60);
	revoked = crl_make(&t.sub, &t.leaf, NOW + DAY);
	root = crl_make(&t.root, NULL, NOW + DAY);
	forged = crl_make(&fake, &t.leaf, NOW + DAY);
	ACCEPTED(&t, .ca = &t.root);
	assert_non_null(strstr(verdict.warn, "no CRL of its issuer is at hand"));
	REFUSED("http://crl.example.com/sub.crl", &t, .ca = &t.root, .strict = PKI_STRICT_IFURI);
	REFUSED("may be revoked", &t, .ca = &t.root, .strict = PKI_STRICT_YES);
	ACCEPTED(&t, .ca = &t.root, .strict = PKI_STRICT_IFURI, .crl = { good }, .n_crls = 1);
	assert_string_equal(verdict.warn, "");
	/* the intermediate's own CRL is wanted, too */
	REFUSED("\"O=T, CN=Sub\" may be revoked", &t, .ca = &t.root, .strict = PKI_STRICT_YES,
		.crl = { good }, .n_crls = 1);
	ACCEPTED(&t, .ca = &t.root, .strict = PKI_STRICT_YES, .crl = { good, root }, .n_crls = 2);
	REFUSED("valid only until 2027-01-15", &t, .ca = &t.root, .strict = PKI_STRICT_IFURI,
		.crl = { old }, .n_crls = 1);
	REFUSED("was revoked by its CA on 2027-01-14", &t, .ca = &t.root, .crl = { revoked },
		.n_crls = 1);
	/* a CRL of the same name by another key counts for nothing */
	ACCEPTED(&t, .ca = &t.root, .crl = { forged, good }, .n_crls = 2,
		 .strict = PKI_STRICT_IFURI);
	REFUSED("may be revoked", &t, .ca = &t.root, .crl = { forged }, .n_crls = 1,
		.strict = PKI_STRICT_IFURI);
	/* what is not at hand is asked for, but not by strangers */
	assert_int_equal(ask(&t, &(struct ask){ .ca = &t.root, .may_fetch = fetch_yes }),
			 PKI_WANTS_CRL);
	assert_string_equal(verdict.url, "http://crl.example.com/sub.crl");
	REFUSED("does not fit", &t, .ca = &t.root, .may_fetch = fetch_yes, .bad_signature = true);
	REFUSED("none of `ca`", &t, .ca = &t.stranger, .may_fetch = fetch_yes);
	pki_bundle_put(good);
	pki_bundle_put(old);
	pki_bundle_put(revoked);
	pki_bundle_put(root);
	pki_bundle_put(forged);
	party_free(&fake);
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
	claim.octets = octets;
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
		assert_null(world_agree(w));
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
		assert_null(world_agree(w));
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
		assert_null(world_agree(w));
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
		cmocka_unit_test(crls),
		cmocka_unit_test(hostile_certificates),
		cmocka_unit_test(exchange),
		cmocka_unit_test(exchange_refused),
		cmocka_unit_test(exchange_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
