// SPDX-License-Identifier: MIT
/*
 * Pseudo-random functions and key derivation, RFC 7296 2.13-2.17.
 */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "tools/keyer/crypto/mac.h"
#include "tools/keyer/ike/iana.h"

size_t crypto_prf_len(uint16_t prf)
{
	switch (prf) {
	case PRF_HMAC_MD5:
	case PRF_AES128_XCBC:
	case PRF_AES128_CMAC:
		return 16;
	case PRF_HMAC_SHA1:
		return 20;
	case PRF_HMAC_SHA2_256:
		return 32;
	case PRF_HMAC_SHA2_384:
		return 48;
	case PRF_HMAC_SHA2_512:
		return 64;
	}
	return 0;
}

size_t crypto_prf_nonce_len(uint16_t prf)
{
	return prf == PRF_AES128_XCBC || prf == PRF_AES128_CMAC ? 8 : 0;
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

/* RFC 4434 2, RFC 4615 3: a key that is not of 16 bytes becomes one. */
static int prf_aes(uint16_t prf, const uint8_t *key, size_t key_len, const struct crypto_part *part,
		   size_t n, uint8_t *out)
{
	int (*mac)(const uint8_t *, const struct crypto_part *, size_t, uint8_t *) =
		prf == PRF_AES128_XCBC ? mac_xcbc : mac_cmac;
	const struct crypto_part whole = { key, key_len };
	static const uint8_t zero[MAC_AES_LEN];
	uint8_t fixed[MAC_AES_LEN] = { 0 };
	int err = 0;

	if (key_len == sizeof(fixed) || (prf == PRF_AES128_XCBC && key_len < sizeof(fixed)))
		memcpy(fixed, key, key_len);
	else
		err = mac(zero, &whole, 1, fixed);
	if (!err)
		err = mac(fixed, part, n, out);
	OPENSSL_cleanse(fixed, sizeof(fixed));
	return err;
}

int crypto_prf(uint16_t prf, const uint8_t *key, size_t key_len, const struct crypto_part *part,
	       size_t n, uint8_t *out)
{
	int err;

	switch (prf) {
	case PRF_HMAC_MD5:
		err = mac_hmac(MAC_MD5, key, key_len, part, n, out);
		break;
	case PRF_HMAC_SHA1:
		err = mac_hmac(MAC_SHA1, key, key_len, part, n, out);
		break;
	case PRF_HMAC_SHA2_256:
		err = mac_hmac(MAC_SHA256, key, key_len, part, n, out);
		break;
	case PRF_HMAC_SHA2_384:
		err = mac_hmac(MAC_SHA384, key, key_len, part, n, out);
		break;
	case PRF_HMAC_SHA2_512:
		err = mac_hmac(MAC_SHA512, key, key_len, part, n, out);
		break;
	case PRF_AES128_XCBC:
	case PRF_AES128_CMAC:
		err = prf_aes(prf, key, key_len, part, n, out);
		break;
	default:
		return -1;
	}
	if (err)
		OPENSSL_cleanse(out, crypto_prf_len(prf));
	return err;
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
