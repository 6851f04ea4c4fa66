// SPDX-License-Identifier: GPL-2.0-only
/*
 * What selectors look at in a packet, and in the packet that an ICMP error
 * quotes.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "selector.h"

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

/**
 * ipsecvif_proto_has_types() - does a protocol begin with a type and a code?
 * @proto: IPPROTO_*
 */
bool ipsecvif_proto_has_types(u8 proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

static void flow_upper(struct sk_buff *skb, int offset, struct ipsecvif_flow *flow)
{
	u8 buf[4];
	const u8 *p;

	if (ipsecvif_proto_has_ports(flow->proto)) {
		p = skb_header_pointer(skb, offset, 4, buf);
		if (!p)
			return;
		flow->sport = p[0] << 8 | p[1];
		flow->dport = p[2] << 8 | p[3];
	} else if (ipsecvif_proto_has_types(flow->proto)) {
		p = skb_header_pointer(skb, offset, 2, buf);
		if (!p)
			return;
		flow->sport = p[0];
		flow->dport = p[1];
	} else {
		return;
	}
	flow->has_upper = true;
}

/* Both return the offset of the upper header, 0 if it is not here, or -1. */
static int flow_parse_v4(struct sk_buff *skb, int offset, struct ipsecvif_flow *flow)
{
	const struct iphdr *ip;
	struct iphdr buf;

	ip = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (!ip || ip->version != 4 || ip->ihl < 5)
		return -1;
	flow->src.family = AF_INET;
	flow->src.v4 = ip->saddr;
	flow->dst.family = AF_INET;
	flow->dst.v4 = ip->daddr;
	flow->proto = ip->protocol;
	return ip->frag_off & htons(IP_OFFSET) ? 0 : offset + ip->ihl * 4;
}

static int flow_parse_v6(struct sk_buff *skb, int offset, struct ipsecvif_flow *flow)
{
	const struct ipv6hdr *ip;
	struct ipv6hdr buf;
	__be16 frag_off;

	ip = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (!ip || ip->version != 6)
		return -1;
	flow->src.family = AF_INET6;
	flow->src.v6 = ip->saddr;
	flow->dst.family = AF_INET6;
	flow->dst.v6 = ip->daddr;
	flow->proto = ip->nexthdr;
	offset = ipv6_skip_exthdr(skb, offset + sizeof(buf), &flow->proto, &frag_off);
	return offset < 0 || frag_off & htons(IP6_OFFSET) ? 0 : offset;
}

static int flow_parse(struct sk_buff *skb, int offset, struct ipsecvif_flow *flow)
{
	int upper = -1;

	flow->has_upper = false;
	if (skb->protocol == htons(ETH_P_IP))
		upper = flow_parse_v4(skb, offset, flow);
	else if (skb->protocol == htons(ETH_P_IPV6))
		upper = flow_parse_v6(skb, offset, flow);
	if (upper > 0)
		flow_upper(skb, upper, flow);
	return upper;
}

/* Ports follow the addresses; an ICMP type and code stay what they are. */
static void flow_reverse(struct ipsecvif_flow *flow)
{
	swap(flow->src, flow->dst);
	if (ipsecvif_proto_has_ports(flow->proto))
		swap(flow->sport, flow->dport);
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
	if (flow_parse(skb, skb_network_offset(skb), flow) < 0)
		return false;
	if (inbound)
		flow_reverse(flow);
	return true;
}

static bool flow_is_error(const struct ipsecvif_flow *flow)
{
	if (!flow->has_upper)
		return false;
	if (flow->proto == IPPROTO_ICMP && flow->src.family == AF_INET)
		return icmp_is_err(flow->sport);
	return flow->proto == IPPROTO_ICMPV6 && flow->src.family == AF_INET6 &&
	       flow->sport >= ICMPV6_DEST_UNREACH && flow->sport <= ICMPV6_PARAMPROB;
}

/**
 * ipsecvif_flow_quoted() - read the flow that an ICMP error is about
 * @skb: as for ipsecvif_flow_parse()
 * @flow: gets the flow of the packet that the error quotes, as seen outbound
 * @inbound: the error came by an SA, so that the quoted packet had left by one;
 *	else the other way round
 *
 * RFC 4301 6: a router between the hosts of a flow reports errors from an
 * address of its own, which selectors need not cover; the packet that it quotes
 * tells where the report belongs. It must go back to whom the packet came from.
 *
 * Return: false if it is no ICMP error, or does not quote what it should.
 */
bool ipsecvif_flow_quoted(struct sk_buff *skb, struct ipsecvif_flow *flow, bool inbound)
{
	struct ipsecvif_addr to;
	int upper = flow_parse(skb, skb_network_offset(skb), flow);

	if (upper <= 0 || !flow_is_error(flow))
		return false;
	to = flow->dst;
	if (flow_parse(skb, upper + sizeof(struct icmphdr), flow) < 0 ||
	    !ipsecvif_addr_equal(&flow->src, &to))
		return false;
	if (!inbound)
		flow_reverse(flow);
	return true;
}
