// SPDX-License-Identifier: MIT
/* The tunnel object of the control protocol. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/keyer/control.h"

static void add_string(struct json_object *to, const char *key, const char *text)
{
	if (text && *text)
		json_object_object_add(to, key, json_object_new_string(text));
}

static void add_int(struct json_object *to, const char *key, uint64_t value)
{
	json_object_object_add(to, key, json_object_new_int64((int64_t)value));
}

static void add_bool(struct json_object *to, const char *key, bool value)
{
	json_object_object_add(to, key, json_object_new_boolean(value));
}

/* Milliseconds as seconds with three decimals, as they are written. */
static void add_seconds(struct json_object *to, const char *key, uint64_t ms)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu.%03u", (unsigned long long)(ms / 1000),
		 (unsigned int)(ms % 1000));
	json_object_object_add(to, key, json_object_new_double_s((double)ms / 1000, text));
}

static void add_ago(struct json_object *to, const char *key, uint64_t since)
{
	uint64_t now = loop_now();

	add_seconds(to, key, now > since ? now - since : 0);
}

static void add_ahead(struct json_object *to, const char *key, uint64_t at)
{
	uint64_t now = loop_now();

	if (at && at != LOOP_NEVER)
		add_seconds(to, key, at > now ? at - now : 0);
}

static void add_spi(struct json_object *to, const char *key, uint32_t spi)
{
	char text[16];

	snprintf(text, sizeof(text), "0x%08x", ntohl(spi));
	add_string(to, key, text);
}

static void add_cookie(struct json_object *to, const char *key, const uint8_t spi[8])
{
	char text[20];
	int i, at = sprintf(text, "0x");

	for (i = 0; i < 8; i++)
		at += sprintf(text + at, "%02x", spi[i]);
	add_string(to, key, text);
}

struct json_object *json_time(uint64_t ms)
{
	struct timespec now;
	struct tm tm;
	char text[40], stamp[24];
	time_t seconds;

	if (!ms) {
		clock_gettime(CLOCK_REALTIME, &now);
		ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	}
	seconds = (time_t)(ms / 1000);
	gmtime_r(&seconds, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s.%03uZ", stamp, (unsigned int)(ms % 1000));
	return json_object_new_string(text);
}

static void add_problem(struct json_object *to, const struct problem *problem)
{
	struct json_object *error;

	if (!problem)
		return;
	error = json_object_new_object();
	json_object_object_add(error, "time", json_time(problem->at));
	add_string(error, "sentence", problem->sentence);
	add_string(error, "hint", problem->hint);
	add_string(error, "code", problem->code);
	add_int(error, "count", problem->count);
	json_object_object_add(to, "last_error", error);
}

static const char *id_type_name(uint8_t type)
{
	switch (type) {
	case IKE_ID_IPV4:
		return "ipv4";
	case IKE_ID_IPV6:
		return "ipv6";
	case IKE_ID_FQDN:
		return "fqdn";
	case IKE_ID_EMAIL:
		return "rfc822";
	case IKE_ID_DN:
		return "dn";
	case IKE_ID_KEY_ID:
		return "key-id";
	default:
		return NULL;
	}
}

static struct json_object *json_end(const struct ike_addr *addr, const struct ike_id *id)
{
	struct json_object *end = json_object_new_object();
	struct ike_addr bare = *addr;
	char text[512];

	bare.port = 0;
	if (addr->family)
		add_string(end, "address", ike_addr_print(&bare, text, sizeof(text)));
	if (addr->port)
		add_int(end, "port", addr->port);
	if (id->type != IKE_ID_ANY) {
		add_string(end, "id", ike_id_print(id, text, sizeof(text)));
		add_string(end, "id_type", id_type_name(id->type));
	}
	return end;
}

/* What a gateway gave us. */
static void add_addrs(struct json_object *to, const char *key, const struct ike_addr *a, size_t n)
{
	struct json_object *array = NULL;
	char text[64];
	size_t i;

	for (i = 0; i < n; i++) {
		if (!a[i].family)
			continue;
		if (!array)
			array = json_object_new_array();
		json_object_array_add(
			array, json_object_new_string(ike_addr_print(&a[i], text, sizeof(text))));
	}
	if (array)
		json_object_object_add(to, key, array);
}

static struct json_object *json_ike(const struct tun *tun, const struct tun_ike *ike, bool encap)
{
	struct json_object *object = json_object_new_object(), *part;

