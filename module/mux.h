/* SPDX-License-Identifier: GPL-2.0-only */
/* XFRM's protocol multiplexer. */
#ifndef IPSECVIF_MUX_H
#define IPSECVIF_MUX_H

#include <linux/skbuff.h>

struct ipsecvif_sa;
struct net;

/* mux.c */
struct ipsecvif_sa *ipsecvif_mux_claim(struct net *net, struct sk_buff *skb, u8 proto, __be32 spi,
				       bool *dropped);
int ipsecvif_mux_module_init(void);
void ipsecvif_mux_module_exit(void);

#endif /* IPSECVIF_MUX_H */
