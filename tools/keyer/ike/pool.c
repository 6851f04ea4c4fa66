// SPDX-License-Identifier: MIT
/*
 * Addresses that are lent to clients. Who comes back gets the one it had, as
 * long as nobody else needed it. Pools of several connections may overlap: a
 * lease is known by its address.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tools/keyer/ike/ident.h"
#include "tools/keyer/ike/v2.h"

static size_t addr_len(const struct ike_addr *a)
{
	return a->family == AF_INET ? 4 : 16;
}

static struct lease_bucket *bucket(struct ike *ike, const struct ike_addr *a)
{
	uint32_t h = a->family;

	for (size_t i = 0; i < addr_len(a); i++)
		h = h * 31 + a->bytes[i];
	return &ike->leases[h % LEASE_BUCKETS];
}

static struct lease *lease_find(struct ike *ike, const struct ike_addr *a)
{
	struct lease *l;

	LIST_FOREACH(l, bucket(ike, a), by_addr)
	{
		if (ike_host_equal(&l->addr, a))
			return l;
	}
	return NULL;
}

static void lease_free(struct ike *ike, struct lease *l)
{
	LIST_REMOVE(l, by_addr);
	if (!l->used)
		TAILQ_REMOVE(&ike->idle_leases, l, idle);
	ike->n_leases--;
	free(l);
}

static bool in_pool(const struct ike_conn_conf *conf, const struct ike_addr *a)
{
	for (unsigned int i = 0; i < conf->n_pool; i++) {
		const struct ike_addr_range *r = &conf->pool[i];

		if (r->family == a->family && memcmp(r->min, a->bytes, addr_len(a)) <= 0 &&
		    memcmp(r->max, a->bytes, addr_len(a)) >= 0)
			return true;
	}
	return false;
}

static bool increment(struct ike_addr *a, const struct ike_addr_range *r)
{
	size_t len = addr_len(a);

	if (!memcmp(a->bytes, r->max, len))
		return false;
	for (size_t i = len; i-- > 0;) {
		if (++a->bytes[i])
			break;
	}
	return true;
}

/* The first that nobody has had. */
static bool fresh(struct ike *ike, const struct ike_conn_conf *conf, uint16_t family,
		  struct ike_addr *out)
{
	for (unsigned int i = 0; i < conf->n_pool; i++) {
		const struct ike_addr_range *r = &conf->pool[i];
		struct ike_addr a = { .family = r->family };

		if (r->family != family)
			continue;
		memcpy(a.bytes, r->min, sizeof(a.bytes));
		do {
			if (!lease_find(ike, &a)) {
				*out = a;
				return true;
			}
		} while (increment(&a, r));
	}
	return false;
}

/* Of those that were given back: this client's, or the one given back first. */
static struct lease *idle_find(struct sa *sa, uint16_t family, bool own)
{
	struct lease *l;

	TAILQ_FOREACH(l, &sa->ike->idle_leases, idle)
	{
		if (l->addr.family == family && in_pool(sa->conn->conf, &l->addr) &&
		    (!own || id_equal(&l->id, pool_client(sa))))
			return l;
	}
	return NULL;
}

static void lend(struct sa *sa, unsigned int i, const struct ike_addr *a)
{
	struct lease *l = lease_find(sa->ike, a);

	if (!l) {
		if (sa->ike->n_leases >= LEASES_MAX)
			lease_free(sa->ike, TAILQ_FIRST(&sa->ike->idle_leases));
		l = mem_new(sizeof(*l));
		l->addr = *a;
		LIST_INSERT_HEAD(bucket(sa->ike, a), l, by_addr);
		sa->ike->n_leases++;
	} else if (!l->used) {
		TAILQ_REMOVE(&sa->ike->idle_leases, l, idle);
	}
	l->used++;
	l->id = *pool_client(sa);
	sa->vip_remote[i] = l->addr;
}

/* Of this client's IKE SA that @sa replaces: both live until all has moved. */
static struct lease *predecessor_find(const struct sa *sa, unsigned int i)
{
	const struct sa *old;

	LIST_FOREACH(old, &sa->conn->sas, by_conn)
	{
		if (old != sa && old->end_why == IKE_WHY_REPLACED && old->vip_remote[i].family &&
		    id_equal(pool_client(old), pool_client(sa)) &&
		    in_pool(sa->conn->conf, &old->vip_remote[i]))
			return lease_find(sa->ike, &old->vip_remote[i]);
	}
	return NULL;
}

bool pool_take(struct sa *sa, unsigned int i)
{
	const struct ike_conn_conf *conf = sa->conn->conf;
	const struct ike_addr *wish = &sa->vip_wish[i];
	uint16_t family = i ? AF_INET6 : AF_INET;
	struct lease *l = predecessor_find(sa, i);
	struct ike_addr a;

	if (!l)
		l = idle_find(sa, family, true);

	if (l) {
		lend(sa, i, &l->addr);
		return true;
	}
	l = wish->family == family && in_pool(conf, wish) ? lease_find(sa->ike, wish) : NULL;
	if (l && l->used && id_equal(&l->id, pool_client(sa))) {
		lend(sa, i, wish);
		return true;
	}
	if (sa->ike->n_leases >= LEASES_MAX && TAILQ_EMPTY(&sa->ike->idle_leases))
		return false;
	if (wish->family == family && in_pool(conf, wish) && !lease_find(sa->ike, wish)) {
		lend(sa, i, wish);
		return true;
	}
	if (fresh(sa->ike, conf, family, &a)) {
		lend(sa, i, &a);
		return true;
	}
	l = idle_find(sa, family, false);
	if (l)
		lend(sa, i, &l->addr);
	return l != NULL;
}

const struct ike_id *pool_client(const struct sa *sa)
{
	return sa_who(sa);
}

void pool_give_back(struct sa *sa)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct lease *l =
			sa->vip_remote[i].family ? lease_find(sa->ike, &sa->vip_remote[i]) : NULL;

		sa->vip_remote[i].family = 0;
		if (!l || !l->used || --l->used)
			continue;
		TAILQ_INSERT_TAIL(&sa->ike->idle_leases, l, idle);
	}
}

void pool_move(struct sa *from, struct sa *to)
{
	if (from->vip_remote[0].family || from->vip_remote[1].family) {
		memcpy(to->vip_remote, from->vip_remote, sizeof(to->vip_remote));
		memset(from->vip_remote, 0, sizeof(from->vip_remote));
	}
	if (from->vip_local[0].family || from->vip_local[1].family)
		memcpy(to->vip_local, from->vip_local, sizeof(to->vip_local));
}

void pools_free(struct ike *ike)
{
	for (unsigned int i = 0; i < LEASE_BUCKETS; i++) {
		struct lease *l, *next;

		for (l = LIST_FIRST(&ike->leases[i]); l; l = next) {
			next = LIST_NEXT(l, by_addr);
			lease_free(ike, l);
		}
	}
}