	add_int(object, "version", 2);
	add_string(object, "role", ike->initiator ? "initiator" : "responder");
	json_object_object_add(object, "local", json_end(&ike->local, &tun->conf->ike->local_id));
	json_object_object_add(object, "remote", json_end(&ike->remote, &ike->peer_id));
	add_cookie(object, "spi_local", ike->initiator ? ike->spi_i : ike->spi_r);
	add_cookie(object, "spi_remote", ike->initiator ? ike->spi_r : ike->spi_i);
	add_string(object, "proposal", ike->proposal);
	add_ago(object, "established", ike->since);
	add_ahead(object, "rekey_in", ike->rekey_at);
	add_ahead(object, "reauth_in", ike->reauth_at);
	if (tun->conf->ike->lifetime)
		add_ahead(object, "lifetime_in", ike->since + tun->conf->ike->lifetime);
	add_addrs(object, "addresses", tun->vip, 2);
	if (tun->given) {
		add_addrs(object, "dns", tun->given->dns, tun->given->n_dns);
		add_addrs(object, "nbns", tun->given->nbns, tun->given->n_nbns);
	}
	part = json_object_new_object();
	add_bool(part, "local", ike->nat_local);
	add_bool(part, "remote", ike->nat_remote);
	add_bool(part, "encap", encap);
	json_object_object_add(object, "nat", part);
	if (tun->conf->ike->dpd_delay && tun->conf->dpd_action != CONF_ACTION_NONE) {
		part = json_object_new_object();
		add_seconds(part, "delay", tun->conf->ike->dpd_delay);
		json_object_object_add(object, "dpd", part);
	}
	return object;
}

static struct json_object *json_ts(const struct ike_ts *ts, size_t n)
{
	struct json_object *array = json_object_new_array();
	char text[256];
	size_t i;

	for (i = 0; i < n; i++)
		json_object_array_add(
			array, json_object_new_string(ike_ts_print(&ts[i], text, sizeof(text))));
	if (!n)
		json_object_array_add(array, json_object_new_string("dynamic"));
	return array;
}

static void add_counters(struct json_object *to, struct netadmin *na, const struct tun *tun,
			 const struct pair *pair)
{
	struct kernel *k = na->kernel;
	struct ipsecvif_sa_id id = { .dir = IPSECVIF_DIR_IN, .spi = ntohl(pair->spi_in) };
	struct ipsecvif_sa sa;

	if (!tun->iface || !tun->iface->ifindex)
		return;
	if (!k->ops->sa_get(k, tun->iface->ifindex, &id, &sa)) {
		add_int(to, "bytes_in", sa.counters.bytes);
		add_int(to, "packets_in", sa.counters.packets);
		ipsecvif_sa_fini(&sa);
	}
	id.dir = IPSECVIF_DIR_OUT;
	id.spi = ntohl(pair->spi_out);
	convert_addr_to_lib(&pair->remote, &id.dst);
	if (!k->ops->sa_get(k, tun->iface->ifindex, &id, &sa)) {
		add_int(to, "bytes_out", sa.counters.bytes);
		add_int(to, "packets_out", sa.counters.packets);
		ipsecvif_sa_fini(&sa);
	}
}

static const char *child_state_name(const struct tun *tun, unsigned int child)
{
	if (!tun)
		return "down";
	switch (tun->policy.children[child].state) {
	case TUNNEL_CHILD_UP:
		return "up";
	case TUNNEL_CHILD_CREATING:
		return "creating";
	default:
		return tunnel_wants(&tun->policy, TUNNEL_WANT_TRAP, child) ? "waiting" : "down";
	}
}

static void add_pair(struct json_object *to, struct netadmin *na, const struct tun *tun,
		     const struct pair *pair)
{
	add_spi(to, "spi_in", pair->spi_in);
	add_spi(to, "spi_out", pair->spi_out);
	add_string(to, "protocol", pair->ah ? "ah" : "esp");
	add_string(to, "proposal", pair->proposal);
	if (pair->compressed)
		add_string(to, "compression", "deflate");
	json_object_object_add(to, "ts_local", json_ts(pair->ts, pair->n_local));
	json_object_object_add(to, "ts_remote", json_ts(pair->ts + pair->n_local, pair->n_remote));
	add_counters(to, na, tun, pair);
	add_ago(to, "established", pair->at);
	add_ahead(to, "rekey_in", pair->rekey_at);
	if (pair->hard_ms)
		add_ahead(to, "lifetime_in", pair->at + pair->hard_ms);
}

static struct json_object *json_child(struct netadmin *na, const struct conf_tunnel *conf,
				      const struct tun *tun, unsigned int child, bool full)
{
	const struct conf_child *cc = &conf->children[child];
	struct json_object *object = json_object_new_object();

	add_string(object, "name", cc->ike.name);
	add_string(object, "state", child_state_name(tun, child));
	if (!full)
		return object;
	if (tun)
		add_ago(object, "since", tun->policy.children[child].since);
	add_string(object, "mode", cc->ike.mode ? "tunnel" : "transport");
	if (tun && tun->children[child].pair)
		add_pair(object, na, tun, tun->children[child].pair);
	json_object_object_add(object, "wanted_local", json_ts(cc->ike.local, cc->ike.n_local));
	json_object_object_add(object, "wanted_remote", json_ts(cc->ike.remote, cc->ike.n_remote));
	if (cc->metric)
		add_int(object, "metric", cc->metric);
	if (tun)
		add_problem(object, tun->children[child].problem);
	return object;
}

/* --- several peers --- */

static struct json_object *json_peer(struct netadmin *na, const struct tun *tun,
				     const struct tun_ike *ike)
{
	struct json_object *peer, *child, *children = json_object_new_array();
	const struct conf_child *cc;
	const struct pair *pair;
	bool encap = false;

	for (pair = tun->pairs; pair; pair = pair->next) {
		if (!spis_same(pair->ike_spi_i, pair->ike_spi_r, ike->spi_i, ike->spi_r))
			continue;
		cc = &tun->conf->children[pair->child];
		child = json_object_new_object();
		add_string(child, "name", cc->ike.name);
		add_string(child, "mode", cc->ike.mode ? "tunnel" : "transport");
		add_pair(child, na, tun, pair);
		json_object_array_add(children, child);
		encap |= pair->encap;
	}
	peer = json_ike(tun, ike, encap);
	json_object_object_add(peer, "children", children);
	return peer;
}

static void add_peers(struct json_object *to, struct netadmin *na, const struct tun *tun)
{
	struct json_object *array = json_object_new_array();
	const struct tun_others *o;

	json_object_array_add(array, json_peer(na, tun, &tun->ike));
	for (o = tun->others; o; o = o->next)
		json_object_array_add(array, json_peer(na, tun, &o->ike));
	json_object_object_add(to, "peers", array);
}

static struct json_object *json_remotes(const struct conf_tunnel *conf)
{
	struct json_object *array = json_object_new_array();
	char text[128], end[64];
	struct ike_addr addr = { 0 };
	size_t len;
	uint32_t i;

