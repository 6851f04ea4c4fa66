// SPDX-License-Identifier: MIT
/*
 * The choice among proposals, RFC 7296 2.7 and 3.3.6.
 */
#include <string.h>

#include "tools/keyer/crypto/crypto.h"
#include "tools/keyer/ike/proposal.h"

const struct ike_transform *proposal_find(const struct ike_proposal *p, uint8_t type)
{
	for (unsigned int i = 0; i < p->n; i++) {
		if (p->t[i].type == type)
			return &p->t[i];
	}
	return NULL;
}

static bool is_ke_type(uint8_t type)
{
	return type == TR_KE || (type >= TR_ADDKE1 && type <= TR_ADDKE7);
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

uint16_t proposal_addke(const struct ike_proposal *p, unsigned int n)
{
	for (unsigned int type = TR_ADDKE1; type <= TR_ADDKE7; type++) {
		const struct ike_transform *t = proposal_find(p, (uint8_t)type);

		if (t && t->id && !n--)
			return t->id;
	}
	return 0;
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

/* RFC 9370 2.2.2: no method twice in one SA. */
static bool ke_taken(const struct ike_proposal *sofar, uint16_t id)
{
	for (unsigned int i = 0; i < sofar->n; i++) {
		if (is_ke_type(sofar->t[i].type) && sofar->t[i].id == id)
			return true;
	}
	return false;
}

static bool transform_capable(uint8_t protocol, const struct ike_transform *t,
			      const struct proposal_rules *rules)
{
	if (!t->id)
		return true;
	if (is_ke_type(t->type))
		return crypto_ke_supported(t->id);
	return protocol == PROTO_IKE || !rules->capable || rules->capable(rules->ctx, protocol, t);
}

static enum pick type_pick(const struct ike_proposal *ours, const struct ike_proposal *theirs,
			   uint8_t type, const struct proposal_rules *rules,
			   const struct ike_proposal *sofar, struct ike_transform *out)
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
		if (is_ke_type(type) && t->id && ke_taken(sofar, t->id))
			continue;
		if (!transform_capable(ours->protocol, t, rules)) {
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
	static const uint8_t ike_types[] = { TR_ENCR, TR_INTEG, TR_PRF, TR_KE, 6,  7,
					     8,	      9,	10,	11,    12, 0 };
	static const uint8_t esp_types[] = { TR_ENCR, TR_INTEG, TR_KE, TR_ESN, 6,  7,
					     8,	      9,	10,    11,     12, 0 };
	/* AH has no encryption, and is else as ESP */
	const uint8_t *type = ours->protocol == PROTO_IKE ? ike_types :
			      ours->protocol == PROTO_AH  ? esp_types + 1 :
							    esp_types;
	bool aead = false;

	memset(chosen, 0, sizeof(*chosen));
	memset(miss, 0, sizeof(*miss));
	chosen->protocol = ours->protocol;
	if (ours->protocol != theirs->protocol) {
		miss->protocol = true;
		return false;
	}
	if (theirs->alien) {
		miss->alien = true;
		return false;
	}
	for (; *type; type++) {
		struct ike_transform t;
		enum pick pick;

		if ((*type == TR_INTEG && aead) || (is_ke_type(*type) && rules->ignore_ke))
			continue;
		pick = type_pick(ours, theirs, *type, rules, chosen, &t);
		if (pick != PICK_OK) {
			miss->type = *type;
			miss->incapable = pick == PICK_INCAPABLE;
			return false;
		}
		aead |= transform_is_aead(&t);
		/* "none" of an additional exchange is said where it was offered (RFC 9370) */
		if (t.id || *type == TR_ESN || (*type >= TR_ADDKE1 && proposal_find(theirs, *type)))
			chosen->t[chosen->n++] = t;
	}
	return true;
}

bool proposal_answers(const struct ike_proposal *answer, const struct ike_proposal *chosen,
		      const struct proposal_rules *rules)
{
	unsigned int seen[TR_ADDKE7 + 1] = { 0 };

	for (unsigned int i = 0; i < answer->n; i++) {
		const struct ike_transform *t = &answer->t[i];
		bool found = false;

		if (t->type > TR_ADDKE7 || ++seen[t->type] > 1)
			return false;
		if ((!t->id && t->type != TR_ESN) || (rules->ignore_ke && is_ke_type(t->type)))
			continue;
		for (unsigned int k = 0; k < chosen->n; k++)
			found |= transform_equal(t, &chosen->t[k]);
		if (!found)
			return false;
	}
	return !answer->alien;
}

bool proposal_offer(const struct ike_proposal *from, struct ike_proposal *to)
{
	memset(to, 0, sizeof(*to));
	to->protocol = from->protocol;
	for (unsigned int i = 0; i < from->n; i++) {
		const struct ike_transform *t = &from->t[i];

		if (!is_ke_type(t->type) || !t->id || crypto_ke_supported(t->id))
			to->t[to->n++] = *t;
	}
	for (unsigned int i = 0; i < from->n; i++) {
		if (!proposal_find(to, from->t[i].type))
			return false;
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
