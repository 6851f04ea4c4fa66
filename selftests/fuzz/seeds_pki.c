// SPDX-License-Identifier: MIT
/*
 * Writes the committed inputs of the target `eap_tls`, and those of `cert` that are
 * answers of OCSP responders: seeds_pki DIRECTORY.
 */
#include <openssl/ocsp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/fuzz/ca.h"
#include "selftests/fuzz/tls_ends.h"

static const char *directory;

static FILE *seed_open(const char *name, uint8_t how)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "wb");
	if (!file || fputc(how, file) == EOF)
		exit(1);
	return file;
}

static void seed_write(const char *name, uint8_t how, const void *data, size_t len)
{
	FILE *file = seed_open(name, how);

	if (fwrite(data, 1, len, file) != len || fclose(file))
		exit(1);
}

/* --- answers of OCSP --- */

static void answer_write(const char *name, int status, enum fuzz_who signer, bool nonce,
			 int64_t ends)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), fuzz_cert(FUZZ_GATEWAY), fuzz_cert(FUZZ_CA));
	ASN1_GENERALIZEDTIME *made = ASN1_GENERALIZEDTIME_set(NULL, FUZZ_NOW - 3600);
	ASN1_GENERALIZEDTIME *next = ends ? ASN1_GENERALIZEDTIME_set(NULL, FUZZ_NOW + ends) : NULL;
	uint8_t value[32] = "nonce", *der = NULL;
	OCSP_RESPONSE *response;
	int len;

	OCSP_basic_add1_status(basic, id, status, OCSP_REVOKED_STATUS_KEYCOMPROMISE,
			       status == V_OCSP_CERTSTATUS_REVOKED ? made : NULL, made, next);
	if (nonce)
		OCSP_basic_add1_nonce(basic, value, sizeof(value));
	if (!OCSP_basic_sign(basic, fuzz_cert(signer), fuzz_key(signer), NULL, NULL,
			     signer == FUZZ_CA ? OCSP_NOCERTS : 0))
		exit(1);
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	len = i2d_OCSP_RESPONSE(response, &der);
	seed_write(name, 5, der, (size_t)len);
	OPENSSL_free(der);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	OCSP_CERTID_free(id);
	ASN1_GENERALIZEDTIME_free(made);
	ASN1_GENERALIZEDTIME_free(next);
}

static void answers_write(void)
{
	static const uint8_t try_later[] = { 0x30, 3, 0x0a, 1, 3 };

	answer_write("cert/ocsp-good", V_OCSP_CERTSTATUS_GOOD, FUZZ_CA, true, 86400);
	answer_write("cert/ocsp-delegate", V_OCSP_CERTSTATUS_GOOD, FUZZ_DELEGATE, false, 86400);
	answer_write("cert/ocsp-revoked", V_OCSP_CERTSTATUS_REVOKED, FUZZ_CA, true, 0);
	answer_write("cert/ocsp-unknown", V_OCSP_CERTSTATUS_UNKNOWN, FUZZ_CA, true, 0);
	answer_write("cert/ocsp-stranger", V_OCSP_CERTSTATUS_GOOD, FUZZ_USER, true, -86400);
	seed_write("cert/ocsp-later", 5, try_later, sizeof(try_later));
}

/* --- EAP-TLS --- */

static void packet_append(FILE *file, const uint8_t *data, size_t len)
{
	fputc((int)(len >> 8), file);
	fputc((int)(len & 0xff), file);
	fwrite(data, 1, len, file);
}

/* What each end hears in a conversation that nothing disturbs. */
static void conversation_write(void)
{
	FILE *heard[2] = { seed_open("eap_tls/client", 0), seed_open("eap_tls/server", 1) };
	struct eap *ends[2] = { tls_end(false, true), tls_end(true, true) };
	uint8_t data[EAP_PACKET_MAX], next[EAP_PACKET_MAX];
	size_t len, next_len;
	bool to = false;

	eap_step(ends[1], NULL, 0, data, &len);
	for (; len; to = !to) {
		packet_append(heard[to], data, len);
		eap_step(ends[to], data, len, next, &next_len);
		memcpy(data, next, next_len);
		len = next_len;
	}
	if (!eap_msk(ends[0]) || fclose(heard[0]) || fclose(heard[1]))
		exit(1);
	eap_free(ends[0]);
	eap_free(ends[1]);
}

/* number, deed, two bytes of where, value */
static void deeds_write(void)
{
	static const struct {
		const char *name;
		uint8_t deeds[10];
		size_t len;
	} all[] = {
		{ "eap_tls/nothing", { 0 }, 0 },
		{ "eap_tls/start-again", { 4, 2, 0, 0, 0x20 }, 5 },
		{ "eap_tls/more-to-come", { 3, 2, 0, 0, 0x40 }, 5 },
		{ "eap_tls/length-flag", { 4, 2, 0, 0, 0xc0 }, 5 },
		{ "eap_tls/cut", { 4, 3, 0, 6, 0 }, 5 },
		{ "eap_tls/no-flags", { 3, 3, 0, 5, 0 }, 5 },
		{ "eap_tls/longer", { 3, 4, 4, 0, 0x16 }, 5 },
		{ "eap_tls/again", { 6, 5, 0, 0, 0 }, 5 },
		{ "eap_tls/bit", { 6, 0, 0, 40, 1, 7, 0, 0, 60, 1 }, 10 },
		{ "eap_tls/other-method", { 4, 1, 0, 4, 26 }, 5 },
		{ "eap_tls/early-success", { 4, 1, 0, 0, 3 }, 5 },
	};

	char name[64];

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		seed_write(all[i].name, 2, all[i].deeds, all[i].len);
		snprintf(name, sizeof(name), "%s-tls12", all[i].name);
		seed_write(name, 2 | 4, all[i].deeds, all[i].len);
	}
}

int main(int argc, char **argv)
{
	directory = argc == 2 ? argv[1] : "selftests/fuzz/corpus";
	answers_write();
	conversation_write();
	deeds_write();
	return 0;
}
