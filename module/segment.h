/* SPDX-License-Identifier: GPL-2.0-only */
/* A super-packet of TCP, cut into packets. */
#ifndef IPSECVIF_SEGMENT_H
#define IPSECVIF_SEGMENT_H

#include <linux/skbuff.h>

/**
 * struct ipsecvif_segments - where the cutting of a super-packet stands
 * @skb: the super-packet, which stays as it is
 * @ip_len: bytes of its IP header
 * @header: bytes of that and of TCP's
 * @mss: bytes of TCP payload in each packet but the last
 * @done: bytes of TCP payload in packets that were made
 * @count: packets altogether
 * @made: packets so far
 */
struct ipsecvif_segments {
	struct sk_buff *skb;
	unsigned int ip_len;
	unsigned int header;
	unsigned int mss;
	unsigned int done;
	unsigned int count;
	unsigned int made;
};

bool ipsecvif_segments_begin(struct ipsecvif_segments *s, struct sk_buff *skb);
unsigned int ipsecvif_segments_write(struct ipsecvif_segments *s, u8 *to);
struct sk_buff *ipsecvif_segments_next(struct ipsecvif_segments *s, unsigned int headroom,
				       unsigned int tailroom);
void ipsecvif_segments_own(const struct sk_buff *skb, struct sk_buff *seg);

/**
 * ipsecvif_segments_len() - length of the next packet, IP header included
 * @s: begun, and not at its end
 */
static inline unsigned int ipsecvif_segments_len(const struct ipsecvif_segments *s)
{
	return s->header + min(s->mss, s->skb->len - s->header - s->done);
}

/**
 * ipsecvif_segments_bytes() - length of all packets together, IP headers included
 * @s: begun
 */
static inline unsigned int ipsecvif_segments_bytes(const struct ipsecvif_segments *s)
{
	return s->skb->len + (s->count - 1) * s->header;
}

#ifdef IPSECVIF_SELFTEST
bool ipsecvif_segment_selftest(void);
#endif

#endif /* IPSECVIF_SEGMENT_H */
