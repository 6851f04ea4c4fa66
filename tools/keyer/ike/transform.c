// SPDX-License-Identifier: MIT
/*
 * Transforms and their names, as strongSwan spells them.
 */
#include <stdio.h>
#include <string.h>

#include "tools/keyer/ike/proposal.h"

#define IKE (1 << PROTO_IKE)
#define ESP (1 << PROTO_ESP)

static const struct transform_name names[] = {
	{ "aes128", TR_ENCR, ENCR_AES_CBC, 128, IKE | ESP, false },
	{ "aes192", TR_ENCR, ENCR_AES_CBC, 192, IKE | ESP, false },
	{ "aes256", TR_ENCR, ENCR_AES_CBC, 256, IKE | ESP, false },
	{ "aes", TR_ENCR, ENCR_AES_CBC, 128, IKE | ESP, true },
	{ "aes128gcm16", TR_ENCR, ENCR_AES_GCM_16, 128, IKE | ESP, false },
	{ "aes192gcm16", TR_ENCR, ENCR_AES_GCM_16, 192, IKE | ESP, false },
	{ "aes256gcm16", TR_ENCR, ENCR_AES_GCM_16, 256, IKE | ESP, false },
	{ "aes128gcm128", TR_ENCR, ENCR_AES_GCM_16, 128, IKE | ESP, true },
	{ "aes192gcm128", TR_ENCR, ENCR_AES_GCM_16, 192, IKE | ESP, true },
	{ "aes256gcm128", TR_ENCR, ENCR_AES_GCM_16, 256, IKE | ESP, true },
	{ "aes128gcm", TR_ENCR, ENCR_AES_GCM_16, 128, IKE | ESP, true },
	{ "aes256gcm", TR_ENCR, ENCR_AES_GCM_16, 256, IKE | ESP, true },
	{ "des", TR_ENCR, 2, 0, 0, false },
	{ "3des", TR_ENCR, 3, 0, 0, false },
	{ "cast128", TR_ENCR, 6, 128, 0, false },
	{ "cast128", TR_ENCR, 6, 0, 0, true },
	{ "blowfish128", TR_ENCR, 7, 128, 0, false },
	{ "blowfish192", TR_ENCR, 7, 192, 0, false },
	{ "blowfish256", TR_ENCR, 7, 256, 0, false },
	{ "null", TR_ENCR, 11, 0, 0, false },
	{ "aes128ctr", TR_ENCR, 13, 128, 0, false },
	{ "aes192ctr", TR_ENCR, 13, 192, 0, false },
	{ "aes256ctr", TR_ENCR, 13, 256, 0, false },
	{ "aes128ccm8", TR_ENCR, 14, 128, 0, false },
	{ "aes192ccm8", TR_ENCR, 14, 192, 0, false },
	{ "aes256ccm8", TR_ENCR, 14, 256, 0, false },
	{ "aes128ccm12", TR_ENCR, 15, 128, 0, false },
	{ "aes192ccm12", TR_ENCR, 15, 192, 0, false },
	{ "aes256ccm12", TR_ENCR, 15, 256, 0, false },
	{ "aes128ccm16", TR_ENCR, 16, 128, 0, false },
	{ "aes192ccm16", TR_ENCR, 16, 192, 0, false },
	{ "aes256ccm16", TR_ENCR, 16, 256, 0, false },
	{ "aes128gcm8", TR_ENCR, 18, 128, 0, false },
	{ "aes192gcm8", TR_ENCR, 18, 192, 0, false },
	{ "aes256gcm8", TR_ENCR, 18, 256, 0, false },
	{ "aes128gcm12", TR_ENCR, 19, 128, 0, false },
	{ "aes192gcm12", TR_ENCR, 19, 192, 0, false },
	{ "aes256gcm12", TR_ENCR, 19, 256, 0, false },
	{ "aes128gmac", TR_ENCR, 21, 128, 0, false },
	{ "aes192gmac", TR_ENCR, 21, 192, 0, false },
	{ "aes256gmac", TR_ENCR, 21, 256, 0, false },
	{ "camellia128", TR_ENCR, 23, 128, 0, false },
	{ "camellia192", TR_ENCR, 23, 192, 0, false },
	{ "camellia256", TR_ENCR, 23, 256, 0, false },
	{ "chacha20poly1305", TR_ENCR, 28, 0, 0, false },
	{ "sha256", TR_INTEG, INTEG_HMAC_SHA2_256_128, 0, IKE | ESP, false },
	{ "sha384", TR_INTEG, INTEG_HMAC_SHA2_384_192, 0, IKE | ESP, false },
	{ "sha512", TR_INTEG, INTEG_HMAC_SHA2_512_256, 0, IKE | ESP, false },
	{ "sha2_256", TR_INTEG, INTEG_HMAC_SHA2_256_128, 0, IKE | ESP, true },
	{ "sha2_384", TR_INTEG, INTEG_HMAC_SHA2_384_192, 0, IKE | ESP, true },
	{ "sha2_512", TR_INTEG, INTEG_HMAC_SHA2_512_256, 0, IKE | ESP, true },
	{ "md5", TR_INTEG, 1, 0, 0, false },
	{ "sha1", TR_INTEG, 2, 0, 0, false },
	{ "sha", TR_INTEG, 2, 0, 0, true },
	{ "aesxcbc", TR_INTEG, 5, 0, 0, false },
	{ "aescmac", TR_INTEG, 8, 0, 0, false },
	{ "prfsha256", TR_PRF, PRF_HMAC_SHA2_256, 0, IKE, false },
	{ "prfsha384", TR_PRF, PRF_HMAC_SHA2_384, 0, IKE, false },
	{ "prfsha512", TR_PRF, PRF_HMAC_SHA2_512, 0, IKE, false },
	{ "prfmd5", TR_PRF, 1, 0, 0, false },
	{ "prfsha1", TR_PRF, 2, 0, 0, false },
	{ "prfaesxcbc", TR_PRF, 4, 0, 0, false },
	{ "prfaescmac", TR_PRF, 8, 0, 0, false },
	{ "modp2048", TR_KE, KE_MODP2048, 0, IKE | ESP, false },
	{ "modp3072", TR_KE, KE_MODP3072, 0, IKE | ESP, false },
	{ "modp4096", TR_KE, KE_MODP4096, 0, IKE | ESP, false },
	{ "ecp256", TR_KE, KE_ECP256, 0, IKE | ESP, false },
	{ "ecp384", TR_KE, KE_ECP384, 0, IKE | ESP, false },
	{ "ecp521", TR_KE, KE_ECP521, 0, IKE | ESP, false },
	{ "x25519", TR_KE, KE_X25519, 0, IKE | ESP, false },
	{ "curve25519", TR_KE, KE_X25519, 0, IKE | ESP, true },
	{ "modp768", TR_KE, 1, 0, 0, false },
	{ "modp1024", TR_KE, 2, 0, 0, false },
	{ "modp1536", TR_KE, 5, 0, 0, false },
	{ "modp6144", TR_KE, 17, 0, 0, false },
	{ "modp8192", TR_KE, 18, 0, 0, false },
	{ "modp1024s160", TR_KE, 22, 0, 0, false },
	{ "modp2048s224", TR_KE, 23, 0, 0, false },
	{ "modp2048s256", TR_KE, 24, 0, 0, false },
	{ "ecp192", TR_KE, 25, 0, 0, false },
	{ "ecp224", TR_KE, 26, 0, 0, false },
	{ "ecp224bp", TR_KE, 27, 0, 0, false },
	{ "ecp256bp", TR_KE, 28, 0, 0, false },
	{ "ecp384bp", TR_KE, 29, 0, 0, false },
	{ "ecp512bp", TR_KE, 30, 0, 0, false },
	{ "x448", TR_KE, 32, 0, 0, false },
	{ "mlkem512", TR_KE, 35, 0, 0, false },
	{ "mlkem768", TR_KE, 36, 0, 0, false },
	{ "mlkem1024", TR_KE, 37, 0, 0, false },
	{ "modpnone", TR_KE, KE_NONE, 0, ESP, true },
	{ "noesn", TR_ESN, 0, 0, ESP, false },
	{ "esn", TR_ESN, 1, 0, ESP, false },
};

