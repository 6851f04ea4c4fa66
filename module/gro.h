/* SPDX-License-Identifier: GPL-2.0-only */
/* Inbound packets, merged where they follow each other. */
#ifndef IPSECVIF_GRO_H
#define IPSECVIF_GRO_H

#include <linux/types.h>

struct ipsecvif_dev;
struct ipsecvif_gro;
struct sk_buff;

int ipsecvif_gro_init(struct ipsecvif_dev *vif);
void ipsecvif_gro_exit(struct ipsecvif_dev *vif);
bool ipsecvif_gro_receive(struct ipsecvif_dev *vif, struct sk_buff *skb);
bool ipsecvif_gro_is_idle(const struct ipsecvif_dev *vif);

#endif /* IPSECVIF_GRO_H */
