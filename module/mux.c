// SPDX-License-Identifier: GPL-2.0-only
/*
 * How packets reach us: through XFRM's protocol multiplexer, ahead of its other
 * users, to whom what is not ours goes on untouched; and which SA is theirs.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "mux.h"

#include <linux/udp.h>
#include <net/esp.h>
#include <net/xfrm.h>

#include "ah.h"
#include "esp.h"
#include "icmp.h"
#include "netdev.h"
#include "outer.h"
#include "sa.h"

/* Above vti (100), xfrm interfaces (10) and XFRM (0): those free what they don't know. */
#define MUX_PRIORITY 200

/* An SA's own address, if it names one, must be the packet's. */
static bool mux_is_for(const struct ipsecvif_sa *sa, const struct sk_buff *skb)
{
	const struct ipsecvif_peer *peer = rcu_dereference(sa->peer);
	struct ipsecvif_addr src, dst;

	if (!peer || ipsecvif_addr_any(&peer->dst))
		return true;
	ipsecvif_outer_addrs(skb, &src, &dst);
	return ipsecvif_addr_equal(&peer->dst, &dst);
}

/**
 * ipsecvif_mux_claim() - find the SA of an ESP or AH packet
 * @net: the underlay
 * @skb: the packet, its outer IP header being the network header
 * @proto: IPPROTO_ESP or IPPROTO_AH
 * @spi: from that header
 * @dropped: set if it has an SPI that only we hand out, but no SA or another's
 *	destination: counted and consumed
 *
 * The source is not compared: RFC 4301 4.1 finds a unicast SA by its SPI, and
 * the ICV says whether the peer sent it.
 *
 * Context: softirq, under rcu_read_lock().
 * Return: the SA, or NULL.
 */
struct ipsecvif_sa *ipsecvif_mux_claim(struct net *net, struct sk_buff *skb, u8 proto, __be32 spi,
				       bool *dropped)
{
	struct ipsecvif_sa *sa = ipsecvif_spi_find(net, spi);

	*dropped = false;
	if (sa && sa->proto != proto)
		sa = NULL;
	if (sa && mux_is_for(sa, skb))
		return sa;
	/* An SPI that somebody else chose may be XFRM's at another address. */
	if (!ipsecvif_spi_is_ours(spi))
		return NULL;
	*dropped = true;
	if (sa)
		ipsecvif_drop_sa_rx(sa, skb, IPSECVIF_DROP_ADDRESS);
	else
		ipsecvif_drop_stray(net, spi, skb, IPSECVIF_DROP_UNKNOWN_SPI);
	return NULL;
}

static int mux_packet(struct sk_buff *skb, bool encap)
{
	struct ipsecvif_sa *sa;
	__be16 sport = 0;
	bool dropped;
	__be32 spi;

	if (skb->len < IPSECVIF_ESP_HLEN ||
	    !pskb_may_pull(skb, min_t(unsigned int, skb->len, IPSECVIF_ESP_PULL)))
		return -EINVAL;
	spi = ((const struct ip_esp_hdr *)skb->data)->spi;
	sa = ipsecvif_mux_claim(dev_net(skb->dev), skb, IPPROTO_ESP, spi, &dropped);
	if (!sa)
		return dropped ? 0 : -EINVAL;
	if (encap) /* the multiplexer has pulled the UDP header, but it is there */
		sport = ((const struct udphdr *)(skb->data - sizeof(struct udphdr)))->source;
	return ipsecvif_input(skb, sa, encap, sport);
}

static int mux_esp(struct sk_buff *skb)
{
	return mux_packet(skb, false);
}

static int mux_ah(struct sk_buff *skb)
{
	struct ipsecvif_sa *sa;
	bool dropped;
	__be32 spi;

	if (!pskb_may_pull(skb, IPSECVIF_AH_HLEN))
		return -EINVAL;
	spi = ((const struct ip_auth_hdr *)skb->data)->spi;
	sa = ipsecvif_mux_claim(dev_net(skb->dev), skb, IPPROTO_AH, spi, &dropped);
	if (!sa)
		return dropped ? 0 : -EINVAL;
	ipsecvif_input_ah(skb, sa);
	return 0;
}

/* From a UDP socket that somebody gave to XFRM (UDP_ENCAP). */
static int mux_encap(struct sk_buff *skb, int next_header, __be32 spi, int encap_type)
{
	if (next_header != IPPROTO_ESP || !encap_type)
		return -EINVAL;
	return mux_packet(skb, true);
}

/* Runs for each packet that XFRM itself decrypted: not ours, go on. */
static int mux_callback(struct sk_buff *skb, int err)
{
	return 1;
}

/* One a protocol: the multiplexer links them. */
static struct mux_protocol {
	u8 proto;
	struct xfrm4_protocol v4;
	struct xfrm6_protocol v6;
} mux_protocols[] = {
	{
		.proto = IPPROTO_ESP,
		.v4 = {
			.handler = mux_esp,
			.input_handler = mux_encap,
			.cb_handler = mux_callback,
			.err_handler = ipsecvif_icmp_error,
			.priority = MUX_PRIORITY,
		},
		.v6 = {
			.handler = mux_esp,
			.input_handler = mux_encap,
			.cb_handler = mux_callback,
			.err_handler = ipsecvif_icmpv6_error,
			.priority = MUX_PRIORITY,
		},
	},
	{
		.proto = IPPROTO_AH,
		.v4 = {
			.handler = mux_ah,
			.cb_handler = mux_callback,
			.err_handler = ipsecvif_icmp_error,
			.priority = MUX_PRIORITY,
		},
		.v6 = {
			.handler = mux_ah,
			.cb_handler = mux_callback,
			.err_handler = ipsecvif_icmpv6_error_ah,
			.priority = MUX_PRIORITY,
		},
	},
};

/* With -EAGAIN, too, the handler is linked. */
static int mux_register(struct mux_protocol *p)
{
	int err = xfrm4_protocol_register(&p->v4, p->proto);

	if (err == -EAGAIN)
		xfrm4_protocol_deregister(&p->v4, p->proto);
	if (err)
		return err;
	err = xfrm6_protocol_register(&p->v6, p->proto);
	if (!err)
		return 0;
	if (err == -EAGAIN)
		xfrm6_protocol_deregister(&p->v6, p->proto);
	xfrm4_protocol_deregister(&p->v4, p->proto);
	return err;
}

static void mux_deregister(struct mux_protocol *p)
{
	xfrm6_protocol_deregister(&p->v6, p->proto);
	xfrm4_protocol_deregister(&p->v4, p->proto);
}

/**
 * ipsecvif_mux_module_init() - begin to receive
 *
 * Context: process; the last step of loading.
 * Return: 0 or -errno.
 */
int ipsecvif_mux_module_init(void)
{
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(mux_protocols); i++) {
		err = mux_register(&mux_protocols[i]);
		if (!err)
			continue;
		pr_err("IP protocol %u has another handler of our priority, or one that is not XFRM's\n",
		       mux_protocols[i].proto);
		while (i--)
			mux_deregister(&mux_protocols[i]);
		return err;
	}
	return 0;
}

/**
 * ipsecvif_mux_module_exit() - receive no more; waits for packets under way
 *
 * Context: process; the first step of unloading.
 */
void ipsecvif_mux_module_exit(void)
{
	size_t i = ARRAY_SIZE(mux_protocols);

	while (i--)
		mux_deregister(&mux_protocols[i]);
}
