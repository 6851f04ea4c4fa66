/* SPDX-License-Identifier: GPL-2.0-only */
/* Traffic selectors, RFC 4301 4.4.1.1. */
#ifndef IPSECVIF_SELECTOR_H
#define IPSECVIF_SELECTOR_H

#include <linux/list.h>
#include <linux/netlink.h>
#include <linux/skbuff.h>

#include "addr.h"

struct ipsecvif_dev;
struct ipsecvif_sa;

/*
 * What a selector selects, as an outbound packet sees it.
 *
 * Ports are in host byte order; 0 to 65535 is any.
 */
struct ipsecvif_ts {
	struct ipsecvif_addr src, dst;
	u8 src_prefix, dst_prefix;
	u8 proto; /* 0 any */
	u16 sport_min, sport_max;
	u16 dport_min, dport_max;
};

/*
 * A packet as selectors see it.
 *
 * For an inbound packet source and destination are exchanged, so that one
 * selector serves both directions.
 */
struct ipsecvif_flow {
	struct ipsecvif_addr src, dst;
	u8 proto;
	bool has_ports; /* false in later fragments, and without such a protocol */
	u16 sport, dport; /* host byte order */
};

/**
 * struct ipsecvif_selector - a selector of a device
 * @ts: what it selects
 * @on_dev: in the device's list, RCU
 * @bindings: struct ipsecvif_binding by its @on_sel, newest first, by
 *	ipsecvif_net.lock
 * @out: newest usable outbound SA bound to it, RCU
 * @automatic: came with an SA, goes with the last one
 * @packets: outbound, that matched
 * @acquire_at: jiffies of the last IPSECVIF_CMD_ACQUIRE_NTF, 0 none
 * @rcu: frees it
 */
struct ipsecvif_selector {
	struct ipsecvif_ts ts;
	struct list_head on_dev;
	struct list_head bindings;
	struct ipsecvif_sa __rcu *out;
	bool automatic;
	atomic64_t packets;
	unsigned long acquire_at;
	struct rcu_head rcu;
};

/* Ties a selector to an SA. */
struct ipsecvif_binding {
	struct ipsecvif_selector *sel;
	struct ipsecvif_sa *sa;
	struct list_head on_sel;
	struct list_head on_sa; /* RCU: inbound packets walk it */
	struct rcu_head rcu;
};

/* selector.c */
bool ipsecvif_proto_has_ports(u8 proto);
bool ipsecvif_flow_parse(struct sk_buff *skb, struct ipsecvif_flow *flow, bool inbound);
struct ipsecvif_selector *ipsecvif_selector_find(struct ipsecvif_dev *vif,
						 const struct ipsecvif_ts *ts);
struct ipsecvif_selector *ipsecvif_selector_new(const struct ipsecvif_ts *ts);
void ipsecvif_selector_link(struct ipsecvif_dev *vif, struct ipsecvif_selector *sel);
void ipsecvif_selector_unlink(struct ipsecvif_dev *vif, struct ipsecvif_selector *sel);
void ipsecvif_selector_bind(struct ipsecvif_selector *sel, struct ipsecvif_sa *sa,
			    struct ipsecvif_binding *binding);
void ipsecvif_selector_unbind_sa(struct ipsecvif_sa *sa);
void ipsecvif_selector_update(struct ipsecvif_selector *sel);
void ipsecvif_selector_flush(struct ipsecvif_dev *vif);
struct ipsecvif_sa *ipsecvif_selector_lookup(struct ipsecvif_dev *vif, struct sk_buff *skb,
					     struct ipsecvif_selector **sel);
bool ipsecvif_selector_accepts(const struct ipsecvif_sa *sa, struct sk_buff *skb);

#ifdef IPSECVIF_SELFTEST
bool ipsecvif_selector_selftest(void);
#endif

#endif /* IPSECVIF_SELECTOR_H */
