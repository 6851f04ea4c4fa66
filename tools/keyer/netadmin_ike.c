// SPDX-License-Identifier: MIT
/*
 * The ike process's wishes. It reads what strangers send, so it may have been
 * taken over: it gets SPIs and SAs for connections that exist, with transforms
 * and selectors that the configuration has, and nothing else. A message that an
 * honest ike process cannot send ends the daemon.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/ike/iana.h"
#include "tools/keyer/log.h"
#include "tools/keyer/netadmin.h"

void na_violation(struct netadmin *na, const char *what)
{
	log_kv(LOG_ERR, "exit", "process", "ike", "error", "the ike process misbehaves", "why",
	       what, NULL);
	netadmin_stop(na, 1);
}

static bool name_ok(const char name[IKE_NAME_MAX])
{
	return message_text_ok(name, IKE_NAME_MAX);
}

int tun_child_index(const struct tun *tun, const char *name)
{
	uint32_t i;

	for (i = 0; i < tun->conf->n_children; i++)
		if (!strcmp(tun->conf->children[i].ike.name, name))
			return (int)i;
	return -1;
}

/* Two addresses of one family, with ports where ESP goes in UDP. */
static bool addrs_ok(const struct ike_fx_child *fx)
{
	return (fx->local.family == AF_INET || fx->local.family == AF_INET6) &&
	       fx->local.family == fx->remote.family &&
	       (!fx->encap || (fx->local.port && fx->remote.port));
}

static bool transform_configured(const struct ike_child_conf *conf, const struct ike_transform *t)
{
	unsigned int i, j;

	for (i = 0; i < conf->n_proposals; i++)
		for (j = 0; j < conf->proposals[i].n; j++)
			if (conf->proposals[i].t[j].type == t->type &&
			    conf->proposals[i].t[j].id == t->id &&
			    conf->proposals[i].t[j].key_bits == t->key_bits)
				return true;
	return false;
}

static bool ts_ok(const struct ike_ts *ts)
{
	size_t len = ts->family == AF_INET ? 4 : 16;

	return (ts->family == AF_INET || ts->family == AF_INET6) &&
	       memcmp(ts->min, ts->max, len) <= 0;
}

static bool ts_within(const struct ike_ts *inner, const struct ike_ts *outer)
{
	size_t len = inner->family == AF_INET ? 4 : 16;

	return inner->family == outer->family && memcmp(inner->min, outer->min, len) >= 0 &&
	       memcmp(inner->max, outer->max, len) <= 0 &&
	       (!outer->proto || outer->proto == inner->proto);
}

/* What was negotiated is within what is configured; "dynamic" is the outer address. */
static bool ts_list_ok(const struct ike_ts *ts, unsigned int n, const struct ike_ts *conf,
		       unsigned int n_conf)
{
	unsigned int i, j;
	bool single;

	for (i = 0; i < n; i++) {
		if (!ts_ok(&ts[i]))
			return false;
		/* Behind a NAT the inside address is not the one seen outside. */
		single = !memcmp(ts[i].min, ts[i].max, ts[i].family == AF_INET ? 4 : 16);
		if (!n_conf) {
			if (!single)
				return false;
			continue;
		}
		for (j = 0; j < n_conf && !ts_within(&ts[i], &conf[j]); j++)
			if (!conf[j].family && single && conf[j].proto == ts[i].proto)
				break;
		if (j == n_conf)
			return false;
	}
	return n > 0;
}

/* Return: NULL, or what an honest ike process would not have asked for. */
static const char *install_check(const struct tun *tun, int child, const struct ike_fx_child *fx)
{
	const struct ike_child_conf *conf = &tun->conf->children[child].ike;

	if (fx->n_local > IKE_TS_MAX || fx->n_remote > IKE_TS_MAX)
		return "number of traffic selectors";
	if (fx->encr_in.len > IKE_KEY_MAX || fx->encr_out.len > IKE_KEY_MAX ||
	    fx->integ_in.len > IKE_KEY_MAX || fx->integ_out.len > IKE_KEY_MAX)
		return "length of a key";
	if (!addrs_ok(fx))
		return "outer addresses";
	if (!spi_has(tun, fx->spi_in))
		return "inbound SPI that it did not get";
	if (ntohl(fx->spi_out) < 256)
		return "reserved outbound SPI";
	if (fx->mode > 1)
		return "mode";
	if (fx->protocol == PROTO_AH && fx->encap)
		return "AH in UDP";
	if (!fx->cpi_in != !fx->cpi_out)
		return "compression one way";
	return conf->name[0] ? NULL : "child";
}

/* Return: NULL, or why the pair, although well-formed, is refused: a reload may have crossed. */
static const char *install_policy(const struct tun *tun, int child, const struct ike_fx_child *fx)
{
	const struct ike_child_conf *conf = &tun->conf->children[child].ike;
	struct ike_transform integ = fx->integ;

	/* all proposals of a child are of one protocol */
	if (!conf->n_proposals || conf->proposals[0].protocol != fx->protocol)
		return "its protocol is not configured";
	if (fx->cpi_in && !conf->compress)
		return "compression is not configured";
	if (integ.id == INTEG_HMAC_SHA2_256_96 && conf->sha256_96)
		integ.id = INTEG_HMAC_SHA2_256_128;
	if ((fx->encr.id && !transform_configured(conf, &fx->encr)) ||
	    (integ.id && !transform_configured(conf, &integ)))
		return "its transforms are not configured";
	if (!ts_list_ok(fx->local_ts, fx->n_local, conf->local, conf->n_local) ||
	    !ts_list_ok(fx->remote_ts, fx->n_remote, conf->remote, conf->n_remote))
		return "its traffic selectors are outside the configured ones";
	return NULL;
}

