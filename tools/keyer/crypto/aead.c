// SPDX-License-Identifier: MIT
/*
 * Protection of IKE messages: AEADs (RFC 5282, RFC 7634), and ciphers with a MAC
 * over the whole message (RFC 7296 3.14, RFC 4868, RFC 5930).
 */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "tools/keyer/crypto/mac.h"
#include "tools/keyer/ike/iana.h"

enum {
	NONCE_MAX_LEN = 12,
	CTR_BLOCK = 16
};

/* What IKE and ESP know of a cipher. */
static const struct cipher {
	uint16_t id;
	uint8_t salt, iv, icv, block; /* bytes */
	uint8_t key; /* bytes, of a cipher with one key length; 0: as negotiated */
	bool aead, counts;
	bool esp_only;
} ciphers[] = {
	{ .id = ENCR_3DES, .iv = 8, .block = 8, .key = 24 },
	{ .id = ENCR_AES_CBC, .iv = 16, .block = 16 },
	{ .id = ENCR_AES_CTR, .salt = 4, .iv = 8, .block = 1, .counts = true },
	{ .id = ENCR_AES_CCM_8, .salt = 3, .iv = 8, .icv = 8, .block = 1, .aead = true },
	{ .id = ENCR_AES_CCM_12, .salt = 3, .iv = 8, .icv = 12, .block = 1, .aead = true },
	{ .id = ENCR_AES_CCM_16, .salt = 3, .iv = 8, .icv = 16, .block = 1, .aead = true },
	{ .id = ENCR_AES_GCM_8, .salt = 4, .iv = 8, .icv = 8, .block = 1, .aead = true },
	{ .id = ENCR_AES_GCM_12, .salt = 4, .iv = 8, .icv = 12, .block = 1, .aead = true },
	{ .id = ENCR_AES_GCM_16, .salt = 4, .iv = 8, .icv = 16, .block = 1, .aead = true },
	{ .id = ENCR_CHACHA20_POLY1305,
	  .salt = 4,
	  .iv = 8,
	  .icv = 16,
	  .block = 1,
	  .key = 32,
	  .aead = true },
	{ .id = ENCR_NULL_AES_GMAC, .salt = 4, .aead = true, .esp_only = true },
	{ .id = ENCR_AES_CCM_8_IIV, .salt = 3, .aead = true, .esp_only = true },
	{ .id = ENCR_AES_GCM_16_IIV, .salt = 4, .aead = true, .esp_only = true },
	{ .id = ENCR_CHACHA20_POLY1305_IIV, .salt = 4, .key = 32, .aead = true, .esp_only = true },
};

static const struct cipher *cipher_find(uint16_t id)
{
	for (size_t i = 0; i < sizeof(ciphers) / sizeof(*ciphers); i++) {
		if (ciphers[i].id == id)
			return &ciphers[i];
	}
	return NULL;
}

bool crypto_encr_is_aead(uint16_t encr)
{
	const struct cipher *c = cipher_find(encr);

	return c && c->aead;
}

bool crypto_encr_counts(uint16_t encr)
{
	const struct cipher *c = cipher_find(encr);

	return c && (c->aead || c->counts);
}

int crypto_encr_key_len(uint16_t encr, uint16_t bits)
{
	const struct cipher *c = cipher_find(encr);

	if (encr == ENCR_NULL)
		return bits ? -1 : 0;
	if (!c)
		return -1;
	if (c->key)
		return bits ? -1 : c->key + c->salt;
	return bits == 128 || bits == 192 || bits == 256 ? bits / 8 + c->salt : -1;
}

static const struct integ {
	uint16_t id, prf; /* the PRF with the same function */
	uint8_t key, icv; /* bytes; RFC 4868 2.1.1: the key is as long as the hash */
} integs[] = {
	{ INTEG_HMAC_MD5_96, PRF_HMAC_MD5, 16, 12 },
	{ INTEG_HMAC_SHA1_96, PRF_HMAC_SHA1, 20, 12 },
	{ INTEG_HMAC_MD5_128, PRF_HMAC_MD5, 16, 16 },
	{ INTEG_HMAC_SHA1_160, PRF_HMAC_SHA1, 20, 20 },
	{ INTEG_AES_XCBC_96, PRF_AES128_XCBC, 16, 12 },
	{ INTEG_AES_CMAC_96, PRF_AES128_CMAC, 16, 12 },
	{ INTEG_HMAC_SHA2_256_128, PRF_HMAC_SHA2_256, 32, 16 },
	{ INTEG_HMAC_SHA2_256_96, PRF_HMAC_SHA2_256, 32, 12 },
	{ INTEG_HMAC_SHA2_384_192, PRF_HMAC_SHA2_384, 48, 24 },
	{ INTEG_HMAC_SHA2_512_256, PRF_HMAC_SHA2_512, 64, 32 },
};

