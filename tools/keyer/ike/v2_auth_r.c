// SPDX-License-Identifier: MIT
/*
 * IKE_AUTH, responder.
 *
 * Its order: identity -> connection, verify, choose and install the child,
 * sign, answer. Nothing is installed for who is not verified.
 */
#include <stdio.h>
#include <string.h>

#include "tools/keyer/ike/ident.h"
#include "tools/keyer/ike/v2.h"

/* Refused: said to the peer in one word, to the operator in a sentence. */
void auth_r_refuse(struct sa *sa, enum ike_reason why, const char *text, const char *hint)
{
	respond_error(sa, N_AUTHENTICATION_FAILED);
	sa_close(sa, why, text, hint);
	sa_enter(sa, SA_LINGER, LINGER_MS);
}

static void write_auth(struct sa *sa, const struct ike_ev_auth *ev)
{
	struct nego *n = sa->in.nego;
	struct ike *ike = sa->ike;

	out_begin(sa, EXCH_IKE_AUTH, true, sa->in.mid, true);
	if (!sa->eap) {
		id_payload_write(out_payload(ike, PL_IDR), &sa->local_id);
		certs_write(sa);
	}
	auth_write(sa, ev);
	cp_write_reply(sa);
	if (n && n->error)
		out_notify(ike, 0, NULL, 0, n->error, NULL, 0);
	else if (n)
		nego_write_answer(sa, n, true);
	mobike_offer(sa);
	reauth_lifetime_write(sa);
	ppk_r_write(sa);
	window_response(sa);
}

static void signed_ready(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	const char *why = auth_missing(&ev->u.auth, "our own secret is not at hand");
	struct nego *n = t->nego;

	if (why) {
		auth_r_refuse(sa, IKE_WHY_AUTH, why, "");
		return;
	}
	write_auth(sa, &ev->u.auth);
	if (sa->state == SA_DEAD)
		return;
	sa_not_half_open(sa);
	eap_free_sa(sa);
	sa_enter(sa, SA_ESTABLISHED, 0);
	unique_apply(sa); /* again: another may have come up since it was verified */
	sa_up(sa, false);
	if (n && n->error)
		report_child_failed(sa, n->child, n->why, n->text, n->hint);
	else if (n)
		child_add(sa, n);
	v2_done(sa, t);
}

static void auth_make(struct sa *sa)
{
	bool asked = sa->eap ? eap_sign(sa, &sa->in, signed_ready) :
			       auth_sign(sa, &sa->in, signed_ready);

	if (!asked)
		auth_r_refuse(sa, IKE_WHY_PROTOCOL, "what is to be signed is too long", "");
}

static void child_installed(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	struct nego *n = t->nego;

	if (!ev->u.installed.ok) {
		n->installing = false; /* but its SPI is still held */
		n->error = N_NO_ADDITIONAL_SAS;
		n->why = IKE_WHY_KERNEL;
		snprintf(n->text, sizeof(n->text), "%s", ev->u.installed.why);
	}
	auth_make(sa);
}

static void spi_reserved(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	struct nego *n = t->nego;

	if (!ev->u.spi.ok) {
		n->error = N_NO_ADDITIONAL_SAS;
		n->why = IKE_WHY_KERNEL;
		snprintf(n->text, sizeof(n->text), "%s", ev->u.spi.why);
		auth_make(sa);
		return;
	}
	n->spi_in = ev->u.spi.spi;
	n->spi_held = true;
	nego_nonces(sa, n);
	if (!nego_install(sa, t, child_installed))
		auth_make(sa);
}

void auth_r_verified(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];

	if (!ev->u.auth.ok) {
		explain_auth(sa, &ev->u.auth, text, hint);
		auth_r_refuse(sa, IKE_WHY_AUTH, text, hint);
		return;
	}
	if (!unique_apply(sa)) {
		auth_r_refuse(sa, IKE_WHY_REPLACED,
			      "another IKE SA with this peer is kept (unique = keep)", "");
		return;
	}
	if (cp_assign(sa, t->nego) && t->nego && nego_accept(sa, t->nego, NULL, true))
		turn_spi_request(sa, t, spi_reserved);
	else
		auth_make(sa);
}

/* For the report: the connection that the peer probably means. */
static void blame_nearest(struct sa *sa)
{
	struct conn *c, *best = NULL;
	unsigned int most = 0;

	TAILQ_FOREACH(c, &sa->ike->conns, link)
	{
		unsigned int fit = conn_fits(c, &sa->local, &sa->remote);

		if (fit > most) {
			most = fit;
			best = c;
		}
	}
	sa_set_conn(sa, best);
}

