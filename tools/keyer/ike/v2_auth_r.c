// SPDX-License-Identifier: MIT
/*
 * IKE_AUTH, responder.
 *
 * Its order: identity -> connection, verify, choose and install the child,
 * sign, answer. Nothing is installed for who is not verified. With second rounds
 * (RFC 4739) some messages have proofs alone, and the child waits for the last.
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

/* AUTH of our round with who we are, or the one after EAP; NULL: nothing is left to prove. */
static void proof_write(struct sa *sa, const struct ike_ev_auth *ev)
{
	if (!ev)
		return;
	if (sa->eap) {
		auth_write(sa, ev);
		return;
	}
	id_payload_write(out_payload(sa->ike, PL_IDR), rounds_local_id(sa));
	certs_write(sa);
	auth_write(sa, ev);
	rounds_sent(sa);
}

static void write_auth(struct sa *sa, const struct ike_ev_auth *ev)
{
	struct nego *n = sa->in.nego;
	struct ike *ike = sa->ike;

	out_begin(sa, EXCH_IKE_AUTH, true, sa->in.mid, true);
	proof_write(sa, ev);
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

static bool signed_well(struct sa *sa, const struct ike_event *ev)
{
	const char *why = ev ? auth_missing(&ev->u.auth, "our own secret is not at hand") : NULL;

	if (why)
		auth_r_refuse(sa, IKE_WHY_AUTH, why, "");
	return !why;
}

/* Each answer gives the peer time for the next, but not without end: it is half open. */
uint64_t auth_r_patience(const struct sa *sa)
{
	uint64_t end = sa->created + AUTH_MS, now = sa->ike->now;

	if (end <= now)
		return 1;
	return end - now < HALF_OPEN_MS ? end - now : HALF_OPEN_MS;
}

/* Half way: the answer has nothing but our proof. */
static void half_way_ready(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	if (!signed_well(sa, ev))
		return;
	out_begin(sa, EXCH_IKE_AUTH, true, sa->in.mid, true);
	proof_write(sa, ev ? &ev->u.auth : NULL);
	ppk_r_write(sa);
	window_response(sa);
	if (sa->state == SA_DEAD)
		return;
	eap_free_sa(sa);
	turn_clear(sa, t);
	sa_enter(sa, SA_INIT_DONE, auth_r_patience(sa));
}

static void signed_ready(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	struct nego *n = t->nego;

	if (!signed_well(sa, ev))
		return;
	write_auth(sa, ev ? &ev->u.auth : NULL);
	if (sa->state == SA_DEAD)
		return;
	sa_not_half_open(sa);
	eap_free_sa(sa);
	rounds_free(sa);
	sa_enter(sa, SA_ESTABLISHED, 0);
	unique_apply(sa); /* again: another may have come up since it was verified */
	sa_up(sa, false);
	if (n && n->error)
		report_child_failed(sa, n->child, n->why, n->text, n->hint);
	else if (n)
		child_add(sa, n);
	v2_done(sa, t);
}

/* Our own proof: the AUTH after EAP, or our next round, or none if all is said. */
static void prove(struct sa *sa, turn_resume resume)
{
	bool asked;

	if (!sa->eap && !rounds_mine(sa)) {
		resume(sa, &sa->in, NULL);
		return;
	}
	if (!sa->eap)
		rounds_next_id(sa);
	asked = sa->eap ? eap_sign(sa, &sa->in, resume) : auth_sign(sa, &sa->in, resume);
	if (!asked)
		auth_r_refuse(sa, IKE_WHY_PROTOCOL, "what is to be signed is too long", "");
}

static void auth_make(struct sa *sa)
{
	prove(sa, signed_ready);
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

/* The peer is who it should be: its child now, and our last word. */
static void finish(struct sa *sa, struct turn *t)
{
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

/* What the peer has proved so far is right. Is it all, and will ours be? */
static void go_on(struct sa *sa, struct turn *t)
{
	struct sa_rounds *r = sa->rounds;
	bool mine_last = sa->eap ? !rounds_mine(sa) : r->mine || !sa->conn->conf->local_auth2;

	if (r->more || !mine_last) {
		if (t->nego) {
			r->nego = t->nego;
			t->nego = NULL;
		}
		prove(sa, half_way_ready);
		return;
	}
	if (!t->nego) {
		t->nego = r->nego;
		r->nego = NULL;
	}
	finish(sa, t);
}

void auth_r_verified(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];

	if (!ev->u.auth.ok) {
		explain_auth(sa, &ev->u.auth, text, hint);
		auth_r_refuse(sa, IKE_WHY_AUTH, text, hint);
		return;
	}
	rounds_verified(sa);
	go_on(sa, t);
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

/* Is it the way to prove oneself that is configured, as often as it is? */
static bool proof_fits(struct sa *sa, const struct msg *m, bool eap)
{
	uint8_t want = rounds_theirs(sa);
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];

	if (eap ? want != IKE_AUTH_EAP : !auth_method_fits(want, m->auth_method))
		explain_method(sa, eap ? IKE_AUTH_EAP : m->auth_method, text, hint);
	else if (eap || rounds_check(sa, m, text, hint))
		return true;
	auth_r_refuse(sa, IKE_WHY_AUTH, text, hint);
	return false;
}

/* For a second round of ours the peer must know of such. */
static bool peer_can(struct sa *sa, const struct msg *m)
{
	if (!sa->conn->conf->local_auth2 || msg_notify_find(m, N_MULTIPLE_AUTH_SUPPORTED))
		return true;
	auth_r_refuse(sa, IKE_WHY_AUTH,
		      "the peer knows no second round of authentication (RFC 4739), and "
		      "local-auth2 is one",
		      "configure the peer for two rounds, or remove local-auth2");
	return false;
}

/* The peer's second round; false: answered already. */
static bool second_read(struct sa *sa, const struct msg *m, bool eap, enum v2_verdict *verdict)
{
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];

	if (!sa->rounds->more || sa->eap) {
		sa->ike->bad = "a round of authentication out of order";
		*verdict = V_BAD;
		return false;
	}
	if (rounds_peer_id_read(sa, &m->idi, text, hint))
		return proof_fits(sa, m, eap);
	auth_r_refuse(sa, IKE_WHY_ID, text, hint);
	return false;
}

/* The connection of an initiator, and what it asks for besides; false: answered already. */
static bool request_read(struct sa *sa, const struct msg **at, struct msg *without, bool eap,
			 enum v2_verdict *verdict)
{
	const struct ike_id any = { .type = IKE_ID_ANY };
	const struct msg *m = *at;
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];
	struct conn *c;

	if (inter_pending(sa)) {
		sa->ike->bad = "IKE_AUTH before all the key exchanges that were agreed on";
		*verdict = V_BAD;
		return false;
	}
	sa->cert_asked |= msg_has(m, PL_CERTREQ);
	*verdict = V_STAY;
	if (sa->rounds && sa->rounds->begun)
		return second_read(sa, m, eap, verdict);
	sa->auth_mid = m->h.mid;
	sa->peer_id = m->idi;
	sa->hs->idr_wanted = msg_has(m, PL_IDR) ? m->idr : any;
	c = conn_match(sa->ike, &sa->local, &sa->remote, &sa->peer_id, &sa->hs->idr_wanted,
		       sa->chosen, eap, msg_notify_find(m, N_ANOTHER_AUTH_FOLLOWS));
	if (!c) {
		/* perhaps one that is for another way to prove oneself */
		c = conn_match(sa->ike, &sa->local, &sa->remote, &sa->peer_id, &sa->hs->idr_wanted,
			       sa->chosen, !eap, false);
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
	if (!proof_fits(sa, m, eap) || !peer_can(sa, m) ||
	    (!eap && !ppk_r_read(sa, at, without, verdict)))
		return false;
	rounds_begin(sa)->begun = true;
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

	if (!request_read(sa, &m, &without, false, &verdict))
		return verdict;
	if (!auth_verify(sa, m, &sa->in, auth_r_verified)) {
		auth_r_refuse(sa, IKE_WHY_PROTOCOL, "what the peer signed is too long", "");
		return V_STAY;
	}
	return V_WAIT;
}

enum v2_verdict auth_r_no_auth(struct sa *sa, const struct msg *m)
{
	enum v2_verdict verdict;

	return request_read(sa, &m, NULL, true, &verdict) ? eap_r_start(sa, m) : verdict;
}

enum v2_verdict auth_r_more(struct sa *sa, const struct msg *m)
{
	(void)m;
	if (!sa->rounds || !sa->rounds->theirs || sa->rounds->more || sa->eap || !rounds_mine(sa)) {
		sa->ike->bad = "IKE_AUTH without a proof of the peer's identity";
		return V_BAD;
	}
	go_on(sa, &sa->in);
	return V_WAIT;
}
