// SPDX-License-Identifier: MIT
/*
 * Proposals as text: "aes256gcm16-prfsha384-ecp384" and back.
 */
#include <stdio.h>
#include <string.h>

#include "tools/keyer/crypto/crypto.h"
#include "tools/keyer/ike/proposal.h"

static const struct {
	uint16_t integ, prf;
} implied[] = {
	{ INTEG_HMAC_SHA2_256_128, PRF_HMAC_SHA2_256 },
	{ INTEG_HMAC_SHA2_384_192, PRF_HMAC_SHA2_384 },
	{ INTEG_HMAC_SHA2_512_256, PRF_HMAC_SHA2_512 },
	{ INTEG_HMAC_MD5_96, PRF_HMAC_MD5 },
	{ INTEG_HMAC_SHA1_96, PRF_HMAC_SHA1 },
	{ INTEG_AES_XCBC_96, PRF_AES128_XCBC },
	{ INTEG_AES_CMAC_96, PRF_AES128_CMAC },
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

/* "ke1_" to "ke7_": the type that it stands for; 0 else. */
static uint8_t addke_prefix(const char *word, size_t len)
{
	if (len > 4 && !strncasecmp(word, "ke", 2) && word[2] >= '1' && word[2] <= '7' &&
	    word[3] == '_')
		return (uint8_t)(TR_ADDKE1 + (word[2] - '1'));
	return 0;
}

static int word_add(struct ike_proposal *p, const char *word, size_t len, char *err, size_t err_len)
{
	const char *what = protocol_name(p->protocol);
	uint8_t addke = addke_prefix(word, len);
	size_t skip = addke ? 4 : 0;
	bool none = addke && len == 8 && !strncasecmp(word + 4, "none", 4);
	const struct transform_name *n = transform_name_find(word + skip, len - skip);
	const char *near = n ? NULL : transform_name_near(word + skip, len - skip);
	uint8_t type;

	if (!len) {
		snprintf(err, err_len, "an algorithm is missing between the dashes");
		return -1;
	}
	if (!none && (!n || (addke && n->type != TR_KE))) {
		snprintf(err, err_len, "unknown %s \"%.*s\"%s%s%s",
			 addke ? "key exchange" : "algorithm", (int)len, word,
			 near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
		return -1;
	}
	if (!none && p->protocol == PROTO_AH && n->type == TR_ENCR) {
		snprintf(err, err_len,
			 "\"%s\" is not for AH, which does not encrypt: it takes an integrity "
			 "algorithm alone, for example sha256",
			 n->word);
		return -1;
	}
	if (!none && !(n->supported & (1 << p->protocol))) {
		snprintf(err, err_len, "\"%s\" is not supported for %s", n->word, what);
		return -1;
	}
	if (!addke && n->type == TR_KE && n->id == KE_NONE)
		return 0;
	type = addke ? addke : n->type;
	if (!proposal_add(p, type, none ? 0 : n->id, none ? 0 : n->key_bits)) {
		snprintf(err, err_len, "more than %d algorithms in one proposal",
			 IKE_TRANSFORMS_MAX);
		return -1;
	}
	return 0;
}

/* Types in the order in which they are sent and printed. */
static const uint8_t type_order[] = { TR_ENCR, TR_INTEG, TR_PRF, TR_KE, 6,  7,
				      8,       9,	 10,	 11,	12, TR_ESN };

/* Marks what is not of any type yet. */
#define TYPE_PENDING 31

static void proposal_sort(struct ike_proposal *p)
{
	struct ike_proposal s = { .protocol = p->protocol };

	for (size_t o = 0; o < sizeof(type_order); o++) {
		for (unsigned int i = 0; i < p->n; i++) {
			if (p->t[i].type == type_order[o])
				s.t[s.n++] = p->t[i];
		}
	}
	*p = s;
}

/* Ciphers with integrity of their own, and others, are never alternatives. */
static const char *kinds_mixed(const struct ike_proposal *p, bool aead)
{
	for (unsigned int i = 0; i < p->n; i++) {
		if (p->t[i].type == TR_ENCR && transform_is_aead(&p->t[i]) != aead)
			return "ciphers with integrity of their own, as AES-GCM, and others, "
			       "as AES-CBC, cannot share a proposal: write two, separated by a "
			       "comma";
	}
	return NULL;
}

/* An integrity algorithm beside an AEAD names the PRF, as strongSwan reads it. */
static bool prfs_imply(struct ike_proposal *p)
{
	bool full = true;

	for (unsigned int i = 0, n = p->n; !proposal_find(p, TR_PRF) && i < n; i++) {
		if (p->t[i].type == TR_INTEG)
			full &= proposal_add(p, TYPE_PENDING, implied_prf(p->t[i].id), 0);
	}
	for (unsigned int i = 0; i < p->n; i++) {
		if (p->t[i].type == TYPE_PENDING)
			p->t[i].type = TR_PRF;
	}
	return full;
}

/* What is missing, or too much, in a proposal of all its words; NULL: nothing. */
static const char *proposal_complete(struct ike_proposal *p)
{
	const struct ike_transform *encr = proposal_find(p, TR_ENCR);
	bool ike = p->protocol == PROTO_IKE, aead = encr && transform_is_aead(encr), full = true;
	const char *missing = NULL;

	if (!encr && p->protocol != PROTO_AH)
		return "no encryption algorithm, for example aes256gcm16";
	missing = kinds_mixed(p, aead);
	if (missing)
		return missing;
	if (ike)
		full = prfs_imply(p);
	if (aead && ike)
		proposal_strip(p, TR_INTEG);
	if (aead && proposal_find(p, TR_INTEG))
		return "an AEAD as AES-GCM protects by itself: leave out the integrity algorithm";
	if (!aead && !proposal_find(p, TR_INTEG))
		return "no integrity algorithm, for example sha256";
	if (ike && !proposal_find(p, TR_PRF))
		return "no PRF, for example prfsha256";
	if (ike && !proposal_find(p, TR_KE))
		return "no key exchange, for example x25519";
	if (!proposal_find(p, TR_KE) && proposal_addke(p, 0))
		return "further key exchanges (ke1_ to ke7_) come after a first one, for example x25519";
	if (!ike && !proposal_find(p, TR_ESN))
		full &= proposal_add(p, TR_ESN, 1, 0) && proposal_add(p, TR_ESN, 0, 0);
	return full ? NULL : "too many algorithms in one proposal";
}

int ike_proposal_parse(uint8_t protocol, const char *text, struct ike_proposal *p, char *err,
		       size_t err_len)
{
	struct ike_proposal out = { .protocol = protocol };
	const char *word = text, *missing;

	if (protocol < PROTO_IKE || protocol > PROTO_ESP) {
		snprintf(err, err_len, "proposals are for IKE, AH or ESP");
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
	missing = proposal_complete(&out);
	if (missing) {
		snprintf(err, err_len, "%s", missing);
		return -1;
	}
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
	for (size_t o = 0; o < sizeof(type_order); o++) {
		for (unsigned int i = 0; i < p->n; i++) {
			const struct ike_transform *t = &p->t[i];
			char word[32];

			if (t->type != type_order[o] || (t->type == TR_PRF && skip_prf) ||
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

const char *ike_proposal_legacy(const struct ike_proposal *p)
{
	static char word[32];

	for (unsigned int i = 0; i < p->n; i++) {
		/* the PRF that an integrity algorithm implies is not what was written */
		if (transform_legacy(&p->t[i]))
			return transform_print(&p->t[i], word, sizeof(word));
	}
	return NULL;
}

const char *ike_proposal_lacking(const struct ike_proposal *p)
{
	static char word[32];

	for (unsigned int i = 0; i < p->n; i++) {
		const struct ike_transform *t = &p->t[i];

		if ((t->type == TR_KE || t->type >= TR_ADDKE1) && t->id &&
		    !crypto_ke_supported(t->id))
			return transform_print(t, word, sizeof(word));
	}
	return NULL;
}
