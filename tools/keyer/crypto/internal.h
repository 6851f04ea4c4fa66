/* SPDX-License-Identifier: MIT */
/* What the files of crypto/ share about public keys. */
#ifndef IPSECVIF_KEYER_CRYPTO_INTERNAL_H
#define IPSECVIF_KEYER_CRYPTO_INTERNAL_H

#include <openssl/x509v3.h>

#include "tools/keyer/crypto/pki.h"

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
		uint8_t signer[32]; /* digest of the certificate known to have signed the CRL */
	} * item;
};

/** pki_key_evp() - the key itself; the caller's reference does not count. */
EVP_PKEY *pki_key_evp(const struct pki_key *key);
/** pki_name_print() - a name, printable; returns @buf. */
char *pki_name_print(const X509_NAME *name, char *buf, size_t len);
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
