// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traffic selectors. A device without any carries whatever is routed into it;
 * with some, a packet takes the SA of the first that matches, most specific
 * first, and an inbound packet must match one of those that its SA came with
 * (RFC 4301 5.2 step 4).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "selector.h"

#include <linux/slab.h>

#include "net.h"
#include "netdev.h"
#include "sa.h"

static struct ipsecvif_net *sa_net(const struct ipsecvif_sa *sa)
{
	return ipsecvif_net(sa->vif->net);
}

static int selector_order(const void *key, const struct rb_node *node)
{
	return ipsecvif_ts_cmp(key, &rb_entry(node, struct ipsecvif_selector, in_order)->ts);
}

/**
 * ipsecvif_selector_find() - a device's selector
 * @vif: the device, its underlay locked
 * @ts: what it selects
 *
 * Return: the selector, or NULL.
 */
struct ipsecvif_selector *ipsecvif_selector_find(struct ipsecvif_dev *vif,
						 const struct ipsecvif_ts *ts)
{
	struct rb_node *node = rb_find(ts, &vif->selector_order, selector_order);

	return node ? rb_entry(node, struct ipsecvif_selector, in_order) : NULL;
}

/**
 * ipsecvif_selector_new() - make a selector, not yet linked to its device
 * @vif: the device
 * @ts: what it selects
 *
 * Context: process, may sleep; ipsecvif_net.lock not held.
 * Return: the selector, to be linked or freed, or NULL without memory.
 */
struct ipsecvif_selector *ipsecvif_selector_new(struct ipsecvif_dev *vif,
						const struct ipsecvif_ts *ts)
{
	struct ipsecvif_selector *sel = kzalloc(sizeof(*sel), GFP_KERNEL_ACCOUNT);

	if (!sel)
		return NULL;
	sel->ts = *ts;
	INIT_LIST_HEAD(&sel->bindings);
	ipsecvif_hold_init(&sel->hold);
	if (!ipsecvif_index_add(vif, sel))
		return sel;
	kfree(sel);
	return NULL;
}

/**
 * ipsecvif_selector_free() - free a selector that was not linked
 * @vif: the device that it was made for
 * @sel: the selector, or NULL
 *
 * Context: process; ipsecvif_net.lock not held.
 */
void ipsecvif_selector_free(struct ipsecvif_dev *vif, struct ipsecvif_selector *sel)
{
	struct ipsecvif_net *inet = ipsecvif_net(vif->net);

	if (!sel)
		return;
	spin_lock_bh(&inet->lock);
	ipsecvif_index_del(vif, sel);
	spin_unlock_bh(&inet->lock);
	kfree_rcu(sel, rcu);
}

static bool selector_before(struct rb_node *a, const struct rb_node *b)
{
	return selector_order(&rb_entry(a, struct ipsecvif_selector, in_order)->ts, b) < 0;
}

/**
 * ipsecvif_selector_link() - give a selector to its device
 * @vif: the device, its underlay locked
 * @sel: the selector; the device has none like it
 */
void ipsecvif_selector_link(struct ipsecvif_dev *vif, struct ipsecvif_selector *sel)
{
	struct rb_node *prev;

	rb_add(&sel->in_order, &vif->selector_order, selector_before);
	prev = rb_prev(&sel->in_order);
	list_add_rcu(&sel->on_dev,
		     prev ? &rb_entry(prev, struct ipsecvif_selector, in_order)->on_dev :
			    &vif->selectors);
	WRITE_ONCE(sel->linked, true);
	WRITE_ONCE(vif->selector_count, vif->selector_count + 1);
}

static void binding_remove(struct ipsecvif_binding *binding)
{
	list_del(&binding->on_sel);
	list_del_rcu(&binding->on_sa);
	kfree_rcu(binding, rcu);
}

/**
 * ipsecvif_selector_unlink() - take a selector from its device
 * @vif: the device, its underlay locked
 * @sel: the selector; freed in its time. SAs bound to it do not carry its
 *	traffic any more, nor any other's
 */
void ipsecvif_selector_unlink(struct ipsecvif_dev *vif, struct ipsecvif_selector *sel)
{
	struct ipsecvif_binding *binding, *next;

	list_for_each_entry_safe(binding, next, &sel->bindings, on_sel)
		binding_remove(binding);
	WRITE_ONCE(sel->linked, false);
	list_del_rcu(&sel->on_dev);
	rb_erase(&sel->in_order, &vif->selector_order);
	ipsecvif_index_del(vif, sel);
	WRITE_ONCE(vif->selector_count, vif->selector_count - 1);
	ipsecvif_hold_end(vif, &sel->hold);
	kfree_rcu(sel, rcu);
}

