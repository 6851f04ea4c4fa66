// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transport mode (RFC 4301 3.2): the packet keeps its own IP header, and what
 * follows is protected. Only whole datagrams are (RFC 4303 3.1.1), so fragments
 * that are to go to the peer are put together first.
 */
#include "transport.h"

#include <linux/netfilter_ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/ipv6_frag.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>

#include "netdev.h"
#include "outer.h"
#include "sa.h"

/* Our own queues of fragments, apart from those of IP input and conntrack. */
#define TRANSPORT_DEFRAG_USER 0x49504946U

static void packet_daddr(const struct sk_buff *skb, struct ipsecvif_addr *addr)
{
	if (skb->protocol == htons(ETH_P_IPV6)) {
		addr->family = AF_INET6;
		addr->v6 = ipv6_hdr(skb)->daddr;
	} else {
		addr->family = AF_INET;
		addr->v4 = ip_hdr(skb)->daddr;
	}
}

static bool packet_is_fragment(const struct sk_buff *skb)
{
	unsigned int offset = 0;

	if (skb->protocol == htons(ETH_P_IP))
		return ip_is_fragment(ip_hdr(skb));
	return ipv6_find_hdr(skb, &offset, NEXTHDR_FRAGMENT, NULL, NULL) == NEXTHDR_FRAGMENT;
}

/* Is there a transport-mode SA to where the packet goes? */
static bool transport_wants(struct ipsecvif_dev *vif, const struct sk_buff *skb)
{
	const struct ipsecvif_peer *peer;
	struct ipsecvif_addr daddr;
	struct ipsecvif_sa *sa;

	packet_daddr(skb, &daddr);
	list_for_each_entry_rcu(sa, &vif->sas[IPSECVIF_DIR_OUT], on_dev) {
		peer = rcu_dereference(sa->peer);
		if (sa->mode == IPSECVIF_MODE_TRANSPORT && ipsecvif_addr_equal(&peer->dst, &daddr))
			return true;
	}
	return false;
}

/**
 * ipsecvif_transport_gather() - make a whole datagram of fragments
 * @vif: the device
 * @skb: an outbound IP packet, its header checked
 * @gathered: set if the result was made from fragments: it may be fragmented
 *	again once it is protected
 *
 * Before selectors see the packet, since later fragments have no ports.
 * Fragments that don't become whole in time are IP's to count (ReasmFails).
 *
 * Context: BHs off, under rcu_read_lock().
 * Return: a packet, or NULL: it waits for other fragments, or was dropped.
 */
struct sk_buff *ipsecvif_transport_gather(struct ipsecvif_dev *vif, struct sk_buff *skb,
					  bool *gathered)
{
	struct net *net = dev_net(vif->dev);
	int err;

	*gathered = false;
	if (likely(!READ_ONCE(vif->transport_count)) || !packet_is_fragment(skb) ||
	    !transport_wants(vif, skb))
		return skb;
	*gathered = true;
	if (skb->protocol == htons(ETH_P_IP))
		return ip_check_defrag(net, skb, TRANSPORT_DEFRAG_USER);

	skb_orphan(skb);
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	err = nf_ct_frag6_gather(net, skb, TRANSPORT_DEFRAG_USER);
	if (err == -EINPROGRESS)
		return NULL;
	if (!err && !packet_is_fragment(skb))
		return skb;
	ipsecvif_drop_tx(vif, skb, err ? IPSECVIF_DROP_NO_MEMORY : IPSECVIF_DROP_FRAGMENT);
	return NULL;
}

/**
 * ipsecvif_transport_fits() - is a packet between an SA's two ends?
 * @sa: an outbound SA in transport mode
 * @skb: the packet
 *
 * Context: under rcu_read_lock().
 */
bool ipsecvif_transport_fits(const struct ipsecvif_sa *sa, const struct sk_buff *skb)
{
	const struct ipsecvif_peer *peer = rcu_dereference(sa->peer);

	if (skb->protocol == htons(ETH_P_IPV6))
		return peer->dst.family == AF_INET6 &&
		       ipv6_addr_equal(&peer->dst.v6, &ipv6_hdr(skb)->daddr) &&
		       (ipv6_addr_any(&peer->src.v6) ||
			ipv6_addr_equal(&peer->src.v6, &ipv6_hdr(skb)->saddr));
	return peer->dst.family == AF_INET && peer->dst.v4 == ip_hdr(skb)->daddr &&
	       (!peer->src.v4 || peer->src.v4 == ip_hdr(skb)->saddr);
}

