/* SPDX-License-Identifier: GPL-2.0-only */
/* Traffic selectors, RFC 4301 4.4.1.1. */
#ifndef IPSECVIF_SELECTOR_H
#define IPSECVIF_SELECTOR_H

#include <linux/list.h>
#include <linux/netlink.h>
#include <linux/rbtree.h>
#include <linux/rhashtable-types.h>
#include <linux/skbuff.h>

#include "addr.h"
#include "hold.h"

struct ipsecvif_dev;
struct ipsecvif_sa;

/* Addresses from @min to @max, both of one family and within. */
struct ipsecvif_range {
	struct ipsecvif_addr min, max;
};

/* Ports, or ICMP types or codes, from @min to @max; 0 to 65535 is any. */
struct ipsecvif_span {
	u16 min, max;
};

/* What a selector selects, as an outbound packet sees it. */
struct ipsecvif_ts {
	struct ipsecvif_range src, dst;
	u8 proto; /* 0 any */
	struct ipsecvif_span sport, dport; /* of ICMP and ICMPv6: type, code */
};

/*
 * A packet as selectors see it.
 *
 * For an inbound packet source and destination are exchanged, so that one
 * selector serves both directions; an ICMP type and code are the packet's own
 * in either.
 */
struct ipsecvif_flow {
	struct ipsecvif_addr src, dst;
	u8 proto;
	bool has_upper; /* false in later fragments, and without such a protocol */
	u16 sport, dport; /* host byte order; of ICMP and ICMPv6: type, code */
};

/**
 * struct ipsecvif_selector - a selector of a device
 * @ts: what it selects
 * @on_dev: in the device's list, RCU
 * @in_order: in the device's tree, by ipsecvif_net.lock
 * @in_index: in the device's index, which finds it before it is linked
 * @src_len: bits of the prefix that encloses its sources
 * @dst_len: likewise, destinations
 * @linked: it is the device's: packets may use it
 * @bindings: struct ipsecvif_binding by its @on_sel, newest first, by
 *	ipsecvif_net.lock
 * @out: newest usable outbound SA bound to it, RCU
 * @automatic: came with an SA, goes with the last one
 * @packets: outbound, that matched
 * @hold: packets that wait for an SA
 * @acquire_at: jiffies of the last IPSECVIF_CMD_ACQUIRE_NTF, 0 none
 * @rcu: frees it
 */
struct ipsecvif_selector {
	/* used by each packet: two cache lines */
	struct ipsecvif_ts ts;
	u8 src_len;
	u8 dst_len;
	bool linked;
	bool automatic;
	struct rhlist_head in_index;
	struct ipsecvif_sa __rcu *out;
	atomic64_t packets;

	struct list_head on_dev;
	struct rb_node in_order;
	struct list_head bindings;
	struct ipsecvif_hold hold;
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

/* flow.c */
bool ipsecvif_proto_has_ports(u8 proto);
bool ipsecvif_proto_has_types(u8 proto);
bool ipsecvif_flow_parse(struct sk_buff *skb, struct ipsecvif_flow *flow, bool inbound);
bool ipsecvif_flow_quoted(struct sk_buff *skb, struct ipsecvif_flow *flow, bool inbound);

/* ts.c */
void ipsecvif_range_set_prefix(struct ipsecvif_range *range, const struct ipsecvif_addr *addr,
			       u8 prefix);
u8 ipsecvif_range_enclosing(const struct ipsecvif_range *range);
int ipsecvif_range_prefix(const struct ipsecvif_range *range);
bool ipsecvif_span_any(const struct ipsecvif_span *span);
bool ipsecvif_ts_match(const struct ipsecvif_ts *ts, const struct ipsecvif_flow *flow);
bool ipsecvif_ts_ambiguous(const struct ipsecvif_ts *a, const struct ipsecvif_ts *b);
int ipsecvif_ts_cmp(const struct ipsecvif_ts *a, const struct ipsecvif_ts *b);

/* selector.c */
struct ipsecvif_selector *ipsecvif_selector_find(struct ipsecvif_dev *vif,
						 const struct ipsecvif_ts *ts);
struct ipsecvif_selector *ipsecvif_selector_new(struct ipsecvif_dev *vif,
						const struct ipsecvif_ts *ts);
void ipsecvif_selector_free(struct ipsecvif_dev *vif, struct ipsecvif_selector *sel);
void ipsecvif_selector_link(struct ipsecvif_dev *vif, struct ipsecvif_selector *sel);
void ipsecvif_selector_unlink(struct ipsecvif_dev *vif, struct ipsecvif_selector *sel);
void ipsecvif_selector_bind(struct ipsecvif_selector *sel, struct ipsecvif_sa *sa,
			    struct ipsecvif_binding *binding);
void ipsecvif_selector_unbind_sa(struct ipsecvif_sa *sa);
void ipsecvif_selector_update(struct ipsecvif_selector *sel);
void ipsecvif_selector_flush(struct ipsecvif_dev *vif);
struct ipsecvif_sa *ipsecvif_selector_peek(struct ipsecvif_dev *vif, struct sk_buff *skb,
					   struct ipsecvif_selector **sel);
struct ipsecvif_sa *ipsecvif_selector_lookup(struct ipsecvif_dev *vif, struct sk_buff *skb,
					     struct ipsecvif_selector **sel);
bool ipsecvif_sa_other_peer(const struct ipsecvif_sa *a, const struct ipsecvif_sa *b);
const struct ipsecvif_sa *ipsecvif_selector_rival(struct ipsecvif_dev *vif,
						  const struct ipsecvif_ts *ts,
						  const struct ipsecvif_sa *sa);
bool ipsecvif_selector_covers(struct ipsecvif_dev *vif, const struct ipsecvif_flow *flow);
bool ipsecvif_selector_accepts(const struct ipsecvif_sa *sa, struct sk_buff *skb);

#ifdef IPSECVIF_SELFTEST
bool ipsecvif_selector_selftest(void);
#endif

#endif /* IPSECVIF_SELECTOR_H */
