// SPDX-License-Identifier: MIT
/*
 * IKE_SA_INIT, responder.
 */
#include <stdio.h>
#include <string.h>

#include "tools/keyer/ike/v2.h"

static void refuse(struct ike *ike, const struct ike_ev_packet *p, const struct msg *m,
		   const struct conn *c, enum ike_reason why, const char *text, const char *hint)
{
	report_refused(ike, c, &p->local, &p->remote, why, text, hint);
	respond_clear(ike, p, &m->h, N_NO_PROPOSAL_CHOSEN, NULL, 0);
}

/*
 * The identity comes only later, so the proposal is chosen among all
 * connections that the addresses allow, the most specific first.
 */
static struct conn *choose(struct ike *ike, const struct ike_ev_packet *p, const struct msg *m,
			   const struct sa_payload *offer, struct conn **nearest,
			   struct ike_proposal *chosen)
{
	const struct proposal_rules rules = { .prefer_ke = m->ke_group };
	struct conn *c, *best = NULL;
	unsigned int most = 0, near = 0;

	*nearest = NULL;
	TAILQ_FOREACH(c, &ike->conns, link)
	{
		unsigned int fit = conn_fits(c, &p->local, &p->remote);
		struct ike_proposal one;

		if (fit > near) {
			near = fit;
			*nearest = c;
		}
		if (fit > most && proposal_choose(c->conf->proposals, c->conf->n_proposals, offer,
						  &rules, &one)) {
			most = fit;
			best = c;
			*chosen = one;
			if (most == CONN_FITS_MOST)
				break;
		}
	}
	return best;
}

static bool load_allows(struct ike *ike, const struct ike_ev_packet *p, const struct msg *m)
{
	const struct msg_notify *n = msg_notify_find(m, N_COOKIE);
	uint32_t max = ike->env.half_open_max ? ike->env.half_open_max : HALF_OPEN_MAX;
	uint8_t cookie[33];

	if (ike->half_open >= max) {
		log_packet(ike, &p->local, &p->remote,
			   "result=dropped why=\"%u handshakes are half open\"", ike->half_open);
		return false;
	}
	max = ike->env.half_open_source_max ? ike->env.half_open_source_max : HALF_OPEN_SOURCE_MAX;
	if (ike->half_open >= max && sa_half_open_from(ike, &p->remote) >= max) {
		log_packet(ike, &p->local, &p->remote,
			   "result=dropped why=\"%u handshakes of this address are half open\"",
			   max);
		return false;
	}
	if (!cookie_demanded(ike) || (n && cookie_valid(ike, p, m, n->data)))
		return true;
	cookie_make(ike, p, m, cookie);
	respond_clear(ike, p, &m->h, N_COOKIE, cookie, sizeof(cookie));
	return false;
}

static void init_respond(struct sa *sa, uint8_t number, const struct crypto_ke *ke)
{
	struct sa_proposal p = { .number = number, .p = *sa->chosen };
	struct ike *ike = sa->ike;
	struct bytes packet;

	out_begin(sa, EXCH_IKE_SA_INIT, true, 0, false);
	sa_payload_write(out_payload(ike, PL_SA), &p, 1);
	out_ke(ike, ke);
	write_bytes(out_payload(ike, PL_NONCE), sa->hs->nr, sa->hs->nr_len);
	nat_write(sa, sa->spi_i, sa->spi_r);
	if (sa->fragment_size)
		out_notify(ike, 0, NULL, 0, N_FRAGMENTATION_SUPPORTED, NULL, 0);
	if (sa->ppk_state == PPK_AGREED)
		out_notify(ike, 0, NULL, 0, N_USE_PPK, NULL, 0);
	if (rounds_possible(ike, &sa->local, &sa->remote))
		out_notify(ike, 0, NULL, 0, N_MULTIPLE_AUTH_SUPPORTED, NULL, 0);
	if (sa->intermediate)
		out_notify(ike, 0, NULL, 0, N_INTERMEDIATE_EXCHANGE_SUPPORTED, NULL, 0);
	if (sa->childless)
		out_notify(ike, 0, NULL, 0, N_CHILDLESS_IKEV2_SUPPORTED, NULL, 0);
	if (sa->peer_hashes)
		hashes_write(ike);
	certreq_write_all(ike, &sa->local, &sa->remote);
	if (!out_finish(sa, &packet)) {
		sa_kill(sa, IKE_WHY_PROTOCOL, "the response does not fit", "");
		return;
	}
	packet_set(&sa->hs->init_r, packet.p, packet.len);
	window_resend(sa, &sa->hs->init_r, &sa->asked);
	sa->win.rx_mid = 1;
}

/* Our half of the key exchange, once the keys are made; NULL: the peer's is not valid. */
static struct crypto_ke *keys_agree(struct sa *sa, const struct msg *m)
{
	struct bytes ni = { sa->hs->ni, sa->hs->ni_len }, nr = { sa->hs->nr, sa->hs->nr_len };
	uint8_t shared[CRYPTO_KE_MAX];
	size_t len;
	struct crypto_ke *ke = crypto_ke_answer(m->ke_group, m->ke.p, m->ke.len, shared, &len);

