// SPDX-License-Identifier: MIT
/*
 * Pseudo-random functions and key derivation, RFC 7296 2.13-2.17.
 */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tools/keyer/crypto/crypto.h"
#include "tools/keyer/ike/iana.h"

static const EVP_MD *prf_digest(uint16_t prf)
{
	switch (prf) {
	case PRF_HMAC_SHA2_256:
		return EVP_sha256();
	case PRF_HMAC_SHA2_384:
		return EVP_sha384();
	case PRF_HMAC_SHA2_512:
		return EVP_sha512();
	}
	return NULL;
}

size_t crypto_prf_len(uint16_t prf)
{
	const EVP_MD *md = prf_digest(prf);

	return md ? (size_t)EVP_MD_get_size(md) : 0;
}

int crypto_sha1(const struct crypto_part *part, size_t n, uint8_t out[20])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) == 1;

	for (size_t i = 0; ok && i < n; i++)
		ok = EVP_DigestUpdate(ctx, part[i].data, part[i].len) == 1;
	ok = ok && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	if (!ok)
		memset(out, 0, 20);
	return ok ? 0 : -1;
}

int crypto_prf(uint16_t prf, const uint8_t *key, size_t key_len, const struct crypto_part *part,
	       size_t n, uint8_t *out)
{
	const EVP_MD *md = prf_digest(prf);
	static const uint8_t empty[1];
	EVP_PKEY *pkey = NULL;
	EVP_MD_CTX *ctx = NULL;
	size_t len;
	int ok = 0;

	if (!md)
		return -1;
	len = (size_t)EVP_MD_get_size(md);
	pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, key ? key : empty, key_len);
	ctx = EVP_MD_CTX_new();
	if (pkey && ctx && EVP_DigestSignInit(ctx, NULL, md, NULL, pkey) == 1) {
		ok = 1;
		for (size_t i = 0; ok && i < n; i++)
			ok = EVP_DigestSignUpdate(ctx, part[i].data, part[i].len) == 1;
		ok = ok && EVP_DigestSignFinal(ctx, out, &len) == 1;
	}
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	if (!ok)
		OPENSSL_cleanse(out, (size_t)EVP_MD_get_size(md));
	return ok ? 0 : -1;
}

int crypto_prf_plus(uint16_t prf, const uint8_t *key, size_t key_len,
		    const struct crypto_part *seed, size_t n, uint8_t *out, size_t out_len)
{
	struct crypto_part part[8];
	uint8_t block[CRYPTO_DIGEST_MAX];
	size_t len = crypto_prf_len(prf), done = 0;
	uint8_t count = 0;
	int err = 0;

	if (!len || n > 6 || out_len > 255 * len)
		return -1;
	memcpy(part + 1, seed, n * sizeof(*seed));
	while (done < out_len && !err) {
		size_t take = out_len - done < len ? out_len - done : len;

		part[0] = (struct crypto_part){ block, count ? len : 0 };
		part[n + 1] = (struct crypto_part){ &count, 1 };
		count++;
		err = crypto_prf(prf, key, key_len, part, n + 2, block);
		memcpy(out + done, block, take);
		done += take;
	}
	OPENSSL_cleanse(block, sizeof(block));
	if (err)
		OPENSSL_cleanse(out, out_len);
	return err;
}

int crypto_psk_auth(uint16_t prf, const uint8_t *secret, size_t secret_len, const uint8_t *octets,
		    size_t octets_len, uint8_t *out)
{
	static const char pad[] = "Key Pad for IKEv2"; /* hashed without its NUL */
	const struct crypto_part p = { pad, sizeof(pad) - 1 };
	const struct crypto_part o = { octets, octets_len };
	uint8_t key[CRYPTO_DIGEST_MAX];
	int err;

	err = crypto_prf(prf, secret, secret_len, &p, 1, key);
	if (!err)
		err = crypto_prf(prf, key, crypto_prf_len(prf), &o, 1, out);
	OPENSSL_cleanse(key, sizeof(key));
	return err;
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
