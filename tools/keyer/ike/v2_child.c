// SPDX-License-Identifier: MIT
/*
 * CREATE_CHILD_SA for a child, new or rekeyed: RFC 7296 1.3.1, 1.3.3.
 */
#include <stdio.h>
#include <string.h>

#include "tools/keyer/ike/v2.h"

/* What goes wrong on our side ends the task; a child being rekeyed lives on. */
static void task_failed(struct sa *sa, enum ike_reason why, const char *text, const char *hint)
{
	struct nego *n = sa->out.nego;
	struct child *old = n && n->replaces ? child_find(sa, n->replaces) : NULL;

	if (old && old->state == CHILD_REKEYING) {
		old->state = CHILD_INSTALLED;
		old->rekey_at = sa->ike->now + RETRY_MS * 15; /* it has some life left */
	}
	if (!n || !n->obsolete)
		report_child_failed(sa, n ? n->child : "", why, text, hint);
	v2_done(sa, &sa->out);
}

static void request_send(struct sa *sa, struct turn *t)
{
	struct nego *n = t->nego;
	struct child *old = n->replaces ? child_find(sa, n->replaces) : NULL;

	out_begin(sa, EXCH_CREATE_CHILD_SA, false, sa->win.tx_mid, true);
	if (old)
		out_notify(sa->ike, old->protocol, &old->spi_in, 4, N_REKEY_SA, NULL, 0);
	nego_write_offer(sa, n, false);
	window_request(sa);
	if (sa->state == SA_DEAD)
		return;
	t->step = TURN_WAIT_PEER;
	step(sa, "child %s: %s", n->child, old ? "rekeying" : "asking for it");
}

/* The peer's rekey or DELETE makes ours moot: the old child is the peer's to delete. */
static void peer_was_first(struct sa *sa, struct nego *n)
{
	struct child *old = child_find(sa, n->replaces);

	if (old && n->collision)
		child_replaced(sa, old);
}

static void spi_reserved(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	struct nego *n = t->nego;

	if (!ev->u.spi.ok) {
		task_failed(sa, IKE_WHY_KERNEL, ev->u.spi.why, "");
		return;
	}
	n->spi_in = ev->u.spi.spi;
	n->spi_held = true;
	/* while we waited for the SPI the peer may have replaced or deleted it */
	if (n->replaces && (!child_find(sa, n->replaces) || n->obsolete || n->collision)) {
		peer_was_first(sa, n);
		v2_done(sa, t);
		return;
	}
	request_send(sa, t);
}

void child_i_start(struct sa *sa, struct task *t)
{
	struct child *old = NULL;
	struct nego *n;

	if (t->kind == TASK_CHILD_REKEY) {
		old = child_find(sa, t->serial);
		if (!old || (old->state != CHILD_INSTALLED && old->state != CHILD_REKEYING)) {
			v2_done(sa, &sa->out);
			return;
		}
		old->state = CHILD_REKEYING;
	} else if (child_named(sa, t->child)) {
		v2_done(sa, &sa->out);
		return;
	}
	n = nego_new(true, old ? old->name : t->child);
	n->replaces = old ? old->serial : 0;
	n->ke_group = t->ke_group;
	sa->out.nego = n;
	if (!nego_offer(sa, n)) {
		task_failed(sa, n->why, n->text, n->hint);
		return;
	}
	turn_spi_request(sa, &sa->out, spi_reserved);
}

/* The peer has deleted what it made before its answer came; of ours the old one is left. */
static void deleted_at_once(struct sa *sa, struct nego *n)
{
	struct child *old = n->replaces ? child_find(sa, n->replaces) : NULL;

	if (old)
		child_delete(sa, old, IKE_WHY_PEER);
	else
		report_child_failed(sa, n->child, IKE_WHY_PEER, "the peer deleted it at once", "");
	v2_done(sa, &sa->out);
}

static void installed(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	struct nego *n = t->nego;
	struct child *mine;

	n->installing = ev->u.installed.ok;
	if (nego_is_deleted(n)) {
		deleted_at_once(sa, n);
		return;
	}
	if (!ev->u.installed.ok) {
		child_ghost(sa, n);
		task_failed(sa, IKE_WHY_KERNEL, ev->u.installed.why, "");
		return;
	}
	mine = child_add(sa, n);
	if (n->replaces)
		rekey_child_settle(sa, n, mine);
	v2_done(sa, t);
}

enum v2_verdict child_i_broken(struct sa *sa, const char *why)
{
	if (sa->out.nego->spi_out)
		child_ghost(sa, sa->out.nego);
	task_failed(sa, IKE_WHY_PROTOCOL, why, "");
	return V_STAY;
}

enum v2_verdict child_i_response(struct sa *sa, const struct msg *m)
{
	struct nego *n = sa->out.nego;
	const char *err;