enum {
	NAMES = sizeof(names) / sizeof(names[0]),
	WORD_MAX = 32
};

const struct transform_name *transform_name_find(const char *word, size_t len)
{
	for (unsigned int i = 0; i < NAMES; i++) {
		if (strlen(names[i].word) == len && !strncasecmp(names[i].word, word, len))
			return &names[i];
	}
	return NULL;
}

/* Levenshtein's distance, for words of at most WORD_MAX. */
static unsigned int distance(const char *a, size_t n, const char *b, size_t m)
{
	unsigned int row[WORD_MAX + 1];

	for (size_t j = 0; j <= m; j++)
		row[j] = (unsigned int)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned int diagonal = row[0];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned int up = row[j], best = diagonal + (a[i - 1] != b[j - 1]);

			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = up;
		}
	}
	return row[m];
}

const char *transform_name_near(const char *word, size_t len)
{
	const char *best = NULL;
	unsigned int least = (unsigned int)(len / 2 + 1);

	if (!len || len > WORD_MAX)
		return NULL;
	for (unsigned int i = 0; i < NAMES; i++) {
		unsigned int d;

		if (!names[i].supported)
			continue;
		d = distance(word, len, names[i].word, strlen(names[i].word));
		if (d < least) {
			least = d;
			best = names[i].word;
		}
	}
	return best;
}

