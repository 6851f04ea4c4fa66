// SPDX-License-Identifier: MIT
/*
 * Unreachable routes. While a tunnel is down its routes are gone, and what is
 * meant for the peer's networks would follow a less specific route, in the end
 * the default route, in clear. So behind a tunnel's routes stands, from its
 * configuration to its removal, one of the last metric that refuses: senders
 * are told by ICMP, and a route of the same network over another tunnel wins.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/log.h"
#include "tools/keyer/netadmin.h"

static struct block **block_find(struct netadmin *na, const struct conf_prefix *to)
{
	uint32_t hash = 2166136261U ^ to->length;
	struct block **at;
	size_t i;

	for (i = 0; i < sizeof(to->addr.bytes); i++)
		hash = (hash ^ to->addr.bytes[i]) * 16777619U;
	for (at = &na->blocks[hash % NETADMIN_BUCKETS]; *at; at = &(*at)->next)
		if (conf_prefix_equal(&(*at)->to, to))
			break;
	return at;
}

static void block_get(struct netadmin *na, const struct conf_prefix *to)
{
	struct block **at = block_find(na, to), *block = *at;
	char text[64];
	int ret;

	if (block) {
		block->users++;
		return;
	}
	block = calloc(1, sizeof(*block));
	if (!block)
		abort();
	block->to = *to;
	block->users = 1;
	*at = block;
	ret = na->kernel->ops->block(na->kernel, to, true);
	if (ret && ret != -EEXIST)
		log_kv(LOG_WARNING, "block", "network",
		       ike_addr_print(&to->addr, text, sizeof(text)), "error",
		       kernel_error(na->kernel), NULL);
}

static void block_put(struct netadmin *na, const struct conf_prefix *to)
{
	struct block **at = block_find(na, to), *block = *at;

	if (!block || --block->users)
		return;
	*at = block->next;
	na->kernel->ops->block(na->kernel, to, false);
	free(block);
}

static void block_networks(struct netadmin *na, const struct conf_child *conf, bool on)
{
	struct conf_prefix prefixes[IPSECVIF_SELECTORS_PER_REQUEST];
	size_t i, j, n;

	/* Who makes the routes himself makes these, too. */
	if (conf->routes == CONF_ROUTES_NONE || !conf->block ||
	    ike_ts_dynamic(conf->ike.remote, conf->ike.n_remote))
		return;
	for (i = 0; i < conf->ike.n_remote; i++) {
		n = convert_prefixes(&conf->ike.remote[i], prefixes,
				     IPSECVIF_SELECTORS_PER_REQUEST);
		for (j = 0; j < n; j++) {
			/* Never the default route: the underlay lives by it. */
			if (!prefixes[j].length)
				continue;
			if (on)
				block_get(na, &prefixes[j]);
			else
				block_put(na, &prefixes[j]);
		}
	}
}

void block_child(struct tun *tun, unsigned int child, bool on)
{
	if (tun->children[child].blocked == on)
		return;
	tun->children[child].blocked = on;
	block_networks(tun->na, &tun->conf->children[child], on);
}

void block_conf(struct netadmin *na, const struct conf *conf, bool on)
{
	size_t i, j;

	for (i = 0; i < conf->n_tunnels; i++)
		for (j = 0; conf->tunnels[i]->enabled && j < conf->tunnels[i]->n_children; j++)
			block_networks(na, &conf->tunnels[i]->children[j], on);
}
