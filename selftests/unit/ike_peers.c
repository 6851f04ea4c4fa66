// SPDX-License-Identifier: MIT
/*
 * The world of ike_peers.h: its peers, what happens to them, and what became of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#include "selftests/unit/ike_peers.h"
#include "tools/keyer/ike/core.h"

uint64_t world_random(struct world *w)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return w->seed * 0x2545f4914f6cdd1dULL;
}

static struct ike_addr addr(const char *text, uint16_t port)
{
	struct ike_addr a = { .family = AF_INET, .port = port };

	inet_pton(AF_INET, text, a.bytes);
	return a;
}

struct ike_conn_conf *world_conf(struct world *w, unsigned int i)
{
	struct ike_conn_conf *c = &w->peer[i].conf;
	struct room *room = &w->peer[i].room;
	struct ike_child_conf *child = &room->children[0];
	char err[256];

	memset(c, 0, sizeof(*c));
	memset(room, 0, sizeof(*room));
	c->local = room->local;
	c->remote = room->remote;
	c->pool = room->pool;
	c->dns = room->dns;
	c->nbns = room->nbns;
	c->proposals = room->proposals;
	c->children = room->children;
	for (unsigned int k = 0; k < IKE_CHILDREN_MAX; k++) {
		room->children[k].local = room->child[k].local;
		room->children[k].remote = room->child[k].remote;
		room->children[k].proposals = room->child[k].proposals;
	}
	c->id = i + 1;
	snprintf(c->name, sizeof(c->name), "t%u", i);
	ike_id_parse(i ? "right.example.com" : "left@example.com", &c->local_id, err, sizeof(err));
	ike_id_parse(i ? "left@example.com" : "right.example.com", &c->remote_id, err, sizeof(err));
	c->local_auth = c->remote_auth = IKE_AUTH_PSK;
	c->n_proposals = 1;
	ike_proposal_parse(1, "aes256gcm16-prfsha256-x25519", &room->proposals[0], err,
			   sizeof(err));
	c->rekey = true;
	c->retransmit_tries = 5;
	c->retransmit_timeout = 2000;
	c->retransmit_base_percent = 180;
	c->nat_keepalive = 20000;
	c->n_children = 1;
	snprintf(child->name, sizeof(child->name), "lan");
	child->mode = 1;
	child->esn = true;
	child->rekey = true;
	child->n_local = child->n_remote = 1;
	ike_ts_parse(i ? "10.2.0.0/16" : "10.1.0.0/16", &room->child[0].local[0], err, sizeof(err));
	ike_ts_parse(i ? "10.1.0.0/16" : "10.2.0.0/16", &room->child[0].remote[0], err,
		     sizeof(err));
	child->n_proposals = 1;
	ike_proposal_parse(3, "aes128gcm16-x25519", &room->child[0].proposals[0], err, sizeof(err));
	return c;
}

void world_child(struct world *w, unsigned int i, const char *name, const char *local,
		 const char *remote)
{
	struct ike_conn_conf *c = &w->peer[i].conf;
	struct room *room = &w->peer[i].room;
	struct child_room *lists = &room->child[c->n_children];
	struct ike_child_conf *child = &room->children[c->n_children++];
	char err[256];

	*lists = room->child[0];
	*child = room->children[0];
	child->local = lists->local;
	child->remote = lists->remote;
	child->proposals = lists->proposals;
	snprintf(child->name, sizeof(child->name), "%s", name);
	ike_ts_parse(local, &lists->local[0], err, sizeof(err));
	ike_ts_parse(remote, &lists->remote[0], err, sizeof(err));
	world_set(w, i);
}

struct world *world_new(uint64_t seed)
{
	struct world *w = calloc(1, sizeof(*w));

	w->seed = seed * 0x9e3779b97f4a7c15ULL + 1;
	w->now = 1000000;
	w->verbose = getenv("IKE_VERBOSE") != NULL;
	for (unsigned int i = 0; i < PEERS; i++) {
		struct peer *p = &w->peer[i];
		struct ike_env env = peer_env(p);

		p->world = w;
		p->addr = addr(i ? "192.0.2.2" : "192.0.2.1", 500);
		p->next_spi = 0x10000000 * (i + 1);
		snprintf(p->psk, sizeof(p->psk), "correct horse");
		p->ike = ike_new(&env);
		world_conf(w, i);
		world_set(w, i);
	}
	return w;
}

void world_forget(struct world *w, unsigned int i)
{
	struct peer *p = &w->peer[i];
	struct ike_env env = peer_env(p);

	ike_free(p->ike);
	p->ike = ike_new(&env);
	p->n_reserved = 0;
	memset(p->pairs, 0, sizeof(p->pairs));
	world_set(w, i);
}

void world_free(struct world *w)
{
	for (unsigned int i = 0; i < PEERS; i++) {
		ike_free(w->peer[i].ike);
		eap_free(w->peer[i].eap);
		eap_conf_put(w->peer[i].eap_conf);
	}
	while (w->n_items)
		world_drop(w, w->n_items - 1);
	free(w);
}

void world_event(struct world *w, unsigned int i, struct ike_event *ev)
{
	struct ike_effects *fx = ike_effects_new();

	ev->now = w->now;
	ike_step(w->peer[i].ike, ev, fx);
	for (size_t k = 0; k < ike_effects_count(fx); k++)
		peer_effect(w, i, ike_effects_get(fx, k));
	ike_effects_free(fx);
}

void world_set(struct world *w, unsigned int i)
{
	struct ike_event ev = { .type = IKE_EV_CONN_SET, .u.conf = &w->peer[i].conf };

	world_event(w, i, &ev);
}

void world_initiate(struct world *w, unsigned int i, const char *child)
{
	struct ike_event ev = { .type = IKE_EV_INITIATE };

	ev.u.initiate.conn = w->peer[i].conf.id;
	snprintf(ev.u.initiate.child, sizeof(ev.u.initiate.child), "%s", child);
	ev.u.initiate.local = w->peer[i].addr;
	ev.u.initiate.remote = w->nat && i == 1 ? w->nat_addr : w->peer[!i].addr;
	ev.u.initiate.remote.port = 0;
	world_event(w, i, &ev);
}

static void operator_event(struct world *w, unsigned int i, enum ike_ev_type type,
			   const char *child)
{
	struct ike_event ev = { .type = type };

	ev.u.terminate.conn = w->peer[i].conf.id;
	snprintf(ev.u.terminate.child, sizeof(ev.u.terminate.child), "%s", child);
	world_event(w, i, &ev);
}

void world_terminate(struct world *w, unsigned int i, const char *child)
{
	operator_event(w, i, IKE_EV_TERMINATE, child);
}

void world_rekey(struct world *w, unsigned int i, const char *child)
{
	operator_event(w, i, IKE_EV_REKEY, child);
}

void world_talk(struct world *w)
{
	world_initiate(w, 0, "");
	world_settle(w);
	world_rekey(w, 0, "lan");
	world_settle(w);
	world_rekey(w, 1, "");
	world_settle(w);
}

void world_roam(struct world *w, unsigned int i, const struct ike_addr *to)
{
	struct peer *p = &w->peer[i];
	struct ike_event ev = { .type = IKE_EV_ROAM };

	ev.u.roam.conn = p->conf.id;
	ev.u.roam.was = p->addr;
	ev.u.roam.local = *to;
	p->addr = *to;
	world_event(w, i, &ev);
}

void world_run(struct world *w, uint64_t ms)
{
	uint64_t end = w->now + ms;

	for (unsigned int n = 0;; n++) {
		uint64_t at = end;

		world_settle(w);
		for (unsigned int i = 0; i < PEERS; i++) {
			uint64_t d = ike_deadline(w->peer[i].ike);

			if (d < at)
				at = d;
		}
		if (at > w->now)
			w->now = at;
		for (unsigned int i = 0; i < PEERS; i++) {
			struct ike_event ev = { .type = IKE_EV_TICK };

			if (ike_deadline(w->peer[i].ike) <= w->now)
				world_event(w, i, &ev);
		}
		if (w->now >= end && !w->n_items)
			break;
		if (n > 1000000) {
			fprintf(stderr, "timers never stop\n");
			abort();
		}
	}
}

const struct ike_fx_status *world_status(struct world *w, unsigned int i, enum ike_status what)
{
	struct peer *p = &w->peer[i];

	for (unsigned int k = p->n_status; k-- > 0;) {
		if (p->status[k].what == what)
			return &p->status[k];
	}
	return NULL;
}

unsigned int world_pairs(const struct world *w, unsigned int i)
{
	unsigned int n = 0;

	for (unsigned int k = 0; k < PAIRS_MAX; k++)
		n += w->peer[i].pairs[k].installed;
	return n;
}

static bool key_equal(const struct ike_key *a, const struct ike_key *b)
{
	return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

static const char *pair_agrees(const struct ike_fx_child *a, struct peer *other)
{
	struct pair *p = peer_pair(other, a->spi_out);
	const struct ike_fx_child *b = p ? &p->fx : NULL;

	if (!b || b->spi_out != a->spi_in)
		return "a pair has no other half";
	if (a->protocol != b->protocol || (a->protocol == PROTO_AH) != !a->encr_in.len)
		return "protocols differ";
	if (!key_equal(&a->encr_in, &b->encr_out) || !key_equal(&a->encr_out, &b->encr_in) ||
	    (a->encr_in.len && key_equal(&a->encr_in, &a->encr_out)))
		return "encryption keys differ";
	if (!key_equal(&a->integ_in, &b->integ_out) || !key_equal(&a->integ_out, &b->integ_in) ||
	    (a->integ_in.len && key_equal(&a->integ_in, &a->integ_out)))
		return "integrity keys differ";
	if (a->cpi_in != b->cpi_out || a->cpi_out != b->cpi_in)
		return "compression differs";
	if (a->esn != b->esn || a->mode != b->mode || a->encap != b->encap ||
	    a->encr.id != b->encr.id || a->encr.key_bits != b->encr.key_bits ||
	    a->integ.id != b->integ.id)
		return "transforms differ";
	if (a->n_local != b->n_remote || a->n_remote != b->n_local ||
	    memcmp(a->local_ts, b->remote_ts, a->n_local * sizeof(a->local_ts[0])) != 0 ||
	    memcmp(a->remote_ts, b->local_ts, a->n_remote * sizeof(a->remote_ts[0])) != 0)
		return "selectors differ";
	if (!other->world->nat &&
	    (!ike_host_equal(&a->local, &b->remote) || !ike_host_equal(&a->remote, &b->local) ||
	     (a->encap && (a->local.port != b->remote.port || a->remote.port != b->local.port))))
		return "outer addresses differ";
	return NULL;
}

const char *world_agree(struct world *w)
{
	for (unsigned int i = 0; i < PEERS; i++) {
		if (w->peer[i].n_reserved)
			return "an SPI is reserved and not used";
		for (unsigned int k = 0; k < PAIRS_MAX; k++) {
			const char *why;

			if (!w->peer[i].pairs[k].installed)
				continue;
			why = pair_agrees(&w->peer[i].pairs[k].fx, &w->peer[!i]);
			if (why)
				return why;
		}
	}
	return NULL;
}

unsigned int world_sas(const struct world *w, unsigned int i)
{
	const struct sa *sa;
	unsigned int n = 0;

	TAILQ_FOREACH(sa, &w->peer[i].ike->sas, link)
	n += sa->state != SA_DEAD;
	return n;
}

bool world_idle(const struct world *w)
{
	for (unsigned int i = 0; i < PEERS; i++) {
		if (ike_deadline(w->peer[i].ike) != UINT64_MAX)
			return false;
	}
	return !w->n_items;
}
