// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which of many selectors a packet meets. Each is in a hash table under the two
 * longest prefixes that enclose its sources and its destinations; a packet is
 * looked for once for each pair of prefix lengths that occurs ("shape"), of which
 * even 100,000 selectors have but a few. What it finds there is compared in full:
 * a range is more than its prefix says, and so are protocols and ports.
 */
#include "index.h"

#include <linux/jhash.h>
#include <linux/rculist.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "net.h"
#include "netdev.h"
#include "selector.h"

/* So few are compared one by one sooner than looked up. */
#define INDEX_FEW 4

/**
 * struct index_shape - a pair of prefix lengths that selectors have
 * @list: in struct ipsecvif_index.shapes
 * @rcu: frees it
 * @count: selectors
 * @family: AF_INET or AF_INET6
 * @src_len: bits
 * @dst_len: bits
 */
struct index_shape {
	struct list_head list;
	struct rcu_head rcu;
	u32 count;
	u8 family;
	u8 src_len;
	u8 dst_len;
};

/* Two prefixes of one family. */
struct index_key {
	struct ipsecvif_addr src, dst;
	u8 src_len;
	u8 dst_len;
};

static void key_make(struct index_key *key, const struct ipsecvif_addr *src, u8 src_len,
		     const struct ipsecvif_addr *dst, u8 dst_len)
{
	ipsecvif_addr_prefix(&key->src, src, src_len);
	ipsecvif_addr_prefix(&key->dst, dst, dst_len);
	key->src_len = src_len;
	key->dst_len = dst_len;
}

static void key_of(struct index_key *key, const struct ipsecvif_selector *sel)
{
	key_make(key, &sel->ts.src.min, sel->src_len, &sel->ts.dst.min, sel->dst_len);
}

static u32 index_hash(const void *data, u32 len, u32 seed)
{
	const struct index_key *key = data;
	u32 lens = key->src_len << 8 | key->dst_len;

	if (key->src.family == AF_INET)
		return jhash_3words((__force u32)key->src.v4, (__force u32)key->dst.v4, lens, seed);
	return __ipv6_addr_jhash(&key->src.v6, __ipv6_addr_jhash(&key->dst.v6, seed ^ lens));
}

static u32 index_obj_hash(const void *data, u32 len, u32 seed)
{
	struct index_key key;

	key_of(&key, data);
	return index_hash(&key, sizeof(key), seed);
}

static int index_obj_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct ipsecvif_selector *sel = obj;
	const struct index_key *key = arg->key;
	struct index_key own;

	if (sel->src_len != key->src_len || sel->dst_len != key->dst_len)
		return 1;
	key_of(&own, sel);
	return !ipsecvif_addr_equal(&own.src, &key->src) ||
	       !ipsecvif_addr_equal(&own.dst, &key->dst);
}

static const struct rhashtable_params index_params = {
	.head_offset = offsetof(struct ipsecvif_selector, in_index),
	.hashfn = index_hash,
	.obj_hashfn = index_obj_hash,
	.obj_cmpfn = index_obj_cmp,
	.automatic_shrinking = true,
};

/**
 * ipsecvif_index_init() - prepare a device's index
 * @index: the index
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ipsecvif_index_init(struct ipsecvif_index *index)
{
	INIT_LIST_HEAD(&index->shapes);
	return rhltable_init(&index->table, &index_params);
}

/**
 * ipsecvif_index_destroy() - undo ipsecvif_index_init()
 * @index: the index, empty
 *
 * Context: process, may sleep.
 */
void ipsecvif_index_destroy(struct ipsecvif_index *index)
{
	rhltable_destroy(&index->table);
}

static struct index_shape *shape_find(struct ipsecvif_index *index,
				      const struct ipsecvif_selector *sel)
{
	struct index_shape *shape;

	list_for_each_entry(shape, &index->shapes, list)
		if (shape->family == sel->ts.src.min.family && shape->src_len == sel->src_len &&
		    shape->dst_len == sel->dst_len)
			return shape;
	return NULL;
}

