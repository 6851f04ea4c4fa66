// SPDX-License-Identifier: MIT
/*
 * Is a certificate revoked? Its issuer's CRL, if one is at hand, and the answer of its
 * OCSP responder say so; then the CRL that can be fetched. What neither says to be good
 * is let pass with a warning, or refused (strict-crl).
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tools/keyer/crypto/internal.h"

/** enum status - of one certificate. REFUSED: the verdict is there. */
enum status {
	STATUS_GOOD,
	STATUS_REFUSED,
	STATUS_WAITING, /* for what was noted in the verdict */
	STATUS_OPEN
};

/** struct doubt - why the status of a certificate is open */
struct doubt {
	bool url; /* there is one at which to ask */
	bool notable; /* it should have been known */
	char text[2 * PKI_OCSP_WHY_MAX + 400];
};

static void doubt_add(struct doubt *d, const char *text)
{
	size_t at = strlen(d->text);

	snprintf(d->text + at, sizeof(d->text) - at, "%s%s", at ? ", and " : "", text);
}

/* --- where to ask --- */

/* An http URL that is printable and not too long. */
static bool url_take(char url[PKI_URL_MAX], const uint8_t *text, size_t len)
{
	if (len < 8 || len >= PKI_URL_MAX || strncasecmp((const char *)text, "http://", 7) != 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] <= ' ' || text[i] >= 0x7f || text[i] == '"')
			return false;
	}
	memcpy(url, text, len);
	url[len] = '\0';
	return true;
}

static bool url_of(char url[PKI_URL_MAX], const GENERAL_NAME *name)
{
	const ASN1_STRING *s = name->d.uniformResourceIdentifier;

	return name->type == GEN_URI &&
	       url_take(url, ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}

/* Where a certificate says that its CRL is; "" if nowhere. */
static void crl_url(X509 *cert, char url[PKI_URL_MAX])
{
	CRL_DIST_POINTS *points = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);

	url[0] = '\0';
	for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
		const DIST_POINT *p = sk_DIST_POINT_value(points, i);

		if (p->CRLissuer || p->reasons || !p->distpoint || p->distpoint->type != 0)
			continue;
		for (int j = 0; !url[0] && j < sk_GENERAL_NAME_num(p->distpoint->name.fullname);
		     j++)
			url_of(url, sk_GENERAL_NAME_value(p->distpoint->name.fullname, j));
	}
	CRL_DIST_POINTS_free(points);
}

/* Where a certificate says that its status is to be asked (RFC 5280 4.2.2.1). */
static void aia_url(X509 *cert, char url[PKI_URL_MAX])
{
	AUTHORITY_INFO_ACCESS *infos;

	url[0] = '\0';
	infos = X509_get_ext_d2i(cert, NID_info_access, NULL, NULL);
	for (int i = 0; !url[0] && i < sk_ACCESS_DESCRIPTION_num(infos); i++) {
		const ACCESS_DESCRIPTION *info = sk_ACCESS_DESCRIPTION_value(infos, i);

		if (OBJ_obj2nid(info->method) == NID_ad_OCSP)
			url_of(url, info->location);
	}
	AUTHORITY_INFO_ACCESS_free(infos);
}

/*
 * Where it is asked. The responder that is configured knows the peers, not their CAs:
 * who answers for these, another CA has authorized.
 */
static void ocsp_url(const struct pki_check *c, X509 *cert, char url[PKI_URL_MAX])
{
	url[0] = '\0';
	if (c->trust->no_ocsp)
		return;
	if (c->trust->ocsp_url && cert == c->leaf)
		snprintf(url, PKI_URL_MAX, "%s", c->trust->ocsp_url);
	else
		aia_url(cert, url);
}

bool pki_cert_has_url(X509 *cert)
{
	char url[PKI_URL_MAX];

	crl_url(cert, url);
	if (!url[0])
		aia_url(cert, url);
	return url[0] != '\0';
}

/* What is fetched is known by the URL and, of an answer, by the certificate and its issuer. */
static bool want_id(const char *url, const X509 *cert, const X509 *by, uint8_t id[PKI_WANT_ID_LEN])
{
	struct {
		uint8_t cert[32], by[32];
		char url[PKI_URL_MAX];
	} all = { 0 };

	if (cert && (!X509_digest(cert, EVP_sha256(), all.cert, NULL) ||
		     !X509_digest(by, EVP_sha256(), all.by, NULL)))
		return false;
	snprintf(all.url, sizeof(all.url), "%s", url);
	return EVP_Digest(&all, sizeof(all), id, NULL, EVP_sha256(), NULL) == 1;
}

