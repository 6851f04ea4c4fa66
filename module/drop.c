// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drops: no packet disappears without a reason that an operator can read.
 * Counters are per CPU and per device; packets that belong to no device are
 * counted in their namespace.
 */
#include "drop.h"

#include <linux/netdevice.h>

#include "net.h"
#include "netdev.h"
#include "sa.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

#define DROP_NAME(symbol, name, meaning, cure) name,
static const char *const drop_names[] = { IPSECVIF_DROP_REASONS(DROP_NAME) };

/**
 * ipsecvif_drop_name() - a reason's short name, as in IPSECVIF_DROP_REASONS
 * @reason: the reason
 *
 * Return: a constant string.
 */
const char *ipsecvif_drop_name(enum ipsecvif_drop_reason reason)
{
	return drop_names[reason];
}

/**
 * ipsecvif_drops_alloc() - a set of zeroed counters
 *
 * Context: process, may sleep. Free with free_percpu().
 * Return: the counters, or NULL without memory.
 */
struct ipsecvif_drops __percpu *ipsecvif_drops_alloc(void)
{
	struct ipsecvif_drops __percpu *drops;
	int cpu;

	drops = alloc_percpu(struct ipsecvif_drops);
	if (!drops)
		return NULL;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(drops, cpu)->syncp);
	return drops;
}

/**
 * ipsecvif_drops_read() - sum one reason's counter over the CPUs
 * @drops: the counters
 * @reason: which
 *
 * Context: any.
 * Return: packets.
 */
u64 ipsecvif_drops_read(struct ipsecvif_drops __percpu *drops, enum ipsecvif_drop_reason reason)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct ipsecvif_drops *d = per_cpu_ptr(drops, cpu);
		unsigned int start;
		u64 count;

		do {
			start = u64_stats_fetch_begin(&d->syncp);
			count = u64_stats_read(&d->count[reason]);
		} while (u64_stats_fetch_retry(&d->syncp, start));
		sum += count;
	}
	return sum;
}

static void drops_add(struct ipsecvif_drops __percpu *drops, enum ipsecvif_drop_reason reason,
		      unsigned int n)
{
	struct ipsecvif_drops *d;

	local_bh_disable();
	d = this_cpu_ptr(drops);
	u64_stats_update_begin(&d->syncp);
	u64_stats_add(&d->count[reason], n);
	u64_stats_update_end(&d->syncp);
	local_bh_enable();
}

static void drop_count(struct ipsecvif_dev *vif, __be32 spi, struct sk_buff *skb,
		       enum ipsecvif_drop_reason reason)
{
	trace_ipsecvif_drop(skb, vif->dev->ifindex, spi, reason);
	drops_add(vif->drops, reason, 1);
}

/**
 * ipsecvif_drop_lost() - count outbound packets that somebody else freed
 * @vif: the device
 * @reason: why
 * @n: how many
 *
 * Context: process or softirq.
 */
void ipsecvif_drop_lost(struct ipsecvif_dev *vif, enum ipsecvif_drop_reason reason, unsigned int n)
{
	drops_add(vif->drops, reason, n);
	DEV_STATS_ADD(vif->dev, tx_dropped, n);
}

/*
 * The link's own counters follow (ip -s link): a missing SA is a carrier error,
 * all else a transmit error or drop.
 */
static void drop_tx(struct ipsecvif_dev *vif, __be32 spi, struct sk_buff *skb,
		    enum ipsecvif_drop_reason reason)
{
	drop_count(vif, spi, skb, reason);
	switch (reason) {
	case IPSECVIF_DROP_NO_SA:
	case IPSECVIF_DROP_NO_ROUTE:
		DEV_STATS_INC(vif->dev, tx_carrier_errors);
		DEV_STATS_INC(vif->dev, tx_errors);
		break;
	case IPSECVIF_DROP_CRYPTO:
	case IPSECVIF_DROP_SEQ_END:
	case IPSECVIF_DROP_LOOP:
		DEV_STATS_INC(vif->dev, tx_errors);
		break;
	default:
		DEV_STATS_INC(vif->dev, tx_dropped);
	}
	kfree_skb(skb);
}

/**
 * ipsecvif_drop_tx() - drop an outbound packet that has no SA
 * @vif: the device
 * @skb: the packet, consumed
 * @reason: why
 *
 * Context: process or softirq.
 */
void ipsecvif_drop_tx(struct ipsecvif_dev *vif, struct sk_buff *skb,
		      enum ipsecvif_drop_reason reason)
{
	drop_tx(vif, 0, skb, reason);
}

/**
 * ipsecvif_drop_sa_tx() - drop an outbound packet of an SA
 * @sa: the SA
 * @skb: the packet, consumed
 * @reason: why
 *
 * Context: process or softirq.
 */
void ipsecvif_drop_sa_tx(struct ipsecvif_sa *sa, struct sk_buff *skb,
			 enum ipsecvif_drop_reason reason)
{
	drop_tx(sa->vif, sa->spi, skb, reason);
}

static void drop_rx(struct ipsecvif_dev *vif, __be32 spi, struct sk_buff *skb,
		    enum ipsecvif_drop_reason reason)
{
	drop_count(vif, spi, skb, reason);
	switch (reason) {
	case IPSECVIF_DROP_DUMMY:
		consume_skb(skb);
		return;
	case IPSECVIF_DROP_ICV:
		DEV_STATS_INC(vif->dev, rx_crc_errors);
		DEV_STATS_INC(vif->dev, rx_errors);
		break;
	case IPSECVIF_DROP_SHORT:
	case IPSECVIF_DROP_PADDING:
	case IPSECVIF_DROP_INNER:
		DEV_STATS_INC(vif->dev, rx_length_errors);
		DEV_STATS_INC(vif->dev, rx_errors);
		break;
	default:
		DEV_STATS_INC(vif->dev, rx_dropped);
	}
	kfree_skb(skb);
}

/**
 * ipsecvif_drop_rx() - drop an inbound packet that has no SA
 * @vif: the device
 * @skb: the packet, consumed
 * @reason: why
 *
 * Context: process or softirq.
 */
void ipsecvif_drop_rx(struct ipsecvif_dev *vif, struct sk_buff *skb,
		      enum ipsecvif_drop_reason reason)
{
	drop_rx(vif, 0, skb, reason);
}

/**
 * ipsecvif_drop_sa_rx() - drop an inbound packet of an SA
 * @sa: the SA
 * @skb: the packet, consumed
 * @reason: why
 *
 * Context: process or softirq.
 */
void ipsecvif_drop_sa_rx(struct ipsecvif_sa *sa, struct sk_buff *skb,
			 enum ipsecvif_drop_reason reason)
{
	drop_rx(sa->vif, sa->spi, skb, reason);
}

/**
 * ipsecvif_drop_stray() - drop an inbound packet that belongs to no device
 * @net: the underlay namespace
 * @spi: its SPI
 * @skb: the packet, consumed
 * @reason: why
 *
 * Context: softirq, under rcu_read_lock().
 */
void ipsecvif_drop_stray(struct net *net, __be32 spi, struct sk_buff *skb,
			 enum ipsecvif_drop_reason reason)
{
	trace_ipsecvif_drop(skb, 0, spi, reason);
	drops_add(ipsecvif_net(net)->drops, reason, 1);
	kfree_skb(skb);
}