static const struct integ *integ_find(uint16_t id)
{
	for (size_t i = 0; i < sizeof(integs) / sizeof(*integs); i++) {
		if (integs[i].id == id)
			return &integs[i];
	}
	return NULL;
}

size_t crypto_integ_key_len(uint16_t integ)
{
	const struct integ *g = integ_find(integ);

	return g ? g->key : 0;
}

size_t crypto_aead_iv_len(const struct crypto_aead *a)
{
	const struct cipher *c = cipher_find(a->encr);

	return c ? c->iv : 0;
}

size_t crypto_aead_icv_len(const struct crypto_aead *a)
{
	const struct cipher *c = cipher_find(a->encr);
	const struct integ *g = integ_find(a->integ);

	if (c && c->aead)
		return c->icv;
	return g ? g->icv : 0;
}

size_t crypto_aead_block(const struct crypto_aead *a)
{
	const struct cipher *c = cipher_find(a->encr);

	return c && c->block ? c->block : 1;
}

static const EVP_CIPHER *evp_aes(size_t key, const EVP_CIPHER *(*const by[3])(void))
{
	switch (key) {
	case 16:
		return by[0]();
	case 24:
		return by[1]();
	case 32:
		return by[2]();
	}
	return NULL;
}

static const EVP_CIPHER *evp_of(const struct crypto_aead *a, const struct cipher *c)
{
	static const EVP_CIPHER *(*const gcm[3])(void) = { EVP_aes_128_gcm, EVP_aes_192_gcm,
							   EVP_aes_256_gcm };
	static const EVP_CIPHER *(*const ccm[3])(void) = { EVP_aes_128_ccm, EVP_aes_192_ccm,
							   EVP_aes_256_ccm };
	static const EVP_CIPHER *(*const cbc[3])(void) = { EVP_aes_128_cbc, EVP_aes_192_cbc,
							   EVP_aes_256_cbc };
	static const EVP_CIPHER *(*const ctr[3])(void) = { EVP_aes_128_ctr, EVP_aes_192_ctr,
							   EVP_aes_256_ctr };
	size_t key = a->encr_len - (size_t)c->salt;

	if (c->esp_only || a->encr_len < c->salt)
		return NULL;
	switch (c->id) {
	case ENCR_3DES:
		return key == 24 ? EVP_des_ede3_cbc() : NULL;
	case ENCR_CHACHA20_POLY1305:
		return key == 32 ? EVP_chacha20_poly1305() : NULL;
	case ENCR_AES_CBC:
		return evp_aes(key, cbc);
	case ENCR_AES_CTR:
		return evp_aes(key, ctr);
	case ENCR_AES_CCM_8:
	case ENCR_AES_CCM_12:
	case ENCR_AES_CCM_16:
		return evp_aes(key, ccm);
	}
	return evp_aes(key, gcm);
}

static bool is_ccm(const struct cipher *c)
{
	return c->id >= ENCR_AES_CCM_8 && c->id <= ENCR_AES_CCM_16;
}

/* CCM must be told the tag's and the text's length before anything else. */
static bool aead_begin(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *evp, const struct cipher *c,
		       const uint8_t *key, const uint8_t *nonce, uint8_t *tag, int len, bool seal)
{
	int n;

	if (EVP_CipherInit_ex(ctx, evp, NULL, NULL, NULL, seal) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, c->salt + c->iv, NULL) != 1)
		return false;
	if ((!seal || is_ccm(c)) &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, c->icv, seal ? NULL : tag) != 1)
		return false;
	if (EVP_CipherInit_ex(ctx, NULL, NULL, key, nonce, seal) != 1)
		return false;
	return !is_ccm(c) || EVP_CipherUpdate(ctx, NULL, &n, NULL, len) == 1;
}

