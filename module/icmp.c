// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP errors about packets that we sent. They are not authenticated, so they
 * are believed only if what they quote is a packet of a live SA (RFC 4301 8.2):
 * its SPI, its destination, and in UDP its ports. What they say of the path's
 * MTU goes into the route, where IP fragments by it, and into the SA, since a
 * route that depends on a mark or a VRF may not be found from the quote.
 */
#include "icmp.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/rhashtable.h>
#include <linux/udp.h>
#include <net/esp.h>
#include <net/ip6_route.h>
#include <net/ndisc.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "net.h"
#include "netdev.h"
#include "sa.h"

enum icmp_limits {
	ICMP_MTU_MIN_V4 = 552, /* as net.ipv4.route.min_pmtu by default */
	ICMP_MTU_SECONDS = 600, /* as net.ipv4.route.mtu_expires by default */
};

/* What an error quotes of the packet that it is about. */
struct icmp_quote {
	struct ipsecvif_addr daddr;
	u8 proto;
	__be32 spi;
	bool encap;
	__be16 sport, dport;
};

static struct ipsecvif_sa *quote_sa(struct net *net, const struct icmp_quote *quote)
{
	struct ipsecvif_net *inet = ipsecvif_net(net);
	const struct ipsecvif_peer *peer;
	struct rhlist_head *pos;
	struct ipsecvif_sa *sa;

	rhl_for_each_entry_rcu(sa, pos, ipsecvif_sa_table_out(&inet->tables, quote->spi),
			       on_table) {
		peer = rcu_dereference(sa->peer);
		if (!READ_ONCE(sa->linked) || sa->proto != quote->proto ||
		    peer->encap != quote->encap || !ipsecvif_addr_equal(&peer->dst, &quote->daddr))
			continue;
		if (!quote->encap || (peer->sport == quote->sport && peer->dport == quote->dport))
			return sa;
	}
	return NULL;
}

/* A router says how large a packet the path takes. */
static void sa_path_mtu(struct ipsecvif_sa *sa, u8 family, u32 mtu)
{
	unsigned long now = jiffies;
	u32 old = READ_ONCE(sa->path_mtu);

	mtu = max_t(u32, mtu, family == AF_INET6 ? IPV6_MIN_MTU : ICMP_MTU_MIN_V4);
	if (old && old <= mtu && time_before(now, READ_ONCE(sa->path_mtu_until)))
		return;
	WRITE_ONCE(sa->path_mtu_until, now + ICMP_MTU_SECONDS * HZ);
	WRITE_ONCE(sa->path_mtu, mtu);
	ipsecvif_dev_paths_changed(sa->vif);
}

/**
 * ipsecvif_icmp_error() - an ICMP error that quotes ESP or AH over IPv4
 * @skb: its data is the quoted IP header, of which options and 8 bytes more
 *	are linear; its transport header is the ICMP header
 * @info: the MTU, in host byte order
 *
 * Context: softirq, under rcu_read_lock().
 * Return: 0 if it is about an SA of ours, else -ENOENT: XFRM's, perhaps.
 */
int ipsecvif_icmp_error(struct sk_buff *skb, u32 info)
{
	struct net *net = dev_net(skb->dev);
	const struct iphdr *ip = (const struct iphdr *)skb->data;
	const void *payload = skb->data + ip->ihl * 4;
	struct icmp_quote quote = {
		.daddr = { .family = AF_INET, .v4 = ip->daddr },
		.proto = ip->protocol,
		.spi = ip->protocol == IPPROTO_AH ? ((const struct ip_auth_hdr *)payload)->spi :
						    ((const struct ip_esp_hdr *)payload)->spi,
	};
	struct ipsecvif_sa *sa = quote_sa(net, &quote);

	if (!sa)
		return -ENOENT;
	switch (icmp_hdr(skb)->type) {
	case ICMP_DEST_UNREACH:
		if (icmp_hdr(skb)->code != ICMP_FRAG_NEEDED)
			break;
		ipv4_update_pmtu(skb, net, info, READ_ONCE(sa->vif->link), ip->protocol);
		if (info)
			sa_path_mtu(sa, AF_INET, info);
		break;
	case ICMP_REDIRECT:
		ipv4_redirect(skb, net, READ_ONCE(sa->vif->link), ip->protocol);
		break;
	}
	return 0;
}

static int icmpv6_error(struct sk_buff *skb, u8 proto, u8 type, __be32 spi, __be32 info)
{
	struct net *net = dev_net(skb->dev);
	const struct ipv6hdr *ip = (const struct ipv6hdr *)skb->data;
	struct icmp_quote quote = {
		.daddr = { .family = AF_INET6, .v6 = ip->daddr },
		.proto = proto,
		.spi = spi,
	};
	struct ipsecvif_sa *sa = quote_sa(net, &quote);
	struct ipsecvif_dev *vif;

	if (!sa)
		return -ENOENT;
	vif = sa->vif;
	switch (type) {
	case ICMPV6_PKT_TOOBIG:
		ip6_update_pmtu(skb, net, info, READ_ONCE(vif->link), READ_ONCE(vif->fwmark),
				sock_net_uid(net, NULL));
		sa_path_mtu(sa, AF_INET6, ntohl(info));
		break;
	case NDISC_REDIRECT:
		ip6_redirect(skb, net, skb->dev->ifindex, READ_ONCE(vif->fwmark),
			     sock_net_uid(net, NULL));
		break;
	}
	return 0;
}

