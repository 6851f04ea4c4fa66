/* SPDX-License-Identifier: GPL-2.0-only */
/* IP payload compression (RFC 3173) with DEFLATE (RFC 2394). */
#ifndef IPSECVIF_COMP_H
#define IPSECVIF_COMP_H

#include <linux/skbuff.h>
#include <linux/types.h>

#include "drop.h"

/* DEFLATE's well-known compression parameter index, RFC 2394 and RFC 3173 3.3. */
#define IPSECVIF_COMP_CPI 2
/* The first that two peers negotiate. */
#define IPSECVIF_COMP_CPI_MIN 256

/* comp.c */
int ipsecvif_comp_get(void);
void ipsecvif_comp_put(void);
void ipsecvif_comp_compress(__be16 cpi, struct sk_buff **pskb, unsigned int headroom,
			    unsigned int tailroom);
int ipsecvif_comp_expand(__be16 cpi, struct sk_buff *skb, enum ipsecvif_drop_reason *reason);
#ifdef IPSECVIF_SELFTEST
bool ipsecvif_comp_selftest(void);
#endif

#endif /* IPSECVIF_COMP_H */
