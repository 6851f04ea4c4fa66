// SPDX-License-Identifier: MIT
/* The configuration to tunnels, at start and at a reload. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/log.h"
#include "tools/keyer/netadmin.h"

static unsigned int name_bucket(const char *name)
{
	uint32_t hash = 2166136261U;

	while (*name)
		hash = (hash ^ (uint8_t)*name++) * 16777619U;
	return hash % NETADMIN_BUCKETS;
}

struct tun *na_tun_by_name(struct netadmin *na, const char *name)
{
	struct tun *tun;

	for (tun = na->by_name[name_bucket(name)]; tun; tun = tun->next_by_name)
		if (!strcmp(tun->conf->name, name))
			return tun;
	return NULL;
}

struct tun *na_tun_by_conn(struct netadmin *na, uint32_t conn)
{
	struct tun *tun;

	if (!conn)
		return NULL;
	for (tun = na->by_conn[conn % NETADMIN_BUCKETS]; tun; tun = tun->next_by_conn)
		if (tun->conn == conn)
			return tun;
	return NULL;
}

void na_conn_index(struct tun *tun)
{
	struct tun **head = &tun->na->by_conn[tun->conn % NETADMIN_BUCKETS];

	tun->next_by_conn = *head;
	*head = tun;
}

void na_conn_unindex(struct tun *tun)
{
	struct tun **at = &tun->na->by_conn[tun->conn % NETADMIN_BUCKETS];

	while (*at && *at != tun)
		at = &(*at)->next_by_conn;
	if (*at)
		*at = tun->next_by_conn;
}

void na_tun_each(struct netadmin *na, void (*fn)(struct tun *tun, void *arg), void *arg)
{
	struct tun *tun, *next;
	unsigned int i;

	for (i = 0; i < NETADMIN_BUCKETS; i++) {
		for (tun = na->by_name[i]; tun; tun = next) {
			next = tun->next_by_name;
			fn(tun, arg);
		}
	}
}

static void tun_timer(void *arg)
{
	tun_event(arg, TUNNEL_EV_TIMER, -1, IKE_WHY_NONE);
}

static struct tun *tun_new(struct netadmin *na, const struct conf_tunnel *conf)
{
	const size_t n = conf->n_children ? conf->n_children : 1;
	struct tun *tun = calloc(1, sizeof(*tun) + n * sizeof(tun->children[0]));
	struct tun **head = &na->by_name[name_bucket(conf->name)];

	if (!tun)
		abort();
	tun->na = na;
	tun->conf = conf;
	tunnel_init(&tun->policy, calloc(n, sizeof(struct tunnel_child)), conf, loop_now());
	if (!tun->policy.children)
		abort();
	loop_timer_init(&tun->timer, tun_timer, tun);
	tun->next_by_name = *head;
	*head = tun;
	return tun;
}

void tun_start(struct tun *tun)
{
	char err[KERNEL_ERROR_MAX + 64];
	unsigned int i;

	if (!tun->conf->enabled)
		return;
	/* Before anything else: from now on nothing leaks, even if all that follows fails. */
	for (i = 0; i < tun->conf->n_children; i++)
		block_child(tun, i, true);
	iface_join(tun, iface_get(tun->na, tun->conf, err, sizeof(err)));
	if (!tun->iface) {
		tun_problem(tun, -1, "kernel", err, "");
		return;
	}
	if (!tun->iface->up)
		tun_event(tun, TUNNEL_EV_LINK_DOWN, -1, IKE_WHY_OPERATOR);
	else
		tun_event(tun, TUNNEL_EV_START, -1, IKE_WHY_NONE);
}

void na_tun_clear(struct tun *tun)
{
	unsigned int i;

	/* A policy at rest and held wants nothing, so this removes all. */
	tunnel_init(&tun->policy, tun->policy.children, tun->conf, loop_now());
	tun->policy.held = true;
	tun_reconcile(tun);
	call_end(tun);
	lookup_end(&tun->lookup);
	tun_path_drop(tun);
	for (i = 0; i < tun->conf->n_children; i++)
		block_child(tun, i, false);
	for (i = 0; i < tun->conf->n_children; i++) {
		free(tun->children[i].problem);
		tun->children[i].problem = NULL;
	}
	free(tun->problem);
	tun->problem = NULL;
	iface_put(tun->na, iface_leave(tun));
}

void na_tun_free(struct tun *tun)
{
	struct tun **at = &tun->na->by_name[name_bucket(tun->conf->name)];

	control_tunnel_gone(tun->na->control, tun);
	na_tun_clear(tun);
	loop_timer_set(tun->na->loop, &tun->timer, LOOP_NEVER);
	while (*at != tun)
		at = &(*at)->next_by_name;
	*at = tun->next_by_name;
	free(tun->policy.children);
	free(tun->found);
	free(tun->locals);
	spis_forget(tun);
	tun_given_drop(tun);
	free(tun);
}

