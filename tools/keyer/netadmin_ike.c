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

static void violation(struct netadmin *na, const char *what)
{
	log_kv(LOG_ERR, "exit", "process", "ike", "error", "the ike process misbehaves", "why",
	       what, NULL);
	netadmin_stop(na, 1);
}

/* Words the peer may have chosen: what is no printable ASCII becomes '?'. */
static void text_clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
			*text = '?';
}

static bool name_ok(const char name[IKE_NAME_MAX])
{
	return message_text_ok(name, IKE_NAME_MAX);
}

static int child_index(const struct tun *tun, const char *name)
{
	uint32_t i;

	for (i = 0; i < tun->conf->n_children; i++)
		if (!strcmp(tun->conf->children[i].ike.name, name))
			return (int)i;
	return -1;
}

static bool addr_ok(const struct ike_addr *addr)
{
	return addr->family == AF_INET || addr->family == AF_INET6;
}

/* --- SPIs --- */

static bool spi_take(struct tun *tun, uint32_t spi)
{
	unsigned int i;

	for (i = 0; i < tun->n_spis; i++) {
		if (tun->spis[i] != spi)
			continue;
		tun->spis[i] = tun->spis[--tun->n_spis];
		return true;
	}
	return false;
}

static bool spi_has(const struct tun *tun, uint32_t spi)
{
	unsigned int i;

	for (i = 0; i < tun->n_spis; i++)
		if (tun->spis[i] == spi)
			return true;
	return false;
}

static void spi_give_back(struct tun *tun, uint32_t spi)
{
	struct ipsecvif_sa_id id = { .dir = IPSECVIF_DIR_IN, .spi = ntohl(spi) };
	struct kernel *k = tun->na->kernel;

	if (tun->iface && tun->iface->ifindex)
		k->ops->sa_del(k, tun->iface->ifindex, &id, 1);
}

void spi_release_all(struct tun *tun)
{
	while (tun->n_spis)
		spi_give_back(tun, tun->spis[--tun->n_spis]);
}

static void spi_request(struct tun *tun, const struct ike_fx_spi *ask)
{
	struct ike_ev_spi reply = { .request = ask->request };
	struct kernel *k = tun->na->kernel;
	uint32_t spi = 0;

	if (tun->n_spis == NETADMIN_SPIS_MAX)
		snprintf(reply.why, sizeof(reply.why), "too many SPIs wait to be used");
	else if (!tun->iface || !tun->iface->ifindex)
		snprintf(reply.why, sizeof(reply.why), "interface %s is gone",
			 tun->conf->interface);
	else if (k->ops->spi_alloc(k, tun->iface->ifindex,
				   ask->protocol == PROTO_AH ? IPPROTO_AH : IPPROTO_ESP, &spi))
		snprintf(reply.why, sizeof(reply.why), "%s", kernel_error(k));
	else
		reply.ok = true;
	if (reply.ok) {
		reply.spi = htonl(spi);
		tun->spis[tun->n_spis++] = reply.spi;
	}
	na_send(tun->na, NA_IKE, MSG_SPI, &reply, sizeof(reply), -1);
}

/* --- SA pairs --- */

struct pair *pair_find(struct tun *tun, uint32_t spi_in)
{
	struct pair *pair;

	for (pair = tun->pairs; pair; pair = pair->next)
		if (pair->spi_in == spi_in)
			return pair;
	return NULL;
}

void pair_forget(struct tun *tun, struct pair *pair)
{
	struct pair **at = &tun->pairs, *other;

	while (*at != pair)
		at = &(*at)->next;
	*at = pair->next;
	if (tun->children[pair->child].pair == pair) {
		/* The newest of those left carries on. */
		for (other = tun->pairs; other && other->child != pair->child; other = other->next)
			;
		tun->children[pair->child].pair = other;
	}
	free(pair->ts);
	free(pair);
}