/**
 * ipsecvif_selector_update() - choose the outbound SA of a selector anew
 * @sel: the selector, its device's underlay locked
 */
void ipsecvif_selector_update(struct ipsecvif_selector *sel)
{
	struct ipsecvif_binding *binding;
	struct ipsecvif_sa *out = NULL;

	list_for_each_entry(binding, &sel->bindings, on_sel) {
		if (binding->sa->dir == IPSECVIF_DIR_OUT && ipsecvif_sa_usable(binding->sa)) {
			out = binding->sa;
			break;
		}
	}
	rcu_assign_pointer(sel->out, out);
}

/* The peer's end of an SA; none if an inbound one does not say. */
static const struct ipsecvif_addr *sa_remote(const struct ipsecvif_sa *sa)
{
	const struct ipsecvif_peer *peer =
		rcu_dereference_protected(sa->peer, lockdep_is_held(&sa_net(sa)->lock));

	return sa->dir == IPSECVIF_DIR_OUT ? &peer->dst : &peer->src;
}

/**
 * ipsecvif_sa_other_peer() - are two SAs known to be of different peers?
 * @a: an SA, its underlay locked
 * @b: another of the same underlay
 */
bool ipsecvif_sa_other_peer(const struct ipsecvif_sa *a, const struct ipsecvif_sa *b)
{
	const struct ipsecvif_addr *to_a = sa_remote(a), *to_b = sa_remote(b);

	return !ipsecvif_addr_any(to_a) && !ipsecvif_addr_any(to_b) &&
	       !ipsecvif_addr_equal(to_a, to_b);
}

/* The SA that says where a selector's packets go: outbound, else inbound; or NULL. */
static const struct ipsecvif_sa *selector_sa(const struct ipsecvif_selector *sel)
{
	const struct ipsecvif_binding *binding;

	if (rcu_access_pointer(sel->out))
		return rcu_dereference_protected(sel->out, 1);
	list_for_each_entry(binding, &sel->bindings, on_sel)
		if (ipsecvif_sa_usable(binding->sa))
			return binding->sa;
	return NULL;
}

static bool selector_of_other_peer(const struct ipsecvif_selector *sel, const void *sa)
{
	const struct ipsecvif_sa *other = selector_sa(sel);

	return other && ipsecvif_sa_other_peer(sa, other);
}

/**
 * ipsecvif_selector_rival() - does a selector's traffic belong to another peer?
 * @vif: the device, its underlay locked
 * @ts: what is to be selected
 * @sa: the SA that it is to be bound to
 *
 * Two peers can't both have the same traffic of a device, nor have selectors
 * that cross each other. One within the other is fine: the more specific wins.
 * Several SAs with one peer are a rekey.
 *
 * Return: an SA of another peer that has it, or NULL.
 */
const struct ipsecvif_sa *ipsecvif_selector_rival(struct ipsecvif_dev *vif,
						  const struct ipsecvif_ts *ts,
						  const struct ipsecvif_sa *sa)
{
	const struct ipsecvif_selector *sel;

	sel = ipsecvif_index_ambiguous(vif, ts, selector_of_other_peer, sa);
	return sel ? selector_sa(sel) : NULL;
}

/**
 * ipsecvif_selector_bind() - tie an SA to a selector
 * @sel: the selector, its device's underlay locked
 * @sa: an SA of the same device, linked or about to be
 * @binding: memory for it, which the selector now owns
 */
void ipsecvif_selector_bind(struct ipsecvif_selector *sel, struct ipsecvif_sa *sa,
			    struct ipsecvif_binding *binding)
{
	binding->sel = sel;
	binding->sa = sa;
	if (!sa->bound) {
		if (sa->dir == IPSECVIF_DIR_OUT && !list_empty(&sa->on_dev))
			sa->vif->out_unbound--;
		WRITE_ONCE(sa->bound, true);
	}
	list_add(&binding->on_sel, &sel->bindings);
	list_add_rcu(&binding->on_sa, &sa->bindings);
	ipsecvif_selector_update(sel);
}

/**
 * ipsecvif_selector_unbind_sa() - untie an SA that is being unlinked
 * @sa: the SA, its device's underlay locked
 */
void ipsecvif_selector_unbind_sa(struct ipsecvif_sa *sa)
{
	struct ipsecvif_binding *binding, *next;

	list_for_each_entry_safe(binding, next, &sa->bindings, on_sa) {
		struct ipsecvif_selector *sel = binding->sel;

		binding_remove(binding);
		if (sel->automatic && list_empty(&sel->bindings))
			ipsecvif_selector_unlink(sa->vif, sel);
		else
			ipsecvif_selector_update(sel);
	}
}

