// SPDX-License-Identifier: GPL-2.0-only
/*
 * The algorithms of ESP and AH (RFC 8221), by XFRM's names, and whether a
 * request's keys and ICV length fit them. Implicit IVs (RFC 8750), which XFRM
 * lacks, are named in its manner.
 */
#include "alg.h"

#include <crypto/aead.h>
#include <crypto/hash.h>
#include <crypto/skcipher.h>
#include <linux/err.h>
#include <linux/string.h>

#include "chacha.h"
#include "crypt.h"

/* clang-format off */
#define ALG_AES_KEYS { 128, 192, 256 }
#define ALG_AEAD_ICVS { 128, 96, 64 }
/* clang-format on */
/* RFC 3610 2.3: L - 1 for a counter of L = 4 bytes, RFC 4309 3.1 and 5. */
#define ALG_CCM_HEAD 3

static const struct ipsecvif_alg algs[] = {
	{
		.kind = IPSECVIF_ALG_AEAD, /* RFC 4106 */
		.name = "rfc4106(gcm(aes))",
		.template = "gcm(aes)",
		.internal = "__gcm(aes)",
		.key_bits = ALG_AES_KEYS,
		.icv_bits = ALG_AEAD_ICVS,
		.salt = 4,
		.iv = 8,
		.block = 1,
		.counter = true,
	},
	{
		.kind = IPSECVIF_ALG_AEAD, /* RFC 8750 */
		.name = "rfc8750(gcm(aes))",
		.template = "gcm(aes)",
		.internal = "__gcm(aes)",
		.key_bits = ALG_AES_KEYS,
		.icv_bits = { 128 },
		.salt = 4,
		.block = 1,
		.counter = true,
	},
	{
		.kind = IPSECVIF_ALG_AEAD, /* RFC 4543 */
		.name = "rfc4543(gcm(aes))",
		.template = "gcm(aes)",
		.internal = "__gcm(aes)",
		.key_bits = ALG_AES_KEYS,
		.icv_bits = { 128 },
		.salt = 4,
		.iv = 8,
		.block = 1,
		.counter = true,
		.mac_only = true,
	},
	{
		.kind = IPSECVIF_ALG_AEAD, /* RFC 4309 */
		.name = "rfc4309(ccm(aes))",
		.template = "ccm(aes)",
		.key_bits = ALG_AES_KEYS,
		.icv_bits = ALG_AEAD_ICVS,
		.salt = 3,
		.iv = 8,
		.block = 1,
		.nonce_head = ALG_CCM_HEAD,
		.counter = true,
		.sync = true,
	},
	{
		.kind = IPSECVIF_ALG_AEAD, /* RFC 8750 */
		.name = "rfc8750(ccm(aes))",
		.template = "ccm(aes)",
		.key_bits = ALG_AES_KEYS,
		.icv_bits = { 64 },
		.salt = 3,
		.block = 1,
		.nonce_head = ALG_CCM_HEAD,
		.counter = true,
		.sync = true,
	},
	{
		.kind = IPSECVIF_ALG_AEAD, /* RFC 7634 */
		.name = "rfc7539esp(chacha20,poly1305)",
		.template = "rfc7539(chacha20,poly1305)",
		.chacha = true,
		.key_bits = { 256 },
		.icv_bits = { 128 },
		.salt = 4,
		.iv = 8,
		.block = 1,
		.counter = true,
	},
	{
		.kind = IPSECVIF_ALG_AEAD, /* RFC 8750 */
		.name = "rfc8750(chacha20,poly1305)",
		.template = "rfc7539(chacha20,poly1305)",
		.chacha = true,
		.key_bits = { 256 },
		.icv_bits = { 128 },
		.salt = 4,
		.block = 1,
		.counter = true,
	},
	{
		.kind = IPSECVIF_ALG_ENC, /* RFC 3602 */
		.name = "cbc(aes)",
		.key_bits = ALG_AES_KEYS,
		.iv = 16,
		.block = 16,
		.sync = true,
	},
	{
		.kind = IPSECVIF_ALG_ENC, /* RFC 3686; the kernel takes the salt with the key */
		.name = "rfc3686(ctr(aes))",
		.key_bits = ALG_AES_KEYS,
		.salt = 4,
		.iv = 8,
		.block = 1,
		.counter = true,
		.sync = true,
	},
	{
		.kind = IPSECVIF_ALG_ENC, /* RFC 2410 */
		.name = "ecb(cipher_null)",
		.block = 1,
		.null = true,
		.sync = true,
	},
	{
		.kind = IPSECVIF_ALG_ENC, /* RFC 2451 */
		.name = "cbc(des3_ede)",
		.key_bits = { 192 },
		.iv = 8,
		.block = 8,
		.sync = true,
		.legacy = true,
	},
	{
		.kind = IPSECVIF_ALG_AUTH, /* RFC 2404, RFC 4595 */
		.name = "hmac(sha1)",
		.key_bits = { 160 },
		.icv_bits = { 96, 160 },
	},
	{
		.kind = IPSECVIF_ALG_AUTH, /* RFC 4868 */
		.name = "hmac(sha256)",
		.key_bits = { 256 },
		.icv_bits = { 128, 256 },
	},
	{
		.kind = IPSECVIF_ALG_AUTH, /* Linux before 2.6.33 */
		.name = "hmac(sha256)",
		.key_bits = { 256 },
		.icv_bits = { 96 },
		.legacy = true,
	},
	{
		.kind = IPSECVIF_ALG_AUTH, /* RFC 4868 */
		.name = "hmac(sha384)",
		.key_bits = { 384 },
		.icv_bits = { 192, 384 },
	},
	{
		.kind = IPSECVIF_ALG_AUTH, /* RFC 4868 */
		.name = "hmac(sha512)",
		.key_bits = { 512 },
		.icv_bits = { 256, 512 },
	},
	{
		.kind = IPSECVIF_ALG_AUTH, /* RFC 3566 */
		.name = "xcbc(aes)",
		.key_bits = { 128 },
		.icv_bits = { 96 },
	},
	{
		.kind = IPSECVIF_ALG_AUTH, /* RFC 4494 */
		.name = "cmac(aes)",
		.key_bits = { 128 },
		.icv_bits = { 96 },
	},
	{
		.kind = IPSECVIF_ALG_AUTH, /* RFC 2403, RFC 4595 */
		.name = "hmac(md5)",
		.key_bits = { 128 },
		.icv_bits = { 96, 128 },
		.legacy = true,
	},
#ifdef IPSECVIF_BENCH
	{
		.kind = IPSECVIF_ALG_AUTH, /* none, which RFC 4303 forbids beside NULL */
		.name = "digest_null",
		.key_bits = { 8 },
	},
#endif
};

