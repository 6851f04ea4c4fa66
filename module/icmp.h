/* SPDX-License-Identifier: GPL-2.0-only */
/* ICMP errors about packets that we sent. */
#ifndef IPSECVIF_ICMP_H
#define IPSECVIF_ICMP_H

#include <linux/skbuff.h>

struct inet6_skb_parm;
struct sock;

/* icmp.c */
int ipsecvif_icmp_error(struct sk_buff *skb, u32 info);
int ipsecvif_icmpv6_error(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type, u8 code,
			  int offset, __be32 info);
int ipsecvif_icmpv6_error_ah(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type, u8 code,
			     int offset, __be32 info);
int ipsecvif_icmp_udp_lookup(struct sock *sk, struct sk_buff *skb);

#endif /* IPSECVIF_ICMP_H */