/* Count a selector to its shape, which @new becomes if there is none yet. */
static void shape_get(struct ipsecvif_index *index, const struct ipsecvif_selector *sel,
		      struct index_shape *new)
{
	struct index_shape *shape = shape_find(index, sel);

	if (shape) {
		kfree(new);
	} else {
		shape = new;
		shape->family = sel->ts.src.min.family;
		shape->src_len = sel->src_len;
		shape->dst_len = sel->dst_len;
		list_add_rcu(&shape->list, &index->shapes);
	}
	shape->count++;
}

static void shape_put(struct ipsecvif_index *index, const struct ipsecvif_selector *sel)
{
	struct index_shape *shape = shape_find(index, sel);

	if (--shape->count)
		return;
	list_del_rcu(&shape->list);
	kfree_rcu(shape, rcu);
}

/**
 * ipsecvif_index_add() - make a selector one that can be found, once it is linked
 * @vif: the device
 * @sel: the selector, with its @ts
 *
 * Context: process, may sleep; ipsecvif_net.lock not held.
 * Return: 0 or -ENOMEM.
 */
int ipsecvif_index_add(struct ipsecvif_dev *vif, struct ipsecvif_selector *sel)
{
	struct ipsecvif_net *inet = ipsecvif_net(vif->net);
	struct ipsecvif_index *index = &vif->index;
	struct index_shape *shape = kzalloc(sizeof(*shape), GFP_KERNEL_ACCOUNT);
	struct index_key key;

	if (!shape)
		return -ENOMEM;
	sel->src_len = ipsecvif_range_enclosing(&sel->ts.src);
	sel->dst_len = ipsecvif_range_enclosing(&sel->ts.dst);
	key_of(&key, sel);
	if (rhltable_insert_key(&index->table, &key, &sel->in_index, index_params)) {
		kfree(shape);
		return -ENOMEM;
	}
	spin_lock_bh(&inet->lock);
	shape_get(index, sel, shape);
	spin_unlock_bh(&inet->lock);
	return 0;
}

/**
 * ipsecvif_index_del() - undo ipsecvif_index_add()
 * @vif: the device, its underlay locked
 * @sel: the selector; readers may see it for another grace period
 */
void ipsecvif_index_del(struct ipsecvif_dev *vif, struct ipsecvif_selector *sel)
{
	rhltable_remove(&vif->index.table, &sel->in_index, index_params);
	shape_put(&vif->index, sel);
}

static struct rhlist_head *index_lookup(const struct ipsecvif_dev *vif, const struct index_key *key)
{
	struct rhltable *table = (struct rhltable *)&vif->index.table; /* is only read */

	return rhltable_lookup(table, key, index_params);
}

/* The better of what was found and what is under a key. */
static struct ipsecvif_selector *index_better(const struct ipsecvif_dev *vif,
					      const struct index_key *key,
					      const struct ipsecvif_flow *flow,
					      struct ipsecvif_selector *best)
{
	struct ipsecvif_selector *sel;
	struct rhlist_head *pos;

	rhl_for_each_entry_rcu(sel, pos, index_lookup(vif, key), in_index)
		if (READ_ONCE(sel->linked) && ipsecvif_ts_match(&sel->ts, flow) &&
		    (!best || ipsecvif_ts_cmp(&sel->ts, &best->ts) < 0))
			best = sel;
	return best;
}

/**
 * ipsecvif_index_match() - the selector that a packet meets first
 * @vif: the device
 * @flow: the packet, as seen outbound
 *
 * Context: under rcu_read_lock().
 * Return: the selector, or NULL.
 */
struct ipsecvif_selector *ipsecvif_index_match(const struct ipsecvif_dev *vif,
					       const struct ipsecvif_flow *flow)
{
	struct ipsecvif_selector *sel, *best = NULL;
	const struct index_shape *shape;
	struct index_key key;

	if (READ_ONCE(vif->selector_count) <= INDEX_FEW) {
		list_for_each_entry_rcu(sel, &vif->selectors, on_dev)
			if (ipsecvif_ts_match(&sel->ts, flow))
				return sel;
		return NULL;
	}
	list_for_each_entry_rcu(shape, &vif->index.shapes, list) {
		if (shape->family != flow->src.family)
			continue;
		key_make(&key, &flow->src, shape->src_len, &flow->dst, shape->dst_len);
		best = index_better(vif, &key, flow, best);
	}
	return best;
}

