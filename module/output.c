// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way out, from the device to the underlay, in the order of the code:
 * selector, SA, route, size, segments, sequence numbers, ESP or AH, outer header.
 * Everything is looked up once for a GSO super-packet. CPUs share no lock.
 */
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "ah.h"
#include "burst.h"
#include "comp.h"
#include "compat.h"
#include "esp.h"
#include "event.h"
#include "netdev.h"
#include "outer.h"
#include "route.h"
#include "sa.h"
#include "segment.h"
#include "selector.h"
#include "trace.h"
#include "transport.h"

/* What the formats need around a payload that is made anew; ESP and AH may take more. */
enum output_room {
	OUTPUT_HEADROOM = 80, /* bytes: AH with the longest ICV */
	OUTPUT_TAILROOM = 96, /* padding and ICV of ESP */
};

/**
 * struct output_path - what a packet and its segments have in common
 * @sa: the SA
 * @dst: the route to its peer
 * @saddr: outer source address
 * @mtu: largest inner packet that fits
 * @df: what is too large must not be sent in fragments
 */
struct output_path {
	struct ipsecvif_sa *sa;
	struct dst_entry *dst;
	struct ipsecvif_addr saddr;
	unsigned int mtu;
	bool df;
};

static bool output_is_ip(struct sk_buff *skb)
{
	if (!pskb_inet_may_pull(skb))
		return false;
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		return ip_hdr(skb)->version == 4 && ip_hdr(skb)->ihl >= 5;
	case htons(ETH_P_IPV6):
		return ipv6_hdr(skb)->version == 6;
	default:
		return false;
	}
}

/*
 * The kernel's own chatter on any interface that comes up, not meant for the
 * peer: it shall neither bring a tunnel up nor look like an operator's mistake.
 */
static bool output_is_link_local(const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return ipv4_is_local_multicast(ip_hdr(skb)->daddr);
	return ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr) &&
	       IPV6_ADDR_MC_SCOPE(&ipv6_hdr(skb)->daddr) == IPV6_ADDR_SCOPE_LINKLOCAL;
}

/* The SA for a packet, which is dropped if there is none. */
static struct ipsecvif_sa *output_sa(struct ipsecvif_dev *vif, struct sk_buff *skb)
{
	struct ipsecvif_selector *sel;
	struct ipsecvif_sa *sa;

	sa = ipsecvif_selector_lookup(vif, skb, &sel);
	if (likely(sa))
		return sa;
	if (output_is_link_local(skb)) {
		ipsecvif_drop_tx(vif, skb, IPSECVIF_DROP_LINK_LOCAL);
		return NULL;
	}
	if (IS_ERR(sel)) {
		ipsecvif_drop_tx(vif, skb, IPSECVIF_DROP_NO_SELECTOR);
		return NULL;
	}
	if (sel)
		ipsecvif_event_acquire(vif, sel, skb);
	if (!ipsecvif_hold(vif, sel, skb))
		ipsecvif_drop_tx(vif, skb, IPSECVIF_DROP_NO_SA);
	return NULL;
}

/* Tell the sender how large a packet may be. */
static void output_icmp_too_big(struct sk_buff *skb, unsigned int mtu)
{
	memset(skb->cb, 0, sizeof(skb->cb));
	if (skb->protocol == htons(ETH_P_IP))
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
	else
		icmpv6_ndo_send(skb, ICMPV6_PKT_TOOBIG, 0, max_t(u32, mtu, IPV6_MIN_MTU));
}

/*
 * Does the packet fit? An IPv6 path narrower than its minimum MTU, and IPv4
 * without DF, are served by fragments of the outer packet, for which @df is
 * cleared.
 */
static bool output_fits(struct sk_buff *skb, unsigned int mtu, bool *df)
{
	if (skb_is_gso(skb) ? skb_gso_validate_network_len(skb, mtu) : skb->len <= mtu)
		return true;
	if (skb->protocol == htons(ETH_P_IPV6) && mtu < IPV6_MIN_MTU &&
	    (skb_is_gso(skb) ? skb_gso_validate_network_len(skb, IPV6_MIN_MTU) :
			       skb->len <= IPV6_MIN_MTU)) {
		*df = false;
		return true;
	}
	return !*df;
}

/* Split a super-packet; segments share the pages, and get their checksums below. */
static struct sk_buff *output_segment(struct sk_buff *skb)
{
	struct sk_buff *segs;

	if (!skb_is_gso(skb)) {
		skb_mark_not_on_list(skb);
		return skb;
	}
	segs = skb_gso_segment(skb, NETIF_F_SG | NETIF_F_HW_CSUM);
	if (IS_ERR_OR_NULL(segs))
		return segs ?: ERR_PTR(-EINVAL);
	consume_skb(skb);
	return segs;
}

