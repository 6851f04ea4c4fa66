// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traffic selectors. A device without any carries whatever is routed into it;
 * with some, a packet takes the SA of the first that matches, most specific
 * first, and an inbound packet must match one of those that its SA came with
 * (RFC 4301 5.2 step 4).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "selector.h"

#include <linux/ip.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "net.h"
#include "netdev.h"
#include "sa.h"

/**
 * ipsecvif_proto_has_ports() - does a protocol begin with two ports?
 * @proto: IPPROTO_*
 */
bool ipsecvif_proto_has_ports(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return true;
	default:
		return false;
	}
}

static void flow_ports(struct sk_buff *skb, int offset, struct ipsecvif_flow *flow)
{
	__be16 ports[2];
	const __be16 *p;

	flow->has_ports = false;
	if (!ipsecvif_proto_has_ports(flow->proto))
		return;
	p = skb_header_pointer(skb, offset, sizeof(ports), ports);
	if (!p)
		return;
	flow->sport = ntohs(p[0]);
	flow->dport = ntohs(p[1]);
	flow->has_ports = true;
}

static bool flow_parse_v4(struct sk_buff *skb, struct ipsecvif_flow *flow)
{
	int offset = skb_network_offset(skb);
	const struct iphdr *ip;
	struct iphdr buf;

	ip = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (!ip || ip->ihl < 5)
		return false;
	flow->src.family = AF_INET;
	flow->src.v4 = ip->saddr;
	flow->dst.family = AF_INET;
	flow->dst.v4 = ip->daddr;
	flow->proto = ip->protocol;
	flow->has_ports = false;
	if (!(ip->frag_off & htons(IP_OFFSET)))
		flow_ports(skb, offset + ip->ihl * 4, flow);
	return true;
}

static bool flow_parse_v6(struct sk_buff *skb, struct ipsecvif_flow *flow)
{
	int offset = skb_network_offset(skb);
	const struct ipv6hdr *ip;
	struct ipv6hdr buf;
	__be16 frag_off;

	ip = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (!ip)
		return false;
	flow->src.family = AF_INET6;
	flow->src.v6 = ip->saddr;
	flow->dst.family = AF_INET6;
	flow->dst.v6 = ip->daddr;
	flow->proto = ip->nexthdr;
	flow->has_ports = false;
	offset = ipv6_skip_exthdr(skb, offset + sizeof(buf), &flow->proto, &frag_off);
	if (offset >= 0 && !(frag_off & htons(IP6_OFFSET)))
		flow_ports(skb, offset, flow);
	return true;
}

/**
 * ipsecvif_flow_parse() - read from a packet what selectors look at
 * @skb: with its network header set, and its protocol
 * @flow: filled in
 * @inbound: exchange source and destination
 *
 * Return: false if the packet is not IP.
 */
bool ipsecvif_flow_parse(struct sk_buff *skb, struct ipsecvif_flow *flow, bool inbound)
{
	bool ok = false;

	if (skb->protocol == htons(ETH_P_IP))
		ok = flow_parse_v4(skb, flow);
	else if (skb->protocol == htons(ETH_P_IPV6))
		ok = flow_parse_v6(skb, flow);
	if (ok && inbound) {
		swap(flow->src, flow->dst);
		swap(flow->sport, flow->dport);
	}
	return ok;
}

static bool prefix_match(const struct ipsecvif_addr *net, u8 prefix,
			 const struct ipsecvif_addr *addr)
{
	if (net->family != addr->family)
		return false;
	if (net->family == AF_INET)
		return !prefix || !((net->v4 ^ addr->v4) & htonl(~0U << (32 - prefix)));
	return ipv6_prefix_equal(&net->v6, &addr->v6, prefix);
}

static bool ports_any(u16 min, u16 max)
{
	return !min && max == U16_MAX;
}

static bool ts_match(const struct ipsecvif_ts *ts, const struct ipsecvif_flow *flow)
{
	if (!prefix_match(&ts->src, ts->src_prefix, &flow->src) ||
	    !prefix_match(&ts->dst, ts->dst_prefix, &flow->dst))
		return false;
	if (!ts->proto)
		return true;
	if (ts->proto != flow->proto)
		return false;
	if (ports_any(ts->sport_min, ts->sport_max) && ports_any(ts->dport_min, ts->dport_max))
		return true;
	return flow->has_ports && flow->sport >= ts->sport_min && flow->sport <= ts->sport_max &&
	       flow->dport >= ts->dport_min && flow->dport <= ts->dport_max;
}

static bool ts_equal(const struct ipsecvif_ts *a, const struct ipsecvif_ts *b)
{
	return ipsecvif_addr_equal(&a->src, &b->src) && a->src_prefix == b->src_prefix &&
	       ipsecvif_addr_equal(&a->dst, &b->dst) && a->dst_prefix == b->dst_prefix &&
	       a->proto == b->proto && a->sport_min == b->sport_min &&
	       a->sport_max == b->sport_max && a->dport_min == b->dport_min &&
	       a->dport_max == b->dport_max;
}