static bool may_fetch(const struct pki_check *c, const uint8_t id[PKI_WANT_ID_LEN], const char *url)
{
	return c->v->n_wants < PKI_CHAIN_MAX && c->claim->may_fetch &&
	       c->claim->may_fetch(c->claim->ctx, id, url);
}

static void want_add(struct pki_check *c, const uint8_t id[PKI_WANT_ID_LEN], const char *url,
		     struct pki_ocsp *ocsp)
{
	struct pki_want *want = &c->v->want[c->v->n_wants++];

	memcpy(want->id, id, sizeof(want->id));
	snprintf(want->url, sizeof(want->url), "%s", url);
	want->ocsp = ocsp;
}

/* --- revoked --- */

static bool revoked_say(struct pki_check *c, X509 *cert, const char *date, long reason,
			const char *responder)
{
	static const char *const words[] = { "unspecified",	"key compromise",
					     "CA compromise",	"affiliation changed",
					     "superseded",	"cessation of operation",
					     "certificate hold" };
	bool known = reason >= 0 && reason <= 6;
	char name[PKI_NAME_PRINTED];

	return pki_refuse(c, "the peer needs another certificate",
			  "certificate \"%s\" was revoked by its CA on %s%s%s%s%.200s%s",
			  pki_subject_print(cert, name), date, known ? ": " : "",
			  known ? words[reason] : "", responder ? " (OCSP, " : "",
			  responder ? responder : "", responder ? ")" : "");
}

static bool crl_revoked_say(struct pki_check *c, X509 *cert, X509_REVOKED *rev)
{
	ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(rev, NID_crl_reason, NULL, NULL);
	long n = reason ? ASN1_ENUMERATED_get(reason) : -1;
	char date[40];

	ASN1_ENUMERATED_free(reason);
	pki_time_print(X509_REVOKED_get0_revocationDate(rev), date, sizeof(date));
	return revoked_say(c, cert, date, n, NULL);
}

static char *seconds_print(int64_t seconds, char *buf, size_t len)
{
	ASN1_TIME *t = ASN1_TIME_set(NULL, (time_t)seconds);

	pki_time_print(t, buf, len);
	ASN1_TIME_free(t);
	return buf;
}

/* --- OCSP --- */

static void ocsp_doubt(const struct pki_ocsp *answer, const char *url, struct doubt *d)
{
	char text[PKI_OCSP_WHY_MAX + 300], date[40];

	d->notable = true;
	if (!answer)
		snprintf(text, sizeof(text), "OCSP responder %.200s does not answer", url);
	else if (answer->state == PKI_OCSP_GOOD)
		snprintf(text, sizeof(text),
			 "the answer of OCSP responder %.200s was good only until %s", url,
			 seconds_print(answer->next_update ? answer->next_update : answer->until,
				       date, sizeof(date)));
	else
		snprintf(text, sizeof(text), "OCSP responder %.200s %s", url, answer->why);
	doubt_add(d, text);
}

static enum status ocsp_status(struct pki_check *c, X509 *cert, X509 *by, struct doubt *d)
{
	const struct pki_claim *claim = c->claim;
	const struct pki_ocsp *answer;
	uint8_t id[PKI_WANT_ID_LEN];
	char url[PKI_URL_MAX], date[40];
	struct pki_ocsp *question;
	bool fresh;

	ocsp_url(c, cert, url);
	if (!url[0] || !want_id(url, cert, by, id))
		return STATUS_OPEN;
	d->url = true;
	answer = claim->ocsp ? claim->ocsp(claim->ctx, id) : NULL;
	fresh = answer && pki_ocsp_fresh(answer, claim->now);
	question = !fresh && may_fetch(c, id, url) ? pki_ocsp_new(cert, by) : NULL;
	if (question) {
		want_add(c, id, url, question);
		return STATUS_WAITING;
	}
	if (answer && answer->state == PKI_OCSP_REVOKED) {
		seconds_print(answer->revoked_at, date, sizeof(date));
		revoked_say(c, cert, date, answer->reason, url);
		return STATUS_REFUSED;
	}
	if (answer && pki_ocsp_good(answer, claim->now))
		return STATUS_GOOD;
	ocsp_doubt(answer, url, d);
	return STATUS_OPEN;
}

/* --- CRLs --- */

static bool crl_has_unknown(const X509_CRL *crl)
{
	return X509_CRL_get_ext_by_critical(crl, 1, -1) >= 0;
}

/* Signed by this very issuer? A CRL of megabytes is hashed once only. */
static bool crl_signed(struct pki_item *item, X509 *by)
{
	uint8_t digest[32];

	if (!X509_digest(by, EVP_sha256(), digest, NULL))
		return false;
	if (!memcmp(digest, item->signer, sizeof(digest)))
		return true;
	if (!(X509_get_key_usage(by) & KU_CRL_SIGN) ||
	    X509_CRL_verify(item->crl, X509_get0_pubkey(by)) != 1)
		return false;
	memcpy(item->signer, digest, sizeof(digest));
	return true;
}

