// SPDX-License-Identifier: MIT
/*
 * How a peer is reached: names to addresses, by the resolver, and the address of ours
 * that we call from; for a tunnel's attempts, and for the ike process, whom a gateway
 * has sent to another one.
 */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/log.h"
#include "tools/keyer/netadmin.h"

/* --- names --- */

/* The one family that our own addresses allow, or 0. */
static uint16_t family_wanted(const struct conf_tunnel *conf)
{
	uint16_t family = 0;
	uint32_t i;

	for (i = 0; i < conf->n_local; i++) {
		if (conf->local[i].kind != CONF_HOST_RANGE ||
		    (family && family != conf->local[i].range.family))
			return 0;
		family = conf->local[i].range.family;
	}
	return family;
}

void lookup_begin(struct lookup *lookup, const char *name)
{
	struct tun *tun = lookup->tun;
	struct message_resolve ask = { .family = family_wanted(tun->conf),
				       .request = ++tun->na->last_lookup };

	lookup->request = ask.request;
	index_add(&tun->na->lookups, &lookup->link, (uint32_t)ask.request);
	snprintf(ask.name, sizeof(ask.name), "%s", name);
	na_send(tun->na, NA_RESOLVER, MSG_RESOLVE, &ask, sizeof(ask), -1);
}

void lookup_end(struct lookup *lookup)
{
	lookup->request = 0;
	index_remove(&lookup->link);
}

void na_resolved(struct netadmin *na, const struct message_resolved *answer)
{
	struct index_link *link = index_first(&na->lookups, (uint32_t)answer->request);
	struct lookup *lookup = link ? index_entry(link, struct lookup, link) : NULL;

	if (!lookup || lookup->request != answer->request)
		return;
	lookup_end(lookup);
	lookup->done(lookup->tun, answer);
}

/* --- our own address --- */

static bool range_has(const struct ike_addr_range *range, const struct ike_addr *addr)
{
	return range->family == addr->family &&
	       memcmp(addr->bytes, range->min, sizeof(range->min)) >= 0 &&
	       memcmp(addr->bytes, range->max, sizeof(range->max)) <= 0;
}

bool tun_local_present(struct tun *tun, const struct ike_addr *local)
{
	struct ike_ts ts = { .family = local->family };
	struct kernel *k = tun->na->kernel;
	struct ike_addr found;

	memcpy(ts.min, local->bytes, sizeof(ts.min));
	memcpy(ts.max, local->bytes, sizeof(ts.max));
	return k->ops->address_within(k, &ts, 1, local->family, &found);
}

unsigned int tun_locals(struct tun *tun, struct ike_addr_range list[IKE_ADDRS_MAX])
{
	const struct conf_tunnel *conf = tun->conf;
	struct kernel *k = tun->na->kernel;
	struct ike_addr addrs[IKE_ADDRS_MAX];
	unsigned int n = 0;
	size_t j, found;
	uint32_t i;

	for (i = 0; i < conf->n_local && n < IKE_ADDRS_MAX; i++) {
		if (conf->local[i].kind == CONF_HOST_RANGE)
			list[n++] = conf->local[i].range;
		if (conf->local[i].kind != CONF_HOST_INTERFACE)
			continue;
		found = k->ops->addresses_of(k, conf->local[i].name, addrs, IKE_ADDRS_MAX - n);
		for (j = 0; j < found; j++, n++) {
			memset(&list[n], 0, sizeof(list[n]));
			list[n].family = addrs[j].family;
			memcpy(list[n].min, addrs[j].bytes, sizeof(list[n].min));
			memcpy(list[n].max, addrs[j].bytes, sizeof(list[n].max));
		}
	}
	return n;
}

enum local_found {
	LOCAL_NONE, /* `local` names no single address of this family */
	LOCAL_ABSENT, /* none of those that it names is on this machine */
	LOCAL_FOUND
};

/*
 * Of the addresses that `local` names one by one the one that the route has, else
 * the first that is on this machine.
 */
static enum local_found local_configured(struct tun *tun, const struct ike_addr_range *list,
					 unsigned int n, struct ike_addr *local)
{
	enum local_found found = LOCAL_NONE;
	struct ike_addr routed = *local, one;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (list[i].family != routed.family ||
		    memcmp(list[i].min, list[i].max, sizeof(list[i].min)) != 0)
			continue;
		one = (struct ike_addr){ .family = routed.family };
		memcpy(one.bytes, list[i].min, sizeof(one.bytes));
		if (!memcmp(one.bytes, routed.bytes, sizeof(one.bytes))) {
			*local = routed;
			return LOCAL_FOUND;
		}
		if (found == LOCAL_FOUND)
			continue;
		found = tun_local_present(tun, &one) ? LOCAL_FOUND : LOCAL_ABSENT;
		*local = one;
	}
	return found;
}

