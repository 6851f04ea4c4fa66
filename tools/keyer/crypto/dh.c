// SPDX-License-Identifier: MIT
/*
 * Ephemeral key exchange: MODP (RFC 3526), ECP (RFC 5903), X25519 (RFC 8031).
 *
 * Key pairs come from OpenSSL's generator, not from the core's random source:
 * they must be unpredictable even where a test makes the rest repeatable.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/dh.h>
#include <openssl/evp.h>

#include "tools/keyer/crypto/crypto.h"
#include "tools/keyer/ike/iana.h"

enum ke_kind {
	KE_MODP,
	KE_ECP,
	KE_MONTGOMERY
};

static const struct ke_group {
	uint16_t id;
	enum ke_kind kind;
	const char *name; /* of OpenSSL */
	size_t public_len; /* on the wire */
} groups[] = {
	{ KE_MODP2048, KE_MODP, "modp_2048", 256 }, { KE_MODP3072, KE_MODP, "modp_3072", 384 },
	{ KE_MODP4096, KE_MODP, "modp_4096", 512 }, { KE_ECP256, KE_ECP, "P-256", 64 },
	{ KE_ECP384, KE_ECP, "P-384", 96 },	    { KE_ECP521, KE_ECP, "P-521", 132 },
	{ KE_X25519, KE_MONTGOMERY, "X25519", 32 },
};

struct crypto_ke {
	const struct ke_group *group;
	EVP_PKEY *key;
};

static const struct ke_group *group_find(uint16_t id)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		if (groups[i].id == id)
			return &groups[i];
	}
	return NULL;
}

bool crypto_ke_supported(uint16_t group)
{
	return group_find(group) != NULL;
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

static EVP_PKEY *key_generate(const struct ke_group *g)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, group_algorithm(g), NULL);
	EVP_PKEY *key = NULL;
	bool ok = ctx && EVP_PKEY_keygen_init(ctx) == 1;

	if (ok && g->kind != KE_MONTGOMERY)
		ok = EVP_PKEY_CTX_set_group_name(ctx, g->name) == 1;
	if (!ok || EVP_PKEY_generate(ctx, &key) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

struct crypto_ke *crypto_ke_new(uint16_t group)
{
	const struct ke_group *g = group_find(group);
	struct crypto_ke *ke;

	if (!g)
		return NULL;
	ke = calloc(1, sizeof(*ke));
	if (!ke)
		return NULL;
	ke->group = g;
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
	size_t n = EVP_PKEY_get1_encoded_public_key(ke->key, &enc), skip = 0, len = 0;

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

int crypto_ke_shared(const struct crypto_ke *ke, const uint8_t *peer, size_t peer_len,
		     uint8_t out[CRYPTO_KE_MAX], size_t *out_len)
{
	static const uint8_t zero[32];
	EVP_PKEY *key = peer_key(ke, peer, peer_len);
	EVP_PKEY_CTX *ctx = NULL;
	size_t len = CRYPTO_KE_MAX;
	bool ok = false;

	if (key)
		ctx = EVP_PKEY_CTX_new_from_pkey(NULL, ke->key, NULL);
	ok = ctx && EVP_PKEY_derive_init(ctx) == 1;
	if (ok && ke->group->kind == KE_MODP)
		ok = EVP_PKEY_CTX_set_dh_pad(ctx, 1) == 1;
	ok = ok && EVP_PKEY_derive_set_peer(ctx, key) == 1 && EVP_PKEY_derive(ctx, out, &len) == 1;
	if (ok && ke->group->kind == KE_MONTGOMERY)
		ok = len == 32 && CRYPTO_memcmp(out, zero, 32) != 0;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	if (!ok) {
		OPENSSL_cleanse(out, CRYPTO_KE_MAX);
		len = 0;
	}
	*out_len = len;
	return ok ? 0 : -1;
}

void crypto_ke_free(struct crypto_ke *ke)
{
	if (!ke)
		return;
	EVP_PKEY_free(ke->key); /* wipes the private key */
	free(ke);
}
