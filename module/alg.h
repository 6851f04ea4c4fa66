/* SPDX-License-Identifier: GPL-2.0-only */
/* The algorithms that we have, as data. */
#ifndef IPSECVIF_ALG_H
#define IPSECVIF_ALG_H

#include <linux/ipsecvif.h>
#include <linux/netlink.h>
#include <linux/types.h>

struct ipsecvif_crypt_conf;

/**
 * struct ipsecvif_alg - an algorithm
 * @kind: which attribute names it
 * @name: XFRM's name, which is the ABI's, and for ENC and AUTH the kernel's,
 *	too: they are combined by its authenc or authencesn
 * @template: the kernel's name of an AEAD
 * @internal: the synchronous SIMD driver behind @template, or NULL
 * @key_bits: key lengths without salt, zero-terminated; none: no key
 * @icv_bits: ICV lengths, the default first, zero-terminated
 * @salt: bytes of salt behind the key
 * @iv: bytes of IV on the wire
 * @block: what the plaintext is padded to, bytes
 * @nonce_head: byte of the nonce before the salt, 0 none: CCM's flags (RFC 3610
 *	2.3) say there that the counter behind the IV has 4 bytes
 * @counter: no IV may repeat under one key, so it is the sequence number
 * @null: the cipher that does nothing: mac.c does without it
 * @chacha: an AEAD that chacha.c does, where it is there
 * @mac_only: an AEAD that does not encrypt: the payload belongs to its AAD
 * @sync: a synchronous driver is the one to have, since the algorithm is serial
 *	or free
 * @legacy: only with IPSECVIF_SA_F_LEGACY
 */
struct ipsecvif_alg {
	enum ipsecvif_alg_kind kind;
	const char *name;
	const char *template;
	const char *internal;
	u16 key_bits[4];
	u16 icv_bits[4];
	u8 salt;
	u8 iv;
	u8 block;
	u8 nonce_head;
	bool counter;
	bool null;
	bool chacha;
	bool mac_only;
	bool sync;
	bool legacy;
};

/* alg.c */
const struct ipsecvif_alg *ipsecvif_alg_next(const struct ipsecvif_alg *alg);
bool ipsecvif_alg_usable(const struct ipsecvif_alg *alg);
const struct ipsecvif_alg *ipsecvif_alg_aead(const struct ipsecvif_crypt_conf *conf, u8 *icv,
					     struct netlink_ext_ack *extack);
const struct ipsecvif_alg *ipsecvif_alg_enc(const struct ipsecvif_crypt_conf *conf,
					    struct netlink_ext_ack *extack);
const struct ipsecvif_alg *ipsecvif_alg_auth(const struct ipsecvif_crypt_conf *conf, u8 *icv,
					     struct netlink_ext_ack *extack);

#endif /* IPSECVIF_ALG_H */
