/* SPDX-License-Identifier: GPL-2.0-only */
/* Encryption and integrity of one packet, through the kernel crypto API. */
#ifndef IPSECVIF_CRYPT_H
#define IPSECVIF_CRYPT_H

#include <crypto/aead.h>
#include <crypto/hash.h>
#include <linux/ipsecvif.h>
#include <linux/netlink.h>
#include <linux/scatterlist.h>
#include <linux/skbuff.h>

#include "alg.h"

struct ipsecvif_chacha_key;
struct ipsecvif_sa;

enum ipsecvif_crypt_limits {
	IPSECVIF_CRYPT_IV_MAX = 16, /* bytes of an IV on the wire, and of a nonce */
	IPSECVIF_CRYPT_AAD_MAX = 12 + IPSECVIF_CRYPT_IV_MAX, /* SPI, ESN, IV */
	IPSECVIF_CRYPT_ICV_MAX = 64,
	IPSECVIF_CRYPT_TRAILER_MAX = 16 + 2, /* padding, pad length, next header */
	IPSECVIF_CRYPT_SG_MAX = MAX_SKB_FRAGS + 4, /* AAD, head, frags, trailer, ICV */
	IPSECVIF_CRYPT_REQSIZE_MAX = 2048, /* of a per-CPU request */
};

/* Who does a transform; AEAD stands for encryption with separate integrity, too. */
enum ipsecvif_crypt_by {
	IPSECVIF_CRYPT_BY_AEAD, /* the crypto API */
	IPSECVIF_CRYPT_BY_MAC, /* mac.c; of AH, ah.c */
	IPSECVIF_CRYPT_BY_CHACHA, /* chacha.c */
};

/**
 * struct ipsecvif_crypt - an SA's transform with its key
 * @by: who does it
 * @aead: the AEAD, by the crypto API
 * @sync: it finishes in the call, and can do with the CPU's own request
 * @simd: it must not be called where crypto_simd_usable() says no
 * @hash: the integrity algorithm of AH and of ESP without encryption, synchronous
 * @chacha: the key of ChaCha20-Poly1305, by the library
 * @alg: the cipher; NULL with AH
 * @auth: the separate integrity algorithm, NULL with an AEAD
 * @pending: packets that finish later: as long as there are any, those that come
 *	go there, too, or they would overtake
 * @esn: the AAD has 64 bits of sequence number
 * @legacy: the request said IPSECVIF_SA_F_LEGACY
 * @icv: bytes
 * @salt: the nonce up to the IV
 * @salt_len: bytes of @salt
 */
struct ipsecvif_crypt {
	union {
		struct crypto_aead *aead;
		struct crypto_ahash *hash;
		struct ipsecvif_chacha_key *chacha;
	};
	const struct ipsecvif_alg *alg;
	const struct ipsecvif_alg *auth;
	atomic_t pending;
	u8 by; /* enum ipsecvif_crypt_by */
	bool sync;
	bool simd;
	bool esn;
	bool legacy;
	u8 icv;
	u8 salt_len;
	u8 salt[4];
};

/*
 * What a request asks for.
 *
 * Names are NUL-terminated or NULL; keys point into the request.
 */
struct ipsecvif_crypt_conf {
	const char *aead_name;
	const u8 *aead_key;
	u32 aead_key_len;
	u32 aead_icv_bits; /* 0: default */
	const char *enc_name;
	const u8 *enc_key;
	u32 enc_key_len;
	const char *auth_name;
	const u8 *auth_key;
	u32 auth_key_len;
	u32 auth_trunc_bits; /* 0: default */
	bool esn;
	bool legacy;
	bool ah; /* integrity only */
};

struct ipsecvif_crypt_work;

/* Goes on with a packet whose transform did not finish in the call; err is 0 or -errno. */
typedef void (*ipsecvif_crypt_done)(struct ipsecvif_crypt_work *work, int err);

