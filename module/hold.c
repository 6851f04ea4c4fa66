// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that wait for an SA, so that the first of an on-demand tunnel is not
 * lost. Each selector holds a few, as ARP does for a neighbour: when another
 * comes the oldest goes. Once an SA is usable they take the same way as any
 * packet, in order; those that come in that moment may be among them.
 *
 * Nothing waits unless somebody listens for events: who else should bring an SA?
 */
#include "hold.h"

#include <linux/jiffies.h>

#include "compat.h"
#include "event.h"
#include "netdev.h"
#include "selector.h"

/* In a held packet's cb: jiffies when it has waited too long. */
struct hold_cb {
	unsigned long deadline;
};

static struct hold_cb *hold_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct hold_cb) > sizeof(skb->cb));
	return (struct hold_cb *)skb->cb;
}

/**
 * ipsecvif_hold_init() - prepare a selector's queue
 * @hold: the queue
 */
void ipsecvif_hold_init(struct ipsecvif_hold *hold)
{
	__skb_queue_head_init(&hold->packets);
	INIT_LIST_HEAD(&hold->on_dev);
}

/* Take a queue's packets, under the lock. */
static void hold_splice(struct ipsecvif_holds *holds, struct ipsecvif_hold *hold,
			struct sk_buff_head *list)
{
	const struct sk_buff *skb;

	skb_queue_walk(&hold->packets, skb)
		holds->bytes -= skb->truesize;
	skb_queue_splice_tail_init(&hold->packets, list);
	list_del_init(&hold->on_dev);
}

/* Take the oldest packet of a queue, under the lock. */
static void hold_shift(struct ipsecvif_holds *holds, struct ipsecvif_hold *hold,
		       struct sk_buff_head *list)
{
	struct sk_buff *skb = __skb_dequeue(&hold->packets);

	holds->bytes -= skb->truesize;
	__skb_queue_tail(list, skb);
	if (skb_queue_empty(&hold->packets))
		list_del_init(&hold->on_dev);
}

static void hold_drop_list(struct ipsecvif_dev *vif, struct sk_buff_head *list,
			   enum ipsecvif_drop_reason reason)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list)))
		ipsecvif_drop_tx(vif, skb, reason);
}

/**
 * ipsecvif_hold_end() - drop what a selector holds, for good
 * @vif: the device
 * @hold: the queue of a selector that nobody finds any more
 *
 * Context: any but hard interrupt.
 */
void ipsecvif_hold_end(struct ipsecvif_dev *vif, struct ipsecvif_hold *hold)
{
	struct sk_buff_head list;

	__skb_queue_head_init(&list);
	spin_lock_bh(&vif->holds.lock);
	hold->ended = true;
	hold_splice(&vif->holds, hold, &list);
	spin_unlock_bh(&vif->holds.lock);
	hold_drop_list(vif, &list, IPSECVIF_DROP_NO_SA);
}

/* Append a packet, under the lock; what has to go for it is put on @over. */
static void hold_append(struct ipsecvif_holds *holds, struct ipsecvif_hold *hold,
			struct sk_buff *skb, struct sk_buff_head *over)
{
	while (!skb_queue_empty(&hold->packets) &&
	       (skb_queue_len(&hold->packets) >= holds->limit ||
		holds->bytes + skb->truesize > IPSECVIF_HOLD_BYTES))
		hold_shift(holds, hold, over);
	/* Others' packets take up the memory: this one has none. */
	if (holds->bytes + skb->truesize > IPSECVIF_HOLD_BYTES) {
		__skb_queue_tail(over, skb);
		return;
	}
	holds->bytes += skb->truesize;
	__skb_queue_tail(&hold->packets, skb);
	if (list_empty(&hold->on_dev))
		list_add_tail(&hold->on_dev, &holds->queues);
	timer_reduce(&holds->timer, hold_cb(skb)->deadline);
}

/* Hold a packet that has its deadline; false if it can't be. */
static bool hold_packet(struct ipsecvif_dev *vif, struct ipsecvif_selector *sel,
			struct sk_buff *skb)
{
	struct ipsecvif_holds *holds = &vif->holds;
	struct ipsecvif_hold *hold = sel ? &sel->hold : &holds->any;
	struct sk_buff_head over;
	bool held;

	__skb_queue_head_init(&over);
	spin_lock_bh(&holds->lock);
	/* Not while the device goes down: what it held is dropped already. */
	held = !hold->ended && holds->limit && netif_running(vif->dev);
	if (held) {
		hold_append(holds, hold, skb, &over);
		/*
		 * Who makes an SA usable takes the lock afterwards: either the packet
		 * is found there, or the SA here.
		 */
		if (unlikely(ipsecvif_selector_peek(vif, skb, &sel)))
			timer_reduce(&holds->timer, jiffies);
	}
	spin_unlock_bh(&holds->lock);
	hold_drop_list(vif, &over, IPSECVIF_DROP_HOLD_FULL);
	return held;
}

/**
 * ipsecvif_hold() - let a packet wait for an SA
 * @vif: its device
 * @sel: its selector; NULL if the device has none
 * @skb: the packet, consumed if it can be held
 *
 * The packet is taken from its socket's account: a sender, or its namespace,
 * must not wait for a tunnel in order to end.
 *
 * Context: BHs off, under rcu_read_lock().
 * Return: false if it can't wait: there is no room for any, or nobody who could
 * bring an SA.
 */
