// SPDX-License-Identifier: GPL-2.0-only
/*
 * Strict devices refuse what their selectors protect when it arrives in clear,
 * by another interface (RFC 4301 5.2 step 3). A netfilter hook looks at all that
 * comes into the device's namespace, as long as the device is strict.
 */
#include "strict.h"

#include <linux/inetdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/addrconf.h>
#include <net/l3mdev.h>
#include <net/ndisc.h>
#include <net/xfrm.h>

#include "netdev.h"
#include "selector.h"

enum strict_values {
	/* After defragmentation, if there is any, and before connection tracking. */
	STRICT_PRIORITY = NF_IP_PRI_CONNTRACK_DEFRAG + 1,
	STRICT_PORT_IKE = 500,
	STRICT_PORT_NAT_T = 4500, /* RFC 3948 */
};

/*
 * Has what comes by an interface been looked at already, or been protected by
 * somebody? A VRF's own device shows the packets of its members once more.
 */
static bool strict_passes(const struct net_device *in, struct sk_buff *skb)
{
	return in->flags & IFF_LOOPBACK || netif_is_l3_master(in) || ipsecvif_dev_is(in) ||
	       secpath_exists(skb);
}

/* What serves the link, and no router forwards. */
static bool strict_is_link_local(const struct ipsecvif_addr *addr)
{
	if (addr->family == AF_INET6)
		return ipv6_addr_type(&addr->v6) & IPV6_ADDR_LINKLOCAL;
	return ipv4_is_linklocal_169(addr->v4) || ipv4_is_local_multicast(addr->v4) ||
	       ipv4_is_lbcast(addr->v4) || ipv4_is_zeronet(addr->v4);
}

static bool strict_is_local(const struct nf_hook_state *state, const struct ipsecvif_addr *addr)
{
	if (addr->family == AF_INET6)
		return ipv6_chk_addr(state->net, &addr->v6, NULL, 0);
	return inet_addr_type_dev_table(state->net, state->in, addr->v4) == RTN_LOCAL;
}

static bool strict_is_ike_port(u16 port)
{
	return port == STRICT_PORT_IKE || port == STRICT_PORT_NAT_T;
}

/* IKE or IPsec; of a later fragment, as seen outbound, its first one decides. */
static bool strict_is_ipsec(const struct ipsecvif_flow *flow)
{
	switch (flow->proto) {
	case IPPROTO_ESP:
	case IPPROTO_AH:
		return true;
	case IPPROTO_UDP:
		return !flow->has_upper || strict_is_ike_port(flow->sport);
	default:
		return false;
	}
}

static bool strict_is_neighbour_discovery(const struct ipsecvif_flow *flow)
{
	return flow->proto == IPPROTO_ICMPV6 && flow->src.family == AF_INET6 && flow->has_upper &&
	       flow->sport >= NDISC_ROUTER_SOLICITATION && flow->sport <= NDISC_REDIRECT;
}

/*
 * What a tunnel itself lives on: packets of IKE and IPsec to this machine, ICMP
 * errors about those that it sent, and what IPv6 needs on the link.
 */
static bool strict_exempts(const struct nf_hook_state *state, struct sk_buff *skb,
			   const struct ipsecvif_flow *flow)
{
	struct ipsecvif_flow about;

	if (strict_is_link_local(&flow->src) || strict_is_link_local(&flow->dst))
		return true;
	if (!strict_is_local(state, &flow->src))
		return false;
	return strict_is_ipsec(flow) || strict_is_neighbour_discovery(flow) ||
	       (ipsecvif_flow_quoted(skb, &about, true) && strict_is_ipsec(&about));
}

static unsigned int strict_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct ipsecvif_dev *vif = priv;
	struct ipsecvif_flow flow;

	if (strict_passes(state->in, skb) || !ipsecvif_flow_parse(skb, &flow, true) ||
	    !ipsecvif_selector_covers(vif, &flow) || strict_exempts(state, skb, &flow))
		return NF_ACCEPT;
	ipsecvif_drop_rx(vif, skb, IPSECVIF_DROP_CLEAR_IN);
	return NF_STOLEN;
}

static int strict_hooks_register(struct ipsecvif_dev *vif)
{
	struct ipsecvif_strict *strict = &vif->strict;
	struct net *net = dev_net(vif->dev);
	int i, err;

	for (i = 0; i < ARRAY_SIZE(strict->ops); i++) {
		strict->ops[i].hook = strict_hook;
		strict->ops[i].priv = vif;
		strict->ops[i].pf = i ? NFPROTO_IPV6 : NFPROTO_IPV4;
		strict->ops[i].hooknum = NF_INET_PRE_ROUTING;
		strict->ops[i].priority = STRICT_PRIORITY;
	}
	err = nf_register_net_hooks(net, strict->ops, ARRAY_SIZE(strict->ops));
	if (!err)
		strict->net = net;
	return err;
}

/**
 * ipsecvif_strict_unregister() - look at packets no more
 * @vif: a device that leaves its namespace
 *
 * Context: RTNL held.
 */
void ipsecvif_strict_unregister(struct ipsecvif_dev *vif)
{
	struct ipsecvif_strict *strict = &vif->strict;

	if (!strict->net)
		return;
	nf_unregister_net_hooks(strict->net, strict->ops, ARRAY_SIZE(strict->ops));
	strict->net = NULL;
}

/**
 * ipsecvif_strict_register() - look at packets of the device's namespace
 * @vif: a device that came into it, strict or not
 *
 * Context: RTNL held. Nobody could stop the device from moving: without memory
 * it is not strict any more, and says so.
 */
void ipsecvif_strict_register(struct ipsecvif_dev *vif)
{
	if (!vif->strict.on || !strict_hooks_register(vif))
		return;
	vif->strict.on = false;
	netdev_err(vif->dev, "strict is off: no memory for its hooks in this namespace\n");
}

/**
 * ipsecvif_strict_set() - make a device strict, or not
 * @vif: the device
 * @on: which
 *
 * Context: RTNL held.
 * Return: 0, -ENOMEM, or -ENODEV if the device is going.
 */
int ipsecvif_strict_set(struct ipsecvif_dev *vif, bool on)
{
	int err = 0;

	if (on == vif->strict.on)
		return 0;
	if (vif->dev->reg_state != NETREG_REGISTERED)
		return -ENODEV;
	if (on)
		err = strict_hooks_register(vif);
	else
		ipsecvif_strict_unregister(vif);
	if (!err)
		WRITE_ONCE(vif->strict.on, on);
	return err;
}
