// SPDX-License-Identifier: MIT
/*
 * The choice among proposals, RFC 7296 2.7 and 3.3.6.
 */
#include <string.h>

#include "tools/keyer/ike/proposal.h"

const struct ike_transform *proposal_find(const struct ike_proposal *p, uint8_t type)
{
	for (unsigned int i = 0; i < p->n; i++) {
		if (p->t[i].type == type)
			return &p->t[i];
	}
	return NULL;
}

bool proposal_has_ke(const struct ike_proposal *p, uint16_t group)
{
	for (unsigned int i = 0; i < p->n; i++) {
		if (p->t[i].type == TR_KE && p->t[i].id == group)
			return true;
	}
	return false;
}

void proposal_strip(struct ike_proposal *p, uint8_t type)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < p->n; i++) {
		if (p->t[i].type != type)
			p->t[n++] = p->t[i];
	}
	p->n = (uint8_t)n;
}

/* A type that is not listed is the same as "none" (and "no ESN") listed alone. */
static bool lists(const struct ike_proposal *p, const struct ike_transform *want)
{
	bool any = false;

	for (unsigned int i = 0; i < p->n; i++) {
		any |= p->t[i].type == want->type;
		if (transform_equal(&p->t[i], want))
			return true;
	}
	return !any && want->id == 0 && want->type != TR_ENCR && want->type != TR_PRF;
}

enum pick {
	PICK_OK,
	PICK_NONE,
	PICK_INCAPABLE
};

static enum pick type_pick(const struct ike_proposal *ours, const struct ike_proposal *theirs,
			   uint8_t type, const struct proposal_rules *rules,
			   struct ike_transform *out)
{
	const struct ike_transform none = { .type = type };
	const struct ike_transform *best = NULL;
	bool listed = false, incapable = false;

	for (unsigned int i = 0; i < ours->n; i++) {
		const struct ike_transform *t = &ours->t[i];

		if (t->type != type)
			continue;
		listed = true;
		if (!lists(theirs, t))
			continue;
		if (rules->capable && t->type != TR_KE && t->id &&
		    !rules->capable(rules->ctx, ours->protocol, t)) {
			incapable = true;
			continue;
		}
		if (!best || (type == TR_KE && rules->prefer_ke && t->id == rules->prefer_ke) ||
		    (type == TR_ESN && rules->esn_first && t->id))
			best = t;
	}
	if (!listed && type != TR_ENCR && type != TR_PRF && lists(theirs, &none))
		best = &none;
	if (!best)
		return incapable ? PICK_INCAPABLE : PICK_NONE;
	*out = *best;
	return PICK_OK;
}

bool proposal_match(const struct ike_proposal *ours, const struct ike_proposal *theirs,
		    const struct proposal_rules *rules, struct ike_proposal *chosen,
		    struct proposal_miss *miss)
{
	static const uint8_t ike_types[] = { TR_ENCR, TR_INTEG, TR_PRF, TR_KE, 0 };
	static const uint8_t esp_types[] = { TR_ENCR, TR_INTEG, TR_KE, TR_ESN, 0 };
	const uint8_t *type = ours->protocol == PROTO_IKE ? ike_types : esp_types;
	bool aead = false;

	memset(chosen, 0, sizeof(*chosen));
	memset(miss, 0, sizeof(*miss));
	chosen->protocol = ours->protocol;
	if (ours->protocol != theirs->protocol) {
		miss->protocol = true;
		return false;
	}
	for (; *type; type++) {
		struct ike_transform t;
		enum pick pick;

		if ((*type == TR_INTEG && aead) || (*type == TR_KE && rules->ignore_ke))
			continue;
		pick = type_pick(ours, theirs, *type, rules, &t);
		if (pick != PICK_OK) {
			miss->type = *type;
			miss->incapable = pick == PICK_INCAPABLE;
			return false;
		}
		aead |= transform_is_aead(&t);
		if (t.id || *type == TR_ESN)
			chosen->t[chosen->n++] = t;
	}
	return true;
}

const struct sa_proposal *proposal_choose(const struct ike_proposal *ours, unsigned int n,
					  const struct sa_payload *theirs,
					  const struct proposal_rules *rules,
					  struct ike_proposal *chosen)
{
	struct proposal_miss miss;

	for (unsigned int i = 0; i < n; i++) {
		for (unsigned int j = 0; j < theirs->n; j++) {
			if (proposal_match(&ours[i], &theirs->p[j].p, rules, chosen, &miss))
				return &theirs->p[j];
		}
	}
	return NULL;
}
