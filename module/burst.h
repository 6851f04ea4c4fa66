/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets of ESP that go as one super-packet of UDP. */
#ifndef IPSECVIF_BURST_H
#define IPSECVIF_BURST_H

#include <linux/skbuff.h>

struct ipsecvif_sa;

/**
 * struct ipsecvif_burst - packets of ESP, of one size but for the last, in a row
 * @skb: what they are sent as
 * @page: where they are
 * @order: of @page
 * @size: bytes of a packet
 * @len: bytes so far
 * @count: packets so far
 * @inner_len: bytes so far of the packets in them
 * @max: packets that have room
 */
struct ipsecvif_burst {
	struct sk_buff *skb;
	struct page *page;
	unsigned int order;
	unsigned int size;
	unsigned int len;
	unsigned int count;
	unsigned int inner_len;
	unsigned int max;
};

/* burst.c */
bool ipsecvif_burst_possible(const struct ipsecvif_sa *sa, const struct sk_buff *super,
			     unsigned int len);
bool ipsecvif_burst_begin(struct ipsecvif_burst *burst, unsigned int headroom, unsigned int size,
			  unsigned int count);
struct sk_buff *ipsecvif_burst_end(struct ipsecvif_burst *burst, const struct sk_buff *super);
void ipsecvif_burst_cancel(struct ipsecvif_burst *burst);

/**
 * ipsecvif_burst_next() - where the next packet's ESP header goes
 * @burst: begun, with less than @max packets in it
 *
 * Return: memory for @size bytes.
 */
static inline u8 *ipsecvif_burst_next(const struct ipsecvif_burst *burst)
{
	return (u8 *)page_address(burst->page) + burst->len;
}

/**
 * ipsecvif_burst_add() - the packet is there
 * @burst: the burst
 * @len: bytes of ESP, less than @size in the last packet only
 * @inner_len: bytes of the packet in it
 */
static inline void ipsecvif_burst_add(struct ipsecvif_burst *burst, unsigned int len,
				      unsigned int inner_len)
{
	burst->len += len;
	burst->inner_len += inner_len;
	burst->count++;
}

#endif /* IPSECVIF_BURST_H */