	if (ke && sa_keys_derive(&sa->keys, NULL, sa->chosen, shared, len, ni, nr,
				 (struct bytes){ 0 }, sa->spi_i, sa->spi_r)) {
		crypto_ke_free(ke);
		ke = NULL;
	}
	explicit_bzero(shared, sizeof(shared));
	return ke;
}

static void accept_init(struct ike *ike, const struct ike_ev_packet *p, const struct msg *m,
			const struct conn *c, const struct ike_proposal *chosen, uint8_t number)
{
	struct crypto_ke *ke;
	struct sa *sa = sa_new(ike, false, &p->local, &p->remote, p->natt);

	memcpy(sa->spi_i, m->h.spi_i, IKE_SPI_LEN);
	sa_set_chosen(sa, chosen);
	memcpy(sa->hs->ni, m->nonce.p, m->nonce.len);
	sa->hs->ni_len = (uint16_t)m->nonce.len;
	sa->hs->nr_len = NONCE_OURS;
	ike_random(ike, sa->hs->nr, sa->hs->nr_len);
	ke = inter_agree(sa, m) ? keys_agree(sa, m) : NULL;
	if (!ke) {
		report_refused(ike, c, &p->local, &p->remote, IKE_WHY_PROTOCOL,
			       "the peer's key exchange value is not valid", "");
		sa_enter(sa, SA_DEAD, 0);
		return;
	}
	packet_set(&sa->hs->init_i, m->raw.p, m->raw.len);
	digest(m->raw, sa->win.response_to);
	sa->natt_policy = c->conf->natt;
	nat_read(sa, m);
	if (msg_notify_find(m, N_FRAGMENTATION_SUPPORTED))
		sa->fragment_size = c->conf->fragment_size;
	sa->childless = c->conf->childless != IKE_CHILDLESS_NEVER;
	if (msg_notify_find(m, N_USE_PPK) && ppk_possible(ike, &p->local, &p->remote))
		sa->ppk_state = PPK_AGREED;
	hashes_read(sa, m);
	sa_register_init(sa);
	init_respond(sa, number, ke);
	crypto_ke_free(ke);
	sa_enter(sa, SA_INIT_DONE, HALF_OPEN_MS);
	sa_rearm(sa);
}

void init_r_request(struct ike *ike, const struct ike_ev_packet *p, const struct msg *m)
{
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];
	const uint64_t needs = PAYLOAD_BIT(PL_SA) | PAYLOAD_BIT(PL_KE) | PAYLOAD_BIT(PL_NONCE);
	struct conn *c, *nearest;
	struct ike_proposal chosen;
	struct sa_payload offer;
	const struct sa_proposal *theirs;
	const struct ike_transform *group;
	struct proposal_rules rules = { .prefer_ke = m->ke_group };
	const char *err = NULL;

	if ((m->has & needs) != needs)
		err = "IKE_SA_INIT lacks SA, KE or Nonce";
	else if (m->unknown_critical)
		err = "IKE_SA_INIT has a critical payload of unknown type";
	else if (m->raw.len > REQUEST_LEN_MAX)
		err = "IKE_SA_INIT is too long";
	else
		err = sa_payload_parse(m->sa, &offer);
	if (err || ike->shutting_down) {
		log_packet(ike, &p->local, &p->remote, "result=dropped why=\"%s\"",
			   err ? err : "shutting down");
		if (!err || !m->unknown_critical || ike->log_count > LOG_BURST)
			return;
		respond_clear(ike, p, &m->h, N_UNSUPPORTED_CRITICAL_PAYLOAD, &m->unknown_critical,
			      1);
		return;
	}
	if (!load_allows(ike, p, m))
		return;
	c = choose(ike, p, m, &offer, &nearest, &chosen);
	if (!nearest) {
		refuse(ike, p, m, NULL, IKE_WHY_ID,
		       "no tunnel is configured between these addresses",
		       "a tunnel's `local` and `remote` must allow them");
		return;
	}
	if (!c) {
		explain_proposals(nearest->conf->proposals, nearest->conf->n_proposals, &offer,
				  &rules, "ike", text, hint);
		refuse(ike, p, m, nearest, IKE_WHY_NO_PROPOSAL, text, hint);
		return;
	}
	group = proposal_find(&chosen, TR_KE);
	if (group->id != m->ke_group) {
		const uint8_t want[2] = { (uint8_t)(group->id >> 8), (uint8_t)group->id };

		respond_clear(ike, p, &m->h, N_INVALID_KE_PAYLOAD, want, 2);
		return;
	}
	theirs = proposal_choose(c->conf->proposals, c->conf->n_proposals, &offer, &rules, &chosen);
	accept_init(ike, p, m, c, &chosen, theirs->number);
}