/* The newest of an issuer that is signed by it. */
static X509_CRL *crl_find(const struct pki_check *c, X509 *by)
{
	const X509_NAME *name = X509_get_subject_name(by);
	X509_CRL *best = NULL;

	for (unsigned int l = 0; l < c->trust->n_crls; l++) {
		for (unsigned int i = 0; i < c->trust->crls[l].n; i++) {
			const struct pki_bundle *b = c->trust->crls[l].b[i];

			for (unsigned int j = 0; j < b->n; j++) {
				X509_CRL *crl = b->item[j].crl;

				if (X509_NAME_cmp(X509_CRL_get_issuer(crl), name) != 0 ||
				    crl_has_unknown(crl) || !crl_signed(&b->item[j], by))
					continue;
				if (!best || ASN1_TIME_compare(X509_CRL_get0_lastUpdate(crl),
							       X509_CRL_get0_lastUpdate(best)) > 0)
					best = crl;
			}
		}
	}
	return best;
}

/* No CRL, or only an old one: fetch it, or say so. */
static enum status crl_missing(struct pki_check *c, X509 *cert, const X509_CRL *old,
			       struct doubt *d)
{
	char date[40], url[PKI_URL_MAX], text[300];
	uint8_t id[PKI_WANT_ID_LEN];

	crl_url(cert, url);
	if (url[0] && want_id(url, NULL, NULL, id) && may_fetch(c, id, url)) {
		want_add(c, id, url, NULL);
		return STATUS_WAITING;
	}
	d->url |= url[0] != '\0';
	d->notable |= old || url[0];
	snprintf(text, sizeof(text), "no CRL of its issuer is at hand%s%.200s%s",
		 url[0] ? " (" : "", url, url[0] ? ")" : "");
	if (old)
		snprintf(text, sizeof(text), "its issuer's CRL was valid only until %s%s%.200s%s",
			 pki_time_print(X509_CRL_get0_nextUpdate(old), date, sizeof(date)),
			 url[0] ? " (" : "", url, url[0] ? ")" : "");
	doubt_add(d, text);
	return STATUS_OPEN;
}

/* --- all of it --- */

static enum status doubt_settle(struct pki_check *c, X509 *cert, const struct doubt *d)
{
	char name[PKI_NAME_PRINTED];

	if (c->trust->strict == PKI_STRICT_YES ||
	    (c->trust->strict == PKI_STRICT_IFURI && d->url)) {
		pki_refuse(c,
			   "give the CRL as `crl`, see to it that the CA's URL can be reached, or "
			   "set strict-crl = no",
			   "certificate \"%s\" may be revoked: %s", pki_subject_print(cert, name),
			   d->text);
		return STATUS_REFUSED;
	}
	if (d->notable)
		snprintf(c->v->warn, sizeof(c->v->warn),
			 "certificate \"%s\" is accepted although %s",
			 pki_subject_print(cert, name), d->text);
	return STATUS_GOOD;
}

static enum status status_of(struct pki_check *c, X509 *cert, X509 *by)
{
	time_t now = (time_t)c->claim->now;
	X509_CRL *crl = crl_find(c, by);
	struct doubt doubt = { 0 };
	enum status status;
	X509_REVOKED *rev;

	/* what was revoked once stays so, however old the list, and whatever OCSP says */
	if (crl && X509_CRL_get0_by_cert(crl, &rev, cert) == 1) {
		crl_revoked_say(c, cert, rev);
		return STATUS_REFUSED;
	}
	status = ocsp_status(c, cert, by, &doubt);
	if (status != STATUS_OPEN)
		return status;
	if (crl && X509_CRL_get0_nextUpdate(crl) &&
	    X509_cmp_time(X509_CRL_get0_nextUpdate(crl), &now) > 0)
		return STATUS_GOOD;
	status = crl_missing(c, cert, crl, &doubt);
	return status == STATUS_OPEN ? doubt_settle(c, cert, &doubt) : status;
}

bool pki_not_revoked(struct pki_check *c)
{
	for (int i = 0; i + 1 < sk_X509_num(c->chain); i++) {
		if (status_of(c, sk_X509_value(c->chain, i), sk_X509_value(c->chain, i + 1)) ==
		    STATUS_REFUSED)
			return false;
	}
	if (!c->v->n_wants)
		return true;
	c->v->result = PKI_WANTS;
	return false;
}

void pki_verdict_clear(struct pki_verdict *verdict)
{
	for (unsigned int i = 0; i < verdict->n_wants; i++)
		pki_ocsp_free(verdict->want[i].ocsp);
	verdict->n_wants = 0;
}
