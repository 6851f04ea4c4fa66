// SPDX-License-Identifier: MIT
/*
 * IKE_INTERMEDIATE (RFC 9242), for further key exchanges (RFC 9370): each of them
 * between IKE_SA_INIT and IKE_AUTH, under the keys so far, makes new keys. AUTH
 * covers all of these messages.
 */
#include <string.h>

#include "tools/keyer/ike/v2.h"

enum {
	GENERIC_HEADER = 4,
	NEXT_AT = 16, /* of the IKE header */
};

bool inter_offered(const struct ike_conn_conf *conf)
{
	struct ike_proposal p;

	for (unsigned int i = 0; i < conf->n_proposals; i++) {
		if (!proposal_offer(&conf->proposals[i], &p))
			continue;
		for (unsigned int type = TR_ADDKE1; type <= TR_ADDKE7; type++) {
			if (proposal_find(&p, (uint8_t)type))
				return true;
		}
	}
	return false;
}

bool inter_agree(struct sa *sa, const struct msg *m)
{
	sa->intermediate = msg_notify_find(m, N_INTERMEDIATE_EXCHANGE_SUPPORTED) != NULL;
	return sa->intermediate || !proposal_addke(sa->chosen, 0);
}

bool inter_pending(const struct sa *sa)
{
	return proposal_addke(sa->chosen, sa->addke_done) != 0;
}

/*
 * RFC 9242 3.3.2: the message as if it were neither fragmented nor padded nor
 * encrypted, chained to those before.
 */
void inter_auth(struct sa *sa, bool initiator, const uint8_t *header, uint8_t next,
		struct bytes plain)
{
	uint8_t *sum = initiator ? sa->hs->int_auth_i : sa->hs->int_auth_r;
	const uint8_t *key = initiator ? sa->keys.pi : sa->keys.pr;
	uint8_t a[IKE_HEADER_LEN + GENERIC_HEADER] = { 0 };
	const struct crypto_part part[] = {
		{ sum, sa->hs->int_auth ? sa->keys.prf_len : 0 },
		{ a, sizeof(a) },
		{ plain.p, plain.len },
	};
	struct writer w = { .buf = a, .len = sizeof(a), .cap = sizeof(a) };
	uint8_t out[CRYPTO_DIGEST_MAX];

	memcpy(a, header, IKE_HEADER_LEN);
	write_at_u8(&w, NEXT_AT, PL_SK);
	write_at_u32(&w, IKE_HEADER_LENGTH_AT, (uint32_t)(sizeof(a) + plain.len));
	write_at_u8(&w, IKE_HEADER_LEN, next);
	write_at_u16(&w, IKE_HEADER_LEN + 2, (uint16_t)(GENERIC_HEADER + plain.len));
	/* it fails only without memory: then AUTH fails */
	if (!crypto_prf(sa->keys.prf, key, sa->keys.prf_len, part, 3, out))
		memcpy(sum, out, sa->keys.prf_len);
	if (!initiator)
		sa->hs->int_auth = true; /* the response ends the pair */
}

static bool keys_renew(struct sa *sa, const uint8_t *shared, size_t len)
{
	struct bytes ni = { sa->hs->ni, sa->hs->ni_len }, nr = { sa->hs->nr, sa->hs->nr_len };
	struct sa_keys keys;

	if (sa_keys_derive(&keys, &sa->keys, sa->chosen, shared, len, ni, nr, (struct bytes){ 0 },
			   sa->spi_i, sa->spi_r))
		return false;
	if (!sa->initiator) { /* the peer may ask again under the old ones */
		if (!sa->keys_before)
			sa->keys_before = mem_new(sizeof(*sa->keys_before));
		*sa->keys_before = sa->keys;
	}
	sa->keys = keys;
	sa->iv = 0;
	explicit_bzero(&keys, sizeof(keys));
	sa->addke_done++;
	return true;
}

void inter_i_start(struct sa *sa)
{
	struct ike_transform t = { .type = TR_KE,
				   .id = proposal_addke(sa->chosen, sa->addke_done) };
	char name[32];

	crypto_ke_free(sa->hs->ke);
	sa->hs->ke = crypto_ke_new(t.id);
	if (!sa->hs->ke) {
		sa_kill(sa, IKE_WHY_PROTOCOL, "a further key exchange could not begin", "");
		return;
	}
	out_begin(sa, EXCH_IKE_INTERMEDIATE, false, sa->win.tx_mid, true);
	out_ke(sa->ike, sa->hs->ke);
	window_request(sa);
	if (sa->state == SA_DEAD)
		return;
	sa->out.step = TURN_WAIT_PEER;
	step(sa, "a further key exchange: %s", transform_print(&t, name, sizeof(name)));
}

enum v2_verdict inter_i_response(struct sa *sa, const struct msg *m)
{
	uint8_t shared[CRYPTO_KE_MAX];
	size_t len;
	bool ok;

	if (!sa->hs->ke || m->ke_group != crypto_ke_group(sa->hs->ke) ||
	    crypto_ke_shared(sa->hs->ke, m->ke.p, m->ke.len, shared, &len)) {
		sa_kill(sa, IKE_WHY_PROTOCOL,
			"the peer's value of a further key exchange is not valid", "");
		return V_STAY;
	}
	inter_auth(sa, false, m->raw.p, m->sk_next, m->inner);
	ok = keys_renew(sa, shared, len);
	explicit_bzero(shared, sizeof(shared));
	crypto_ke_free(sa->hs->ke);
	sa->hs->ke = NULL;
	if (!ok)
		sa_kill(sa, IKE_WHY_PROTOCOL, "keys could not be derived", "");
	else if (inter_pending(sa))
		inter_i_start(sa);
	else
		auth_i_start(sa);
	return V_STAY;
}

enum v2_verdict inter_r_request(struct sa *sa, const struct msg *m)
{
	uint8_t shared[CRYPTO_KE_MAX];
	struct crypto_ke *ke = NULL;
	size_t len;
	bool ok;

	if (sa->intermediate && m->ke_group == proposal_addke(sa->chosen, sa->addke_done))
		ke = crypto_ke_answer(m->ke_group, m->ke.p, m->ke.len, shared, &len);
	if (!ke) {
		sa->ike->bad =
			"a further key exchange that was not agreed on, or its value is not valid";
		return V_BAD;
	}
	inter_auth(sa, true, m->raw.p, m->sk_next, m->inner);
	out_begin(sa, EXCH_IKE_INTERMEDIATE, true, sa->in.mid, true);
	out_ke(sa->ike, ke);
	window_response(sa);
	crypto_ke_free(ke);
	ok = keys_renew(sa, shared, len);
	explicit_bzero(shared, sizeof(shared));
	if (!ok)
		sa_kill(sa, IKE_WHY_PROTOCOL, "keys could not be derived", "");
	return ok ? V_DONE : V_STAY;
}