static void output_done(struct ipsecvif_crypt_work *work, int err)
{
	struct ipsecvif_sa *sa = work->sa;
	struct sk_buff *skb = work->skb;

	local_bh_disable();
	rcu_read_lock();
	if (unlikely(err))
		ipsecvif_drop_sa_tx(sa, skb, IPSECVIF_DROP_CRYPTO);
	else
		ipsecvif_outer_send(sa, skb);
	rcu_read_unlock();
	ipsecvif_crypt_work_put(work);
	local_bh_enable();
}

/* Traffic-flow confidentiality, RFC 4303 2.7: the inner length tells what is padding. */
static int output_tfc(struct sk_buff *skb, unsigned int len)
{
	unsigned int pad = len > skb->len ? len - skb->len : 0;
	int err;

	if (!pad)
		return 0;
	err = __skb_pad(skb, pad, false);
	if (!err)
		__skb_put(skb, pad);
	return err;
}

/* Take from the inner packet what its mode needs. */
static int output_prepare(const struct output_path *path, struct sk_buff *skb)
{
	const struct ipsecvif_sa *sa = path->sa;

	ipsecvif_outer_fill(sa, skb, path->df, &path->saddr);
	if (sa->mode == IPSECVIF_MODE_TRANSPORT)
		return ipsecvif_transport_strip(skb);
	return unlikely(sa->tfc) ? output_tfc(skb, min(sa->tfc, path->mtu)) : 0;
}

/* Compression, then ESP or AH: 0, -EINPROGRESS, or an error and *@pskb is to drop. */
static int output_protect(struct ipsecvif_sa *sa, struct sk_buff **pskb, u64 seq,
			  unsigned int headroom)
{
	if (sa->comp)
		ipsecvif_comp_compress(sa->cpi, pskb, headroom + OUTPUT_HEADROOM, OUTPUT_TAILROOM);
	headroom += ipsecvif_outer_cb(*pskb)->header;
	if (sa->proto == IPPROTO_AH)
		return ipsecvif_ah_push(sa, *pskb, seq, headroom);
	return ipsecvif_esp_encrypt(sa, pskb, seq, headroom, output_done);
}

static enum ipsecvif_drop_reason output_reason(int err, enum ipsecvif_drop_reason otherwise)
{
	switch (err) {
	case -ENOMEM:
		return IPSECVIF_DROP_NO_MEMORY;
	case -ENOBUFS:
		return IPSECVIF_DROP_BACKLOG;
	case -EOVERFLOW:
		return IPSECVIF_DROP_SEQ_END;
	case -ELOOP:
		return IPSECVIF_DROP_LOOP;
	default:
		return otherwise;
	}
}

/* Of an IP packet that stands for itself: no checksum to be filled in, its route set. */
static void output_clean(const struct output_path *path, struct sk_buff *skb, u64 seq)
{
	struct ipsecvif_sa *sa = path->sa;
	unsigned int headroom;
	int err;

	trace_ipsecvif_out(skb, sa->vif->dev->ifindex, sa->spi, seq, skb->len);
	err = output_prepare(path, skb);
	if (unlikely(err)) {
		ipsecvif_drop_sa_tx(sa, skb, output_reason(err, IPSECVIF_DROP_NOT_IP));
		return;
	}
	headroom = ipsecvif_outer_headroom(path->dst, ipsecvif_outer_cb(skb)->encap);
	err = output_protect(sa, &skb, seq, headroom);
	if (likely(!err))
		ipsecvif_outer_send(sa, skb);
	else if (err != -EINPROGRESS)
		ipsecvif_drop_sa_tx(sa, skb, output_reason(err, IPSECVIF_DROP_CRYPTO));
}

static bool output_crosses(const struct ipsecvif_sa *sa)
{
	return !net_eq(sa->vif->net, dev_net(sa->vif->dev));
}

static void output_one(const struct output_path *path, struct sk_buff *skb, u64 seq)
{
	bool xnet = output_crosses(path->sa);

	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb)) {
		ipsecvif_drop_sa_tx(path->sa, skb, IPSECVIF_DROP_NO_MEMORY);
		return;
	}
	skb_scrub_packet(skb, xnet);
	if (xnet) /* its socket is of another namespace than the underlay */
		skb_orphan(skb);
	skb_dst_set_noref(skb, path->dst);
	output_clean(path, skb, seq);
}