static int aead(const struct crypto_aead *a, const struct cipher *c, bool seal, uint8_t *msg,
		size_t aad_len, size_t len)
{
	const EVP_CIPHER *evp = evp_of(a, c);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t nonce[NONCE_MAX_LEN], *text = msg + aad_len + c->iv, *tag = text + len;
	bool ok = evp && ctx && aad_len + len <= INT32_MAX;
	int n;

	if (ok) {
		memcpy(nonce, a->encr_key + a->encr_len - c->salt, c->salt);
		memcpy(nonce + c->salt, msg + aad_len, c->iv);
		ok = aead_begin(ctx, evp, c, a->encr_key, nonce, tag, (int)len, seal);
	}
	ok = ok && EVP_CipherUpdate(ctx, NULL, &n, msg, (int)aad_len) == 1 &&
	     EVP_CipherUpdate(ctx, text, &n, text, (int)len) == 1;
	/* CCM checks its tag with the text, and has no end */
	if (ok && (seal || !is_ccm(c)))
		ok = EVP_CipherFinal_ex(ctx, text + n, &n) == 1;
	if (ok && seal)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, c->icv, tag) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return ok ? 0 : -1;
}

/* A cipher alone: CBC with its IV, CTR with RFC 5930's counter block. */
static int crypt(const struct crypto_aead *a, const struct cipher *c, bool seal, uint8_t *msg,
		 size_t aad_len, size_t len)
{
	const EVP_CIPHER *evp = evp_of(a, c);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t iv[CTR_BLOCK] = { 0 }, *text = msg + aad_len + c->iv;
	bool ok = evp && ctx && len <= INT32_MAX && len % c->block == 0;
	int n;

	if (ok) {
		memcpy(iv, a->encr_key + a->encr_len - c->salt, c->salt);
		memcpy(iv + c->salt, msg + aad_len, c->iv);
		iv[CTR_BLOCK - 1] = c->counts ? 1 : iv[CTR_BLOCK - 1];
		ok = EVP_CipherInit_ex(ctx, evp, NULL, a->encr_key, iv, seal) == 1 &&
		     EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
		     EVP_CipherUpdate(ctx, text, &n, text, (int)len) == 1 &&
		     EVP_CipherFinal_ex(ctx, text + n, &n) == 1;
	}
	EVP_CIPHER_CTX_free(ctx);
	return ok ? 0 : -1;
}

static int mac(const struct crypto_aead *a, const uint8_t *msg, size_t len, uint8_t *out)
{
	const struct integ *g = integ_find(a->integ);
	const struct crypto_part p = { msg, len };

	return g ? crypto_prf(g->prf, a->integ_key, a->integ_len, &p, 1, out) : -1;
}

int crypto_aead_seal(const struct crypto_aead *a, uint8_t *msg, size_t aad_len, size_t plain_len)
{
	const struct cipher *c = cipher_find(a->encr);
	uint8_t icv[CRYPTO_DIGEST_MAX];
	size_t len;

	if (!c)
		return -1;
	if (c->aead)
		return aead(a, c, true, msg, aad_len, plain_len);
	len = aad_len + c->iv + plain_len;
	if (crypt(a, c, true, msg, aad_len, plain_len) || mac(a, msg, len, icv))
		return -1;
	memcpy(msg + len, icv, crypto_aead_icv_len(a));
	return 0;
}

int crypto_aead_open(const struct crypto_aead *a, uint8_t *msg, size_t aad_len, size_t plain_len)
{
	const struct cipher *c = cipher_find(a->encr);
	uint8_t icv[CRYPTO_DIGEST_MAX];
	size_t len;

	if (!c)
		return -1;
	if (c->aead)
		return aead(a, c, false, msg, aad_len, plain_len);
	len = aad_len + c->iv + plain_len;
	if (mac(a, msg, len, icv) || !crypto_equal(icv, msg + len, crypto_aead_icv_len(a)))
		return -1;
	return crypt(a, c, false, msg, aad_len, plain_len);
}

void crypto_aead_wipe(struct crypto_aead *a)
{
	OPENSSL_cleanse(a, sizeof(*a));
}
