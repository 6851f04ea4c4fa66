/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets that wait for an SA. */
#ifndef IPSECVIF_HOLD_H
#define IPSECVIF_HOLD_H

#include <linux/ipsecvif.h>
#include <linux/list.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

struct ipsecvif_dev;
struct ipsecvif_selector;

enum ipsecvif_hold_limits {
	/* Packets that a selector holds, unless the device is told otherwise. */
	IPSECVIF_HOLD_DEFAULT = 16,
	/* A packet that waited longer has been sent again, or given up, by its sender. */
	IPSECVIF_HOLD_SECONDS = 30,
	/* Memory that the packets of one device take up. */
	IPSECVIF_HOLD_BYTES = 4 << 20,
};

/**
 * struct ipsecvif_hold - a selector's packets that wait
 * @packets: oldest first; by ipsecvif_holds.lock, its own is not used
 * @on_dev: in ipsecvif_holds.queues while there are any
 * @ended: takes no more
 */
struct ipsecvif_hold {
	struct sk_buff_head packets;
	struct list_head on_dev;
	bool ended;
};

/**
 * struct ipsecvif_holds - a device's packets that wait
 * @lock: guards all of them; taken last, with BHs off
 * @queues: struct ipsecvif_hold with packets
 * @any: the queue of a device without selectors
 * @limit: packets in one queue, 0 holds none
 * @bytes: memory in use by the packets
 * @timer: drops those that waited too long
 */
struct ipsecvif_holds {
	spinlock_t lock; /* all queues of the device */
	struct list_head queues;
	struct ipsecvif_hold any;
	u32 limit;
	unsigned int bytes;
	struct timer_list timer;
};

/* hold.c */
void ipsecvif_hold_init(struct ipsecvif_hold *hold);
void ipsecvif_hold_end(struct ipsecvif_dev *vif, struct ipsecvif_hold *hold);
void ipsecvif_holds_init(struct ipsecvif_dev *vif);
void ipsecvif_holds_exit(struct ipsecvif_dev *vif);
void ipsecvif_holds_set(struct ipsecvif_dev *vif, u32 limit);
void ipsecvif_holds_drop(struct ipsecvif_dev *vif, enum ipsecvif_drop_reason reason);
void ipsecvif_holds_release(struct ipsecvif_dev *vif);
bool ipsecvif_hold(struct ipsecvif_dev *vif, struct ipsecvif_selector *sel, struct sk_buff *skb);

#endif /* IPSECVIF_HOLD_H */
