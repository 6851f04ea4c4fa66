/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets for a device that the queueing layer takes for dead. */
#ifndef IPSECVIF_GUARD_H
#define IPSECVIF_GUARD_H

#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/workqueue.h>

struct ipsecvif_dev;

/**
 * struct ipsecvif_guard - a device's egress hook
 * @lock: guards what follows
 * @ops: the hook
 * @net: the namespace that it is registered in, NULL when it is not
 * @there: the device is in a namespace where it could be
 * @carrier: lets the device's carrier go
 */
struct ipsecvif_guard {
	struct mutex lock; /* all of it */
	struct nf_hook_ops ops;
	struct net *net;
	bool there;
	struct work_struct carrier;
};

/* guard.c */
void ipsecvif_guard_init(struct ipsecvif_dev *vif);
int ipsecvif_guard_enter(struct ipsecvif_dev *vif);
void ipsecvif_guard_leave(struct ipsecvif_dev *vif);
void ipsecvif_guard_update(struct ipsecvif_dev *vif, bool going_down);
void ipsecvif_guard_carrier_off(struct ipsecvif_dev *vif);
void ipsecvif_guard_flush(struct ipsecvif_dev *vif);

#endif /* IPSECVIF_GUARD_H */
