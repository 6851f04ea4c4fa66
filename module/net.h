/* SPDX-License-Identifier: GPL-2.0-only */
/* What the module keeps for each network namespace. */
#ifndef IPSECVIF_NET_H
#define IPSECVIF_NET_H

#include <linux/idr.h>
#include <linux/list.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "drop.h"
#include "watch.h"

struct ipsecvif_spi_slots;

/**
 * struct ipsecvif_sa_tables - an underlay's SAs that have no slot (sa_table.c)
 * @in: inbound ones with an SPI that somebody else chose, by SPI
 * @out: outbound ones, by SPI
 * @keys: outbound ones whose nonces must not repeat, by struct ipsecvif_sa.key_id
 */
struct ipsecvif_sa_tables {
	struct rhltable in;
	struct rhltable out;
	struct rhltable keys;
};

/**
 * struct ipsecvif_net - a namespace as an underlay
 * @net: the namespace
 * @lock: guards the SPI table, and the SAs and selectors of every device of
 *	which this is the underlay; taken with BHs off. Readers use RCU.
 * @devices: struct ipsecvif_dev.on_net, by RTNL
 * @slots: inbound SAs whose SPI the kernel chose
 * @slot_ida: which slots are taken
 * @tables: all other SAs
 * @sockets: struct ipsecvif_sock, UDP sockets that we take ESP from, by
 *	@sockets_lock
 * @sockets_lock: guards @sockets
 * @drops: packets that belong to no device
 * @watch: ICMPv6 errors about AH
 */
struct ipsecvif_net {
	struct net *net;
	spinlock_t lock; /* SPI table, SAs and selectors */
	struct list_head devices;
	struct ipsecvif_spi_slots __rcu *slots;
	struct ida slot_ida;
	struct ipsecvif_sa_tables tables;
	struct list_head sockets;
	spinlock_t sockets_lock; /* @sockets */
	struct ipsecvif_drops __percpu *drops;
	struct ipsecvif_watch watch;
};

extern unsigned int ipsecvif_net_id;

static inline struct ipsecvif_net *ipsecvif_net(const struct net *net)
{
	return net_generic(net, ipsecvif_net_id);
}

#endif /* IPSECVIF_NET_H */
