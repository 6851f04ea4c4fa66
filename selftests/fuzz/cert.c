// SPDX-License-Identifier: MIT
/*
 * Certificates, public keys and CRLs: as files, and as a peer sends them; and what a
 * responder of OCSP answers. The first byte says what the rest is held for.
 */
#include <stdlib.h>
#include <string.h>

#include "selftests/fuzz/ca.h"
#include "selftests/fuzz/fuzz.h"
#include "tools/keyer/crypto/internal.h"

enum {
	AS_CERTS = PKI_CERTS,
	AS_PUBKEY = PKI_PUBKEY,
	AS_CRLS = PKI_CRLS,
	AS_NAME,
	AS_CLAIM,
	AS_STATUS,
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

static enum pki_ocsp_state status_ask(const uint8_t *data, size_t size)
{
	static const uint8_t nonce[PKI_NONCE_LEN] = "nonce";
	struct pki_ocsp *q = pki_ocsp_new(fuzz_cert(FUZZ_GATEWAY), fuzz_cert(FUZZ_CA));
	uint8_t request[PKI_OCSP_REQUEST_MAX];
	enum pki_ocsp_state state;

	if (!q || !pki_ocsp_request(q, nonce, request))
		abort();
	pki_ocsp_take(q, data, size, FUZZ_NOW);
	pki_ocsp_fresh(q, FUZZ_NOW);
	state = q->state;
	pki_ocsp_free(q);
	return state;
}

/* As it is; and as if the CA, or its delegate, had signed whatever it is. */
static void as_status(const uint8_t *data, size_t size)
{
	const uint8_t *at = data;
	OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)size), *signed_;
	OCSP_BASICRESP *basic = response ? OCSP_response_get1_basic(response) : NULL;
	uint8_t *der;
	int len;

	if (status_ask(data, size) == PKI_OCSP_ASKED)
		abort();
	for (unsigned int i = 0; basic && i < 2; i++) {
		enum fuzz_who who = i ? FUZZ_DELEGATE : FUZZ_CA;

		if (!OCSP_basic_sign(basic, fuzz_cert(who), fuzz_key(who), NULL, NULL, OCSP_NOTIME))
			continue;
		signed_ = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
		der = NULL;
		len = i2d_OCSP_RESPONSE(signed_, &der);
		if (len > 0)
			status_ask(der, (size_t)len);
		OPENSSL_free(der);
		OCSP_RESPONSE_free(signed_);
	}
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
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
	case AS_STATUS:
		as_status(data + 1, size - 1);
		break;
	default:
		as_file((enum pki_kind)(data[0] % AS_KINDS), data + 1, size - 1);
		break;
	}
	return 0;
}
