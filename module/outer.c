// SPDX-License-Identifier: GPL-2.0-only
/*
 * The outer header: route, path MTU, IP and UDP. Routes are looked up without
 * XFRM's policies, whose packets these are not, and kept for each SA and CPU.
 */
#include "outer.h"

#include <linux/udp.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/route.h>

#include "compat.h"
#include "drop.h"
#include "esp.h"
#include "netdev.h"
#include "sa.h"

/**
 * ipsecvif_outer_route() - the route to an SA's peer
 * @sa: an outbound SA
 * @saddr: gets the outer source address
 *
 * Context: BHs off, under rcu_read_lock().
 * Return: a referenced route; ERR_PTR(-ELOOP) if it leads back into the device,
 * ERR_PTR(-ENETUNREACH) or what routing says if there is none.
 */
struct dst_entry *ipsecvif_outer_route(struct ipsecvif_sa *sa, __be32 *saddr)
{
	const struct ipsecvif_peer *peer = rcu_dereference(sa->peer);
	struct ipsecvif_dev *vif = sa->vif;
	struct rtable *rt = dst_cache_get_ip4(&sa->dst_cache, saddr);
	struct flowi4 fl = {
		.flowi4_oif = READ_ONCE(vif->link),
		.flowi4_mark = READ_ONCE(vif->fwmark),
		.flowi4_proto = peer->encap ? IPPROTO_UDP : IPPROTO_ESP,
		.saddr = peer->src.v4,
		.daddr = peer->dst.v4,
		.fl4_sport = peer->sport,
		.fl4_dport = peer->dport,
	};

	if (likely(rt))
		return &rt->dst;
	rt = __ip_route_output_key(vif->net, &fl);
	if (IS_ERR(rt))
		return ERR_CAST(rt);
	if (rt->dst.dev == vif->dev) {
		ip_rt_put(rt);
		return ERR_PTR(-ELOOP);
	}
	dst_cache_set_ip4(&sa->dst_cache, &rt->dst, fl.saddr);
	*saddr = fl.saddr;
	return &rt->dst;
}

static unsigned int outer_header_len(const struct ipsecvif_peer *peer)
{
	return sizeof(struct iphdr) + (peer->encap ? sizeof(struct udphdr) : 0);
}

/**
 * ipsecvif_outer_mtu() - the largest inner packet that fits the path
 * @sa: an outbound SA
 * @dst: its route
 *
 * Context: under rcu_read_lock().
 * Return: bytes.
 */
unsigned int ipsecvif_outer_mtu(const struct ipsecvif_sa *sa, const struct dst_entry *dst)
{
	unsigned int header = outer_header_len(rcu_dereference(sa->peer));
	unsigned int mtu = dst_mtu(dst);

	return ipsecvif_esp_payload(&sa->crypt, mtu > header ? mtu - header : 0);
}

/**
 * ipsecvif_outer_headroom() - what comes before the ESP header
 * @dst: the route
 *
 * Return: bytes, link layer included.
 */
unsigned int ipsecvif_outer_headroom(const struct dst_entry *dst)
{
	return LL_RESERVED_SPACE(dst->dev) + dst->header_len + sizeof(struct iphdr) +
	       sizeof(struct udphdr);
}

/**
 * ipsecvif_outer_df() - must the outer packet not be fragmented?
 * @sa: the SA
 * @skb: the inner packet
 *
 * RFC 4301 8.1.
 */
bool ipsecvif_outer_df(const struct ipsecvif_sa *sa, const struct sk_buff *skb)
{
	switch (READ_ONCE(sa->vif->df)) {
	case IPSECVIF_DF_SET:
		return true;
	case IPSECVIF_DF_CLEAR:
		return false;
	default:
		return skb->protocol != htons(ETH_P_IP) || ip_hdr(skb)->frag_off & htons(IP_DF);
	}
}

/**
 * ipsecvif_outer_fill() - note what the outer header takes from the inner one
 * @sa: the SA
 * @skb: the inner packet; its skb->cb is filled
 * @df: from ipsecvif_outer_df(), unless the path is too narrow for IPv6
 * @saddr: from ipsecvif_outer_route()
 *
 * RFC 6040 4.1: the ECN field is copied. The DSCP is, if the device says so.
 */
void ipsecvif_outer_fill(const struct ipsecvif_sa *sa, struct sk_buff *skb, bool df, __be32 saddr)
{
	struct ipsecvif_outer *outer = ipsecvif_outer_cb(skb);
	struct ipsecvif_dev *vif = sa->vif;
	u8 tos, ttl;

	if (skb->protocol == htons(ETH_P_IP)) {
		tos = ip_hdr(skb)->tos;
		ttl = ip_hdr(skb)->ttl;
	} else {
		tos = ipv6_get_dsfield(ipv6_hdr(skb));
		ttl = ipv6_hdr(skb)->hop_limit;
	}
	if (READ_ONCE(vif->dscp) == IPSECVIF_DSCP_CLEAR)
		tos &= INET_ECN_MASK;
	outer->tos = tos;
	outer->ttl = READ_ONCE(vif->ttl) ?: ttl;
	outer->df = df;
	outer->inner_len = skb->len;
	outer->saddr = saddr;
}

static void udp_push(const struct ipsecvif_peer *peer, struct sk_buff *skb)
{
	struct udphdr *udp = skb_push(skb, sizeof(*udp));

	skb_reset_transport_header(skb);
	udp->source = peer->sport;
	udp->dest = peer->dport;
	udp->len = htons(skb->len);
	udp->check = 0; /* RFC 3948 2.1: SHOULD be zero over IPv4 */
}

static void ip_push(const struct ipsecvif_peer *peer, struct sk_buff *skb, struct net *net)
{
	const struct ipsecvif_outer outer = *ipsecvif_outer_cb(skb);
	struct iphdr *ip = skb_push(skb, sizeof(*ip));

	skb_reset_network_header(skb);
	/* IP's own view of skb->cb begins here. */
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tos = outer.tos;
	ip->ttl = outer.ttl;
	ip->frag_off = outer.df && !ip_mtu_locked(skb_dst(skb)) ? htons(IP_DF) : 0;
	ip->protocol = peer->encap ? IPPROTO_UDP : IPPROTO_ESP;
	ip->saddr = outer.saddr;
	ip->daddr = peer->dst.v4;
	skb->protocol = htons(ETH_P_IP);
	ip_select_ident(net, skb, NULL);
}

/**
 * ipsecvif_outer_send() - put the outer header on and send
 * @sa: the SA
 * @skb: ESP, with its skb->cb filled and its route set; consumed
 *
 * Context: BHs off, under rcu_read_lock().
 */
void ipsecvif_outer_send(struct ipsecvif_sa *sa, struct sk_buff *skb)
{
	const struct ipsecvif_peer *peer = rcu_dereference(sa->peer);
	unsigned int inner_len = ipsecvif_outer_cb(skb)->inner_len;
	struct ipsecvif_dev *vif = sa->vif;
	int err;

	skb_reset_transport_header(skb);
	skb->mark = READ_ONCE(vif->fwmark);
	skb->ip_summed = CHECKSUM_NONE;
	if (peer->encap)
		udp_push(peer, skb);
	ip_push(peer, skb, vif->net);
	err = ip_local_out(vif->net, NULL, skb);
	if (unlikely(net_xmit_eval(err)))
		ipsecvif_drop_lost(vif, IPSECVIF_DROP_UNDERLAY);
	else
		dev_sw_netstats_tx_add(vif->dev, 1, inner_len);
}
