// SPDX-License-Identifier: GPL-2.0-only
/*
 * The outer header: path MTU, IP and UDP.
 */
#include "outer.h"

#include <linux/udp.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/udp.h>

#include "ah.h"
#include "compat.h"
#include "drop.h"
#include "esp.h"
#include "netdev.h"
#include "route.h"
#include "sa.h"

/* A router's word about the path, which no route could take: see icmp.c. */
static unsigned int path_mtu(const struct ipsecvif_sa *sa, const struct dst_entry *dst)
{
	unsigned int mtu = dst_mtu(dst), told = READ_ONCE(sa->path_mtu);

	if (likely(!told) || time_after(jiffies, READ_ONCE(sa->path_mtu_until)))
		return mtu;
	return min(mtu, told);
}

/**
 * ipsecvif_outer_mtu() - the largest inner packet that fits the path
 * @sa: an outbound SA
 * @dst: its route
 * @header: transport mode: bytes of the packet's own IP header, 0 if not known
 *
 * Context: under rcu_read_lock().
 * Return: bytes.
 */
unsigned int ipsecvif_outer_mtu(const struct ipsecvif_sa *sa, const struct dst_entry *dst,
				unsigned int header)
{
	const struct ipsecvif_peer *peer = rcu_dereference(sa->peer);
	unsigned int udp = peer->encap ? sizeof(struct udphdr) : 0;
	unsigned int mtu = path_mtu(sa, dst), payload, room;

	if (!header)
		header = ipsecvif_addr_header(peer->dst.family);
	room = mtu > header + udp ? mtu - header - udp : 0;
	payload = sa->proto == IPPROTO_AH ?
			  ipsecvif_ah_payload(&sa->crypt, peer->dst.family, room) :
			  ipsecvif_esp_payload(&sa->crypt, room);
	return payload && sa->mode == IPSECVIF_MODE_TRANSPORT ? payload + header : payload;
}

/**
 * ipsecvif_outer_headroom() - what comes before the ESP header in tunnel mode
 * @dst: the route
 * @encap: in UDP
 *
 * Return: bytes, link layer included.
 */
unsigned int ipsecvif_outer_headroom(const struct dst_entry *dst, bool encap)
{
	return LL_RESERVED_SPACE(dst->dev) + dst->header_len +
	       ipsecvif_addr_header(dst->ops->family) + (encap ? sizeof(struct udphdr) : 0);
}

/**
 * ipsecvif_outer_df() - must the outer packet not be fragmented?
 * @sa: the SA
 * @skb: the inner packet
 *
 * RFC 4301 8.1. In transport mode the packet's own header decides.
 */
bool ipsecvif_outer_df(const struct ipsecvif_sa *sa, const struct sk_buff *skb)
{
	if (sa->mode == IPSECVIF_MODE_TUNNEL)
		switch (READ_ONCE(sa->vif->df)) {
		case IPSECVIF_DF_SET:
			return true;
		case IPSECVIF_DF_CLEAR:
			return false;
		}
	return skb->protocol != htons(ETH_P_IP) || ip_hdr(skb)->frag_off & htons(IP_DF);
}

static __be32 outer_label(const struct ipsecvif_sa *sa, const struct sk_buff *skb)
{
	switch (READ_ONCE(sa->vif->flow_label)) {
	case IPSECVIF_FLOW_LABEL_SA:
		return sa->flow_label;
	case IPSECVIF_FLOW_LABEL_COPY:
		return skb->protocol == htons(ETH_P_IPV6) ? ip6_flowlabel(ipv6_hdr(skb)) : 0;
	default:
		return 0;
	}
}

/**
 * ipsecvif_outer_fill() - note what the outer header takes from the inner one
 * @sa: the SA
 * @skb: the inner packet; its skb->cb is filled
 * @df: from ipsecvif_outer_df(), unless the path is too narrow for IPv6
 * @saddr: from ipsecvif_route_find()
 *
 * RFC 6040 4.1: the ECN field is copied. The DSCP is, if the device says so.
 */
