// SPDX-License-Identifier: MIT
/*
 * OCSP (RFC 6960): the question about one certificate, and the answer to it. Questions
 * and answers travel by http in the clear, so whatever comes back is a stranger's until
 * the CA's signature on it, or that of a responder which the CA authorized, is checked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/crypto/internal.h"

enum {
	CLOCKS_APART = 300, /* seconds that our clock and the responder's may differ */
	KEPT_MIN = 60, /* seconds that an answer, or a failure, is kept ... */
	KEPT_MAX = 24 * 3600, /* ... however long it says to be good */
	DIGEST_MIN = 28, /* bytes: SHA-224; of SHA-1 collisions are made */
};

struct pki_ocsp *pki_ocsp_new(const X509 *cert, X509 *issuer)
{
	struct pki_ocsp *q = calloc(1, sizeof(*q));
	/* SHA-1 only names the issuer here, and is what all responders know. */
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), cert, issuer);

	if (!q)
		abort();
	q->request = OCSP_REQUEST_new();
	if (!id || !q->request || !OCSP_request_add0_id(q->request, id)) {
		OCSP_CERTID_free(id);
		pki_ocsp_free(q);
		return NULL;
	}
	X509_up_ref(issuer);
	q->issuer = issuer;
	return q;
}

void pki_ocsp_free(struct pki_ocsp *q)
{
	if (!q)
		return;
	OCSP_REQUEST_free(q->request);
	X509_free(q->issuer);
	free(q);
}

size_t pki_ocsp_request(struct pki_ocsp *q, const uint8_t nonce[PKI_NONCE_LEN], uint8_t *out)
{
	uint8_t copy[PKI_NONCE_LEN];
	int len;

	memcpy(copy, nonce, sizeof(copy));
	if (!q->request || !OCSP_request_add1_nonce(q->request, copy, sizeof(copy)))
		return 0;
	len = i2d_OCSP_REQUEST(q->request, NULL);
	if (len <= 0 || len > PKI_OCSP_REQUEST_MAX)
		return 0;
	return (size_t)i2d_OCSP_REQUEST(q->request, &out);
}

/* --- who signed it --- */

static bool digest_weak(const OCSP_BASICRESP *basic)
{
	const ASN1_OBJECT *oid;
	const EVP_MD *md;
	int nid = NID_undef;

	X509_ALGOR_get0(&oid, NULL, NULL, OCSP_resp_get0_tbs_sigalg(basic));
	if (!OBJ_find_sigid_algs(OBJ_obj2nid(oid), &nid, NULL))
		return true;
	md = nid == NID_undef ? NULL : EVP_get_digestbynid(nid);
	return nid != NID_undef && (!md || EVP_MD_get_size(md) < DIGEST_MIN);
}

/*
 * Has the CA itself issued this certificate for answers (RFC 6960 4.2.2.2)? Its own
 * status is not asked: a CA that wants to be safe from its theft makes it short-lived.
 */
static bool delegate_ok(X509 *signer, X509 *issuer, int64_t now)
{
	STACK_OF(X509) *anchor = sk_X509_new_null();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	bool ok = false;

	/* without the extension OpenSSL says that all usages are allowed */
	if (!(X509_get_extension_flags(signer) & EXFLAG_XKUSAGE) ||
	    !(X509_get_extended_key_usage(signer) & XKU_OCSP_SIGN) ||
	    !(X509_get_key_usage(signer) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)))
		goto out;
	if (!anchor || !sk_X509_push(anchor, issuer) || !ctx ||
	    !X509_STORE_CTX_init(ctx, NULL, signer, NULL))
		goto out;
	X509_STORE_CTX_set0_trusted_stack(ctx, anchor);
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_time(param, (time_t)now);
	X509_VERIFY_PARAM_set_auth_level(param, PKI_AUTH_LEVEL);
	ok = X509_verify_cert(ctx) == 1;
out:
	X509_STORE_CTX_free(ctx);
	sk_X509_free(anchor);
	return ok;
}

static const char *signature_check(const struct pki_ocsp *q, OCSP_BASICRESP *basic, int64_t now)
{
	STACK_OF(X509) *known = sk_X509_new_null();
	const char *bad = NULL;
	X509 *signer;

	if (!known || !sk_X509_push(known, q->issuer))
		abort();
	if (digest_weak(basic))
		bad = "sent an answer that is signed with an outdated hash";
	else if (!OCSP_resp_get0_signer(basic, &signer, known))
		bad = "sent an answer of which the signer is unknown";
	else if (signer != q->issuer && !delegate_ok(signer, q->issuer, now))
		bad = "sent an answer that is signed neither by the issuer of the certificate nor "
		      "by one whom it authorized (OCSPSigning)";
	else if (signer != q->issuer && !sk_X509_push(known, signer))
		abort();
	/* that the signer is to be trusted was checked above */
	if (!bad && OCSP_basic_verify(basic, known, NULL, OCSP_TRUSTOTHER | OCSP_NOINTERN) != 1)
		bad = "sent an answer with a wrong signature";
	sk_X509_free(known);
	return bad;
}

/* --- what it says --- */

