// SPDX-License-Identifier: GPL-2.0-only
/*
 * The route to an SA's peer, looked up without XFRM's policies, whose packets these are
 * not, and kept until it is no longer valid. One for all CPUs: with one for each, as a
 * struct dst_cache has, a gateway of many CPUs and SAs would spend most of an SA's memory
 * on it; and they all point to the same route anyway.
 */
#include "route.h"

#include <net/addrconf.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/route.h>

#include "netdev.h"
#include "sa.h"

/**
 * struct ipsecvif_route - what a look-up found
 * @dst: the route, referenced
 * @peer: which addresses it was looked up for, to be compared only
 * @generation: ipsecvif_dev.routes then
 * @saddr: the source address that goes with it
 * @cookie: of IPv6: which state of the routing table it is of
 * @rcu: frees it
 */
struct ipsecvif_route {
	struct dst_entry *dst;
	const struct ipsecvif_peer *peer;
	u32 generation;
	u32 cookie;
	struct ipsecvif_addr saddr;
	struct rcu_head rcu;
};

/* NULL if none is kept, or it is not valid any more. */
static struct dst_entry *route_kept(const struct ipsecvif_sa *sa, const struct ipsecvif_peer *peer,
				    u32 generation, struct ipsecvif_addr *saddr)
{
	const struct ipsecvif_route *route = rcu_dereference(sa->route);
	struct dst_entry *dst;

	/* It may have been looked up before a change, and kept after it. */
	if (unlikely(!route || route->peer != peer || route->generation != generation))
		return NULL;
	dst = route->dst;
	if (unlikely(dst->obsolete && !dst->ops->check(dst, route->cookie)))
		return NULL;
	*saddr = route->saddr;
	return dst;
}

static void route_replace(struct ipsecvif_sa *sa, struct ipsecvif_route *new)
{
	struct ipsecvif_route *old;

	old = unrcu_pointer(xchg(&sa->route, RCU_INITIALIZER(new)));
	if (!old)
		return;
	dst_release(old->dst);
	kfree_rcu(old, rcu);
}

/* The SA's reference to a route from now on. */
static int route_keep(struct ipsecvif_sa *sa, const struct ipsecvif_peer *peer, u32 generation,
		      struct dst_entry *dst, const struct ipsecvif_addr *saddr)
{
	struct ipsecvif_route *route = kmalloc(sizeof(*route), GFP_ATOMIC | __GFP_NOWARN);

	if (!route)
		return -ENOMEM;
	route->dst = dst;
	route->peer = peer;
	route->generation = generation;
	route->saddr = *saddr;
	route->cookie = 0;
	if (saddr->family == AF_INET6)
		route->cookie = rt6_get_cookie(container_of(dst, struct rt6_info, dst));
	route_replace(sa, route);
	return 0;
}

static struct dst_entry *route_v4(const struct ipsecvif_sa *sa, const struct ipsecvif_peer *peer,
				  __be32 *saddr)
{
	struct ipsecvif_dev *vif = sa->vif;
	struct flowi4 fl = {
		.flowi4_oif = READ_ONCE(vif->link),
		.flowi4_mark = READ_ONCE(vif->fwmark),
		.flowi4_proto = peer->encap ? IPPROTO_UDP : sa->proto,
		.saddr = peer->src.v4,
		.daddr = peer->dst.v4,
		.fl4_sport = peer->sport,
		.fl4_dport = peer->dport,
	};
	struct rtable *rt;

	rt = __ip_route_output_key(vif->net, &fl);
	if (IS_ERR(rt))
		return ERR_CAST(rt);
	*saddr = fl.saddr;
	return &rt->dst;
}

static struct dst_entry *route_v6(const struct ipsecvif_sa *sa, const struct ipsecvif_peer *peer,
				  struct in6_addr *saddr)
{
	struct ipsecvif_dev *vif = sa->vif;
	struct flowi6 fl = {
		.flowi6_oif = READ_ONCE(vif->link),
		.flowi6_mark = READ_ONCE(vif->fwmark),
		.flowi6_proto = peer->encap ? IPPROTO_UDP : sa->proto,
		.saddr = peer->src.v6,
		.daddr = peer->dst.v6,
		.fl6_sport = peer->sport,
		.fl6_dport = peer->dport,
	};
	struct dst_entry *dst;
	int err;

	/* As IPv4 does: the underlay is not a preference. */
	dst = ip6_route_output_flags(vif->net, NULL, &fl, fl.flowi6_oif ? RT6_LOOKUP_F_IFACE : 0);
	err = dst->error;
	if (!err && dst->dev != vif->dev && ipv6_addr_any(&fl.saddr))
		err = ipv6_dev_get_saddr(vif->net, dst->dev, &fl.daddr, 0, &fl.saddr);
	if (err) {
		dst_release(dst);
		return ERR_PTR(err);
	}
	*saddr = fl.saddr;
	return dst;
}

/**
 * ipsecvif_route_find() - the route to an SA's peer
 * @sa: an outbound SA
 * @saddr: gets the outer source address
 *
 * The SA holds the route. Whoever replaces it may let it go meanwhile, but not before
 * RCU's readers are done with it: so packets, of which all CPUs share it, don't count
 * their references.
 *
 * Context: BHs off, under rcu_read_lock(), as long as the route is used.
 * Return: the route, without a reference; ERR_PTR(-ELOOP) if it leads back into the
 * device, ERR_PTR(-ENOMEM), ERR_PTR(-ENETUNREACH) or what routing says if there is none.
 */
struct dst_entry *ipsecvif_route_find(struct ipsecvif_sa *sa, struct ipsecvif_addr *saddr)
{
	u32 generation = smp_load_acquire(&sa->vif->routes); /* before what it is of */
	const struct ipsecvif_peer *peer = rcu_dereference(sa->peer);
	struct dst_entry *dst;
	int err;

	saddr->family = peer->dst.family;
	dst = route_kept(sa, peer, generation, saddr);
	if (likely(dst))
		return dst;
	dst = saddr->family == AF_INET6 ? route_v6(sa, peer, &saddr->v6) :
					  route_v4(sa, peer, &saddr->v4);
	if (IS_ERR(dst)) /* of IPv4's, -ENOBUFS says that there was no memory */
		return PTR_ERR(dst) == -ENOBUFS ? ERR_PTR(-ENOMEM) : dst;
	err = dst->dev == sa->vif->dev ? -ELOOP : route_keep(sa, peer, generation, dst, saddr);
	if (!err)
		return dst;
	dst_release(dst);
	return ERR_PTR(err);
}

/**
 * ipsecvif_route_reset() - the next packet looks for a route
 * @sa: the SA
 *
 * Context: any but hard interrupt.
 */
void ipsecvif_route_reset(struct ipsecvif_sa *sa)
{
	route_replace(sa, NULL);
}
