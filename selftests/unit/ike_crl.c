// SPDX-License-Identifier: MIT
/* Revoked or not, as CRLs say: in the check of a peer, and in EAP-TLS. */
#include "selftests/unit/ike_ca.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/keyer/crypto/tls.h"
#include "tools/keyer/eap/eap.h"

#define CRL_URI "URI:http://crl.example.com/sub.crl"

/* --- CRLs --- */

static bool fetch_yes(void *ctx, const uint8_t *id, const char *url)
{
	(void)ctx;
	(void)id;
	assert_string_equal(url, "http://crl.example.com/sub.crl");
	return true;
}

static void crls(void **state)
{
	const struct wish with_url = { .crl = CRL_URI };
	struct pki_bundle *good, *old, *revoked, *root, *forged;
	struct party fake;
	struct wish wish = { .kind = "ec:P-256", .subject = "O=T, CN=Sub", .ca = true };
	struct tree t;

	(void)state;
	tree_grow(&t, with_url);
	fake = issue(&wish, NULL);
	good = crl_make(&t.sub, NULL, NOW + DAY);
	old = crl_make(&t.sub, NULL, NOW - 60);
	revoked = crl_make(&t.sub, &t.leaf, NOW + DAY);
	root = crl_make(&t.root, NULL, NOW + DAY);
	forged = crl_make(&fake, &t.leaf, NOW + DAY);
	ACCEPTED(&t, .ca = &t.root);
	assert_non_null(strstr(verdict.warn, "no CRL of its issuer is at hand"));
	REFUSED("http://crl.example.com/sub.crl", &t, .ca = &t.root, .strict = PKI_STRICT_IFURI);
	REFUSED("may be revoked", &t, .ca = &t.root, .strict = PKI_STRICT_YES);
	ACCEPTED(&t, .ca = &t.root, .strict = PKI_STRICT_IFURI, .crl = { good }, .n_crls = 1);
	assert_string_equal(verdict.warn, "");
	/* the intermediate's own CRL is wanted, too */
	REFUSED("\"O=T, CN=Sub\" may be revoked", &t, .ca = &t.root, .strict = PKI_STRICT_YES,
		.crl = { good }, .n_crls = 1);
	ACCEPTED(&t, .ca = &t.root, .strict = PKI_STRICT_YES, .crl = { good, root }, .n_crls = 2);
	REFUSED("valid only until 2027-01-15", &t, .ca = &t.root, .strict = PKI_STRICT_IFURI,
		.crl = { old }, .n_crls = 1);
	REFUSED("was revoked by its CA on 2027-01-14", &t, .ca = &t.root, .crl = { revoked },
		.n_crls = 1);
	/* a CRL of the same name by another key counts for nothing */
	ACCEPTED(&t, .ca = &t.root, .crl = { forged, good }, .n_crls = 2,
		 .strict = PKI_STRICT_IFURI);
	REFUSED("may be revoked", &t, .ca = &t.root, .crl = { forged }, .n_crls = 1,
		.strict = PKI_STRICT_IFURI);
	/* what is not at hand is asked for, but not by strangers */
	assert_int_equal(ask(&t, &(struct ask){ .ca = &t.root, .may_fetch = fetch_yes }),
			 PKI_WANTS);
	assert_int_equal(verdict.n_wants, 1);
	assert_string_equal(verdict.want[0].url, "http://crl.example.com/sub.crl");
	REFUSED("does not fit", &t, .ca = &t.root, .may_fetch = fetch_yes, .bad_signature = true);
	REFUSED("none of `ca`", &t, .ca = &t.stranger, .may_fetch = fetch_yes);
	pki_bundle_put(good);
	pki_bundle_put(old);
	pki_bundle_put(revoked);
	pki_bundle_put(root);
	pki_bundle_put(forged);
	party_free(&fake);
	tree_free(&t);
}

/* --- EAP-TLS, which knows CRLs that are at hand --- */

static void random_fill(uint8_t *buf, size_t len)
{
	memset(buf, 0x5a, len);
}

/** struct tls_wish - what one end believes */
struct tls_wish {
	const struct party *own, *ca;
	struct pki_bundle *crl;
	enum pki_strict strict;
};

static struct eap *tls_end(const struct tree *t, bool server, const struct tls_wish *wish)
{
	const struct party *sent[] = { wish->own, &t->sub };
	struct pki_bundle *own = bundle(sent, 2), *ca = bundle(&wish->ca, 1);
	struct eap_conf *conf = eap_conf_new();
	struct pki_key *key = private(wish->own);
	struct eap *eap;

