// SPDX-License-Identifier: MIT
/*
 * Level by level: what a tunnel's policy wants to be there is held against what
 * is, and the difference is done. So no order of events leaves a route behind.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/keyer/log.h"
#include "tools/keyer/netadmin.h"

/* --- the connection in ike --- */

/* The addresses that names stood for, last time, may call, too. */
static void conn_add_found(const struct tun *tun, struct conf_conn *conn)
{
	struct ike_addr_range *range;
	unsigned int i;

	if (tun->policy.remote >= tun->conf->n_remote ||
	    tun->conf->remote[tun->policy.remote].kind != CONF_HOST_NAME)
		return;
	for (i = 0; i < tun->n_found && conn->ike.n_remote < IKE_ADDRS_MAX; i++) {
		range = &conn->remote[conn->ike.n_remote++];
		range->family = tun->found[i].family;
		memcpy(range->min, tun->found[i].bytes, sizeof(range->min));
		memcpy(range->max, tun->found[i].bytes, sizeof(range->max));
	}
}

bool conf_has_kind(const struct conf_host *hosts, uint32_t n, enum conf_host_kind kind)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (hosts[i].kind == kind)
			return true;
	return false;
}

static bool tun_has_interfaces(const struct tun *tun)
{
	return conf_has_kind(tun->conf->local, tun->conf->n_local, CONF_HOST_INTERFACE);
}

/*
 * `local` as ike is told it. Where interfaces have no address nobody may call, but an
 * empty list would let all: so it has one that nobody calls, 0.0.0.0.
 */
static unsigned int locals_told(struct tun *tun, struct ike_addr_range list[IKE_ADDRS_MAX])
{
	unsigned int n = tun_locals(tun, list);

	if (!n)
		list[n++] = (struct ike_addr_range){ .family = AF_INET };
	return n;
}

static void conn_add_interfaces(struct tun *tun, struct conf_conn *conn)
{
	const struct conf_tunnel *conf = tun->conf;
	unsigned int n;

	if (!tun_has_interfaces(tun))
		return;
	n = locals_told(tun, conn->local);
	conn->ike.n_local =
		(uint8_t)(conf_has_kind(conf->local, conf->n_local, CONF_HOST_ANY) ? 0 : n);
	tun->locals = reallocarray(tun->locals, n, sizeof(*tun->locals));
	if (!tun->locals)
		abort();
	memcpy(tun->locals, conn->local, n * sizeof(*tun->locals));
	tun->n_locals = n;
}

void tun_locals_check(struct tun *tun)
{
	struct ike_addr_range list[IKE_ADDRS_MAX];
	unsigned int n;

	if (!tun->conn || !tun_has_interfaces(tun))
		return;
	n = locals_told(tun, list);
	if (n != tun->n_locals || memcmp(list, tun->locals, n * sizeof(list[0])) != 0)
		tun_publish(tun);
}

int tun_publish(struct tun *tun)
{
	struct netadmin *na = tun->na;
	struct conf_conn conn;
	size_t len;
	void *packed;

	if (!tun->conn) {
		tun->conn = ++na->last_conn;
		if (tun_secret_send(tun)) {
			tun->conn = 0;
			tun->conn_failed = true;
			return -1;
		}
		na_conn_index(tun);
	}
	tun->conn_failed = false;
	conf_tunnel_conn(tun->conf, &conn);
	conn_add_interfaces(tun, &conn);
	if (!conf_has_kind(tun->conf->remote, tun->conf->n_remote, CONF_HOST_ANY))
		conn_add_found(tun, &conn);
	conn.ike.id = tun->conn;
	len = ike_conf_length(&conn.ike);
	packed = malloc(len);
	if (!packed)
		abort();
	ike_conf_pack(&conn.ike, packed);
	na_send(na, NA_IKE, MSG_CONN_SET, packed, len, -1);
	free(packed);
	if (tun->debug)
		tun_debug(tun, true);
	return 0;
}

void tun_debug(struct tun *tun, bool on)
{
	struct message_debug message = { .conn = tun->conn, .on = on };

	tun->debug = on;
	if (tun->conn)
		na_send(tun->na, NA_IKE, MSG_DEBUG, &message, sizeof(message), -1);
}

static void tun_withdraw(struct tun *tun)
{
	struct message_conn message = { .conn = tun->conn };

	na_send(tun->na, NA_IKE, MSG_CONN_DEL, &message, sizeof(message), -1);
	na_send(tun->na, NA_KEYHOLDER, MSG_SECRET_DEL, &message, sizeof(message), -1);
	na_conn_unindex(tun);
	tun->conn = 0;
	/* What ike says of it from now on is of a connection that is no more. */
	while (tun->pairs)
		pair_remove(tun, tun->pairs);
	spi_release_all(tun);
	memset(&tun->ike, 0, sizeof(tun->ike));
	tun_given_drop(tun);
	tun_others_drop(tun);
}

