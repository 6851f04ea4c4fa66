// SPDX-License-Identifier: GPL-2.0-only
/* Included by segment.c: its packets are those that the kernel's own code makes. */
#include <linux/printk.h>
#include <linux/random.h>

#include "compat.h"

enum segment_test {
	SEGMENT_TEST_PAGES = 3,
	SEGMENT_TEST_MSS = 1396,
	SEGMENT_TEST_OPTIONS = 12,
	SEGMENT_TEST_ROOM = 64,
};

static void segment_test_v4(struct sk_buff *skb, unsigned int len, unsigned int gso_type)
{
	struct iphdr *ip = skb_put_zero(skb, sizeof(*ip));

	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->protocol = IPPROTO_TCP;
	ip->id = htons(0xfffe);
	ip->frag_off = gso_type & SKB_GSO_TCP_FIXEDID ? htons(IP_DF) : 0;
	ip->tot_len = htons(sizeof(*ip) + len);
	ip->saddr = htonl(0x0a010002);
	ip->daddr = htonl(0x0a020002);
	skb->protocol = htons(ETH_P_IP);
}

static void segment_test_v6(struct sk_buff *skb, unsigned int len)
{
	struct ipv6hdr *ip = skb_put_zero(skb, sizeof(*ip));

	ip->version = 6;
	ip->hop_limit = 64;
	ip->nexthdr = IPPROTO_TCP;
	ip->payload_len = htons(len);
	get_random_bytes(&ip->saddr, 2 * sizeof(ip->saddr));
	skb->protocol = htons(ETH_P_IPV6);
}

static void segment_test_tcp(struct sk_buff *skb, unsigned int len)
{
	struct tcphdr *tcp;

	skb_set_transport_header(skb, skb->len);
	tcp = skb_put_zero(skb, sizeof(*tcp) + SEGMENT_TEST_OPTIONS);
	get_random_bytes(tcp + 1, SEGMENT_TEST_OPTIONS);
	tcp->doff = (sizeof(*tcp) + SEGMENT_TEST_OPTIONS) / 4;
	tcp->seq = htonl(0xfffff000);
	tcp->ack = 1;
	tcp->psh = 1;
	tcp->fin = 1;
	tcp->cwr = 1;
	tcp->check = skb->protocol == htons(ETH_P_IP) ?
			     ~csum_tcpudp_magic(ip_hdr(skb)->saddr, ip_hdr(skb)->daddr, len,
						IPPROTO_TCP, 0) :
			     ~csum_ipv6_magic(&ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr, len,
					      IPPROTO_TCP, 0);
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(struct tcphdr, check);
	skb->ip_summed = CHECKSUM_PARTIAL;
}

/* A super-packet with some payload behind its headers, and the rest in pages. */
static struct sk_buff *segment_test_skb(unsigned int gso_type)
{
	unsigned int head = 100, payload = head + SEGMENT_TEST_PAGES * PAGE_SIZE - 7;
	unsigned int len = sizeof(struct tcphdr) + SEGMENT_TEST_OPTIONS + payload;
	struct sk_buff *skb = alloc_skb(512, GFP_KERNEL);
	unsigned int i, size;
	struct page *page;

	if (!skb)
		return NULL;
	skb_reserve(skb, SEGMENT_TEST_ROOM);
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	if (gso_type & SKB_GSO_TCPV4)
		segment_test_v4(skb, len, gso_type);
	else
		segment_test_v6(skb, len);
	segment_test_tcp(skb, len);
	get_random_bytes(skb_put(skb, head), head);
	for (i = 0; i < SEGMENT_TEST_PAGES; i++) {
		page = alloc_page(GFP_KERNEL);
		if (!page)
			break;
		get_random_bytes(page_address(page), PAGE_SIZE);
		size = PAGE_SIZE - (i ? 0 : 7); /* pieces that begin at odd places */
		skb_add_rx_frag(skb, i, page, PAGE_SIZE - size, size, PAGE_SIZE);
	}
	skb_shinfo(skb)->gso_size = SEGMENT_TEST_MSS;
	skb_shinfo(skb)->gso_segs = DIV_ROUND_UP(payload, SEGMENT_TEST_MSS);
	skb_shinfo(skb)->gso_type = gso_type;
	return skb;
}

static bool segment_test_same(struct sk_buff *own, struct sk_buff *theirs)
{
	return !skb_checksum_help(theirs) && !skb_linearize(theirs) && own->len == theirs->len &&
	       skb_headroom(own) == SEGMENT_TEST_ROOM && skb_tailroom(own) >= SEGMENT_TEST_ROOM &&
	       !memcmp(own->data, theirs->data, own->len);
}

static bool segment_test_list(struct ipsecvif_segments *s, struct sk_buff *list)
{
	unsigned int bytes = ipsecvif_segments_bytes(s);
	struct sk_buff *own, *theirs;
	bool ok = true;

	for (theirs = list; theirs; theirs = theirs->next) {
		if (s->made == s->count)
			return false;
		own = ipsecvif_segments_next(s, SEGMENT_TEST_ROOM, SEGMENT_TEST_ROOM);
		ok &= own && segment_test_same(own, theirs);
		bytes -= own ? own->len : 0;
		kfree_skb(own);
	}
	return ok && s->made == s->count && !bytes;
}

static bool segment_test_run(unsigned int gso_type)
{
	struct sk_buff *skb = segment_test_skb(gso_type), *list;
	struct ipsecvif_segments s;
	bool ok;

	if (!skb)
		return false;
	list = skb_gso_segment(skb, NETIF_F_SG | NETIF_F_HW_CSUM);
	ok = !IS_ERR_OR_NULL(list) && ipsecvif_segments_begin(&s, skb) &&
	     segment_test_list(&s, list);
	if (!ok)
		pr_err("selftest: segment: another result than the kernel's, type %#x\n", gso_type);
	if (!IS_ERR(list))
		kfree_skb_list(list);
	kfree_skb(skb);
	return ok;
}

/**
 * ipsecvif_segment_selftest() - cut super-packets as the kernel does
 *
 * Return: true if all is well; else each failure is in the log.
 */
bool ipsecvif_segment_selftest(void)
{
	return segment_test_run(SKB_GSO_TCPV4) & segment_test_run(SKB_GSO_TCPV6) &
	       segment_test_run(SKB_GSO_TCPV4 | SKB_GSO_TCP_ECN) &
	       segment_test_run(SKB_GSO_TCPV4 | SKB_GSO_TCP_FIXEDID);
}