void na_configure(struct netadmin *na, struct conf *conf)
{
	size_t i;

	na->conf = conf;
	for (i = 0; i < conf->n_tunnels; i++)
		tun_start(tun_new(na, conf->tunnels[i]));
}

/* How much of a tunnel a reload touches. */
enum touch {
	TOUCH_NONE,
	TOUCH_ADJUST,
	TOUCH_RESTART
};

static bool change_has(const struct conf_change *change, const char *key)
{
	size_t i;

	for (i = 0; i < change->n_keys; i++)
		if (!strcmp(change->keys[i], key))
			return true;
	return false;
}

static enum touch tunnel_touch(const struct conf_diff *diff, const char *name, bool *secret,
			       bool *address)
{
	static const char *const files[] = {
		"psk-file",	     "key-file",   "cert",	    "ca",
		"remote-cert",	     "crl",	   "remote-pubkey", "eap-users",
		"eap-password-file", "strict-crl", "rsa-padding",   "ocsp"
	};
	const struct conf_change *change;
	enum touch touch = TOUCH_NONE;
	size_t i, j;

	*secret = *address = false;
	for (i = 0; i < diff->n; i++) {
		change = &diff->changes[i];
		if (strcmp(change->tunnel, name) != 0)
			continue;
		/*
		 * Children that come, go or change their selectors take the
		 * tunnel with them: their places in the configuration move.
		 */
		if (change->kind != CONF_CHANGE_ADJUST || change_has(change, "enabled") ||
		    change_has(change, "start") || change_has(change, "routes") ||
		    change_has(change, "block") || change_has(change, "metric"))
			return TOUCH_RESTART;
		touch = TOUCH_ADJUST;
		for (j = 0; j < sizeof(files) / sizeof(files[0]); j++)
			*secret |= change_has(change, files[j]);
		*address |= change_has(change, "address");
	}
	return touch;
}

static void tun_adjust(struct tun *tun, const struct conf_tunnel *conf, bool secret, bool address)
{
	char err[KERNEL_ERROR_MAX + 64];

	/* Addresses go by their place in the list, which is about to change. */
	if (address)
		tun_addresses_drop(tun);
	tun->conf = conf;
	tunnel_configure(&tun->policy, conf);
	if (tun->iface && iface_set(tun->na, tun->iface, conf, err, sizeof(err)))
		tun_problem(tun, -1, "kernel", err, "");
	tun->conn_failed = false;
	if (tun->conn && secret)
		tun_secret_send(tun);
	if (tun->conn)
		tun_publish(tun);
	tun_reconcile(tun);
}

void na_reload(struct netadmin *na, struct conf *conf, const struct conf_diff *diff)
{
	struct conf *old = na->conf;
	const struct conf_tunnel *match;
	struct iface *kept = na->ifaces, *iface, *next;
	bool secret, address;
	enum touch touch;
	struct tun *tun;
	size_t i;

	/* An interface whose tunnels are only restarted stays, with what others put on it. */
	for (iface = kept; iface; iface = iface->next)
		iface->users++;
	block_conf(na, conf, true);
	/* What goes, goes first: its interface or addresses may be wanted by what comes. */
	for (i = 0; i < old->n_tunnels; i++) {
		match = conf_find(conf, old->tunnels[i]->name);
		tun = na_tun_by_name(na, old->tunnels[i]->name);
		if (!tun)
			continue;
		touch = match ? tunnel_touch(diff, match->name, &secret, &address) : TOUCH_RESTART;
		/* A reload that changes a tunnel is the operator's word: it is free again. */
		if (touch == TOUCH_RESTART || (touch == TOUCH_ADJUST && tun->policy.held))
			na_tun_free(tun);
	}
	na->conf = conf;
	for (i = 0; i < conf->n_tunnels; i++) {
		tun = na_tun_by_name(na, conf->tunnels[i]->name);
		if (!tun)
			continue;
		touch = tunnel_touch(diff, conf->tunnels[i]->name, &secret, &address);
		if (touch == TOUCH_ADJUST)
			tun_adjust(tun, conf->tunnels[i], secret, address);
		else
			tun->conf = conf->tunnels[i];
	}
	for (i = 0; i < conf->n_tunnels; i++)
		if (!na_tun_by_name(na, conf->tunnels[i]->name))
			tun_start(tun_new(na, conf->tunnels[i]));
	block_conf(na, conf, false);
	/* New ones stand before those that were held. */
	for (iface = kept; iface; iface = next) {
		next = iface->next;
		iface_put(na, iface);
	}
	conf_free(old);
	malloc_trim(0);
}
