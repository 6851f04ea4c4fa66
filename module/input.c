// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way in, from the underlay to the device: sequence number, integrity and
 * decryption, sequence number again, padding, inner header, ECN, selectors.
 * How packets reach us, and their SA by its SPI, is in mux.c.
 */

#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/esp.h>
#include <net/inet_ecn.h>

#include "ah.h"
#include "comp.h"
#include "esp.h"
#include "event.h"
#include "gro.h"
#include "netdev.h"
#include "outer.h"
#include "sa.h"
#include "selector.h"
#include "steer.h"
#include "trace.h"
#include "transport.h"

/* RFC 9347, IP-TFS; the kernel's own headers name it since 6.14. */
#ifndef IPPROTO_AGGFRAG
#define IPPROTO_AGGFRAG 144
#endif

/**
 * struct input_cb - what a packet carries from its SA on
 * @sa: its SA, for ipsecvif_input_steered()
 * @seq: its sequence number
 * @header: bytes of the outer IP header, with what precedes ESP
 * @next: where in it ESP's (or UDP's) protocol number stands
 * @sport: UDP source port, 0 without
 */
struct input_cb {
	struct ipsecvif_sa *sa;
	u64 seq;
	u16 header;
	u16 next;
	__be16 sport;
};

/* How many deliveries are under way on this CPU, one in the other. */
static DEFINE_PER_CPU(unsigned int, input_depth);

static struct input_cb *input_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct input_cb) > sizeof(skb->cb));
	return (struct input_cb *)skb->cb;
}

static u8 input_tos(const struct sk_buff *skb)
{
	return skb->protocol == htons(ETH_P_IPV6) ? ipv6_get_dsfield(ipv6_hdr(skb)) :
						    ip_hdr(skb)->tos;
}

/* Check the inner header, and cut the packet to the length that it states. */
static bool input_inner_v4(struct sk_buff *skb)
{
	const struct iphdr *ip;
	unsigned int len;

	/* TCP's header at once. None of its payload, or GRO couldn't take that by the page. */
	if (skb->len < sizeof(*ip) ||
	    !pskb_may_pull(skb, min_t(unsigned int, skb->len, sizeof(*ip) + sizeof(struct tcphdr))))
		return false;
	ip = ip_hdr(skb);
	len = ntohs(ip->tot_len);
	if (ip->version != 4 || ip->ihl < 5 || len < ip->ihl * 4U || len > skb->len ||
	    !pskb_may_pull(skb, ip->ihl * 4U))
		return false;
	return !pskb_trim_rcsum(skb, len);
}

static bool input_inner_v6(struct sk_buff *skb)
{
	const struct ipv6hdr *ip;
	unsigned int len;

	if (!pskb_may_pull(skb, sizeof(*ip)))
		return false;
	ip = ipv6_hdr(skb);
	len = ntohs(ip->payload_len) + sizeof(*ip);
	if (ip->version != 6 || len > skb->len)
		return false;
	/* No jumbograms (RFC 2675): a packet of length 0 has no next header. */
	if (len == sizeof(*ip) && ip->nexthdr != IPPROTO_NONE)
		return false;
	return !pskb_trim_rcsum(skb, len);
}

/* Tunnel mode: the payload is a packet; false with a reason if it isn't. */
static bool input_tunnel(struct sk_buff *skb, int next_header, enum ipsecvif_drop_reason *reason)
{
	u8 outer = input_tos(skb);
	bool ok;

	skb_reset_network_header(skb);
	switch (next_header) {
	case IPPROTO_IPIP:
		skb->protocol = htons(ETH_P_IP);
		ok = input_inner_v4(skb);
		break;
	case IPPROTO_IPV6:
		skb->protocol = htons(ETH_P_IPV6);
		ok = input_inner_v6(skb);
		break;
	default:
		*reason = IPSECVIF_DROP_NEXT_HEADER;
		return false;
	}
	*reason = IPSECVIF_DROP_INNER;
	if (!ok)
		return false;
	*reason = IPSECVIF_DROP_ECN;
	return INET_ECN_decapsulate(skb, outer, input_tos(skb)) <= 1;
}

