/* SPDX-License-Identifier: MIT */
/* What the files of crypto/ share about public keys. */
#ifndef IPSECVIF_KEYER_CRYPTO_INTERNAL_H
#define IPSECVIF_KEYER_CRYPTO_INTERNAL_H

#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "tools/keyer/crypto/pki.h"

enum {
	PKI_AUTH_LEVEL = 2, /* OpenSSL's: 112 bits, so no SHA-1 and no RSA below 2048 bits */
	PKI_NAME_PRINTED = 160,
	PKI_OCSP_WHY_MAX = 160,
};

struct pki_bundle {
	unsigned int refs;
	enum pki_kind kind;
	uint8_t digest[32];
	unsigned int n;
	struct pki_item {
		X509 *cert;
		EVP_PKEY *key; /* PKI_PUBKEY; of a certificate its own */
		X509_CRL *crl;
		struct pki_blob der;
		uint8_t ca_hash[20];
		bool has_id;
		uint8_t key_id[32]; /* SHA-256 of the public key, once somebody wanted it */
		uint8_t signer[32]; /* digest of the certificate known to have signed the CRL */
	} * item;
};

/** enum pki_ocsp_state - what a responder says; FAILED: nothing that counts */
enum pki_ocsp_state {
	PKI_OCSP_ASKED,
	PKI_OCSP_GOOD,
	PKI_OCSP_REVOKED,
	PKI_OCSP_UNKNOWN,
	PKI_OCSP_FAILED
};

struct pki_ocsp {
	enum pki_ocsp_state state;
	OCSP_REQUEST *request; /* until there is an answer, as is the next */
	X509 *issuer;
	int64_t at, until; /* when it was answered, and until when that is kept */
	int64_t next_update; /* 0: it did not say */
	int64_t revoked_at;
	int reason; /* of CRLReason, or -1 */
	char why[PKI_OCSP_WHY_MAX]; /* UNKNOWN, FAILED: "responder ..." what? */
};

/** pki_ocsp_new() - the question whether @cert, of @issuer, is revoked; NULL: it can't be put. */
struct pki_ocsp *pki_ocsp_new(const X509 *cert, X509 *issuer);
/** pki_ocsp_good() - does it say so, and that it holds until after @now? */
bool pki_ocsp_good(const struct pki_ocsp *q, int64_t now);

/** struct pki_check - one verification under way */
struct pki_check {
	const struct pki_trust *trust;
	const struct pki_claim *claim;
	struct pki_verdict *v;
	STACK_OF(X509) * sent; /* the peer's, its own first */
	STACK_OF(X509) * chain; /* leaf to anchor */
	X509 *leaf;
	bool pinned; /* the leaf itself is configured */
};

/** pki_refuse() - that is the verdict, and why. Return: false. */
bool pki_refuse(struct pki_check *c, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/** pki_not_revoked() - no certificate of the chain is (revoke.c); false with the verdict. */
bool pki_not_revoked(struct pki_check *c);

/** pki_cert_has_url() - does it say by an http URL where its status or CRL is? */
bool pki_cert_has_url(X509 *cert);

/** pki_key_evp() - the key itself; the caller's reference does not count. */
EVP_PKEY *pki_key_evp(const struct pki_key *key);
/** pki_name_print() - a name, printable; returns @buf. */
char *pki_name_print(const X509_NAME *name, char *buf, size_t len);
/** pki_subject_print() - of a certificate; returns @buf. */
char *pki_subject_print(X509 *cert, char buf[PKI_NAME_PRINTED]);
/** pki_time_seconds() - since 1970; 0 for what is no time. */
int64_t pki_time_seconds(const ASN1_TIME *t);
/** pki_time_print() - "2026-11-21 15:42 UTC"; returns @buf. */
char *pki_time_print(const ASN1_TIME *t, char *buf, size_t len);
/** pki_cert_has_id() - subject or subjectAltName, RFC 4945 3.1. */
bool pki_cert_has_id(X509 *cert, uint8_t type, const uint8_t *id, size_t len);
/** pki_key_fits() - NULL, or what is wrong with a key: its kind, curve or length. */
const char *pki_key_fits(const EVP_PKEY *key);
/**
 * pki_signature_check() - is this AUTH payload the signature of @key?
 * Return: NULL, or what is wrong, in words.
 */
const char *pki_signature_check(EVP_PKEY *key, uint8_t method, struct pki_blob auth,
				struct pki_blob octets);

#endif /* IPSECVIF_KEYER_CRYPTO_INTERNAL_H */
