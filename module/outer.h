/* SPDX-License-Identifier: GPL-2.0-only */
/* The outer header, route and path MTU. */
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
 * @tos: DSCP and ECN
 * @ttl: TTL
 * @df: Don't Fragment, outer
 * @inner_len: bytes, for the link's counters
 * @saddr: outer source, from the route
 */
struct ipsecvif_outer {
	u8 tos;
	u8 ttl;
	bool df;
	u32 inner_len;
	__be32 saddr;
};

static inline struct ipsecvif_outer *ipsecvif_outer_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct ipsecvif_outer) > sizeof(skb->cb));
	return (struct ipsecvif_outer *)skb->cb;
}

/* outer.c */
struct dst_entry *ipsecvif_outer_route(struct ipsecvif_sa *sa, __be32 *saddr);
unsigned int ipsecvif_outer_mtu(const struct ipsecvif_sa *sa, const struct dst_entry *dst);
unsigned int ipsecvif_outer_headroom(const struct dst_entry *dst);
void ipsecvif_outer_fill(const struct ipsecvif_sa *sa, struct sk_buff *skb, bool df, __be32 saddr);
bool ipsecvif_outer_df(const struct ipsecvif_sa *sa, const struct sk_buff *skb);
void ipsecvif_outer_send(struct ipsecvif_sa *sa, struct sk_buff *skb);

#endif /* IPSECVIF_OUTER_H */
