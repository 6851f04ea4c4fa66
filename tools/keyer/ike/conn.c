// SPDX-License-Identifier: MIT
/*
 * Connections: copies of configured ones, and which of them a peer means.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tools/keyer/ike/ident.h"
#include "tools/keyer/ike/v2.h"

struct conn *conn_find(struct ike *ike, uint32_t id)
{
	struct conn *c = ike->conns_by_id[id % CONN_BUCKETS];

	while (c && c->id != id)
		c = c->next_by_id;
	return c;
}

/* What lies behind the last transform is of no meaning. */
static size_t proposal_bytes(const struct ike_proposal *p)
{
	return offsetof(struct ike_proposal, t) + p->n * sizeof(p->t[0]);
}

static bool proposals_equal(const struct ike_proposal *a, const struct ike_proposal *b,
			    unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (a[i].n != b[i].n || memcmp(&a[i], &b[i], proposal_bytes(&a[i])) != 0)
			return false;
	}
	return true;
}

const struct ike_proposal *proposals_share(struct ike *ike, const struct ike_proposal *p, uint8_t n)
{
	struct shared_proposals *shared;

	if (!n)
		return NULL;
	LIST_FOREACH(shared, &ike->proposals, link)
	{
		if (shared->n == n && proposals_equal(shared->p, p, n))
			break;
	}
	if (!shared) {
		shared = mem_new(sizeof(*shared) + n * sizeof(*p));
		shared->n = n;
		for (unsigned int i = 0; i < n; i++)
			memcpy(&shared->p[i], &p[i], proposal_bytes(&p[i]));
	} else {
		LIST_REMOVE(shared, link);
	}
	/* The last one used is the first one looked at. */
	LIST_INSERT_HEAD(&ike->proposals, shared, link);
	shared->users++;
	return shared->p;
}

void proposals_put(const struct ike_proposal *p)
{
	struct shared_proposals *shared;

	if (!p)
		return;
	shared = (struct shared_proposals *)((uintptr_t)p - offsetof(struct shared_proposals, p));
	if (--shared->users)
		return;
	LIST_REMOVE(shared, link);
	free(shared);
}

static struct ike_conn_conf *conf_copy(struct ike *ike, const struct ike_conn_conf *conf)
{
	struct ike_child_conf children[IKE_CHILDREN_MAX], *to;
	struct ike_conn_conf lean = *conf, *copy;

	lean.n_proposals = 0;
	lean.children = children;
	for (unsigned int i = 0; i < conf->n_children; i++) {
		children[i] = conf->children[i];
		children[i].n_proposals = 0;
	}
	copy = mem_new(ike_conf_length(&lean));
	ike_conf_pack(&lean, copy);
	copy->n_proposals = conf->n_proposals;
	copy->proposals = proposals_share(ike, conf->proposals, conf->n_proposals);
	to = (struct ike_child_conf *)(uintptr_t)copy->children; /* within the copy */
	for (unsigned int i = 0; i < conf->n_children; i++) {
		to[i].n_proposals = conf->children[i].n_proposals;
		to[i].proposals = proposals_share(ike, conf->children[i].proposals,
						  conf->children[i].n_proposals);
	}
	return copy;
}

static void conf_free(struct ike_conn_conf *conf)
{
	if (!conf)
		return;
	proposals_put(conf->proposals);
	for (unsigned int i = 0; i < conf->n_children; i++)
		proposals_put(conf->children[i].proposals);
	free(conf);
}

/* The same for identities that are equal, whatever their case; never 0. */
static uint32_t id_hash(const struct ike_id *id)
{
	uint32_t hash = 2166136261U ^ id->type;

	for (unsigned int i = 0; i < id->len; i++)
		hash = (hash ^ (uint8_t)tolower(id->data[i])) * 16777619U;
	return hash ? hash : 1;
}

/* Where it is looked for by its peer's identity, and what some connection has. */
static void conn_enter(struct ike *ike, struct conn *c)
{
	struct conn_list *list = c->peer_hash ? &ike->conns_by_peer[c->peer_hash % CONN_BUCKETS] :
						&ike->conns_of_several;

	TAILQ_INSERT_TAIL(list, c, by_peer);
	ike->n_sign += c->signs;
	ike->n_two_rounds += c->two_rounds;
	ike->n_ppk += c->ppk;
}

static void conn_leave(struct ike *ike, struct conn *c)
{
	struct conn_list *list = c->peer_hash ? &ike->conns_by_peer[c->peer_hash % CONN_BUCKETS] :
						&ike->conns_of_several;

	TAILQ_REMOVE(list, c, by_peer);
	ike->n_sign -= c->signs;
	ike->n_two_rounds -= c->two_rounds;
	ike->n_ppk -= c->ppk;
}

static void conn_index(struct conn *c)
{
	const struct ike_conn_conf *conf = c->conf;
	const struct ike_addr_range *r = conf->n_remote == 1 ? &conf->remote[0] : NULL;
	size_t len = r && r->family == AF_INET ? 4 : 16;

	c->one_remote = r && r->family && !memcmp(r->min, r->max, len);
	memset(&c->remote, 0, sizeof(c->remote));
	if (c->one_remote) {
		c->remote.family = r->family;
		memcpy(c->remote.bytes, r->min, len);
	}
	/* Names that are the same may be written in two ways. */
	c->peer_hash = conf->remote_id.type == IKE_ID_ANY || conf->remote_id.type == IKE_ID_DN ||
				       id_is_pattern(&conf->remote_id) ?
			       0 :
			       id_hash(&conf->remote_id);
	c->two_rounds = rounds_offered(conf);
	c->ppk = conf->ppk_id_len != 0;
	c->signs = conf->remote_auth != IKE_AUTH_PSK || conf->remote_auth2 == IKE_AUTH_SIGNATURE;
}

