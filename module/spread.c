// SPDX-License-Identifier: GPL-2.0-only
/*
 * One SA over several CPUs.
 *
 * All packets of an SA arrive on one CPU, as a rule: the network sees one flow. What
 * this CPU can't do alone goes to a ring that the others empty, a packet at a time.
 * They finish in any order; each SA hands its packets on in the order in which they
 * came, and always on the same CPU, since the queues behind it, of the stack and of
 * network devices, are per CPU: two of them would mix what was in order.
 *
 * It costs an allocation and some cold cache lines for each packet. So it is done
 * for full-sized packets only, and as long as the CPU has no time left.
 */
#include "spread.h"

#include <asm/simd.h>
#include <crypto/internal/simd.h>
#include <linux/cpumask.h>
#include <linux/ptr_ring.h>

#include "crypt.h"
#include "load.h"
#include "sa.h"

enum spread_limits {
	SPREAD_RING = 1024, /* packets that wait for a CPU */
	SPREAD_HELP = 32, /* as many, and who adds one does one */
	SPREAD_BACKLOG = 4096, /* packets of an SA, waiting or finished behind one that isn't */
	SPREAD_BATCH = 64, /* packets after which others get a turn */
	SPREAD_LEN_MIN = 512, /* bytes: smaller ones take longer to give away than to do */
};

static DEFINE_PER_CPU(bool, spread_busy); /* nothing can be handed on here and now */
static DEFINE_PER_CPU(unsigned int, spread_turn); /* which worker was woken last */
static struct ptr_ring spread_ring;
static struct workqueue_struct *spread_wq;
static struct work_struct *spread_workers; /* as many as there are CPUs */

/**
 * ipsecvif_spread_wanted() - should another CPU do a packet's transform?
 * @len: its bytes
 *
 * Context: BHs off.
 */
bool ipsecvif_spread_wanted(unsigned int len)
{
	enum ipsecvif_load_mode mode = ipsecvif_load_mode();

	if (likely(mode == IPSECVIF_LOAD_AUTO))
		return len >= SPREAD_LEN_MIN && num_online_cpus() > 1 && ipsecvif_load_gives();
	return mode == IPSECVIF_LOAD_ALWAYS;
}

/* What is finished, from the head on and SPREAD_BATCH at most, goes to @works. */
static void order_take(struct ipsecvif_order *order, struct list_head *works)
{
	struct ipsecvif_crypt_work *work;
	unsigned int n = 0;

	list_for_each_entry(work, &order->works, on_order) {
		if (!work->finished || n == SPREAD_BATCH)
			break;
		n++;
	}
	list_cut_before(works, &order->works, &work->on_order);
	order->count -= n;
}

static bool order_has_finished(struct ipsecvif_order *order)
{
	struct ipsecvif_crypt_work *work =
		list_first_entry_or_null(&order->works, struct ipsecvif_crypt_work, on_order);

	return work && work->finished;
}

/* If the CPU went offline meanwhile, any other does it. */
static void order_wake(struct ipsecvif_order *order)
{
	queue_work_on(order->home, system_highpri_wq, &order->deliver);
}

/*
 * What becomes of the packets may come by here again, of this SA or of one whose
 * packets this one's are: spread_busy leaves that to order_wake().
 */
static void order_hand_on(struct ipsecvif_order *order)
{
	struct ipsecvif_crypt_work *work, *next;
	LIST_HEAD(works);

	spin_lock(&order->lock);
	if (order->handing) {
		spin_unlock(&order->lock);
		return;
	}
	order->handing = true;
	order_take(order, &works);
	spin_unlock(&order->lock);

	this_cpu_write(spread_busy, true);
	list_for_each_entry_safe(work, next, &works, on_order)
		work->done(work, work->err);
	this_cpu_write(spread_busy, false);

	spin_lock(&order->lock);
	order->handing = false;
	if (order_has_finished(order))
		order_wake(order);
	spin_unlock(&order->lock);
}

/* The last packet has the last reference to the SA, which RCU keeps until we are done. */
static void order_deliver(struct work_struct *work)
{
	local_bh_disable();
	rcu_read_lock();
	order_hand_on(container_of(work, struct ipsecvif_order, deliver));
	rcu_read_unlock();
	local_bh_enable();
}

/* Is it this CPU's turn to hand packets on, here and now? */
static bool order_is_here(const struct ipsecvif_order *order)
{
	return READ_ONCE(order->home) == smp_processor_id() && !this_cpu_read(spread_busy);
}

/* The work is no longer the caller's after this. */
static void order_finish(struct ipsecvif_order *order, struct ipsecvif_crypt_work *work, int err)
{
	bool first, here;

	spin_lock(&order->lock);
	work->err = err;
	work->finished = true;
	first = list_is_first(&work->on_order, &order->works);
	here = order_is_here(order);
	if (first && !here)
		order_wake(order);
	spin_unlock(&order->lock);
	if (first && here)
		order_hand_on(order);
}

static int order_add(struct ipsecvif_order *order, struct ipsecvif_crypt_work *work)
{
	int err = 0;

	work->finished = false;
	spin_lock(&order->lock);
	if (unlikely(order->count == SPREAD_BACKLOG)) {
		err = -ENOBUFS;
		goto out;
	}
	if (!order->count && !order->handing)
		WRITE_ONCE(order->home, smp_processor_id());
	order->count++;
	atomic64_inc(&order->total);
	list_add_tail(&work->on_order, &order->works);
out:
	spin_unlock(&order->lock);
	return err;
}

