// SPDX-License-Identifier: GPL-2.0-only
/*
 * Integrity alone: the keyed hash of AH; GMAC; and all of the transform of ESP with NULL
 * encryption (RFC 2410), for which the crypto API would walk through each packet to leave
 * it as it is.
 */
#include "mac.h"

#include <crypto/algapi.h>
#include <crypto/hash.h>
#include <crypto/scatterwalk.h>

#include "crypt.h"
#include "sa.h"

/**
 * ipsecvif_mac_init() - set up the hash of a transform
 * @crypt: with its @auth and @icv; free with ipsecvif_mac_free() after an error, too
 * @conf: the key
 * @extack: gets a sentence with an error
 *
 * A synchronous driver always exists: the fast ones of hashes are of that kind.
 *
 * Context: process, may sleep and load modules.
 * Return: as ipsecvif_crypt_init().
 */
int ipsecvif_mac_init(struct ipsecvif_crypt *crypt, const struct ipsecvif_crypt_conf *conf,
		      struct netlink_ext_ack *extack)
{
	struct crypto_ahash *hash;

	crypt->by = IPSECVIF_CRYPT_BY_MAC;
	crypt->sync = true;
	if (!crypt->icv) /* for measuring only: alg.c */
		return 0;
	hash = crypto_alloc_ahash(crypt->auth->name, 0, CRYPTO_ALG_ASYNC);
	if (IS_ERR(hash)) {
		NL_SET_ERR_MSG(extack, "the kernel lacks this integrity algorithm");
		return PTR_ERR(hash);
	}
	crypt->hash = hash;
	if (crypto_ahash_reqsize(hash) > IPSECVIF_MAC_REQSIZE_MAX ||
	    crypto_ahash_digestsize(hash) > HASH_MAX_DIGESTSIZE ||
	    crypto_ahash_digestsize(hash) < crypt->icv) {
		NL_SET_ERR_MSG(extack, "the kernel's driver of this algorithm does not suit IPsec");
		return -EOPNOTSUPP;
	}
	if (!crypto_ahash_setkey(hash, conf->auth_key, conf->auth_key_len))
		return 0;
	NL_SET_ERR_MSG(extack, "the kernel's crypto refused the integrity key");
	return -EINVAL;
}

/**
 * ipsecvif_mac_free() - undo ipsecvif_mac_init(), if it was done
 * @crypt: the transform
 *
 * Context: process, may sleep.
 */
void ipsecvif_mac_free(struct ipsecvif_crypt *crypt)
{
	crypto_free_ahash(crypt->hash);
}

/**
 * ipsecvif_mac_driver() - which driver does the work, for the operator
 * @crypt: the transform
 */
const char *ipsecvif_mac_driver(const struct ipsecvif_crypt *crypt)
{
	return crypt->hash ? crypto_tfm_alg_driver_name(crypto_ahash_tfm(crypt->hash)) : "none";
}

/**
 * ipsecvif_mac_set_aead() - prepare the request of GMAC
 * @work: as for ipsecvif_mac_set()
 * @sg: likewise
 * @aad_len: likewise
 * @len: likewise
 *
 * RFC 4543 3.1: everything is AAD, and nothing plaintext.
 *
 * Context: as ipsecvif_crypt_work_get().
 */
void ipsecvif_mac_set_aead(struct ipsecvif_crypt_work *work, struct scatterlist *sg,
			   unsigned int aad_len, unsigned int len)
{
	unsigned int icv = work->encrypt ? 0 : work->sa->crypt.icv;

	aead_request_set_ad(&work->req, aad_len + len - icv);
	aead_request_set_crypt(&work->req, sg, sg, icv, work->iv);
}

/**
 * ipsecvif_mac_set() - prepare the request of ESP without encryption
 * @work: begun, with its direction
 * @sg: AAD and payload, which stays where it is
 * @aad_len: from ipsecvif_crypt_aad()
 * @len: bytes of payload with trailer, inbound with ICV
 *
 * Context: as ipsecvif_crypt_work_get().
 */
void ipsecvif_mac_set(struct ipsecvif_crypt_work *work, struct scatterlist *sg,
		      unsigned int aad_len, unsigned int len)
{
	const struct ipsecvif_crypt *crypt = &work->sa->crypt;

	if (!crypt->hash)
		return;
	ahash_request_set_tfm(&work->hash_req, crypt->hash);
	ahash_request_set_callback(&work->hash_req, 0, NULL, NULL);
	ahash_request_set_crypt(&work->hash_req, sg, work->digest,
				aad_len + len - (work->encrypt ? 0 : crypt->icv));
}

/* What ends before @end, of which the hash is in @work->digest afterwards. */
static int mac_digest(struct ipsecvif_crypt_work *work, unsigned int end)
{
	__be32 seq_high = htonl(upper_32_bits(work->seq));
	struct ahash_request *req = &work->hash_req;

	if (work->sa->crypt.esn) {
		scatterwalk_map_and_copy(&seq_high, req->src, end, sizeof(seq_high), 1);
		req->nbytes += sizeof(seq_high);
	}
	return crypto_ahash_digest(req);
}

static int mac_verify(struct ipsecvif_crypt_work *work, unsigned int end)
{
	unsigned int len = work->sa->crypt.icv;
	u8 icv[IPSECVIF_CRYPT_ICV_MAX];
	int err;

	scatterwalk_map_and_copy(icv, work->hash_req.src, end, len, 0);
	err = mac_digest(work, end);
	if (unlikely(err))
		return err;
	return crypto_memneq(work->digest, icv, len) ? -EBADMSG : 0;
}

static int mac_sign(struct ipsecvif_crypt_work *work, unsigned int end)
{
	int err = mac_digest(work, end);

	if (likely(!err))
		scatterwalk_map_and_copy(work->digest, work->hash_req.src, end, work->sa->crypt.icv,
					 1);
	return err;
}

/**
 * ipsecvif_mac_perform() - do it: put the ICV behind the payload, or check it
 * @work: from ipsecvif_mac_set()
 *
 * The upper half of an extended sequence number is hashed behind the payload (RFC 4303
 * 2.2.1). That is where the ICV is, which makes room for it.
 *
 * Context: BHs off.
 * Return: 0; -EBADMSG for a wrong ICV; or what the crypto API says.
 */
int ipsecvif_mac_perform(struct ipsecvif_crypt_work *work)
{
	unsigned int end;

	if (!work->sa->crypt.hash)
		return 0;
	end = work->hash_req.nbytes;
	return work->encrypt ? mac_sign(work, end) : mac_verify(work, end);
}
