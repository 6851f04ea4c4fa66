// SPDX-License-Identifier: MIT
/*
 * EAP within IKE_AUTH, RFC 7296 2.16 and RFC 5998: several exchanges instead of
 * one, the last of which has AUTH of both sides with the key that EAP made.
 * EAP itself, its secrets and its key are the keyholder's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/ike/ident.h"
#include "tools/keyer/ike/v2.h"

void eap_free_sa(struct sa *sa)
{
	struct sa_eap *eap = sa->eap;

	if (!eap)
		return;
	sa->eap = NULL;
	if (eap->begun)
		effect_add(sa->ike, IKE_FX_EAP_END)->u.eap_end.session = sa->serial;
	mem_wipe_free(eap, sizeof(*eap));
}

/* Whom the peer is known as: what EAP proved, not what it calls itself in IDi. */
const struct ike_id *sa_who(const struct sa *sa)
{
	return sa->eap_id.len ? &sa->eap_id : &sa->peer_id;
}

/* --- the keyholder's part --- */

static void eap_ask(struct sa *sa, struct turn *t, bool server, struct bytes in, turn_resume resume)
{
	struct ike_fx_eap *fx = &effect_add(sa->ike, IKE_FX_EAP)->u.eap;

	fx->request = request_id(sa);
	fx->session = sa->serial;
	fx->conn = sa->conn_id;
	fx->server = server;
	fx->begin = !in.p;
	fx->peer = sa->peer_id;
	fx->len = (uint16_t)in.len;
	if (in.p)
		memcpy(fx->data, in.p, in.len);
	sa->eap->begun = true;
	turn_wait(sa, t, TURN_WAIT_EAP, fx->request, resume);
}

/* Without a key of the method, AUTH is made with SK_pi and SK_pr (2.16). */
static int auth_without_key(struct sa *sa, bool initiator, const struct ike_id *id, uint8_t *auth)
{
	uint8_t octets[IKE_OCTETS_MAX];
	size_t len = auth_octets(sa, initiator, id, octets);

	return len ? crypto_psk_auth(sa->keys.prf, initiator ? sa->keys.pi : sa->keys.pr,
				     sa->keys.prf_len, octets, len, auth) :
		     -1;
}

bool eap_sign(struct sa *sa, struct turn *t, turn_resume resume)
{
	struct ike_event ev = { .type = IKE_EV_AUTH_SIGNED };
	struct ike_fx_auth *fx;

	if (sa->eap->has_msk) {
		fx = auth_effect(sa, IKE_FX_AUTH_SIGN, sa->initiator, rounds_local_id(sa));
		if (!fx)
			return false;
		fx->method = IKE_AUTH_PSK;
		fx->eap = sa->serial;
		fx->peer = sa->peer_id;
		turn_wait(sa, t, TURN_WAIT_SIGN, fx->request, resume);
		return true;
	}
	ev.u.auth.ok = !auth_without_key(sa, sa->initiator, rounds_local_id(sa), ev.u.auth.data);
	ev.u.auth.method = IKE_AUTH_PSK;
	ev.u.auth.len = (uint16_t)sa->keys.prf_len;
	resume(sa, t, &ev);
	return true;
}

static bool eap_verify(struct sa *sa, const struct msg *m, struct turn *t, turn_resume resume)
{
	struct ike_event ev = { .type = IKE_EV_AUTH_VERIFIED };
	uint8_t auth[CRYPTO_DIGEST_MAX];
	struct ike_fx_auth *fx;

	if (sa->eap->has_msk) {
		fx = auth_effect(sa, IKE_FX_AUTH_VERIFY, !sa->initiator, rounds_peer_id(sa));
		if (!fx)
			return false;
		fx->method = IKE_AUTH_PSK;
		fx->eap = sa->serial;
		fx->peer = sa->peer_id;
		fx->auth_len = (uint16_t)m->auth.len;
		memcpy(fx->auth, m->auth.p, m->auth.len);
		turn_wait(sa, t, TURN_WAIT_VERIFY, fx->request, resume);
		return true;
	}
	ev.u.auth.ok = !auth_without_key(sa, !sa->initiator, rounds_peer_id(sa), auth) &&
		       m->auth.len == sa->keys.prf_len &&
		       crypto_equal(auth, m->auth.p, m->auth.len);
	resume(sa, t, &ev);
	return true;
}

static void eap_known(struct sa *sa, const struct ike_ev_eap *ev)
{
	char err[128];
	struct ike_id id;

	sa->eap->has_msk = ev->has_msk;
	sa->eap->success = true;
	if (!ike_id_parse(ev->identity, &id, err, sizeof(err)))
		sa->eap_id = id;
}

/* --- responder --- */

static void eap_write(struct sa *sa, const struct ike_ev_eap *ev)
{
	write_bytes(out_payload(sa->ike, PL_EAP), ev->data, ev->len);
}

