// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAPI contexts of a device, one a CPU, in which inbound packets that follow each other
 * are merged. The kernel has gro_cells for that; but whether anything waits there can't be
 * seen, so that steer.c could not tell when a CPU is through with an SA's packets, and what
 * is too much is dropped without a reason. Nor do their queues stand another CPU than their
 * own, which polls them where NAPI is threaded, and while a CPU comes back.
 */
#include "gro.h"

#include "netdev.h"

enum gro_limits {
	GRO_QUEUE = 1024, /* packets that wait to be looked at */
};

/**
 * struct gro_cpu - one CPU's
 * @skbs: packets that wait
 * @batch: those of them that are being looked at, by who polls alone
 * @napi: looks at them
 */
struct gro_cpu {
	struct sk_buff_head skbs;
	struct sk_buff_head batch;
	struct napi_struct napi;
};

/**
 * struct ipsecvif_gro - a device's
 * @cpus: of each CPU
 * @rcu: frees it: netpoll looks at a device's NAPI contexts
 */
struct ipsecvif_gro {
	struct gro_cpu __percpu *cpus;
	struct rcu_head rcu;
};

/* What is queued meanwhile finds the context scheduled, which is noted in its state. */
static int gro_poll(struct napi_struct *napi, int budget)
{
	struct gro_cpu *cpu = container_of(napi, struct gro_cpu, napi);
	struct sk_buff *skb;
	int done = 0;

	if (skb_queue_empty(&cpu->batch)) {
		spin_lock(&cpu->skbs.lock);
		skb_queue_splice_tail_init(&cpu->skbs, &cpu->batch);
		spin_unlock(&cpu->skbs.lock);
	}
	while (done < budget && (skb = __skb_dequeue(&cpu->batch))) {
		napi_gro_receive(napi, skb);
		done++;
	}
	if (done < budget)
		napi_complete_done(napi, done);
	return done;
}

/**
 * ipsecvif_gro_receive() - hand a packet to the stack, merged with others if it can be
 * @vif: the device that it came by
 * @skb: the packet
 *
 * Context: BHs off.
 * Return: false if too many wait, and @skb is still the caller's.
 */
bool ipsecvif_gro_receive(struct ipsecvif_dev *vif, struct sk_buff *skb)
{
	struct gro_cpu *cpu = this_cpu_ptr(vif->gro->cpus);
	unsigned int n;

	/* As the stack would have it of a driver. */
	if (skb_cloned(skb) || netif_elide_gro(vif->dev)) {
		netif_rx(skb);
		return true;
	}
	spin_lock(&cpu->skbs.lock);
	n = skb_queue_len(&cpu->skbs);
	if (likely(n < GRO_QUEUE))
		__skb_queue_tail(&cpu->skbs, skb);
	spin_unlock(&cpu->skbs.lock);
	if (!n)
		napi_schedule(&cpu->napi);
	return n < GRO_QUEUE;
}

/**
 * ipsecvif_gro_is_idle() - did all of this CPU's packets go on?
 * @vif: the device
 *
 * Context: BHs off.
 */
bool ipsecvif_gro_is_idle(const struct ipsecvif_dev *vif)
{
	return !test_bit(NAPI_STATE_SCHED, &this_cpu_ptr(vif->gro->cpus)->napi.state);
}

/**
 * ipsecvif_gro_init() - make ready for packets
 * @vif: the device
 *
 * Context: RTNL held.
 * Return: 0 or -ENOMEM.
 */
int ipsecvif_gro_init(struct ipsecvif_dev *vif)
{
	struct ipsecvif_gro *gro = kzalloc(sizeof(*gro), GFP_KERNEL);
	int i;

	if (!gro)
		return -ENOMEM;
	gro->cpus = alloc_percpu(struct gro_cpu);
	if (!gro->cpus) {
		kfree(gro);
		return -ENOMEM;
	}
	for_each_possible_cpu(i) {
		struct gro_cpu *cpu = per_cpu_ptr(gro->cpus, i);

		skb_queue_head_init(&cpu->skbs);
		__skb_queue_head_init(&cpu->batch);
		/* Nobody looks for them by number. */
		set_bit(NAPI_STATE_NO_BUSY_POLL, &cpu->napi.state);
		netif_napi_add(vif->dev, &cpu->napi, gro_poll);
		napi_enable(&cpu->napi);
	}
	vif->gro = gro;
	return 0;
}

static void gro_free(struct rcu_head *rcu)
{
	struct ipsecvif_gro *gro = container_of(rcu, struct ipsecvif_gro, rcu);

	free_percpu(gro->cpus);
	kfree(gro);
}

/**
 * ipsecvif_gro_exit() - undo ipsecvif_gro_init()
 * @vif: the device, of which no packet comes any more
 *
 * Context: process, may sleep.
 */
void ipsecvif_gro_exit(struct ipsecvif_dev *vif)
{
	struct ipsecvif_gro *gro = vif->gro;
	int i;

	for_each_possible_cpu(i) {
		struct gro_cpu *cpu = per_cpu_ptr(gro->cpus, i);

		napi_disable(&cpu->napi);
		__netif_napi_del(&cpu->napi);
		__skb_queue_purge(&cpu->skbs);
		__skb_queue_purge(&cpu->batch);
	}
	vif->gro = NULL;
	call_rcu(&gro->rcu, gro_free);
}