/* Transport mode: the payload belongs to the header that it came with. */
static bool input_transport(struct sk_buff *skb, int next_header, enum ipsecvif_drop_reason *reason)
{
	const struct input_cb cb = *input_cb(skb);
	int err = 0;

	ipsecvif_transport_restore(skb, cb.header, cb.next, next_header);
	if (cb.sport)
		err = ipsecvif_transport_mend(skb);
	*reason = err == -ENOMEM ? IPSECVIF_DROP_NO_MEMORY : IPSECVIF_DROP_INNER;
	return !err;
}

/* Make the payload a packet of the device; false with a reason if it can't be. */
static bool input_inner(const struct ipsecvif_sa *sa, struct sk_buff *skb, int next_header,
			enum ipsecvif_drop_reason *reason)
{
	bool ok;

	switch (next_header) {
	case IPPROTO_NONE: /* RFC 4303 2.6 */
		*reason = IPSECVIF_DROP_DUMMY;
		return false;
	case IPPROTO_AGGFRAG:
		*reason = IPSECVIF_DROP_AGGFRAG;
		return false;
	}
	ok = sa->mode == IPSECVIF_MODE_TUNNEL ? input_tunnel(skb, next_header, reason) :
						input_transport(skb, next_header, reason);
	skb_reset_mac_header(skb);
	skb->mac_len = 0;
	return ok;
}

/* Does a stack gain by packets merged into one? */
static bool input_is_tcp(const struct sk_buff *skb)
{
	return (skb->protocol == htons(ETH_P_IP) ? ip_hdr(skb)->protocol :
						   ipv6_hdr(skb)->nexthdr) == IPPROTO_TCP;
}

/*
 * TCP goes by a NAPI context of the device's own, where packets that follow each
 * other are merged. Anything else is spared that detour; but a tunnel in a tunnel is
 * not, since each would take its part of one stack.
 */
static void input_receive(struct ipsecvif_dev *vif, struct sk_buff *skb)
{
	if (this_cpu_read(input_depth) || input_is_tcp(skb)) {
		if (unlikely(!ipsecvif_gro_receive(vif, skb)))
			ipsecvif_drop_rx(vif, skb, IPSECVIF_DROP_BACKLOG);
		return;
	}
	this_cpu_inc(input_depth);
	netif_receive_skb(skb);
	this_cpu_dec(input_depth);
}

static void input_deliver(struct ipsecvif_dev *vif, struct sk_buff *skb)
{
	skb->dev = vif->dev;
	skb_scrub_packet(skb, !net_eq(vif->net, dev_net(vif->dev)));
	/* The peer's transport checksum is covered by the ICV that was verified. */
	if (vif->dev->features & NETIF_F_RXCSUM) {
		skb->ip_summed = CHECKSUM_UNNECESSARY;
		skb->csum_level = ~0;
	} else {
		skb->ip_summed = CHECKSUM_NONE;
	}
	skb_clear_hash(skb);
	dev_sw_netstats_rx_add(vif->dev, skb->len);
	input_receive(vif, skb);
}

static void input_replay_drop(struct ipsecvif_sa *sa, struct sk_buff *skb,
			      enum ipsecvif_replay_verdict verdict)
{
	atomic64_inc(&sa->replays);
	ipsecvif_event_replay(sa);
	ipsecvif_drop_sa_rx(sa, skb,
			    verdict == IPSECVIF_REPLAY_SEEN ? IPSECVIF_DROP_REPLAY_SEEN :
							      IPSECVIF_DROP_REPLAY_OLD);
}

