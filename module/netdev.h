/* SPDX-License-Identifier: GPL-2.0-only */
/* The network device of kind ipsecvif. */
#ifndef IPSECVIF_NETDEV_H
#define IPSECVIF_NETDEV_H

#include <linux/netdevice.h>
#include <net/ip_tunnels.h>

#include "addr.h"
#include "drop.h"
#include "guard.h"
#include "hold.h"
#include "index.h"
#include "strict.h"

struct ipsecvif_gro;
struct ipsecvif_sa;

#define IPSECVIF_VERSION "0.1"

/**
 * struct ipsecvif_dev - a device
 * @dev: the network device, of which this is the private area
 * @net: its underlay namespace: the one that it was created in
 * @on_net: in ipsecvif_net.devices, by RTNL
 * @dying: being unregistered: takes no more SAs; by ipsecvif_net.lock
 * @local: default outer source, by ipsecvif_net.lock
 * @remote: default outer destination, by ipsecvif_net.lock
 * @fwmark: mark of outer packets
 * @link: ifindex that outer packets leave by, 0 any
 * @routes: generation of its SAs' routes
 * @df: enum ipsecvif_df
 * @ttl: outer TTL, 0 copies
 * @dscp: enum ipsecvif_dscp
 * @flow_label: enum ipsecvif_flow_label
 * @udp_csum: ESP in UDP over IPv4 carries a checksum, too
 * @mtu_auto: the MTU follows path and transform; by RTNL
 * @mtu_setting: we, not the operator, are changing it; by RTNL
 * @paths_work: recomputes the MTU and the headroom
 * @paths_rest: jiffies that it waits first
 * @sas: by direction, newest first; RCU, by ipsecvif_net.lock
 * @sa_count: in @sas
 * @out_count: outbound SAs in @sas: the carrier is on while there is one
 * @transport_count: of these, in transport mode
 * @out_unbound: of @out_count, without selectors of their own
 * @out: newest usable outbound SA without selectors of its own; RCU
 * @selectors: struct ipsecvif_selector, most specific first; RCU, by
 *	ipsecvif_net.lock
 * @selector_order: the same by ipsecvif_ts_cmp(), by ipsecvif_net.lock
 * @selector_count: in @selectors
 * @index: finds a packet's selector
 * @holds: packets that wait for an SA
 * @strict: its refusal of clear text
 * @gro: merges inbound packets
 * @drops: counters
 * @guard: sees packets that the queueing layer would not let it have
 */
struct ipsecvif_dev {
	struct net_device *dev;
	struct net *net;
	struct list_head on_net;
	bool dying;

	struct ipsecvif_addr local;
	struct ipsecvif_addr remote;
	u32 fwmark;
	int link;
	u32 routes;
	u8 df;
	u8 ttl;
	u8 dscp;
	u8 flow_label;
	bool udp_csum;

	bool mtu_auto;
	bool mtu_setting;
	struct delayed_work paths_work;
	unsigned long paths_rest;

	struct list_head sas[2];
	u32 sa_count;
	u32 out_count;
	u32 transport_count;
	u32 out_unbound;
	struct ipsecvif_sa __rcu *out;
	struct list_head selectors;
	struct rb_root selector_order;
	u32 selector_count;
	struct ipsecvif_index index;

	struct ipsecvif_holds holds;
	struct ipsecvif_strict strict;

	struct ipsecvif_gro *gro;
	struct ipsecvif_drops __percpu *drops;
	struct ipsecvif_guard guard;
};

/* netdev.c */
extern struct rtnl_link_ops ipsecvif_link_ops;
bool ipsecvif_dev_is(const struct net_device *dev);
void ipsecvif_dev_update(struct ipsecvif_dev *vif);
void ipsecvif_dev_paths_changed(struct ipsecvif_dev *vif);
void ipsecvif_dev_routes_reset(struct ipsecvif_dev *vif);
int ipsecvif_netdev_module_init(void);
void ipsecvif_netdev_module_exit(void);
void ipsecvif_netdev_net_exit(struct net *net, struct list_head *kill);

/* ethtool.c */
extern const struct ethtool_ops ipsecvif_ethtool_ops;

/* output.c */
netdev_tx_t ipsecvif_xmit(struct sk_buff *skb, struct net_device *dev);

/* input.c */
int ipsecvif_input(struct sk_buff *skb, struct ipsecvif_sa *sa, bool encap, __be16 sport);
struct ipsecvif_sa *ipsecvif_input_steered(struct sk_buff *skb);
void ipsecvif_input_ah(struct sk_buff *skb, struct ipsecvif_sa *sa);

#endif /* IPSECVIF_NETDEV_H */
