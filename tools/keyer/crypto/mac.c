// SPDX-License-Identifier: MIT
/*
 * HMAC and CMAC by OpenSSL, and AES-XCBC-MAC (RFC 3566), which it lacks, out of
 * its AES.
 */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include "tools/keyer/crypto/mac.h"

/*
 * A context without a key for each digest, to be copied: to find an algorithm by its
 * name takes OpenSSL ten times as long as to hash a message.
 */
static EVP_MAC_CTX *hmac_new(enum mac_digest digest)
{
	static char names[][8] = { "MD5", "SHA1", "SHA256", "SHA384", "SHA512" };
	static EVP_MAC_CTX *templates[sizeof(names) / sizeof(names[0])];
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, names[digest], 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac;

	if (!templates[digest]) {
		mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
		templates[digest] = mac ? EVP_MAC_CTX_new(mac) : NULL;
		EVP_MAC_free(mac);
		if (!templates[digest] || EVP_MAC_CTX_set_params(templates[digest], params) != 1) {
			EVP_MAC_CTX_free(templates[digest]);
			templates[digest] = NULL;
		}
	}
	return templates[digest] ? EVP_MAC_CTX_dup(templates[digest]) : NULL;
}

int mac_hmac(enum mac_digest digest, const uint8_t *key, size_t key_len,
	     const struct crypto_part *part, size_t n, uint8_t *out)
{
	static const uint8_t empty[1];
	EVP_MAC_CTX *ctx = hmac_new(digest);
	size_t len;
	int ok = ctx && EVP_MAC_init(ctx, key ? key : empty, key_len, NULL) == 1;

	for (size_t i = 0; ok && i < n; i++)
		ok = EVP_MAC_update(ctx, part[i].data, part[i].len) == 1;
	ok = ok && EVP_MAC_final(ctx, out, &len, EVP_MAC_CTX_get_mac_size(ctx)) == 1;
	EVP_MAC_CTX_free(ctx);
	return ok ? 0 : -1;
}

int mac_cmac(const uint8_t *key, const struct crypto_part *part, size_t n, uint8_t *out)
{
	char cipher[] = "AES-128-CBC";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "CMAC", NULL);
	EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
	size_t len;
	int ok = ctx && EVP_MAC_init(ctx, key, MAC_AES_LEN, params) == 1;

	for (size_t i = 0; ok && i < n; i++)
		ok = EVP_MAC_update(ctx, part[i].data, part[i].len) == 1;
	ok = ok && EVP_MAC_final(ctx, out, &len, MAC_AES_LEN) == 1;
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	return ok ? 0 : -1;
}

/* RFC 3566 4: three keys out of one, the blocks chained, the last one masked. */
struct xcbc {
	EVP_CIPHER_CTX *ctx;
	uint8_t k1[MAC_AES_LEN], k2[MAC_AES_LEN], k3[MAC_AES_LEN];
	uint8_t sum[MAC_AES_LEN], block[MAC_AES_LEN];
	size_t fill; /* bytes of @block, which waits to be known as not the last */
};

static int block_encrypt(EVP_CIPHER_CTX *ctx, const uint8_t *key, const uint8_t *in, uint8_t *out)
{
	int n;

	if (key && (EVP_EncryptInit_ex(ctx, EVP_aes_128_ecb(), NULL, key, NULL) != 1 ||
		    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1))
		return -1;
	return EVP_EncryptUpdate(ctx, out, &n, in, MAC_AES_LEN) == 1 ? 0 : -1;
}

static int xcbc_keys(struct xcbc *x, const uint8_t *key)
{
	uint8_t pattern[3][MAC_AES_LEN];

	for (unsigned int i = 0; i < 3; i++)
		memset(pattern[i], (int)i + 1, MAC_AES_LEN);
	if (block_encrypt(x->ctx, key, pattern[0], x->k1) ||
	    block_encrypt(x->ctx, NULL, pattern[1], x->k2) ||
	    block_encrypt(x->ctx, NULL, pattern[2], x->k3))
		return -1;
	return block_encrypt(x->ctx, x->k1, pattern[0], pattern[0]); /* K1 from here on */
}

static void mix(uint8_t *to, const uint8_t *from)
{
	for (unsigned int i = 0; i < MAC_AES_LEN; i++)
		to[i] ^= from[i];
}

static int xcbc_update(struct xcbc *x, const uint8_t *data, size_t len)
{
	while (len--) {
		if (x->fill == MAC_AES_LEN) {
			mix(x->sum, x->block);
			if (block_encrypt(x->ctx, NULL, x->sum, x->sum))
				return -1;
			x->fill = 0;
		}
		x->block[x->fill++] = *data++;
	}
	return 0;
}

static int xcbc_final(struct xcbc *x, uint8_t *out)
{
	bool full = x->fill == MAC_AES_LEN;

	if (!full) {
		memset(x->block + x->fill, 0, MAC_AES_LEN - x->fill);
		x->block[x->fill] = 0x80;
	}
	mix(x->sum, x->block);
	mix(x->sum, full ? x->k2 : x->k3);
	return block_encrypt(x->ctx, NULL, x->sum, out);
}

int mac_xcbc(const uint8_t *key, const struct crypto_part *part, size_t n, uint8_t *out)
{
	struct xcbc x = { .ctx = EVP_CIPHER_CTX_new() };
	int err = x.ctx ? xcbc_keys(&x, key) : -1;

	for (size_t i = 0; !err && i < n; i++)
		err = xcbc_update(&x, part[i].data, part[i].len);
	if (!err)
		err = xcbc_final(&x, out);
	EVP_CIPHER_CTX_free(x.ctx);
	OPENSSL_cleanse(&x, sizeof(x));
	return err;
}
