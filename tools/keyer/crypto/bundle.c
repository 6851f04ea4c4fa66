// SPDX-License-Identifier: MIT
/* Files of certificates, public keys and CRLs. */
#include <arpa/inet.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/keyer/crypto/internal.h"

enum {
	ID_IPV4 = 1,
	ID_FQDN = 2,
	ID_EMAIL = 3,
	ID_IPV6 = 5,
	ID_DN = 9,
};

/* --- reading --- */

static struct pki_item *item_add(struct pki_bundle *b)
{
	struct pki_item *item;

	if (b->n == PKI_BUNDLE_MAX)
		return NULL;
	item = reallocarray(b->item, b->n + 1, sizeof(*item));
	if (!item)
		return NULL;
	b->item = item;
	item += b->n++;
	memset(item, 0, sizeof(*item));
	return item;
}

/* What goes into CERTREQ, and the DER that goes into CERT. */
static bool item_complete(struct pki_item *item)
{
	ASN1_BIT_STRING *bits;
	uint8_t *der = NULL;
	int len;

	if (item->crl)
		return true;
	if (item->cert) {
		item->key = X509_get_pubkey(item->cert);
		len = i2d_X509(item->cert, &der);
	} else {
		len = i2d_PUBKEY(item->key, &der);
	}
	item->der = (struct pki_blob){ der, len > 0 ? (size_t)len : 0 };
	if (!item->cert)
		return len > 0;
	/* SHA-1 of the whole SubjectPublicKeyInfo, which X509_pubkey_digest() is not */
	bits = X509_get0_pubkey_bitstr(item->cert);
	der = NULL;
	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(item->cert), &der);
	if (len > 0)
		EVP_Digest(der, (size_t)len, item->ca_hash, NULL, EVP_sha1(), NULL);
	OPENSSL_free(der);
	return bits && len > 0;
}

/* One of the kind that is wanted, in PEM or DER; false at the end. */
static bool item_read(struct pki_bundle *b, BIO *bio, bool der)
{
	struct pki_item one = { 0 }, *item;

	switch (b->kind) {
	case PKI_CERTS:
		one.cert = der ? d2i_X509_bio(bio, NULL) : PEM_read_bio_X509(bio, NULL, NULL, NULL);
		break;
	case PKI_PUBKEY:
		one.key = der ? d2i_PUBKEY_bio(bio, NULL) :
				PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
		break;
	case PKI_CRLS:
		one.crl = der ? d2i_X509_CRL_bio(bio, NULL) :
				PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);
		break;
	}
	if (!one.cert && !one.key && !one.crl)
		return false;
	item = item_add(b);
	if (item) {
		*item = one;
		return item_complete(item);
	}
	X509_free(one.cert);
	EVP_PKEY_free(one.key);
	X509_CRL_free(one.crl);
	return false;
}

void pki_file_digest(const uint8_t *data, size_t len, uint8_t digest[32])
{
	EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL);
}

struct pki_bundle *pki_bundle_read(enum pki_kind kind, const uint8_t *data, size_t len, char *why,
				   size_t why_len)
{
	static const char *const what[] = { "certificate", "public key", "CRL" };
	struct pki_bundle *b = calloc(1, sizeof(*b));
	BIO *bio;

	if (!b)
		abort();
	b->refs = 1;
	b->kind = kind;
	pki_file_digest(data, len, b->digest);
	bio = BIO_new_mem_buf(data, (int)len);
	while (bio && item_read(b, bio, false))
		;
	BIO_free(bio);
	bio = b->n ? NULL : BIO_new_mem_buf(data, (int)len);
	if (bio)
		item_read(b, bio, true);
	BIO_free(bio);
	if (b->n)
		return b;
	snprintf(why, why_len, "it holds no %s in PEM or DER", what[kind]);
	pki_bundle_put(b);
	return NULL;
}

struct pki_bundle *pki_bundle_get(struct pki_bundle *b)
{
	b->refs++;
	return b;
}

void pki_bundle_put(struct pki_bundle *b)
{
	if (!b || --b->refs)
		return;
	for (unsigned int i = 0; i < b->n; i++) {
		X509_free(b->item[i].cert);
		EVP_PKEY_free(b->item[i].key);
		X509_CRL_free(b->item[i].crl);
		OPENSSL_free((void *)(uintptr_t)b->item[i].der.p);
	}
	free(b->item);
	free(b);
}

bool pki_bundle_lonely(const struct pki_bundle *b)
{
	return b->refs == 1;
}

unsigned int pki_bundle_count(const struct pki_bundle *b)
{
	return b->n;
}