/* Is it all that its enclosing prefixes hold? */
static bool ts_is_prefixes(const struct ipsecvif_ts *ts)
{
	return !ts->proto && ipsecvif_range_prefix(&ts->src) >= 0 &&
	       ipsecvif_range_prefix(&ts->dst) >= 0;
}

static bool shape_encloses(const struct index_shape *shape, u8 src_len, u8 dst_len)
{
	return shape->src_len <= src_len && shape->dst_len <= dst_len;
}

static bool shape_is_enclosed(const struct index_shape *shape, u8 src_len, u8 dst_len)
{
	return shape->src_len >= src_len && shape->dst_len >= dst_len;
}

/* A predicate with its argument, and what it is asked together with. */
struct index_question {
	const struct ipsecvif_ts *ts;
	bool (*which)(const struct ipsecvif_selector *sel, const void *arg);
	const void *arg;
};

static bool index_asks_for(const struct index_question *q, const struct ipsecvif_selector *sel)
{
	return sel->linked && ipsecvif_ts_ambiguous(&sel->ts, q->ts) && q->which(sel, q->arg);
}

static const struct ipsecvif_selector *ambiguous_of_all(const struct ipsecvif_dev *vif,
							const struct index_question *q)
{
	const struct ipsecvif_selector *sel;

	list_for_each_entry_rcu(sel, &vif->selectors, on_dev)
		if (index_asks_for(q, sel))
			return sel;
	return NULL;
}

static const struct ipsecvif_selector *ambiguous_of_shape(const struct ipsecvif_dev *vif,
							  const struct index_shape *shape,
							  const struct index_question *q)
{
	const struct ipsecvif_ts *ts = q->ts;
	const struct ipsecvif_selector *sel;
	struct rhlist_head *pos;
	struct index_key key;

	key_make(&key, &ts->src.min, shape->src_len, &ts->dst.min, shape->dst_len);
	rhl_for_each_entry_rcu(sel, pos, index_lookup(vif, &key), in_index)
		if (index_asks_for(q, sel))
			return sel;
	return NULL;
}

/**
 * ipsecvif_index_ambiguous() - a selector that disputes packets with another
 * @vif: the device, its underlay locked
 * @ts: the other one, maybe not of the device
 * @which: is it one that is looked for?
 * @arg: for @which
 *
 * Prefixes either contain each other or are apart. So what has shorter ones in both
 * respects is where a packet of @ts would look for it; and what has longer ones in both
 * lies within @ts, if that is a pair of prefixes and nothing else. Otherwise each
 * selector of the device is looked at.
 *
 * Return: the selector, or NULL.
 */
const struct ipsecvif_selector *
ipsecvif_index_ambiguous(const struct ipsecvif_dev *vif, const struct ipsecvif_ts *ts,
			 bool (*which)(const struct ipsecvif_selector *sel, const void *arg),
			 const void *arg)
{
	const struct index_question q = { .ts = ts, .which = which, .arg = arg };
	u8 src_len = ipsecvif_range_enclosing(&ts->src);
	u8 dst_len = ipsecvif_range_enclosing(&ts->dst);
	const struct ipsecvif_selector *found = NULL;
	bool prefixes = ts_is_prefixes(ts);
	const struct index_shape *shape;

	rcu_read_lock();
	list_for_each_entry_rcu(shape, &vif->index.shapes, list) {
		if (shape->family != ts->src.min.family)
			continue;
		if (shape_encloses(shape, src_len, dst_len)) {
			found = ambiguous_of_shape(vif, shape, &q);
		} else if (!prefixes || !shape_is_enclosed(shape, src_len, dst_len)) {
			found = ambiguous_of_all(vif, &q);
			break;
		}
		if (found)
			break;
	}
	rcu_read_unlock();
	return found;
}