bool ipsecvif_hold(struct ipsecvif_dev *vif, struct ipsecvif_selector *sel, struct sk_buff *skb)
{
	if (!READ_ONCE(vif->holds.limit) || !ipsecvif_event_is_heard(vif))
		return false;
	skb_orphan(skb);
	skb_dst_force(skb);
	hold_cb(skb)->deadline = jiffies + IPSECVIF_HOLD_SECONDS * HZ;
	if (!hold_packet(vif, sel, skb))
		return false;
	if (sel) /* it is counted when it goes */
		atomic64_dec(&sel->packets);
	return true;
}

/* Send a packet that waited, or let it wait on. */
static void hold_resume(struct ipsecvif_dev *vif, struct sk_buff *skb)
{
	struct ipsecvif_selector *sel;

	if (ipsecvif_selector_peek(vif, skb, &sel)) {
		memset(skb->cb, 0, sizeof(skb->cb));
		ipsecvif_xmit(skb, vif->dev);
		return;
	}
	if (IS_ERR(sel))
		ipsecvif_drop_tx(vif, skb, IPSECVIF_DROP_NO_SELECTOR);
	else if (time_after_eq(jiffies, hold_cb(skb)->deadline))
		ipsecvif_drop_tx(vif, skb, IPSECVIF_DROP_HOLD_TIMEOUT);
	else if (!hold_packet(vif, sel, skb))
		ipsecvif_drop_tx(vif, skb, IPSECVIF_DROP_NO_SA);
}

/* Empty all queues of a device; BHs stay as they are. */
static void holds_splice(struct ipsecvif_holds *holds, struct sk_buff_head *list)
{
	struct ipsecvif_hold *hold, *next;

	__skb_queue_head_init(list);
	spin_lock_bh(&holds->lock);
	list_for_each_entry_safe(hold, next, &holds->queues, on_dev)
		hold_splice(holds, hold, list);
	spin_unlock_bh(&holds->lock);
}

/**
 * ipsecvif_holds_release() - send what waited and need not any more
 * @vif: the device, whose SAs or selectors have changed
 *
 * All are looked at: what waits for a wide selector may have got a narrower one,
 * as a responder narrows what is asked of it.
 *
 * Context: process or softirq, ipsecvif_net.lock not held.
 */
void ipsecvif_holds_release(struct ipsecvif_dev *vif)
{
	struct sk_buff_head list;
	struct sk_buff *skb;

	holds_splice(&vif->holds, &list);
	local_bh_disable();
	rcu_read_lock();
	while ((skb = __skb_dequeue(&list)))
		hold_resume(vif, skb);
	rcu_read_unlock();
	local_bh_enable();
}

static void holds_timer(struct timer_list *timer)
{
	struct ipsecvif_dev *vif = compat_timer_container_of(vif, timer, holds.timer);

	ipsecvif_holds_release(vif);
}

/**
 * ipsecvif_holds_drop() - drop all that a device holds
 * @vif: the device
 * @reason: why
 *
 * Context: process.
 */
void ipsecvif_holds_drop(struct ipsecvif_dev *vif, enum ipsecvif_drop_reason reason)
{
	struct sk_buff_head list;

	holds_splice(&vif->holds, &list);
	hold_drop_list(vif, &list, reason);
}

/**
 * ipsecvif_holds_set() - change how many packets a selector holds
 * @vif: the device
 * @limit: packets; 0 holds none
 *
 * Context: process.
 */
void ipsecvif_holds_set(struct ipsecvif_dev *vif, u32 limit)
{
	struct ipsecvif_holds *holds = &vif->holds;
	struct ipsecvif_hold *hold, *next;
	struct sk_buff_head over;

	__skb_queue_head_init(&over);
	spin_lock_bh(&holds->lock);
	WRITE_ONCE(holds->limit, limit);
	list_for_each_entry_safe(hold, next, &holds->queues, on_dev)
		while (skb_queue_len(&hold->packets) > limit)
			hold_shift(holds, hold, &over);
	spin_unlock_bh(&holds->lock);
	hold_drop_list(vif, &over, IPSECVIF_DROP_HOLD_FULL);
}

/**
 * ipsecvif_holds_init() - prepare a new device
 * @vif: the device
 */
void ipsecvif_holds_init(struct ipsecvif_dev *vif)
{
	struct ipsecvif_holds *holds = &vif->holds;

	spin_lock_init(&holds->lock);
	INIT_LIST_HEAD(&holds->queues);
	ipsecvif_hold_init(&holds->any);
	holds->limit = IPSECVIF_HOLD_DEFAULT;
	timer_setup(&holds->timer, holds_timer, 0);
}

/**
 * ipsecvif_holds_exit() - drop what a device holds, for good
 * @vif: the device, its selectors gone
 *
 * Context: process, may sleep.
 */
void ipsecvif_holds_exit(struct ipsecvif_dev *vif)
{
	ipsecvif_hold_end(vif, &vif->holds.any);
	compat_timer_delete_sync(&vif->holds.timer);
}
