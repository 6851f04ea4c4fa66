// SPDX-License-Identifier: MIT
/*
 * CHILD_SAs that are installed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/ike/report.h"
#include "tools/keyer/ike/sa.h"

struct child *child_find(struct sa *sa, uint64_t serial)
{
	struct child *c;

	TAILQ_FOREACH(c, &sa->children, link)
	{
		if (c->serial == serial)
			return c;
	}
	return NULL;
}

struct child *child_find_spi(struct sa *sa, uint32_t spi_in, uint32_t spi_out)
{
	struct child *c;

	TAILQ_FOREACH(c, &sa->children, link)
	{
		if ((spi_in && c->spi_in == spi_in) || (spi_out && c->spi_out == spi_out))
			return c;
	}
	return NULL;
}

struct child *child_named(struct sa *sa, const char *name)
{
	struct child *c;

	TAILQ_FOREACH(c, &sa->children, link)
	{
		if (!strcmp(c->name, name) && c->state != CHILD_REKEYED &&
		    c->state != CHILD_DELETING)
			return c;
	}
	return NULL;
}

static struct ike_fx_status *child_status(struct sa *sa, const struct child *c,
					  enum ike_status what, enum ike_reason why,
					  const char *text)
{
	struct ike_fx_status *st = status_sa(sa, what, why, text, NULL);

	memcpy(st->child, c->name, sizeof(st->child));
	st->spi_in = c->spi_in;
	st->spi_out = c->spi_out;
	st->initiator = c->initiator;
	st->rekey_at = c->rekey_at == NEVER ? 0 : c->rekey_at;
	if (c->chosen)
		ike_proposal_print(c->chosen, st->proposal, sizeof(st->proposal));
	return st;
}

static void child_clocks(struct sa *sa, struct child *c)
{
	const struct ike_child_conf *conf = conn_child(sa->conn, c->name);

	c->rekey_at = c->expire_at = c->state_until = NEVER;
	if (!conf || !conf->lifetime)
		return;
	c->expire_at = sa->ike->now + conf->lifetime;
	if (conf->rekey) {
		uint64_t early = conf->margin;

		early += ike_random_below(sa->ike, conf->margin * conf->fuzz_percent / 100 + 1);
		if (early > conf->lifetime)
			early = conf->lifetime / 2;
		c->rekey_at = c->expire_at - early;
	}
}

void child_free(struct child *c)
{
	proposals_put(c->chosen);
	free(c);
}

struct child *child_add(struct sa *sa, struct nego *n)
{
	struct child *c = mem_new(sizeof(*c));
	char text[IKE_TEXT_MAX], algs[128];
	char local[IKE_TEXT_MAX / 4], remote[IKE_TEXT_MAX / 4];

	c->serial = ++sa->ike->next_serial;
	memcpy(c->name, n->child, sizeof(c->name));
	c->state = CHILD_INSTALLED;
	c->protocol = n->protocol;
	c->spi_in = n->spi_in;
	c->spi_out = n->spi_out;
	c->mode = n->mode;
	c->initiator = n->initiator;
	c->compressed = n->cpi_out != 0;
	c->chosen = proposals_share(sa->ike, &n->chosen, 1);
	n->spi_held = n->installing = false;
	child_clocks(sa, c);
	TAILQ_INSERT_TAIL(&sa->children, c, link);
	sa->n_children++;
	snprintf(text, sizeof(text), "child %s: %s %s%s, %s === %s", c->name,
		 protocol_name(c->protocol), ike_proposal_print(c->chosen, algs, sizeof(algs)),
		 c->compressed ? " with deflate" : "",
		 ts_list_print(&n->local_ts, local, sizeof(local)),
		 ts_list_print(&n->remote_ts, remote, sizeof(remote)));
	if (n->encap != sa_encap(sa) ||
	    memcmp(&n->outer.local, &sa->local, sizeof(sa->local)) != 0 ||
	    memcmp(&n->outer.remote, &sa->remote, sizeof(sa->remote)) != 0)
		child_update(sa, c); /* an end moved while it was installed */
	child_status(sa, c, IKE_ST_CHILD_UP, IKE_WHY_NONE, text);
	log_sa(sa, IKE_LOG_INFO,
	       "child=%s spi_in=%08x spi_out=%08x result=%s %s=%s%s local=\"%s\" "
	       "remote=\"%s\"",
	       c->name, __builtin_bswap32(c->spi_in), __builtin_bswap32(c->spi_out),
	       n->replaces ? "rekeyed" : "up", c->protocol == PROTO_AH ? "ah" : "esp", algs,
	       c->compressed ? " compress=deflate" : "", local, remote);
	return c;
}

void child_ghost(struct sa *sa, struct nego *n)
{
	struct child *c = mem_new(sizeof(*c));

	c->serial = ++sa->ike->next_serial;
	memcpy(c->name, n->child, sizeof(c->name));
	c->protocol = n->protocol;
	c->spi_in = n->spi_in;
	c->spi_out = n->spi_out;
	c->ghost = true;
	c->rekey_at = c->expire_at = c->state_until = NEVER;
	n->spi_held = n->installing = false;
	TAILQ_INSERT_TAIL(&sa->children, c, link);
	sa->n_children++;
	child_delete(sa, c, IKE_WHY_KERNEL);
}

