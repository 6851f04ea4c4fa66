// SPDX-License-Identifier: MIT
/*
 * What tunnels have in common, and should not: selectors of one interface, routes, peers.
 * A gateway may have ten thousand tunnels, so nothing here looks at each pair of them.
 */
#include "tools/keyer/conf/internal.h"

#include <stdlib.h>
#include <string.h>

/** struct use - a traffic selector of a child, on the side that tells children apart */
struct use {
	const struct conf_tunnel *tunnel;
	struct conf_child *child;
	const struct ike_ts *ts;
};

/* Do two selectors have a packet in common? */
static bool ts_overlap(const struct ike_ts *a, const struct ike_ts *b)
{
	return a->family == b->family && memcmp(a->min, b->max, 16) <= 0 &&
	       memcmp(b->min, a->max, 16) <= 0 &&
	       (!a->proto || !b->proto || a->proto == b->proto) && a->port_min <= b->port_max &&
	       b->port_min <= a->port_max;
}

static bool ts_lists_overlap(const struct ike_ts *a, size_t n, const struct ike_ts *b, size_t m)
{
	size_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < m; j++)
			if (ts_overlap(&a[i], &b[j]))
				return true;
	return false;
}

static bool child_overlap(const struct ike_child_conf *a, const struct ike_child_conf *b)
{
	return ts_lists_overlap(a->local, a->n_local, b->local, b->n_local) &&
	       ts_lists_overlap(a->remote, a->n_remote, b->remote, b->n_remote);
}

static int use_order(const void *a, const void *b)
{
	const struct use *x = a, *y = b;
	int ret = (x->ts->family > y->ts->family) - (x->ts->family < y->ts->family);

	if (!ret)
		ret = memcmp(x->ts->min, y->ts->min, 16);
	if (!ret)
		ret = memcmp(x->ts->max, y->ts->max, 16);
	if (!ret)
		ret = (x->child->metric > y->child->metric) - (x->child->metric < y->child->metric);
	return ret ? ret : strcmp(x->tunnel->name, y->tunnel->name);
}

/* The selectors of one side of all these tunnels, in order. Return: how many. */
static size_t uses_sort(const struct conf_tunnel *const *tunnels, size_t n, bool local,
			struct use **uses)
{
	struct conf_child *child;
	size_t i, j, k, m = 0;

	for (i = 0; i < n; i++)
		for (j = 0; j < tunnels[i]->n_children; j++)
			m += local ? tunnels[i]->children[j].ike.n_local :
				     tunnels[i]->children[j].ike.n_remote;
	*uses = calloc(m + 1, sizeof(**uses));
	if (!*uses)
		abort();
	for (m = i = 0; i < n; i++) {
		for (j = 0; tunnels[i]->enabled && j < tunnels[i]->n_children; j++) {
			child = &tunnels[i]->children[j];
			for (k = 0; k < (local ? child->ike.n_local : child->ike.n_remote); k++)
				(*uses)[m++] = (struct use){ tunnels[i], child,
							     local ? &child->ike.local[k] :
								     &child->ike.remote[k] };
		}
	}
	qsort(*uses, m, sizeof(**uses), use_order);
	return m;
}

static size_t uses_distinct(const struct use *uses, size_t n)
{
	size_t i, distinct = 0;

	for (i = 0; i < n; i++)
		distinct += !i || memcmp(uses[i].ts->min, uses[i - 1].ts->min, 16) != 0;
	return distinct;
}

/* One packet must not fit two tunnels of an interface. Told once of each child. */
static void overlaps_lint(struct conf *conf, const struct conf_tunnel *const *tunnels, size_t n)
{
	struct use *uses, *local;
	size_t i, j, m, n_local;

	/* By the side on which they differ more: of many clients that may be anywhere, ours. */
	m = uses_sort(tunnels, n, false, &uses);
	n_local = uses_sort(tunnels, n, true, &local);
	if (uses_distinct(local, n_local) > uses_distinct(uses, m)) {
		free(uses);
		uses = local;
		m = n_local;
	} else {
		free(local);
	}
	for (i = 0; i < m && conf->warnings < CONF_WARNINGS_MAX; i++) {
		for (j = i + 1; j < m && uses[j].ts->family == uses[i].ts->family &&
				memcmp(uses[j].ts->min, uses[i].ts->max, 16) <= 0;
		     j++) {
			if (uses[i].tunnel == uses[j].tunnel || uses[j].child->overlap_told ||
			    !child_overlap(&uses[i].child->ike, &uses[j].child->ike))
				continue;
			uses[j].child->overlap_told = true;
			conf_warn(conf, uses[j].child->pos,
				  "'%s/%s' and '%s/%s' share interface %s and overlap: the "
				  "newer SA takes the packets that fit both",
				  uses[i].tunnel->name, uses[i].child->ike.name,
				  uses[j].tunnel->name, uses[j].child->ike.name,
				  uses[i].tunnel->interface);
		}
	}
	free(uses);
}

