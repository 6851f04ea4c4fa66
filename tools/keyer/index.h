/* SPDX-License-Identifier: MIT */
/*
 * Hash tables of links inside of what they find: with 10,000 tunnels an event of
 * the kernel must not look at each. Keys are hashes: who finds an entry compares it.
 */
#ifndef IPSECVIF_KEYER_INDEX_H
#define IPSECVIF_KEYER_INDEX_H

#include <stddef.h>
#include <stdint.h>

enum {
	INDEX_BUCKETS = 4096
};

/** struct index_link - lies in an entry; zeroed it is in no table. */
struct index_link {
	struct index_link *next, **at;
	uint32_t key;
};

/** struct index_table - zeroed it is empty. */
struct index_table {
	struct index_link *buckets[INDEX_BUCKETS];
};

/** index_entry() - the entry of a link. */
#define index_entry(link, type, member) ((type *)((char *)(link)-offsetof(type, member)))

/** index_hash() - mixes @len bytes into a key; 0 begins one. */
static inline uint32_t index_hash(uint32_t key, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	size_t i;

	key ^= 2166136261U;
	for (i = 0; i < len; i++)
		key = (key ^ bytes[i]) * 16777619U;
	return key;
}

static inline void index_remove(struct index_link *link)
{
	if (!link->at)
		return;
	*link->at = link->next;
	if (link->next)
		link->next->at = link->at;
	*link = (struct index_link){ 0 };
}

/** index_add() - an entry that was in the table is moved to its new key. */
static inline void index_add(struct index_table *table, struct index_link *link, uint32_t key)
{
	struct index_link **at = &table->buckets[(key ^ key >> 16) % INDEX_BUCKETS];

	index_remove(link);
	*link = (struct index_link){ .next = *at, .at = at, .key = key };
	if (link->next)
		link->next->at = &link->next;
	*at = link;
}

/** index_next() - the next entry of the same key, or NULL. */
static inline struct index_link *index_next(const struct index_link *link)
{
	const uint32_t key = link->key;
	struct index_link *next;

	for (next = link->next; next && next->key != key; next = next->next)
		;
	return next;
}

/** index_first() - the first entry of a key, or NULL. */
static inline struct index_link *index_first(const struct index_table *table, uint32_t key)
{
	struct index_link *link = table->buckets[(key ^ key >> 16) % INDEX_BUCKETS];

	while (link && link->key != key)
		link = link->next;
	return link;
}

#endif /* IPSECVIF_KEYER_INDEX_H */
