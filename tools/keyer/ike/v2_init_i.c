// SPDX-License-Identifier: MIT
/*
 * IKE_SA_INIT, initiator: RFC 7296 1.2, 2.6, 2.7.
 */
#include <stdio.h>
#include <string.h>

#include "tools/keyer/ike/v2.h"

static const uint8_t spi_none[IKE_SPI_LEN];

/* The group whose public value goes along: the one asked for, or our first. */
static bool init_ke(struct sa *sa)
{
	const struct ike_conn_conf *conf = sa->conn->conf;

	for (unsigned int i = 0; i < conf->n_proposals && !sa->hs->ke_group; i++) {
		const struct ike_transform *t;
		struct ike_proposal p;

		if (!proposal_offer(&conf->proposals[i], &p))
			continue;
		t = proposal_find(&p, TR_KE);
		sa->hs->ke_group = t ? t->id : 0;
	}
	if (sa->hs->ke && crypto_ke_group(sa->hs->ke) == sa->hs->ke_group)
		return true;
	crypto_ke_free(sa->hs->ke);
	sa->hs->ke = crypto_ke_new(sa->hs->ke_group);
	return sa->hs->ke != NULL;
}

static void init_write(struct sa *sa)
{
	const struct ike_conn_conf *conf = sa->conn->conf;
	struct sa_proposal p[IKE_PROPOSALS_MAX] = { 0 };
	struct ike *ike = sa->ike;
	unsigned int n = 0;

	if (sa->hs->cookie_len) /* the first payload (2.6) */
		out_notify(ike, 0, NULL, 0, N_COOKIE, sa->hs->cookie, sa->hs->cookie_len);
	for (unsigned int i = 0; i < conf->n_proposals; i++) {
		if (proposal_offer(&conf->proposals[i], &p[n].p))
			p[n].number = (uint8_t)(n + 1), n++;
	}
	sa_payload_write(out_payload(ike, PL_SA), p, n);
	out_ke(ike, sa->hs->ke);
	write_bytes(out_payload(ike, PL_NONCE), sa->hs->ni, sa->hs->ni_len);
	nat_write(sa, sa->spi_i, spi_none);
	redirect_offer(sa);
	if (ppk_offered(conf))
		out_notify(ike, 0, NULL, 0, N_USE_PPK, NULL, 0);
	if (inter_offered(conf))
		out_notify(ike, 0, NULL, 0, N_INTERMEDIATE_EXCHANGE_SUPPORTED, NULL, 0);
	if (conf->fragment_size)
		out_notify(ike, 0, NULL, 0, N_FRAGMENTATION_SUPPORTED, NULL, 0);
	hashes_write(ike);
}

static void init_send(struct sa *sa)
{
	char remote[64];

	if (!init_ke(sa)) {
		sa_kill(sa, IKE_WHY_CONFIG, "no IKE proposal with a key exchange is configured",
			"give the tunnel an `ike` line, for example aes256gcm16-prfsha384-x25519");
		return;
	}
	sa->win.tx_mid = 0;
	sa->refused_until = NEVER;
	out_begin(sa, EXCH_IKE_SA_INIT, false, 0, false);
	init_write(sa);
	window_request(sa);
	if (sa->state == SA_DEAD)
		return;
	packet_set(&sa->hs->init_i, sa->win.request.data, sa->win.request.len);
	sa_enter(sa, SA_INIT_SENT, 0);
	sa->out.step = TURN_WAIT_PEER;
	step(sa, "asking %s for an IKE SA", ike_addr_print(&sa->remote, remote, sizeof(remote)));
}

void init_start(struct sa *sa)
{
	struct task *t = mem_new(sizeof(*t));

	t->kind = TASK_INIT;
	sa->out.task = t;
	sa->hs->ni_len = NONCE_OURS;
	ike_random(sa->ike, sa->hs->ni, sa->hs->ni_len);
	init_send(sa);
}

/* Each restart costs an exchange: a peer (or a forger) gets a few. */
static bool restart_allowed(struct sa *sa)
{
	if (++sa->hs->restarts <= INIT_RESTARTS_MAX)
		return true;
	log_sa(sa, IKE_LOG_DEBUG, "result=dropped why=\"asked to start again too often\"");
	return false;
}

