/* SPDX-License-Identifier: GPL-2.0-only */
/* Transport mode, RFC 4301 3.2: the packet keeps its own IP header. */
#ifndef IPSECVIF_TRANSPORT_H
#define IPSECVIF_TRANSPORT_H

#include <linux/skbuff.h>

struct ipsecvif_dev;
struct ipsecvif_sa;

/* transport.c */
struct sk_buff *ipsecvif_transport_gather(struct ipsecvif_dev *vif, struct sk_buff *skb,
					  bool *gathered);
bool ipsecvif_transport_fits(const struct ipsecvif_sa *sa, const struct sk_buff *skb);
int ipsecvif_transport_header(struct sk_buff *skb, u8 **next);
int ipsecvif_transport_strip(struct sk_buff *skb);
void ipsecvif_transport_restore(struct sk_buff *skb, unsigned int header, unsigned int next,
				u8 next_header);
int ipsecvif_transport_mend(struct sk_buff *skb);

#endif /* IPSECVIF_TRANSPORT_H */