void pair_remove(struct tun *tun, struct pair *pair)
{
	struct ipsecvif_sa_id ids[2] = {
		{ .dir = IPSECVIF_DIR_IN, .spi = ntohl(pair->spi_in) },
		{ .dir = IPSECVIF_DIR_OUT, .spi = ntohl(pair->spi_out) },
	};
	struct kernel *k = tun->na->kernel;
	int i;

	convert_addr_to_lib(&pair->remote, &ids[1].dst);
	/* Together if both are there; one may have reached its hard limit. */
	if (tun->iface && tun->iface->ifindex && k->ops->sa_del(k, tun->iface->ifindex, ids, 2))
		for (i = 0; i < 2; i++)
			k->ops->sa_del(k, tun->iface->ifindex, &ids[i], 1);
	pair_forget(tun, pair);
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
		       unsigned int n_conf, const struct ike_addr *outer)
{
	size_t len = outer->family == AF_INET ? 4 : 16;
	unsigned int i, j;

	for (i = 0; i < n; i++) {
		if (!ts_ok(&ts[i]))
			return false;
		if (!n_conf) {
			/* Behind a NAT the inside address is not the one seen outside. */
			if (memcmp(ts[i].min, ts[i].max, len) != 0)
				return false;
			continue;
		}
		for (j = 0; j < n_conf && !ts_within(&ts[i], &conf[j]); j++)
			;
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
	if (!addr_ok(&fx->local) || !addr_ok(&fx->remote) || fx->local.family != fx->remote.family)
		return "outer addresses";
	if (fx->encap && (!fx->local.port || !fx->remote.port))
		return "encapsulation without ports";
	if (!spi_has(tun, fx->spi_in))
		return "inbound SPI that it did not get";
	if (ntohl(fx->spi_out) < 256)
		return "reserved outbound SPI";
	if (fx->mode > 1)
		return "mode";
	return conf->name[0] ? NULL : "child";
}

/* Return: NULL, or why the pair, although well-formed, is refused: a reload may have crossed. */
static const char *install_policy(const struct tun *tun, int child, const struct ike_fx_child *fx)
{
	const struct ike_child_conf *conf = &tun->conf->children[child].ike;

	if (!tun->iface || !tun->iface->ifindex)
		return "the interface is gone";
	if (!transform_configured(conf, &fx->encr) ||
	    (fx->integ.id && !transform_configured(conf, &fx->integ)))
		return "its transforms are not configured";
	if (!ts_list_ok(fx->local_ts, fx->n_local, conf->local, conf->n_local, &fx->local) ||
	    !ts_list_ok(fx->remote_ts, fx->n_remote, conf->remote, conf->n_remote, &fx->remote))
		return "its traffic selectors are outside the configured ones";
	return NULL;
}

static void pair_keep(struct tun *tun, int child, const struct ike_fx_child *fx)
{
	struct pair *pair = calloc(1, sizeof(*pair));

	if (!pair)
		abort();
	pair->child = (unsigned int)child;
	pair->spi_in = fx->spi_in;
	pair->spi_out = fx->spi_out;
	pair->at = loop_now();
	pair->hard_ms = fx->hard_ms;
	pair->encap = fx->encap;
	pair->local = fx->local;
	pair->remote = fx->remote;
	pair->n_local = fx->n_local;
	pair->n_remote = fx->n_remote;
	pair->ts = calloc((size_t)fx->n_local + fx->n_remote, sizeof(struct ike_ts));
	if (!pair->ts)
		abort();
	memcpy(pair->ts, fx->local_ts, fx->n_local * sizeof(struct ike_ts));
	memcpy(pair->ts + fx->n_local, fx->remote_ts, fx->n_remote * sizeof(struct ike_ts));
	pair->next = tun->pairs;
	tun->pairs = pair;
	tun->children[child].pair = pair;
}

static unsigned int pairs_count(const struct tun *tun)
{
	const struct pair *pair;
	unsigned int n = 0;

	for (pair = tun->pairs; pair; pair = pair->next)
		n++;
	return n;
}

static int pair_install(struct tun *tun, int child, const struct ike_fx_child *fx, char *why,
			size_t why_len)
{
	struct ipsecvif_selector selectors[IPSECVIF_SELECTORS_PER_REQUEST];
	struct kernel *k = tun->na->kernel;
	const char *refused = install_policy(tun, child, fx);
	struct ipsecvif_sa sas[2];
	int n;

	if (!refused && pairs_count(tun) >= NETADMIN_PAIRS_MAX)
		refused = "the tunnel has too many SAs";
	if (refused) {
		snprintf(why, why_len, "%s", refused);
		return -1;
	}
	n = convert_selectors(fx->local_ts, fx->n_local, fx->remote_ts, fx->n_remote, selectors,
			      IPSECVIF_SELECTORS_PER_REQUEST, why, why_len);
	if (n < 0 || convert_sas(fx, tun->conf->children[child].replay_window, sas, why, why_len))
		return -1;
	if (k->ops->sa_add(k, tun->iface->ifindex, sas, 2, selectors, (size_t)n)) {
		snprintf(why, why_len, "%s", kernel_error(k));
		return -1;
	}
	spi_take(tun, fx->spi_in);
	pair_keep(tun, child, fx);
	return 0;
}

static void child_install(struct tun *tun, int child, const struct ike_fx_child *fx)
{
	struct ike_ev_installed reply = { .request = fx->request };
	const char *bad = install_check(tun, child, fx);

	if (bad) {
		violation(tun->na, bad);
		return;
	}
	reply.ok = !pair_install(tun, child, fx, reply.why, sizeof(reply.why));
	if (!reply.ok)
		tun_problem(tun, child, "kernel", reply.why,
			    "see ipsecvif sa show, and the kernel log");
	na_send(tun->na, NA_IKE, MSG_INSTALLED, &reply, sizeof(reply), -1);
}

static void child_update(struct tun *tun, const struct ike_fx_child *fx)
{
	struct pair *pair = pair_find(tun, fx->spi_in);
	struct kernel *k = tun->na->kernel;
	const uint64_t what = IPSECVIF_BIT(IPSECVIF_SA_A_SRC) | IPSECVIF_BIT(IPSECVIF_SA_A_DST) |
			      IPSECVIF_BIT(IPSECVIF_SA_A_ENCAP_SPORT) |
			      IPSECVIF_BIT(IPSECVIF_SA_A_ENCAP_DPORT);
	struct ipsecvif_sa in = { 0 }, out = { 0 };
	struct ipsecvif_sa_id id = { 0 };
	int ret;

	if (!pair || !tun->iface || !tun->iface->ifindex)
		return;
	if (!addr_ok(&fx->local) || fx->local.family != fx->remote.family ||
	    (fx->encap && (!fx->local.port || !fx->remote.port))) {
		violation(tun->na, "addresses of an update");
		return;
	}
	convert_addr_to_lib(&fx->remote, &in.src);
	convert_addr_to_lib(&fx->local, &in.dst);
	out.src = in.dst;
	out.dst = in.src;
	if (fx->encap) {
		in.encap_sport = out.encap_dport = fx->remote.port;
		in.encap_dport = out.encap_sport = fx->local.port;
	}
	id.spi = ntohl(pair->spi_in);
	id.dir = IPSECVIF_DIR_IN;
	ret = k->ops->sa_update(k, tun->iface->ifindex, &id, &in, what);
	id.spi = ntohl(pair->spi_out);
	id.dir = IPSECVIF_DIR_OUT;
	if (!ret)
		ret = k->ops->sa_update(k, tun->iface->ifindex, &id, &out, what);
	if (ret) {
		tun_problem(tun, (int)pair->child, "kernel", kernel_error(k), "");
		return;
	}
	pair->local = fx->local;
	pair->remote = fx->remote;
	pair->encap = fx->encap;
}

static void child_message(struct netadmin *na, enum message_type type,
			  const struct ike_fx_child *fx)
{
	struct tun *tun = na_tun_by_conn(na, fx->conn);
	struct ike_ev_installed reply = { .request = fx->request };
	struct pair *pair;
	int child;

	if (!name_ok(fx->child)) {
		violation(na, "name of a child");
		return;
	}
	child = tun ? child_index(tun, fx->child) : -1;
	if (type == MSG_CHILD_INSTALL && child < 0) {
		/* Removed while the message was under way. */
		snprintf(reply.why, sizeof(reply.why), "the tunnel is no longer configured");
		na_send(na, NA_IKE, MSG_INSTALLED, &reply, sizeof(reply), -1);
	} else if (type == MSG_CHILD_INSTALL) {
		child_install(tun, child, fx);
	} else if (tun && type == MSG_CHILD_UPDATE) {
		child_update(tun, fx);
	} else if (tun) {
		pair = pair_find(tun, fx->spi_in);
		if (pair)
			pair_remove(tun, pair);
	}
}

static void spi_message(struct netadmin *na, enum message_type type, const struct ike_fx_spi *fx)
{
	struct tun *tun = na_tun_by_conn(na, fx->conn);
	struct ike_ev_spi reply = { .request = fx->request };

	if (!name_ok(fx->child) || (fx->protocol != PROTO_ESP && fx->protocol != PROTO_AH)) {
		violation(na, "SPI request");
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

/* --- status --- */

static const char *reason_code(enum ike_reason why)
{
	switch (why) {
	case IKE_WHY_TIMEOUT:
	case IKE_WHY_DPD:
		return "no-answer";
	case IKE_WHY_NO_PROPOSAL:
		return "no-proposal";
	case IKE_WHY_NO_TS:
		return "ts-unacceptable";
	case IKE_WHY_AUTH:
		return "auth-failed";
	case IKE_WHY_ID:
		return "id-mismatch";
	case IKE_WHY_PROTOCOL:
	case IKE_WHY_PEER:
		return "peer-error";
	case IKE_WHY_KERNEL:
		return "kernel";
	case IKE_WHY_CONFIG:
		return "config";
	case IKE_WHY_OPERATOR:
	case IKE_WHY_REPLACED:
		return "superseded";
	default:
		return "internal";
	}
}

static bool spis_same(const struct tun_ike *ike, const struct ike_fx_status *st)
{
	return !memcmp(ike->spi_i, st->spi_i, 8) && !memcmp(ike->spi_r, st->spi_r, 8);
}

static void ike_take(struct tun *tun, const struct ike_fx_status *st, bool fresh)
{
	struct tun_ike *ike = &tun->ike;

	if (fresh) {
		memset(ike, 0, sizeof(*ike));
		ike->up = true;
		ike->initiator = st->initiator;
	}
	ike->since = loop_now();
	memcpy(ike->spi_i, st->spi_i, 8);
	memcpy(ike->spi_r, st->spi_r, 8);
	ike->nat_local = st->nat_local;
	ike->nat_remote = st->nat_remote;
	if (addr_ok(&st->local) && addr_ok(&st->remote)) {
		ike->local = st->local;
		ike->remote = st->remote;
	}
	if (st->peer_id.len)
		ike->peer_id = st->peer_id;
	ike->rekey_at = st->rekey_at;
	if (st->proposal[0])
		memcpy(ike->proposal, st->proposal, sizeof(ike->proposal));
}

static void status_ike_up(struct tun *tun, const struct ike_fx_status *st)
{
	ike_take(tun, st, true);
	free(tun->problem);
	tun->problem = NULL;
	tun_step_told(tun, -1, LOG_NOTICE, st->text[0] ? st->text : "IKE SA up");
	tun_event(tun, TUNNEL_EV_IKE_UP, -1, IKE_WHY_NONE);
}

static void status_ike_down(struct tun *tun, const struct ike_fx_status *st)
{
	/* An older one, after a newer took its place. */
	if (tun->ike.up && !spis_same(&tun->ike, st)) {
		tun_step_told(tun, -1, LOG_INFO, st->text);
		return;
	}
	tun->ike.up = false;
	if (st->why == IKE_WHY_OPERATOR || st->why == IKE_WHY_CONFIG || st->why == IKE_WHY_NONE)
		tun_step_told(tun, -1, LOG_NOTICE, st->text[0] ? st->text : "IKE SA closed");
	else
		tun_problem_told(tun, -1, reason_code(st->why), st->text, st->hint);
	tun_event(tun, TUNNEL_EV_IKE_DOWN, -1, st->why);
}

static void status_child_up(struct tun *tun, int child, const struct ike_fx_status *st)
{
	struct pair *pair = pair_find(tun, st->spi_in);

	if (pair) {
		memcpy(pair->proposal, st->proposal, sizeof(pair->proposal));
		pair->rekey_at = st->rekey_at;
		tun->children[child].pair = pair;
	}
	free(tun->children[child].problem);
	tun->children[child].problem = NULL;
	tun_step_told(tun, child, LOG_NOTICE, st->text[0] ? st->text : "child up");
	tun_event(tun, TUNNEL_EV_CHILD_UP, child, IKE_WHY_NONE);
}

static void status_child_down(struct tun *tun, int child, const struct ike_fx_status *st)
{
	struct pair *pair;

	for (pair = tun->pairs; pair; pair = pair->next)
		if (pair->child == (unsigned int)child && pair->spi_in != st->spi_in)
			break;
	/* An old one, after a rekey: another carries on. */
	if (pair) {
		tun_step_told(tun, child, LOG_INFO, st->text[0] ? st->text : "old SA pair closed");
		return;
	}
	tun_step_told(tun, child, LOG_NOTICE, st->text[0] ? st->text : "child down");
	tun_event(tun, TUNNEL_EV_CHILD_DOWN, child, st->why);
}

static void status_failed(struct tun *tun, const struct ike_fx_status *st)
{
	/* Somebody called and was refused: of interest while there is no tunnel, no end of ours. */
	if (!st->initiator) {
		if (tun->policy.state != TUNNEL_UP)
			tun_problem_told(tun, -1, reason_code(st->why), st->text, st->hint);
		return;
	}
	tun_problem_told(tun, -1, reason_code(st->why), st->text, st->hint);
	/* Silence there: the name may have another address. */
	if (st->why == IKE_WHY_TIMEOUT && tun_attempt_next(tun))
		return;
	tun_event(tun, TUNNEL_EV_FAILED, -1, st->why);
}

static void status_do(struct tun *tun, int child, const struct ike_fx_status *st)
{
	switch (st->what) {
	case IKE_ST_STEP:
		tun_step_told(tun, child, LOG_INFO, st->text);
		break;
	case IKE_ST_IKE_UP:
		status_ike_up(tun, st);
		break;
	case IKE_ST_IKE_REKEYED:
		ike_take(tun, st, false);
		tun_step_told(tun, -1, LOG_NOTICE, st->text[0] ? st->text : "IKE SA rekeyed");
		break;
	case IKE_ST_IKE_DOWN:
		status_ike_down(tun, st);
		break;
	case IKE_ST_CHILD_UP:
		if (child >= 0)
			status_child_up(tun, child, st);
		break;
	case IKE_ST_CHILD_DOWN:
		if (child >= 0)
			status_child_down(tun, child, st);
		break;
	case IKE_ST_CHILD_FAILED:
		tun_problem_told(tun, child, reason_code(st->why), st->text, st->hint);
		if (child >= 0)
			tun_event(tun, TUNNEL_EV_CHILD_FAILED, child, st->why);
		break;
	case IKE_ST_FAILED:
		status_failed(tun, st);
		break;
	}
}

static void status_message(struct netadmin *na, const struct ike_fx_status *message)
{
	struct ike_fx_status st = *message;
	struct tun *tun;

	if (st.what > IKE_ST_FAILED || st.why > IKE_WHY_CONFIG || !name_ok(st.child) ||
	    st.peer_id.len > IKE_ID_MAX || !message_text_ok(st.proposal, sizeof(st.proposal)) ||
	    !message_text_ok(st.text, sizeof(st.text)) ||
	    !message_text_ok(st.hint, sizeof(st.hint))) {
		violation(na, "status");
		return;
	}
	text_clean(st.text);
	text_clean(st.hint);
	text_clean(st.proposal);
	tun = na_tun_by_conn(na, st.conn);
	/* At the end nothing follows from an end any more. */
	if (tun && !na->stopping)
		status_do(tun, st.child[0] ? child_index(tun, st.child) : -1, &st);
	else if (st.text[0])
		/* Of a peer that fits no tunnel, or of a tunnel just removed. */
		log_kv(LOG_INFO, "step", "code",
		       st.what == IKE_ST_FAILED ? reason_code(st.why) : NULL, "text", st.text,
		       "hint", st.hint, NULL);
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
	case MSG_STATUS:
		status_message(na, data);
		break;
	case MSG_SHUTDOWN_DONE:
		if (na->stopping)
			loop_stop(na->loop, na->result);
		break;
	default:
		violation(na, "a message that is not its own");
		break;
	}
}