/* RFC 3948 and RFC 7296 2.23: only an authentic, fresh packet moves the peer. */
static void input_mapping(struct ipsecvif_sa *sa, struct sk_buff *skb)
{
	const struct ipsecvif_peer *peer = rcu_dereference(sa->peer);
	__be16 sport = input_cb(skb)->sport;
	struct ipsecvif_addr src, dst;

	if (!peer->encap || !sport)
		return;
	ipsecvif_outer_addrs(skb, &src, &dst);
	if (peer->sport != sport || !ipsecvif_addr_equal(&peer->src, &src))
		ipsecvif_event_mapping(sa, &src, sport);
}

/* Account for a packet that was not authentic, or could not be checked. */
static enum ipsecvif_drop_reason input_refuse(struct ipsecvif_sa *sa, int err)
{
	switch (err) {
	case -EBADMSG:
		atomic64_inc(&sa->icv_failures);
		ipsecvif_event_icv(sa);
		return IPSECVIF_DROP_ICV;
	case -ENOMEM:
		return IPSECVIF_DROP_NO_MEMORY;
	case -ENOBUFS:
		return IPSECVIF_DROP_BACKLOG;
	case -EINVAL:
		if (sa->proto == IPPROTO_AH)
			return IPSECVIF_DROP_AH;
		fallthrough;
	default:
		return IPSECVIF_DROP_CRYPTO;
	}
}

static int input_expand(const struct ipsecvif_sa *sa, struct sk_buff *skb,
			enum ipsecvif_drop_reason *reason)
{
	unsigned int own = sa->mode == IPSECVIF_MODE_TRANSPORT ? input_cb(skb)->header : 0;
	int next_header;

	*reason = IPSECVIF_DROP_NEXT_HEADER;
	if (!sa->comp)
		return -EINVAL;
	next_header = ipsecvif_comp_expand(sa->cpi, skb, reason);
	if (next_header < 0)
		return next_header;
	*reason = IPSECVIF_DROP_COMP;
	return skb->len + own <= IP_MAX_MTU ? next_header : -EINVAL;
}

/* What ESP or AH protects, expanded if it was compressed; its protocol, or -EINVAL. */
static int input_payload(struct ipsecvif_sa *sa, struct sk_buff *skb,
			 enum ipsecvif_drop_reason *reason)
{
	int next_header = sa->proto == IPPROTO_AH ? ipsecvif_ah_trim(skb) :
						    ipsecvif_esp_trim(sa, skb, reason);

	return unlikely(next_header == IPPROTO_COMP) ? input_expand(sa, skb, reason) : next_header;
}

static bool input_is_up(const struct ipsecvif_sa *sa)
{
	return READ_ONCE(sa->vif->dev->flags) & IFF_UP;
}

/* Decrypted, or not: the second half. */
static void input_finish(struct ipsecvif_sa *sa, struct sk_buff *skb, int err)
{
	enum ipsecvif_replay_verdict verdict;
	enum ipsecvif_drop_reason reason;
	int next_header;

	if (unlikely(err)) {
		reason = input_refuse(sa, err);
		goto drop;
	}
	verdict = ipsecvif_replay_advance(&sa->replay, input_cb(skb)->seq);
	if (unlikely(verdict != IPSECVIF_REPLAY_OK)) {
		input_replay_drop(sa, skb, verdict);
		return;
	}
	input_mapping(sa, skb);
	next_header = input_payload(sa, skb, &reason);
	if (unlikely(next_header < 0 || !input_inner(sa, skb, next_header, &reason)))
		goto drop;
	reason = IPSECVIF_DROP_SELECTOR_IN;
	if (unlikely(!ipsecvif_selector_accepts(sa, skb)))
		goto drop;
	/* It may have gone down since what finishes later came. */
	reason = IPSECVIF_DROP_LINK_DOWN;
	if (unlikely(!input_is_up(sa)))
		goto drop;
	reason = IPSECVIF_DROP_LIMIT;
	if (unlikely(!ipsecvif_sa_account(sa, 1, skb->len)))
		goto drop;
	trace_ipsecvif_in(skb, sa->vif->dev->ifindex, sa->spi, input_cb(skb)->seq, skb->len);
	input_deliver(sa->vif, skb);
	return;
drop:
	ipsecvif_drop_sa_rx(sa, skb, reason);
}