/* --- addresses --- */

static void addresses_set(struct tun *tun, bool want)
{
	struct kernel *k = tun->na->kernel;
	char text[64];
	unsigned int i;
	int ret;

	for (i = 0; i < tun->conf->n_addresses; i++) {
		if (!!(tun->addresses >> i & 1) == want || !tun->iface || !tun->iface->ifindex)
			continue;
		ret = k->ops->address(k, tun->iface->ifindex, &tun->conf->addresses[i], want);
		if (!want) {
			tun->addresses &= ~(UINT32_C(1) << i);
		} else if (!ret || (ret == -EEXIST && tun->iface->made)) {
			/* On an interface of ours it was left by our predecessor. */
			tun->addresses |= UINT32_C(1) << i;
		} else if (ret != -EEXIST) {
			log_kv(LOG_WARNING, "address", "tunnel", tun->conf->name, "address",
			       ike_addr_print(&tun->conf->addresses[i].addr, text, sizeof(text)),
			       "error", kernel_error(k), NULL);
		}
	}
}

/* --- addresses that a gateway gave us --- */

static void routes_remove(struct tun *tun, unsigned int child);

static int vip_do(struct tun *tun, const struct ike_addr *addr, bool add)
{
	struct kernel *k = tun->na->kernel;
	struct conf_prefix prefix = { .addr = *addr, .length = addr->family == AF_INET ? 32 : 128 };
	char text[64];
	int ret = k->ops->address(k, tun->iface->ifindex, &prefix, add);

	if (ret && !(add && ret == -EEXIST))
		log_kv(LOG_WARNING, "address", "tunnel", tun->conf->name, "address",
		       ike_addr_print(addr, text, sizeof(text)), "error", kernel_error(k), NULL);
	return ret;
}

static void vips_set(struct tun *tun, bool want)
{
	unsigned int i, j;

	if (!tun->iface || !tun->iface->ifindex)
		return;
	for (i = 0; i < 2; i++) {
		struct ike_addr *is = &tun->vip_set[i], *to = &tun->vip[i];

		if (is->family && (!want || !ike_host_equal(is, to))) {
			/* The kernel takes away the routes that prefer it. */
			for (j = 0; j < tun->policy.n_children; j++)
				routes_remove(tun, j);
			vip_do(tun, is, false);
			is->family = 0;
		}
		if (want && to->family && !is->family && !vip_do(tun, to, true))
			*is = *to;
	}
}

void tun_given_drop(struct tun *tun)
{
	memset(tun->vip, 0, sizeof(tun->vip));
	free(tun->given);
	tun->given = NULL;
}

static void servers_tell(const struct tun *tun, const char *kind, const struct ike_addr *list,
			 unsigned int n)
{
	char text[256], addr[64];
	unsigned int i;
	size_t at = 0;

	for (i = 0; i < n && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i ? ", " : "",
				       ike_addr_print(&list[i], addr, sizeof(addr)));
	if (at)
		log_kv(LOG_NOTICE, kind, "tunnel", tun->conf->name, "servers", text, NULL);
}

void tun_config(struct tun *tun, const struct ike_fx_config *config)
{
	tun_given_drop(tun);
	memcpy(tun->vip, config->addr, sizeof(tun->vip));
	tun->given = malloc(sizeof(*config));
	if (!tun->given)
		abort();
	*tun->given = *config;
	servers_tell(tun, "dns", config->dns, config->n_dns);
	servers_tell(tun, "nbns", config->nbns, config->n_nbns);
}

/* --- routes --- */

static void route_text(const struct kernel_route *route, char *text, size_t len)
{
	char addr[64];

	ike_addr_print(&route->to.addr, addr, sizeof(addr));
	snprintf(text, len, "%s/%u metric %u", addr, route->to.length, route->metric);
}