	for (i = 0; i < conf->n_remote; i++) {
		switch (conf->remote[i].kind) {
		case CONF_HOST_NAME:
			json_object_array_add(array, json_object_new_string(conf->remote[i].name));
			continue;
		case CONF_HOST_ANY:
			json_object_array_add(array, json_object_new_string("any"));
			continue;
		default:
			break;
		}
		addr.family = conf->remote[i].range.family;
		memcpy(addr.bytes, conf->remote[i].range.min, 16);
		snprintf(text, sizeof(text), "%s", ike_addr_print(&addr, end, sizeof(end)));
		if (memcmp(conf->remote[i].range.min, conf->remote[i].range.max, 16) != 0) {
			memcpy(addr.bytes, conf->remote[i].range.max, 16);
			len = strlen(text);
			snprintf(text + len, sizeof(text) - len, "-%s",
				 ike_addr_print(&addr, end, sizeof(end)));
		}
		json_object_array_add(array, json_object_new_string(text));
	}
	return array;
}

static void add_retry(struct json_object *to, const struct tun *tun)
{
	struct json_object *retry;

	if (tun->policy.retry_at == TUNNEL_NEVER)
		return;
	retry = json_object_new_object();
	add_int(retry, "count", tun->policy.failures);
	add_ahead(retry, "next_in", tun->policy.retry_at);
	json_object_object_add(to, "retry", retry);
}

static const char *start_name(uint32_t start)
{
	static const char *const names[] = { "respond", "start", "on-demand", "start,on-demand" };

	return names[start & 3];
}

static void add_local(struct json_object *to, const struct conf_tunnel *conf, const struct tun *tun)
{
	struct ike_addr local = { 0 };
	char text[64];

	if (tun && tun->ike.up)
		local = tun->ike.local;
	else if (tun && tun->policy.state == TUNNEL_CONNECTING)
		local = tun->call_local;
	local.port = 0;
	if (local.family)
		add_string(to, "local", ike_addr_print(&local, text, sizeof(text)));
	else
		add_string(to, "local", conf->text[conf_key_index("local")]);
}

struct json_object *json_tunnel(struct netadmin *na, const struct conf_tunnel *conf,
				struct tun *tun, bool full)
{
	struct json_object *object = json_object_new_object(), *children;
	bool encap = false;
	char where[512];
	uint32_t i;

	add_string(object, "name", conf->name);
	add_string(object, "interface", conf->interface);
	add_string(object, "state", tunnel_state_name(tun ? tun->policy.state : TUNNEL_DOWN));
	if (tun)
		add_ago(object, "since", tun->policy.since);
	add_string(object, "start", start_name(conf->start));
	add_local(object, conf, tun);
	json_object_object_add(object, "remote", json_remotes(conf));
	children = json_object_new_array();
	for (i = 0; i < conf->n_children; i++) {
		json_object_array_add(children, json_child(na, conf, tun, i, full));
		if (tun && tun->children[i].pair && tun->children[i].pair->encap)
			encap = true;
	}
	if (tun && full && tun->ike.up)
		json_object_object_add(object, "ike", json_ike(tun, &tun->ike, encap));
	json_object_object_add(object, "children", children);
	if (tun && tun->others) {
		add_int(object, "peers_up", 1 + tun_others_count(tun));
		if (full)
			add_peers(object, na, tun);
	}
	if (tun) {
		add_problem(object, tun->problem);
		add_retry(object, tun);
	}
	snprintf(where, sizeof(where), "%s:%u", conf->pos.file, conf->pos.line);
	if (full)
		add_string(object, "config", where);
	return object;
}
