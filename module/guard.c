// SPDX-License-Identifier: GPL-2.0-only
/*
 * Without carrier, and for a moment after it comes, the queueing layer drops packets
 * before the device sees them: silently, so that an on-demand tunnel would never learn of
 * its first packet. A netfilter egress hook is before that layer, and takes the packets
 * past it. As long as there is one, each packet of each device of the machine pays for it:
 * so it is there only while it is needed, from before the carrier goes until the queues
 * are there again.
 */
#include "guard.h"

#include <linux/netfilter_netdev.h>
#include <net/sch_generic.h>

#include "event.h"
#include "net.h"
#include "netdev.h"

/* Would the queueing layer drop a packet before the device sees it? */
static bool guard_queue_is_dead(const struct net_device *dev)
{
	return !netif_carrier_ok(dev) ||
	       rcu_access_pointer(netdev_get_tx_queue(dev, 0)->qdisc) == &noop_qdisc;
}

/*
 * The hook. A queue that came back already takes its packets itself.
 *
 * Context: BHs off, under rcu_read_lock().
 */
static unsigned int guard_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct ipsecvif_dev *vif = priv;

	if (!guard_queue_is_dead(vif->dev))
		return NF_ACCEPT;
	if (vif->dev->flags & IFF_UP)
		ipsecvif_xmit(skb, vif->dev);
	else
		ipsecvif_drop_tx(vif, skb, IPSECVIF_DROP_LINK_DOWN);
	return NF_STOLEN;
}

static int guard_register(struct ipsecvif_dev *vif)
{
	struct ipsecvif_guard *guard = &vif->guard;
	int err;

	if (guard->net || !guard->there)
		return 0;
	guard->ops.hook = guard_hook;
	guard->ops.priv = vif;
	guard->ops.dev = vif->dev;
	guard->ops.pf = NFPROTO_NETDEV;
	guard->ops.hooknum = NF_NETDEV_EGRESS;
	guard->ops.priority = INT_MAX; /* what the operator filters first is his */
	err = nf_register_net_hook(dev_net(vif->dev), &guard->ops);
	if (!err)
		guard->net = dev_net(vif->dev);
	return err;
}

static void guard_unregister(struct ipsecvif_dev *vif)
{
	if (!vif->guard.net)
		return;
	nf_unregister_net_hook(vif->guard.net, &vif->guard.ops);
	vif->guard.net = NULL;
}

/* Without memory, what comes while there is no carrier is not counted. */
static void guard_follow(struct ipsecvif_dev *vif, bool needed)
{
	if (!needed)
		guard_unregister(vif);
	else if (guard_register(vif))
		netdev_warn_once(vif->dev, "no memory to see packets without carrier\n");
}

static void guard_carrier_work(struct work_struct *work)
{
	struct ipsecvif_dev *vif = container_of(work, struct ipsecvif_dev, guard.carrier);
	struct ipsecvif_net *inet = ipsecvif_net(vif->net);

	mutex_lock(&vif->guard.lock);
	guard_follow(vif, true);
	spin_lock_bh(&inet->lock);
	if (!vif->out_count && netif_carrier_ok(vif->dev)) {
		netif_carrier_off(vif->dev);
		ipsecvif_event_carrier(vif, false);
	}
	spin_unlock_bh(&inet->lock);
	guard_follow(vif, guard_queue_is_dead(vif->dev));
	mutex_unlock(&vif->guard.lock);
	dev_put(vif->dev);
}

/**
 * ipsecvif_guard_carrier_off() - let the carrier go, once the hook is there
 * @vif: a device without usable outbound SA; if it has one again by then, its carrier stays
 *
 * Context: any; ipsecvif_net.lock may be held.
 */
void ipsecvif_guard_carrier_off(struct ipsecvif_dev *vif)
{
	dev_hold(vif->dev);
	if (!queue_work(system_highpri_wq, &vif->guard.carrier))
		dev_put(vif->dev);
}

/**
 * ipsecvif_guard_flush() - wait until the carrier is gone
 * @vif: the device
 *
 * Context: process, may sleep; RTNL may be held.
 */
void ipsecvif_guard_flush(struct ipsecvif_dev *vif)
{
	flush_work(&vif->guard.carrier);
}

/**
 * ipsecvif_guard_update() - the device's queues came or go
 * @vif: the device
 * @going_down: they are about to go
 *
 * Context: RTNL held.
 */
void ipsecvif_guard_update(struct ipsecvif_dev *vif, bool going_down)
{
	mutex_lock(&vif->guard.lock);
	guard_follow(vif,
		     going_down || !(vif->dev->flags & IFF_UP) || guard_queue_is_dead(vif->dev));
	mutex_unlock(&vif->guard.lock);
}

/**
 * ipsecvif_guard_enter() - the device came into a namespace
 * @vif: the device
 *
 * Context: RTNL held.
 * Return: 0 or -ENOMEM.
 */
int ipsecvif_guard_enter(struct ipsecvif_dev *vif)
{
	int err;

	mutex_lock(&vif->guard.lock);
	vif->guard.there = true;
	err = guard_register(vif);
	mutex_unlock(&vif->guard.lock);
	return err;
}

/**
 * ipsecvif_guard_leave() - it leaves, or goes for good
 * @vif: the device
 *
 * Context: RTNL held.
 */
void ipsecvif_guard_leave(struct ipsecvif_dev *vif)
{
	mutex_lock(&vif->guard.lock);
	vif->guard.there = false;
	guard_unregister(vif);
	mutex_unlock(&vif->guard.lock);
}

/**
 * ipsecvif_guard_init() - prepare a device's guard
 * @vif: the device
 */
void ipsecvif_guard_init(struct ipsecvif_dev *vif)
{
	mutex_init(&vif->guard.lock);
	INIT_WORK(&vif->guard.carrier, guard_carrier_work);
}
