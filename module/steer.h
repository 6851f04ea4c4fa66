/* SPDX-License-Identifier: GPL-2.0-only */
/* All packets of an inbound SA to another CPU. */
#ifndef IPSECVIF_STEER_H
#define IPSECVIF_STEER_H

#include <linux/atomic.h>
#include <linux/types.h>

struct ipsecvif_sa;
struct sk_buff;

/**
 * struct ipsecvif_steered - what of an SA was steered
 * @given: packets that are not done yet, or not known to be
 * @taken: of these, what was taken from a queue
 * @woke: whether they had to wake the CPU, of late
 * @rest: jiffies until which it is not tried again, 0 none
 * @total: packets that were
 */
struct ipsecvif_steered {
	atomic_t given;
	atomic_t taken;
	u32 woke;
	unsigned long rest;
	u64 total;
};

int ipsecvif_steer_module_init(void);
void ipsecvif_steer_module_exit(void);
int ipsecvif_steer_cpu(struct ipsecvif_sa *sa);
bool ipsecvif_steer_give(struct ipsecvif_sa *sa, struct sk_buff *skb, int cpu);
void ipsecvif_steer_flush(void);

#endif /* IPSECVIF_STEER_H */