static void order_remove(struct ipsecvif_order *order, struct ipsecvif_crypt_work *work)
{
	spin_lock(&order->lock);
	order->count--;
	list_del(&work->on_order);
	if (order_has_finished(order))
		order_wake(order);
	spin_unlock(&order->lock);
}

/* One packet; BHs off, under rcu_read_lock(), where the FPU can be used. */
static void spread_do(struct ipsecvif_crypt_work *work)
{
	order_finish(&work->sa->order, work, ipsecvif_crypt_perform(work));
}

static void spread_worker(struct work_struct *unused)
{
	struct ipsecvif_crypt_work *work;
	unsigned int n = 0;

	local_bh_disable();
	rcu_read_lock();
	while ((work = ptr_ring_consume(&spread_ring))) {
		spread_do(work);
		if (++n % SPREAD_BATCH)
			continue;
		rcu_read_unlock();
		local_bh_enable();
		cond_resched();
		local_bh_disable();
		rcu_read_lock();
	}
	rcu_read_unlock();
	local_bh_enable();
}

/* One more of them with each packet; who adds packets is a CPU, too. */
static void spread_wake(void)
{
	unsigned int n = max(num_online_cpus(), 2U) - 1;

	queue_work(spread_wq, &spread_workers[this_cpu_inc_return(spread_turn) % n]);
}

/* At a guess, since nothing is locked. */
static unsigned int spread_waiting(void)
{
	int n = READ_ONCE(spread_ring.producer) - READ_ONCE(spread_ring.consumer_head);

	return n < 0 ? n + SPREAD_RING : n;
}

/*
 * The others can't keep up: who adds a packet does the oldest one. Who sends may hold
 * a lock, of a socket or an upper device, that the receiver of somebody else's packet
 * wants, too: that one is for order_wake().
 */
static void spread_help(bool sends)
{
	struct ipsecvif_crypt_work *work;

	if (spread_waiting() < SPREAD_HELP || !crypto_simd_usable())
		return;
	work = ptr_ring_consume(&spread_ring);
	if (!work)
		return;
	this_cpu_write(spread_busy, sends);
	spread_do(work);
	this_cpu_write(spread_busy, false);
}

/**
 * ipsecvif_spread_submit() - have a packet's transform done by another CPU
 * @order: its SA's
 * @work: with its request complete, and a reference to the SA
 *
 * @work->done is called when the transform and those of all packets before it are
 * done, maybe before this returns.
 *
 * Context: BHs off, under rcu_read_lock().
 * Return: -EINPROGRESS; -ENOBUFS if too many wait, and @work is still the caller's.
 */
int ipsecvif_spread_submit(struct ipsecvif_order *order, struct ipsecvif_crypt_work *work)
{
	bool sends = work->encrypt;
	int err = order_add(order, work);

	if (unlikely(err))
		return err;
	if (likely(!ptr_ring_produce(&spread_ring, work))) {
		spread_wake();
	} else if (crypto_simd_usable()) {
		spread_do(work);
	} else {
		order_remove(order, work);
		return -ENOBUFS;
	}
	if (!this_cpu_read(spread_busy))
		spread_help(sends);
	if (order_is_here(order))
		order_hand_on(order);
	return -EINPROGRESS;
}

/**
 * ipsecvif_spread_init() - begin with an SA's packets
 * @order: zeroed
 */
void ipsecvif_spread_init(struct ipsecvif_order *order)
{
	spin_lock_init(&order->lock);
	INIT_LIST_HEAD(&order->works);
	INIT_WORK(&order->deliver, order_deliver);
	order->home = -1;
}

/**
 * ipsecvif_spread_exit() - end with an SA's packets
 * @order: none is left in it, nor will any come
 *
 * Context: process, may sleep.
 */
void ipsecvif_spread_exit(struct ipsecvif_order *order)
{
	if (order->home >= 0)
		cancel_work_sync(&order->deliver);
}

/**
 * ipsecvif_spread_module_init() - make ready for the first packet
 *
 * The workers are unbound, so that the scheduler finds them a CPU with time left;
 * which ones they may have is in /sys/devices/virtual/workqueue/ipsecvif_spread.
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int ipsecvif_spread_module_init(void)
{
	unsigned int i;

	spread_workers = kcalloc(nr_cpu_ids, sizeof(*spread_workers), GFP_KERNEL);
	if (!spread_workers)
		return -ENOMEM;
	for (i = 0; i < nr_cpu_ids; i++)
		INIT_WORK(&spread_workers[i], spread_worker);
	if (ptr_ring_init(&spread_ring, SPREAD_RING, GFP_KERNEL))
		goto err_workers;
	spread_wq = alloc_workqueue("ipsecvif_spread", WQ_UNBOUND | WQ_SYSFS, 0);
	if (!spread_wq)
		goto err_ring;
	return 0;
err_ring:
	ptr_ring_cleanup(&spread_ring, NULL);
err_workers:
	kfree(spread_workers);
	return -ENOMEM;
}

/**
 * ipsecvif_spread_module_exit() - undo ipsecvif_spread_module_init()
 *
 * Context: process, after the last packet.
 */
void ipsecvif_spread_module_exit(void)
{
	destroy_workqueue(spread_wq);
	ptr_ring_cleanup(&spread_ring, NULL);
	kfree(spread_workers);
}