	if (!nego_read_answer(sa, n, m, false)) {
		if (n->spi_out)
			child_ghost(sa, n);
		task_failed(sa, n->why ? n->why : IKE_WHY_PROTOCOL, n->text, n->hint);
		return V_STAY;
	}
	if (!followup_pending(n))
		return child_i_finish(sa);
	if (n->replaces && n->collision) { /* it stands already, by the peer's */
		peer_was_first(sa, n);
		v2_done(sa, &sa->out);
		return V_STAY;
	}
	err = followup_i_next(sa, m);
	return err ? child_i_broken(sa, err) : V_WAIT;
}

enum v2_verdict child_i_finish(struct sa *sa)
{
	struct nego *n = sa->out.nego;

	if (nego_is_deleted(n)) {
		deleted_at_once(sa, n);
		return V_STAY;
	}
	if (!nego_install(sa, &sa->out, installed)) {
		child_ghost(sa, n);
		task_failed(sa, n->why, n->text, n->hint);
		return V_STAY;
	}
	return V_WAIT;
}

/* RFC 7296 2.25: for a moment only, so again, a little later each time. */
static void try_again(struct sa *sa, uint16_t group)
{
	struct task *t = sa->out.task;
	uint64_t delay = (uint64_t)RETRY_MS << t->tries;
	struct child *old = t->serial ? child_find(sa, t->serial) : NULL;

	if (t->tries >= RETRY_MAX) {
		task_failed(sa, IKE_WHY_PEER, "the peer said \"later\" too often", "");
		return;
	}
	if (old && old->state == CHILD_REKEYING)
		old->state = CHILD_INSTALLED;
	t->ke_group = group;
	if (group)
		task_again(sa, 0);
	else
		task_again(sa, delay / 2 + ike_random_below(sa->ike, delay));
}

static bool wanted_group(struct sa *sa, const struct msg_notify *e, uint16_t *group)
{
	const struct ike_child_conf *conf = conn_child(sa->conn, sa->out.nego->child);

	if (e->data.len != 2 || !conf)
		return false;
	*group = (uint16_t)(e->data.p[0] << 8 | e->data.p[1]);
	if (*group == sa->out.nego->ke_group)
		return false;
	for (unsigned int i = 0; i < conf->n_proposals; i++) {
		if (*group && proposal_has_ke(&conf->proposals[i], *group))
			return true;
	}
	return false;
}

/* The peer does not have it any more: neither have we; start from nothing. */
static void child_lost(struct sa *sa, struct nego *n)
{
	struct child *old = child_find(sa, n->replaces);
	char name[IKE_NAME_MAX];

	if (old && !n->collision && old->state == CHILD_REKEYING) {
		memcpy(name, old->name, sizeof(name));
		child_remove(sa, old, IKE_WHY_PEER, "the peer does not have it any more");
		task_add(sa, TASK_CHILD_NEW, name, 0);
	}
	v2_done(sa, &sa->out);
}

enum v2_verdict child_i_refused(struct sa *sa, const struct msg *m)
{
	const struct msg_notify *e = msg_error(m);
	struct nego *n = sa->out.nego;
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];
	uint16_t group;

	if (n->replaces && (n->collision || n->obsolete)) {
		peer_was_first(sa, n);
		v2_done(sa, &sa->out);
		return V_STAY;
	}
	if (e->type == N_CHILD_SA_NOT_FOUND && n->replaces) {
		child_lost(sa, n);
		return V_STAY;
	}
	if (e->type == N_TEMPORARY_FAILURE || e->type == N_STATE_NOT_FOUND) {
		try_again(sa, 0);
		return V_STAY;
	}
	if (e->type == N_INVALID_KE_PAYLOAD && wanted_group(sa, e, &group) &&
	    sa->out.task->tries < RETRY_MAX) {
		try_again(sa, group);
		return V_STAY;
	}
	explain_refusal(sa, e->type, n, text, hint);
	task_failed(sa, e->type == N_TS_UNACCEPTABLE ? IKE_WHY_NO_TS : IKE_WHY_NO_PROPOSAL, text,
		    hint);
	return V_STAY;
}

/* Responder. */

static void answer_error(struct sa *sa, struct turn *t)
{
	struct nego *n = t->nego;

	if (n->error == N_INVALID_KE_PAYLOAD) {
		const uint8_t want[2] = { (uint8_t)(n->error_group >> 8), (uint8_t)n->error_group };

		respond_notify(sa, 0, NULL, 0, n->error, want, 2);
	} else {
		report_child_failed(sa, n->child, n->why, n->text, n->hint);
		respond_error(sa, n->error);
	}
	v2_done(sa, t);
}

/*
 * The peer replaced a child of ours. It will delete the old one. If we were
 * rekeying the same one, both new ones stand until our response comes.
 */
static void replaced_by_peer(struct sa *sa, struct nego *n, struct child *made)
{
	struct child *old = child_find(sa, n->replaces);
	struct nego *mine = sa->out.nego;

	if (mine && mine->replaces == n->replaces) {
		struct bytes low = nego_lowest(n);

		mine->collision = true;
		mine->collision_child = made->serial;
		mine->collision_nonce_len = (uint16_t)low.len;
		memcpy(mine->collision_nonce, low.p, low.len);
		return;
	}
	if (old)
		child_replaced(sa, old);
}