static void eap_r_failed(struct sa *sa, const struct ike_ev_eap *ev)
{
	char text[IKE_TEXT_MAX];

	snprintf(text, sizeof(text), "%s", ev->why[0] ? ev->why : "EAP failed");
	if (!ev->len) {
		auth_r_refuse(sa, IKE_WHY_AUTH, text, ev->hint);
		return;
	}
	out_begin(sa, EXCH_IKE_AUTH, true, sa->in.mid, true);
	eap_write(sa, ev);
	window_response(sa);
	sa_close(sa, IKE_WHY_AUTH, text, ev->hint);
	sa_enter(sa, SA_LINGER, LINGER_MS);
}

static void eap_r_answered(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	const struct ike_ev_eap *e = &ev->u.eap;

	if (e->status == IKE_EAP_FAILURE || !e->len || e->len > IKE_EAP_MAX) {
		eap_r_failed(sa, e);
		return;
	}
	out_begin(sa, EXCH_IKE_AUTH, true, sa->in.mid, true);
	if (sa->eap->signed_auth || (sa->eap->only && !sa->eap->answered))
		id_payload_write(out_payload(sa->ike, PL_IDR), rounds_local_id(sa));
	if (sa->eap->signed_auth) {
		certs_write(sa);
		auth_write(sa, &sa->eap->auth);
		rounds_sent(sa);
		sa->eap->signed_auth = false;
	}
	eap_write(sa, e);
	window_response(sa);
	if (sa->state == SA_DEAD)
		return;
	sa->eap->answered = true;
	if (e->status == IKE_EAP_SUCCESS)
		eap_known(sa, e);
	sa_enter(sa, SA_INIT_DONE, auth_r_patience(sa));
	v2_done(sa, t);
}

static void eap_r_signed(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	const char *why = auth_missing(&ev->u.auth, "our own secret is not at hand");
	struct sa_eap *eap = sa->eap;
	struct bytes in = { eap->packet_len ? eap->packet : NULL, eap->packet_len };

	if (why) {
		auth_r_refuse(sa, IKE_WHY_AUTH, why, "");
		return;
	}
	eap->auth = ev->u.auth;
	eap->signed_auth = true;
	eap_ask(sa, t, true, in, eap_r_answered);
}

/* The answer is EAP, and our own round, if there is one to do. @in: empty at the beginning. */
static enum v2_verdict eap_r_step(struct sa *sa, struct bytes in)
{
	struct sa_eap *eap = sa->eap;

	if (!rounds_mine(sa)) {
		eap_ask(sa, &sa->in, true, in, eap_r_answered);
		return V_WAIT;
	}
	eap->packet_len = (uint16_t)in.len;
	if (in.p)
		memcpy(eap->packet, in.p, in.len);
	rounds_next_id(sa);
	if (auth_sign(sa, &sa->in, eap_r_signed))
		return V_WAIT;
	auth_r_refuse(sa, IKE_WHY_PROTOCOL, "what is to be signed is too long", "");
	return V_STAY;
}

enum v2_verdict eap_r_start(struct sa *sa, const struct msg *m)
{
	struct sa_eap *eap = sa->eap = mem_new(sizeof(*eap));
	const struct ike_conn_conf *conf = sa->conn->conf;

	if (sa->in.nego) {
		sa->rounds->nego = sa->in.nego;
		sa->in.nego = NULL;
	}
	eap->only = conf->eap_only && !sa->rounds->mine && !conf->local_auth2 &&
		    msg_notify_find(m, N_EAP_ONLY_AUTHENTICATION);
	if (eap->only)
		sa->rounds->mine = 1; /* EAP is our proof, too */
	if (rounds_mine(sa) == IKE_AUTH_EAP) {
		auth_r_refuse(sa, IKE_WHY_AUTH, "the peer wants us to prove ourselves before EAP",
			      "set local-auth to pubkey or psk");
		return V_STAY;
	}
	return eap_r_step(sa, (struct bytes){ 0 });
}

enum v2_verdict eap_r_message(struct sa *sa, const struct msg *m)
{
	if (!sa->eap || !sa->eap->answered || sa->eap->success || m->eap.len > IKE_EAP_MAX) {
		sa->ike->bad = "an EAP packet out of order";
		return V_BAD;
	}
	return eap_r_step(sa, m->eap);
}

enum v2_verdict eap_r_auth(struct sa *sa, const struct msg *m)
{
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];
	enum v2_verdict verdict;
	struct msg without;

	if (!sa->eap || !sa->eap->success || m->auth_method != IKE_AUTH_PSK) {
		sa->ike->bad = "AUTH before EAP has come to its end";
		return V_BAD;
	}
	if (!rounds_check(sa, m, text, hint)) {
		auth_r_refuse(sa, IKE_WHY_AUTH, text, hint);
		return V_STAY;
	}
	if (!ppk_r_read(sa, &m, &without, &verdict))
		return verdict;
	if (eap_verify(sa, m, &sa->in, auth_r_verified))
		return V_WAIT;
	auth_r_refuse(sa, IKE_WHY_PROTOCOL, "what the peer signed is too long", "");
	return V_STAY;
}

/* --- initiator --- */