void init_redirected(struct sa *sa, const struct ike_addr *local, const struct ike_addr *to)
{
	sa->redirected_from = sa->remote;
	sa->local = *local;
	sa->remote = *to;
	sa->local.port = sa->remote.port = 500;
	sa->natt = false;
	sa->hs->cookie_len = 0;
	sa->hs->restarts = 0; /* how often we are sent away has a limit of its own */
	init_send(sa);
}

enum v2_verdict init_i_cookie(struct sa *sa, const struct msg *m)
{
	const struct msg_notify *n = msg_notify_find(m, N_COOKIE);

	if (!n->data.len || n->data.len > COOKIE_MAX || !restart_allowed(sa))
		return V_STAY;
	memcpy(sa->hs->cookie, n->data.p, n->data.len);
	sa->hs->cookie_len = (uint16_t)n->data.len;
	step(sa, "the peer is busy and asked for a cookie");
	init_send(sa);
	return V_STAY;
}

enum v2_verdict init_i_invalid_ke(struct sa *sa, const struct msg *m)
{
	const struct msg_notify *n = msg_notify_find(m, N_INVALID_KE_PAYLOAD);
	const struct ike_conn_conf *conf = sa->conn->conf;
	struct ike_transform t = { .type = TR_KE };
	bool ours = false;
	char name[32];

	if (n->data.len != 2)
		return V_STAY;
	t.id = (uint16_t)(n->data.p[0] << 8 | n->data.p[1]);
	for (unsigned int i = 0; i < conf->n_proposals; i++)
		ours |= proposal_has_ke(&conf->proposals[i], t.id);
	/* what we did not offer would be a downgrade: it is not believed */
	if (!ours || t.id == sa->hs->ke_group || !restart_allowed(sa)) {
		log_sa(sa, IKE_LOG_INFO,
		       "result=ignored why=\"the peer asks for key exchange %s, "
		       "which is not configured\"",
		       transform_print(&t, name, sizeof(name)));
		return V_STAY;
	}
	sa->hs->ke_group = t.id;
	step(sa, "the peer wants %s for the key exchange", transform_print(&t, name, sizeof(name)));
	init_send(sa);
	return V_STAY;
}

/*
 * Anybody on the path can send a refusal in clear; only the peer can answer
 * properly. So a refusal is shown at once, but it ends the attempt only if no
 * proper answer comes within the time of one retransmission. That is soon
 * enough for who waits, and a forger who cannot hold back the peer's packets
 * gains nothing.
 */
enum v2_verdict init_i_refused(struct sa *sa, const struct msg *m)
{
	const struct msg_notify *n = msg_error(m);
	uint64_t grace = sa->retransmit_timeout < 2000 ? sa->retransmit_timeout : 2000;
	char name[32];

	if (sa->refused_until != NEVER)
		return V_STAY;
	sa->refused = n->type;
	sa->refused_until = sa->ike->now + grace;
	step(sa, "the peer answers %s; waiting whether that is its last word",
	     notify_name(n->type, name, sizeof(name)));
	return V_STAY;
}

void init_refusal_stands(struct sa *sa)
{
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];

	explain_refusal(sa, sa->refused, NULL, text, hint);
	sa_kill(sa, sa->refused == N_NO_PROPOSAL_CHOSEN ? IKE_WHY_NO_PROPOSAL : IKE_WHY_PROTOCOL,
		text, hint);
}

/* The choice must be one of ours, one transform of each type. */
static bool choice_valid(struct sa *sa, const struct msg *m)
{
	const struct ike_conn_conf *conf = sa->conn->conf;
	const struct proposal_rules rules = { 0 };
	struct ike_proposal chosen;
	struct proposal_miss miss;
	struct sa_payload p;

	sa->ike->bad = sa_payload_parse(m->sa, &p);
	if (sa->ike->bad || p.n != 1)
		return false;
	for (unsigned int i = 0; i < conf->n_proposals; i++) {
		if (!proposal_match(&conf->proposals[i], &p.p[0].p, &rules, &chosen, &miss))
			continue;
		sa_set_chosen(sa, &chosen);
		return proposal_answers(&p.p[0].p, &chosen, &rules);
	}
	return false;
}

