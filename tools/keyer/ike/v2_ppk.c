// SPDX-License-Identifier: MIT
/*
 * Post-quantum pre-shared keys, RFC 8784: a secret that both ends have goes into
 * SK_d, SK_pi and SK_pr. The keyholder has it, and mixes it in; here are only the
 * results. @sa->ppk holds the other set of the three: of both, one may be needed.
 * The key goes with the initiator's first AUTH, which with EAP is the one after it:
 * what the responder proves before that is without. It holds for what both prove after
 * it, second rounds (RFC 4739) included: of those RFC 8784 says nothing else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/ike/v2.h"

enum {
	PPK_ID_FIXED = 2
};

/* What of an IKE_AUTH request concerns the PPK. */
enum ppk_verdict {
	PPK_GO_ON,
	PPK_WAIT, /* the keyholder is asked */
	PPK_WITHOUT, /* AUTH is the one for who has not the PPK */
	PPK_MISSING, /* required, and not there */
	PPK_UNKNOWN, /* the peer insists on one that we have not */
};

static bool configured(const struct ike_conn_conf *conf)
{
	return conf->ppk_id_len != 0;
}

bool ppk_offered(const struct ike_conn_conf *conf)
{
	return configured(conf);
}

/* A responder does not know yet who calls: somebody from there may have one. */
bool ppk_possible(struct ike *ike, const struct ike_addr *local, const struct ike_addr *remote)
{
	const struct conn *c;

	for (c = ike->n_ppk ? TAILQ_FIRST(&ike->conns) : NULL; c; c = TAILQ_NEXT(c, link)) {
		if (c->ppk && conn_fits(c, local, remote))
			return true;
	}
	return false;
}

static void swap(uint8_t *a, uint8_t *b)
{
	uint8_t c[CRYPTO_DIGEST_MAX];

	memcpy(c, a, sizeof(c));
	memcpy(a, b, sizeof(c));
	memcpy(b, c, sizeof(c));
	explicit_bzero(c, sizeof(c));
}

static void keys_swap(struct sa *sa)
{
	swap(sa->keys.d, sa->ppk->d);
	swap(sa->keys.pi, sa->ppk->pi);
	swap(sa->keys.pr, sa->ppk->pr);
}

static void ask(struct sa *sa, struct turn *t, turn_resume resume)
{
	struct ike_fx_ppk *fx = &effect_add(sa->ike, IKE_FX_PPK)->u.ppk;

	fx->request = request_id(sa);
	fx->conn = sa->conn_id;
	fx->prf = sa->keys.prf;
	memcpy(fx->d, sa->keys.d, sizeof(fx->d));
	memcpy(fx->pi, sa->keys.pi, sizeof(fx->pi));
	memcpy(fx->pr, sa->keys.pr, sizeof(fx->pr));
	turn_wait(sa, t, TURN_WAIT_PPK, fx->request, resume);
}

static void take(struct sa *sa, const struct ike_ev_ppk *ev)
{
	if (!sa->ppk)
		sa->ppk = mem_new(sizeof(*sa->ppk));
	memcpy(sa->ppk->d, ev->d, sizeof(ev->d));
	memcpy(sa->ppk->pi, ev->pi, sizeof(ev->pi));
	memcpy(sa->ppk->pr, ev->pr, sizeof(ev->pr));
}

void ppk_forget(struct sa *sa)
{
	mem_wipe_free(sa->ppk, sizeof(*sa->ppk));
	sa->ppk = NULL;
	packet_drop(&sa->ppk_request);
}

/* Initiator. */

bool ppk_i_agree(struct sa *sa, const struct msg *m)
{
	const struct ike_conn_conf *conf = sa->conn->conf;

	if (!configured(conf))
		return true;
	if (msg_notify_find(m, N_USE_PPK)) {
		sa->ppk_state = PPK_AGREED;
		return true;
	}
	if (conf->ppk_required)
		sa_kill(sa, IKE_WHY_AUTH, "the peer uses no post-quantum pre-shared key (RFC 8784)",
			"give the peer the ppk, or set ppk-required = no here");
	return !conf->ppk_required;
}

static void mixed_i(struct sa *sa, struct turn *t)
{
	keys_swap(sa);
	sa->ppk_state = PPK_MIXED;
	sa->ppk_resume(sa, t, NULL);
}

/* What is worth as much without the key, for a peer that does not have this one. */
static void no_ppk_signed(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	if (!auth_i_signed(sa, &ev->u.auth))
		return;
	packet_set(&sa->ppk_request, ev->u.auth.data, ev->u.auth.len);
	mixed_i(sa, t);
}

static void keys_ready_i(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	bool asked = true;

	if (!ev->u.ppk.ok) {
		sa_kill(sa, IKE_WHY_AUTH, ev->u.ppk.why, "");
		return;
	}
	take(sa, &ev->u.ppk);
	if (sa->conn->conf->ppk_required)
		mixed_i(sa, t);
	else
		asked = sa->eap ? eap_sign(sa, t, no_ppk_signed) : auth_sign(sa, t, no_ppk_signed);
	if (!asked)
		sa_kill(sa, IKE_WHY_PROTOCOL, "what is to be signed is too long", "");
}

