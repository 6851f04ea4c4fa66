// SPDX-License-Identifier: MIT
/*
 * IKE_AUTH, initiator: RFC 7296 1.2, 2.15; with second rounds, RFC 4739.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/ike/ident.h"
#include "tools/keyer/ike/v2.h"

/*
 * The child that goes along: the first that can be offered of those that the
 * operator wants. Without any the SA is dead.
 */
static struct nego *first_child(struct sa *sa)
{
	struct nego *refused = NULL;
	struct task *t;

	while ((t = TAILQ_FIRST(&sa->tasks))) {
		struct nego *n = nego_new(true, t->child);

		TAILQ_REMOVE(&sa->tasks, t, link);
		sa->n_tasks--;
		free(t);
		if (nego_offer(sa, n))
			return n;
		report_child_failed(sa, n->child, n->why, n->text, n->hint);
		nego_free(sa, refused);
		refused = n;
	}
	if (refused)
		sa_kill(sa, refused->why, refused->text, refused->hint);
	else
		sa_kill(sa, IKE_WHY_CONFIG, "there is no child to ask for", "");
	nego_free(sa, refused);
	return NULL;
}

/* AUTH of our round; without it we ask for EAP. */
static void proof_write(struct sa *sa, const struct ike_ev_auth *ev)
{
	sa->rounds->eap_asked = !ev;
	if (!ev)
		return;
	auth_write(sa, ev);
	rounds_sent(sa);
}

static void auth_send(struct sa *sa, const struct ike_ev_auth *ev)
{
	struct ike *ike = sa->ike;
	char id[IKE_TEXT_MAX / 2];

	out_begin(sa, EXCH_IKE_AUTH, false, sa->win.tx_mid, true);
	id_payload_write(out_payload(ike, PL_IDI), &sa->local_id);
	certs_write(sa);
	certreq_write(sa);
	if (!id_is_pattern(&sa->conn->conf->remote_id))
		id_payload_write(out_payload(ike, PL_IDR), &sa->conn->conf->remote_id);
	if (rounds_offered(sa->conn->conf))
		out_notify(ike, 0, NULL, 0, N_MULTIPLE_AUTH_SUPPORTED, NULL, 0);
	proof_write(sa, ev);
	if (!ev && sa->conn->conf->remote_auth == IKE_AUTH_EAP)
		out_notify(ike, 0, NULL, 0, N_EAP_ONLY_AUTHENTICATION, NULL, 0);
	cp_write_request(sa);
	if (sa->out.nego)
		nego_write_offer(sa, sa->out.nego, true);
	if (sa->initial_contact)
		out_notify(ike, 0, NULL, 0, N_INITIAL_CONTACT, NULL, 0);
	mobike_offer(sa);
	ppk_i_write(sa);
	window_request(sa);
	if (sa->state == SA_DEAD)
		return;
	sa->out.step = TURN_WAIT_PEER;
	step(sa, "authenticating as %s", ike_id_print(&sa->local_id, id, sizeof(id)));
}

bool auth_i_signed(struct sa *sa, const struct ike_ev_auth *auth)
{
	const char *why = auth_missing(auth, "our own secret is not at hand");

	if (why)
		sa_kill(sa, IKE_WHY_AUTH, why, "");
	return !why;
}

static void auth_ready(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	(void)t;
	if (auth_i_signed(sa, &ev->u.auth))
		auth_send(sa, &ev->u.auth);
}

static void auth_i_sign(struct sa *sa, turn_resume resume)
{
	if (!auth_sign(sa, &sa->out, resume))
		sa_kill(sa, IKE_WHY_PROTOCOL, "what is to be signed is too long", "");
}

static void auth_make(struct sa *sa)
{
	if (sa->conn->conf->local_auth != IKE_AUTH_EAP) {
		auth_i_sign(sa, auth_ready);
		return;
	}
	auth_send(sa, NULL); /* without AUTH: that asks for EAP */
}