/**
 * ipsecvif_icmpv6_error() - an ICMPv6 error that quotes ESP
 * @skb: its data is the quoted IPv6 header
 * @opt: unused
 * @type: of the error
 * @code: unused
 * @offset: of the ESP header in the quote, 8 bytes of which are linear
 * @info: the MTU (be)
 *
 * Context: softirq, under rcu_read_lock().
 * Return: 0 if it is about an SA of ours, else -ENOENT.
 */
int ipsecvif_icmpv6_error(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type, u8 code,
			  int offset, __be32 info)
{
	const struct ip_esp_hdr *esp = (const void *)(skb->data + offset);

	return icmpv6_error(skb, IPPROTO_ESP, type, esp->spi, info);
}

/**
 * ipsecvif_icmpv6_error_ah() - an ICMPv6 error that quotes AH
 * @skb: its data is the quoted IPv6 header
 * @opt: unused
 * @type: of the error
 * @code: unused
 * @offset: of the AH header in the quote, 8 bytes of which are linear
 * @info: the MTU (be)
 *
 * Context, Return: as ipsecvif_icmpv6_error().
 */
int ipsecvif_icmpv6_error_ah(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type, u8 code,
			     int offset, __be32 info)
{
	const struct ip_auth_hdr *ah = (const void *)(skb->data + offset);

	return icmpv6_error(skb, IPPROTO_AH, type, ah->spi, info);
}

/* The message's own header is right before the packet that it quotes. */
static void udp_quote_mtu(struct ipsecvif_sa *sa, const struct sk_buff *skb, u8 family)
{
	const struct icmp6hdr *icmp6 = (const void *)(skb->data - sizeof(*icmp6));
	const struct icmphdr *icmp = (const void *)(skb->data - sizeof(*icmp));

	if (family == AF_INET6) {
		if (icmp6->icmp6_type == ICMPV6_PKT_TOOBIG)
			sa_path_mtu(sa, family, ntohl(icmp6->icmp6_mtu));
	} else if (icmp->type == ICMP_DEST_UNREACH && icmp->code == ICMP_FRAG_NEEDED &&
		   icmp->un.frag.mtu) {
		sa_path_mtu(sa, family, ntohs(icmp->un.frag.mtu));
	}
}

/* An SA of XFRM's may share our socket. */
static bool quote_is_xfrm(struct net *net, const struct icmp_quote *quote)
{
	struct xfrm_state *x = xfrm_state_lookup(net, 0, (const xfrm_address_t *)&quote->daddr.v6,
						 quote->spi, IPPROTO_ESP, quote->daddr.family);

	if (!x)
		return false;
	xfrm_state_put(x);
	return true;
}

/**
 * ipsecvif_icmp_udp_lookup() - is an ICMP error about a UDP socket to be believed?
 * @sk: a socket that we take ESP from
 * @skb: its data and network header are the quoted IP header, its transport
 *	header the quoted UDP header
 *
 * An error that quotes IKE is the socket's own business. One that quotes too
 * little to tell is not believed.
 *
 * Context: softirq, under rcu_read_lock().
 * Return: 0 if it is, -ENOENT if not.
 */
int ipsecvif_icmp_udp_lookup(struct sock *sk, struct sk_buff *skb)
{
	bool v6 = ip_hdr(skb)->version == 6;
	struct icmp_quote quote = { .proto = IPPROTO_ESP, .encap = true };
	struct ipsecvif_sa *sa;
	const __be32 *spi;
	__be32 buf;

	spi = skb_header_pointer(skb, skb_transport_offset(skb) + sizeof(struct udphdr),
				 sizeof(buf), &buf);
	if (!spi)
		return -ENOENT;
	if (!*spi) /* RFC 3948 2.2 */
		return 0;
	quote.spi = *spi;
	quote.sport = udp_hdr(skb)->source;
	quote.dport = udp_hdr(skb)->dest;
	if (v6) {
		quote.daddr.family = AF_INET6;
		quote.daddr.v6 = ipv6_hdr(skb)->daddr;
	} else {
		quote.daddr.family = AF_INET;
		quote.daddr.v4 = ip_hdr(skb)->daddr;
	}
	sa = quote_sa(sock_net(sk), &quote);
	if (!sa)
		return quote_is_xfrm(sock_net(sk), &quote) ? 0 : -ENOENT;
	udp_quote_mtu(sa, skb, quote.daddr.family);
	return 0;
}
