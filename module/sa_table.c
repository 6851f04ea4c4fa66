// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where an underlay's SAs are found that have no slot: inbound ones whose SPI
 * somebody else chose, outbound ones by SPI, and those whose nonces must not repeat
 * by their keys. An SA gets there before the lock is taken, since that can fail, and
 * is passed over until it is linked.
 */
#include <linux/rhashtable.h>

#include "net.h"
#include "netdev.h"
#include "sa.h"

static const struct rhashtable_params spi_params = {
	.head_offset = offsetof(struct ipsecvif_sa, on_table),
	.key_offset = offsetof(struct ipsecvif_sa, spi),
	.key_len = sizeof_field(struct ipsecvif_sa, spi),
	.automatic_shrinking = true,
};

static const struct rhashtable_params key_params = {
	.head_offset = offsetof(struct ipsecvif_sa, on_keys),
	.key_offset = offsetof(struct ipsecvif_sa, key_id),
	.key_len = sizeof_field(struct ipsecvif_sa, key_id),
	.automatic_shrinking = true,
};

/**
 * ipsecvif_sa_tables_init() - prepare an underlay's tables
 * @tables: of the underlay
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ipsecvif_sa_tables_init(struct ipsecvif_sa_tables *tables)
{
	int err;

	err = rhltable_init(&tables->in, &spi_params);
	if (err)
		return err;
	err = rhltable_init(&tables->out, &spi_params);
	if (err)
		goto err_in;
	err = rhltable_init(&tables->keys, &key_params);
	if (!err)
		return 0;
	rhltable_destroy(&tables->out);
err_in:
	rhltable_destroy(&tables->in);
	return err;
}

/**
 * ipsecvif_sa_tables_exit() - undo ipsecvif_sa_tables_init()
 * @tables: empty
 *
 * Context: process, may sleep.
 */
void ipsecvif_sa_tables_exit(struct ipsecvif_sa_tables *tables)
{
	rhltable_destroy(&tables->keys);
	rhltable_destroy(&tables->out);
	rhltable_destroy(&tables->in);
}

/* The one that an SA is in by its SPI, or NULL if it has, or will have, a slot. */
static struct rhltable *table_of(struct ipsecvif_sa_tables *tables, const struct ipsecvif_sa *sa)
{
	if (sa->dir == IPSECVIF_DIR_OUT)
		return &tables->out;
	return ipsecvif_spi_is_ours(sa->spi) ? NULL : &tables->in;
}

/**
 * ipsecvif_sa_table_add() - make an SA one that can be found, once it is linked
 * @sa: complete
 *
 * Context: process. Undo it with ipsecvif_sa_table_del(), and free the SA not before
 * a grace period has passed.
 * Return: 0 or -ENOMEM.
 */
int ipsecvif_sa_table_add(struct ipsecvif_sa *sa)
{
	struct ipsecvif_sa_tables *tables = &ipsecvif_net(sa->vif->net)->tables;
	struct rhltable *table = table_of(tables, sa);

	if (table && rhltable_insert(table, &sa->on_table, spi_params))
		return -ENOMEM;
	if (!sa->key_id || !rhltable_insert(&tables->keys, &sa->on_keys, key_params))
		return 0;
	if (table)
		rhltable_remove(table, &sa->on_table, spi_params);
	return -ENOMEM;
}

/**
 * ipsecvif_sa_table_del() - let nobody find an SA any more
 * @sa: the SA; readers may see it for another grace period
 *
 * Context: any but hard interrupt.
 */
void ipsecvif_sa_table_del(struct ipsecvif_sa *sa)
{
	struct ipsecvif_sa_tables *tables = &ipsecvif_net(sa->vif->net)->tables;
	struct rhltable *table = table_of(tables, sa);

	if (table)
		rhltable_remove(table, &sa->on_table, spi_params);
	if (sa->key_id)
		rhltable_remove(&tables->keys, &sa->on_keys, key_params);
}

/**
 * ipsecvif_sa_table_in() - the inbound SA of an SPI that somebody else chose
 * @tables: of the underlay
 * @spi: as on the wire
 *
 * Context: any, under rcu_read_lock().
 * Return: the SA, perhaps a dying one, or NULL.
 */
struct ipsecvif_sa *ipsecvif_sa_table_in(struct ipsecvif_sa_tables *tables, __be32 spi)
{
	struct rhlist_head *pos;
	struct ipsecvif_sa *sa;

	rhl_for_each_entry_rcu(sa, pos, rhltable_lookup(&tables->in, &spi, spi_params), on_table)
		if (READ_ONCE(sa->linked))
			return sa;
	return NULL;
}

/**
 * ipsecvif_sa_table_out() - outbound SAs of an SPI
 * @tables: of the underlay
 * @spi: as on the wire
 *
 * Context: any, under rcu_read_lock().
 * Return: the first, for rhl_for_each_entry_rcu(); some may not be linked.
 */
struct rhlist_head *ipsecvif_sa_table_out(struct ipsecvif_sa_tables *tables, __be32 spi)
{
	return rhltable_lookup(&tables->out, &spi, spi_params);
}

/**
 * ipsecvif_sa_table_has_key() - would an SA repeat another's nonces?
 * @tables: of the underlay, locked
 * @key_id: struct ipsecvif_sa.key_id
 */
bool ipsecvif_sa_table_has_key(struct ipsecvif_sa_tables *tables, u64 key_id)
{
	struct rhlist_head *pos;
	struct ipsecvif_sa *sa;
	bool found = false;

	rcu_read_lock();
	rhl_for_each_entry_rcu(sa, pos, rhltable_lookup(&tables->keys, &key_id, key_params),
			       on_keys)
		found |= sa->linked;
	rcu_read_unlock();
	return found;
}