/**
 * ipsecvif_alg_next() - walk the algorithms that we have
 * @alg: the one before, NULL for the first
 *
 * Return: the next, NULL after the last.
 */
const struct ipsecvif_alg *ipsecvif_alg_next(const struct ipsecvif_alg *alg)
{
	alg = alg ? alg + 1 : algs;
	return alg < algs + ARRAY_SIZE(algs) ? alg : NULL;
}

/**
 * ipsecvif_alg_usable() - does the running kernel have it?
 * @alg: the algorithm
 *
 * Context: process, may sleep and load a module.
 */
bool ipsecvif_alg_usable(const struct ipsecvif_alg *alg)
{
	switch (alg->kind) {
	case IPSECVIF_ALG_AEAD: {
		struct crypto_aead *tfm;

		if (ipsecvif_chacha_does(alg))
			return true;
		tfm = crypto_alloc_aead(alg->template, 0, 0);
		if (IS_ERR(tfm))
			return false;
		crypto_free_aead(tfm);
		return true;
	}
	case IPSECVIF_ALG_ENC:
		return crypto_has_skcipher(alg->name, 0, 0);
	case IPSECVIF_ALG_AUTH:
		return crypto_has_ahash(alg->name, 0, 0);
	}
	return false;
}

static bool bits_known(const u16 *list, u32 bits)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(algs[0].key_bits) && list[i]; i++)
		if (list[i] == bits)
			return true;
	return false;
}

/* By name; of several, the one that has the ICV length. */
static const struct ipsecvif_alg *alg_find(enum ipsecvif_alg_kind kind, const char *name, u32 icv)
{
	const struct ipsecvif_alg *found = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(algs); i++) {
		if (algs[i].kind != kind || strcmp(algs[i].name, name))
			continue;
		if (!icv || bits_known(algs[i].icv_bits, icv))
			return &algs[i];
		found = found ?: &algs[i];
	}
	return found;
}

static bool key_fits(const struct ipsecvif_alg *alg, u32 bytes)
{
	if (!alg->key_bits[0])
		return !bytes;
	return bytes > alg->salt && bits_known(alg->key_bits, (bytes - alg->salt) * 8);
}

static int legacy_check(const struct ipsecvif_alg *alg, const struct ipsecvif_crypt_conf *conf,
			struct netlink_ext_ack *extack)
{
	if (!alg->legacy || conf->legacy)
		return 0;
	NL_SET_ERR_MSG(
		extack,
		"3DES, MD5 and SHA-256 cut to 96 bits are outdated (RFC 8221): they need flag legacy");
	return -EINVAL;
}

