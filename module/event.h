/* SPDX-License-Identifier: GPL-2.0-only */
/* Events to the multicast group of the generic-netlink family. */
#ifndef IPSECVIF_EVENT_H
#define IPSECVIF_EVENT_H

#include <linux/ipsecvif.h>
#include <linux/types.h>

struct ipsecvif_addr;
struct ipsecvif_dev;
struct ipsecvif_sa;
struct ipsecvif_selector;
struct sk_buff;

/* event.c: all may be called from softirq; without memory an event is lost. */
bool ipsecvif_event_is_heard(struct ipsecvif_dev *vif);
void ipsecvif_event_acquire(struct ipsecvif_dev *vif, struct ipsecvif_selector *sel,
			    struct sk_buff *skb);
void ipsecvif_event_expire(struct ipsecvif_sa *sa, enum ipsecvif_limit limit, bool hard);
void ipsecvif_event_seq(struct ipsecvif_sa *sa);
void ipsecvif_event_mapping(struct ipsecvif_sa *sa, const struct ipsecvif_addr *src, __be16 sport);
void ipsecvif_event_icv(struct ipsecvif_sa *sa);
void ipsecvif_event_replay(struct ipsecvif_sa *sa);
void ipsecvif_event_carrier(struct ipsecvif_dev *vif, bool on);
void ipsecvif_event_sa(struct ipsecvif_sa *sa, bool added);

#endif /* IPSECVIF_EVENT_H */
