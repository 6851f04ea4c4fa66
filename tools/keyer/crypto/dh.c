// SPDX-License-Identifier: MIT
/*
 * Ephemeral key exchange: MODP (RFC 2409, RFC 3526), ECP (RFC 5903, RFC 5114,
 * RFC 6954), X25519 and X448 (RFC 8031); and ML-KEM (FIPS 203) where the library
 * has it.
 *
 * Key pairs come from OpenSSL's generator, not from the core's random source:
 * they must be unpredictable even where a test makes the rest repeatable.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/dh.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "tools/keyer/crypto/crypto.h"
#include "tools/keyer/ike/iana.h"

enum ke_kind {
	KE_MODP,
	KE_ECP,
	KE_MONTGOMERY,
	KE_KEM /* the responder encapsulates to the initiator's key */
};

static const struct ke_group {
	uint16_t id;
	enum ke_kind kind;
	const char *name; /* of OpenSSL */
	size_t public_len; /* on the wire */
	size_t answer_len; /* of a KEM: the ciphertext */
} groups[] = {
	{ KE_MODP1024, KE_MODP, NULL, 128, 0 },
	{ KE_MODP1536, KE_MODP, "modp_1536", 192, 0 },
	{ KE_MODP2048, KE_MODP, "modp_2048", 256, 0 },
	{ KE_MODP3072, KE_MODP, "modp_3072", 384, 0 },
	{ KE_MODP4096, KE_MODP, "modp_4096", 512, 0 },
	{ KE_MODP6144, KE_MODP, "modp_6144", 768, 0 },
	{ KE_MODP8192, KE_MODP, "modp_8192", 1024, 0 },
	{ KE_ECP224, KE_ECP, "P-224", 56, 0 },
	{ KE_ECP256, KE_ECP, "P-256", 64, 0 },
	{ KE_ECP384, KE_ECP, "P-384", 96, 0 },
	{ KE_ECP521, KE_ECP, "P-521", 132, 0 },
	{ KE_ECP224BP, KE_ECP, "brainpoolP224r1", 56, 0 },
	{ KE_ECP256BP, KE_ECP, "brainpoolP256r1", 64, 0 },
	{ KE_ECP384BP, KE_ECP, "brainpoolP384r1", 96, 0 },
	{ KE_ECP512BP, KE_ECP, "brainpoolP512r1", 128, 0 },
	{ KE_X25519, KE_MONTGOMERY, "X25519", 32, 0 },
	{ KE_X448, KE_MONTGOMERY, "X448", 56, 0 },
	{ KE_MLKEM512, KE_KEM, "ML-KEM-512", 800, 768 },
	{ KE_MLKEM768, KE_KEM, "ML-KEM-768", 1184, 1088 },
	{ KE_MLKEM1024, KE_KEM, "ML-KEM-1024", 1568, 1568 },
};

struct crypto_ke {
	const struct ke_group *group;
	EVP_PKEY *key; /* NULL in the answer of a KEM */
	uint8_t *answer; /* of a KEM */
};

static const struct ke_group *group_find(uint16_t id)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		if (groups[i].id == id)
			return &groups[i];
	}
	return NULL;
}

/* The classic ones are in every OpenSSL 3; ML-KEM is there from 3.5 on. */
bool crypto_ke_supported(uint16_t group)
{
	const struct ke_group *g = group_find(group);
	EVP_PKEY_CTX *ctx;

	if (!g || g->kind != KE_KEM)
		return g != NULL;
	ctx = EVP_PKEY_CTX_new_from_name(NULL, g->name, NULL);
	EVP_PKEY_CTX_free(ctx);
	return ctx != NULL;
}

size_t crypto_ke_public_len(uint16_t group)
{
	const struct ke_group *g = group_find(group);

	return g ? g->public_len : 0;
}

uint16_t crypto_ke_group(const struct crypto_ke *ke)
{
	return ke->group->id;
}

static const char *group_algorithm(const struct ke_group *g)
{
	return g->kind == KE_MODP ? "DH" : g->kind == KE_ECP ? "EC" : g->name;
}

