/* SPDX-License-Identifier: GPL-2.0-only */
/* Authentication Header, RFC 4302: the format and its ICV. */
#ifndef IPSECVIF_AH_H
#define IPSECVIF_AH_H

#include <linux/ip.h>
#include <linux/skbuff.h>

#include "crypt.h"

struct ipsecvif_sa;

/* Bytes before the ICV. */
#define IPSECVIF_AH_HLEN 12

/* ah.c */
int ipsecvif_ah_module_init(void);
void ipsecvif_ah_module_exit(void);
int ipsecvif_ah_crypt_init(struct ipsecvif_crypt *crypt, const struct ipsecvif_crypt_conf *conf,
			   struct netlink_ext_ack *extack);
unsigned int ipsecvif_ah_len(const struct ipsecvif_crypt *crypt, u8 family);
bool ipsecvif_ah_len_ok(const struct ipsecvif_crypt *crypt, u8 family, unsigned int len);
unsigned int ipsecvif_ah_payload(const struct ipsecvif_crypt *crypt, u8 family, unsigned int room);
int ipsecvif_ah_push(const struct ipsecvif_sa *sa, struct sk_buff *skb, u64 seq,
		     unsigned int headroom);
int ipsecvif_ah_sign(const struct ipsecvif_crypt *crypt, struct sk_buff *skb, u32 seq_high);
int ipsecvif_ah_trim(struct sk_buff *skb);
int ipsecvif_ah_verify(const struct ipsecvif_crypt *crypt, struct sk_buff *skb,
		       unsigned int ah_offset, u32 seq_high);
#ifdef IPSECVIF_SELFTEST
bool ipsecvif_ah_selftest(void);
#endif

/**
 * ipsecvif_ah_size() - the length that an AH header states, RFC 4302 2.2
 * @ah: the header
 *
 * Return: bytes, at least 8.
 */
static inline unsigned int ipsecvif_ah_size(const struct ip_auth_hdr *ah)
{
	return (ah->hdrlen + 2) * 4;
}

#endif /* IPSECVIF_AH_H */