struct pki_blob pki_bundle_der(const struct pki_bundle *b, unsigned int i)
{
	return i < b->n ? b->item[i].der : (struct pki_blob){ 0 };
}

const uint8_t *pki_bundle_digest(const struct pki_bundle *b)
{
	return b->digest;
}

const uint8_t *pki_bundle_ca_hash(const struct pki_bundle *b, unsigned int i)
{
	return b->item[i].ca_hash;
}

/* --- what a certificate says --- */

char *pki_time_print(const ASN1_TIME *t, char *buf, size_t len)
{
	struct tm tm;

	if (!t || !ASN1_TIME_to_tm(t, &tm) || !strftime(buf, len, "%Y-%m-%d %H:%M UTC", &tm))
		snprintf(buf, len, "an unknown date");
	return buf;
}

int64_t pki_time_seconds(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) ? (int64_t)timegm(&tm) : 0;
}

int pki_bundle_info(const struct pki_bundle *b, unsigned int i, struct pki_info *info)
{
	struct pki_item *item;
	uint8_t *spki = NULL, *dn = info->dn;
	int len;

	memset(info, 0, sizeof(*info));
	if (i >= b->n || !b->item[i].key)
		return -1;
	item = &b->item[i];
	/* Kept, for thousands of tunnels may have one certificate, and encoding is slow. */
	if (!item->has_id) {
		len = i2d_PUBKEY(item->key, &spki);
		item->has_id = len > 0 && EVP_Digest(spki, (size_t)len, item->key_id, NULL,
						     EVP_sha256(), NULL);
		OPENSSL_free(spki);
	}
	memcpy(info->key_id, item->key_id, sizeof(info->key_id));
	if (!item->cert)
		return item->has_id ? 0 : -1;
	pki_name_print(X509_get_subject_name(item->cert), info->subject, sizeof(info->subject));
	info->not_before = pki_time_seconds(X509_get0_notBefore(item->cert));
	info->not_after = pki_time_seconds(X509_get0_notAfter(item->cert));
	info->ca = X509_check_ca(item->cert) > 0;
	len = i2d_X509_NAME(X509_get_subject_name(item->cert), NULL);
	if (len > 2 && (size_t)len <= sizeof(info->dn))
		info->dn_len = (size_t)i2d_X509_NAME(X509_get_subject_name(item->cert), &dn);
	return 0;
}

/* --- identities --- */

static bool string_is(const ASN1_STRING *s, const uint8_t *id, size_t len)
{
	return (size_t)ASN1_STRING_length(s) == len &&
	       !strncasecmp((const char *)ASN1_STRING_get0_data(s), (const char *)id, len);
}

static bool name_is(const X509_NAME *name, const uint8_t *id, size_t len)
{
	uint8_t *der = NULL;
	int n = i2d_X509_NAME(name, &der);
	bool is = n > 0 && pki_dn_match(id, len, der, (size_t)n);

	OPENSSL_free(der);
	return is;
}

static bool alt_is(const GENERAL_NAME *alt, uint8_t type, const uint8_t *id, size_t len)
{
	const ASN1_OCTET_STRING *ip;

	switch (alt->type) {
	case GEN_DNS:
		return type == ID_FQDN && string_is(alt->d.dNSName, id, len);
	case GEN_EMAIL:
		return type == ID_EMAIL && string_is(alt->d.rfc822Name, id, len);
	case GEN_IPADD:
		ip = alt->d.iPAddress;
		return (type == ID_IPV4 || type == ID_IPV6) &&
		       (size_t)ASN1_STRING_length(ip) == len &&
		       !memcmp(ASN1_STRING_get0_data(ip), id, len);
	case GEN_DIRNAME:
		return type == ID_DN && name_is(alt->d.directoryName, id, len);
	}
	return false;
}

bool pki_cert_has_id(X509 *cert, uint8_t type, const uint8_t *id, size_t len)
{
	GENERAL_NAMES *alts;
	bool has = false;

	/* "*" is a wildcard only in what we configure, never in what a peer claims */
	if (type == ID_DN && memmem(id, len, "\x01*", 2))
		return false;
	if (type == ID_DN && name_is(X509_get_subject_name(cert), id, len))
		return true;
	alts = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	for (int i = 0; !has && i < sk_GENERAL_NAME_num(alts); i++)
		has = alt_is(sk_GENERAL_NAME_value(alts, i), type, id, len);
	GENERAL_NAMES_free(alts);
	return has;
}

bool pki_bundle_has_id(const struct pki_bundle *b, unsigned int i, uint8_t type, const uint8_t *id,
		       size_t len)
{
	return i < b->n && b->item[i].cert && pki_cert_has_id(b->item[i].cert, type, id, len);
}
