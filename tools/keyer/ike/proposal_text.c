// SPDX-License-Identifier: MIT
/*
 * Proposals as text: "aes256gcm16-prfsha384-ecp384" and back.
 */
#include <stdio.h>
#include <string.h>

#include "tools/keyer/ike/proposal.h"

static const struct {
	uint16_t integ, prf;
} implied[] = {
	{ INTEG_HMAC_SHA2_256_128, PRF_HMAC_SHA2_256 },
	{ INTEG_HMAC_SHA2_384_192, PRF_HMAC_SHA2_384 },
	{ INTEG_HMAC_SHA2_512_256, PRF_HMAC_SHA2_512 },
	{ 1, 1 }, /* MD5 */
	{ 2, 2 }, /* SHA1 */
	{ 5, 4 }, /* AES-XCBC */
	{ 8, 8 }, /* AES-CMAC */
};

static uint16_t implied_prf(uint16_t integ)
{
	for (size_t i = 0; i < sizeof(implied) / sizeof(*implied); i++) {
		if (implied[i].integ == integ)
			return implied[i].prf;
	}
	return 0;
}

static bool proposal_add(struct ike_proposal *p, uint8_t type, uint16_t id, uint16_t bits)
{
	const struct ike_transform t = { .type = type, .id = id, .key_bits = bits };

	for (unsigned int i = 0; i < p->n; i++) {
		if (transform_equal(&p->t[i], &t))
			return true;
	}
	if (p->n == IKE_TRANSFORMS_MAX)
		return false;
	p->t[p->n++] = t;
	return true;
}