static const char *times_take(struct pki_ocsp *q, const ASN1_GENERALIZEDTIME *this_update,
			      const ASN1_GENERALIZEDTIME *next_update, bool nonce, int64_t now)
{
	int64_t made = pki_time_seconds(this_update), until = now + KEPT_MIN;
	char date[40];

	q->next_update = next_update ? pki_time_seconds(next_update) : 0;
	if (made > now + CLOCKS_APART) {
		snprintf(q->why, sizeof(q->why),
			 "sent an answer of %s, which is in the future: compare the clocks",
			 pki_time_print(this_update, date, sizeof(date)));
		return q->why;
	}
	if (next_update && q->next_update < now - CLOCKS_APART) {
		snprintf(q->why, sizeof(q->why), "sent an answer that was good only until %s",
			 pki_time_print(next_update, date, sizeof(date)));
		return q->why;
	}
	/* without an end it is good at this moment only, and the nonce shows when that was */
	if (!next_update && !nonce && made < now - CLOCKS_APART) {
		snprintf(q->why, sizeof(q->why), "sent an old answer, of %s",
			 pki_time_print(this_update, date, sizeof(date)));
		return q->why;
	}
	if (q->next_update > until)
		until = q->next_update;
	q->until = until < now + KEPT_MAX ? until : now + KEPT_MAX;
	return NULL;
}

static bool has_unknown(OCSP_BASICRESP *basic, OCSP_SINGLERESP *single)
{
	return OCSP_BASICRESP_get_ext_by_critical(basic, 1, -1) >= 0 ||
	       OCSP_SINGLERESP_get_ext_by_critical(single, 1, -1) >= 0;
}

static const char *status_take(struct pki_ocsp *q, OCSP_BASICRESP *basic, int64_t now)
{
	OCSP_CERTID *id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(q->request, 0));
	OCSP_SINGLERESP *single = OCSP_resp_get0(basic, OCSP_resp_find(basic, id, -1));
	ASN1_GENERALIZEDTIME *revoked, *made, *next;
	int status, reason = -1, nonce = OCSP_check_nonce(q->request, basic);
	const char *bad;

	if (!single)
		return "sent an answer about another certificate";
	if (has_unknown(basic, single))
		return "sent an answer with a critical extension that is not known here";
	status = OCSP_single_get0_status(single, &reason, &revoked, &made, &next);
	bad = times_take(q, made, next, nonce == 1, now);
	/* an old one, too, tells of a revocation */
	if (status == V_OCSP_CERTSTATUS_REVOKED) {
		q->state = PKI_OCSP_REVOKED;
		q->reason = reason;
		q->revoked_at = pki_time_seconds(revoked);
		if (bad)
			q->until = now + KEPT_MIN;
		return NULL;
	}
	if (!nonce)
		return "sent the answer to another question (nonce): one from before?";
	if (bad)
		return bad;
	if (status == V_OCSP_CERTSTATUS_GOOD) {
		q->state = PKI_OCSP_GOOD;
		return NULL;
	}
	q->state = PKI_OCSP_UNKNOWN;
	return "does not know the certificate";
}

/* --- the answer --- */

static const char *answer_read(struct pki_ocsp *q, const uint8_t *der, size_t len, int64_t now)
{
	const uint8_t *at = der;
	OCSP_RESPONSE *response;
	OCSP_BASICRESP *basic = NULL;
	const char *bad = NULL;

	if (len > PKI_OCSP_ANSWER_MAX)
		return "sent an answer that is too long";
	response = d2i_OCSP_RESPONSE(NULL, &at, (long)len);
	if (!response || at != der + len) {
		bad = "sent what is no OCSP answer";
	} else if (OCSP_response_status(response) != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
		snprintf(q->why, sizeof(q->why), "answers \"%s\"",
			 OCSP_response_status_str(OCSP_response_status(response)));
		bad = q->why;
	} else {
		basic = OCSP_response_get1_basic(response);
		if (!basic)
			bad = "sent an answer of an unknown kind";
	}
	if (basic)
		bad = signature_check(q, basic, now);
	if (basic && !bad)
		bad = status_take(q, basic, now);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	return bad;
}

static void answered(struct pki_ocsp *q, const char *bad, int64_t now)
{
	q->at = now;
	if (q->state == PKI_OCSP_ASKED) {
		q->state = PKI_OCSP_FAILED;
		q->until = now + KEPT_MIN;
	}
	if (!bad)
		q->why[0] = '\0';
	else if (bad != q->why)
		snprintf(q->why, sizeof(q->why), "%s", bad);
	/* nothing else is needed of it */
	OCSP_REQUEST_free(q->request);
	X509_free(q->issuer);
	q->request = NULL;
	q->issuer = NULL;
}

const char *pki_ocsp_take(struct pki_ocsp *q, const uint8_t *der, size_t len, int64_t now)
{
	if (q->state == PKI_OCSP_ASKED)
		answered(q, answer_read(q, der, len, now), now);
	return q->why[0] ? q->why : NULL;
}

void pki_ocsp_fail(struct pki_ocsp *q, const char *why, int64_t now)
{
	if (q->state == PKI_OCSP_ASKED)
		answered(q, why, now);
}

bool pki_ocsp_fresh(const struct pki_ocsp *q, int64_t now)
{
	/* a clock that was set back must not make it last */
	return q->state != PKI_OCSP_ASKED && q->at <= now + CLOCKS_APART && now < q->until;
}

bool pki_ocsp_good(const struct pki_ocsp *q, int64_t now)
{
	return q->state == PKI_OCSP_GOOD && (pki_ocsp_fresh(q, now) || now < q->next_update);
}

bool pki_ocsp_outlives(struct pki_ocsp *q, const struct pki_ocsp *newer, int64_t now)
{
	if (!q || newer->state == PKI_OCSP_GOOD || newer->state == PKI_OCSP_REVOKED ||
	    (q->state != PKI_OCSP_REVOKED &&
	     !(newer->state == PKI_OCSP_FAILED && pki_ocsp_good(q, now))))
		return false;
	q->at = now;
	q->until = now + KEPT_MIN;
	return true;
}
