/* SPDX-License-Identifier: GPL-2.0-only */
/* One SA over several CPUs, its packets kept in order. */
#ifndef IPSECVIF_SPREAD_H
#define IPSECVIF_SPREAD_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

struct ipsecvif_crypt_work;

/**
 * struct ipsecvif_order - the packets of an SA that CPUs work on, as they came
 * @lock: guards what is not atomic
 * @works: struct ipsecvif_crypt_work, the oldest first
 * @count: their number
 * @total: how many there ever were
 * @home: the CPU that hands them on, -1 as long as there were never any
 * @handing: it does so at the moment
 * @deliver: does so when the packets' own way through @home does not
 */
struct ipsecvif_order {
	spinlock_t lock;
	struct list_head works;
	unsigned int count;
	atomic64_t total;
	int home;
	bool handing;
	struct work_struct deliver;
};

int ipsecvif_spread_module_init(void);
void ipsecvif_spread_module_exit(void);
void ipsecvif_spread_init(struct ipsecvif_order *order);
void ipsecvif_spread_exit(struct ipsecvif_order *order);
bool ipsecvif_spread_wanted(unsigned int len);
int ipsecvif_spread_submit(struct ipsecvif_order *order, struct ipsecvif_crypt_work *work);

/**
 * ipsecvif_spread_total() - how many packets of an SA were spread?
 * @order: its
 *
 * Context: any.
 */
static inline u64 ipsecvif_spread_total(const struct ipsecvif_order *order)
{
	return atomic64_read(&order->total);
}

#endif /* IPSECVIF_SPREAD_H */
