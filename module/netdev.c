// SPDX-License-Identifier: GPL-2.0-only
/*
 * The network device: its life, its carrier, its MTU.
 *
 * The carrier is on exactly while a usable outbound SA exists; so routes,
 * routing daemons and failover scripts see the tunnel's state on the link. The
 * MTU is the largest inner packet that fits the path of every SA.
 */
#include "netdev.h"

#include <linux/inetdevice.h>
#include <linux/module.h>
#include <net/addrconf.h>
#include <net/rtnetlink.h>

#include "ah.h"
#include "compat.h"
#include "esp.h"
#include "event.h"
#include "gro.h"
#include "net.h"
#include "outer.h"
#include "route.h"
#include "sa.h"
#include "selector.h"

enum netdev_sizes {
	/* IP, UDP, ESP and IV, beyond what the underlay's link layer wants. */
	NETDEV_HEADROOM = sizeof(struct ipv6hdr) + 8 + 8 + IPSECVIF_CRYPT_IV_MAX,
	NETDEV_TAILROOM = IPSECVIF_CRYPT_TRAILER_MAX + IPSECVIF_CRYPT_ICV_MAX,
	/* Until an SA says better: any transform in UDP over an Ethernet path. */
	NETDEV_MTU_DEFAULT = 1400,
	NETDEV_MTU_MAX = IP_MAX_MTU - 128,
	NETDEV_PATHS_REST = 16, /* times what it takes to look at all SAs */
};

static struct workqueue_struct *netdev_wq;

/**
 * ipsecvif_dev_update() - let the carrier and the default SA follow the SAs
 * @vif: the device, its underlay locked
 */
void ipsecvif_dev_update(struct ipsecvif_dev *vif)
{
	struct ipsecvif_sa *sa, *out = NULL;
	bool on = vif->out_count;

	if (vif->out_unbound)
		list_for_each_entry(sa, &vif->sas[IPSECVIF_DIR_OUT], on_dev)
			if (!sa->bound) {
				out = sa;
				break;
			}
	rcu_assign_pointer(vif->out, out);

	if (on == netif_carrier_ok(vif->dev))
		return;
	if (!on) {
		ipsecvif_guard_carrier_off(vif);
		return;
	}
	netif_carrier_on(vif->dev);
	ipsecvif_event_carrier(vif, true);
}

/**
 * struct dev_paths - what the paths of a device's SAs have in common
 * @mtu: the largest inner packet that fits all of them, 0 if no SA knows its path
 * @headroom: the most that any puts before an inner packet
 */
struct dev_paths {
	unsigned int mtu;
	unsigned int headroom;
};

static void dev_paths_add(struct dev_paths *paths, struct ipsecvif_sa *sa)
{
	struct ipsecvif_addr saddr;
	unsigned int headroom;
	struct dst_entry *dst;

	local_bh_disable(); /* for one only: there may be 100,000 */
	dst = ipsecvif_route_find(sa, &saddr);
	local_bh_enable();
	if (IS_ERR(dst))
		return;
	WRITE_ONCE(sa->mtu, ipsecvif_outer_mtu(sa, dst, 0));
	if (!paths->mtu || sa->mtu < paths->mtu)
		paths->mtu = sa->mtu;
	headroom = ipsecvif_outer_headroom(dst, rcu_dereference(sa->peer)->encap) +
		   (sa->proto == IPPROTO_AH ? ipsecvif_ah_len(&sa->crypt, saddr.family) :
					      ipsecvif_esp_header(&sa->crypt));
	paths->headroom = max(paths->headroom, headroom);
}

static void dev_paths_find(struct ipsecvif_dev *vif, struct dev_paths *paths)
{
	struct ipsecvif_sa *sa;

	memset(paths, 0, sizeof(*paths));
	rcu_read_lock();
	list_for_each_entry_rcu(sa, &vif->sas[IPSECVIF_DIR_OUT], on_dev)
		dev_paths_add(paths, sa);
	rcu_read_unlock();
}

/*
 * Below IPv6's minimum the device would lose IPv6. Packets between the two are told
 * the path's MTU (IPv4), or sent in outer fragments (IPv6).
 */