/**
 * ipsecvif_transport_header() - what of a packet stays in front
 * @skb: an IP packet, from its header on
 * @next: gets where in it the next header stands
 *
 * RFC 4303 3.1.1: the IPv4 header with options; in IPv6 also the extension
 * headers that each hop, or each listed destination, looks at.
 *
 * Return: bytes, or -EINVAL for a broken packet.
 */
int ipsecvif_transport_header(struct sk_buff *skb, u8 **next)
{
	int len;

	if (skb->protocol == htons(ETH_P_IP)) {
		*next = &ip_hdr(skb)->protocol;
		return ip_hdr(skb)->ihl * 4;
	}
	len = ip6_find_1stfragopt(skb, next);
	if (len < 0 && !skb_linearize(skb))
		len = ip6_find_1stfragopt(skb, next);
	return len;
}

/**
 * ipsecvif_transport_strip() - separate a packet's own header from its payload
 * @skb: an outbound packet with its skb->cb filled; afterwards its data is the
 *	payload, and the header lies before it
 *
 * Return: 0, -EINVAL for a broken packet, or -ENOMEM.
 */
int ipsecvif_transport_strip(struct sk_buff *skb)
{
	struct ipsecvif_outer *outer = ipsecvif_outer_cb(skb);
	int len;
	u8 *next;

	len = ipsecvif_transport_header(skb, &next);
	if (len < 0 || len >= skb->len)
		return -EINVAL;
	outer->header = len;
	outer->next = next - skb_network_header(skb);
	outer->next_header = *next;
	if (!pskb_may_pull(skb, len))
		return -ENOMEM;
	__skb_pull(skb, len);
	return 0;
}

/**
 * ipsecvif_transport_restore() - put an inbound packet's own header back
 * @skb: its data is the payload; its own header is the network header
 * @header: bytes of that, as it came
 * @next: where in it the next header stands
 * @next_header: the payload's
 *
 * The packet's head must be private.
 */
void ipsecvif_transport_restore(struct sk_buff *skb, unsigned int header, unsigned int next,
				u8 next_header)
{
	const u8 *old = skb_network_header(skb);

	memmove(skb_push(skb, header), old, header);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, header);
	skb->data[next] = next_header;
	if (skb->protocol == htons(ETH_P_IP)) {
		ip_hdr(skb)->tot_len = htons(skb->len);
		ip_send_check(ip_hdr(skb));
	} else {
		ipv6_hdr(skb)->payload_len = htons(skb->len - sizeof(struct ipv6hdr));
	}
}

/* Where a transport protocol keeps its checksum, or -1. */
static int mend_offset(u8 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return offsetof(struct tcphdr, check);
	case IPPROTO_UDP:
		return offsetof(struct udphdr, check);
	default:
		return -1;
	}
}

/**
 * ipsecvif_transport_mend() - make up for a NAT's change of addresses
 * @skb: an inbound packet, whole, with network and transport header set
 *
 * RFC 3948 3.1.2: the sender's checksum is over addresses that the NAT has
 * changed. The ICV vouches for the data, so the checksum is made anew.
 *
 * Return: 0, -EINVAL if the transport header is cut off, or -ENOMEM.
 */
int ipsecvif_transport_mend(struct sk_buff *skb)
{
	unsigned int offset = skb_transport_offset(skb), len = skb->len - offset;
	bool v6 = skb->protocol == htons(ETH_P_IPV6);
	u8 protocol = v6 ? ipv6_hdr(skb)->nexthdr : ip_hdr(skb)->protocol;
	int at = mend_offset(protocol);
	__sum16 *check, sum;
	__wsum csum;

	if (at < 0)
		return 0;
	if (len < at + sizeof(*check))
		return -EINVAL;
	if (!pskb_may_pull(skb, offset + at + sizeof(*check)))
		return -ENOMEM;
	check = (__sum16 *)(skb->data + offset + at);
	if (protocol == IPPROTO_UDP && !*check)
		return 0; /* the sender wanted none */
	*check = 0;
	csum = skb_checksum(skb, offset, len, 0);
	sum = v6 ? csum_ipv6_magic(&ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr, len, protocol,
				   csum) :
		   csum_tcpudp_magic(ip_hdr(skb)->saddr, ip_hdr(skb)->daddr, len, protocol, csum);
	*check = sum ?: CSUM_MANGLED_0;
	return 0;
}