/* What concerns the post-quantum key; false: answered already, or the keyholder is asked. */
static bool ppk_read(struct sa *sa, const struct msg *m, enum v2_verdict *verdict)
{
	struct msg without;

	switch (ppk_r_request(sa, m, &without)) {
	case PPK_WAIT:
		*verdict = V_WAIT;
		return false;
	case PPK_MISSING:
		auth_r_refuse(sa, IKE_WHY_AUTH,
			      "the peer does not use the post-quantum pre-shared key (RFC 8784)",
			      "give the peer the ppk, or set ppk-required = no here");
		return false;
	case PPK_UNKNOWN:
		auth_r_refuse(sa, IKE_WHY_AUTH,
			      "the peer insists on a post-quantum pre-shared key that is not here",
			      "set ppk-id and ppk-file as the peer has them");
		return false;
	case PPK_WITHOUT:
	case PPK_GO_ON:
		break;
	}
	return true;
}

/* The connection of an initiator, and what it asks for besides; false: answered already. */
static bool request_read(struct sa *sa, const struct msg *m, bool eap, enum v2_verdict *verdict)
{
	const struct ike_id any = { .type = IKE_ID_ANY };
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];
	struct conn *c;

	if (inter_pending(sa)) {
		sa->ike->bad = "IKE_AUTH before all the key exchanges that were agreed on";
		*verdict = V_BAD;
		return false;
	}
	sa->auth_mid = m->h.mid;
	*verdict = V_STAY;
	sa->peer_id = m->idi;
	sa->hs->idr_wanted = msg_has(m, PL_IDR) ? m->idr : any;
	c = conn_match(sa->ike, &sa->local, &sa->remote, &sa->peer_id, &sa->hs->idr_wanted,
		       sa->chosen, eap);
	if (!c) {
		/* perhaps one that is for another way to prove oneself */
		c = conn_match(sa->ike, &sa->local, &sa->remote, &sa->peer_id, &sa->hs->idr_wanted,
			       sa->chosen, !eap);
		if (c) {
			sa_set_conn(sa, c);
			explain_method(sa, eap ? IKE_AUTH_EAP : m->auth_method, text, hint);
			auth_r_refuse(sa, IKE_WHY_AUTH, text, hint);
			return false;
		}
		blame_nearest(sa);
		explain_no_conn(sa, text, hint);
		auth_r_refuse(sa, IKE_WHY_ID, text, hint);
		return false;
	}
	sa_set_conn(sa, c);
	sa->local_id = conn_local_id(c, &sa->local);
	if (!eap && !auth_method_fits(c->conf->remote_auth, m->auth_method)) {
		explain_method(sa, m->auth_method, text, hint);
		auth_r_refuse(sa, IKE_WHY_AUTH, text, hint);
		return false;
	}
	if (!eap && !ppk_read(sa, m, verdict))
		return false;
	cp_read_request(sa, m);
	mobike_read(sa, m);
	sa->initial_contact = msg_notify_find(m, N_INITIAL_CONTACT) != NULL;
	if (msg_has(m, PL_SA) && msg_has(m, PL_TSI) && msg_has(m, PL_TSR)) {
		sa->in.nego = nego_new(false, NULL);
		sa->ike->bad = nego_read_offer(sa->in.nego, m);
		*verdict = V_BAD;
		return !sa->ike->bad;
	}
	return true;
}

enum v2_verdict auth_r_request(struct sa *sa, const struct msg *m)
{
	enum v2_verdict verdict;
	struct msg without;

	if (!request_read(sa, m, false, &verdict))
		return verdict;
	if (ppk_r_request(sa, m, &without) == PPK_WITHOUT)
		m = &without;
	if (!auth_verify(sa, m, &sa->in, auth_r_verified)) {
		auth_r_refuse(sa, IKE_WHY_PROTOCOL, "what the peer signed is too long", "");
		return V_STAY;
	}
	return V_WAIT;
}

enum v2_verdict auth_r_no_auth(struct sa *sa, const struct msg *m)
{
	enum v2_verdict verdict;

	if (sa->eap) {
		sa->ike->bad = "a second beginning of EAP";
		return V_BAD;
	}
	return request_read(sa, m, true, &verdict) ? eap_r_start(sa, m) : verdict;
}
