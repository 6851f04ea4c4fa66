// SPDX-License-Identifier: MIT
/*
 * The world's network, and the answers on their way.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/unit/ike_peers.h"
#include "tools/keyer/ike/core.h"

void world_drop(struct world *w, unsigned int at)
{
	free(w->items[at].data);
	w->n_items--;
	memmove(&w->items[at], &w->items[at + 1], (w->n_items - at) * sizeof(w->items[0]));
}

struct item *world_item(struct world *w)
{
	struct item *it;

	if (w->n_items == QUEUE_MAX) {
		fprintf(stderr, "the network is full\n");
		abort();
	}
	it = &w->items[w->n_items++];
	memset(it, 0, sizeof(*it));
	return it;
}

void world_copy(struct world *w, unsigned int at)
{
	struct item *it = world_item(w);

	*it = w->items[at];
	it->data = malloc(it->len ? it->len : 1);
	memcpy(it->data, w->items[at].data, it->len);
}

static bool is_of(const struct ike_addr *a, const struct peer *p)
{
	return ike_host_equal(a, &p->addr) || (p->addr2.family && ike_host_equal(a, &p->addr2));
}

void world_send(struct world *w, unsigned int i, const struct ike_fx_send *fx)
{
	struct item *it;

	w->peer[i].n_send++;
	if (fx->keepalive)
		return;
	it = world_item(w);
	it->kind = ITEM_PACKET;
	it->to = !i;
	it->local = fx->remote;
	it->remote = fx->local;
	it->natt = fx->natt;
	it->len = fx->len;
	it->data = malloc(fx->len);
	memcpy(it->data, fx->data, fx->len);
	if (w->nat && i == 0) {
		it->remote = w->nat_addr;
		it->remote.port = (uint16_t)(w->nat_addr.port + fx->local.port);
	}
	if (w->nat && i == 1) {
		it->local = w->peer[0].addr;
		it->local.port = (uint16_t)(fx->remote.port - w->nat_addr.port);
	}
	if (!w->nat && (!is_of(&it->local, &w->peer[!i]) || !is_of(&it->remote, &w->peer[i])))
		world_drop(w, w->n_items - 1);
	else if (w->filter && !w->filter(w, it))
		world_drop(w, w->n_items - 1);
}

void world_nat(struct world *w)
{
	w->nat = true;
	w->nat_addr = w->peer[0].addr;
	w->nat_addr.bytes[3] = 99;
	w->nat_addr.port = 10000;
}

bool world_deliver(struct world *w, unsigned int at)
{
	struct item it;
	struct ike_event ev = { .type = IKE_EV_PACKET };

	if (at >= w->n_items)
		return false;
	it = w->items[at];
	w->n_items--;
	memmove(&w->items[at], &w->items[at + 1], (w->n_items - at) * sizeof(w->items[0]));
	if (it.kind == ITEM_ANSWER) {
		world_event(w, it.to, &it.answer);
		return true;
	}
	ev.u.packet.local = it.local;
	ev.u.packet.remote = it.remote;
	ev.u.packet.natt = it.natt;
	ev.u.packet.len = it.len;
	ev.u.packet.data = it.data;
	world_event(w, it.to, &ev);
	free(it.data);
	return true;
}

void world_settle(struct world *w)
{
	for (unsigned int n = 0; world_deliver(w, 0); n++) {
		if (n > 20000) {
			fprintf(stderr, "the peers never stop talking\n");
			abort();
		}
	}
}

bool mangle_one(struct world *w, struct item *it)
{
	struct mangle *m = w->ctx;

	if (m->seen++ != m->nth)
		return true;
	if (m->twice)
		world_copy(w, (unsigned int)(it - w->items));
	return m->twice;
}

unsigned int mangle_each(bool twice, struct world *(*begin)(uint64_t seed),
			 void (*run)(struct world *w))
{
	struct mangle m = { .twice = twice };

	do {
		struct world *w = begin(m.nth + 1);

		m.seen = 0;
		w->ctx = &m;
		w->filter = mangle_one;
		run(w);
		world_free(w);
	} while (++m.nth < m.seen);
	return m.nth;
}

bool lose_all(struct world *w, struct item *it)
{
	(void)w;
	(void)it;
	return false;
}

bool lose_from_caller(struct world *w, struct item *it)
{
	unsigned int *left = w->ctx;

	return it->to == 0 || (*left && (*left)--);
}
