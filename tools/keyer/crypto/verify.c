// SPDX-License-Identifier: MIT
/*
 * The check of a peer: is its certificate's chain one that we trust, is it for
 * the identity that it claims, did its key sign, and is it not revoked? In this
 * order: a stranger causes nothing to be fetched.
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tools/keyer/crypto/internal.h"

enum {
	WARN_DAYS = 14,
};

bool pki_refuse(struct pki_check *c, const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->v->why, sizeof(c->v->why), fmt, ap);
	va_end(ap);
	snprintf(c->v->hint, sizeof(c->v->hint), "%s", hint);
	c->v->result = PKI_REFUSED;
	return false;
}

char *pki_subject_print(X509 *cert, char buf[PKI_NAME_PRINTED])
{
	pki_name_print(X509_get_subject_name(cert), buf, PKI_NAME_PRINTED);
	if (!buf[0])
		snprintf(buf, PKI_NAME_PRINTED, "(without a subject)");
	return buf;
}

static char *issuer(X509 *cert, char buf[PKI_NAME_PRINTED])
{
	return pki_name_print(X509_get_issuer_name(cert), buf, PKI_NAME_PRINTED);
}

/* --- the peer's certificates --- */

static bool sent_read(struct pki_check *c)
{
	c->sent = sk_X509_new_null();
	for (unsigned int i = 0; i < c->claim->n_certs; i++) {
		const uint8_t *at = c->claim->certs[i].p;
		X509 *cert = d2i_X509(NULL, &at, (long)c->claim->certs[i].len);

		if (!cert || at != c->claim->certs[i].p + c->claim->certs[i].len ||
		    !sk_X509_push(c->sent, cert)) {
			X509_free(cert);
			return pki_refuse(c, "see the peer's `cert`",
					  "certificate %u of the peer is malformed", i + 1);
		}
	}
	return true;
}

/* A configured certificate: the very one that was sent, or one for the peer's identity. */
static bool pinned_find(struct pki_check *c)
{
	X509 *sent = sk_X509_value(c->sent, 0);

	for (unsigned int i = 0; i < c->trust->remote.n; i++) {
		const struct pki_bundle *b = c->trust->remote.b[i];

		for (unsigned int j = 0; j < b->n; j++) {
			X509 *cert = b->item[j].cert;

			if (sent ? X509_cmp(sent, cert) != 0 :
				   !pki_cert_has_id(cert, c->claim->id_type, c->claim->id.p,
						    c->claim->id.len))
				continue;
			c->leaf = cert;
			c->pinned = true;
			return true;
		}
	}
	return false;
}

static void authorities_print(const struct pki_trust *t, char *buf, size_t len)
{
	char name[PKI_NAME_PRINTED];
	unsigned int shown = 0;
	size_t at = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < t->ca.n; i++) {
		for (unsigned int j = 0; j < t->ca.b[i]->n && at < len; j++) {
			if (shown++ == 3) {
				snprintf(buf + at, len - at, " and others");
				return;
			}
			at += (size_t)snprintf(buf + at, len - at, "%s\"%s\"", at ? ", " : "",
					       pki_subject_print(t->ca.b[i]->item[j].cert, name));
		}
	}
}

static bool leaf_find(struct pki_check *c)
{
	char names[384];

	if (pinned_find(c))
		return true;
	c->leaf = sk_X509_value(c->sent, 0);
	authorities_print(c->trust, names, sizeof(names));
	if (!c->leaf && c->trust->ca.n)
		return pki_refuse(
			c,
			"set the peer to send its certificate (charon: send_cert = always), or "
			"give it here as remote-cert",
			"the peer sent no certificate; we asked for one of %s", names);
	if (!c->leaf)
		return pki_refuse(
			c, "set remote-cert to the peer's own certificate",
			"the peer sent no certificate, and none of remote-cert is for its "
			"identity");
	if (!c->trust->ca.n) {
		char name[PKI_NAME_PRINTED];

		return pki_refuse(c, "set remote-cert to what the peer uses, or `ca` to its issuer",
				  "the peer's certificate \"%s\" is none of remote-cert",
				  pki_subject_print(c->leaf, name));
	}
	return true;
}

/* --- the chain --- */

static bool times_ok(struct pki_check *c, X509 *cert, const char *whose)
{
	time_t now = (time_t)c->claim->now;
	char name[PKI_NAME_PRINTED], date[40];

	if (X509_cmp_time(X509_get0_notAfter(cert), &now) < 0)
		return pki_refuse(c, "have it renewed", "%s certificate \"%s\" expired on %s",
				  whose, pki_subject_print(cert, name),
				  pki_time_print(X509_get0_notAfter(cert), date, sizeof(date)));
	if (X509_cmp_time(X509_get0_notBefore(cert), &now) > 0)
		return pki_refuse(c, "compare the clocks of both machines",
				  "%s certificate \"%s\" is valid only from %s on", whose,
				  pki_subject_print(cert, name),
				  pki_time_print(X509_get0_notBefore(cert), date, sizeof(date)));
	return true;
}