static void child_install(struct tun *tun, int child, const struct ike_fx_child *fx)
{
	struct ike_ev_installed reply = { .request = fx->request };
	const char *bad = install_check(tun, child, fx);

	if (bad) {
		na_violation(tun->na, bad);
		return;
	}
	bad = install_policy(tun, child, fx);
	if (bad)
		snprintf(reply.why, sizeof(reply.why), "%s", bad);
	else
		reply.ok = !pair_install(tun, child, fx, reply.why, sizeof(reply.why));
	if (!reply.ok)
		tun_problem(tun, child, "kernel", reply.why,
			    "see ipsecvif sa show, and the kernel log");
	na_send(tun->na, NA_IKE, MSG_INSTALLED, &reply, sizeof(reply), -1);
}

static void child_message(struct netadmin *na, enum message_type type,
			  const struct ike_fx_child *fx)
{
	struct tun *tun = na_tun_by_conn(na, fx->conn);
	struct ike_ev_installed reply = { .request = fx->request };
	struct pair *pair;
	int child;

	if (!name_ok(fx->child)) {
		na_violation(na, "name of a child");
		return;
	}
	child = tun ? tun_child_index(tun, fx->child) : -1;
	if (type == MSG_CHILD_INSTALL && child < 0) {
		/* Removed while the message was under way. */
		snprintf(reply.why, sizeof(reply.why), "the tunnel is no longer configured");
		na_send(na, NA_IKE, MSG_INSTALLED, &reply, sizeof(reply), -1);
	} else if (type == MSG_CHILD_INSTALL) {
		child_install(tun, child, fx);
	} else if (tun && type == MSG_CHILD_UPDATE) {
		if (!addrs_ok(fx))
			na_violation(na, "addresses of an update");
		else
			pair_update(tun, fx);
	} else if (tun) {
		pair = pair_find(tun, fx->spi_in);
		if (pair) {
			pairs_switch(tun, fx->spi_in);
			pair_remove(tun, pair);
		}
	}
}

static void spi_message(struct netadmin *na, enum message_type type, const struct ike_fx_spi *fx)
{
	struct tun *tun = na_tun_by_conn(na, fx->conn);
	struct ike_ev_spi reply = { .request = fx->request };

	if (!name_ok(fx->child) || (fx->protocol != PROTO_ESP && fx->protocol != PROTO_AH)) {
		na_violation(na, "SPI request");
		return;
	}
	if (type == MSG_SPI_RELEASE) {
		if (tun && spi_take(tun, fx->spi))
			spi_give_back(tun, fx->spi);
	} else if (!tun) {
		snprintf(reply.why, sizeof(reply.why), "the tunnel is no longer configured");
		na_send(na, NA_IKE, MSG_SPI, &reply, sizeof(reply), -1);
	} else {
		spi_request(tun, fx);
	}
}

/* How to reach somebody: an honest ike process asks for names that may be looked up. */
static void path_message(struct netadmin *na, const struct ike_fx_path *fx)
{
	struct tun *tun = na_tun_by_conn(na, fx->conn);
	unsigned int i;

	if (!message_text_ok(fx->name, sizeof(fx->name)) || fx->n > IKE_ADDRS_MAX ||
	    (fx->name[0] && !ike_host_name_ok((const uint8_t *)fx->name, strlen(fx->name)))) {
		na_violation(na, "whom it looks for");
		return;
	}
	for (i = 0; i < fx->n; i++) {
		if (fx->to[i].family != AF_INET && fx->to[i].family != AF_INET6) {
			na_violation(na, "addresses that it looks for");
			return;
		}
	}
	if (tun)
		tun_path(tun, fx);
}

/* Our address behind a gateway: only if we asked for one. */
static void config_message(struct netadmin *na, const struct ike_fx_config *fx)
{
	struct tun *tun = na_tun_by_conn(na, fx->conn);
	unsigned int i;

	if (!tun)
		return;
	for (i = 0; i < 2; i++) {
		if (fx->addr[i].family && (fx->addr[i].family != (i ? AF_INET6 : AF_INET) ||
					   !(tun->conf->ike->request & 1U << i))) {
			na_violation(na, "an address that was not asked for");
			return;
		}
	}
	if (fx->n_dns > IKE_DNS_MAX || fx->n_nbns > IKE_NBNS_MAX) {
		na_violation(na, "number of name servers");
		return;
	}
	tun_config(tun, fx);
}

void na_ike_message(struct netadmin *na, enum message_type type, const void *data)
{
	switch (type) {
	case MSG_SPI_REQUEST:
	case MSG_SPI_RELEASE:
		spi_message(na, type, data);
		break;
	case MSG_CHILD_INSTALL:
	case MSG_CHILD_UPDATE:
	case MSG_CHILD_REMOVE:
		child_message(na, type, data);
		break;
	case MSG_PATH_REQUEST:
		path_message(na, data);
		break;
	case MSG_CONFIG:
		config_message(na, data);
		break;
	case MSG_STATUS:
		na_status_message(na, data);
		break;
	case MSG_SHUTDOWN_DONE:
		if (na->stopping)
			loop_stop(na->loop, na->result);
		break;
	default:
		na_violation(na, "a message that is not its own");
		break;
	}
}
