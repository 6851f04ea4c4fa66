/* SPDX-License-Identifier: GPL-2.0-only */
/* Drops: each has a reason, a counter and a tracepoint. */
#ifndef IPSECVIF_DROP_H
#define IPSECVIF_DROP_H

#include <linux/ipsecvif.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <linux/u64_stats_sync.h>

struct ipsecvif_dev;
struct ipsecvif_sa;
struct net;

/**
 * struct ipsecvif_drops - one CPU's drop counters of a device or namespace
 * @syncp: guards @count against torn reads on 32-bit machines
 * @count: packets, by enum ipsecvif_drop_reason
 */
struct ipsecvif_drops {
	struct u64_stats_sync syncp;
	u64_stats_t count[__IPSECVIF_DROP_MAX];
};

/* drop.c */
const char *ipsecvif_drop_name(enum ipsecvif_drop_reason reason);
struct ipsecvif_drops __percpu *ipsecvif_drops_alloc(void);
u64 ipsecvif_drops_read(struct ipsecvif_drops __percpu *drops, enum ipsecvif_drop_reason reason);
void ipsecvif_drop_lost(struct ipsecvif_dev *vif, enum ipsecvif_drop_reason reason, unsigned int n);
void ipsecvif_drop_tx(struct ipsecvif_dev *vif, struct sk_buff *skb,
		      enum ipsecvif_drop_reason reason);
void ipsecvif_drop_rx(struct ipsecvif_dev *vif, struct sk_buff *skb,
		      enum ipsecvif_drop_reason reason);
void ipsecvif_drop_sa_tx(struct ipsecvif_sa *sa, struct sk_buff *skb,
			 enum ipsecvif_drop_reason reason);
void ipsecvif_drop_sa_rx(struct ipsecvif_sa *sa, struct sk_buff *skb,
			 enum ipsecvif_drop_reason reason);
void ipsecvif_drop_stray(struct net *net, __be32 spi, struct sk_buff *skb,
			 enum ipsecvif_drop_reason reason);

#endif /* IPSECVIF_DROP_H */