static void input_done(struct ipsecvif_crypt_work *work, int err)
{
	local_bh_disable();
	rcu_read_lock();
	input_finish(work->sa, work->skb, err);
	rcu_read_unlock();
	ipsecvif_crypt_work_put(work);
	local_bh_enable();
}

/* What can be said of a packet before its integrity is known. */
static bool input_acceptable(struct ipsecvif_sa *sa, bool encap, enum ipsecvif_drop_reason *reason)
{
	*reason = IPSECVIF_DROP_UNKNOWN_SPI;
	if (!ipsecvif_sa_usable(sa))
		return false;
	*reason = IPSECVIF_DROP_LINK_DOWN;
	if (!input_is_up(sa))
		return false;
	/*
	 * ESP in UDP is accepted for any SA (RFC 7296 2.23: the peer may choose
	 * it without a NAT); plain ESP for an SA behind a NAT is not.
	 */
	*reason = IPSECVIF_DROP_ENCAP;
	return encap || !rcu_dereference(sa->peer)->encap;
}

static bool input_acceptable_esp(const struct ipsecvif_crypt *crypt, struct sk_buff *skb,
				 enum ipsecvif_drop_reason *reason)
{
	unsigned int header, around;

	*reason = IPSECVIF_DROP_SHORT;
	header = ipsecvif_esp_header(crypt);
	around = header + crypt->icv;
	return skb->len >= around + ipsecvif_crypt_align(crypt) &&
	       !((skb->len - around) & (ipsecvif_crypt_align(crypt) - 1)) &&
	       pskb_may_pull(skb, header);
}

/* RFC 4302 3.3.3.2.1 and 3.4. The head will be private: the payload moves in it. */
static bool input_acceptable_ah(const struct ipsecvif_crypt *crypt, struct sk_buff *skb,
				enum ipsecvif_drop_reason *reason)
{
	unsigned int len = ipsecvif_ah_size((const struct ip_auth_hdr *)skb->data);

	*reason = IPSECVIF_DROP_AH;
	if (!ipsecvif_ah_len_ok(crypt, skb->protocol == htons(ETH_P_IPV6) ? AF_INET6 : AF_INET,
				len))
		return false;
	*reason = IPSECVIF_DROP_SHORT;
	if (skb->len <= len)
		return false;
	*reason = IPSECVIF_DROP_NO_MEMORY;
	return pskb_may_pull(skb, len) && !skb_unclone(skb, GFP_ATOMIC);
}

/* Is it a new one, as far as can be told? Else it is dropped. */
static bool input_is_new(struct ipsecvif_sa *sa, struct sk_buff *skb, __be32 low)
{
	enum ipsecvif_replay_verdict verdict;
	u64 seq;

	seq = ipsecvif_replay_seq(&sa->replay, ntohl(low));
	input_cb(skb)->seq = seq;
	verdict = ipsecvif_replay_check(&sa->replay, seq);
	if (likely(verdict == IPSECVIF_REPLAY_OK))
		return true;
	input_replay_drop(sa, skb, verdict);
	return false;
}

/*
 * Note where the outer header ends, before skb->cb is ours. The UDP header may be
 * pulled already: what precedes it counts.
 */
static void input_outer(struct ipsecvif_sa *sa, struct sk_buff *skb, bool encap, __be16 sport)
{
	struct input_cb cb = {
		.sa = sa,
		.header = skb->data - skb_network_header(skb) - (encap ? sizeof(struct udphdr) : 0),
		.next = offsetof(struct iphdr, protocol),
		.sport = encap ? sport : 0,
	};

	if (skb->protocol == htons(ETH_P_IPV6))
		cb.next = IP6CB(skb)->nhoff;
	*input_cb(skb) = cb;
}

