// SPDX-License-Identifier: MIT
/*
 * INFORMATIONAL: DELETE and liveness, RFC 7296 1.4, 1.4.1, 2.4.
 */
#include <string.h>

#include "tools/keyer/ike/v2.h"

static void delete_write(struct ike *ike, uint8_t protocol, const uint32_t *spi, unsigned int n)
{
	struct writer *w = out_payload(ike, PL_DELETE);

	write_u8(w, protocol);
	write_u8(w, n ? 4 : 0);
	write_u16(w, (uint16_t)n);
	write_bytes(w, spi, 4 * (size_t)n);
}

void info_i_start(struct sa *sa, struct task *t)
{
	struct child *c = t->kind == TASK_CHILD_DELETE ? child_find(sa, t->serial) : NULL;

	if (t->kind == TASK_CHILD_DELETE && !c) {
		v2_done(sa, &sa->out);
		return;
	}
	out_begin(sa, EXCH_INFORMATIONAL, false, sa->win.tx_mid, true);
	if (t->kind == TASK_MOBIKE)
		mobike_request_write(sa);
	else if (t->kind == TASK_DPD)
		mobike_liveness_write(sa);
	else if (c)
		delete_write(sa->ike, c->protocol, &c->spi_in, 1);
	else if (t->kind == TASK_IKE_DELETE && sa->fail_notify)
		out_notify(sa->ike, 0, NULL, 0, sa->fail_notify, NULL, 0);
	else if (t->kind == TASK_IKE_DELETE)
		delete_write(sa->ike, PROTO_IKE, NULL, 0);
	window_request(sa);
	if (sa->state != SA_DEAD)
		sa->out.step = TURN_WAIT_PEER;
}

/*
 * Whether the peer's answer names its SPI or not (it does not if our DELETEs
 * crossed, 1.4.1), the child is gone on both sides now.
 */
enum v2_verdict info_i_response(struct sa *sa, const struct msg *m)
{
	const struct task *t = sa->out.task;
	struct child *c;

	if (t->kind == TASK_DPD && !mobike_returned(sa, m))
		return V_STAY;
	if (t->kind == TASK_CHILD_DELETE) {
		c = child_find(sa, t->serial);
		if (c)
			child_remove(sa, c, c->why, "deleted");
	}
	return V_DONE;
}

/* Also of a notify that is an error: the peer gives up, as after a bad AUTH (2.21.2). */
enum v2_verdict info_r_request(struct sa *sa, const struct msg *m)
{
	const struct msg_notify *e = msg_error(m);
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];

	reauth_lifetime_read(sa, m);
	redirect_read(sa, m);
	if (!mobike_request(sa, m))
		respond_empty(sa);
	if (!e || (e->type != N_AUTHENTICATION_FAILED && e->type != N_INVALID_SYNTAX))
		return V_DONE;
	explain_refusal(sa, e->type, NULL, text, hint);
	sa_close(sa, e->type == N_AUTHENTICATION_FAILED ? IKE_WHY_AUTH : IKE_WHY_PROTOCOL, text,
		 hint);
	sa_enter(sa, SA_LINGER, LINGER_MS);
	return V_STAY;
}

/* Our rekey of a child, under way, has lost its object. */
static void rekey_obsolete(struct sa *sa, const struct child *c)
{
	struct nego *n = sa->out.nego;

	if (n && n->replaces == c->serial)
		n->obsolete = true;
}

/*
 * The peer's SPI is our outbound one; ours goes into the answer, but not if
 * our own DELETE for the same child is out (1.4.1).
 */
static unsigned int delete_children(struct sa *sa, const struct msg_delete *d, uint32_t *answer)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < d->n; i++) {
		struct child *c;
		uint32_t spi;

		memcpy(&spi, d->spis.p + 4 * (size_t)i, 4);
		c = child_find_spi(sa, 0, spi);
		/* of our request the answer may be late, and this about what it makes */
		if (!c && sa->out.nego)
			nego_note_deleted(sa->out.nego, spi);
		if (!c || c->protocol != d->protocol)
			continue;
		/* if our DELETE waits for its turn, it is not needed any more */
		if (n < CHILD_SAS_MAX && (c->state != CHILD_DELETING || !sa->out.task ||
					  sa->out.task->serial != c->serial))
			answer[n++] = c->spi_in;
		rekey_obsolete(sa, c);
		child_remove(sa, c, IKE_WHY_PEER, "the peer deleted it");
	}
	return n;
}

static enum v2_verdict delete_ike(struct sa *sa)
{
	struct nego *n = sa->out.nego;
	bool rekeyed;

	respond_empty(sa);
	/* 2.25.2: an own rekey under way is forgotten; the peer's may have come before */
	if (n && sa->out.task && sa->out.task->kind == TASK_IKE_REKEY) {
		struct sa *theirs = n->collision ? sa_find_serial(sa->ike, n->collision_sa) : NULL;

		rekey_abandon(sa, theirs);
	}
	rekeyed = !sa->reported_up;
	sa_close(sa, rekeyed ? IKE_WHY_REPLACED : IKE_WHY_PEER,
		 rekeyed ? "rekeyed" : "the peer deleted the IKE SA", "");
	sa_enter(sa, SA_LINGER, LINGER_MS);
	return V_STAY;
}

enum v2_verdict info_r_delete(struct sa *sa, const struct msg *m)
{
	uint32_t answer[MSG_DELETE_MAX][CHILD_SAS_MAX];
	unsigned int n[MSG_DELETE_MAX];

	for (unsigned int i = 0; i < m->n_delete; i++) {
		if (m->del[i].protocol == PROTO_IKE)
			return delete_ike(sa);
	}
	for (unsigned int i = 0; i < m->n_delete; i++)
		n[i] = delete_children(sa, &m->del[i], answer[i]);
	out_begin(sa, EXCH_INFORMATIONAL, true, sa->in.mid, true);
	for (unsigned int i = 0; i < m->n_delete; i++) {
		if (n[i])
			delete_write(sa->ike, m->del[i].protocol, answer[i], n[i]);
	}
	window_response(sa);
	return V_DONE;
}

enum v2_verdict busy_r_request(struct sa *sa, const struct msg *m)
{
	(void)m;
	respond_error(sa, N_TEMPORARY_FAILURE);
	return V_DONE;
}

enum v2_verdict info_i_ignored(struct sa *sa, const struct msg *m)
{
	(void)sa;
	(void)m;
	return V_DONE;
}