bool transform_equal(const struct ike_transform *a, const struct ike_transform *b)
{
	return a->type == b->type && a->id == b->id && a->key_bits == b->key_bits;
}

static const struct transform_name *name_of(const struct ike_transform *t)
{
	for (unsigned int i = 0; i < NAMES; i++) {
		if (!names[i].alias && names[i].type == t->type && names[i].id == t->id &&
		    names[i].key_bits == t->key_bits)
			return &names[i];
	}
	return NULL;
}

bool transform_supported(uint8_t protocol, const struct ike_transform *t)
{
	const struct transform_name *n = name_of(t);

	/* "none" is a value of two types, which other rules judge */
	if (!n && t->id == 0 && (t->type == TR_INTEG || t->type == TR_KE))
		return true;
	return n && protocol < 8 && (n->supported & (1 << protocol));
}

char *transform_print(const struct ike_transform *t, char *buf, size_t len)
{
	static const char *const type[] = { "transform", "encr", "prf", "integ", "ke", "esn" };
	const struct transform_name *n = name_of(t);

	if (n)
		snprintf(buf, len, "%s", n->word);
	else if (t->key_bits)
		snprintf(buf, len, "%s%u/%u", type[t->type <= TR_ESN ? t->type : 0], t->id,
			 t->key_bits);
	else
		snprintf(buf, len, "%s%u", type[t->type <= TR_ESN ? t->type : 0], t->id);
	return buf;
}

const char *transform_type_name(uint8_t type)
{
	switch (type) {
	case TR_ENCR:
		return "encryption";
	case TR_PRF:
		return "PRF";
	case TR_INTEG:
		return "integrity";
	case TR_KE:
		return "key exchange";
	case TR_ESN:
		return "sequence number";
	}
	return "unknown";
}

/* By the registry's ids, of ours and of those that are only known by name. */
bool transform_is_aead(const struct ike_transform *t)
{
	return t->type == TR_ENCR &&
	       ((t->id >= 14 && t->id <= 16) || (t->id >= 18 && t->id <= 21) || t->id == 28);
}
