// SPDX-License-Identifier: MIT
/* A CA whose keys everybody knows. */
#include "selftests/fuzz/ca.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

EVP_PKEY *fuzz_key(enum fuzz_who who)
{
	static EVP_PKEY *keys[FUZZ_WHO];
	uint8_t raw[32];

	if (!keys[who]) {
		memset(raw, 'a' + (int)who, sizeof(raw));
		keys[who] = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw, sizeof(raw));
	}
	if (!keys[who])
		abort();
	return keys[who];
}

static void extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (!ext || !X509_add_ext(cert, ext, -1))
		abort();
	X509_EXTENSION_free(ext);
}

static void gateway_names(X509 *cert)
{
	char names[2048];
	size_t at = (size_t)snprintf(names, sizeof(names), "DNS:gw.example.net");

	for (int i = 0; i < 60; i++)
		at += (size_t)snprintf(names + at, sizeof(names) - at, ",DNS:gw%02d.example.net",
				       i);
	extension(cert, NID_subject_alt_name, names);
}

static X509 *cert_make(enum fuzz_who who)
{
	static const char *const names[] = { "CA", "gateway", "user", "responder" };
	X509 *cert = X509_new();
	X509_NAME *name = X509_NAME_new();

	if (!cert || !name)
		abort();
	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1 + (int)who);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)names[FUZZ_CA], -1,
				   -1, 0);
	X509_set_issuer_name(cert, name);
	X509_NAME_free(name);
	name = X509_NAME_new();
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)names[who], -1, -1,
				   0);
	X509_set_subject_name(cert, name);
	X509_NAME_free(name);
	ASN1_TIME_set_string(X509_getm_notBefore(cert), "20200101000000Z");
	ASN1_TIME_set_string(X509_getm_notAfter(cert), "21200101000000Z");
	X509_set_pubkey(cert, fuzz_key(who));
	extension(cert, NID_basic_constraints, who == FUZZ_CA ? "critical,CA:TRUE" : "CA:FALSE");
	if (who == FUZZ_GATEWAY)
		gateway_names(cert);
	else if (who == FUZZ_USER)
		extension(cert, NID_subject_alt_name, "DNS:user.example.net");
	else if (who == FUZZ_DELEGATE)
		extension(cert, NID_ext_key_usage, "OCSPSigning");
	if (!X509_sign(cert, fuzz_key(FUZZ_CA), NULL))
		abort();
	return cert;
}

X509 *fuzz_cert(enum fuzz_who who)
{
	static X509 *certs[FUZZ_WHO];

	if (!certs[who])
		certs[who] = cert_make(who);
	return certs[who];
}