/* The networks of a child that become routes: negotiated, or as configured while it waits. */
static const struct ike_ts *child_remotes(const struct tun *tun, unsigned int child, size_t *n)
{
	static struct ike_ts pool[IKE_POOL_MAX];
	const struct pair *pair = tun->children[child].pair;
	const struct ike_child_conf *conf = &tun->conf->children[child].ike;

	/* Clients come and go within their pool. */
	if (tun->conf->ike->n_pool) {
		*n = tun->conf->ike->n_pool;
		for (size_t i = 0; i < *n; i++) {
			const struct ike_addr_range *range = &tun->conf->ike->pool[i];

			pool[i] = (struct ike_ts){ .family = range->family, .port_max = 65535 };
			memcpy(pool[i].min, range->min, sizeof(pool[i].min));
			memcpy(pool[i].max, range->max, sizeof(pool[i].max));
		}
		return pool;
	}
	/* An armed tunnel keeps the routes that it had from the beginning. */
	if (pair && !tunnel_wants(&tun->policy, TUNNEL_WANT_TRAP, child)) {
		*n = pair->n_remote;
		return pair->ts + pair->n_local;
	}
	*n = ike_ts_dynamic(conf->remote, conf->n_remote) ? 0 : conf->n_remote;
	return conf->remote;
}

static const struct ike_ts *child_locals(const struct tun *tun, unsigned int child, size_t *n)
{
	const struct pair *pair = tun->children[child].pair;
	const struct ike_child_conf *conf = &tun->conf->children[child].ike;

	if (pair) {
		*n = pair->n_local;
		return pair->ts;
	}
	*n = ike_ts_dynamic(conf->local, conf->n_local) ? 0 : conf->n_local;
	return conf->local;
}

static void route_add(struct tun *tun, unsigned int child, struct kernel_route *route)
{
	struct tun_child *tc = &tun->children[child];
	struct kernel *k = tun->na->kernel;
	const struct ike_ts *locals;
	char text[96];
	size_t n;

	locals = child_locals(tun, child, &n);
	/* The gateway's own packets go from an address that the peer expects. */
	k->ops->address_within(k, locals, n, route->to.addr.family, &route->source);
	if (k->ops->route(k, route, true)) {
		route_text(route, text, sizeof(text));
		log_kv(LOG_WARNING, "route", "tunnel", tun->conf->name, "child",
		       tun->conf->children[child].ike.name, "route", text, "error", kernel_error(k),
		       NULL);
		return;
	}
	tc->routes = reallocarray(tc->routes, tc->n_routes + 1, sizeof(*route));
	if (!tc->routes)
		abort();
	tc->routes[tc->n_routes++] = *route;
}

static void routes_add(struct tun *tun, unsigned int child)
{
	const struct conf_child *conf = &tun->conf->children[child];
	struct conf_prefix prefixes[IPSECVIF_SELECTORS_PER_REQUEST];
	struct kernel_route route;
	const struct ike_ts *ts;
	size_t i, j, n, m;

	ts = child_remotes(tun, child, &n);
	for (i = 0; i < n; i++) {
		m = convert_prefixes(&ts[i], prefixes, IPSECVIF_SELECTORS_PER_REQUEST);
		for (j = 0; j < m; j++) {
			/* A default route into the tunnel is the operator's to decide. */
			if (conf->routes == CONF_ROUTES_AUTO && !prefixes[j].length)
				continue;
			route = (struct kernel_route){ .to = prefixes[j],
						       .ifindex = tun->iface->ifindex,
						       .metric = conf->metric };
			route_add(tun, child, &route);
		}
	}
}

static void routes_remove(struct tun *tun, unsigned int child)
{
	struct tun_child *tc = &tun->children[child];
	size_t i;

	for (i = 0; i < tc->n_routes; i++)
		tun->na->kernel->ops->route(tun->na->kernel, &tc->routes[i], false);
	free(tc->routes);
	tc->routes = NULL;
	tc->n_routes = 0;
}

static void routes_set(struct tun *tun, unsigned int child, bool want)
{
	struct tun_child *tc = &tun->children[child];

	if (!tun->iface || !tun->iface->ifindex ||
	    tun->conf->children[child].routes == CONF_ROUTES_NONE)
		want = false;
	if (want && !tc->n_routes)
		routes_add(tun, child);
	else if (!want && tc->n_routes)
		routes_remove(tun, child);
}

void tun_addresses_drop(struct tun *tun)
{
	unsigned int i;

	if (!tun->addresses)
		return;
	for (i = 0; i < tun->policy.n_children; i++)
		routes_remove(tun, i);
	addresses_set(tun, false);
}

/* --- traps --- */

uint32_t trap_key(unsigned int ifindex, const struct ipsecvif_selector *selector)
{
	uint32_t key = index_hash(0, &ifindex, sizeof(ifindex));

	/* What tells most of them apart; who finds one compares all. */
	key = index_hash(key, selector->src.bytes, sizeof(selector->src.bytes));
	return index_hash(key, selector->dst.bytes, sizeof(selector->dst.bytes));
}

