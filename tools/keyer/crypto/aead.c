// SPDX-License-Identifier: MIT
/*
 * Protection of IKE messages: AES-GCM-16 (RFC 5282), and AES-CBC with an
 * HMAC-SHA2 over the whole message (RFC 7296 3.14, RFC 4868).
 */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "tools/keyer/crypto/crypto.h"
#include "tools/keyer/ike/iana.h"

enum {
	GCM_SALT = 4,
	GCM_IV = 8,
	GCM_ICV = 16,
	AES_BLOCK = 16
};

bool crypto_encr_is_aead(uint16_t encr)
{
	return encr == ENCR_AES_GCM_16;
}

size_t crypto_encr_key_len(uint16_t encr, uint16_t bits)
{
	if (bits != 128 && bits != 192 && bits != 256)
		return 0;
	if (encr == ENCR_AES_CBC)
		return bits / 8;
	if (encr == ENCR_AES_GCM_16)
		return bits / 8 + GCM_SALT;
	return 0;
}

/* The PRF with the same hash; the key is as long as the hash (RFC 4868 2.1.1). */
static uint16_t integ_prf(uint16_t integ)
{
	switch (integ) {
	case INTEG_HMAC_SHA2_256_128:
		return PRF_HMAC_SHA2_256;
	case INTEG_HMAC_SHA2_384_192:
		return PRF_HMAC_SHA2_384;
	case INTEG_HMAC_SHA2_512_256:
		return PRF_HMAC_SHA2_512;
	}
	return 0;
}

size_t crypto_integ_key_len(uint16_t integ)
{
	return crypto_prf_len(integ_prf(integ));
}

size_t crypto_aead_iv_len(const struct crypto_aead *a)
{
	return crypto_encr_is_aead(a->encr) ? GCM_IV : AES_BLOCK;
}

size_t crypto_aead_icv_len(const struct crypto_aead *a)
{
	return crypto_encr_is_aead(a->encr) ? GCM_ICV : crypto_integ_key_len(a->integ) / 2;
}

size_t crypto_aead_block(const struct crypto_aead *a)
{
	return crypto_encr_is_aead(a->encr) ? 1 : AES_BLOCK;
}

static const EVP_CIPHER *cipher(const struct crypto_aead *a)
{
	if (a->encr == ENCR_AES_GCM_16) {
		switch (a->encr_len - GCM_SALT) {
		case 16:
			return EVP_aes_128_gcm();
		case 24:
			return EVP_aes_192_gcm();
		case 32:
			return EVP_aes_256_gcm();
		}
	} else if (a->encr == ENCR_AES_CBC) {
		switch (a->encr_len) {
		case 16:
			return EVP_aes_128_cbc();
		case 24:
			return EVP_aes_192_cbc();
		case 32:
			return EVP_aes_256_cbc();
		}
	}
	return NULL;
}

static int gcm(const struct crypto_aead *a, bool seal, uint8_t *msg, size_t aad_len, size_t len)
{
	const EVP_CIPHER *c = cipher(a);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t nonce[GCM_SALT + GCM_IV], *text = msg + aad_len + GCM_IV;
	int n, ok;

	if (!c || !ctx || aad_len + len > INT32_MAX) {
		EVP_CIPHER_CTX_free(ctx);
		return -1;
	}
	memcpy(nonce, a->encr_key + a->encr_len - GCM_SALT, GCM_SALT);
	memcpy(nonce + GCM_SALT, msg + aad_len, GCM_IV);
	ok = EVP_CipherInit_ex(ctx, c, NULL, a->encr_key, nonce, seal) == 1;
	if (!seal)
		ok = ok && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, GCM_ICV, text + len);
	ok = ok && EVP_CipherUpdate(ctx, NULL, &n, msg, (int)aad_len) == 1 &&
	     EVP_CipherUpdate(ctx, text, &n, text, (int)len) == 1 &&
	     EVP_CipherFinal_ex(ctx, text + n, &n) == 1;
	if (seal)
		ok = ok && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, GCM_ICV, text + len);
	EVP_CIPHER_CTX_free(ctx);
	return ok ? 0 : -1;
}

static int cbc(const struct crypto_aead *a, bool seal, uint8_t *msg, size_t aad_len, size_t len)
{
	const EVP_CIPHER *c = cipher(a);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t *text = msg + aad_len + AES_BLOCK;
	int n, ok;

	if (!c || !ctx || len > INT32_MAX || len % AES_BLOCK) {
		EVP_CIPHER_CTX_free(ctx);
		return -1;
	}
	ok = EVP_CipherInit_ex(ctx, c, NULL, a->encr_key, msg + aad_len, seal) == 1 &&
	     EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	     EVP_CipherUpdate(ctx, text, &n, text, (int)len) == 1 &&
	     EVP_CipherFinal_ex(ctx, text + n, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return ok ? 0 : -1;
}

static int mac(const struct crypto_aead *a, const uint8_t *msg, size_t len, uint8_t *out)
{
	const struct crypto_part p = { msg, len };

	return crypto_prf(integ_prf(a->integ), a->integ_key, a->integ_len, &p, 1, out);
}

int crypto_aead_seal(const struct crypto_aead *a, uint8_t *msg, size_t aad_len, size_t plain_len)
{
	uint8_t icv[CRYPTO_DIGEST_MAX];
	size_t len = aad_len + AES_BLOCK + plain_len;

	if (crypto_encr_is_aead(a->encr))
		return gcm(a, true, msg, aad_len, plain_len);
	if (cbc(a, true, msg, aad_len, plain_len) || mac(a, msg, len, icv))
		return -1;
	memcpy(msg + len, icv, crypto_aead_icv_len(a));
	return 0;
}

int crypto_aead_open(const struct crypto_aead *a, uint8_t *msg, size_t aad_len, size_t plain_len)
{
	uint8_t icv[CRYPTO_DIGEST_MAX];
	size_t len = aad_len + AES_BLOCK + plain_len;

	if (crypto_encr_is_aead(a->encr))
		return gcm(a, false, msg, aad_len, plain_len);
	if (mac(a, msg, len, icv) || !crypto_equal(icv, msg + len, crypto_aead_icv_len(a)))
		return -1;
	return cbc(a, false, msg, aad_len, plain_len);
}

void crypto_aead_wipe(struct crypto_aead *a)
{
	OPENSSL_cleanse(a, sizeof(*a));
}