static void dev_mtu_follow(struct ipsecvif_dev *vif, unsigned int mtu)
{
	struct net_device *dev = vif->dev;

	mtu = max_t(unsigned int, mtu, IPV6_MIN_MTU);
	if (mtu == dev->mtu)
		return;
	vif->mtu_setting = true;
	dev_set_mtu(dev, min_t(unsigned int, mtu, dev->max_mtu));
	vif->mtu_setting = false;
}

static void dev_paths_work(struct work_struct *work)
{
	struct ipsecvif_dev *vif =
		container_of(to_delayed_work(work), struct ipsecvif_dev, paths_work);
	struct net_device *dev = vif->dev;
	struct dev_paths paths;
	u64 began;

	rtnl_lock();
	began = ktime_get_ns();
	if (dev->reg_state != NETREG_REGISTERED)
		goto out;
	dev_paths_find(vif, &paths);
	WRITE_ONCE(vif->paths_rest,
		   nsecs_to_jiffies(NETDEV_PATHS_REST * (ktime_get_ns() - began)) + 1);
	if (!paths.mtu)
		goto out;
	/* No more than is wanted: a forwarded packet without room for it is copied. */
	WRITE_ONCE(dev->needed_headroom, paths.headroom);
	if (vif->mtu_auto)
		dev_mtu_follow(vif, paths.mtu);
out:
	rtnl_unlock();
	dev_put(dev);
}

/**
 * ipsecvif_dev_paths_changed() - compute the MTU and headroom anew, soon
 * @vif: the device
 *
 * Not again before some multiple of the time has passed that it took: with a batch of
 * SAs each would look at all that came before.
 *
 * Context: any.
 */
void ipsecvif_dev_paths_changed(struct ipsecvif_dev *vif)
{
	dev_hold(vif->dev);
	if (!queue_delayed_work(netdev_wq, &vif->paths_work, READ_ONCE(vif->paths_rest)))
		dev_put(vif->dev);
}

/**
 * ipsecvif_dev_routes_reset() - look all outer routes up anew
 * @vif: the device, whose mark or underlay changed
 *
 * Context: process; genl requests are serialised.
 */
void ipsecvif_dev_routes_reset(struct ipsecvif_dev *vif)
{
	/* After what changed: who sees this number sees that, too. */
	smp_store_release(&vif->routes, vif->routes + 1);
}

static int dev_ndo_init(struct net_device *dev)
{
	struct ipsecvif_dev *vif = netdev_priv(dev);
	int err;

	vif->drops = ipsecvif_drops_alloc();
	if (!vif->drops)
		return -ENOMEM;
	err = compat_dev_tstats_init(dev);
	if (err)
		goto err_drops;
	err = ipsecvif_gro_init(vif);
	if (err)
		goto err_tstats;
	err = ipsecvif_index_init(&vif->index);
	if (err)
		goto err_gro;
	return 0;
err_gro:
	ipsecvif_gro_exit(vif);
err_tstats:
	compat_dev_tstats_free(dev);
err_drops:
	free_percpu(vif->drops);
	vif->drops = NULL;
	return err;
}

static void dev_ndo_uninit(struct net_device *dev)
{
	struct ipsecvif_dev *vif = netdev_priv(dev);
	struct ipsecvif_net *inet = ipsecvif_net(vif->net);

	if (cancel_delayed_work(&vif->paths_work))
		dev_put(dev);
	spin_lock_bh(&inet->lock);
	vif->dying = true;
	ipsecvif_selector_flush(vif);
	spin_unlock_bh(&inet->lock);
	ipsecvif_sa_flush(vif, -1);
	ipsecvif_guard_flush(vif);
	ipsecvif_guard_leave(vif);
	ipsecvif_holds_exit(vif);
	list_del_init(&vif->on_net);
}

/* The last reference is gone, and with it every SA. */
static void dev_free(struct net_device *dev)
{
	struct ipsecvif_dev *vif = netdev_priv(dev);

	ipsecvif_index_destroy(&vif->index);
	ipsecvif_gro_exit(vif);
	compat_dev_tstats_free(dev);
	free_percpu(vif->drops);
}