int tun_local_choose(struct tun *tun, const struct ike_addr *to, struct ike_addr *local, char *err,
		     size_t err_len)
{
	struct kernel *k = tun->na->kernel;
	struct kernel_lookup lookup = { .to = *to, .fwmark = tun->conf->fwmark };
	struct ike_addr_range list[IKE_ADDRS_MAX];
	unsigned int i, n;
	char text[64];

	if (*tun->conf->underlay)
		lookup.underlay = if_nametoindex(tun->conf->underlay);
	if (tun->iface)
		lookup.avoid = tun->iface->ifindex;
	ike_addr_print(to, text, sizeof(text));
	if (k->ops->source(k, &lookup, local)) {
		snprintf(err, err_len, "no route to the peer %s: %s", text, kernel_error(k));
		return -1;
	}
	n = tun_locals(tun, list);
	switch (local_configured(tun, list, n, local)) {
	case LOCAL_FOUND:
		return 0;
	case LOCAL_ABSENT:
		snprintf(err, err_len, "our address %s, as 'local' has it, is not on this machine",
			 ike_addr_print(local, text, sizeof(text)));
		return -1;
	case LOCAL_NONE:
		break;
	}
	if (conf_has_kind(tun->conf->local, tun->conf->n_local, CONF_HOST_ANY))
		return 0;
	for (i = 0; i < n; i++)
		if (range_has(&list[i], local))
			return 0;
	snprintf(err, err_len, "the route to the peer %s leaves from an address outside 'local'",
		 text);
	return -1;
}

/* --- what the ike process asks for --- */

/** struct path_wish - IKE_FX_PATH with a name, which is being resolved */
struct path_wish {
	struct lookup lookup;
	struct ike_fx_path fx;
};

static void path_answer(struct tun *tun, const struct ike_fx_path *wish,
			const struct ike_addr *addrs, unsigned int n)
{
	struct ike_ev_path reply = { .request = wish->request };
	char err[KERNEL_ERROR_MAX + 128] = "there is no address but the one that we come from";
	unsigned int i;

	for (i = 0; i < n && !reply.ok; i++) {
		if (ike_host_equal(&addrs[i], &wish->not_to))
			continue;
		reply.remote = addrs[i];
		reply.remote.port = 0;
		reply.ok = !tun_local_choose(tun, &reply.remote, &reply.local, err, sizeof(err));
	}
	if (!reply.ok)
		snprintf(reply.why, sizeof(reply.why), "%s", err);
	na_send(tun->na, NA_IKE, MSG_PATH, &reply, sizeof(reply), -1);
}

static void path_refuse(struct tun *tun, uint64_t request, const char *why)
{
	struct ike_ev_path reply = { .request = request };

	snprintf(reply.why, sizeof(reply.why), "%s", why);
	na_send(tun->na, NA_IKE, MSG_PATH, &reply, sizeof(reply), -1);
}

static void path_resolved(struct tun *tun, const struct message_resolved *answer)
{
	struct path_wish *wish = tun->path_wish;
	char text[IKE_HOST_MAX + 256], addr[64];

	tun->path_wish = NULL;
	if (!answer->n) {
		snprintf(text, sizeof(text), "that name does not resolve: %.200s", answer->why);
		path_refuse(tun, wish->fx.request, text);
	} else {
		snprintf(text, sizeof(text), "resolved %s to %s%s", wish->fx.name,
			 ike_addr_print(&answer->addrs[0], addr, sizeof(addr)),
			 answer->n > 1 ? " and others" : "");
		tun_step_told(tun, -1, LOG_INFO, text);
		path_answer(tun, &wish->fx, answer->addrs, answer->n);
	}
	free(wish);
}

void tun_path_drop(struct tun *tun)
{
	if (!tun->path_wish)
		return;
	lookup_end(&tun->path_wish->lookup);
	free(tun->path_wish);
	tun->path_wish = NULL;
}

void tun_path(struct tun *tun, const struct ike_fx_path *wish)
{
	if (!wish->name[0]) {
		path_answer(tun, wish, wish->to, wish->n);
		return;
	}
	if (!tun->conf->ike->redirect) { /* a reload may have crossed */
		path_refuse(tun, wish->request, "'redirect' is off");
		return;
	}
	/* One name a tunnel is looked up at a time: the latest is wanted. */
	if (tun->path_wish)
		path_refuse(tun, tun->path_wish->fx.request, "another gateway is looked for");
	tun_path_drop(tun);
	tun->path_wish = calloc(1, sizeof(*tun->path_wish));
	if (!tun->path_wish)
		abort();
	tun->path_wish->fx = *wish;
	tun->path_wish->lookup.tun = tun;
	tun->path_wish->lookup.done = path_resolved;
	lookup_begin(&tun->path_wish->lookup, wish->name);
}