void ipsecvif_outer_fill(const struct ipsecvif_sa *sa, struct sk_buff *skb, bool df,
			 const struct ipsecvif_addr *saddr)
{
	struct ipsecvif_outer *outer = ipsecvif_outer_cb(skb);
	struct ipsecvif_dev *vif = sa->vif;
	u8 tos, ttl;

	memset(outer, 0, sizeof(*outer));
	if (skb->protocol == htons(ETH_P_IP)) {
		outer->next_header = IPPROTO_IPIP;
		tos = ip_hdr(skb)->tos;
		ttl = ip_hdr(skb)->ttl;
	} else {
		outer->next_header = IPPROTO_IPV6;
		tos = ipv6_get_dsfield(ipv6_hdr(skb));
		ttl = ipv6_hdr(skb)->hop_limit;
	}
	if (READ_ONCE(vif->dscp) == IPSECVIF_DSCP_CLEAR)
		tos &= INET_ECN_MASK;
	outer->tos = tos;
	outer->ttl = READ_ONCE(vif->ttl) ?: ttl;
	outer->df = df;
	outer->encap = rcu_dereference(sa->peer)->encap;
	outer->inner_len = skb->len;
	if (saddr->family == AF_INET6) {
		outer->saddr.v6 = saddr->v6;
		outer->label = ip6_make_flowinfo(tos, outer_label(sa, skb));
	} else {
		outer->saddr.v4 = saddr->v4;
	}
}

/**
 * ipsecvif_outer_fresh() - a buffer for what a packet becomes
 * @plain: the packet
 * @headroom: bytes before the data
 * @len: bytes of data, uninitialised
 * @tailroom: bytes behind the data
 *
 * It has the packet's struct ipsecvif_outer and dst, and stands for it to its
 * socket, which it takes over: the caller is still to free @plain.
 *
 * Return: the buffer, or NULL without memory.
 */
struct sk_buff *ipsecvif_outer_fresh(struct sk_buff *plain, unsigned int headroom, unsigned int len,
				     unsigned int tailroom)
{
	struct sk_buff *skb = alloc_skb(headroom + len + tailroom, GFP_ATOMIC | __GFP_NOWARN);

	if (!skb)
		return NULL;
	skb_reserve(skb, headroom);
	__skb_put(skb, len);
	skb->dev = plain->dev;
	skb->protocol = plain->protocol;
	skb->priority = plain->priority;
	skb->mark = plain->mark;
	memcpy(skb->cb, plain->cb, sizeof(skb->cb));
	skb_dst_copy(skb, plain);
	/* The socket's backpressure follows the packet down the underlay's queues. */
	swap(skb->truesize, plain->truesize);
	swap(skb->destructor, plain->destructor);
	swap(skb->sk, plain->sk);
	return skb;
}

/**
 * ipsecvif_outer_carry() - transport mode: take the packet's own header along
 * @from: the payload; its own header is right before its data
 * @to: the packet to be sent, @from or a copy; its data is the payload
 * @header: bytes of ESP or AH between the two, as they will be
 *
 * The header goes where ipsecvif_outer_send() looks for it. Does nothing in
 * tunnel mode.
 */
void ipsecvif_outer_carry(const struct sk_buff *from, const struct sk_buff *to, unsigned int header)
{
	const struct ipsecvif_outer *outer = ipsecvif_outer_cb(from);
	unsigned int len = outer->header;

	if (!len)
		return;
	header += outer->encap ? sizeof(struct udphdr) : 0;
	memmove(to->data - header - len, from->data - len, len);
}

/* How many it is on the wire. */
static unsigned int outer_packets(const struct sk_buff *skb)
{
	return skb_is_gso(skb) ? skb_shinfo(skb)->gso_segs : 1;
}

static void push_udp(const struct ipsecvif_peer *peer, struct sk_buff *skb)
{
	struct udphdr *udp = skb_push(skb, sizeof(*udp));

	skb_reset_transport_header(skb);
	udp->source = peer->sport;
	udp->dest = peer->dport;
	udp->len = htons(skb->len);
	udp->check = 0; /* RFC 3948 2.1: SHOULD be zero over IPv4 */
}

/* Over IPv6 there must be one (RFC 8200 8.1); its addresses are in place now. */
static void udp_checksum(const struct ipsecvif_sa *sa, struct sk_buff *skb)
{
	unsigned int len = ntohs(udp_hdr(skb)->len);

	if (skb_is_gso(skb)) { /* who cuts it computes them, and wants them begun */
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb_transport_header(skb) - skb->head;
		skb->csum_offset = offsetof(struct udphdr, check);
	}
	if (skb->protocol == htons(ETH_P_IPV6))
		udp6_set_csum(false, skb, &ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr, len);
	else if (skb_is_gso(skb) || READ_ONCE(sa->vif->udp_csum))
		udp_set_csum(false, skb, ip_hdr(skb)->saddr, ip_hdr(skb)->daddr, len);
}

static void push_v4(const struct ipsecvif_peer *peer, struct sk_buff *skb, struct net *net,
		    const struct ipsecvif_outer *outer, u8 protocol)
{
	struct iphdr *ip = skb_push(skb, sizeof(*ip));

	skb_reset_network_header(skb);
	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tos = outer->tos;
	ip->ttl = outer->ttl;
	ip->frag_off = outer->df && !ip_mtu_locked(skb_dst(skb)) ? htons(IP_DF) : 0;
	ip->protocol = protocol;
	ip->saddr = outer->saddr.v4;
	ip->daddr = peer->dst.v4;
	skb->protocol = htons(ETH_P_IP);
	ip_select_ident_segs(net, skb, NULL, outer_packets(skb));
}