/* The parameters of modp1024, which OpenSSL has without a name. */
static EVP_PKEY *modp1024_params(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *p = BN_get_rfc2409_prime_1024(NULL), *g = BN_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (ctx && build && p && g && BN_set_word(g, 2) == 1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_FFC_P, p) == 1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_FFC_G, g) == 1)
		params = OSSL_PARAM_BLD_to_param(build);
	if (!params || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEY_PARAMETERS, params) != 1)
		key = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_free(p);
	BN_free(g);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *key_generate(const struct ke_group *g)
{
	EVP_PKEY *params = g->name ? NULL : modp1024_params(), *key = NULL;
	EVP_PKEY_CTX *ctx = params ? EVP_PKEY_CTX_new_from_pkey(NULL, params, NULL) :
				     EVP_PKEY_CTX_new_from_name(NULL, group_algorithm(g), NULL);
	bool ok = ctx && EVP_PKEY_keygen_init(ctx) == 1;

	if (ok && g->name && (g->kind == KE_MODP || g->kind == KE_ECP))
		ok = EVP_PKEY_CTX_set_group_name(ctx, g->name) == 1;
	if (!ok || EVP_PKEY_generate(ctx, &key) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(params);
	return key;
}

static struct crypto_ke *ke_alloc(const struct ke_group *g)
{
	struct crypto_ke *ke = calloc(1, sizeof(*ke));

	if (ke)
		ke->group = g;
	return ke;
}

struct crypto_ke *crypto_ke_new(uint16_t group)
{
	const struct ke_group *g = group_find(group);
	struct crypto_ke *ke = g ? ke_alloc(g) : NULL;

	if (!ke)
		return NULL;
	ke->key = key_generate(g);
	if (!ke->key) {
		free(ke);
		return NULL;
	}
	return ke;
}

/* OpenSSL's form has a leading 0x04 on points, and no leading zeros on integers. */
size_t crypto_ke_public(const struct crypto_ke *ke, uint8_t out[CRYPTO_KE_MAX])
{
	const struct ke_group *g = ke->group;
	unsigned char *enc = NULL;
	size_t n, skip = 0, len = 0;

	if (ke->answer) {
		memcpy(out, ke->answer, g->answer_len);
		return g->answer_len;
	}
	n = EVP_PKEY_get1_encoded_public_key(ke->key, &enc);
	if (g->kind == KE_ECP)
		skip = 1;
	if (n > skip && n - skip <= g->public_len) {
		len = g->public_len;
		memset(out, 0, len - (n - skip));
		memcpy(out + len - (n - skip), enc + skip, n - skip);
	}
	OPENSSL_free(enc);
	return len;
}

/* The peer's value as a key, checked for being one of the group's. */
static EVP_PKEY *peer_key(const struct crypto_ke *ke, const uint8_t *peer, size_t len)
{
	const struct ke_group *g = ke->group;
	uint8_t enc[CRYPTO_KE_MAX + 1];
	EVP_PKEY_CTX *check = NULL;
	EVP_PKEY *key;
	bool ok;

	if (len != g->public_len)
		return NULL;
	enc[0] = 4; /* an uncompressed point */
	memcpy(enc + 1, peer, len);
	key = EVP_PKEY_new();
	ok = key && EVP_PKEY_copy_parameters(key, ke->key) == 1;
	if (g->kind == KE_ECP)
		ok = ok && EVP_PKEY_set1_encoded_public_key(key, enc, len + 1) == 1;
	else
		ok = ok && EVP_PKEY_set1_encoded_public_key(key, enc + 1, len) == 1;
	if (ok && g->kind != KE_MONTGOMERY) {
		check = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
		ok = check && EVP_PKEY_public_check_quick(check) == 1;
	}
	EVP_PKEY_CTX_free(check);
	if (!ok) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

/* Diffie-Hellman, of whatever group. */
static bool derive(const struct crypto_ke *ke, const uint8_t *peer, size_t peer_len, uint8_t *out,
		   size_t *len)
{
	static const uint8_t zero[56];
	EVP_PKEY *key = peer_key(ke, peer, peer_len);
	EVP_PKEY_CTX *ctx = key ? EVP_PKEY_CTX_new_from_pkey(NULL, ke->key, NULL) : NULL;
	bool ok = ctx && EVP_PKEY_derive_init(ctx) == 1;

	*len = CRYPTO_KE_MAX;
	if (ok && ke->group->kind == KE_MODP)
		ok = EVP_PKEY_CTX_set_dh_pad(ctx, 1) == 1;
	ok = ok && EVP_PKEY_derive_set_peer(ctx, key) == 1 && EVP_PKEY_derive(ctx, out, len) == 1;
	if (ok && ke->group->kind == KE_MONTGOMERY)
		ok = *len == ke->group->public_len && CRYPTO_memcmp(out, zero, *len) != 0;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok;
}

/* An invalid ciphertext makes an unrelated secret (FIPS 203 6.3): AUTH will tell. */
static bool decapsulate(const struct crypto_ke *ke, const uint8_t *peer, size_t peer_len,
			uint8_t *out, size_t *len)
{
	EVP_PKEY_CTX *ctx = NULL;
	bool ok = peer_len == ke->group->answer_len && ke->key;

	*len = CRYPTO_KE_MAX;
	if (ok)
		ctx = EVP_PKEY_CTX_new_from_pkey(NULL, ke->key, NULL);
	ok = ctx && EVP_PKEY_decapsulate_init(ctx, NULL) == 1 &&
	     EVP_PKEY_decapsulate(ctx, out, len, peer, peer_len) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static int secret_done(bool ok, uint8_t *out, size_t *len)
{
	if (ok)
		return 0;
	OPENSSL_cleanse(out, CRYPTO_KE_MAX);
	*len = 0;
	return -1;
}

int crypto_ke_shared(const struct crypto_ke *ke, const uint8_t *peer, size_t peer_len,
		     uint8_t out[CRYPTO_KE_MAX], size_t *out_len)
{
	bool ok = ke->group->kind == KE_KEM ? decapsulate(ke, peer, peer_len, out, out_len) :
					      derive(ke, peer, peer_len, out, out_len);

	return secret_done(ok, out, out_len);
}

static bool encapsulate(struct crypto_ke *ke, const uint8_t *peer, size_t peer_len, uint8_t *out,
			size_t *len)
{
	const struct ke_group *g = ke->group;
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *ctx = NULL;
	size_t answer_len = g->answer_len;
	bool ok = peer_len == g->public_len;

	*len = CRYPTO_KE_MAX;
	ke->answer = calloc(1, answer_len);
	if (ok && ke->answer)
		key = EVP_PKEY_new_raw_public_key_ex(NULL, g->name, NULL, peer, peer_len);
	if (key)
		ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	ok = ctx && EVP_PKEY_encapsulate_init(ctx, NULL) == 1 &&
	     EVP_PKEY_encapsulate(ctx, ke->answer, &answer_len, out, len) == 1 &&
	     answer_len == g->answer_len;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok;
}

struct crypto_ke *crypto_ke_answer(uint16_t group, const uint8_t *peer, size_t peer_len,
				   uint8_t out[CRYPTO_KE_MAX], size_t *out_len)
{
	const struct ke_group *g = group_find(group);
	bool kem = g && g->kind == KE_KEM, ok = false;
	struct crypto_ke *ke = !g ? NULL : kem ? ke_alloc(g) : crypto_ke_new(group);

	*out_len = 0;
	if (ke)
		ok = kem ? encapsulate(ke, peer, peer_len, out, out_len) :
			   derive(ke, peer, peer_len, out, out_len);
	if (secret_done(ok, out, out_len)) {
		crypto_ke_free(ke);
		return NULL;
	}
	return ke;
}

void crypto_ke_free(struct crypto_ke *ke)
{
	if (!ke)
		return;
	EVP_PKEY_free(ke->key); /* wipes the private key */
	free(ke->answer);
	free(ke);
}
