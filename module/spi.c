// SPDX-License-Identifier: GPL-2.0-only
/*
 * The inbound SPI table of an underlay namespace. The kernel chooses SPIs so
 * that the lower bits are a slot in an array: finding the SA is one load, and
 * the comparison of the whole SPI, whose next bits are a generation, tells a
 * packet of the slot's former SA. SPIs that somebody else chose are in sa_table.c.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "net.h"
#include "netdev.h"
#include "sa.h"

enum spi_layout {
	SPI_SLOT_BITS = 20,
	SPI_SLOT_MAX = (1 << SPI_SLOT_BITS) - 1,
	SPI_GENERATION_BITS = 8,
	SPI_SLOTS_MIN = 64,
};

static_assert(IPSECVIF_SPI_MAX - IPSECVIF_SPI_MIN ==
	      (1U << (SPI_SLOT_BITS + SPI_GENERATION_BITS)) - 1);

/**
 * struct ipsecvif_spi_slots - the array; replaced by a larger one as it fills
 * @rcu: frees it
 * @size: slots
 * @slot: the SA, NULL for none, and how often the slot was used before
 */
struct ipsecvif_spi_slots {
	struct rcu_head rcu;
	u32 size;
	struct {
		struct ipsecvif_sa __rcu *sa;
		u8 generation;
	} slot[];
};

/**
 * ipsecvif_spi_is_ours() - is it one that the kernel hands out?
 * @spi: as on the wire
 */
bool ipsecvif_spi_is_ours(__be32 spi)
{
	return ntohl(spi) >= IPSECVIF_SPI_MIN && ntohl(spi) <= IPSECVIF_SPI_MAX;
}

/**
 * ipsecvif_spi_find() - the inbound SA of an SPI
 * @net: the underlay
 * @spi: as on the wire
 *
 * Context: any, under rcu_read_lock() or ipsecvif_net.lock.
 * Return: the SA, perhaps only a reserved or dying one, or NULL.
 */
struct ipsecvif_sa *ipsecvif_spi_find(struct net *net, __be32 spi)
{
	struct ipsecvif_net *inet = ipsecvif_net(net);
	struct ipsecvif_spi_slots *slots;
	struct ipsecvif_sa *sa;
	u32 slot = ntohl(spi) & SPI_SLOT_MAX;

	if (likely(ipsecvif_spi_is_ours(spi))) {
		slots = rcu_dereference_check(inet->slots, lockdep_is_held(&inet->lock));
		if (slot >= slots->size)
			return NULL;
		sa = rcu_dereference_check(slots->slot[slot].sa, lockdep_is_held(&inet->lock));
		return sa && sa->spi == spi ? sa : NULL;
	}
	rcu_read_lock();
	sa = ipsecvif_sa_table_in(&inet->tables, spi);
	rcu_read_unlock();
	return sa;
}

/* Make room for @slot. Requests are serialised, so nobody else grows it. */
static int slots_grow(struct ipsecvif_net *inet, u32 slot)
{
	struct ipsecvif_spi_slots *old = rcu_dereference_protected(inet->slots, 1);
	struct ipsecvif_spi_slots *new;
	u32 size = old->size;

	if (slot < size)
		return 0;
	while (size <= slot)
		size *= 2;
	new = kvzalloc(struct_size(new, slot, size), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;

	spin_lock_bh(&inet->lock);
	memcpy(new->slot, old->slot, flex_array_size(old, slot, old->size));
	new->size = size;
	rcu_assign_pointer(inet->slots, new);
	spin_unlock_bh(&inet->lock);
	kvfree_rcu(old, rcu);
	return 0;
}

/**
 * ipsecvif_spi_reserve() - choose an SPI for an inbound SA
 * @inet: the underlay
 * @sa: gets @spi and @slot; not yet to be found
 * @extack: gets a sentence with an error
 *
 * Context: process, may sleep; genl requests are serialised.
 * Return: 0, -ENOSPC or -ENOMEM.
 */
int ipsecvif_spi_reserve(struct ipsecvif_net *inet, struct ipsecvif_sa *sa,
			 struct netlink_ext_ack *extack)
{
	struct ipsecvif_spi_slots *slots;
	int slot, err;

	slot = ida_alloc_max(&inet->slot_ida, SPI_SLOT_MAX, GFP_KERNEL);
	if (slot < 0) {
		NL_SET_ERR_MSG(extack, "no SPI is free: this namespace has 1048576 inbound SAs");
		return slot;
	}
	err = slots_grow(inet, slot);
	if (err) {
		ida_free(&inet->slot_ida, slot);
		return err;
	}
	slots = rcu_dereference_protected(inet->slots, 1);
	sa->slot = slot;
	sa->spi = htonl(IPSECVIF_SPI_MIN | (u32)slots->slot[slot].generation++ << SPI_SLOT_BITS |
			slot);
	return 0;
}

/**
 * ipsecvif_spi_release() - give back what ipsecvif_spi_reserve() took
 * @inet: the underlay
 * @sa: no longer, or never, to be found
 *
 * Context: any.
 */
void ipsecvif_spi_release(struct ipsecvif_net *inet, struct ipsecvif_sa *sa)
{
	if (sa->slot < 0)
		return;
	ida_free(&inet->slot_ida, sa->slot);
	sa->slot = -1;
}

/**
 * ipsecvif_spi_insert() - let inbound packets find an SA
 * @inet: the underlay, locked
 * @sa: with a slot, or an SPI that nobody has
 */
void ipsecvif_spi_insert(struct ipsecvif_net *inet, struct ipsecvif_sa *sa)
{
	struct ipsecvif_spi_slots *slots;

	lockdep_assert_held(&inet->lock);
	if (sa->slot < 0) /* in its table, and to be linked */
		return;
	slots = rcu_dereference_protected(inet->slots, lockdep_is_held(&inet->lock));
	rcu_assign_pointer(slots->slot[sa->slot].sa, sa);
}

/**
 * ipsecvif_spi_remove() - let no packet find an SA any more
 * @inet: the underlay, locked
 * @sa: the SA; its slot is free at once, its generation is not
 */
void ipsecvif_spi_remove(struct ipsecvif_net *inet, struct ipsecvif_sa *sa)
{
	struct ipsecvif_spi_slots *slots;

	lockdep_assert_held(&inet->lock);
	if (sa->slot < 0)
		return;
	slots = rcu_dereference_protected(inet->slots, lockdep_is_held(&inet->lock));
	RCU_INIT_POINTER(slots->slot[sa->slot].sa, NULL);
	ipsecvif_spi_release(inet, sa);
}

/**
 * ipsecvif_spi_net_init() - set up a namespace's table
 * @inet: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int ipsecvif_spi_net_init(struct ipsecvif_net *inet)
{
	struct ipsecvif_spi_slots *slots;

	slots = kvzalloc(struct_size(slots, slot, SPI_SLOTS_MIN), GFP_KERNEL_ACCOUNT);
	if (!slots)
		return -ENOMEM;
	slots->size = SPI_SLOTS_MIN;
	RCU_INIT_POINTER(inet->slots, slots);
	ida_init(&inet->slot_ida);
	return 0;
}

/**
 * ipsecvif_spi_net_exit() - undo ipsecvif_spi_net_init()
 * @inet: the namespace, without SAs and with no packet looking
 */
void ipsecvif_spi_net_exit(struct ipsecvif_net *inet)
{
	ida_destroy(&inet->slot_ida);
	kvfree(rcu_dereference_protected(inet->slots, 1));
}