static void spi_reserved(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	if (!ev->u.spi.ok) {
		sa_kill(sa, IKE_WHY_KERNEL, ev->u.spi.why, "");
		return;
	}
	t->nego->spi_in = ev->u.spi.spi;
	t->nego->spi_held = true;
	auth_make(sa);
}

static void keyed(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	(void)t;
	(void)ev;
	auth_i_start(sa);
}

void auth_i_start(struct sa *sa)
{
	sa->auth_mid = sa->win.tx_mid;
	rounds_begin(sa);
	sa->local_id = conn_local_id(sa->conn, &sa->local);
	if (rounds_mine(sa) != IKE_AUTH_EAP && ppk_i_start(sa, keyed))
		return;
	if (sa->childless) {
		auth_make(sa);
		return;
	}
	sa->out.nego = first_child(sa);
	if (!sa->out.nego)
		return;
	turn_spi_request(sa, &sa->out, spi_reserved);
}

static void first_child_installed(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	struct nego *n = t->nego;

	n->installing = ev->u.installed.ok;
	if (nego_is_deleted(n)) {
		report_child_failed(sa, n->child, IKE_WHY_PEER, "the peer deleted it at once", "");
	} else if (ev->u.installed.ok) {
		child_add(sa, n);
	} else {
		report_child_failed(sa, n->child, IKE_WHY_KERNEL, ev->u.installed.why, "");
		child_ghost(sa, n);
	}
	v2_done(sa, t);
}

void auth_i_authenticated(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	struct nego *n = t->nego;
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];

	if (!ev->u.auth.ok) {
		explain_auth(sa, &ev->u.auth, text, hint);
		sa->fail_notify = N_AUTHENTICATION_FAILED;
		sa_enter(sa, SA_ESTABLISHED, 0); /* for the peer it is: tell it otherwise */
		sa_delete(sa, IKE_WHY_AUTH, text, hint);
		return;
	}
	if (!unique_apply(sa)) {
		sa_enter(sa, SA_ESTABLISHED, 0);
		sa_delete(sa, IKE_WHY_REPLACED, "another IKE SA with this peer is kept", "");
		return;
	}
	sa_enter(sa, SA_ESTABLISHED, 0);
	eap_free_sa(sa);
	rounds_free(sa);
	cp_tell(sa);
	if (n)
		nego_nonces(sa, n);
	sa_up(sa, false);
	if (!n) { /* the children are tasks, and have their turn now */
		v2_done(sa, t);
		return;
	}
	if (n->why != IKE_WHY_NONE) {
		if (sa->redirect && !n->spi_out) /* it is had from the other gateway */
			task_add(sa, TASK_CHILD_NEW, n->child, 0);
		else
			report_child_failed(sa, n->child, n->why, n->text, n->hint);
		if (n->spi_out)
			child_ghost(sa, n);
		v2_done(sa, t);
		return;
	}
	if (!nego_install(sa, t, first_child_installed)) {
		report_child_failed(sa, n->child, n->why, n->text, n->hint);
		child_ghost(sa, n);
		v2_done(sa, t);
	}
}

/* What became of the first child: kept until the peer has proved itself. */
static void read_first_child(struct sa *sa, struct nego *n, const struct msg *m)
{
	const struct msg_notify *e = msg_error(m);

	if (!n)
		return;
	if (msg_has(m, PL_SA) && msg_has(m, PL_TSI) && msg_has(m, PL_TSR)) {
		if (!nego_read_answer(sa, n, m, true) && n->why == IKE_WHY_NONE)
			n->why = IKE_WHY_PROTOCOL;
		return;
	}
	n->why = IKE_WHY_PROTOCOL;
	if (!e) {
		snprintf(n->text, sizeof(n->text), "the peer answered without a child");
		return;
	}
	if (e->type == N_TS_UNACCEPTABLE)
		n->why = IKE_WHY_NO_TS;
	else if (e->type == N_NO_PROPOSAL_CHOSEN)
		n->why = IKE_WHY_NO_PROPOSAL;
	explain_refusal(sa, e->type, n, n->text, n->hint);
}