static void trap_add(struct tun *tun, unsigned int child)
{
	const struct ike_child_conf *conf = &tun->conf->children[child].ike;
	struct ipsecvif_selector selectors[IPSECVIF_SELECTORS_PER_REQUEST];
	struct tun_child *tc = &tun->children[child];
	struct kernel *k = tun->na->kernel;
	char err[KERNEL_ERROR_MAX];
	size_t i;
	int n;

	n = convert_selectors(conf->local, conf->n_local, conf->remote, conf->n_remote, selectors,
			      IPSECVIF_SELECTORS_PER_REQUEST, err, sizeof(err));
	if (n > 0 && k->ops->selector_add(k, tun->iface->ifindex, selectors, (size_t)n)) {
		snprintf(err, sizeof(err), "%s", kernel_error(k));
		n = -1;
	}
	if (n <= 0) {
		log_kv(LOG_WARNING, "trap", "tunnel", tun->conf->name, "child", conf->name, "error",
		       err, NULL);
		return;
	}
	tc->traps = calloc((size_t)n, sizeof(*tc->traps));
	if (!tc->traps)
		abort();
	tc->n_traps = (size_t)n;
	for (i = 0; i < tc->n_traps; i++) {
		tc->traps[i].tun = tun;
		tc->traps[i].child = child;
		tc->traps[i].selector = selectors[i];
		index_add(&tun->na->traps, &tc->traps[i].link,
			  trap_key(tun->iface->ifindex, &selectors[i]));
	}
}

/* Forgets a child's traps; with @kernel, there as well. */
static void trap_drop(struct tun *tun, unsigned int child, bool kernel)
{
	struct ipsecvif_selector selectors[IPSECVIF_SELECTORS_PER_REQUEST];
	struct tun_child *tc = &tun->children[child];
	struct kernel *k = tun->na->kernel;
	size_t i;

	for (i = 0; i < tc->n_traps; i++) {
		selectors[i] = tc->traps[i].selector;
		index_remove(&tc->traps[i].link);
	}
	if (kernel && tc->n_traps)
		k->ops->selector_del(k, tun->iface->ifindex, selectors, tc->n_traps);
	free(tc->traps);
	tc->traps = NULL;
	tc->n_traps = 0;
}

static void trap_set(struct tun *tun, unsigned int child, bool want)
{
	const struct ike_child_conf *conf = &tun->conf->children[child].ike;
	const struct tun_child *tc = &tun->children[child];

	if (!tun->iface || !tun->iface->ifindex || ike_ts_dynamic(conf->local, conf->n_local) ||
	    ike_ts_dynamic(conf->remote, conf->n_remote))
		want = false;
	if (want && !tc->n_traps)
		trap_add(tun, child);
	else if (!want && tc->n_traps)
		trap_drop(tun, child, tun->iface && tun->iface->ifindex);
}

void tun_forget_kernel(struct tun *tun)
{
	unsigned int i;

	for (i = 0; i < tun->policy.n_children; i++) {
		free(tun->children[i].routes);
		tun->children[i].routes = NULL;
		tun->children[i].n_routes = 0;
		trap_drop(tun, i, false);
	}
	tun->addresses = 0;
	memset(tun->vip_set, 0, sizeof(tun->vip_set));
	spis_forget(tun);
	while (tun->pairs)
		pair_forget(tun, tun->pairs);
}

void tun_reconcile(struct tun *tun)
{
	bool want = tunnel_wants(&tun->policy, TUNNEL_WANT_CONN, 0) && tun->iface;
	unsigned int i;

	if (want && !tun->conn && !tun->conn_failed)
		tun_publish(tun);
	else if (!want && tun->conn)
		tun_withdraw(tun);
	for (i = 0; i < tun->policy.n_children; i++)
		trap_set(tun, i, tunnel_wants(&tun->policy, TUNNEL_WANT_TRAP, i));
	want = tunnel_wants(&tun->policy, TUNNEL_WANT_ADDRESS, 0);
	if (want)
		addresses_set(tun, true);
	vips_set(tun, want && tun->ike.up);
	for (i = 0; i < tun->policy.n_children; i++)
		routes_set(tun, i, tunnel_wants(&tun->policy, TUNNEL_WANT_ROUTES, i));
	/* Last: with an address go the routes that prefer it. */
	if (!want)
		addresses_set(tun, false);
	/* Routes are there when a program hears of a child, and gone when of its end. */
	for (i = 0; i < tun->policy.n_children; i++)
		hook_child(tun, i);
	loop_timer_set(tun->na->loop, &tun->timer, tunnel_deadline(&tun->policy));
}
