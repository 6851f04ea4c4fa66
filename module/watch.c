// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMPv6 "packet too big" about AH. The stack counts AH among the extension
 * headers, and hands an error to the protocol behind it: to that of the inner
 * packet, which knows nothing of the path. So a netfilter hook looks for them,
 * while an underlay has outbound SAs of AH.
 */
#include "watch.h"

#include <linux/icmpv6.h>
#include <linux/mutex.h>
#include <linux/netfilter_ipv6.h>
#include <net/ipv6.h>

#include "icmp.h"
#include "net.h"

enum watch_values {
	WATCH_QUOTE = sizeof(struct ipv6hdr) + sizeof(struct icmp6hdr), /* offset of the quote */
	WATCH_SPI_END = 8, /* bytes of AH that are needed */
};

static DEFINE_MUTEX(watch_mutex); /* struct ipsecvif_watch */

/* Where in the quoted packet AH begins, or 0. */
static unsigned int quote_ah(const struct sk_buff *skb)
{
	unsigned int at = WATCH_QUOTE + sizeof(struct ipv6hdr);
	const struct ipv6_opt_hdr *ext;
	struct ipv6_opt_hdr _ext;
	const struct ipv6hdr *ip;
	struct ipv6hdr _ip;
	u8 next;

	ip = skb_header_pointer(skb, WATCH_QUOTE, sizeof(_ip), &_ip);
	if (!ip)
		return 0;
	next = ip->nexthdr;
	while (next == NEXTHDR_HOP || next == NEXTHDR_ROUTING || next == NEXTHDR_DEST) {
		ext = skb_header_pointer(skb, at, sizeof(_ext), &_ext);
		if (!ext)
			return 0;
		next = ext->nexthdr;
		at += ipv6_optlen(ext);
	}
	return next == NEXTHDR_AUTH ? at - WATCH_QUOTE : 0;
}

static unsigned int watch_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct icmp6hdr _icmp;
	const struct icmp6hdr *icmp;
	unsigned int ah;
	__be32 mtu;

	if (likely(ipv6_hdr(skb)->nexthdr != IPPROTO_ICMPV6))
		return NF_ACCEPT;
	icmp = skb_header_pointer(skb, sizeof(struct ipv6hdr), sizeof(_icmp), &_icmp);
	if (!icmp || icmp->icmp6_type != ICMPV6_PKT_TOOBIG)
		return NF_ACCEPT;
	mtu = icmp->icmp6_mtu;
	ah = quote_ah(skb);
	if (!ah || !pskb_may_pull(skb, WATCH_QUOTE + ah + WATCH_SPI_END) ||
	    nf_ip6_checksum(skb, NF_INET_LOCAL_IN, sizeof(struct ipv6hdr), IPPROTO_ICMPV6))
		return NF_ACCEPT;
	/* As the stack would present it. */
	__skb_pull(skb, WATCH_QUOTE);
	ipsecvif_icmpv6_error_ah(skb, IP6CB(skb), ICMPV6_PKT_TOOBIG, 0, ah, mtu);
	__skb_push(skb, WATCH_QUOTE);
	return NF_ACCEPT;
}

/**
 * ipsecvif_watch_get() - look for errors about AH
 * @inet: the underlay
 *
 * Context: process, may sleep. Undone by ipsecvif_watch_put().
 * Return: 0 or -errno.
 */
int ipsecvif_watch_get(struct ipsecvif_net *inet)
{
	struct ipsecvif_watch *watch = &inet->watch;
	int err = 0;

	mutex_lock(&watch_mutex);
	if (!watch->users) {
		watch->ops = (struct nf_hook_ops){
			.hook = watch_hook,
			.pf = NFPROTO_IPV6,
			.hooknum = NF_INET_LOCAL_IN,
			.priority = NF_IP6_PRI_LAST,
		};
		err = nf_register_net_hook(inet->net, &watch->ops);
	}
	watch->users += !err;
	mutex_unlock(&watch_mutex);
	return err;
}

/**
 * ipsecvif_watch_put() - undo ipsecvif_watch_get()
 * @inet: the underlay
 *
 * Context: process, may sleep.
 */
void ipsecvif_watch_put(struct ipsecvif_net *inet)
{
	struct ipsecvif_watch *watch = &inet->watch;
	bool last;

	mutex_lock(&watch_mutex);
	last = !--watch->users;
	if (last)
		nf_unregister_net_hook(inet->net, &watch->ops);
	mutex_unlock(&watch_mutex);
	if (last)
		synchronize_net(); /* the hook may be running, and the module may go */
}
