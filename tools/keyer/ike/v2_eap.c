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

enum {
	EAP_MS = 4 * HALF_OPEN_MS /* for all of EAP */
};

void eap_free_sa(struct sa *sa)
{
	struct sa_eap *eap = sa->eap;

	if (!eap)
		return;
	sa->eap = NULL;
	nego_free(sa, eap->nego);
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
		fx = auth_effect(sa, IKE_FX_AUTH_SIGN, sa->initiator, &sa->local_id);
		if (!fx)
			return false;
		fx->method = IKE_AUTH_PSK;
		fx->eap = sa->serial;
		fx->peer = sa->peer_id;
		turn_wait(sa, t, TURN_WAIT_SIGN, fx->request, resume);
		return true;
	}
	ev.u.auth.ok = !auth_without_key(sa, sa->initiator, &sa->local_id, ev.u.auth.data);
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
		fx = auth_effect(sa, IKE_FX_AUTH_VERIFY, !sa->initiator, &sa->peer_id);
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
	ev.u.auth.ok = !auth_without_key(sa, !sa->initiator, &sa->peer_id, auth) &&
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

/* Each answer gives the peer time for the next, but not without end: it is half open. */
static uint64_t patience(const struct sa *sa)
{
	uint64_t end = sa->created + EAP_MS, now = sa->ike->now;

	if (end <= now)
		return 1;
	return end - now < HALF_OPEN_MS ? end - now : HALF_OPEN_MS;
}

static void eap_r_answered(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	const struct ike_ev_eap *e = &ev->u.eap;

	if (e->status == IKE_EAP_FAILURE || !e->len || e->len > IKE_EAP_MAX) {
		eap_r_failed(sa, e);
		return;
	}
	out_begin(sa, EXCH_IKE_AUTH, true, sa->in.mid, true);
	if (!sa->eap->answered) {
		id_payload_write(out_payload(sa->ike, PL_IDR), &sa->local_id);
		if (!sa->eap->only) {
			certs_write(sa);
			auth_write(sa, &sa->eap->auth);
		}
	}
	eap_write(sa, e);
	window_response(sa);
	if (sa->state == SA_DEAD)
		return;
	sa->eap->answered = true;
	if (e->status == IKE_EAP_SUCCESS)
		eap_known(sa, e);
	sa_enter(sa, SA_INIT_DONE, patience(sa));
	v2_done(sa, t);
}

static void eap_r_signed(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	const char *why = auth_missing(&ev->u.auth, "our own secret is not at hand");

	if (why) {
		auth_r_refuse(sa, IKE_WHY_AUTH, why, "");
		return;
	}
	sa->eap->auth = ev->u.auth;
	eap_ask(sa, t, true, (struct bytes){ 0 }, eap_r_answered);
}

enum v2_verdict eap_r_start(struct sa *sa, const struct msg *m)
{
	struct sa_eap *eap = sa->eap = mem_new(sizeof(*eap));
	const struct ike_conn_conf *conf = sa->conn->conf;

	eap->only = conf->eap_only && msg_notify_find(m, N_EAP_ONLY_AUTHENTICATION);
	eap->nego = sa->in.nego;
	sa->in.nego = NULL;
	if (eap->only) {
		eap_ask(sa, &sa->in, true, (struct bytes){ 0 }, eap_r_answered);
		return V_WAIT;
	}
	if (conf->local_auth == IKE_AUTH_EAP) {
		auth_r_refuse(sa, IKE_WHY_AUTH, "the peer wants us to prove ourselves before EAP",
			      "set local-auth to pubkey or psk");
		return V_STAY;
	}
	if (auth_sign(sa, &sa->in, eap_r_signed))
		return V_WAIT;
	auth_r_refuse(sa, IKE_WHY_PROTOCOL, "what is to be signed is too long", "");
	return V_STAY;
}

enum v2_verdict eap_r_message(struct sa *sa, const struct msg *m)
{
	if (!sa->eap || !sa->eap->answered || sa->eap->success || m->eap.len > IKE_EAP_MAX) {
		sa->ike->bad = "an EAP packet out of order";
		return V_BAD;
	}
	eap_ask(sa, &sa->in, true, m->eap, eap_r_answered);
	return V_WAIT;
}

enum v2_verdict eap_r_auth(struct sa *sa, const struct msg *m)
{
	if (!sa->eap || !sa->eap->success || m->auth_method != IKE_AUTH_PSK) {
		sa->ike->bad = "AUTH before EAP has come to its end";
		return V_BAD;
	}
	sa->in.nego = sa->eap->nego;
	sa->eap->nego = NULL;
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
	window_request(sa);
	if (sa->state != SA_DEAD)
		sa->out.step = TURN_WAIT_PEER;
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
		if (!eap_sign(sa, t, eap_i_auth_send))
			sa_kill(sa, IKE_WHY_PROTOCOL, "what is to be signed is too long", "");
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
	eap_ask(sa, t, false, (struct bytes){ sa->eap->packet, sa->eap->packet_len },
		eap_i_answered);
}

enum v2_verdict eap_i_start(struct sa *sa, const struct msg *m)
{
	uint8_t want = sa->conn->conf->remote_auth;
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];

	sa->peer_id = m->idr;
	if (sa->conn->conf->local_auth != IKE_AUTH_EAP || sa->eap || m->eap.len > IKE_EAP_MAX) {
		sa->ike->bad = "EAP, which we did not ask for";
		return V_BAD;
	}
	if (!auth_i_id_expected(sa, text, hint)) {
		sa_kill(sa, IKE_WHY_ID, text, hint);
		return V_STAY;
	}
	sa->eap = mem_new(sizeof(*sa->eap));
	sa->eap->only = want == IKE_AUTH_EAP;
	sa->eap->packet_len = (uint16_t)m->eap.len;
	memcpy(sa->eap->packet, m->eap.p, m->eap.len);
	if (sa->eap->only) {
		eap_ask(sa, &sa->out, false, m->eap, eap_i_answered);
		return V_WAIT;
	}
	/* our password is for nobody who has not proved itself */
	if (!msg_has(m, PL_AUTH) || !auth_method_fits(want, m->auth_method)) {
		explain_method(sa, msg_has(m, PL_AUTH) ? m->auth_method : IKE_AUTH_EAP, text, hint);
		sa_kill(sa, IKE_WHY_AUTH, text, hint);
		return V_STAY;
	}
	if (auth_verify(sa, m, &sa->out, eap_i_verified))
		return V_WAIT;
	sa_kill(sa, IKE_WHY_PROTOCOL, "what the peer signed is too long", "");
	return V_STAY;
}

enum v2_verdict eap_i_message(struct sa *sa, const struct msg *m)
{
	if (!sa->eap || sa->eap->success || m->eap.len > IKE_EAP_MAX) {
		sa->ike->bad = "an EAP packet out of order";
		return V_BAD;
	}
	eap_ask(sa, &sa->out, false, m->eap, eap_i_answered);
	return V_WAIT;
}

enum v2_verdict eap_i_done(struct sa *sa, const struct msg *m)
{
	if (!sa->eap || !sa->eap->success || m->auth_method != IKE_AUTH_PSK) {
		sa->ike->bad = "AUTH before EAP has come to its end";
		return V_BAD;
	}
	auth_i_read(sa, m);
	if (eap_verify(sa, m, &sa->out, auth_i_authenticated))
		return V_WAIT;
	sa_kill(sa, IKE_WHY_PROTOCOL, "what the peer signed is too long", "");
	return V_STAY;
}