static void output_drop_list(struct ipsecvif_sa *sa, struct sk_buff *list,
			     enum ipsecvif_drop_reason reason)
{
	struct sk_buff *skb, *next;

	skb_list_walk_safe(list, skb, next) {
		skb_mark_not_on_list(skb);
		ipsecvif_drop_sa_tx(sa, skb, reason);
	}
}

/* Send through an SA with a route: segments, numbers, limits. */
static void output_list(const struct output_path *path, struct sk_buff *list)
{
	struct ipsecvif_sa *sa = path->sa;
	unsigned int n = 0, bytes = 0;
	struct sk_buff *skb, *next;
	u64 seq;

	skb_list_walk_safe(list, skb, next) {
		n++;
		bytes += skb->len;
	}
	if (unlikely(!ipsecvif_sa_account(sa, n, bytes))) {
		output_drop_list(sa, list, IPSECVIF_DROP_LIMIT);
		return;
	}
	/*
	 * Each gets its number as it goes: what another CPU sends in between must not
	 * be further ahead than the peer's window, which may be of 32 packets.
	 */
	skb_list_walk_safe(list, skb, next) {
		skb_mark_not_on_list(skb);
		seq = ipsecvif_sa_seq_reserve(sa, 1);
		if (unlikely(!seq)) {
			ipsecvif_drop_sa_tx(sa, skb, IPSECVIF_DROP_SEQ_END);
			continue;
		}
		output_one(path, skb, seq);
	}
}

/* The next packet of a super-packet by itself: 0 or -errno. */
static int output_segment_next(const struct output_path *path, struct ipsecvif_segments *s)
{
	unsigned int headroom = ipsecvif_outer_headroom(path->dst, true) + OUTPUT_HEADROOM;
	struct sk_buff *seg = ipsecvif_segments_next(s, headroom, OUTPUT_TAILROOM);
	u64 seq;

	if (unlikely(!seg))
		return -ENOMEM;
	seq = ipsecvif_sa_seq_reserve(path->sa, 1);
	if (unlikely(!seq)) {
		kfree_skb(seg);
		return -EOVERFLOW;
	}
	skb_dst_set_noref(seg, path->dst);
	output_clean(path, seg, seq);
	return 0;
}

/*
 * Fill a burst. It ends where another CPU sends, too: what that one sends from there on
 * must not be further ahead of ours than the peer's window.
 */
static int output_burst_fill(struct ipsecvif_sa *sa, struct ipsecvif_segments *s,
			     struct ipsecvif_burst *burst)
{
	u8 next_header = ipsecvif_outer_cb(s->skb)->next_header;
	unsigned int header = ipsecvif_esp_header(&sa->crypt), len;
	u64 seq, first = 0;
	u8 *esp;
	int err;

	do {
		seq = ipsecvif_sa_seq_reserve(sa, 1);
		if (unlikely(!seq))
			return -EOVERFLOW;
		esp = ipsecvif_burst_next(burst);
		len = ipsecvif_segments_write(s, esp + header);
		trace_ipsecvif_out(s->skb, sa->vif->dev->ifindex, sa->spi, seq, len);
		err = ipsecvif_esp_encrypt_at(sa, esp, len, next_header, seq);
		if (unlikely(err))
			return err;
		first = first ?: seq;
		ipsecvif_burst_add(burst, ipsecvif_esp_len(&sa->crypt, len), len);
	} while (burst->count < burst->max && seq - first == burst->count - 1);
	return 0;
}

/* Packets of a super-packet together; without memory, the next one. */
static int output_burst(const struct output_path *path, struct ipsecvif_segments *s)
{
	unsigned int headroom = ipsecvif_outer_headroom(path->dst, true);
	struct ipsecvif_sa *sa = path->sa;
	struct ipsecvif_burst burst;
	struct sk_buff *skb;
	int err;

	if (!ipsecvif_burst_begin(&burst, headroom,
				  ipsecvif_esp_len(&sa->crypt, s->header + s->mss),
				  s->count - s->made))
		return output_segment_next(path, s);
	err = output_burst_fill(sa, s, &burst);
	if (likely(burst.count)) {
		skb = ipsecvif_burst_end(&burst, s->skb);
		ipsecvif_segments_own(s->skb, skb);
		skb_dst_set_noref(skb, path->dst);
		ipsecvif_outer_send(sa, skb);
	} else {
		ipsecvif_burst_cancel(&burst);
	}
	return err;
}