	conf->random = random_fill;
	conf->n_methods = 1;
	conf->methods[0] = EAP_TLS;
	snprintf(conf->identity, sizeof(conf->identity), "right.example.com");
	conf->tls = tls_conf_new();
	assert_int_equal(tls_conf_certs(conf->tls, own), 0);
	assert_int_equal(tls_conf_authorities(conf->tls, ca), 0);
	assert_int_equal(tls_conf_key(conf->tls, key), 0);
	if (wish->crl)
		assert_int_equal(tls_conf_crls(conf->tls, wish->crl), 0);
	tls_conf_strict(conf->tls, wish->strict);
	eap = eap_new(conf, server);
	eap_conf_put(conf);
	pki_bundle_put(own);
	pki_bundle_put(ca);
	pki_key_free(key);
	return eap;
}

/* Return: "" if both are content, or why one is not. */
static const char *tls_talk(const struct tree *t, const struct tls_wish *server)
{
	const struct tls_wish client = { .own = &t->leaf, .ca = &t->root };
	struct eap *ends[2] = { tls_end(t, false, &client), tls_end(t, true, server) };
	uint8_t in[EAP_PACKET_MAX], out[EAP_PACKET_MAX];
	enum eap_status status;
	static char why[EAP_WHY_MAX];
	bool to = false;
	size_t len;

	status = eap_step(ends[1], NULL, 0, in, &len);
	for (; len && status != EAP_FAILURE; to = !to) {
		status = eap_step(ends[to], in, len, out, &len);
		memcpy(in, out, len);
	}
	assert_true(status == EAP_FAILURE || (eap_msk(ends[0]) && eap_msk(ends[1])));
	snprintf(why, sizeof(why), "%s", status == EAP_FAILURE ? eap_why(ends[!to]) : "");
	eap_free(ends[0]);
	eap_free(ends[1]);
	return why;
}

static void eap_tls(void **state)
{
	const int64_t now = (int64_t)time(NULL);
	struct pki_bundle *good, *revoked, *old, *elsewhere;
	struct tls_wish server;
	struct party sub;
	struct tree t;

	(void)state;
	/* TLS looks at the clock itself: certificates of these days */
	tree_grow(&t, (struct wish){ .from = now - DAY, .to = now + DAY, .crl = CRL_URI });
	sub = t.sub;
	party_free(&t.root);
	t.root = issue(&(struct wish){ .kind = "ec:P-256",
				       .subject = "O=T, CN=Root",
				       .ca = true,
				       .from = now - DAY,
				       .to = now + DAY },
		       NULL);
	t.sub = issue(&(struct wish){ .kind = "ec:P-256",
				      .subject = "O=T, CN=Sub",
				      .ca = true,
				      .from = now - DAY,
				      .to = now + DAY },
		      &t.root);
	party_free(&t.leaf);
	t.leaf = issue(&(struct wish){ .kind = "ec:P-256",
				       .subject = "O=T, CN=right",
				       .alt = "DNS:right.example.com",
				       .crl = CRL_URI,
				       .from = now - DAY,
				       .to = now + DAY },
		       &t.sub);
	party_free(&sub);
	crl_from = now - DAY;
	good = crl_make(&t.sub, NULL, now + DAY);
	revoked = crl_make(&t.sub, &t.leaf, now + DAY);
	old = crl_make(&t.sub, &t.leaf, now - 60);
	elsewhere = crl_make(&t.root, NULL, now + DAY);
	crl_from = 0;
	server = (struct tls_wish){ .own = &t.leaf, .ca = &t.root };
	assert_string_equal(tls_talk(&t, &server), "");
	server.strict = PKI_STRICT_IFURI;
	assert_non_null(strstr(tls_talk(&t, &server), "unable to get certificate CRL"));
	server.crl = good;
	assert_string_equal(tls_talk(&t, &server), "");
	server.strict = PKI_STRICT_YES; /* that of the intermediate is missing */
	assert_non_null(strstr(tls_talk(&t, &server), "unable to get certificate CRL"));
	server.ca = &t.sub;
	assert_string_equal(tls_talk(&t, &server), "");
	server.ca = &t.root;
	server.strict = PKI_STRICT_NO;
	server.crl = elsewhere;
	assert_string_equal(tls_talk(&t, &server), "");
	server.crl = revoked;
	assert_non_null(strstr(tls_talk(&t, &server), "certificate revoked"));
	server.crl = old;
	assert_non_null(strstr(tls_talk(&t, &server), "certificate revoked"));
	pki_bundle_put(good);
	pki_bundle_put(revoked);
	pki_bundle_put(old);
	pki_bundle_put(elsewhere);
	tree_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crls),
		cmocka_unit_test(eap_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
