// SPDX-License-Identifier: GPL-2.0-only
/*
 * A super-packet of TCP, cut into packets that have room for ESP around them: what
 * is copied is checksummed on the way, and encrypted where it then is. The kernel's
 * own segments would share the super-packet's pages, so that each needs a second
 * buffer for what is encrypted, and a pass of its own for the checksum.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "segment.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/sock.h>
#include <net/tcp.h>

/* A header that came from a virtual machine unchecked is left to the kernel's code. */
#define SEGMENT_GSO_TYPES (SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_TCP_ECN | SKB_GSO_TCP_FIXEDID)

/* Length of the IP header if TCP is right behind it, else 0. */
static unsigned int segment_ip_len(const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return ip_hdr(skb)->protocol == IPPROTO_TCP ? ip_hdrlen(skb) : 0;
	return ipv6_hdr(skb)->nexthdr == IPPROTO_TCP ? sizeof(struct ipv6hdr) : 0;
}

/* Can its socket, if any, be told when each segment is gone? */
static bool segment_owner_ok(const struct sk_buff *skb)
{
	return !skb->destructor || (skb->sk && sk_fullsock(skb->sk) && sk_is_tcp(skb->sk));
}

/**
 * ipsecvif_segments_begin() - can a super-packet be cut here?
 * @s: filled in
 * @skb: a GSO packet of IP, from its network header on, which is checked
 *
 * Context: BHs off.
 * Return: false if the kernel's own code has to do it.
 */
bool ipsecvif_segments_begin(struct ipsecvif_segments *s, struct sk_buff *skb)
{
	unsigned int tcp_len;

	if (!skb_is_gso_tcp(skb) || skb->encapsulation ||
	    skb_shinfo(skb)->gso_type & ~SEGMENT_GSO_TYPES || skb->ip_summed != CHECKSUM_PARTIAL ||
	    !segment_owner_ok(skb))
		return false;
	s->ip_len = segment_ip_len(skb);
	if (!s->ip_len || !pskb_may_pull(skb, s->ip_len + sizeof(struct tcphdr)))
		return false;
	tcp_len = ((const struct tcphdr *)(skb->data + s->ip_len))->doff * 4;
	s->header = s->ip_len + tcp_len;
	if (tcp_len < sizeof(struct tcphdr) || skb->len <= s->header ||
	    !pskb_may_pull(skb, s->header))
		return false;
	s->skb = skb;
	s->mss = skb_shinfo(skb)->gso_size;
	s->count = DIV_ROUND_UP(skb->len - s->header, s->mss);
	s->done = 0;
	s->made = 0;
	return true;
}

static void segment_ip(const struct ipsecvif_segments *s, void *header, unsigned int len)
{
	bool fixed_id = skb_shinfo(s->skb)->gso_type & SKB_GSO_TCP_FIXEDID;
	struct iphdr *ip = header;

	if (s->skb->protocol == htons(ETH_P_IPV6)) {
		((struct ipv6hdr *)header)->payload_len = htons(len - s->ip_len);
		return;
	}
	ip->tot_len = htons(len);
	if (!fixed_id)
		ip->id = htons(ntohs(ip->id) + s->made);
	ip_send_check(ip);
}

/* As RFC 9293 and RFC 3168 6.1.2 want a burst: CWR in its first, PSH and FIN in its last. */
static void segment_tcp(const struct ipsecvif_segments *s, void *header, unsigned int len,
			__wsum payload)
{
	const struct ipv6hdr *ip6 = header;
	const struct iphdr *ip = header;
	struct tcphdr *tcp = header + s->ip_len;
	__wsum sum;

	tcp->seq = htonl(ntohl(tcp->seq) + s->done);
	if (s->made)
		tcp->cwr = 0;
	if (s->made + 1 < s->count) {
		tcp->psh = 0;
		tcp->fin = 0;
	}
	tcp->check = 0;
	sum = csum_partial(tcp, s->header - s->ip_len, payload);
	if (s->skb->protocol == htons(ETH_P_IP))
		tcp->check = csum_tcpudp_magic(ip->saddr, ip->daddr, len, IPPROTO_TCP, sum);
	else
		tcp->check = csum_ipv6_magic(&ip6->saddr, &ip6->daddr, len, IPPROTO_TCP, sum);
}

/**
 * ipsecvif_segments_own() - have a packet stand for its super-packet's socket
 * @skb: the super-packet
 * @seg: a packet with all of its memory, which has no socket
 *
 * TCP counts what its socket has under way: as long as one of them is, the socket waits.
 */
void ipsecvif_segments_own(const struct sk_buff *skb, struct sk_buff *seg)
{
	if (!skb->destructor)
		return;
	seg->sk = skb->sk;
	seg->destructor = skb->destructor;
	refcount_add(seg->truesize, &skb->sk->sk_wmem_alloc);
}

/**
 * ipsecvif_segments_write() - the next packet of a super-packet, into memory
 * @s: begun, and not at its end: @made is less than @count
 * @to: room for ipsecvif_segments_len() bytes
 *
 * Context: BHs off.
 * Return: bytes, from the IP header on, checksums filled in.
 */
unsigned int ipsecvif_segments_write(struct ipsecvif_segments *s, u8 *to)
{
	unsigned int len = ipsecvif_segments_len(s), payload = len - s->header;
	__wsum sum;

	memcpy(to, s->skb->data, s->header);
	sum = skb_copy_and_csum_bits(s->skb, s->header + s->done, to + s->header, payload);
	segment_ip(s, to, len);
	segment_tcp(s, to, len - s->ip_len, sum);
	s->done += payload;
	s->made++;
	return len;
}

/**
 * ipsecvif_segments_next() - the next packet of a super-packet
 * @s: begun, and not at its end: @made is less than @count
 * @headroom: bytes wanted before it
 * @tailroom: bytes wanted behind it
 *
 * Context: BHs off.
 * Return: a packet of one piece, checksums filled in, without route and without
 * anything in skb->cb; or NULL without memory.
 */
struct sk_buff *ipsecvif_segments_next(struct ipsecvif_segments *s, unsigned int headroom,
				       unsigned int tailroom)
{
	struct sk_buff *skb = s->skb, *seg;
	unsigned int len = ipsecvif_segments_len(s);

	seg = alloc_skb(headroom + len + tailroom, GFP_ATOMIC | __GFP_NOWARN);
	if (!seg)
		return NULL;
	skb_reserve(seg, headroom);
	skb_reset_network_header(seg);
	skb_set_transport_header(seg, s->ip_len);
	seg->dev = skb->dev;
	seg->protocol = skb->protocol;
	seg->priority = skb->priority;
	ipsecvif_segments_write(s, skb_put(seg, len));
	ipsecvif_segments_own(skb, seg);
	return seg;
}

#ifdef IPSECVIF_SELFTEST
#include "selftest/segment_test.c"
#endif
