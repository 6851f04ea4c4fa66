// SPDX-License-Identifier: MIT
/*
 * Certificates, public keys and CRLs: as files, and as a peer sends them. The first byte
 * says what the rest is held for.
 */
#include <stdlib.h>
#include <string.h>

#include "selftests/fuzz/fuzz.h"
#include "tools/keyer/crypto/pki.h"

enum {
	AS_CERTS = PKI_CERTS,
	AS_PUBKEY = PKI_PUBKEY,
	AS_CRLS = PKI_CRLS,
	AS_NAME,
	AS_CLAIM,
	AS_KINDS
};

static void as_file(enum pki_kind kind, const uint8_t *data, size_t size)
{
	static const uint8_t id[] = "gw.example.net";
	char why[PKI_TEXT_MAX];
	struct pki_bundle *bundle = pki_bundle_read(kind, data, size, why, sizeof(why));
	struct pki_info info;
	unsigned int i;

	for (i = 0; bundle && kind != PKI_CRLS && i < pki_bundle_count(bundle); i++) {
		pki_bundle_info(bundle, i, &info);
		pki_bundle_has_id(bundle, i, 2, id, sizeof(id) - 1);
	}
	pki_bundle_put(bundle);
}

static void as_name(const uint8_t *data, size_t size)
{
	char text[512], why[PKI_TEXT_MAX];
	uint8_t der[512];
	size_t len;

	pki_dn_print(data, size, text, sizeof(text));
	len = pki_dn_parse(text, der, sizeof(der), why, sizeof(why));
	pki_dn_match(data, size, der, len);
	pki_dn_match(der, len, data, size);
}

/* A peer's, of which one is its own trust, so that what is behind the anchor is met. */
static void as_claim(const uint8_t *data, size_t size)
{
	static const uint8_t id[] = "gw.example.net", octets[] = "octets";
	char why[PKI_TEXT_MAX];
	struct pki_trust trust = { 0 };
	struct pki_verdict verdict;
	struct pki_claim claim = {
		.n_certs = 1,
		.certs = { { data, size } },
		.id_type = 2,
		.id = { id, sizeof(id) - 1 },
		.auth = { data, size < 256 ? size : 256 },
		.octets = { octets, sizeof(octets) },
		.method = 14,
		.now = 1770000000,
	};

	pki_verify(&trust, &claim, &verdict);
	trust.ca.b[0] = pki_bundle_read(PKI_CERTS, data, size, why, sizeof(why));
	if (!trust.ca.b[0])
		return;
	trust.ca.n = 1;
	pki_verify(&trust, &claim, &verdict);
	claim.method = 1;
	pki_verify(&trust, &claim, &verdict);
	pki_bundle_put(trust.ca.b[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	switch (data[0] % AS_KINDS) {
	case AS_NAME:
		as_name(data + 1, size - 1);
		break;
	case AS_CLAIM:
		as_claim(data + 1, size - 1);
		break;
	default:
		as_file((enum pki_kind)(data[0] % AS_KINDS), data + 1, size - 1);
		break;
	}
	return 0;
}
