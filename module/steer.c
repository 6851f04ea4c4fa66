// SPDX-License-Identifier: GPL-2.0-only
/*
 * All that is to be done for the packets of an inbound SA, by another CPU than the one
 * that they come to, when that has no time left: as receive packet steering (RPS) does for
 * flows, which can't look into ESP. One CPU takes all packets of an SA, so that they stay
 * in order; it costs a place in a ring, whatever a packet's size. What that CPU can't do
 * alone it gives to others in its turn, a transform at a time (spread.c).
 */
#include "steer.h"

#include <linux/percpu.h>
#include <linux/ptr_ring.h>
#include <linux/sched/clock.h>
#include <linux/workqueue.h>

#include "gro.h"
#include "load.h"
#include "netdev.h"
#include "sa.h"

enum steer_limits {
	STEER_RING = 2048, /* packets that wait for a CPU */
	STEER_BATCH = 16, /* packets after which others get a turn */
	STEER_TURNS = 256, /* after which the worker begins anew */
	STEER_LINGER_US = 200, /* that a CPU without packets waits for more */
	STEER_WOKE = 4, /* points of a packet that had to wake it: any other takes one off */
	STEER_WOKE_MAX = 64, /* as many, and it is no help */
	STEER_REST = HZ, /* jiffies until it is tried again */
};

/**
 * struct steer_queue - packets that a CPU was given
 * @ring: struct sk_buff for ipsecvif_input_steered(); its producer_lock also guards that
 *	SAs begin and end to use it
 * @cpu: the CPU
 * @work: does them
 */
struct steer_queue {
	struct ptr_ring ring;
	int cpu;
	struct work_struct work;
};

static struct steer_queue __percpu *steer_queues;
static struct workqueue_struct *steer_wq;

/* Give an SA no more, if all that was given is done; false if it isn't. */
static bool steer_end(struct ipsecvif_sa *sa, int cpu)
{
	struct steer_queue *queue = per_cpu_ptr(steer_queues, cpu);
	bool ended;

	spin_lock(&queue->ring.producer_lock);
	/* Pairs with steer_settle(): what was done for them is to be seen then. */
	ended = !atomic_read_acquire(&sa->steered.given);
	if (ended)
		cmpxchg(&sa->steer_cpu, cpu, -1);
	if (ended && sa->steered.woke >= STEER_WOKE_MAX) {
		sa->steered.woke = 0;
		WRITE_ONCE(sa->steered.rest, (jiffies + STEER_REST) | 1);
	}
	spin_unlock(&queue->ring.producer_lock);
	return ended;
}

/*
 * Is there still a reason to, and somebody to do it? A CPU without time left may have but
 * one packet at a time, which is answered before the next one comes: no two CPUs then ever
 * work at once, and each packet has to wake the other one.
 */
static bool steer_goes_on(const struct ipsecvif_sa *sa, int cpu)
{
	switch (ipsecvif_load_mode()) {
	case IPSECVIF_LOAD_NEVER:
		return false;
	case IPSECVIF_LOAD_AUTO:
		return cpu != smp_processor_id() && cpu_online(cpu) && ipsecvif_load_full() &&
		       READ_ONCE(sa->steered.woke) < STEER_WOKE_MAX;
	default:
		return true;
	}
}

static bool steer_rests(const struct ipsecvif_sa *sa)
{
	unsigned long rest = READ_ONCE(sa->steered.rest);

	return rest && time_before(jiffies, rest);
}

/*
 * Not while packets of the SA finish later, which are handed on here; nor while what became
 * of those before this one may still wait in a queue of this CPU's.
 */
static bool steer_can_begin(const struct ipsecvif_sa *sa)
{
	const struct softnet_data *sd = this_cpu_ptr(&softnet_data);

	return !atomic_read(&sa->crypt.pending) && ipsecvif_gro_is_idle(sa->vif) &&
	       skb_queue_empty_lockless(&sd->process_queue) &&
	       skb_queue_empty_lockless(&sd->input_pkt_queue);
}

static bool steer_is_wanted(const struct ipsecvif_sa *sa)
{
	switch (ipsecvif_load_mode()) {
	case IPSECVIF_LOAD_NEVER:
		return false;
	case IPSECVIF_LOAD_AUTO:
		if (num_online_cpus() == 1 || !ipsecvif_load_full() || steer_rests(sa))
			return false;
		fallthrough;
	default:
		return steer_can_begin(sa);
	}
}

/* For tests a CPU without others has a ring, too. */
static int steer_begin(struct ipsecvif_sa *sa)
{
	int cpu = ipsecvif_load_helper();

	if (cpu < 0 && ipsecvif_load_mode() == IPSECVIF_LOAD_ALWAYS)
		cpu = smp_processor_id();
	return cpu;
}

/**
 * ipsecvif_steer_cpu() - which CPU is to do a packet?
 * @sa: its SA, inbound
 *
 * Once some went to another CPU, they do until this one has time again and that one is
 * done with them, so that none overtakes.
 *
 * Context: softirq, under rcu_read_lock().
 * Return: for ipsecvif_steer_give(), or -1: this one, at once.
 */
int ipsecvif_steer_cpu(struct ipsecvif_sa *sa)
{
	int cpu = READ_ONCE(sa->steer_cpu);

	if (likely(cpu < 0))
		return steer_is_wanted(sa) ? steer_begin(sa) : -1;
	if (steer_goes_on(sa, cpu) || !steer_end(sa, cpu))
		return cpu;
	return -1;
}