static void input_decrypt(struct ipsecvif_sa *sa, struct sk_buff *skb)
{
	const struct ip_esp_hdr *esp = (const struct ip_esp_hdr *)skb->data;
	int err;

	if (unlikely(!input_is_new(sa, skb, esp->seq_no)))
		return;
	err = ipsecvif_esp_decrypt(sa, skb, input_cb(skb)->seq, input_done);
	if (err != -EINPROGRESS)
		input_finish(sa, skb, err);
}

/* The device that it came by, and its route, may go before that CPU comes to it. */
static void input_steer(struct ipsecvif_sa *sa, struct sk_buff *skb, int cpu)
{
	skb->dev = sa->vif->dev;
	skb_dst_drop(skb);
	if (unlikely(!ipsecvif_steer_give(sa, skb, cpu)))
		ipsecvif_drop_sa_rx(sa, skb, IPSECVIF_DROP_BACKLOG);
}

/**
 * ipsecvif_input() - take an ESP packet of one of our SAs
 * @skb: the packet, from the ESP header on; the outer IP header is its network
 *	header, and skb->cb is IP's; consumed
 * @sa: its SA
 * @encap: it came in UDP, whose header is before the ESP header
 * @sport: from this port
 *
 * Context: softirq, under rcu_read_lock().
 * Return: 0, as the protocol multiplexer wants it.
 */
int ipsecvif_input(struct sk_buff *skb, struct ipsecvif_sa *sa, bool encap, __be16 sport)
{
	enum ipsecvif_drop_reason reason;
	int cpu;

	if (unlikely(!input_acceptable(sa, encap, &reason) ||
		     !input_acceptable_esp(&sa->crypt, skb, &reason))) {
		ipsecvif_drop_sa_rx(sa, skb, reason);
		return 0;
	}
	input_outer(sa, skb, encap, sport);
	cpu = ipsecvif_steer_cpu(sa);
	if (unlikely(cpu >= 0))
		input_steer(sa, skb, cpu);
	else
		input_decrypt(sa, skb);
	return 0;
}

/**
 * ipsecvif_input_steered() - take a packet that another CPU gave to this one
 * @skb: the packet, from ipsecvif_steer_give(); consumed
 *
 * Context: BHs off, under rcu_read_lock().
 * Return: its SA, which is there until ipsecvif_steer_flush().
 */
struct ipsecvif_sa *ipsecvif_input_steered(struct sk_buff *skb)
{
	struct ipsecvif_sa *sa = input_cb(skb)->sa;

	input_decrypt(sa, skb);
	return sa;
}

/**
 * ipsecvif_input_ah() - take an AH packet of one of our SAs
 * @skb: the packet, from the AH header on, of which IPSECVIF_AH_HLEN bytes are
 *	in its head; else as ipsecvif_input()
 * @sa: its SA
 *
 * Context: softirq, under rcu_read_lock().
 */
void ipsecvif_input_ah(struct sk_buff *skb, struct ipsecvif_sa *sa)
{
	enum ipsecvif_drop_reason reason;
	const struct ip_auth_hdr *ah;

	if (unlikely(!input_acceptable(sa, false, &reason) ||
		     !input_acceptable_ah(&sa->crypt, skb, &reason))) {
		ipsecvif_drop_sa_rx(sa, skb, reason);
		return;
	}
	ah = (const struct ip_auth_hdr *)skb->data;
	input_outer(sa, skb, false, 0);
	if (unlikely(!input_is_new(sa, skb, ah->seq_no)))
		return;
	input_finish(sa, skb,
		     ipsecvif_ah_verify(&sa->crypt, skb, input_cb(skb)->header,
					upper_32_bits(input_cb(skb)->seq)));
}
