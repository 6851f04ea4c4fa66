// SPDX-License-Identifier: MIT
/*
 * MSCHAPv2: RFC 2759 8, keys by RFC 3079 3.3. MD4 and DES are no EVP algorithms
 * without the legacy provider, which would have to be loaded from a file; the
 * functions of before are still there.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "tools/keyer/crypto/mschap.h"

#include <openssl/des.h>
#include <openssl/evp.h>
#include <openssl/md4.h>
#include <stdio.h>
#include <string.h>

enum {
	PASSWORD_MAX = 256, /* characters of UTF-16 */
	HASH = 16,
};

static int digest(const EVP_MD *md, const struct crypto_part *part, size_t n, uint8_t *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok = ctx && EVP_DigestInit_ex(ctx, md, NULL);

	for (size_t i = 0; ok && i < n; i++)
		ok = EVP_DigestUpdate(ctx, part[i].data, part[i].len);
	ok = ok && EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -1;
}

int crypto_md5(const struct crypto_part *part, size_t n, uint8_t out[16])
{
	return digest(EVP_md5(), part, n, out);
}

static int sha1(const struct crypto_part *part, size_t n, uint8_t out[20])
{
	return digest(EVP_sha1(), part, n, out);
}

/* One code point of UTF-8; its bytes, or 0. */
static size_t utf8_read(const uint8_t *p, size_t len, uint32_t *code)
{
	size_t n = p[0] < 0x80	   ? 1 :
		   p[0] >> 5 == 6  ? 2 :
		   p[0] >> 4 == 14 ? 3 :
		   p[0] >> 3 == 30 ? 4 :
				     0;

	if (!n || n > len)
		return 0;
	*code = n == 1 ? p[0] : p[0] & (0x7f >> n);
	for (size_t i = 1; i < n; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		*code = *code << 6 | (p[i] & 0x3f);
	}
	return *code <= 0x10ffff ? n : 0;
}

static void utf16_put(uint8_t *out, size_t *at, uint32_t unit)
{
	out[(*at)++] = (uint8_t)unit;
	out[(*at)++] = (uint8_t)(unit >> 8);
}

/* NtPasswordHash: MD4 of the password in UTF-16, little-endian. */
static int password_hash(const uint8_t *password, size_t len, uint8_t out[HASH])
{
	uint8_t wide[2 * PASSWORD_MAX + 4];
	size_t at = 0, n;
	uint32_t code;
	int err = 0;

	while (len && !err) {
		n = utf8_read(password, len, &code);
		if (!n || at >= 2 * (size_t)PASSWORD_MAX) {
			err = -1;
		} else if (code < 0x10000) {
			utf16_put(wide, &at, code);
		} else {
			utf16_put(wide, &at, 0xd800 + ((code - 0x10000) >> 10));
			utf16_put(wide, &at, 0xdc00 + ((code - 0x10000) & 0x3ff));
		}
		password += n;
		len -= n;
	}
	if (!err)
		MD4(wide, at, out);
	explicit_bzero(wide, sizeof(wide));
	return err;
}

/* 56 bits of key become 64 with parity, which DES does not look at. */
static void des(const uint8_t key[7], const uint8_t in[8], uint8_t out[8])
{
	DES_key_schedule schedule;
	DES_cblock k, from, to;

	for (unsigned int i = 0; i < 8; i++) {
		unsigned int high = i ? key[i - 1] : 0, low = i < 7 ? key[i] : 0;

		k[i] = (uint8_t)((high << (8 - i) | low >> i) & 0xfe);
	}
	memcpy(from, in, sizeof(from));
	DES_set_key_unchecked(&k, &schedule);
	DES_ecb_encrypt(&from, &to, &schedule, DES_ENCRYPT);
	memcpy(out, to, sizeof(to));
	explicit_bzero(&schedule, sizeof(schedule));
	explicit_bzero(k, sizeof(k));
}

static void challenge_response(const uint8_t challenge[8], const uint8_t hash[HASH],
			       uint8_t out[24])
{
	uint8_t key[21] = { 0 };

	memcpy(key, hash, HASH);
	for (unsigned int i = 0; i < 3; i++)
		des(key + 7 * (size_t)i, challenge, out + 8 * (size_t)i);
	explicit_bzero(key, sizeof(key));
}

static int authenticator(const uint8_t hash_hash[HASH], const uint8_t challenge[8],
			 struct mschap *m)
{
	static const char magic1[] = "Magic server to client signing constant";
	static const char magic2[] = "Pad to make it do more than one iteration";
	uint8_t d[20];
	const struct crypto_part first[] = { { hash_hash, HASH },
					     { m->response, sizeof(m->response) },
					     { magic1, sizeof(magic1) - 1 } };
	const struct crypto_part second[] = { { d, sizeof(d) },
					      { challenge, 8 },
					      { magic2, sizeof(magic2) - 1 } };

	if (sha1(first, 3, d) || sha1(second, 3, d))
		return -1;
	memcpy(m->authenticator, "S=", 3);
	for (unsigned int i = 0; i < sizeof(d); i++)
		snprintf(m->authenticator + 2 + 2 * (size_t)i, 3, "%02X", d[i]);
	return 0;
}

static int keys(const uint8_t hash_hash[HASH], struct mschap *m)
{
	static const char master_magic[] = "This is the MPPE Master Key";
	static const char *const magic[] = {
		"On the client side, this is the send key; on the server side, it is the receive "
		"key.",
		"On the client side, this is the receive key; on the server side, it is the send "
		"key."
	};
	uint8_t master[20], d[20], pad1[40] = { 0 }, pad2[40];
	const struct crypto_part first[] = { { hash_hash, HASH },
					     { m->response, sizeof(m->response) },
					     { master_magic, sizeof(master_magic) - 1 } };
	int err = sha1(first, 3, master);

	memset(pad2, 0xf2, sizeof(pad2));
	for (unsigned int i = 0; !err && i < 2; i++) {
		const struct crypto_part part[] = { { master, 16 },
						    { pad1, sizeof(pad1) },
						    { magic[i], strlen(magic[i]) },
						    { pad2, sizeof(pad2) } };

		err = sha1(part, 4, d);
		memcpy(m->keys + 16 * (size_t)i, d, 16);
	}
	explicit_bzero(master, sizeof(master));
	explicit_bzero(d, sizeof(d));
	return err;
}

int mschap_v2(const uint8_t challenge[16], const uint8_t peer_challenge[16], const char *name,
	      const uint8_t *password, size_t len, struct mschap *m)
{
	uint8_t both[20], hash[HASH], hash_hash[HASH];
	const struct crypto_part part[] = { { peer_challenge, 16 },
					    { challenge, 16 },
					    { name, strlen(name) } };
	int err;

	memset(m, 0, sizeof(*m));
	err = sha1(part, 3, both);
	if (!err)
		err = password_hash(password, len, hash);
	if (!err) {
		MD4(hash, sizeof(hash), hash_hash);
		challenge_response(both, hash, m->response);
		err = authenticator(hash_hash, both, m);
	}
	if (!err)
		err = keys(hash_hash, m);
	explicit_bzero(hash, sizeof(hash));
	explicit_bzero(hash_hash, sizeof(hash_hash));
	if (err)
		explicit_bzero(m, sizeof(*m));
	return err;
}