static void eap_i_auth_send(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	const char *why = auth_missing(&ev->u.auth, "EAP made no key for AUTH");

	(void)t;
	if (why) {
		sa_kill(sa, IKE_WHY_AUTH, why, "");
		return;
	}
	out_begin(sa, EXCH_IKE_AUTH, false, sa->win.tx_mid, true);
	auth_write(sa, &ev->u.auth);
	rounds_sent(sa);
	ppk_i_write(sa);
	sa->rounds->eap_asked = false;
	window_request(sa);
	if (sa->state != SA_DEAD)
		sa->out.step = TURN_WAIT_PEER;
}

/* After EAP: our AUTH. */
static void eap_i_prove(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	(void)ev;
	if (!eap_sign(sa, t, eap_i_auth_send))
		sa_kill(sa, IKE_WHY_PROTOCOL, "what is to be signed is too long", "");
}

static void eap_i_answered(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	const struct ike_ev_eap *e = &ev->u.eap;

	if (e->status == IKE_EAP_FAILURE || e->len > IKE_EAP_MAX) {
		sa_kill(sa, IKE_WHY_AUTH, e->why[0] ? e->why : "EAP failed", e->hint);
		return;
	}
	if (e->status == IKE_EAP_SUCCESS) {
		sa->eap->has_msk = e->has_msk;
		sa->eap->success = true;
		if (sa->eap->only && !e->mutual) {
			sa_kill(sa, IKE_WHY_AUTH,
				"the peer proves itself by EAP alone, and its EAP method is too "
				"weak for that, or its certificate for somebody else",
				"set remote-auth to pubkey, or local-auth to eap-tls (RFC 5998 4)");
			return;
		}
		if (!ppk_i_start(sa, eap_i_prove))
			eap_i_prove(sa, t, NULL);
		return;
	}
	out_begin(sa, EXCH_IKE_AUTH, false, sa->win.tx_mid, true);
	eap_write(sa, e);
	window_request(sa);
	if (sa->state != SA_DEAD)
		sa->out.step = TURN_WAIT_PEER;
}

static void eap_i_verified(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];

	if (!ev->u.auth.ok) {
		explain_auth(sa, &ev->u.auth, text, hint);
		sa_kill(sa, IKE_WHY_AUTH, text, hint);
		return;
	}
	rounds_verified(sa);
	eap_ask(sa, t, false, (struct bytes){ sa->eap->packet, sa->eap->packet_len },
		eap_i_answered);
}

/* An EAP packet in a round of ours that is EAP, and has not come to its end. */
static bool eap_i_due(struct sa *sa, const struct msg *m)
{
	if (!sa->rounds->eap_asked || (sa->eap && sa->eap->success) || m->eap.len > IKE_EAP_MAX) {
		sa->ike->bad = "EAP, which we did not ask for";
		return false;
	}
	if (!sa->eap)
		sa->eap = mem_new(sizeof(*sa->eap));
	return true;
}

enum v2_verdict eap_i_start(struct sa *sa, const struct msg *m)
{
	uint8_t want = rounds_theirs(sa);

	if (!eap_i_due(sa, m))
		return V_BAD;
	if (sa->rounds->theirs && !sa->rounds->more) {
		sa->ike->bad = "a round of authentication out of order";
		return V_BAD;
	}
	/* our password is for nobody who has not proved itself */
	if (!auth_i_proof_read(sa, m, false))
		return V_STAY;
	if (want == IKE_AUTH_EAP) {
		sa->eap->only = true;
		sa->rounds->theirs++; /* by EAP, or not at all */
		eap_ask(sa, &sa->out, false, m->eap, eap_i_answered);
		return V_WAIT;
	}
	sa->eap->packet_len = (uint16_t)m->eap.len;
	memcpy(sa->eap->packet, m->eap.p, m->eap.len);
	if (auth_verify(sa, m, &sa->out, eap_i_verified))
		return V_WAIT;
	sa_kill(sa, IKE_WHY_PROTOCOL, "what the peer signed is too long", "");
	return V_STAY;
}

enum v2_verdict eap_i_message(struct sa *sa, const struct msg *m)
{
	if (!eap_i_due(sa, m))
		return V_BAD;
	if (!sa->rounds->theirs || sa->rounds->more) {
		sa->ike->bad = "EAP before the peer has proved itself";
		return V_BAD;
	}
	eap_ask(sa, &sa->out, false, m->eap, eap_i_answered);
	return V_WAIT;
}

enum v2_verdict eap_i_done(struct sa *sa, const struct msg *m)
{
	bool last = auth_i_last(sa, m);
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];

	if (!sa->eap || !sa->eap->success || m->auth_method != IKE_AUTH_PSK || sa->rounds->more ||
	    msg_notify_find(m, N_ANOTHER_AUTH_FOLLOWS)) {
		sa->ike->bad = "AUTH before EAP has come to its end";
		return V_BAD;
	}
	if (!ppk_i_read(sa, m, text, hint)) {
		auth_i_bad(sa, last, IKE_WHY_AUTH, text, hint);
		return V_STAY;
	}
	if (last)
		auth_i_read(sa, m);
	if (eap_verify(sa, m, &sa->out, last ? auth_i_authenticated : auth_i_half_way))
		return V_WAIT;
	sa_kill(sa, IKE_WHY_PROTOCOL, "what the peer signed is too long", "");
	return V_STAY;
}
