// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one super-packet of TCP became leaves as one super-packet of UDP (RFC 3948):
 * one buffer, one outer header, one way through IP, netfilter and the queues. The
 * network device cuts it, or the stack right before it; a peer on the same machine
 * gets it whole. The packets on the wire are those that would have gone one by one,
 * but that UDP has a checksum: who cuts computes it. RFC 3948 2.1 has receivers take
 * either.
 *
 * ESP without UDP has no such form that the stack could cut.
 */
#include "burst.h"

#include <linux/mm.h>

#include "outer.h"
#include "sa.h"

enum burst_limits {
	BURST_BYTES = 32768, /* one allocation that the page allocator keeps in stock */
	/*
	 * Less than the smallest window of RFC 4303 3.4.3, 32 packets: all have their
	 * numbers before the first is sent, while other CPUs may send with later ones.
	 */
	BURST_PACKETS = 24,
};

/**
 * ipsecvif_burst_possible() - can packets of an SA go in bursts?
 * @sa: an outbound SA in tunnel mode
 * @super: what they are made from, with its struct ipsecvif_outer
 * @len: bytes of one packet
 *
 * Each packet has to be finished in the call, and what it becomes has to have a
 * length that is known before.
 *
 * Context: BHs off, under rcu_read_lock().
 */
bool ipsecvif_burst_possible(const struct ipsecvif_sa *sa, const struct sk_buff *super,
			     unsigned int len)
{
	return ipsecvif_outer_cb(super)->encap && !sa->comp && !sa->tfc && 2 * len <= BURST_BYTES &&
	       ipsecvif_crypt_at_once(&sa->crypt, len);
}

/**
 * ipsecvif_burst_begin() - make room for packets
 * @burst: filled in
 * @headroom: bytes for outer headers, link layer included
 * @size: bytes of a packet, from the ESP header to the ICV
 * @count: packets that there are
 *
 * Context: BHs off.
 * Return: false without memory.
 */
bool ipsecvif_burst_begin(struct ipsecvif_burst *burst, unsigned int headroom, unsigned int size,
			  unsigned int count)
{
	unsigned int max = min3(count, (unsigned int)BURST_PACKETS, BURST_BYTES / size);
	/* Not of the reserves: without it packets go one by one. */
	gfp_t gfp = GFP_NOWAIT | __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY;

	*burst = (struct ipsecvif_burst){
		.order = get_order(max * size),
		.size = size,
		.max = max,
	};
	burst->page = alloc_pages(gfp, burst->order);
	if (!burst->page)
		return false;
	burst->skb = alloc_skb(headroom, GFP_ATOMIC | __GFP_NOWARN);
	if (!burst->skb) {
		ipsecvif_burst_cancel(burst);
		return false;
	}
	skb_reserve(burst->skb, headroom);
	return true;
}

/**
 * ipsecvif_burst_cancel() - free what was begun
 * @burst: the burst
 */
void ipsecvif_burst_cancel(struct ipsecvif_burst *burst)
{
	__free_pages(burst->page, burst->order);
	kfree_skb(burst->skb);
}

/**
 * ipsecvif_burst_end() - make a packet of them
 * @burst: with one packet or more
 * @super: the super-packet that they were made from, with its struct ipsecvif_outer
 *
 * Return: what ipsecvif_outer_send() sends, without a route; @burst is empty.
 */
struct sk_buff *ipsecvif_burst_end(struct ipsecvif_burst *burst, const struct sk_buff *super)
{
	struct sk_buff *skb = burst->skb;

	skb->dev = super->dev;
	skb->protocol = super->protocol;
	skb->priority = super->priority;
	skb_add_rx_frag(skb, 0, burst->page, 0, burst->len, PAGE_SIZE << burst->order);
	memcpy(skb->cb, super->cb, sizeof(skb->cb));
	ipsecvif_outer_cb(skb)->inner_len = burst->inner_len;
	if (burst->count > 1) {
		skb_shinfo(skb)->gso_type = SKB_GSO_UDP_L4;
		skb_shinfo(skb)->gso_size = burst->size;
		skb_shinfo(skb)->gso_segs = burst->count;
	}
	return skb;
}
