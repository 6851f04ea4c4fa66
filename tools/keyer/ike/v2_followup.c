// SPDX-License-Identifier: MIT
/*
 * IKE_FOLLOWUP_KE (RFC 9370 2.2.4): further key exchanges behind CREATE_CHILD_SA.
 *
 * Each response but the last has a link, ADDITIONAL_KEY_EXCHANGE, that the next
 * request repeats. What is made exists only when all are done: until then the
 * initiator's turn goes on, and the responder keeps the negotiation, one for each
 * IKE SA and not for long. A request for what is not kept is answered
 * STATE_NOT_FOUND, and who gets that begins with CREATE_CHILD_SA again.
 *
 * While one is kept we begin nothing that makes SAs, and who is rekeying does not
 * answer the same rekey of the peer's, but with TEMPORARY_FAILURE: so no two of
 * these that concern one SA ever overlap, and a comparison of nonces is not
 * needed. Both try again after a time of chance.
 */
#include <string.h>

#include "tools/keyer/ike/v2.h"

enum {
	FOLLOWUP_MS = 60000, /* the peer's time for the next request */
	LINK_OURS = 16,
	LINK_MAX = 1024,
};

bool followup_pending(const struct nego *n)
{
	return proposal_addke(&n->chosen, n->addke_done) != 0;
}

void followup_drop(struct sa *sa)
{
	struct nego *n = sa->followup;

	sa->followup = NULL;
	sa->followup_until = NEVER;
	nego_free(sa, n);
}

void followup_forget(struct sa *sa, const char *child)
{
	if (sa->followup && !sa->followup->ike && !strcmp(sa->followup->child, child))
		followup_drop(sa);
}

void followup_tick(struct sa *sa)
{
	if (sa->followup_until > sa->ike->now)
		return;
	log_sa(sa, IKE_LOG_INFO,
	       "result=forgotten why=\"the peer did not go on with IKE_FOLLOWUP_KE within %d s\"",
	       FOLLOWUP_MS / 1000);
	followup_drop(sa);
}

/* One more secret for the keys. */
static void secret_add(struct nego *n, const uint8_t *shared, size_t len)
{
	uint8_t *all = mem_new(n->more_len + len);

	if (n->more_len)
		memcpy(all, n->more, n->more_len);
	memcpy(all + n->more_len, shared, len);
	mem_wipe_free(n->more, n->more_len);
	n->more = all;
	n->more_len += len;
	n->addke_done++;
}

static void ke_replace(struct nego *n, struct crypto_ke *ke)
{
	crypto_ke_free(n->ke);
	n->ke = ke;
}

/* Initiator. */

const char *followup_i_next(struct sa *sa, const struct msg *m)
{
	const struct msg_notify *link = msg_notify_find(m, N_ADDITIONAL_KEY_EXCHANGE);
	struct nego *n = sa->out.nego;
	struct ike_transform t = { .type = TR_KE, .id = proposal_addke(&n->chosen, n->addke_done) };
	char name[32];

	if (!link || link->data.len > LINK_MAX)
		return "the peer chose further key exchanges, and does not go on with them";
	ke_replace(n, crypto_ke_new(t.id));
	if (!n->ke)
		return "a further key exchange could not begin";
	out_begin(sa, EXCH_IKE_FOLLOWUP_KE, false, sa->win.tx_mid, true);
	out_ke(sa->ike, n->ke);
	out_notify(sa->ike, 0, NULL, 0, N_ADDITIONAL_KEY_EXCHANGE, link->data.p, link->data.len);
	window_request(sa);
	if (sa->state == SA_DEAD)
		return NULL;
	sa->out.step = TURN_WAIT_PEER;
	step(sa, "a further key exchange: %s", transform_print(&t, name, sizeof(name)));
	return NULL;
}

enum v2_verdict followup_i_response(struct sa *sa, const struct msg *m)
{
	struct nego *n = sa->out.nego;
	uint8_t shared[CRYPTO_KE_MAX];
	const char *err = NULL;
	size_t len;

	if (!n || !followup_pending(n) || !n->ke || m->ke_group != crypto_ke_group(n->ke) ||
	    crypto_ke_shared(n->ke, m->ke.p, m->ke.len, shared, &len)) {
		err = "the peer's value of a further key exchange is not valid";
	} else {
		secret_add(n, shared, len);
		explicit_bzero(shared, sizeof(shared));
		/* the old SA is being taken down: what is not made yet need not be */
		if (followup_pending(n) && sa->state == SA_DELETING) {
			v2_done(sa, &sa->out);
			return V_STAY;
		}
		if (followup_pending(n))
			err = followup_i_next(sa, m);
		else
			return n->ike ? rekey_i_finish(sa) : child_i_finish(sa);
	}
	if (!err)
		return V_WAIT;
	if (n && !n->ike)
		return child_i_broken(sa, err);
	sa->ike->bad = err;
	return V_BAD;
}

/* Responder. */

bool followup_busy(struct sa *sa, uint64_t replaces, bool ike)
{
	struct nego *n = sa->followup;

	if (!n)
		return false;
	/* the same once more: the peer has given the first one up */
	if (n->ike != ike || (!ike && (!replaces || n->replaces != replaces)))
		return true;
	followup_drop(sa);
	return false;
}

void followup_r_keep(struct sa *sa, struct turn *t)
{
	sa->followup = t->nego;
	sa->followup_until = sa->ike->now + FOLLOWUP_MS;
	t->nego = NULL;
}

void followup_r_link(struct sa *sa, struct nego *n)
{
	uint8_t link[LINK_OURS];

	ike_random(sa->ike, link, sizeof(link));
	packet_set(&n->link, link, sizeof(link));
	out_notify(sa->ike, 0, NULL, 0, N_ADDITIONAL_KEY_EXCHANGE, link, sizeof(link));
}

static bool link_fits(const struct sa *sa, const struct msg *m)
{
	const struct msg_notify *link = msg_notify_find(m, N_ADDITIONAL_KEY_EXCHANGE);
	const struct nego *n = sa->followup;

	return n && link && link->data.len == n->link.len &&
	       crypto_equal(link->data.p, n->link.data, n->link.len);
}

enum v2_verdict followup_r_request(struct sa *sa, const struct msg *m)
{
	struct nego *n = sa->followup;
	uint8_t shared[CRYPTO_KE_MAX];
	struct crypto_ke *ke = NULL;
	size_t len;

	if (!link_fits(sa, m)) {
		respond_error(sa, N_STATE_NOT_FOUND);
		return V_DONE;
	}
	sa->followup = NULL;
	sa->followup_until = NEVER;
	sa->in.nego = n;
	if (m->ke_group == proposal_addke(&n->chosen, n->addke_done))
		ke = crypto_ke_answer(m->ke_group, m->ke.p, m->ke.len, shared, &len);
	if (!ke) {
		sa->ike->bad =
			"a further key exchange that was not agreed on, or its value is not valid";
		return V_BAD;
	}
	secret_add(n, shared, len);
	explicit_bzero(shared, sizeof(shared));
	ke_replace(n, ke);
	if (!followup_pending(n))
		return n->ike ? rekey_r_finish(sa) : child_r_finish(sa);
	out_begin(sa, EXCH_IKE_FOLLOWUP_KE, true, sa->in.mid, true);
	out_ke(sa->ike, n->ke);
	followup_r_link(sa, n);
	window_response(sa);
	if (sa->state == SA_DEAD)
		return V_STAY;
	followup_r_keep(sa, &sa->in);
	return V_DONE;
}
