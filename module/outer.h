/* SPDX-License-Identifier: GPL-2.0-only */
/* The outer header and path MTU. */
#ifndef IPSECVIF_OUTER_H
#define IPSECVIF_OUTER_H

#include <linux/skbuff.h>
#include <net/dst.h>

#include "addr.h"

struct ipsecvif_sa;

/**
 * struct ipsecvif_outer - what the outer header takes from the inner one
 *
 * Kept in skb->cb while the packet is being encrypted.
 * @saddr: outer source, from the route; tunnel mode
 * @label: class and flow label of an outer IPv6 header
 * @inner_len: bytes, for the link's counters
 * @header: transport mode: bytes of the packet's own IP header, with options or
 *	the extension headers that stay in front; 0 in tunnel mode
 * @next: transport mode: where in it the next header stands
 * @seq_high: upper half of the sequence number, for AH
 * @next_header: of the payload
 * @tos: DSCP and ECN
 * @ttl: TTL
 * @df: the outer packet must not be fragmented
 * @encap: it is to be in UDP
 */
struct ipsecvif_outer {
	union {
		__be32 v4;
		struct in6_addr v6;
	} saddr;
	__be32 label;
	u32 inner_len;
	u16 header;
	u16 next;
	u32 seq_high;
	u8 next_header;
	u8 tos;
	u8 ttl;
	bool df;
	bool encap;
};

static inline struct ipsecvif_outer *ipsecvif_outer_cb(const struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct ipsecvif_outer) > sizeof(skb->cb));
	return (struct ipsecvif_outer *)skb->cb;
}

/* The outer addresses of an inbound packet, whose network header is the outer one. */
static inline void ipsecvif_outer_addrs(const struct sk_buff *skb, struct ipsecvif_addr *src,
					struct ipsecvif_addr *dst)
{
	if (skb->protocol == htons(ETH_P_IPV6)) {
		src->family = AF_INET6;
		src->v6 = ipv6_hdr(skb)->saddr;
		dst->v6 = ipv6_hdr(skb)->daddr;
	} else {
		src->family = AF_INET;
		src->v4 = ip_hdr(skb)->saddr;
		dst->v4 = ip_hdr(skb)->daddr;
	}
	dst->family = src->family;
}

/* outer.c */
unsigned int ipsecvif_outer_mtu(const struct ipsecvif_sa *sa, const struct dst_entry *dst,
				unsigned int header);
unsigned int ipsecvif_outer_headroom(const struct dst_entry *dst, bool encap);
bool ipsecvif_outer_df(const struct ipsecvif_sa *sa, const struct sk_buff *skb);
void ipsecvif_outer_fill(const struct ipsecvif_sa *sa, struct sk_buff *skb, bool df,
			 const struct ipsecvif_addr *saddr);
struct sk_buff *ipsecvif_outer_fresh(struct sk_buff *plain, unsigned int headroom, unsigned int len,
				     unsigned int tailroom);
void ipsecvif_outer_carry(const struct sk_buff *from, const struct sk_buff *to,
			  unsigned int header);
void ipsecvif_outer_send(struct ipsecvif_sa *sa, struct sk_buff *skb);

#endif /* IPSECVIF_OUTER_H */