static void push_v6(const struct ipsecvif_peer *peer, struct sk_buff *skb,
		    const struct ipsecvif_outer *outer, u8 protocol)
{
	struct ipv6hdr *ip = skb_push(skb, sizeof(*ip));

	skb_reset_network_header(skb);
	*(__be32 *)ip = htonl(0x60000000) | outer->label;
	ip->nexthdr = protocol;
	ip->hop_limit = outer->ttl;
	ip->saddr = outer->saddr.v6;
	ip->daddr = peer->dst.v6;
	skb->protocol = htons(ETH_P_IPV6);
}

/* Transport mode: the packet's own header, which ipsecvif_outer_carry() put here. */
static void push_own(struct sk_buff *skb, const struct ipsecvif_outer *outer, u8 protocol)
{
	skb_push(skb, outer->header);
	skb_reset_network_header(skb);
	skb_network_header(skb)[outer->next] = protocol;
}

/* Everything before the ESP header; skb->cb is IP's from here on. */
static void push_headers(struct ipsecvif_sa *sa, const struct ipsecvif_peer *peer,
			 struct sk_buff *skb)
{
	const struct ipsecvif_outer outer = *ipsecvif_outer_cb(skb);
	u8 protocol = peer->encap ? IPPROTO_UDP : sa->proto;

	memset(skb->cb, 0, sizeof(skb->cb));
	skb_reset_transport_header(skb);
	skb->ip_summed = CHECKSUM_NONE;
	if (peer->encap)
		push_udp(peer, skb);
	if (outer.header)
		push_own(skb, &outer, protocol);
	else if (peer->dst.family == AF_INET6)
		push_v6(peer, skb, &outer, protocol);
	else
		push_v4(peer, skb, sa->vif->net, &outer, protocol);
	/* IPv6 has no bit for it: its source fragments, or does not. */
	skb->ignore_df = !outer.df;
	if (peer->encap)
		udp_checksum(sa, skb);
}

static void drop_unsigned(struct ipsecvif_sa *sa, struct sk_buff *skb, int err)
{
	switch (err) {
	case -EINVAL:
		ipsecvif_drop_sa_tx(sa, skb, IPSECVIF_DROP_AH);
		break;
	case -ENOMEM:
		ipsecvif_drop_sa_tx(sa, skb, IPSECVIF_DROP_NO_MEMORY);
		break;
	default:
		ipsecvif_drop_sa_tx(sa, skb, IPSECVIF_DROP_CRYPTO);
	}
}

/**
 * ipsecvif_outer_send() - put the outer header on and send
 * @sa: the SA
 * @skb: ESP or AH, with its skb->cb filled and its route set; or a burst.c's; consumed
 *
 * Context: BHs off, under rcu_read_lock().
 */
void ipsecvif_outer_send(struct ipsecvif_sa *sa, struct sk_buff *skb)
{
	const struct ipsecvif_peer *peer = rcu_dereference(sa->peer);
	unsigned int inner_len = ipsecvif_outer_cb(skb)->inner_len;
	unsigned int packets = outer_packets(skb);
	struct ipsecvif_dev *vif = sa->vif;
	u32 seq_high;
	int err;

	/* The SA was given another address or encapsulation meanwhile. */
	if (unlikely(skb_dst(skb)->ops->family != peer->dst.family ||
		     ipsecvif_outer_cb(skb)->encap != peer->encap)) {
		ipsecvif_drop_tx(vif, skb, IPSECVIF_DROP_NO_ROUTE);
		return;
	}
	seq_high = ipsecvif_outer_cb(skb)->seq_high;
	push_headers(sa, peer, skb);
	if (sa->proto == IPPROTO_AH) {
		err = ipsecvif_ah_sign(&sa->crypt, skb, seq_high);
		if (unlikely(err)) {
			drop_unsigned(sa, skb, err);
			return;
		}
	}
	skb->mark = READ_ONCE(vif->fwmark);
	err = skb->protocol == htons(ETH_P_IPV6) ? ip6_local_out(vif->net, NULL, skb) :
						   ip_local_out(vif->net, NULL, skb);
	if (unlikely(net_xmit_eval(err)))
		ipsecvif_drop_lost(vif, IPSECVIF_DROP_UNDERLAY, packets);
	else
		dev_sw_netstats_tx_add(vif->dev, packets, inner_len);
}
