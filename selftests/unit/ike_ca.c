// SPDX-License-Identifier: MIT
/* A CA for tests. */
#include "selftests/unit/ike_ca.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t octets_text[] = "what the AUTH payload covers";
const struct pki_blob ca_octets = { octets_text, sizeof(octets_text) };

EVP_PKEY *key_make(const char *kind)
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

struct party issue(const struct wish *wish, const struct party *by)
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
	extension(p.cert, signer->cert, NID_info_access, wish->aia);
	extension(p.cert, signer->cert, NID_ext_key_usage, wish->eku);
	if (EVP_PKEY_is_a(signer->key, "ED25519"))
		md = NULL;
	assert_true(X509_sign(p.cert, signer->key, md) > 0);
	return p;
}

void party_free(struct party *p)
{
	EVP_PKEY_free(p->key);
	X509_free(p->cert);
}

struct pki_bundle *bundle(const struct party *const *p, unsigned int n)
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

struct pki_bundle *pubkey(const struct party *p)
{
	uint8_t *der = NULL;
	int len = i2d_PUBKEY(p->key, &der);
	char why[256];
	struct pki_bundle *b = pki_bundle_read(PKI_PUBKEY, der, (size_t)len, why, sizeof(why));

	OPENSSL_free(der);
	return b;
}

struct pki_key *private(const struct party *p)
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

int64_t crl_from;

struct pki_bundle *crl_make(const struct party *ca, const struct party *revoked, int64_t next)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *t = ASN1_TIME_new();
	uint8_t *der = NULL;
	struct pki_bundle *b;
	char why[256];
	int len;

	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->cert));
	ASN1_TIME_set(t, (time_t)(crl_from ? crl_from : NOW - DAY / 2));
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

static const struct wish root_wish = { .kind = "ec:P-256",
				       .subject = "O=T, CN=Root",
				       .ca = true,
				       .to = NOW + 4000 * DAY };

void tree_grow(struct tree *t, struct wish leaf)
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

void tree_free(struct tree *t)
{
	party_free(&t->root);
	party_free(&t->sub);
	party_free(&t->leaf);
	party_free(&t->stranger);
}

struct pki_verdict verdict;

enum pki_result ask(const struct tree *t, const struct ask *a)
{
	const struct party *sent[] = { &t->leaf, &t->sub };
	struct pki_list crls = { .n = a->n_crls };
	struct pki_trust trust = { .strict = a->strict,
				   .crls = &crls,
				   .n_crls = 1,
				   .ocsp_url = a->ocsp_url,
				   .no_ocsp = a->no_ocsp };
	struct pki_bundle *certs = bundle(sent, a->without_sub ? 1 : 2);
	struct pki_claim claim = { .now = a->now ? a->now : NOW,
				   .may_fetch = a->may_fetch,
				   .ocsp = a->ocsp,
				   .ctx = a->ctx };
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
	assert_int_equal(pki_sign(key, CA_HASHES, false, &ca_octets, &sig, why, sizeof(why)), 0);
	claim.method = sig.method;
	claim.auth = (struct pki_blob){ sig.data, sig.len };
	claim.octets = ca_octets;
	pki_verdict_clear(&verdict);
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