struct conn *conn_set(struct ike *ike, const struct ike_conn_conf *conf)
{
	struct conn *c = conn_find(ike, conf->id);

	if (!c) {
		c = mem_new(sizeof(*c));
		c->id = conf->id;
		LIST_INIT(&c->sas);
		TAILQ_INSERT_TAIL(&ike->conns, c, link);
		c->next_by_id = ike->conns_by_id[c->id % CONN_BUCKETS];
		ike->conns_by_id[c->id % CONN_BUCKETS] = c;
	} else {
		conn_leave(ike, c);
	}
	conf_free(c->conf);
	c->conf = conf_copy(ike, conf);
	conn_index(c);
	conn_enter(ike, c);
	return c;
}

void conn_free(struct ike *ike, struct conn *c)
{
	struct conn **at = &ike->conns_by_id[c->id % CONN_BUCKETS];

	while (*at != c)
		at = &(*at)->next_by_id;
	*at = c->next_by_id;
	TAILQ_REMOVE(&ike->conns, c, link);
	conn_leave(ike, c);
	conf_free(c->conf);
	free(c->redirects);
	free(c);
}

const struct ike_child_conf *conn_child(const struct conn *c, const char *name)
{
	for (unsigned int i = 0; c && i < c->conf->n_children; i++) {
		if (!strcmp(c->conf->children[i].name, name))
			return &c->conf->children[i];
	}
	return NULL;
}

/* 0 no, 1 any, 2 in a range, 3 the very address */
static unsigned int ranges_fit(const struct ike_addr_range *r, unsigned int n,
			       const struct ike_addr *a)
{
	size_t len = a->family == AF_INET ? 4 : 16;
	unsigned int best = n ? 0 : 1;

	for (unsigned int i = 0; i < n; i++) {
		unsigned int fit;

		if (!r[i].family) {
			fit = 1;
		} else if (r[i].family != a->family || memcmp(r[i].min, a->bytes, len) > 0 ||
			   memcmp(r[i].max, a->bytes, len) < 0) {
			fit = 0;
		} else {
			fit = memcmp(r[i].min, r[i].max, len) ? 2 : 3;
		}
		if (fit > best)
			best = fit;
	}
	return best;
}

unsigned int conn_fits(const struct conn *c, const struct ike_addr *local,
		       const struct ike_addr *remote)
{
	unsigned int l, r;

	if (c->one_remote &&
	    (c->remote.family != remote->family ||
	     memcmp(c->remote.bytes, remote->bytes, remote->family == AF_INET ? 4 : 16) != 0))
		return 0;
	l = ranges_fit(c->conf->local, c->conf->n_local, local);
	r = ranges_fit(c->conf->remote, c->conf->n_remote, remote);
	return l && r ? 4 * r + l : 0; /* CONN_FITS_MOST at most */
}

struct ike_id conn_local_id(const struct conn *c, const struct ike_addr *local)
{
	return c->conf->local_id.type == IKE_ID_ANY ? id_of_addr(local) : c->conf->local_id;
}

static bool conn_allows(const struct conn *c, const struct ike_proposal *chosen)
{
	const struct proposal_rules rules = { 0 };
	struct proposal_miss miss;
	struct ike_proposal p;

	for (unsigned int i = 0; i < c->conf->n_proposals; i++) {
		if (proposal_match(&c->conf->proposals[i], chosen, &rules, &p, &miss))
			return true;
	}
	return false;
}

/** struct wanted - whom conn_match() looks for */
struct wanted {
	const struct ike_addr *local, *remote;
	const struct ike_id *peer, *asked;
	const struct ike_proposal *chosen;
	bool eap, another;
};

/* How well a connection fits; 0: not at all. */
static unsigned int conn_score(const struct conn *c, const struct wanted *w)
{
	unsigned int score = conn_fits(c, w->local, w->remote);
	struct ike_id mine;

	if (!score || !conn_allows(c, w->chosen) ||
	    w->eap != (c->conf->remote_auth == IKE_AUTH_EAP))
		return 0;
	/* of equals the one whose rounds these are; EAP says so only at its end */
	if (!w->eap && w->another == (c->conf->remote_auth2 != 0))
		score += 50;
	mine = conn_local_id(c, w->local);
	if (w->asked->type != IKE_ID_ANY) {
		if (!id_equal(&mine, w->asked))
			return 0;
		score += 100;
	}
	if (c->conf->remote_id.type != IKE_ID_ANY) {
		if (!id_matches(&c->conf->remote_id, w->peer))
			return 0;
		score += 1000;
	}
	return score;
}

struct conn *conn_match(struct ike *ike, const struct ike_addr *local,
			const struct ike_addr *remote, const struct ike_id *peer,
			const struct ike_id *asked, const struct ike_proposal *chosen, bool eap,
			bool another)
{
	const struct wanted w = { local, remote, peer, asked, chosen, eap, another };
	const uint32_t hash = id_hash(peer);
	struct conn_list *lists[] = { &ike->conns_by_peer[hash % CONN_BUCKETS],
				      &ike->conns_of_several };
	struct conn *c, *best = NULL;
	unsigned int most = 0, score;

	for (unsigned int i = 0; i < 2; i++) {
		TAILQ_FOREACH(c, lists[i], by_peer)
		{
			score = c->peer_hash && c->peer_hash != hash ? 0 : conn_score(c, &w);
			if (score > most) {
				most = score;
				best = c;
			}
		}
	}
	return best;
}