/* To CREATE_CHILD_SA; or, if that had its answer, to the last further key exchange. */
static void answer_write(struct sa *sa, struct nego *n)
{
	out_begin(sa, sa->in.exchange, true, sa->in.mid, true);
	if (n->addke_done)
		out_ke(sa->ike, n->ke);
	else
		nego_write_answer(sa, n, false);
	if (followup_pending(n))
		followup_r_link(sa, n);
}

static void answer_installed(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	struct nego *n = t->nego;
	struct child *made;

	if (!ev->u.installed.ok) {
		n->installing = false;
		n->error = N_TEMPORARY_FAILURE;
		n->why = IKE_WHY_KERNEL;
		snprintf(n->text, sizeof(n->text), "%s", ev->u.installed.why);
		answer_error(sa, t);
		return;
	}
	answer_write(sa, n);
	window_response(sa);
	if (sa->state == SA_DEAD)
		return;
	made = child_add(sa, n);
	if (n->replaces)
		replaced_by_peer(sa, n, made);
	v2_done(sa, t);
}

static void answer_spi(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	struct nego *n = t->nego;

	if (!ev->u.spi.ok) {
		n->error = N_TEMPORARY_FAILURE;
		n->why = IKE_WHY_KERNEL;
		snprintf(n->text, sizeof(n->text), "%s", ev->u.spi.why);
		answer_error(sa, t);
		return;
	}
	n->spi_in = ev->u.spi.spi;
	n->spi_held = true;
	if (!nego_exchange(sa, n)) {
		answer_error(sa, t);
	} else if (followup_pending(n)) {
		answer_write(sa, n);
		window_response(sa);
		if (sa->state == SA_DEAD)
			return;
		followup_r_keep(sa, t);
		v2_done(sa, t);
	} else if (!nego_install(sa, t, answer_installed)) {
		answer_error(sa, t);
	}
}

enum v2_verdict child_r_finish(struct sa *sa)
{
	if (!nego_install(sa, &sa->in, answer_installed)) {
		answer_error(sa, &sa->in);
		return V_STAY;
	}
	return V_WAIT;
}

/* We rekey the same child, and one of the two takes more than one exchange. */
static bool collides(const struct sa *sa, const struct nego *n)
{
	const struct nego *mine = sa->out.nego;

	return n->replaces && mine && mine->replaces == n->replaces &&
	       (followup_pending(n) || followup_pending(mine) || mine->addke_done);
}

static enum v2_verdict answer_start(struct sa *sa, const struct msg *m, const struct child *old)
{
	struct nego *n = nego_new(false, old ? old->name : NULL);

	sa->in.nego = n;
	n->replaces = old ? old->serial : 0;
	sa->ike->bad = nego_read_offer(n, m);
	if (sa->ike->bad)
		return V_BAD;
	if (!nego_accept(sa, n, old ? old->name : NULL, false)) {
		answer_error(sa, &sa->in);
		return V_STAY;
	}
	if (collides(sa, n)) {
		respond_error(sa, N_TEMPORARY_FAILURE);
		return V_DONE;
	}
	turn_spi_request(sa, &sa->in, answer_spi);
	return V_WAIT;
}

/* RFC 7296 2.25.2: while we rekey the IKE SA itself, nothing new under it. */
static bool ike_rekey_out(const struct sa *sa)
{
	return sa->out.task && sa->out.task->kind == TASK_IKE_REKEY;
}

static bool creating(const struct sa *sa)
{
	return sa->out.task &&
	       (sa->out.task->kind == TASK_INIT || sa->out.task->kind == TASK_CHILD_NEW ||
		sa->out.task->kind == TASK_CHILD_REKEY);
}

enum v2_verdict child_r_request(struct sa *sa, const struct msg *m)
{
	if (ike_rekey_out(sa) || followup_busy(sa, 0, false)) {
		respond_error(sa, N_TEMPORARY_FAILURE);
		return V_DONE;
	}
	return answer_start(sa, m, NULL);
}

enum v2_verdict child_r_rekey(struct sa *sa, const struct msg *m)
{
	const struct msg_notify *r = msg_notify_find(m, N_REKEY_SA);
	struct child *old = NULL;
	uint32_t spi = 0;

	if (ike_rekey_out(sa)) {
		respond_error(sa, N_TEMPORARY_FAILURE);
		return V_DONE;
	}
	if (r->spi.len == 4)
		memcpy(&spi, r->spi.p, 4);
	old = child_find_spi(sa, 0, spi); /* the SPI the sender receives on (1.3.3) */
	if (!old && creating(sa)) { /* it may be what the answer on its way is about */
		respond_error(sa, N_TEMPORARY_FAILURE);
		return V_DONE;
	}
	if (!old || old->ghost) {
		respond_notify(sa, r->protocol, r->spi.p, r->spi.len, N_CHILD_SA_NOT_FOUND, NULL,
			       0);
		return V_DONE;
	}
	if (old->state == CHILD_DELETING || old->state == CHILD_REKEYED ||
	    followup_busy(sa, old->serial, false)) {
		respond_error(sa, N_TEMPORARY_FAILURE);
		return V_DONE;
	}
	return answer_start(sa, m, old);
}
