/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints: perf trace -e ipsecvif:\*, or tracefs events/ipsecvif. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ipsecvif

#if !defined(IPSECVIF_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define IPSECVIF_TRACE_H

#include <linux/tracepoint.h>
#include <linux/skbuff.h>

#include "drop.h"

#define IPSECVIF_TRACE_NAME(symbol, name, meaning, cure) { IPSECVIF_DROP_##symbol, name },

TRACE_EVENT(ipsecvif_drop,
	    TP_PROTO(const struct sk_buff *skb, int ifindex, enum ipsecvif_drop_reason reason),
	    TP_ARGS(skb, ifindex, reason),
	    TP_STRUCT__entry(__field(const void *, skbaddr) __field(int, ifindex)
				     __field(unsigned int, len) __field(unsigned int, reason)),
	    TP_fast_assign(__entry->skbaddr = skb; __entry->ifindex = ifindex;
			   __entry->len = skb->len; __entry->reason = reason;),
	    TP_printk("skbaddr=%p ifindex=%d len=%u reason=%s", __entry->skbaddr, __entry->ifindex,
		      __entry->len,
		      __print_symbolic(__entry->reason,
				       IPSECVIF_DROP_REASONS(IPSECVIF_TRACE_NAME){ -1, NULL })));

#endif /* IPSECVIF_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
