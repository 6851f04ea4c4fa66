// SPDX-License-Identifier: MIT
/*
 * Connections: copies of configured ones, and which of them a peer means.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tools/keyer/ike/ident.h"
#include "tools/keyer/ike/sa.h"

struct conn *conn_find(struct ike *ike, uint32_t id)
{
	struct conn *c;

	TAILQ_FOREACH(c, &ike->conns, link)
	{
		if (c->id == id)
			return c;
	}
	return NULL;
}

/* Sixteen children would make 90 kB of each connection: only those used are kept. */
static struct ike_conn_conf *conf_copy(const struct ike_conn_conf *conf)
{
	unsigned int n = conf->n_children;
	size_t len;

	if (n > IKE_CHILDREN_MAX)
		n = IKE_CHILDREN_MAX;
	len = offsetof(struct ike_conn_conf, children) + n * sizeof(conf->children[0]);
	return mem_dup(conf, len);
}

struct conn *conn_set(struct ike *ike, const struct ike_conn_conf *conf)
{
	struct conn *c = conn_find(ike, conf->id);

	if (!c) {
		c = mem_new(sizeof(*c));
		c->id = conf->id;
		LIST_INIT(&c->sas);
		TAILQ_INSERT_TAIL(&ike->conns, c, link);
	}
	free(c->conf);
	c->conf = conf_copy(conf);
	return c;
}

void conn_free(struct ike *ike, struct conn *c)
{
	TAILQ_REMOVE(&ike->conns, c, link);
	free(c->conf);
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
	unsigned int l = ranges_fit(c->conf->local, c->conf->n_local, local);
	unsigned int r = ranges_fit(c->conf->remote, c->conf->n_remote, remote);

	return l && r ? 4 * r + l : 0;
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

struct conn *conn_match(struct ike *ike, const struct ike_addr *local,
			const struct ike_addr *remote, const struct ike_id *peer,
			const struct ike_id *asked, const struct ike_proposal *chosen, bool eap)
{
	struct conn *c, *best = NULL;
	unsigned int most = 0;

	TAILQ_FOREACH(c, &ike->conns, link)
	{
		unsigned int score = conn_fits(c, local, remote);
		struct ike_id mine = conn_local_id(c, local);

		if (!score || !conn_allows(c, chosen) ||
		    eap != (c->conf->remote_auth == IKE_AUTH_EAP))
			continue;
		if (asked->type != IKE_ID_ANY) {
			if (!id_equal(&mine, asked))
				continue;
			score += 100;
		}
		if (c->conf->remote_id.type != IKE_ID_ANY) {
			if (!id_matches(&c->conf->remote_id, peer))
				continue;
			score += 1000;
		}
		if (score > most) {
			most = score;
			best = c;
		}
	}
	return best;
}