/* Does a packet have to be held against a before b? */
static bool ts_before(const struct ipsecvif_ts *a, const struct ipsecvif_ts *b)
{
	unsigned int a_bits = a->src_prefix + a->dst_prefix;
	unsigned int b_bits = b->src_prefix + b->dst_prefix;
	u32 a_ports, b_ports;

	if (a_bits != b_bits)
		return a_bits > b_bits;
	if (!a->proto != !b->proto)
		return a->proto;
	a_ports = a->sport_max - a->sport_min + a->dport_max - a->dport_min;
	b_ports = b->sport_max - b->sport_min + b->dport_max - b->dport_min;
	return a_ports < b_ports;
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
	struct ipsecvif_selector *sel;

	list_for_each_entry(sel, &vif->selectors, on_dev)
		if (ts_equal(&sel->ts, ts))
			return sel;
	return NULL;
}

/**
 * ipsecvif_selector_new() - make a selector, not yet of a device
 * @ts: what it selects
 *
 * Context: process, may sleep. Free with kfree() if it is not linked.
 * Return: the selector, or NULL without memory.
 */
struct ipsecvif_selector *ipsecvif_selector_new(const struct ipsecvif_ts *ts)
{
	struct ipsecvif_selector *sel = kzalloc(sizeof(*sel), GFP_KERNEL_ACCOUNT);

	if (!sel)
		return NULL;
	sel->ts = *ts;
	INIT_LIST_HEAD(&sel->bindings);
	return sel;
}

/**
 * ipsecvif_selector_link() - give a selector to a device
 * @vif: the device, its underlay locked
 * @sel: the selector; the device has none like it
 */
void ipsecvif_selector_link(struct ipsecvif_dev *vif, struct ipsecvif_selector *sel)
{
	struct ipsecvif_selector *other;

	list_for_each_entry(other, &vif->selectors, on_dev)
		if (ts_before(&sel->ts, &other->ts))
			break;
	/* The list's head itself if there is none. */
	list_add_tail_rcu(&sel->on_dev, &other->on_dev);
	vif->selector_count++;
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
	list_del_rcu(&sel->on_dev);
	vif->selector_count--;
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

/**
 * ipsecvif_selector_lookup() - the SA that an outbound packet takes
 * @vif: the device
 * @skb: the packet, with its network header and protocol set
 * @matched: gets its selector: NULL if the device has none, or an
 *	ERR_PTR(-ENOENT) if none matched
 *
 * Context: under rcu_read_lock().
 * Return: the SA, or NULL if there is no usable one.
 */
struct ipsecvif_sa *ipsecvif_selector_lookup(struct ipsecvif_dev *vif, struct sk_buff *skb,
					     struct ipsecvif_selector **matched)
{
	struct ipsecvif_selector *sel;
	struct ipsecvif_flow flow;
	struct ipsecvif_sa *sa;

	*matched = NULL;
	if (list_empty(&vif->selectors)) {
		sa = rcu_dereference(vif->out);
		return sa && ipsecvif_sa_usable(sa) ? sa : NULL;
	}
	*matched = ERR_PTR(-ENOENT);
	if (!ipsecvif_flow_parse(skb, &flow, false))
		return NULL;
	list_for_each_entry_rcu(sel, &vif->selectors, on_dev) {
		if (!ts_match(&sel->ts, &flow))
			continue;
		*matched = sel;
		atomic64_inc(&sel->packets);
		sa = rcu_dereference(sel->out) ?: rcu_dereference(vif->out);
		return sa && ipsecvif_sa_usable(sa) ? sa : NULL;
	}
	return NULL;
}

/**
 * ipsecvif_selector_accepts() - may this packet come by this SA?
 * @sa: the inbound SA
 * @skb: the decrypted packet, with its network header and protocol set
 *
 * RFC 4301 5.2 step 4. An SA without selectors of its own brings whatever the
 * device's selectors allow; a device without any allows all.
 *
 * Context: under rcu_read_lock().
 */
bool ipsecvif_selector_accepts(const struct ipsecvif_sa *sa, struct sk_buff *skb)
{
	const struct ipsecvif_selector *sel;
	const struct ipsecvif_binding *binding;
	struct ipsecvif_flow flow;

	if (!READ_ONCE(sa->bound) && list_empty(&sa->vif->selectors))
		return true;
	if (!ipsecvif_flow_parse(skb, &flow, true))
		return false;
	if (READ_ONCE(sa->bound)) {
		list_for_each_entry_rcu(binding, &sa->bindings, on_sa)
			if (ts_match(&binding->sel->ts, &flow))
				return true;
		return false;
	}
	list_for_each_entry_rcu(sel, &sa->vif->selectors, on_dev)
		if (ts_match(&sel->ts, &flow))
			return true;
	return false;
}

#ifdef IPSECVIF_SELFTEST
#include "selftest/selector_test.c"
#endif