static int dev_ndo_open(struct net_device *dev)
{
	struct in_device *in_dev = __in_dev_get_rtnl(dev);
	struct inet6_dev *in6_dev = __in6_dev_get(dev);

	/* Foreign XFRM policies have no say over packets that are protected already. */
	if (in_dev) {
		IN_DEV_CONF_SET(in_dev, NOPOLICY, 1);
		IN_DEV_CONF_SET(in_dev, NOXFRM, 1);
	}
	if (in6_dev)
		in6_dev->cnf.disable_policy = 1;
	return 0;
}

static int dev_ndo_stop(struct net_device *dev)
{
	ipsecvif_holds_drop(netdev_priv(dev), IPSECVIF_DROP_LINK_DOWN);
	return 0;
}

static int dev_ndo_change_mtu(struct net_device *dev, int mtu)
{
	struct ipsecvif_dev *vif = netdev_priv(dev);

	if (!vif->mtu_setting)
		vif->mtu_auto = false;
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

static int dev_ndo_get_iflink(const struct net_device *dev)
{
	const struct ipsecvif_dev *vif = netdev_priv(dev);

	return READ_ONCE(vif->link);
}

static const struct net_device_ops dev_ops = {
	.ndo_init = dev_ndo_init,
	.ndo_uninit = dev_ndo_uninit,
	.ndo_open = dev_ndo_open,
	.ndo_stop = dev_ndo_stop,
	.ndo_start_xmit = ipsecvif_xmit,
	.ndo_change_mtu = dev_ndo_change_mtu,
	.ndo_get_stats64 = dev_get_tstats64,
	.ndo_get_iflink = dev_ndo_get_iflink,
};

static const struct device_type dev_type = { .name = IPSECVIF_LINK_KIND };

static void dev_setup(struct net_device *dev)
{
	const netdev_features_t features = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HW_CSUM |
					   NETIF_F_GSO_SOFTWARE | NETIF_F_RXCSUM | NETIF_F_HIGHDMA;
	struct ipsecvif_dev *vif = netdev_priv(dev);

	dev->netdev_ops = &dev_ops;
	dev->ethtool_ops = &ipsecvif_ethtool_ops;
	dev->header_ops = &ip_tunnel_header_ops;
	dev->type = ARPHRD_NONE;
	dev->hard_header_len = 0;
	dev->addr_len = 0;
	dev->flags = IFF_POINTOPOINT | IFF_NOARP | IFF_MULTICAST;
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->priv_flags &= ~IFF_XMIT_DST_RELEASE;
	dev->needed_headroom = LL_MAX_HEADER + NETDEV_HEADROOM;
	dev->needed_tailroom = NETDEV_TAILROOM;
	dev->features |= features;
	dev->hw_features |= features;
	dev->hw_enc_features |= features;
	dev->mtu = NETDEV_MTU_DEFAULT;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = NETDEV_MTU_MAX;
	dev->needs_free_netdev = true;
	dev->priv_destructor = dev_free;
	compat_dev_set_lltx(dev);
	SET_NETDEV_DEVTYPE(dev, &dev_type);

	vif->dev = dev;
	vif->mtu_auto = true;
	vif->ttl = IPDEFTTL;
	INIT_LIST_HEAD(&vif->on_net);
	INIT_LIST_HEAD(&vif->sas[IPSECVIF_DIR_IN]);
	INIT_LIST_HEAD(&vif->sas[IPSECVIF_DIR_OUT]);
	INIT_LIST_HEAD(&vif->selectors);
	vif->selector_order = RB_ROOT;
	INIT_DELAYED_WORK(&vif->paths_work, dev_paths_work);
	ipsecvif_guard_init(vif);
	ipsecvif_holds_init(vif);
}

static int link_validate(struct nlattr *tb[], struct nlattr *data[], struct netlink_ext_ack *extack)
{
	if (tb[IFLA_ADDRESS]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_ADDRESS],
				    "the device has no link-layer address");
		return -EINVAL;
	}
	return 0;
}

