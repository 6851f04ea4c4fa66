/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints: perf trace -e ipsecvif:\*, or tracefs events/ipsecvif. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ipsecvif

#if !defined(IPSECVIF_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define IPSECVIF_TRACE_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tracepoint.h>

#include "drop.h"

#define IPSECVIF_TRACE_NAME(symbol, name, meaning, cure) { IPSECVIF_DROP_##symbol, name },

/* The layout is that of the kernel's own trace headers. */
/* clang-format off */

/*
 * A packet that passed: inner length and protocol, as it was or will be sent. Of a
 * super-packet that leaves as one, skbaddr is that, and the others are each packet's.
 */
DECLARE_EVENT_CLASS(ipsecvif_packet,
	TP_PROTO(const struct sk_buff *skb, int ifindex, __be32 spi, u64 seq,
		 unsigned int len),
	TP_ARGS(skb, ifindex, spi, seq, len),
	TP_STRUCT__entry(
		__field(const void *, skbaddr)
		__field(u64, seq)
		__field(int, ifindex)
		__field(u32, spi)
		__field(unsigned int, len)
		__field(u8, proto)
	),
	TP_fast_assign(
		__entry->skbaddr = skb;
		__entry->seq = seq;
		__entry->ifindex = ifindex;
		__entry->spi = ntohl(spi);
		__entry->len = len;
		__entry->proto = skb->protocol == htons(ETH_P_IP) ? ip_hdr(skb)->protocol :
								    ipv6_hdr(skb)->nexthdr;
	),
	TP_printk("skbaddr=%p ifindex=%d spi=0x%08x seq=%llu len=%u proto=%u",
		  __entry->skbaddr, __entry->ifindex, __entry->spi, __entry->seq, __entry->len,
		  __entry->proto)
);

DEFINE_EVENT(ipsecvif_packet, ipsecvif_in,
	TP_PROTO(const struct sk_buff *skb, int ifindex, __be32 spi, u64 seq,
		 unsigned int len),
	TP_ARGS(skb, ifindex, spi, seq, len)
);

DEFINE_EVENT(ipsecvif_packet, ipsecvif_out,
	TP_PROTO(const struct sk_buff *skb, int ifindex, __be32 spi, u64 seq,
		 unsigned int len),
	TP_ARGS(skb, ifindex, spi, seq, len)
);

/* ifindex and spi are 0 where no device or SA is known. */
TRACE_EVENT(ipsecvif_drop,
	TP_PROTO(const struct sk_buff *skb, int ifindex, __be32 spi,
		 enum ipsecvif_drop_reason reason),
	TP_ARGS(skb, ifindex, spi, reason),
	TP_STRUCT__entry(
		__field(const void *, skbaddr)
		__field(int, ifindex)
		__field(u32, spi)
		__field(unsigned int, len)
		__field(unsigned int, reason)
	),
	TP_fast_assign(
		__entry->skbaddr = skb;
		__entry->ifindex = ifindex;
		__entry->spi = ntohl(spi);
		__entry->len = skb->len;
		__entry->reason = reason;
	),
	TP_printk("skbaddr=%p ifindex=%d spi=0x%08x len=%u reason=%s",
		  __entry->skbaddr, __entry->ifindex, __entry->spi, __entry->len,
		  __print_symbolic(__entry->reason,
				   IPSECVIF_DROP_REASONS(IPSECVIF_TRACE_NAME) { -1, NULL }))
);

/* clang-format on */

#endif /* IPSECVIF_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