/* Likewise, a super-packet that is cut on the way. */
static void output_segments(const struct output_path *path, struct ipsecvif_segments *s)
{
	struct ipsecvif_sa *sa = path->sa;
	struct sk_buff *skb = s->skb;
	bool bursts;
	int err;

	if (unlikely(!ipsecvif_sa_account(sa, s->count, ipsecvif_segments_bytes(s)))) {
		ipsecvif_drop_sa_tx(sa, skb, IPSECVIF_DROP_LIMIT);
		return;
	}
	if (output_crosses(sa))
		skb_orphan(skb);
	ipsecvif_outer_fill(sa, skb, path->df, &path->saddr);
	bursts = ipsecvif_burst_possible(sa, skb, s->header + s->mss);
	do {
		err = bursts && s->count - s->made > 1 ? output_burst(path, s) :
							 output_segment_next(path, s);
	} while (likely(!err) && s->made < s->count);
	if (likely(!err))
		consume_skb(skb);
	else
		ipsecvif_drop_sa_tx(sa, skb, output_reason(err, IPSECVIF_DROP_CRYPTO));
}

/* The SA's MTU, and that of this packet, which may have a longer header. */
static void output_mtu(struct output_path *path, struct sk_buff *skb)
{
	struct ipsecvif_sa *sa = path->sa;
	int header;
	u8 *next;

	path->mtu = ipsecvif_outer_mtu(sa, path->dst, 0);
	if (unlikely(READ_ONCE(sa->mtu) != path->mtu)) {
		WRITE_ONCE(sa->mtu, path->mtu);
		ipsecvif_dev_paths_changed(sa->vif);
	}
	if (likely(sa->mode == IPSECVIF_MODE_TUNNEL))
		return;
	header = ipsecvif_transport_header(skb, &next);
	if (header > 0) /* else it is dropped in time */
		path->mtu = ipsecvif_outer_mtu(sa, path->dst, header);
}

static void output_sized(struct output_path *path, struct sk_buff *skb)
{
	bool tunnel = path->sa->mode == IPSECVIF_MODE_TUNNEL;
	struct ipsecvif_segments segments;
	struct sk_buff *list;

	output_mtu(path, skb);
	if (unlikely(!output_fits(skb, path->mtu, &path->df))) {
		output_icmp_too_big(skb, path->mtu);
		ipsecvif_drop_sa_tx(path->sa, skb, IPSECVIF_DROP_TOO_BIG);
		return;
	}
	if (tunnel && skb_is_gso(skb) && ipsecvif_segments_begin(&segments, skb)) {
		output_segments(path, &segments);
		return;
	}
	list = output_segment(skb);
	if (IS_ERR(list)) {
		ipsecvif_drop_sa_tx(path->sa, skb, IPSECVIF_DROP_NO_MEMORY);
		return;
	}
	output_list(path, list);
}

/* Send a packet, of which @gathered says that it was made from fragments. */
static void output_packet(struct ipsecvif_dev *vif, struct sk_buff *skb, bool gathered)
{
	struct output_path path;

	path.sa = output_sa(vif, skb);
	if (unlikely(!path.sa))
		return;
	if (path.sa->mode == IPSECVIF_MODE_TRANSPORT && !ipsecvif_transport_fits(path.sa, skb)) {
		ipsecvif_drop_sa_tx(path.sa, skb,
				    output_is_link_local(skb) ? IPSECVIF_DROP_LINK_LOCAL :
								IPSECVIF_DROP_TRANSPORT);
		return;
	}
	path.dst = ipsecvif_route_find(path.sa, &path.saddr);
	if (IS_ERR(path.dst)) {
		ipsecvif_drop_sa_tx(path.sa, skb,
				    output_reason(PTR_ERR(path.dst), IPSECVIF_DROP_NO_ROUTE));
		return;
	}
	path.df = !gathered && ipsecvif_outer_df(path.sa, skb);
	output_sized(&path, skb);
}

/**
 * ipsecvif_xmit() - the device's ndo_start_xmit
 * @skb: a packet, or a GSO super-packet; consumed
 * @dev: the device
 *
 * Context: BHs off, under rcu_read_lock_bh(), on several CPUs at once.
 * Return: NETDEV_TX_OK.
 */
netdev_tx_t ipsecvif_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct ipsecvif_dev *vif = netdev_priv(dev);
	bool gathered;

	if (unlikely(!output_is_ip(skb))) {
		ipsecvif_drop_tx(vif, skb, IPSECVIF_DROP_NOT_IP);
		return NETDEV_TX_OK;
	}
	rcu_read_lock();
	skb = ipsecvif_transport_gather(vif, skb, &gathered);
	if (likely(skb))
		output_packet(vif, skb, gathered);
	rcu_read_unlock();
	return NETDEV_TX_OK;
}
