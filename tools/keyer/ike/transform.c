// SPDX-License-Identifier: MIT
/*
 * Transforms and their names, as strongSwan spells them.
 */
#include <stdio.h>
#include <string.h>

#include "tools/keyer/crypto/crypto.h"
#include "tools/keyer/ike/proposal.h"

#define IKE (1 << PROTO_IKE)
#define ESP (1 << PROTO_ESP)
#define AH (1 << PROTO_AH)

static const struct transform_name names[] = {
	{ "aes128", TR_ENCR, ENCR_AES_CBC, 128, IKE | ESP, false, false },
	{ "aes192", TR_ENCR, ENCR_AES_CBC, 192, IKE | ESP, false, false },
	{ "aes256", TR_ENCR, ENCR_AES_CBC, 256, IKE | ESP, false, false },
	{ "aes", TR_ENCR, ENCR_AES_CBC, 128, IKE | ESP, true, false },
	{ "aes128gcm16", TR_ENCR, ENCR_AES_GCM_16, 128, IKE | ESP, false, false },
	{ "aes128gcm128", TR_ENCR, ENCR_AES_GCM_16, 128, IKE | ESP, true, false },
	{ "aes128gcm", TR_ENCR, ENCR_AES_GCM_16, 128, IKE | ESP, true, false },
	{ "aes192gcm16", TR_ENCR, ENCR_AES_GCM_16, 192, IKE | ESP, false, false },
	{ "aes192gcm128", TR_ENCR, ENCR_AES_GCM_16, 192, IKE | ESP, true, false },
	{ "aes192gcm", TR_ENCR, ENCR_AES_GCM_16, 192, IKE | ESP, true, false },
	{ "aes256gcm16", TR_ENCR, ENCR_AES_GCM_16, 256, IKE | ESP, false, false },
	{ "aes256gcm128", TR_ENCR, ENCR_AES_GCM_16, 256, IKE | ESP, true, false },
	{ "aes256gcm", TR_ENCR, ENCR_AES_GCM_16, 256, IKE | ESP, true, false },
	{ "aes128gcm12", TR_ENCR, ENCR_AES_GCM_12, 128, IKE | ESP, false, false },
	{ "aes128gcm96", TR_ENCR, ENCR_AES_GCM_12, 128, IKE | ESP, true, false },
	{ "aes192gcm12", TR_ENCR, ENCR_AES_GCM_12, 192, IKE | ESP, false, false },
	{ "aes192gcm96", TR_ENCR, ENCR_AES_GCM_12, 192, IKE | ESP, true, false },
	{ "aes256gcm12", TR_ENCR, ENCR_AES_GCM_12, 256, IKE | ESP, false, false },
	{ "aes256gcm96", TR_ENCR, ENCR_AES_GCM_12, 256, IKE | ESP, true, false },
	{ "aes128gcm8", TR_ENCR, ENCR_AES_GCM_8, 128, IKE | ESP, false, false },
	{ "aes128gcm64", TR_ENCR, ENCR_AES_GCM_8, 128, IKE | ESP, true, false },
	{ "aes192gcm8", TR_ENCR, ENCR_AES_GCM_8, 192, IKE | ESP, false, false },
	{ "aes192gcm64", TR_ENCR, ENCR_AES_GCM_8, 192, IKE | ESP, true, false },
	{ "aes256gcm8", TR_ENCR, ENCR_AES_GCM_8, 256, IKE | ESP, false, false },
	{ "aes256gcm64", TR_ENCR, ENCR_AES_GCM_8, 256, IKE | ESP, true, false },
	{ "aes128ccm16", TR_ENCR, ENCR_AES_CCM_16, 128, IKE | ESP, false, false },
	{ "aes128ccm128", TR_ENCR, ENCR_AES_CCM_16, 128, IKE | ESP, true, false },
	{ "aes128ccm", TR_ENCR, ENCR_AES_CCM_16, 128, IKE | ESP, true, false },
	{ "aes192ccm16", TR_ENCR, ENCR_AES_CCM_16, 192, IKE | ESP, false, false },
	{ "aes192ccm128", TR_ENCR, ENCR_AES_CCM_16, 192, IKE | ESP, true, false },
	{ "aes192ccm", TR_ENCR, ENCR_AES_CCM_16, 192, IKE | ESP, true, false },
	{ "aes256ccm16", TR_ENCR, ENCR_AES_CCM_16, 256, IKE | ESP, false, false },
	{ "aes256ccm128", TR_ENCR, ENCR_AES_CCM_16, 256, IKE | ESP, true, false },
	{ "aes256ccm", TR_ENCR, ENCR_AES_CCM_16, 256, IKE | ESP, true, false },
	{ "aes128ccm12", TR_ENCR, ENCR_AES_CCM_12, 128, IKE | ESP, false, false },
	{ "aes128ccm96", TR_ENCR, ENCR_AES_CCM_12, 128, IKE | ESP, true, false },
	{ "aes192ccm12", TR_ENCR, ENCR_AES_CCM_12, 192, IKE | ESP, false, false },
	{ "aes192ccm96", TR_ENCR, ENCR_AES_CCM_12, 192, IKE | ESP, true, false },
	{ "aes256ccm12", TR_ENCR, ENCR_AES_CCM_12, 256, IKE | ESP, false, false },
	{ "aes256ccm96", TR_ENCR, ENCR_AES_CCM_12, 256, IKE | ESP, true, false },
	{ "aes128ccm8", TR_ENCR, ENCR_AES_CCM_8, 128, IKE | ESP, false, false },
	{ "aes128ccm64", TR_ENCR, ENCR_AES_CCM_8, 128, IKE | ESP, true, false },
	{ "aes192ccm8", TR_ENCR, ENCR_AES_CCM_8, 192, IKE | ESP, false, false },
	{ "aes192ccm64", TR_ENCR, ENCR_AES_CCM_8, 192, IKE | ESP, true, false },
	{ "aes256ccm8", TR_ENCR, ENCR_AES_CCM_8, 256, IKE | ESP, false, false },
	{ "aes256ccm64", TR_ENCR, ENCR_AES_CCM_8, 256, IKE | ESP, true, false },
	{ "chacha20poly1305", TR_ENCR, ENCR_CHACHA20_POLY1305, 0, IKE | ESP, false, false },
	{ "aes128ctr", TR_ENCR, ENCR_AES_CTR, 128, IKE | ESP, false, false },
	{ "aes192ctr", TR_ENCR, ENCR_AES_CTR, 192, IKE | ESP, false, false },
	{ "aes256ctr", TR_ENCR, ENCR_AES_CTR, 256, IKE | ESP, false, false },
	{ "aes128gmac", TR_ENCR, ENCR_NULL_AES_GMAC, 128, ESP, false, false },
	{ "aes192gmac", TR_ENCR, ENCR_NULL_AES_GMAC, 192, ESP, false, false },
	{ "aes256gmac", TR_ENCR, ENCR_NULL_AES_GMAC, 256, ESP, false, false },
	{ "aes128gcm16iiv", TR_ENCR, ENCR_AES_GCM_16_IIV, 128, ESP, false, false },
	{ "aes192gcm16iiv", TR_ENCR, ENCR_AES_GCM_16_IIV, 192, ESP, false, false },
	{ "aes256gcm16iiv", TR_ENCR, ENCR_AES_GCM_16_IIV, 256, ESP, false, false },
	{ "aes128ccm8iiv", TR_ENCR, ENCR_AES_CCM_8_IIV, 128, ESP, false, false },
	{ "aes192ccm8iiv", TR_ENCR, ENCR_AES_CCM_8_IIV, 192, ESP, false, false },
	{ "aes256ccm8iiv", TR_ENCR, ENCR_AES_CCM_8_IIV, 256, ESP, false, false },
	{ "chacha20poly1305iiv", TR_ENCR, ENCR_CHACHA20_POLY1305_IIV, 0, ESP, false, false },
	{ "null", TR_ENCR, ENCR_NULL, 0, ESP, false, false },
	{ "3des", TR_ENCR, ENCR_3DES, 0, IKE | ESP, false, true },
	{ "des", TR_ENCR, 2, 0, 0, false, false },
	{ "cast128", TR_ENCR, 6, 128, 0, false, false },
	{ "cast128", TR_ENCR, 6, 0, 0, true, false },
	{ "blowfish128", TR_ENCR, 7, 128, 0, false, false },
	{ "blowfish192", TR_ENCR, 7, 192, 0, false, false },
	{ "blowfish256", TR_ENCR, 7, 256, 0, false, false },
	{ "camellia128", TR_ENCR, 23, 128, 0, false, false },
	{ "camellia192", TR_ENCR, 23, 192, 0, false, false },
	{ "camellia256", TR_ENCR, 23, 256, 0, false, false },
	{ "sha256", TR_INTEG, INTEG_HMAC_SHA2_256_128, 0, IKE | ESP | AH, false, false },
	{ "sha2_256", TR_INTEG, INTEG_HMAC_SHA2_256_128, 0, IKE | ESP | AH, true, false },
	{ "sha384", TR_INTEG, INTEG_HMAC_SHA2_384_192, 0, IKE | ESP | AH, false, false },
	{ "sha2_384", TR_INTEG, INTEG_HMAC_SHA2_384_192, 0, IKE | ESP | AH, true, false },
	{ "sha512", TR_INTEG, INTEG_HMAC_SHA2_512_256, 0, IKE | ESP | AH, false, false },
	{ "sha2_512", TR_INTEG, INTEG_HMAC_SHA2_512_256, 0, IKE | ESP | AH, true, false },
	{ "aesxcbc", TR_INTEG, INTEG_AES_XCBC_96, 0, IKE | ESP | AH, false, false },
	{ "aescmac", TR_INTEG, INTEG_AES_CMAC_96, 0, IKE | ESP | AH, false, false },
	{ "sha1", TR_INTEG, INTEG_HMAC_SHA1_96, 0, IKE | ESP | AH, false, true },
	{ "sha", TR_INTEG, INTEG_HMAC_SHA1_96, 0, IKE | ESP | AH, true, true },
	{ "md5", TR_INTEG, INTEG_HMAC_MD5_96, 0, IKE | ESP | AH, false, true },
	{ "md5_128", TR_INTEG, INTEG_HMAC_MD5_128, 0, ESP | AH, false, true },
	{ "sha1_160", TR_INTEG, INTEG_HMAC_SHA1_160, 0, ESP | AH, false, true },
	{ "sha256_96", TR_INTEG, INTEG_HMAC_SHA2_256_96, 0, ESP | AH, false, true },
	{ "sha2_256_96", TR_INTEG, INTEG_HMAC_SHA2_256_96, 0, ESP | AH, true, true },
	{ "prfsha256", TR_PRF, PRF_HMAC_SHA2_256, 0, IKE, false, false },
	{ "prfsha384", TR_PRF, PRF_HMAC_SHA2_384, 0, IKE, false, false },
	{ "prfsha512", TR_PRF, PRF_HMAC_SHA2_512, 0, IKE, false, false },
	{ "prfaesxcbc", TR_PRF, PRF_AES128_XCBC, 0, IKE, false, false },
	{ "prfaescmac", TR_PRF, PRF_AES128_CMAC, 0, IKE, false, false },
	{ "prfsha1", TR_PRF, PRF_HMAC_SHA1, 0, IKE, false, true },
	{ "prfmd5", TR_PRF, PRF_HMAC_MD5, 0, IKE, false, true },
	{ "x25519", TR_KE, KE_X25519, 0, IKE | ESP | AH, false, false },
	{ "x448", TR_KE, KE_X448, 0, IKE | ESP | AH, false, false },
	{ "curve25519", TR_KE, KE_X25519, 0, IKE | ESP | AH, true, false },
	{ "curve448", TR_KE, KE_X448, 0, IKE | ESP | AH, true, false },
	{ "ecp256", TR_KE, KE_ECP256, 0, IKE | ESP | AH, false, false },
	{ "ecp384", TR_KE, KE_ECP384, 0, IKE | ESP | AH, false, false },
	{ "ecp521", TR_KE, KE_ECP521, 0, IKE | ESP | AH, false, false },
	{ "ecp224", TR_KE, KE_ECP224, 0, IKE | ESP | AH, false, false },
	{ "ecp224bp", TR_KE, KE_ECP224BP, 0, IKE | ESP | AH, false, false },
	{ "ecp256bp", TR_KE, KE_ECP256BP, 0, IKE | ESP | AH, false, false },
	{ "ecp384bp", TR_KE, KE_ECP384BP, 0, IKE | ESP | AH, false, false },
	{ "ecp512bp", TR_KE, KE_ECP512BP, 0, IKE | ESP | AH, false, false },
	{ "modp2048", TR_KE, KE_MODP2048, 0, IKE | ESP | AH, false, false },
	{ "modp3072", TR_KE, KE_MODP3072, 0, IKE | ESP | AH, false, false },
	{ "modp4096", TR_KE, KE_MODP4096, 0, IKE | ESP | AH, false, false },
	{ "modp6144", TR_KE, KE_MODP6144, 0, IKE | ESP | AH, false, false },
	{ "modp8192", TR_KE, KE_MODP8192, 0, IKE | ESP | AH, false, false },
	{ "mlkem512", TR_KE, KE_MLKEM512, 0, IKE | ESP | AH, false, false },
	{ "mlkem768", TR_KE, KE_MLKEM768, 0, IKE | ESP | AH, false, false },
	{ "mlkem1024", TR_KE, KE_MLKEM1024, 0, IKE | ESP | AH, false, false },
	{ "modp1024", TR_KE, KE_MODP1024, 0, IKE | ESP | AH, false, true },
	{ "modp1536", TR_KE, KE_MODP1536, 0, IKE | ESP | AH, false, true },
	{ "modp768", TR_KE, 1, 0, 0, false, false },
	{ "modp1024s160", TR_KE, 22, 0, 0, false, false },
	{ "modp2048s224", TR_KE, 23, 0, 0, false, false },
	{ "modp2048s256", TR_KE, 24, 0, 0, false, false },
	{ "ecp192", TR_KE, 25, 0, 0, false, false },
	{ "modpnone", TR_KE, KE_NONE, 0, ESP | AH, true, false },
	{ "noesn", TR_ESN, 0, 0, ESP | AH, false, false },
	{ "esn", TR_ESN, 1, 0, ESP | AH, false, false },
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

/* Additional key exchanges (RFC 9370) are of the same methods as the first. */
static uint8_t kind_of(uint8_t type)
{
	return type >= TR_ADDKE1 && type <= TR_ADDKE7 ? TR_KE : type;
}

static const struct transform_name *name_of(const struct ike_transform *t)
{
	for (unsigned int i = 0; i < NAMES; i++) {
		if (!names[i].alias && names[i].type == kind_of(t->type) && names[i].id == t->id &&
		    names[i].key_bits == t->key_bits)
			return &names[i];
	}
	return NULL;
}

bool transform_supported(uint8_t protocol, const struct ike_transform *t)
{
	const struct transform_name *n = name_of(t);

	/* "none" is a value of several types, which other rules judge */
	if (!n && t->id == 0 && (t->type == TR_INTEG || kind_of(t->type) == TR_KE))
		return true;
	return n && protocol < 8 && (n->supported & (1 << protocol)) &&
	       (n->type != TR_KE || crypto_ke_supported(t->id));
}

bool transform_legacy(const struct ike_transform *t)
{
	const struct transform_name *n = name_of(t);

	return n && n->legacy;
}

char *transform_print(const struct ike_transform *t, char *buf, size_t len)
{
	static const char *const type[] = { "transform", "encr", "prf", "integ", "ke", "esn" };
	const struct transform_name *n = name_of(t);
	char prefix[8] = "";

	if (t->type >= TR_ADDKE1 && t->type <= TR_ADDKE7)
		snprintf(prefix, sizeof(prefix), "ke%u_", t->type - TR_ADDKE1 + 1u);
	if (n)
		snprintf(buf, len, "%s%s", prefix, n->word);
	else if (prefix[0] && !t->id)
		snprintf(buf, len, "%snone", prefix);
	else if (prefix[0])
		snprintf(buf, len, "%s%u", prefix, t->id);
	else if (t->key_bits)
		snprintf(buf, len, "%s%u/%u", type[t->type <= TR_ESN ? t->type : 0], t->id,
			 t->key_bits);
	else
		snprintf(buf, len, "%s%u", type[t->type <= TR_ESN ? t->type : 0], t->id);
	return buf;
}

const char *protocol_name(uint8_t protocol)
{
	static const char *const names_of[] = { "unknown", "IKE", "AH", "ESP" };

	return names_of[protocol <= PROTO_ESP ? protocol : 0];
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
	return kind_of(type) == TR_KE ? "additional key exchange" : "unknown";
}

/* By the registry's ids, of ours and of those that are only known by name. */
bool transform_is_aead(const struct ike_transform *t)
{
	return t->type == TR_ENCR && ((t->id >= 14 && t->id <= 16) ||
				      (t->id >= 18 && t->id <= 21) || (t->id >= 28 && t->id <= 31));
}