/* What the gateway gave us, and whether it is what we asked for. */
void auth_i_read(struct sa *sa, const struct msg *m)
{
	bool given = cp_read_reply(sa, m);
	struct nego *n = sa->out.nego;

	mobike_read(sa, m);
	reauth_lifetime_read(sa, m);
	redirect_read(sa, m);
	read_first_child(sa, n, m);
	if (given || !sa->conn->conf->request || !n || n->why != IKE_WHY_NONE)
		return;
	n->why = IKE_WHY_CONFIG;
	snprintf(n->text, sizeof(n->text), "the peer gave us no address");
	snprintf(n->hint, sizeof(n->hint),
		 "give the peer a pool with an address for us, or remove `request` here");
}

/* Our second round: an identity, and AUTH unless it is EAP. */
static void round_send(struct sa *sa, const struct ike_ev_auth *ev)
{
	const struct ike_id *me = rounds_local_id(sa);
	char id[IKE_TEXT_MAX / 2];

	out_begin(sa, EXCH_IKE_AUTH, false, sa->win.tx_mid, true);
	id_payload_write(out_payload(sa->ike, PL_IDI), me);
	if (ev)
		certs_write(sa);
	proof_write(sa, ev);
	window_request(sa);
	if (sa->state == SA_DEAD)
		return;
	sa->out.step = TURN_WAIT_PEER;
	step(sa, "authenticating a second time, as %s", ike_id_print(me, id, sizeof(id)));
}

static void round_ready(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	(void)t;
	if (auth_i_signed(sa, &ev->u.auth))
		round_send(sa, &ev->u.auth);
}

/* The next of our messages when EAP is not under way: a round, or nothing but the peer's turn. */
static void round_next(struct sa *sa, struct turn *t)
{
	if (!rounds_mine(sa)) {
		out_begin(sa, EXCH_IKE_AUTH, false, sa->win.tx_mid, true);
		window_request(sa);
		if (sa->state != SA_DEAD)
			t->step = TURN_WAIT_PEER;
		return;
	}
	rounds_next_id(sa);
	if (rounds_mine(sa) == IKE_AUTH_EAP)
		round_send(sa, NULL);
	else if (!auth_sign(sa, t, round_ready))
		sa_kill(sa, IKE_WHY_PROTOCOL, "what is to be signed is too long", "");
}

void auth_i_half_way(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];

	if (!ev->u.auth.ok) {
		explain_auth(sa, &ev->u.auth, text, hint);
		sa_kill(sa, IKE_WHY_AUTH, text, hint);
		return;
	}
	if (!sa->eap)
		rounds_verified(sa);
	eap_free_sa(sa);
	round_next(sa, t);
}

bool auth_i_last(const struct sa *sa, const struct msg *m)
{
	return !rounds_mine(sa) && !sa->rounds->eap_asked &&
	       !msg_notify_find(m, N_ANOTHER_AUTH_FOLLOWS);
}

/* Wrong is what the peer says. If it was its last word it takes us for connected: tell it. */
void auth_i_bad(struct sa *sa, bool last, enum ike_reason why, const char *text, const char *hint)
{
	if (!last) {
		sa_kill(sa, why, text, hint);
		return;
	}
	sa->fail_notify = N_AUTHENTICATION_FAILED;
	sa_enter(sa, SA_ESTABLISHED, 0);
	sa_delete(sa, why, text, hint);
}