static bool issuer_unknown(struct pki_check *c, X509 *cert)
{
	char name[PKI_NAME_PRINTED], by[PKI_NAME_PRINTED], names[384];

	authorities_print(c->trust, names, sizeof(names));
	if (!X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)))
		return pki_refuse(
			c, "give it here as remote-cert, or as `ca`, if it is to be trusted",
			"the peer's chain ends at the self-signed \"%s\", which is none of `ca` "
			"(%s)",
			pki_subject_print(cert, name), names);
	return pki_refuse(
		c,
		"set `ca` to the CA of the peer's certificate; an intermediate one must be "
		"sent by the peer, or be in `ca`, too",
		"certificate \"%s\" was issued by \"%s\", which is none of `ca` (%s) nor was "
		"it sent by the peer",
		pki_subject_print(cert, name), issuer(cert, by), names);
}

static bool chain_error(struct pki_check *c, X509_STORE_CTX *ctx)
{
	X509 *cert = X509_STORE_CTX_get_current_cert(ctx);
	int error = X509_STORE_CTX_get_error(ctx), depth = X509_STORE_CTX_get_error_depth(ctx);
	char name[PKI_NAME_PRINTED], by[PKI_NAME_PRINTED];

	if (!cert)
		return pki_refuse(c, "", "the peer's certificate cannot be checked: %s",
				  X509_verify_cert_error_string(error));
	switch (error) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return issuer_unknown(c, cert);
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return times_ok(c, cert, depth ? "the CA's" : "the peer's");
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
		return pki_refuse(c, "a CA of the same name with another key? compare `ca`",
				  "the signature of \"%s\" on certificate \"%s\" is wrong",
				  issuer(cert, by), pki_subject_print(cert, name));
	default:
		return pki_refuse(c, "", "certificate \"%s\" (%d up the peer's chain): %s",
				  pki_subject_print(cert, name), depth,
				  X509_verify_cert_error_string(error));
	}
}

static STACK_OF(X509) * list_stack(const struct pki_list *list, STACK_OF(X509) * more)
{
	STACK_OF(X509) *all = more ? sk_X509_dup(more) : sk_X509_new_null();

	for (unsigned int i = 0; all && i < list->n; i++)
		for (unsigned int j = 0; j < list->b[i]->n; j++)
			sk_X509_push(all, list->b[i]->item[j].cert);
	return all;
}

static bool chain_build(struct pki_check *c)
{
	STACK_OF(X509) *anchors = list_stack(&c->trust->ca, NULL);
	STACK_OF(X509) *others = list_stack(&c->trust->extra, c->sent);
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	bool ok = false;

	if (!ctx || !X509_STORE_CTX_init(ctx, NULL, c->leaf, others)) {
		pki_refuse(c, "", "the library failed to check the peer's certificate");
	} else {
		X509_STORE_CTX_set0_trusted_stack(ctx, anchors);
		param = X509_STORE_CTX_get0_param(ctx);
		X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
		X509_VERIFY_PARAM_set_time(param, (time_t)c->claim->now);
		X509_VERIFY_PARAM_set_depth(param, PKI_CHAIN_MAX);
		X509_VERIFY_PARAM_set_auth_level(param, PKI_AUTH_LEVEL);
		ok = X509_verify_cert(ctx) == 1;
		if (ok)
			c->chain = X509_STORE_CTX_get1_chain(ctx);
		else
			chain_error(c, ctx);
	}
	X509_STORE_CTX_free(ctx);
	sk_X509_free(anchors);
	sk_X509_free(others);
	return ok;
}

static bool leaf_usable(struct pki_check *c)
{
	const char *bad = pki_key_fits(X509_get0_pubkey(c->leaf));
	char name[PKI_NAME_PRINTED];

	if (bad)
		return pki_refuse(c, "", "certificate \"%s\" of the peer: %s",
				  pki_subject_print(c->leaf, name), bad);
	/* RFC 4945 5.1.3.2; without the extension all bits are set */
	if (!(X509_get_key_usage(c->leaf) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)))
		return pki_refuse(c, "issue it with keyUsage digitalSignature",
				  "certificate \"%s\" of the peer is not for signatures (keyUsage)",
				  pki_subject_print(c->leaf, name));
	return true;
}

/* --- the identity --- */