static void agreement_check(struct conf *conf, const struct conf_tunnel *a,
			    const struct conf_tunnel *b)
{
	if (a->fwmark != b->fwmark || strcmp(a->underlay, b->underlay) != 0 || a->mtu != b->mtu ||
	    a->mss_clamp != b->mss_clamp || a->df != b->df || a->ttl != b->ttl ||
	    a->dscp != b->dscp)
		conf_error(conf, b->pos,
			   "tunnels '%s' and '%s' share interface %s and must agree in fwmark, "
			   "underlay, mtu, mss-clamp, df, ttl and dscp",
			   a->name, b->name, a->interface);
}

static int interface_order(const void *a, const void *b)
{
	const struct conf_tunnel *const *x = a, *const *y = b;
	int ret = strcmp((*x)->interface, (*y)->interface);

	return ret ? ret : strcmp((*x)->name, (*y)->name);
}

static void interfaces_check(struct conf *conf, const struct conf_tunnel **tunnels)
{
	size_t i, from = 0, first;

	qsort(tunnels, conf->n_tunnels, sizeof(struct conf_tunnel *), interface_order);
	for (i = 1; i <= conf->n_tunnels; i++) {
		if (i < conf->n_tunnels && !strcmp(tunnels[i]->interface, tunnels[from]->interface))
			continue;
		for (first = from; first < i && !tunnels[first]->enabled; first++)
			;
		for (from = first + 1; from < i; from++)
			if (tunnels[from]->enabled)
				agreement_check(conf, tunnels[first], tunnels[from]);
		if (first + 1 < i)
			overlaps_lint(conf, tunnels + first, i - first);
		from = i;
	}
}

static bool makes_route(const struct use *use)
{
	static const uint8_t zero[16];

	return use->child->routes == CONF_ROUTES_ALL ||
	       (use->child->routes == CONF_ROUTES_AUTO && memcmp(use->ts->min, zero, 16) != 0);
}

/* Of two routes that differ in nothing but the interface the kernel takes one. */
static void routes_lint(struct conf *conf, const struct conf_tunnel *const *tunnels)
{
	struct use *uses;
	size_t i, n;

	n = uses_sort(tunnels, conf->n_tunnels, false, &uses);
	for (i = 1; i < n; i++) {
		const struct use *a = &uses[i - 1], *b = &uses[i];

		if (a->ts->family == b->ts->family && !memcmp(a->ts->min, b->ts->min, 16) &&
		    !memcmp(a->ts->max, b->ts->max, 16) && a->child->metric == b->child->metric &&
		    makes_route(a) && makes_route(b) &&
		    strcmp(a->tunnel->interface, b->tunnel->interface) != 0)
			conf_warn(conf, b->child->pos,
				  "'%s/%s' and '%s/%s' lead to the same network by different "
				  "interfaces with the same metric: only one route can be there; "
				  "give one another metric",
				  a->tunnel->name, a->child->ike.name, b->tunnel->name,
				  b->child->ike.name);
	}
	free(uses);
}

static int text_order(const struct conf_tunnel *a, const struct conf_tunnel *b, const char *key)
{
	int i = conf_key_find(CONF_SCOPE_TUNNEL, key);

	return strcmp(a->text[i] ? a->text[i] : "", b->text[i] ? b->text[i] : "");
}

/* By what a peer is known: the same for two tunnels, and they are one peer's. */
static int peer_order(const void *a, const void *b)
{
	const struct conf_tunnel *const *x = a, *const *y = b;
	int ret = text_order(*x, *y, "remote");

	if (!ret)
		ret = text_order(*x, *y, "remote-id");
	if (!ret)
		ret = text_order(*x, *y, "local-id");
	return ret ? ret : text_order(*x, *y, "local");
}

static void twins_lint(struct conf *conf, const struct conf_tunnel **tunnels)
{
	const struct conf_tunnel *a, *b;
	size_t i;

	qsort(tunnels, conf->n_tunnels, sizeof(struct conf_tunnel *), peer_order);
	for (i = 1; i < conf->n_tunnels; i++) {
		a = tunnels[i - 1];
		b = tunnels[i];
		if (!a->enabled || !b->enabled || peer_order(&a, &b) != 0)
			continue;
		conf_warn(conf, b->pos,
			  a->ike->unique == IKE_UNIQUE_REPLACE ||
					  b->ike->unique == IKE_UNIQUE_REPLACE ?
				  "tunnels '%s' and '%s' have the same peer and identities: with "
				  "unique = replace each takes the other down; make them children "
				  "of one tunnel" :
				  "tunnels '%s' and '%s' have the same peer and identities: when "
				  "it calls, nobody can tell which is meant",
			  a->name, b->name);
	}
}

void conf_check_all(struct conf *conf)
{
	const struct conf_tunnel **tunnels;

	if (!conf->n_tunnels)
		return;
	tunnels = calloc(conf->n_tunnels, sizeof(struct conf_tunnel *));
	if (!tunnels)
		abort();
	memcpy(tunnels, conf->tunnels, conf->n_tunnels * sizeof(struct conf_tunnel *));
	interfaces_check(conf, tunnels);
	routes_lint(conf, tunnels);
	twins_lint(conf, tunnels);
	free(tunnels);
}