/**
 * ipsecvif_selector_flush() - remove a device's selectors
 * @vif: the device, its underlay locked
 */
void ipsecvif_selector_flush(struct ipsecvif_dev *vif)
{
	struct ipsecvif_selector *sel, *next;

	list_for_each_entry_safe(sel, next, &vif->selectors, on_dev)
		ipsecvif_selector_unlink(vif, sel);
}

/*
 * That of an outbound packet. An ICMP error that a router on our side made goes
 * the way that the packet came by which it is about (RFC 4301 6.2).
 */
static struct ipsecvif_selector *selector_of_packet(struct ipsecvif_dev *vif, struct sk_buff *skb)
{
	struct ipsecvif_selector *sel;
	struct ipsecvif_flow flow;

	if (!ipsecvif_flow_parse(skb, &flow, false))
		return NULL;
	sel = ipsecvif_index_match(vif, &flow);
	if (likely(sel) || !ipsecvif_flow_quoted(skb, &flow, false))
		return sel;
	return ipsecvif_index_match(vif, &flow);
}

/**
 * ipsecvif_selector_peek() - the SA that an outbound packet would take
 * @vif: the device
 * @skb: the packet, with its network header and protocol set
 * @matched: gets its selector: NULL if the device has none, or an
 *	ERR_PTR(-ENOENT) if none matched
 *
 * Context: under rcu_read_lock().
 * Return: the SA, or NULL if there is no usable one.
 */
struct ipsecvif_sa *ipsecvif_selector_peek(struct ipsecvif_dev *vif, struct sk_buff *skb,
					   struct ipsecvif_selector **matched)
{
	struct ipsecvif_selector *sel = NULL;
	struct ipsecvif_sa *sa = NULL;

	if (!list_empty(&vif->selectors)) {
		sel = selector_of_packet(vif, skb);
		if (!sel) {
			*matched = ERR_PTR(-ENOENT);
			return NULL;
		}
		sa = rcu_dereference(sel->out);
	}
	*matched = sel;
	if (!sa)
		sa = rcu_dereference(vif->out);
	return sa && ipsecvif_sa_usable(sa) ? sa : NULL;
}

/**
 * ipsecvif_selector_lookup() - ipsecvif_selector_peek() that counts the packet
 * @vif: the device
 * @skb: the packet
 * @matched: gets its selector
 */
struct ipsecvif_sa *ipsecvif_selector_lookup(struct ipsecvif_dev *vif, struct sk_buff *skb,
					     struct ipsecvif_selector **matched)
{
	struct ipsecvif_sa *sa = ipsecvif_selector_peek(vif, skb, matched);

	if (!IS_ERR_OR_NULL(*matched))
		atomic64_inc(&(*matched)->packets);
	return sa;
}

/**
 * ipsecvif_selector_covers() - does a device's selector name this flow?
 * @vif: the device; without selectors it names none
 * @flow: as seen outbound
 *
 * Context: under rcu_read_lock().
 */
bool ipsecvif_selector_covers(struct ipsecvif_dev *vif, const struct ipsecvif_flow *flow)
{
	return ipsecvif_index_match(vif, flow);
}

/* Is a flow, as seen outbound, one of those that an inbound SA brings? */
static bool sa_brings(const struct ipsecvif_sa *sa, const struct ipsecvif_flow *flow)
{
	const struct ipsecvif_binding *binding;

	if (!READ_ONCE(sa->bound))
		return ipsecvif_index_match(sa->vif, flow);
	list_for_each_entry_rcu(binding, &sa->bindings, on_sa)
		if (ipsecvif_ts_match(&binding->sel->ts, flow))
			return true;
	return false;
}

/**
 * ipsecvif_selector_accepts() - may this packet come by this SA?
 * @sa: the inbound SA
 * @skb: the decrypted packet, with its network header and protocol set
 *
 * RFC 4301 5.2 step 4. An SA without selectors of its own brings whatever the
 * device's selectors allow; a device without any allows all. An ICMP error about
 * a packet that went the other way may come from any router (RFC 4301 6.2).
 *
 * Context: under rcu_read_lock().
 */
bool ipsecvif_selector_accepts(const struct ipsecvif_sa *sa, struct sk_buff *skb)
{
	struct ipsecvif_flow flow;

	if (!READ_ONCE(sa->bound) && list_empty(&sa->vif->selectors))
		return true;
	if (!ipsecvif_flow_parse(skb, &flow, true))
		return false;
	if (likely(sa_brings(sa, &flow)))
		return true;
	return ipsecvif_flow_quoted(skb, &flow, true) && sa_brings(sa, &flow);
}

#ifdef IPSECVIF_SELFTEST
#include "selftest/index_test.c"
#endif