static bool keys_agree(struct sa *sa, const struct msg *m)
{
	struct bytes ni = { sa->hs->ni, sa->hs->ni_len };
	uint8_t shared[CRYPTO_KE_MAX];
	size_t len;
	int err;

	if (crypto_ke_shared(sa->hs->ke, m->ke.p, m->ke.len, shared, &len))
		return false;
	err = sa_keys_derive(&sa->keys, NULL, sa->chosen, shared, len, ni, m->nonce,
			     (struct bytes){ 0 }, m->h.spi_i, m->h.spi_r);
	explicit_bzero(shared, sizeof(shared));
	return !err;
}

static bool mobike_wanted(const struct sa *sa)
{
	return sa->conn->conf->mobike && sa->natt_seen && sa->natt_policy != IKE_NATT_NEVER;
}

/* RFC 6023: what the first child would have had by IKE_AUTH it has by an exchange of its own. */
static bool childless_agree(struct sa *sa, const struct msg *m)
{
	uint8_t want = sa->conn->conf->childless;
	bool can = msg_notify_find(m, N_CHILDLESS_IKEV2_SUPPORTED) != NULL;

	sa->childless = can && (want == IKE_CHILDLESS_PREFER || want == IKE_CHILDLESS_FORCE);
	if (sa->childless || want != IKE_CHILDLESS_FORCE)
		return true;
	sa_kill(sa, IKE_WHY_PROTOCOL, "the peer cannot begin without a child (RFC 6023)",
		"set childless = prefer here, or update the peer");
	return false;
}

/*
 * In clear, so nothing wrong in it ends the attempt: it is dropped, and the
 * true one may yet come.
 */
enum v2_verdict init_i_response(struct sa *sa, const struct msg *m)
{
	char algs[128];

	if (m->raw.len > REQUEST_LEN_MAX) {
		sa->ike->bad = "the response is too long";
		return V_BAD;
	}
	if (!memcmp(m->h.spi_r, spi_none, IKE_SPI_LEN) || !choice_valid(sa, m)) {
		sa->ike->bad = "the choice of the responder is not one of those offered";
		return V_BAD;
	}
	if (!inter_agree(sa, m)) {
		sa->ike->bad =
			"the responder chose key exchanges for which it lacks IKE_INTERMEDIATE";
		return V_BAD;
	}
	if (m->ke_group != sa->hs->ke_group || !proposal_has_ke(sa->chosen, m->ke_group) ||
	    !keys_agree(sa, m)) {
		sa->ike->bad = "the responder's key exchange value is not valid";
		return V_BAD;
	}
	memcpy(sa->spi_r, m->h.spi_r, IKE_SPI_LEN);
	memcpy(sa->hs->nr, m->nonce.p, m->nonce.len);
	sa->hs->nr_len = (uint16_t)m->nonce.len;
	packet_set(&sa->hs->init_r, m->raw.p, m->raw.len);
	window_answered(sa);
	redirect_drop(sa); /* who said so in clear was not the gateway */
	sa->refused_until = NEVER;
	crypto_ke_free(sa->hs->ke);
	sa->hs->ke = NULL;
	nat_read(sa, m);
	if (msg_notify_find(m, N_FRAGMENTATION_SUPPORTED))
		sa->fragment_size = sa->conn->conf->fragment_size;
	hashes_read(sa, m);
	sa->cert_asked = msg_has(m, PL_CERTREQ);
	/* who may move has to be where ESP may be in UDP later (RFC 4555 3.3) */
	if ((sa->nat_local || sa->nat_remote || mobike_wanted(sa)) && !sa->natt) {
		sa->natt = true;
		sa->local.port = 4500;
		sa->remote.port = sa->remote.port == 500 ? 4500 : sa->remote.port;
	}
	if (!childless_agree(sa, m) || !ppk_i_agree(sa, m) || !rounds_agree(sa, m))
		return V_STAY;
	step(sa, "keys agreed: %s%s%s", ike_proposal_print(sa->chosen, algs, sizeof(algs)),
	     sa->nat_local ? ", NAT before us" : "", sa->nat_remote ? ", NAT before the peer" : "");
	sa_enter(sa, SA_AUTH_SENT, 0);
	if (inter_pending(sa))
		inter_i_start(sa);
	else
		auth_i_start(sa);
	return V_WAIT;
}