static void alt_print(const GENERAL_NAME *alt, char *buf, size_t len)
{
	const ASN1_STRING *s = NULL;
	char ip[INET6_ADDRSTRLEN] = "";
	size_t at = 0;

	if (alt->type == GEN_DNS)
		s = alt->d.dNSName;
	else if (alt->type == GEN_EMAIL)
		s = alt->d.rfc822Name;
	else if (alt->type == GEN_IPADD && ASN1_STRING_length(alt->d.iPAddress) == 4)
		inet_ntop(AF_INET, ASN1_STRING_get0_data(alt->d.iPAddress), ip, sizeof(ip));
	else if (alt->type == GEN_IPADD && ASN1_STRING_length(alt->d.iPAddress) == 16)
		inet_ntop(AF_INET6, ASN1_STRING_get0_data(alt->d.iPAddress), ip, sizeof(ip));
	snprintf(buf, len, "%s", ip);
	for (int i = 0; s && i < ASN1_STRING_length(s) && at + 1 < len; i++, at++) {
		uint8_t ch = ASN1_STRING_get0_data(s)[i];

		buf[at] = ch > 0x20 && ch < 0x7f && ch != '"' ? (char)ch : '?';
		buf[at + 1] = '\0';
	}
}

static void names_print(X509 *cert, char *buf, size_t len)
{
	GENERAL_NAMES *alts = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	char name[PKI_NAME_PRINTED];
	size_t at;

	at = (size_t)snprintf(buf, len, "\"%s\"", pki_subject_print(cert, name));
	for (int i = 0; i < sk_GENERAL_NAME_num(alts) && i < 4 && at < len; i++) {
		alt_print(sk_GENERAL_NAME_value(alts, i), name, sizeof(name));
		if (name[0])
			at += (size_t)snprintf(buf + at, len - at, ", %s", name);
	}
	GENERAL_NAMES_free(alts);
}

static bool identity_ok(struct pki_check *c)
{
	char names[512];

	if (pki_cert_has_id(c->leaf, c->claim->id_type, c->claim->id.p, c->claim->id.len))
		return true;
	names_print(c->leaf, names, sizeof(names));
	return pki_refuse(
		c,
		"the peer's identity must be its certificate's subject, or among the "
		"subjectAltNames: change the one or the other",
		"the peer's certificate is not for the identity that it claims, but for %s", names);
}

/* --- all of it --- */

static void expiry_warn(struct pki_check *c)
{
	time_t now = (time_t)c->claim->now;
	char name[PKI_NAME_PRINTED], date[40];
	time_t soon = now + (time_t)WARN_DAYS * 24 * 3600;

	if (c->v->warn[0] || X509_cmp_time(X509_get0_notAfter(c->leaf), &soon) > 0)
		return;
	snprintf(c->v->warn, sizeof(c->v->warn), "the peer's certificate \"%s\" expires on %s",
		 pki_subject_print(c->leaf, name),
		 pki_time_print(X509_get0_notAfter(c->leaf), date, sizeof(date)));
}

static bool cert_verify(struct pki_check *c)
{
	const char *bad;
	char name[PKI_NAME_PRINTED];

	if (!sent_read(c) || !leaf_find(c))
		return false;
	if (c->pinned ? !times_ok(c, c->leaf, "the peer's") : !chain_build(c))
		return false;
	if (!leaf_usable(c) || !identity_ok(c))
		return false;
	bad = pki_signature_check(X509_get0_pubkey(c->leaf), c->claim->method, c->claim->auth,
				  c->claim->octets);
	if (bad)
		return pki_refuse(
			c, "on the peer, see that its private key is that of its certificate",
			"%s (certificate \"%s\")", bad, pki_subject_print(c->leaf, name));
	if (!c->pinned && !pki_not_revoked(c))
		return false;
	expiry_warn(c);
	return true;
}

/* Any of the raw keys will do: their owner is whom the configuration says. */
static bool pubkey_verify(struct pki_check *c)
{
	const char *bad = NULL;

	for (unsigned int i = 0; i < c->trust->pubkey.n; i++) {
		const struct pki_bundle *b = c->trust->pubkey.b[i];

		for (unsigned int j = 0; j < b->n; j++) {
			bad = pki_key_fits(b->item[j].key);
			if (!bad)
				bad = pki_signature_check(b->item[j].key, c->claim->method,
							  c->claim->auth, c->claim->octets);
			if (!bad)
				return true;
		}
	}
	return pki_refuse(
		c, "set remote-pubkey to the public half of the key that the peer signs with",
		"%s (remote-pubkey)", bad ? bad : "no key of remote-pubkey fits");
}

void pki_verify(const struct pki_trust *trust, const struct pki_claim *claim,
		struct pki_verdict *verdict)
{
	struct pki_check c = { .trust = trust, .claim = claim, .v = verdict };
	bool ok;

	memset(verdict, 0, sizeof(*verdict));
	if (trust->pubkey.n && (!claim->n_certs || (!trust->ca.n && !trust->remote.n)))
		ok = pubkey_verify(&c);
	else if (trust->ca.n || trust->remote.n)
		ok = cert_verify(&c);
	else
		ok = pki_refuse(
			&c, "set `ca`, remote-cert or remote-pubkey",
			"the peer proves itself by a certificate, and no CA is configured here");
	if (ok)
		verdict->result = PKI_ACCEPTED;
	if (verdict->result != PKI_WANTS)
		pki_verdict_clear(verdict);
	sk_X509_pop_free(c.sent, X509_free);
	sk_X509_pop_free(c.chain, X509_free);
}