static int icv_choose(const struct ipsecvif_alg *alg, u32 bits, u8 *icv,
		      struct netlink_ext_ack *extack)
{
	if (!bits)
		bits = alg->icv_bits[0];
	if (bits && !bits_known(alg->icv_bits, bits)) {
		NL_SET_ERR_MSG(extack, "this ICV length is not defined for the algorithm");
		return -EINVAL;
	}
	*icv = bits / 8;
	return 0;
}

/**
 * ipsecvif_alg_aead() - a request's AEAD
 * @conf: the request, with a key
 * @icv: gets the ICV's length in bytes
 * @extack: gets a sentence with an error
 *
 * Return: the algorithm, which the key fits; ERR_PTR(-EOPNOTSUPP) for an
 * unknown one, -EINVAL.
 */
const struct ipsecvif_alg *ipsecvif_alg_aead(const struct ipsecvif_crypt_conf *conf, u8 *icv,
					     struct netlink_ext_ack *extack)
{
	const struct ipsecvif_alg *alg =
		alg_find(IPSECVIF_ALG_AEAD, conf->aead_name, conf->aead_icv_bits);
	int err;

	if (!alg) {
		NL_SET_ERR_MSG(extack, "unknown AEAD algorithm: see ipsecvif caps");
		return ERR_PTR(-EOPNOTSUPP);
	}
	if (!key_fits(alg, conf->aead_key_len)) {
		if (alg->salt == 3)
			NL_SET_ERR_MSG(
				extack,
				"AEAD key has a wrong length: the key, then 3 bytes of salt");
		else
			NL_SET_ERR_MSG(
				extack,
				"AEAD key has a wrong length: the key, then 4 bytes of salt");
		return ERR_PTR(-EINVAL);
	}
	err = icv_choose(alg, conf->aead_icv_bits, icv, extack);
	return err ? ERR_PTR(err) : alg;
}

/**
 * ipsecvif_alg_enc() - a request's encryption algorithm
 * @conf: the request, with a key unless the algorithm takes none
 * @extack: gets a sentence with an error
 *
 * Return: as ipsecvif_alg_aead().
 */
const struct ipsecvif_alg *ipsecvif_alg_enc(const struct ipsecvif_crypt_conf *conf,
					    struct netlink_ext_ack *extack)
{
	const struct ipsecvif_alg *alg = alg_find(IPSECVIF_ALG_ENC, conf->enc_name, 0);
	int err;

	if (!alg) {
		NL_SET_ERR_MSG(extack, "unknown encryption algorithm: see ipsecvif caps");
		return ERR_PTR(-EOPNOTSUPP);
	}
	err = legacy_check(alg, conf, extack);
	if (err)
		return ERR_PTR(err);
	if (key_fits(alg, conf->enc_key_len))
		return alg;
	if (!alg->key_bits[0])
		NL_SET_ERR_MSG(extack, "NULL encryption takes no key");
	else if (!conf->enc_key)
		NL_SET_ERR_MSG(extack, "the encryption key is missing");
	else if (alg->salt)
		NL_SET_ERR_MSG(extack,
			       "encryption key has a wrong length: the key, then 4 bytes of nonce");
	else
		NL_SET_ERR_MSG(extack, "encryption key has a wrong length");
	return ERR_PTR(-EINVAL);
}

/**
 * ipsecvif_alg_auth() - a request's separate integrity algorithm
 * @conf: the request, with a key
 * @icv: gets the ICV's length in bytes
 * @extack: gets a sentence with an error
 *
 * Return: as ipsecvif_alg_aead().
 */
const struct ipsecvif_alg *ipsecvif_alg_auth(const struct ipsecvif_crypt_conf *conf, u8 *icv,
					     struct netlink_ext_ack *extack)
{
	const struct ipsecvif_alg *alg =
		alg_find(IPSECVIF_ALG_AUTH, conf->auth_name, conf->auth_trunc_bits);
	int err;

	if (!alg) {
		NL_SET_ERR_MSG(extack, "unknown integrity algorithm: see ipsecvif caps");
		return ERR_PTR(-EOPNOTSUPP);
	}
	err = legacy_check(alg, conf, extack);
	if (err)
		return ERR_PTR(err);
	if (!key_fits(alg, conf->auth_key_len)) {
		NL_SET_ERR_MSG(extack,
			       "integrity key has a wrong length (RFC 4868: that of the hash)");
		return ERR_PTR(-EINVAL);
	}
	err = icv_choose(alg, conf->auth_trunc_bits, icv, extack);
	return err ? ERR_PTR(err) : alg;
}
