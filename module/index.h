/* SPDX-License-Identifier: GPL-2.0-only */
/* Which of many selectors a packet meets. */
#ifndef IPSECVIF_INDEX_H
#define IPSECVIF_INDEX_H

#include <linux/list.h>
#include <linux/rhashtable-types.h>

struct ipsecvif_dev;
struct ipsecvif_flow;
struct ipsecvif_selector;
struct ipsecvif_ts;

/**
 * struct ipsecvif_index - a device's selectors, found by the addresses of a packet
 * @table: struct ipsecvif_selector, by the prefixes that enclose it
 * @shapes: struct index_shape: which pairs of prefix lengths there are; RCU, by
 *	ipsecvif_net.lock
 */
struct ipsecvif_index {
	struct rhltable table;
	struct list_head shapes;
};

/* index.c */
int ipsecvif_index_init(struct ipsecvif_index *index);
void ipsecvif_index_destroy(struct ipsecvif_index *index);
int ipsecvif_index_add(struct ipsecvif_dev *vif, struct ipsecvif_selector *sel);
void ipsecvif_index_del(struct ipsecvif_dev *vif, struct ipsecvif_selector *sel);
struct ipsecvif_selector *ipsecvif_index_match(const struct ipsecvif_dev *vif,
					       const struct ipsecvif_flow *flow);
const struct ipsecvif_selector *
ipsecvif_index_ambiguous(const struct ipsecvif_dev *vif, const struct ipsecvif_ts *ts,
			 bool (*which)(const struct ipsecvif_selector *sel, const void *arg),
			 const void *arg);

#ifdef IPSECVIF_SELFTEST
bool ipsecvif_index_selftest(void);
#endif

#endif /* IPSECVIF_INDEX_H */