bool ppk_i_start(struct sa *sa, turn_resume resume)
{
	if (sa->ppk_state != PPK_AGREED)
		return false;
	sa->ppk_resume = resume;
	ask(sa, &sa->out, keys_ready_i);
	return true;
}

void ppk_i_write(struct sa *sa)
{
	const struct ike_conn_conf *conf = sa->conn->conf;
	uint8_t id[1 + IKE_PPK_ID_MAX] = { PPK_ID_FIXED };

	if (sa->ppk_state != PPK_MIXED)
		return;
	memcpy(id + 1, conf->ppk_id, conf->ppk_id_len);
	out_notify(sa->ike, 0, NULL, 0, N_PPK_IDENTITY, id, 1u + conf->ppk_id_len);
	if (sa->ppk_request.data)
		out_notify(sa->ike, 0, NULL, 0, N_NO_PPK_AUTH, sa->ppk_request.data,
			   sa->ppk_request.len);
}

bool ppk_i_read(struct sa *sa, const struct msg *m, char *text, char *hint)
{
	if (sa->ppk_state != PPK_MIXED)
		return true;
	if (msg_notify_find(m, N_PPK_IDENTITY)) {
		sa->ppk_state = PPK_SURE;
		step(sa, "the keys are mixed with the post-quantum pre-shared key");
		return true;
	}
	if (sa->conn->conf->ppk_required) {
		snprintf(text, IKE_TEXT_MAX, "the peer does not use the post-quantum key");
		snprintf(hint, IKE_TEXT_MAX, "give it the ppk, or set ppk-required = no here");
		return false;
	}
	keys_swap(sa);
	sa->ppk_state = PPK_NONE;
	log_sa(sa, IKE_LOG_WARN, "result=no-ppk why=\"the peer does not have the ppk\"");
	return true;
}

/* Responder. */

static bool id_is(const struct ike_conn_conf *conf, struct bytes id)
{
	return configured(conf) && id.len == 1u + conf->ppk_id_len && id.p[0] == PPK_ID_FIXED &&
	       !memcmp(id.p + 1, conf->ppk_id, conf->ppk_id_len);
}

/* The request, read again now that its keys are there. */
static void keys_ready_r(struct sa *sa, struct turn *t, const struct ike_event *ev)
{
	struct bytes plain = { sa->ppk_request.data, sa->ppk_request.len };
	struct packet request = sa->ppk_request;
	char words[IKE_TEXT_MAX];
	struct msg *m;

	if (ev->u.ppk.ok) {
		take(sa, &ev->u.ppk);
		keys_swap(sa);
		sa->ppk_state = PPK_MIXED;
	} else {
		sa->ppk_state = PPK_NONE;
		log_sa(sa, IKE_LOG_WARN, "result=no-ppk %s",
		       log_why(ev->u.ppk.why, NULL, words, sizeof(words)));
	}
	t->step = TURN_IDLE;
	sa->ppk_request = (struct packet){ 0 };
	m = mem_new(sizeof(*m));
	m->h = sa->ppk_header;
	m->sk_next = sa->ppk_next;
	if (!msg_parse_inner(m, plain)) /* as it was before */
		v2_message(sa, m);
	free(request.data);
	free(m);
}

static enum ppk_verdict ppk_r_request(struct sa *sa, const struct msg *m, struct msg *without)
{
	const struct ike_conn_conf *conf = sa->conn->conf;
	const struct msg_notify *id = msg_notify_find(m, N_PPK_IDENTITY);
	const struct msg_notify *no = msg_notify_find(m, N_NO_PPK_AUTH);

	if (sa->ppk_state == PPK_MIXED || sa->ppk_state == PPK_SURE)
		return PPK_GO_ON;
	if (sa->ppk_state == PPK_AGREED && id && id_is(conf, id->data)) {
		packet_set(&sa->ppk_request, m->inner.p, m->inner.len);
		sa->ppk_header = m->h;
		sa->ppk_next = m->sk_next;
		ask(sa, &sa->in, keys_ready_r);
		return PPK_WAIT;
	}
	if (configured(conf) && conf->ppk_required)
		return PPK_MISSING;
	if (!id)
		return PPK_GO_ON;
	if (!no || !no->data.len || no->data.len > IKE_AUTH_MAX)
		return PPK_UNKNOWN;
	*without = *m;
	without->auth = no->data;
	return PPK_WITHOUT;
}

bool ppk_r_read(struct sa *sa, const struct msg **m, struct msg *without, enum v2_verdict *verdict)
{
	*verdict = V_STAY;
	switch (ppk_r_request(sa, *m, without)) {
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
		*m = without;
		break;
	case PPK_GO_ON:
		break;
	}
	return true;
}

void ppk_r_write(struct sa *sa)
{
	if (sa->ppk_state != PPK_MIXED)
		return;
	out_notify(sa->ike, 0, NULL, 0, N_PPK_IDENTITY, NULL, 0);
	sa->ppk_state = PPK_SURE;
}