bool auth_i_proof_read(struct sa *sa, const struct msg *m, bool last)
{
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];
	uint8_t want = rounds_theirs(sa);

	if (!rounds_peer_id_read(sa, &m->idr, text, hint)) {
		auth_i_bad(sa, last, IKE_WHY_ID, text, hint);
		return false;
	}
	if (want == IKE_AUTH_EAP && msg_has(m, PL_EAP)) /* alone, with AUTH or not (RFC 5998) */
		return true;
	if (!msg_has(m, PL_AUTH) || !auth_method_fits(want, m->auth_method)) {
		explain_method(sa, msg_has(m, PL_AUTH) ? m->auth_method : IKE_AUTH_EAP, text, hint);
		auth_i_bad(sa, last, IKE_WHY_AUTH, text, hint);
		return false;
	}
	if (rounds_check(sa, m, text, hint))
		return true;
	auth_i_bad(sa, last, IKE_WHY_AUTH, text, hint);
	return false;
}

/* Is a round of the peer due? */
static bool proof_due(const struct sa *sa)
{
	return !sa->rounds->theirs || sa->rounds->more;
}

enum v2_verdict auth_i_response(struct sa *sa, const struct msg *m)
{
	bool last = auth_i_last(sa, m);
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];

	if (!proof_due(sa) || sa->rounds->eap_asked) {
		sa->ike->bad = proof_due(sa) ? "the peer does not begin the EAP that we ask for" :
					       "a round of authentication out of order";
		return V_BAD;
	}
	if (!auth_i_proof_read(sa, m, last))
		return V_STAY;
	if (sa->rounds->theirs == 0 && !ppk_i_read(sa, m, text, hint)) {
		auth_i_bad(sa, last, IKE_WHY_AUTH, text, hint);
		return V_STAY;
	}
	if (last)
		auth_i_read(sa, m);
	if (auth_verify(sa, m, &sa->out, last ? auth_i_authenticated : auth_i_half_way))
		return V_WAIT;
	sa_kill(sa, IKE_WHY_PROTOCOL, "what the peer signed is too long", "");
	return V_STAY;
}

/* All is proved before the last message: it has no AUTH. */
static bool rest_due(const struct sa *sa)
{
	return sa->rounds && sa->rounds->theirs && rounds_done(sa) && !sa->eap &&
	       !sa->rounds->eap_asked;
}

enum v2_verdict auth_i_rest(struct sa *sa, const struct msg *m)
{
	struct ike_event ev = { .type = IKE_EV_AUTH_VERIFIED, .u.auth.ok = true };

	if (!rest_due(sa)) {
		sa->ike->bad = "the peer's proof of its identity is missing";
		return V_BAD;
	}
	auth_i_read(sa, m);
	auth_i_authenticated(sa, &sa->out, &ev);
	return V_WAIT;
}

/* Errors that leave the IKE SA as it is. */
static bool concerns_child(uint16_t error)
{
	return error == N_NO_PROPOSAL_CHOSEN || error == N_TS_UNACCEPTABLE ||
	       error == N_INTERNAL_ADDRESS_FAILURE || error == N_FAILED_CP_REQUIRED ||
	       error == N_SINGLE_PAIR_REQUIRED || error == N_NO_ADDITIONAL_SAS ||
	       error == N_INVALID_SELECTORS;
}

/* Encrypted for us by who made the keys with us, so believed. */
enum v2_verdict auth_i_refused(struct sa *sa, const struct msg *m)
{
	const struct msg_notify *e = msg_error(m);
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];
	enum ike_reason why = IKE_WHY_PROTOCOL;

	if (rest_due(sa) && concerns_child(e->type))
		return auth_i_rest(sa, m);
	if (e->type == N_AUTHENTICATION_FAILED)
		why = IKE_WHY_AUTH;
	else if (e->type == N_NO_PROPOSAL_CHOSEN)
		why = IKE_WHY_NO_PROPOSAL;
	else if (e->type == N_TS_UNACCEPTABLE)
		why = IKE_WHY_NO_TS;
	explain_refusal(sa, e->type, sa->out.nego, text, hint);
	sa_kill(sa, why, text, hint);
	return V_STAY;
}
