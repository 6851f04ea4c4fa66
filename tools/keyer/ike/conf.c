// SPDX-License-Identifier: MIT
/*
 * A connection in one piece: its structure, and one after the other the lists that
 * it points to. So it crosses from netadmin, and so the core keeps it.
 */
#include "tools/keyer/ike/conf.h"

#include <stdalign.h>

/** struct cursor - a walk over the lists of a connection: counts, copies or finds them */
struct cursor {
	uint8_t *base; /* NULL: only count */
	size_t at, end;
	bool copy;
	bool bad; /* the lists do not fit what is there */
};

/* One list. @list: where the pointer to it is. Return: false to go no further. */
static bool list(struct cursor *c, const void *where, size_t n, size_t max, size_t size)
{
	const void **pointer = (const void **)(uintptr_t)where;
	const size_t align = alignof(max_align_t), len = (n * size + align - 1) / align * align;

	if (n > max || c->end - c->at < len) {
		c->bad = true;
		return false;
	}
	if (c->copy && n)
		memcpy(c->base + c->at, *pointer, n * size);
	if (c->base)
		*pointer = n ? c->base + c->at : NULL;
	c->at += len;
	return true;
}

static bool child_lists(struct cursor *c, const struct ike_child_conf *child)
{
	return list(c, &child->local, child->n_local, IKE_TS_MAX, sizeof(*child->local)) &&
	       list(c, &child->remote, child->n_remote, IKE_TS_MAX, sizeof(*child->remote)) &&
	       list(c, &child->proposals, child->n_proposals, IKE_PROPOSALS_MAX,
		    sizeof(*child->proposals));
}

static void lists(struct cursor *c, const struct ike_conn_conf *conf)
{
	if (!list(c, &conf->local, conf->n_local, IKE_ADDRS_MAX, sizeof(*conf->local)) ||
	    !list(c, &conf->remote, conf->n_remote, IKE_ADDRS_MAX, sizeof(*conf->remote)) ||
	    !list(c, &conf->proposals, conf->n_proposals, IKE_PROPOSALS_MAX,
		  sizeof(*conf->proposals)) ||
	    !list(c, &conf->pool, conf->n_pool, IKE_POOL_MAX, sizeof(*conf->pool)) ||
	    !list(c, &conf->ids2, conf->n_ids2, 2, sizeof(*conf->ids2)) ||
	    !list(c, &conf->dns, conf->n_dns, IKE_DNS_MAX, sizeof(*conf->dns)) ||
	    !list(c, &conf->nbns, conf->n_nbns, IKE_NBNS_MAX, sizeof(*conf->nbns)) ||
	    !list(c, &conf->children, conf->n_children, IKE_CHILDREN_MAX, sizeof(*conf->children)))
		return;
	/* When copying or finding, these are the ones at their new place. */
	for (unsigned int i = 0; i < conf->n_children; i++)
		if (!child_lists(c, &conf->children[i]))
			return;
}

const struct ike_id *ike_id2(const struct ike_conn_conf *conf, bool remote)
{
	static const struct ike_id any;

	return conf->n_ids2 == 2 ? &conf->ids2[remote] : &any;
}

static struct cursor begin(void *base, size_t end, bool copy)
{
	const size_t align = alignof(max_align_t);
	const size_t head = (sizeof(struct ike_conn_conf) + align - 1) / align * align;

	return (struct cursor){ .base = base, .at = head, .end = end, .copy = copy };
}

size_t ike_conf_length(const struct ike_conn_conf *conf)
{
	struct cursor c = begin(NULL, SIZE_MAX, false);

	lists(&c, conf);
	return c.at;
}

void ike_conf_pack(const struct ike_conn_conf *conf, void *to)
{
	struct cursor c = begin(to, SIZE_MAX, true);

	memset(to, 0, c.at);
	memcpy(to, conf, sizeof(*conf));
	lists(&c, to);
}

struct ike_conn_conf *ike_conf_unpack(void *data, size_t len)
{
	struct cursor c = begin(data, len, false);

	if (len < c.at)
		return NULL;
	lists(&c, data);
	return c.bad || c.at != len ? NULL : data;
}