static int link_new(struct net *src_net, struct net_device *dev, struct nlattr *tb[],
		    struct nlattr *data[], struct netlink_ext_ack *extack)
{
	struct ipsecvif_dev *vif = netdev_priv(dev);
	int err;

	vif->net = src_net;
	if (tb[IFLA_MTU])
		vif->mtu_auto = false;
	netif_carrier_off(dev);
	err = register_netdevice(dev);
	if (err)
		return err;
	list_add(&vif->on_net, &ipsecvif_net(src_net)->devices);
	return 0;
}

static struct net *link_get_net(const struct net_device *dev)
{
	const struct ipsecvif_dev *vif = netdev_priv(dev);

	return READ_ONCE(vif->net);
}

struct rtnl_link_ops ipsecvif_link_ops __read_mostly = {
	.kind = IPSECVIF_LINK_KIND,
	.priv_size = sizeof(struct ipsecvif_dev),
	.setup = dev_setup,
	.validate = link_validate,
	.newlink = link_new,
	.get_link_net = link_get_net,
};

/**
 * ipsecvif_dev_is() - is it one of ours?
 * @dev: a network device
 */
bool ipsecvif_dev_is(const struct net_device *dev)
{
	return dev->netdev_ops == &dev_ops;
}

/* The underlay's MTU or state changed: so may have the paths. */
static void netdev_underlay_changed(struct net *net)
{
	struct ipsecvif_dev *vif;

	list_for_each_entry(vif, &ipsecvif_net(net)->devices, on_net)
		ipsecvif_dev_paths_changed(vif);
}

static int netdev_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct ipsecvif_dev *vif = netdev_priv(dev);

	if (!ipsecvif_dev_is(dev)) {
		if (event == NETDEV_CHANGEMTU || event == NETDEV_UP)
			netdev_underlay_changed(dev_net(dev));
		return NOTIFY_DONE;
	}
	switch (event) {
	case NETDEV_REGISTER: /* also in the namespace that it moves to */
		ipsecvif_strict_register(vif);
		return notifier_from_errno(ipsecvif_guard_enter(vif));
	case NETDEV_UNREGISTER: /* also in the one that it leaves */
		ipsecvif_strict_unregister(vif);
		ipsecvif_guard_leave(vif);
		break;
	case NETDEV_UP:
	case NETDEV_CHANGE: /* what the carrier's change comes to */
		ipsecvif_guard_update(vif, false);
		break;
	case NETDEV_GOING_DOWN:
		ipsecvif_guard_update(vif, true);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block netdev_notifier = { .notifier_call = netdev_event };

/**
 * ipsecvif_netdev_net_exit() - an underlay namespace goes, and its devices with it
 * @net: the namespace
 * @kill: list of devices to unregister
 *
 * Context: RTNL held. A device may have moved to a namespace that stays.
 */
void ipsecvif_netdev_net_exit(struct net *net, struct list_head *kill)
{
	struct ipsecvif_dev *vif;

	list_for_each_entry(vif, &ipsecvif_net(net)->devices, on_net)
		unregister_netdevice_queue(vif->dev, kill);
}

/**
 * ipsecvif_netdev_module_init() - register the link kind
 *
 * Return: 0 or -errno.
 */
int ipsecvif_netdev_module_init(void)
{
	int err;

	netdev_wq = alloc_workqueue("ipsecvif_paths", WQ_UNBOUND, 0);
	if (!netdev_wq)
		return -ENOMEM;
	err = register_netdevice_notifier(&netdev_notifier);
	if (err)
		goto err_wq;
	err = rtnl_link_register(&ipsecvif_link_ops);
	if (err)
		goto err_notifier;
	return 0;
err_notifier:
	unregister_netdevice_notifier(&netdev_notifier);
err_wq:
	destroy_workqueue(netdev_wq);
	return err;
}

/**
 * ipsecvif_netdev_module_exit() - remove all devices and the link kind
 *
 * Context: process, may sleep.
 */
void ipsecvif_netdev_module_exit(void)
{
	rtnl_link_unregister(&ipsecvif_link_ops);
	unregister_netdevice_notifier(&netdev_notifier);
	destroy_workqueue(netdev_wq);
}