static int word_add(struct ike_proposal *p, const char *word, size_t len, char *err, size_t err_len)
{
	const char *what = p->protocol == PROTO_IKE ? "IKE" : "ESP";
	const struct transform_name *n = transform_name_find(word, len);
	const char *near = transform_name_near(word, len);

	if (!len) {
		snprintf(err, err_len, "an algorithm is missing between the dashes");
		return -1;
	}
	if (!n) {
		snprintf(err, err_len, "unknown algorithm \"%.*s\"%s%s%s", (int)len, word,
			 near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
		return -1;
	}
	if (!(n->supported & (1 << p->protocol))) {
		snprintf(err, err_len, "\"%s\" is not supported for %s", n->word, what);
		return -1;
	}
	if (n->type == TR_KE && n->id == KE_NONE)
		return 0;
	if (!proposal_add(p, n->type, n->id, n->key_bits)) {
		snprintf(err, err_len, "more than %d algorithms in one proposal",
			 IKE_TRANSFORMS_MAX);
		return -1;
	}
	return 0;
}

/* Types in the order in which they are sent and printed. */
static void proposal_sort(struct ike_proposal *p)
{
	static const uint8_t order[] = { TR_ENCR, TR_INTEG, TR_PRF, TR_KE, TR_ESN };
	struct ike_proposal s = { .protocol = p->protocol };

	for (size_t o = 0; o < sizeof(order); o++) {
		for (unsigned int i = 0; i < p->n; i++) {
			if (p->t[i].type == order[o])
				s.t[s.n++] = p->t[i];
		}
	}
	*p = s;
}

static int proposal_complete(struct ike_proposal *p, char *err, size_t err_len)
{
	const struct ike_transform *encr = proposal_find(p, TR_ENCR);
	const struct ike_transform *integ = proposal_find(p, TR_INTEG);
	bool ike = p->protocol == PROTO_IKE, aead, full = true;
	const char *missing = NULL;

	if (!encr) {
		snprintf(err, err_len, "no encryption algorithm, for example aes256gcm16");
		return -1;
	}
	aead = transform_is_aead(encr);
	for (unsigned int i = 0; i < p->n; i++) {
		if (p->t[i].type == TR_ENCR && transform_is_aead(&p->t[i]) != aead) {
			snprintf(err, err_len,
				 "AES-GCM and AES-CBC cannot share a proposal: write two, "
				 "separated by a comma");
			return -1;
		}
	}
	/* an integrity algorithm beside an AEAD names the PRF, as strongSwan reads it */
	for (unsigned int i = 0, n = p->n; ike && !proposal_find(p, TR_PRF) && i < n; i++) {
		if (p->t[i].type == TR_INTEG)
			full &= proposal_add(p, 0xff, implied_prf(p->t[i].id), 0);
	}
	for (unsigned int i = 0; i < p->n; i++) {
		if (p->t[i].type == 0xff)
			p->t[i].type = TR_PRF;
	}
	if (aead && ike)
		proposal_strip(p, TR_INTEG);
	else if (aead && integ)
		missing = "AES-GCM protects by itself: leave out the integrity algorithm";
	else if (!aead && !integ)
		missing = "no integrity algorithm, for example sha256";
	if (ike && !proposal_find(p, TR_PRF))
		missing = missing ? missing : "no PRF, for example prfsha256";
	if (ike && !proposal_find(p, TR_KE))
		missing = missing ? missing : "no key exchange, for example x25519";
	if (!ike && !proposal_find(p, TR_ESN))
		full &= proposal_add(p, TR_ESN, 1, 0) && proposal_add(p, TR_ESN, 0, 0);
	if (!missing && !full)
		missing = "too many algorithms in one proposal";
	if (missing)
		snprintf(err, err_len, "%s", missing);
	return missing ? -1 : 0;
}

int ike_proposal_parse(uint8_t protocol, const char *text, struct ike_proposal *p, char *err,
		       size_t err_len)
{
	struct ike_proposal out = { .protocol = protocol };
	const char *word = text;

	if (protocol != PROTO_IKE && protocol != PROTO_ESP) {
		snprintf(err, err_len, "proposals are for IKE or ESP");
		return -1;
	}
	for (;;) {
		size_t len = strcspn(word, "-");

		if (word_add(&out, word, len, err, err_len))
			return -1;
		if (!word[len])
			break;
		word += len + 1;
	}
	if (proposal_complete(&out, err, err_len))
		return -1;
	proposal_sort(&out);
	*p = out;
	return 0;
}

static bool prf_is_implied(const struct ike_proposal *p)
{
	unsigned int prfs = 0, integs = 0;

	for (unsigned int i = 0; i < p->n; i++) {
		prfs += p->t[i].type == TR_PRF;
		if (p->t[i].type == TR_INTEG) {
			const struct ike_transform prf = { .type = TR_PRF,
							   .id = implied_prf(p->t[i].id) };
			bool there = false;

			integs++;
			for (unsigned int j = 0; j < p->n; j++)
				there |= transform_equal(&p->t[j], &prf);
			if (!there)
				return false;
		}
	}
	return prfs == integs;
}

char *ike_proposal_print(const struct ike_proposal *p, char *buf, size_t len)
{
	static const uint8_t order[] = { TR_ENCR, TR_INTEG, TR_PRF, TR_KE, TR_ESN };
	const struct ike_transform esn = { .type = TR_ESN, .id = 1 }, no = { .type = TR_ESN };
	bool both = false, seen_esn = false, seen_no = false, skip_prf = prf_is_implied(p);
	size_t at = 0;

	for (unsigned int i = 0; i < p->n; i++) {
		seen_esn |= transform_equal(&p->t[i], &esn);
		seen_no |= transform_equal(&p->t[i], &no);
	}
	both = seen_esn && seen_no;
	if (len)
		buf[0] = 0;
	for (size_t o = 0; o < sizeof(order); o++) {
		for (unsigned int i = 0; i < p->n; i++) {
			const struct ike_transform *t = &p->t[i];
			char word[32];

			if (t->type != order[o] || (t->type == TR_PRF && skip_prf) ||
			    (t->type == TR_ESN && both) ||
			    (!t->id && (t->type == TR_INTEG || t->type == TR_KE)))
				continue;
			if (at < len)
				at += (size_t)snprintf(buf + at, len - at, "%s%s", at ? "-" : "",
						       transform_print(t, word, sizeof(word)));
		}
	}
	return buf;
}