/* More or less: nothing is locked. */
static void steer_woke(struct ipsecvif_steered *steered, bool woke)
{
	u32 points = READ_ONCE(steered->woke);

	if (woke)
		WRITE_ONCE(steered->woke, points + STEER_WOKE);
	else if (points)
		WRITE_ONCE(steered->woke, points - 1);
}

/**
 * ipsecvif_steer_give() - have another CPU do a packet
 * @sa: its SA, inbound. It need not be held: it is not freed before
 *	ipsecvif_steer_flush()
 * @skb: the packet, which that CPU gives to ipsecvif_input_steered()
 * @cpu: from ipsecvif_steer_cpu()
 *
 * Context: softirq, under rcu_read_lock().
 * Return: false if too many packets wait there.
 */
bool ipsecvif_steer_give(struct ipsecvif_sa *sa, struct sk_buff *skb, int cpu)
{
	struct steer_queue *queue = per_cpu_ptr(steer_queues, cpu);
	int err;

	spin_lock(&queue->ring.producer_lock);
	err = __ptr_ring_produce(&queue->ring, skb);
	if (likely(!err)) {
		WRITE_ONCE(sa->steer_cpu, cpu);
		atomic_inc(&sa->steered.given);
		WRITE_ONCE(sa->steered.total, sa->steered.total + 1);
	}
	spin_unlock(&queue->ring.producer_lock);
	if (unlikely(err))
		return false;
	/* If the CPU went offline meanwhile, any other does it. */
	steer_woke(&sa->steered, queue_work_on(cpu, steer_wq, &queue->work));
	return true;
}

/* Some of the packets, @sas gets whose they were; their number. */
static int steer_do(struct steer_queue *queue, struct ipsecvif_sa **sas)
{
	void *skbs[STEER_BATCH];
	int i, n;

	local_bh_disable();
	rcu_read_lock();
	n = ptr_ring_consume_batched(&queue->ring, skbs, STEER_BATCH);
	for (i = 0; i < n; i++) {
		sas[i] = ipsecvif_input_steered(skbs[i]);
		atomic_inc(&sas[i]->steered.taken);
	}
	rcu_read_unlock();
	local_bh_enable();
	return n;
}

/*
 * What was taken of an SA is done when none of it finishes later, which would be here, too
 * (spread.c), and when what became of it has left this CPU's queues: local_bh_enable()
 * sees to that, unless it takes too long. In this order, since what finishes goes to these
 * queues. If it isn't done yet, it is with what comes next.
 */
static void steer_settle(struct ipsecvif_sa **sas, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		struct ipsecvif_steered *steered = &sas[i]->steered;

		if (!atomic_read(&steered->taken) || atomic_read(&sas[i]->crypt.pending) ||
		    local_softirq_pending())
			continue;
		atomic_sub_return_release(atomic_xchg(&steered->taken, 0), &steered->given);
	}
}

/*
 * Wait a moment for more: to wake a sleeping CPU takes the one that has no time left
 * longer than all else about a packet.
 */
static bool steer_comes(struct steer_queue *queue)
{
	u64 until = local_clock() + STEER_LINGER_US * NSEC_PER_USEC;

	if (num_online_cpus() == 1)
		return false;
	do {
		if (!__ptr_ring_empty(&queue->ring))
			return true;
		cpu_relax();
	} while (!need_resched() && local_clock() < until);
	return false;
}

/*
 * Not for ever, or who waits in ipsecvif_steer_flush() would; and on one CPU, which the
 * worker would not stay on when its own goes offline: steer_settle() asks for that one's
 * softirqs.
 */
static void steer_worker(struct work_struct *work)
{
	struct steer_queue *queue = container_of(work, struct steer_queue, work);
	struct ipsecvif_sa *sas[STEER_BATCH];
	unsigned int turns = STEER_TURNS;
	int n, last = 0;

	migrate_disable();
	do {
		n = steer_do(queue, sas);
		last = n ?: last;
		steer_settle(sas, last);
		if (!--turns) {
			queue_work_on(queue->cpu, steer_wq, work);
			break;
		}
		cond_resched();
	} while (n || steer_comes(queue));
	migrate_enable();
}

/**
 * ipsecvif_steer_flush() - wait for what was given to CPUs until now
 *
 * Context: process, may sleep.
 */
void ipsecvif_steer_flush(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		flush_work(&per_cpu_ptr(steer_queues, cpu)->work);
}

static void steer_free(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		ptr_ring_cleanup(&per_cpu_ptr(steer_queues, cpu)->ring, NULL);
	free_percpu(steer_queues);
}

/**
 * ipsecvif_steer_module_init() - make ready for the first packet
 *
 * The workers are as urgent as the interrupts that they stand for.
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int ipsecvif_steer_module_init(void)
{
	int cpu;

	steer_queues = alloc_percpu(struct steer_queue); /* zeroed, for steer_free() */
	if (!steer_queues)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct steer_queue *queue = per_cpu_ptr(steer_queues, cpu);

		queue->cpu = cpu;
		INIT_WORK(&queue->work, steer_worker);
		if (ptr_ring_init(&queue->ring, STEER_RING, GFP_KERNEL))
			goto err;
	}
	steer_wq = alloc_workqueue("ipsecvif_steer", WQ_HIGHPRI, 0);
	if (!steer_wq)
		goto err;
	return 0;
err:
	steer_free();
	return -ENOMEM;
}

/**
 * ipsecvif_steer_module_exit() - undo ipsecvif_steer_module_init()
 *
 * Context: process, after the last packet.
 */
void ipsecvif_steer_module_exit(void)
{
	destroy_workqueue(steer_wq);
	steer_free();
}