/**
 * struct ipsecvif_crypt_work - one packet on its way through the transform
 * @sa: its SA; a work that finishes later holds a reference
 * @skb: the packet that results
 * @plain: what it is made from, if not in place; ipsecvif_crypt_work_put() frees
 *	it
 * @done: called when ipsecvif_crypt_run() returned -EINPROGRESS
 * @seq: sequence number, all 64 bits
 * @later: allocated for this packet, else the CPU's own
 * @encrypt: or decrypt
 * @finished: the transform is over, with @err; by struct ipsecvif_order.lock
 * @on_order: in the order of its SA
 * @aad: additional authenticated data
 * @iv: the AEAD's IV (nonce)
 * @trailer: ESP trailer, where the source packet has no room for it
 * @src: AAD, then plaintext or ciphertext with ICV
 * @dst: AAD, then where the result goes; unused in place
 * @digest: the ICV of @hash_req, not truncated
 * @req: of variable size, last; chacha.c reads what it says
 * @hash_req: instead of it, without encryption
 */
struct ipsecvif_crypt_work {
	struct ipsecvif_sa *sa;
	struct sk_buff *skb;
	struct sk_buff *plain;
	ipsecvif_crypt_done done;
	u64 seq;
	bool later;
	bool encrypt;
	bool finished;
	int err;
	struct list_head on_order;
	u8 aad[IPSECVIF_CRYPT_AAD_MAX];
	u8 iv[IPSECVIF_CRYPT_IV_MAX];
	u8 trailer[IPSECVIF_CRYPT_TRAILER_MAX];
	struct scatterlist src[IPSECVIF_CRYPT_SG_MAX];
	struct scatterlist dst[IPSECVIF_CRYPT_SG_MAX];
	u8 digest[HASH_MAX_DIGESTSIZE];
	union {
		struct aead_request req;
		struct ahash_request hash_req;
	};
};

/* crypt.c */
int ipsecvif_crypt_module_init(void);
void ipsecvif_crypt_module_exit(void);
int ipsecvif_crypt_init(struct ipsecvif_crypt *crypt, const struct ipsecvif_crypt_conf *conf,
			struct netlink_ext_ack *extack);
void ipsecvif_crypt_free(struct ipsecvif_crypt *crypt);
const char *ipsecvif_crypt_driver(const struct ipsecvif_crypt *crypt);
bool ipsecvif_crypt_at_once(const struct ipsecvif_crypt *crypt, unsigned int len);
struct ipsecvif_crypt_work *ipsecvif_crypt_work_now(struct ipsecvif_sa *sa, u64 seq);
struct ipsecvif_crypt_work *ipsecvif_crypt_work_get(struct ipsecvif_sa *sa, u64 seq,
						    unsigned int len, ipsecvif_crypt_done done);
void ipsecvif_crypt_work_put(struct ipsecvif_crypt_work *work);
#ifdef IPSECVIF_SELFTEST
void ipsecvif_crypt_test_iv(const u8 *iv);
#endif
void ipsecvif_crypt_iv(const struct ipsecvif_crypt *crypt, u64 seq, u8 *iv);
unsigned int ipsecvif_crypt_aad(struct ipsecvif_crypt_work *work, const u8 *iv);
void ipsecvif_crypt_sg(struct ipsecvif_crypt_work *work, struct scatterlist *sg, unsigned int n,
		       unsigned int aad_len);
int ipsecvif_crypt_run(struct ipsecvif_crypt_work *work, bool encrypt, bool in_place,
		       unsigned int aad_len, unsigned int len);
int ipsecvif_crypt_perform(struct ipsecvif_crypt_work *work);

/**
 * ipsecvif_crypt_align() - what plaintext and trailer are padded to
 * @crypt: the transform
 *
 * Return: bytes, at least 4 (RFC 4303 2.4), a power of two.
 */
static inline unsigned int ipsecvif_crypt_align(const struct ipsecvif_crypt *crypt)
{
	return max_t(unsigned int, crypt->alg->block, 4);
}

#endif /* IPSECVIF_CRYPT_H */
