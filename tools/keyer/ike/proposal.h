/* SPDX-License-Identifier: MIT */
/*
 * Proposals: strongSwan's names of transforms, and the choice among them.
 */
#ifndef IPSECVIF_KEYER_PROPOSAL_H
#define IPSECVIF_KEYER_PROPOSAL_H

#include "tools/keyer/ike/payload.h"

/**
 * struct transform_name - one keyword of strongSwan's.
 * @alias: another spelling of the row before it, never printed.
 * @supported: ours for IKE, AH, ESP (bits 1 << protocol); 0: known only to be
 *	named, in what a peer offers or in a configuration error.
 * @legacy: outdated, so only for who says so.
 */
struct transform_name {
	const char *word;
	uint8_t type;
	uint16_t id;
	uint16_t key_bits;
	uint8_t supported;
	bool alias;
	bool legacy;
};

/** transform_name_find() - the row of a keyword, or NULL. */
const struct transform_name *transform_name_find(const char *word, size_t len);
/** transform_name_near() - the nearest supported keyword, or NULL if none is near. */
const char *transform_name_near(const char *word, size_t len);
/** transform_supported() - can this core, or ESP or AH below it, do this transform? */
bool transform_supported(uint8_t protocol, const struct ike_transform *t);
/** transform_print() - its keyword, or "encr-99" with an id that nobody named. */
char *transform_print(const struct ike_transform *t, char *buf, size_t len);
/** transform_type_name() - "encryption", "PRF", ... */
const char *transform_type_name(uint8_t type);
/** protocol_name() - "IKE", "AH" or "ESP". */
const char *protocol_name(uint8_t protocol);
/** transform_legacy() - is it only for who says `legacy = yes`? */
bool transform_legacy(const struct ike_transform *t);
bool transform_is_aead(const struct ike_transform *t);
bool transform_equal(const struct ike_transform *a, const struct ike_transform *b);

struct proposal_rules;

/** proposal_find() - the first transform of a type, or NULL. */
const struct ike_transform *proposal_find(const struct ike_proposal *p, uint8_t type);
/** proposal_has_ke() - is this key exchange method among its transforms? */
bool proposal_has_ke(const struct ike_proposal *p, uint16_t group);
void proposal_strip(struct ike_proposal *p, uint8_t type);
/** proposal_addke() - the method of its @n'th additional key exchange, from 0, that is one; or 0. */
uint16_t proposal_addke(const struct ike_proposal *p, unsigned int n);
/**
 * proposal_answers() - is an answer the choice made of it, and nothing beyond?
 * @rules: with ignore_ke, key exchanges in the answer do not matter.
 */
bool proposal_answers(const struct ike_proposal *answer, const struct ike_proposal *chosen,
		      const struct proposal_rules *rules);
/**
 * proposal_offer() - what of a proposal can be offered: key exchanges that the
 * library has.
 * Return: false if nothing of some type is left.
 */
bool proposal_offer(const struct ike_proposal *from, struct ike_proposal *to);

/** struct proposal_rules - what narrows a choice beside the two lists. */
struct proposal_rules {
	bool ignore_ke; /* the first child has no key exchange of its own */
	uint16_t prefer_ke; /* what the peer sent a public value for, if we would take it */
	bool esn_first;
	void *ctx;
	bool (*capable)(void *ctx, uint8_t protocol, const struct ike_transform *t);
};

/**
 * struct proposal_miss - why two proposals do not fit together.
 * @type: of the first transform that has no common value.
 */
struct proposal_miss {
	uint8_t type;
	bool protocol; /* they are for different protocols */
	bool alien; /* the peer's has a transform of an unknown type (RFC 7296 3.3.6) */
	bool incapable; /* common, but the kernel lacks it */
};

/**
 * proposal_match() - one of ours against one of the peer's.
 * @chosen: on success, one transform of each type; our order decides.
 * @miss: on failure, filled in.
 */
bool proposal_match(const struct ike_proposal *ours, const struct ike_proposal *theirs,
		    const struct proposal_rules *rules, struct ike_proposal *chosen,
		    struct proposal_miss *miss);
/**
 * proposal_choose() - the first of ours that fits one of theirs.
 * Return: the peer's proposal that was taken, NULL if none fits.
 */
const struct sa_proposal *proposal_choose(const struct ike_proposal *ours, unsigned int n,
					  const struct sa_payload *theirs,
					  const struct proposal_rules *rules,
					  struct ike_proposal *chosen);

#endif /* IPSECVIF_KEYER_PROPOSAL_H */
