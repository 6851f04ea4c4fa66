// SPDX-License-Identifier: MIT
/*
 * A CHILD_SA that is agreed on: its keys, its limits, and netadmin asked to install it.
 */
#include <string.h>

#include "tools/keyer/ike/report.h"
#include "tools/keyer/ike/sa.h"

/* When to rekey, of an amount: a tenth before its end, and up to the fuzz of that earlier. */
static uint64_t amount_soft(struct sa *sa, const struct ike_child_conf *conf, uint64_t hard)
{
	uint64_t margin = hard / 10;

	return hard - margin - ike_random_below(sa->ike, margin / 100 * conf->fuzz_percent + 1);
}

static void install_limits(struct sa *sa, const struct ike_child_conf *conf,
			   struct ike_fx_child *fx)
{
	if (!conf)
		return;
	fx->hard_ms = conf->lifetime;
	fx->hard_bytes = conf->bytes;
	fx->hard_packets = conf->packets;
	if (!conf->rekey)
		return;
	fx->soft_ms = conf->lifetime > conf->margin ? conf->lifetime - conf->margin : 0;
	fx->soft_bytes = amount_soft(sa, conf, conf->bytes);
	fx->soft_packets = amount_soft(sa, conf, conf->packets);
}

bool nego_install(struct sa *sa, struct turn *t, turn_resume resume)
{
	struct nego *n = t->nego;
	struct child *old = n->replaces ? child_find(sa, n->replaces) : NULL;
	const struct ike_child_conf *conf = conn_child(sa->conn, n->child);
	const struct ike_transform *encr = proposal_find(&n->chosen, TR_ENCR);
	const struct ike_transform *integ = proposal_find(&n->chosen, TR_INTEG);
	const struct ike_transform *esn = proposal_find(&n->chosen, TR_ESN);
	struct ike_fx_child keys = { 0 }, *fx;
	bool derived;

	if (encr)
		keys.encr = *encr;
	if (integ)
		keys.integ = *integ;
	/* not negotiated, but what the peer does with the number of sha256 */
	if (keys.integ.id == INTEG_HMAC_SHA2_256_128 && conf && conf->sha256_96)
		keys.integ.id = INTEG_HMAC_SHA2_256_96;
	derived = !child_keys_derive(sa, n, &keys);
	explicit_bzero(n->shared, sizeof(n->shared));
	n->shared_len = 0;
	mem_wipe_free(n->more, n->more_len);
	n->more = NULL;
	n->more_len = 0;
	if (!derived) {
		nego_fail(n, N_NO_PROPOSAL_CHOSEN, IKE_WHY_KERNEL, "keys could not be derived", "");
		return false;
	}
	fx = &effect_add(sa->ike, IKE_FX_CHILD_INSTALL)->u.child;
	*fx = keys;
	explicit_bzero(&keys, sizeof(keys));
	fx->request = request_id(sa);
	fx->conn = sa->conn_id;
	memcpy(fx->child, n->child, sizeof(fx->child));
	fx->protocol = n->protocol;
	fx->mode = n->mode;
	fx->esn = esn && esn->id;
	fx->encap = sa_encap(sa);
	fx->initiator = n->initiator;
	fx->spi_in = n->spi_in;
	fx->spi_out = n->spi_out;
	fx->cpi_in = n->cpi_in;
	fx->cpi_out = n->cpi_out;
	fx->replaces_in = old ? old->spi_in : 0;
	fx->local = sa->local;
	fx->remote = sa->remote;
	n->outer = sa_path(sa);
	n->encap = fx->encap;
	install_limits(sa, conf, fx);
	fx->n_local = n->local_ts.n;
	fx->n_remote = n->remote_ts.n;
	memcpy(fx->local_ts, n->local_ts.ts, sizeof(fx->local_ts));
	memcpy(fx->remote_ts, n->remote_ts.ts, sizeof(fx->remote_ts));
	n->installing = true;
	turn_wait(sa, t, TURN_WAIT_INSTALL, fx->request, resume);
	return true;
}