/* Does any other SA of this connection carry the child's traffic? */
static bool child_elsewhere(const struct sa *sa, const char *name)
{
	const struct sa *other = sa->conn ? LIST_FIRST(&sa->conn->sas) : sa;

	while (other) {
		const struct child *c;

		TAILQ_FOREACH(c, &other->children, link)
		{
			if (!strcmp(c->name, name))
				return true;
		}
		other = sa->conn ? LIST_NEXT(other, by_conn) : NULL;
	}
	return false;
}

void child_remove(struct sa *sa, struct child *c, enum ike_reason why, const char *text)
{
	struct ike_fx_child *fx;
	char words[IKE_TEXT_MAX];
	bool last;

	TAILQ_REMOVE(&sa->children, c, link);
	sa->n_children--;
	if (c->ghost) {
		child_spi_release(sa->ike, sa->conn_id, c->name, c->protocol, c->spi_in);
		child_free(c);
		return;
	}
	fx = &effect_add(sa->ike, IKE_FX_CHILD_REMOVE)->u.child;
	fx->conn = sa->conn_id;
	memcpy(fx->child, c->name, sizeof(fx->child));
	fx->protocol = c->protocol;
	fx->spi_in = c->spi_in;
	fx->spi_out = c->spi_out;
	fx->local = sa->local;
	fx->remote = sa->remote;
	last = !child_elsewhere(sa, c->name);
	if (last)
		child_status(sa, c, IKE_ST_CHILD_DOWN, why, text);
	log_sa(sa, last ? IKE_LOG_INFO : IKE_LOG_DEBUG,
	       "child=%s spi_in=%08x result=%s reason=%s %s", c->name, __builtin_bswap32(c->spi_in),
	       last ? "down" : "removed", reason_name(why),
	       log_why(text, NULL, words, sizeof(words)));
	child_free(c);
}

void child_replaced(struct sa *sa, struct child *c)
{
	c->state = CHILD_REKEYED;
	c->rekey_at = NEVER;
	c->state_until = sa->ike->now + REKEYED_MS;
}

void child_delete(struct sa *sa, struct child *c, enum ike_reason why)
{
	if (c->state == CHILD_DELETING)
		return;
	/* what the peer is about to put in its place is not wanted either */
	if (why == IKE_WHY_OPERATOR || why == IKE_WHY_CONFIG)
		followup_forget(sa, c->name);
	c->why = why;
	c->state = CHILD_DELETING;
	c->rekey_at = c->state_until = NEVER;
	task_add(sa, TASK_CHILD_DELETE, NULL, c->serial);
}

void child_tick(struct sa *sa, struct child *c)
{
	uint64_t now = sa->ike->now;

	if (c->expire_at <= now) {
		c->expire_at = NEVER;
		child_delete(sa, c, IKE_WHY_EXPIRED);
	}
	if (c->rekey_at <= now) {
		c->rekey_at = NEVER;
		if (c->state == CHILD_INSTALLED)
			task_add(sa, TASK_CHILD_REKEY, NULL, c->serial);
	}
	/* the peer replaced it and then did not delete it */
	if (c->state_until <= now) {
		c->state_until = NEVER;
		child_delete(sa, c, IKE_WHY_REPLACED);
	}
}

uint64_t child_deadline(const struct child *c)
{
	uint64_t at = c->rekey_at < c->expire_at ? c->rekey_at : c->expire_at;

	return c->state_until < at ? c->state_until : at;
}

void child_update(struct sa *sa, struct child *c)
{
	struct ike_fx_child *fx;

	if (c->protocol == PROTO_AH && (sa->nat_local || sa->nat_remote)) {
		if (c->state == CHILD_DELETING)
			return;
		report_child_failed(sa, c->name, IKE_WHY_PROTOCOL,
				    "a NAT came between, which AH cannot pass", AH_NAT_HINT);
		child_delete(sa, c, IKE_WHY_PROTOCOL);
		return;
	}
	fx = &effect_add(sa->ike, IKE_FX_CHILD_UPDATE)->u.child;
	fx->conn = sa->conn_id;
	memcpy(fx->child, c->name, sizeof(fx->child));
	fx->protocol = c->protocol;
	fx->mode = c->mode;
	fx->spi_in = c->spi_in;
	fx->spi_out = c->spi_out;
	fx->local = sa->local;
	fx->remote = sa->remote;
	fx->encap = sa_encap(sa);
}

void child_spi_release(struct ike *ike, uint32_t conn, const char *name, uint8_t protocol,
		       uint32_t spi)
{
	struct ike_fx_spi *fx = &effect_add(ike, IKE_FX_SPI_RELEASE)->u.spi;

	fx->conn = conn;
	fx->protocol = protocol;
	fx->spi = spi;
	snprintf(fx->child, sizeof(fx->child), "%s", name);
}
