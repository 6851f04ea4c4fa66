// SPDX-License-Identifier: MIT
/* What the ike process tells of its SAs, for the policy and whoever watches. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/log.h"
#include "tools/keyer/netadmin.h"

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

static bool addr_ok(const struct ike_addr *addr)
{
	return addr->family == AF_INET || addr->family == AF_INET6;
}

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

bool spis_same(const uint8_t i[8], const uint8_t r[8], const uint8_t other_i[8],
	       const uint8_t other_r[8])
{
	return !memcmp(i, other_i, 8) && !memcmp(r, other_r, 8);
}

static bool status_is_of(const struct ike_fx_status *st, const struct tun_ike *ike)
{
	return spis_same(ike->spi_i, ike->spi_r, st->spi_i, st->spi_r);
}

/** struct text - of what many SAs have in common */
struct text {
	struct index_link link;
	char text[];
};

const char *na_text(struct netadmin *na, const char *text)
{
	const uint32_t key = index_hash(0, text, strlen(text));
	struct index_link *link;
	struct text *found;

	if (!*text)
		return NULL;
	for (link = index_first(&na->texts, key); link; link = index_next(link)) {
		found = index_entry(link, struct text, link);
		if (!strcmp(found->text, text))
			return found->text;
	}
	/* They are few, unless the ike process makes them up. */
	if (na->n_texts >= NETADMIN_TEXTS_MAX)
		return NULL;
	found = calloc(1, sizeof(*found) + strlen(text) + 1);
	if (!found)
		abort();
	memcpy(found->text, text, strlen(text));
	index_add(&na->texts, &found->link, key);
	na->n_texts++;
	return found->text;
}

void na_texts_free(struct netadmin *na)
{
	struct index_link *link, *next;
	unsigned int i;

	for (i = 0; i < INDEX_BUCKETS; i++) {
		for (link = na->texts.buckets[i]; link; link = next) {
			next = link->next;
			free(index_entry(link, struct text, link));
		}
		na->texts.buckets[i] = NULL;
	}
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
	ike->reauth_at = st->reauth_at;
	if (st->proposal[0])
		ike->proposal = na_text(tun->na, st->proposal);
}

/* --- several peers of one tunnel: the last that came is the one that is shown --- */

unsigned int tun_others_count(const struct tun *tun)
{
	const struct tun_others *o;
	unsigned int n = 0;

	for (o = tun->others; o; o = o->next)
		n++;
	return n;
}

static void others_add(struct tun *tun)
{
	struct tun_others *o;

	if (!tun->ike.up || tun_others_count(tun) >= NETADMIN_PEERS_MAX)
		return;
	o = calloc(1, sizeof(*o));
	if (!o)
		abort();
	o->ike = tun->ike;
	o->next = tun->others;
	tun->others = o;
}

static struct tun_others **others_find(struct tun *tun, const struct ike_fx_status *st)
{
	struct tun_others **at = &tun->others;

	while (*at && !status_is_of(st, &(*at)->ike))
		at = &(*at)->next;
	return at;
}

static void others_free(struct tun_others **at)
{
	struct tun_others *o = *at;

	*at = o->next;
	free(o);
}

void tun_others_drop(struct tun *tun)
{
	while (tun->others)
		others_free(&tun->others);
}

/* The one shown is gone, and another carries on? */
static bool others_next(struct tun *tun)
{
	if (!tun->others)
		return false;
	tun->ike = tun->others->ike;
	others_free(&tun->others);
	return true;
}

static void pair_belongs(struct pair *pair, const struct ike_fx_status *st)
{
	memcpy(pair->ike_spi_i, st->spi_i, sizeof(pair->ike_spi_i));
	memcpy(pair->ike_spi_r, st->spi_r, sizeof(pair->ike_spi_r));
}

/* A rekeyed IKE SA has other SPIs than those that we know. */
static void status_ike_rekeyed(struct tun *tun, const struct ike_fx_status *st)
{
	struct tun_others *o;
	struct tun_ike shown;
	struct pair *pair;

	for (pair = tun->pairs; pair; pair = pair->next)
		if (spis_same(pair->ike_spi_i, pair->ike_spi_r, st->was_spi_i, st->was_spi_r))
			pair_belongs(pair, st);
	for (o = tun->others; o; o = o->next) {
		if (!spis_same(o->ike.spi_i, o->ike.spi_r, st->was_spi_i, st->was_spi_r))
			continue;
		shown = tun->ike;
		tun->ike = o->ike;
		o->ike = shown;
		break;
	}
	ike_take(tun, st, false);
}

static void status_ike_up(struct tun *tun, const struct ike_fx_status *st)
{
	others_add(tun);
	ike_take(tun, st, true);
	free(tun->problem);
	tun->problem = NULL;
	tun_step_told(tun, -1, LOG_NOTICE, st->text[0] ? st->text : "IKE SA up");
	tun_event(tun, TUNNEL_EV_IKE_UP, -1, IKE_WHY_NONE);
}

static void status_ike_down(struct tun *tun, const struct ike_fx_status *st)
{
	/* An older one, after a newer took its place. */
	if (tun->ike.up && !status_is_of(st, &tun->ike)) {
		struct tun_others **at = others_find(tun, st);

		if (*at)
			others_free(at);
		tun_step_told(tun, -1, LOG_INFO, st->text);
		return;
	}
	if (others_next(tun)) {
		tun_step_told(tun, -1, LOG_NOTICE, st->text);
		return;
	}
	tun->ike.up = false;
	tun_given_drop(tun);
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
		pair->proposal = na_text(tun->na, st->proposal);
		pair->rekey_at = st->rekey_at;
		pair_belongs(pair, st);
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
		status_ike_rekeyed(tun, st);
		tun_step_told(tun, -1, LOG_NOTICE, st->text[0] ? st->text : "IKE SA rekeyed");
		break;
	case IKE_ST_IKE_MOVED:
		if (!status_is_of(st, &tun->ike))
			break;
		tun->ike.nat_local = st->nat_local;
		tun->ike.nat_remote = st->nat_remote;
		if (addr_ok(&st->local) && addr_ok(&st->remote)) {
			tun->ike.local = st->local;
			tun->ike.remote = st->remote;
		}
		tun_step_told(tun, -1, LOG_NOTICE, st->text);
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

void na_status_message(struct netadmin *na, const struct ike_fx_status *message)
{
	struct ike_fx_status st = *message;
	struct tun *tun;

	if (st.what > IKE_ST_FAILED || st.why > IKE_WHY_CONFIG || !name_ok(st.child) ||
	    st.peer_id.len > IKE_ID_MAX || !message_text_ok(st.proposal, sizeof(st.proposal)) ||
	    !message_text_ok(st.text, sizeof(st.text)) ||
	    !message_text_ok(st.hint, sizeof(st.hint))) {
		na_violation(na, "status");
		return;
	}
	text_clean(st.text);
	text_clean(st.hint);
	text_clean(st.proposal);
	tun = na_tun_by_conn(na, st.conn);
	/* At the end nothing follows from an end any more. */
	if (tun && !na->stopping)
		status_do(tun, st.child[0] ? tun_child_index(tun, st.child) : -1, &st);
	else if (st.text[0])
		/* Of a peer that fits no tunnel, or of a tunnel just removed. */
		log_kv(LOG_INFO, "step", "code",
		       st.what == IKE_ST_FAILED ? reason_code(st.why) : NULL, "text", st.text,
		       "hint", st.hint, NULL);
}
