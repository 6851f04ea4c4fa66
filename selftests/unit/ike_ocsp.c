// SPDX-License-Identifier: MIT
/*
 * OCSP, with a responder that is made here and may be anything but honest; what is kept
 * of its answers; and its place beside CRLs.
 */
#include "selftests/unit/ike_ca.h"

#include <openssl/ocsp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/keyer/fetches.h"
#include "tools/keyer/log.h"

#define OCSP_URL "http://ocsp.example.com/"
#define AIA "OCSP;URI:" OCSP_URL

/* --- a responder --- */

enum nonce {
	NONCE_COPIED,
	NONCE_NONE,
	NONCE_OTHER
};

/** struct reply - what a responder does; times are seconds before and after NOW */
struct reply {
	const struct party *signer; /* default: the CA of the certificate */
	const struct party *about; /* default: the tree's leaf */
	bool revoked, unknown;
	int64_t age, ends; /* @ends 0: it does not say */
	enum nonce nonce;
	const EVP_MD *md;
	bool flip; /* a bit of the signature */
	int error; /* OCSP_RESPONSE_STATUS_* */
};

static ASN1_GENERALIZEDTIME *moment(int64_t at)
{
	return ASN1_GENERALIZEDTIME_set(NULL, (time_t)at);
}

/* Signs whether or not OpenSSL thinks that it should. */
static void reply_sign(OCSP_BASICRESP *basic, const struct tree *t, const struct reply *r)
{
	const struct party *signer = r->signer ? r->signer : &t->sub;
	ASN1_OCTET_STRING *signature;

	assert_int_equal(OCSP_basic_sign(basic, signer->cert, signer->key,
					 r->md ? r->md : EVP_sha256(), NULL, 0),
			 1);
	signature = (ASN1_OCTET_STRING *)(uintptr_t)OCSP_resp_get0_signature(basic);
	if (r->flip)
		signature->data[signature->length - 1] ^= 1;
}

static size_t reply_make(const struct tree *t, const struct reply *r, const uint8_t *request,
			 size_t len, int64_t now, uint8_t **der)
{
	const X509 *about = r->about ? r->about->cert : t->leaf.cert;
	OCSP_REQUEST *req = d2i_OCSP_REQUEST(NULL, &request, (long)len);
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), about,
					  about == t->sub.cert ? t->root.cert : t->sub.cert);
	ASN1_GENERALIZEDTIME *made = moment(now - r->age), *gone = moment(now - 9 * DAY);
	ASN1_GENERALIZEDTIME *ends = r->ends ? moment(now + r->ends) : NULL;
	uint8_t other[PKI_NONCE_LEN] = { 1 };
	OCSP_RESPONSE *response;
	int n, status = V_OCSP_CERTSTATUS_GOOD;

	assert_non_null(req);
	if (r->revoked || r->unknown)
		status = r->revoked ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_UNKNOWN;
	assert_non_null(OCSP_basic_add1_status(basic, id, status, OCSP_REVOKED_STATUS_KEYCOMPROMISE,
					       r->revoked ? gone : NULL, made, ends));
	if (r->nonce == NONCE_COPIED)
		assert_int_equal(OCSP_copy_nonce(basic, req), 1);
	else if (r->nonce == NONCE_OTHER)
		OCSP_basic_add1_nonce(basic, other, sizeof(other));
	reply_sign(basic, t, r);
	response = OCSP_response_create(r->error, basic);
	*der = NULL;
	n = i2d_OCSP_RESPONSE(response, der);
	assert_true(n > 0);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	OCSP_CERTID_free(id);
	OCSP_REQUEST_free(req);
	ASN1_GENERALIZEDTIME_free(made);
	ASN1_GENERALIZEDTIME_free(gone);
	ASN1_GENERALIZEDTIME_free(ends);
	return (size_t)n;
}

/* --- who asks --- */

static const uint8_t nonce[PKI_NONCE_LEN] = { 0x11, 0x22, 0x33 };

struct asker {
	struct fetches *fetches;
	int64_t now;
	int64_t set_back; /* seconds that the clock was, which time itself is not */
};

static uint64_t ms(const struct asker *a)
{
	return (uint64_t)(a->now + a->set_back - NOW) * 1000;
}

static bool may(void *ctx, const uint8_t *id, const char *url)
{
	const struct asker *a = ctx;

	return fetches_may(a->fetches, id, url, ms(a));
}

static const struct pki_ocsp *known(void *ctx, const uint8_t *id)
{
	return fetches_ocsp(((const struct asker *)ctx)->fetches, id);
}

#define ASKING(a, ca_) .ca = (ca_), .may_fetch = may, .ocsp = known, .ctx = (a), .now = (a)->now

static void deliver(struct asker *a, const struct message_fetch *asked, const uint8_t *der,
		    size_t len)
{
	struct message_fetched message = { 0 };
	int fd = memfd_create("answer", MFD_CLOEXEC);

	memcpy(message.id, asked->id, sizeof(message.id));
	snprintf(message.url, sizeof(message.url), "%s", asked->url);
	assert_int_equal(write(fd, der, len), (ssize_t)len);
	fetches_end(a->fetches, &message, fd, a->now, ms(a));
	close(fd);
}

static void no_answer(struct asker *a, const struct message_fetch *asked)
{
	struct message_fetched message = { .why = "connection refused" };

	memcpy(message.id, asked->id, sizeof(message.id));
	snprintf(message.url, sizeof(message.url), "%s", asked->url);
	fetches_end(a->fetches, &message, -1, a->now, ms(a));
}

/* The leaf is asked about, and this is the answer; NULL: none. */
static void answer(struct asker *a, const struct tree *t, const struct reply *r)
{
	struct message_fetch asked;
	uint8_t *der;
	size_t len;

	assert_int_equal(ask(t, &(struct ask){ ASKING(a, &t->root) }), PKI_WANTS);
	assert_int_equal(verdict.n_wants, 1);
	assert_string_equal(verdict.want[0].url, OCSP_URL);
	assert_true(fetches_begin(a->fetches, &verdict.want[0], nonce, &asked));
	assert_true(asked.request_len > 0);
	if (!r) {
		no_answer(a, &asked);
		return;
	}
	len = reply_make(t, r, asked.request, asked.request_len, a->now, &der);
	deliver(a, &asked, der, len);
	OPENSSL_free(der);
}

static void asker_open(struct asker *a)
{
	*a = (struct asker){ .fetches = fetches_new(), .now = NOW };
}

static void asker_close(struct asker *a)
{
	pki_verdict_clear(&verdict);
	fetches_free(a->fetches);
}

/* --- its answers --- */

/** struct signers - who may sign and who may not, for the tree's leaf */
struct signers {
	struct party delegate, no_eku, of_root, expired, of_stranger, self, no_usage;
};

static void signers_make(struct signers *s, const struct tree *t)
{
	struct wish wish = { .kind = "ec:P-256", .subject = "O=T, CN=OCSP", .eku = "OCSPSigning" };

	s->delegate = issue(&wish, &t->sub);
	s->of_root = issue(&wish, &t->root);
	s->of_stranger = issue(&wish, &t->stranger);
	s->self = issue(&wish, NULL);
	wish.usage = "keyEncipherment";
	s->no_usage = issue(&wish, &t->sub);
	wish.usage = NULL;
	wish.eku = "clientAuth";
	s->no_eku = issue(&wish, &t->sub);
	wish.eku = "OCSPSigning";
	wish.from = NOW - 3 * DAY;
	wish.to = NOW - DAY;
	s->expired = issue(&wish, &t->sub);
}

static void signers_free(struct signers *s)
{
	party_free(&s->delegate);
	party_free(&s->no_eku);
	party_free(&s->of_root);
	party_free(&s->expired);
	party_free(&s->of_stranger);
	party_free(&s->self);
	party_free(&s->no_usage);
}

/* An answer counts, or it does not, and then strict-crl decides, with these words. */
static void answers(void **state)
{
	struct signers s;
	struct tree t;

	(void)state;
	tree_grow(&t, (struct wish){ .aia = AIA });
	signers_make(&s, &t);
	const struct {
		struct reply r;
		const char *bad; /* NULL: it counts */
	} cases[] = {
		{ { .ends = DAY }, NULL },
		{ { .age = 0 }, NULL },
		{ { .ends = DAY, .nonce = NONCE_NONE }, NULL },
		{ { .age = 100, .nonce = NONCE_NONE }, NULL },
		{ { .age = 5 * DAY }, NULL }, /* the nonce shows that it is new */
		{ { .ends = -100, .age = DAY }, NULL }, /* clocks differ */
		{ { .age = -100 }, NULL },
		{ { .signer = &s.delegate, .ends = DAY }, NULL },
		{ { .signer = &s.no_eku }, "by one whom it authorized" },
		{ { .signer = &s.no_usage }, "by one whom it authorized" },
		{ { .signer = &s.of_root }, "by one whom it authorized" },
		{ { .signer = &s.of_stranger }, "by one whom it authorized" },
		{ { .signer = &s.self }, "by one whom it authorized" },
		{ { .signer = &s.expired }, "by one whom it authorized" },
		{ { .signer = &t.leaf }, "by one whom it authorized" },
		{ { .signer = &t.root }, "by one whom it authorized" },
		{ { .signer = &t.stranger, .revoked = true }, "by one whom it authorized" },
		{ { .flip = true }, "a wrong signature" },
		{ { .flip = true, .signer = &s.delegate }, "a wrong signature" },
		{ { .md = EVP_sha1() }, "an outdated hash" },
		{ { .nonce = NONCE_OTHER, .ends = DAY }, "to another question" },
		{ { .nonce = NONCE_NONE, .age = 400 }, "an old answer, of 2027-01-15" },
		{ { .age = 2 * DAY, .ends = -DAY }, "was good only until 2027-01-14" },
		{ { .age = -400 }, "which is in the future" },
		{ { .about = &s.delegate }, "about another certificate" },
		{ { .error = OCSP_RESPONSE_STATUS_TRYLATER }, "answers \"trylater\"" },
		{ { .unknown = true, .ends = DAY }, "does not know the certificate" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct asker a;

		asker_open(&a);
		answer(&a, &t, &cases[i].r);
		if (cases[i].bad)
			REFUSED(cases[i].bad, &t, ASKING(&a, &t.root), .strict = PKI_STRICT_IFURI);
		else
			ACCEPTED(&t, ASKING(&a, &t.root), .strict = PKI_STRICT_IFURI);
		assert_true(!cases[i].bad || strstr(verdict.why, OCSP_URL));
		ACCEPTED(&t, ASKING(&a, &t.root));
		if (cases[i].bad && !strstr(verdict.warn, cases[i].bad))
			fail_msg("%zu: '%s' does not say '%s'", i, verdict.warn, cases[i].bad);
		assert_true(cases[i].bad || !verdict.warn[0]);
		asker_close(&a);
	}
	signers_free(&s);
	tree_free(&t);
}

/* Revoked is revoked: whatever strict-crl says, by an old answer or to another question. */
static void revoked_answers(void **state)
{
	const struct reply cases[] = {
		{ .revoked = true, .ends = DAY },
		{ .revoked = true, .age = 9 * DAY, .ends = -8 * DAY },
		{ .revoked = true, .nonce = NONCE_OTHER },
		{ .revoked = true, .nonce = NONCE_NONE, .age = 9 * DAY },
	};
	struct asker a;
	struct tree t;

	(void)state;
	tree_grow(&t, (struct wish){ .aia = AIA });
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		asker_open(&a);
		answer(&a, &t, &cases[i]);
		REFUSED("was revoked by its CA on 2027-01-06 08:00 UTC: key compromise (OCSP, " OCSP_URL
			")",
			&t, ASKING(&a, &t.root));
		asker_close(&a);
	}
	tree_free(&t);
}

/* What is not an answer at all, in each byte and at each length. */
static void hostile_answers(void **state)
{
	struct message_fetch asked;
	struct asker a;
	struct tree t;
	uint8_t *der, *copy;
	size_t len, at;

	(void)state;
	tree_grow(&t, (struct wish){ .aia = AIA });
	for (size_t i = 0, end = 1; i < end; i += 5) {
		for (unsigned int cut = 0; cut < 2; cut++) {
			asker_open(&a);
			assert_int_equal(ask(&t, &(struct ask){ ASKING(&a, &t.root) }), PKI_WANTS);
			fetches_begin(a.fetches, &verdict.want[0], nonce, &asked);
			len = reply_make(&t, &(struct reply){ .ends = DAY }, asked.request,
					 asked.request_len, NOW, &der);
			copy = malloc(len);
			memcpy(copy, der, len);
			at = i < len ? i : len - 1; /* signatures differ in length */
			copy[at] ^= (uint8_t)(1U << i % 8);
			deliver(&a, &asked, cut ? der : copy, cut ? at : len);
			/* but what names the signer is not signed, nor needed */
			if (ask(&t, &(struct ask){ ASKING(&a, &t.root),
						   .strict = PKI_STRICT_IFURI }) == PKI_ACCEPTED)
				assert_false(cut);
			else
				assert_int_equal(verdict.result, PKI_REFUSED);
			end = len;
			free(copy);
			OPENSSL_free(der);
			asker_close(&a);
		}
	}
	/* as large as one likes */
	asker_open(&a);
	ask(&t, &(struct ask){ ASKING(&a, &t.root) });
	fetches_begin(a.fetches, &verdict.want[0], nonce, &asked);
	copy = calloc(1, 4 * PKI_OCSP_ANSWER_MAX);
	deliver(&a, &asked, copy, 4 * PKI_OCSP_ANSWER_MAX);
	REFUSED("sent ", &t, ASKING(&a, &t.root), .strict = PKI_STRICT_IFURI);
	free(copy);
	asker_close(&a);
	tree_free(&t);
}

/* --- how long they are kept --- */

static void kept(void **state)
{
	struct asker a;
	struct tree t;

	(void)state;
	tree_grow(&t, (struct wish){ .aia = AIA });
	asker_open(&a);
	answer(&a, &t, &(struct reply){ .ends = 3600 });
	for (a.now = NOW; a.now < NOW + 3600; a.now += 600)
		ACCEPTED(&t, ASKING(&a, &t.root), .strict = PKI_STRICT_IFURI);
	a.now = NOW + 3600;
	answer(&a, &t, &(struct reply){ .ends = 30 * DAY });
	a.now += DAY - 1;
	ACCEPTED(&t, ASKING(&a, &t.root), .strict = PKI_STRICT_IFURI);
	a.now += 1; /* after a day it is asked for anew, and holds if nobody answers */
	answer(&a, &t, NULL);
	ACCEPTED(&t, ASKING(&a, &t.root), .strict = PKI_STRICT_IFURI);
	a.now += 60;
	answer(&a, &t, &(struct reply){ .error = OCSP_RESPONSE_STATUS_INTERNALERROR });
	ACCEPTED(&t, ASKING(&a, &t.root), .strict = PKI_STRICT_IFURI);
	a.now += 60;
	answer(&a, &t, &(struct reply){ .unknown = true, .ends = 100 });
	REFUSED("does not know", &t, ASKING(&a, &t.root), .strict = PKI_STRICT_IFURI);
	a.now += 100;
	answer(&a, &t, &(struct reply){ .revoked = true, .ends = 100 });
	a.now += 100; /* what was revoked stays so, until somebody says otherwise */
	answer(&a, &t, NULL);
	REFUSED("was revoked", &t, ASKING(&a, &t.root));
	a.now += 60;
	answer(&a, &t, &(struct reply){ .unknown = true });
	REFUSED("was revoked", &t, ASKING(&a, &t.root));
	a.now += 60;
	answer(&a, &t, &(struct reply){ .ends = 100 });
	ACCEPTED(&t, ASKING(&a, &t.root), .strict = PKI_STRICT_IFURI);
	/* the clock was set back: it is not believed to be fresh until then */
	a.set_back = DAY;
	a.now += 60 - a.set_back;
	assert_int_equal(ask(&t, &(struct ask){ ASKING(&a, &t.root) }), PKI_WANTS);
	asker_close(&a);
	tree_free(&t);
}

/* One that does not answer costs one peer of a CA the wait, not all of them. */
static void unreachable(void **state)
{
	struct asker a;
	struct tree t, second;

	(void)state;
	tree_grow(&t, (struct wish){ .aia = AIA });
	second = t;
	second.leaf = issue(&(struct wish){ .kind = "ec:P-256",
					    .subject = "O=T, CN=second",
					    .alt = "DNS:right.example.com",
					    .aia = AIA },
			    &t.sub);
	asker_open(&a);
	answer(&a, &t, NULL);
	REFUSED("may be revoked: OCSP responder " OCSP_URL " cannot be asked: connection refused, "
		"and no CRL of its issuer is at hand",
		&t, ASKING(&a, &t.root), .strict = PKI_STRICT_IFURI);
	ACCEPTED(&t, ASKING(&a, &t.root));
	assert_non_null(strstr(verdict.warn, "accepted although OCSP responder " OCSP_URL));
	REFUSED("OCSP responder " OCSP_URL " does not answer", &second, ASKING(&a, &t.root),
		.strict = PKI_STRICT_IFURI);
	a.now += 60;
	answer(&a, &second, &(struct reply){ .ends = DAY, .about = &second.leaf });
	ACCEPTED(&second, ASKING(&a, &t.root), .strict = PKI_STRICT_IFURI);
	answer(&a, &t, &(struct reply){ .ends = DAY });
	ACCEPTED(&t, ASKING(&a, &t.root), .strict = PKI_STRICT_IFURI);
	asker_close(&a);
	party_free(&second.leaf);
	tree_free(&t);
}

/* As many answers as there is room for, and many more: the oldest goes, nothing leaks. */
static void bounded(void **state)
{
	struct message_fetch asked;
	struct pki_want want;
	struct asker a;
	struct tree t;

	(void)state;
	tree_grow(&t, (struct wish){ .aia = AIA });
	asker_open(&a);
	for (uint32_t i = 0; i < 20000; i++) {
		if (i % 4000 == 0)
			assert_int_equal(ask(&t, &(struct ask){ ASKING(&a, &t.root) }), PKI_WANTS);
		want = verdict.want[0];
		memset(want.id, 0, sizeof(want.id));
		memcpy(want.id, &i, sizeof(i));
		want.ocsp = i % 4000 == 0 ? want.ocsp : NULL;
		if (want.ocsp)
			verdict.want[0].ocsp = NULL;
		assert_true(fetches_begin(a.fetches, &want, nonce, &asked));
	}
	asker_close(&a);
	tree_free(&t);
}

/* --- OCSP beside CRLs --- */

static void order(void **state)
{
	const struct wish both = { .aia = AIA, .crl = "URI:http://crl.example.com/sub.crl" };
	struct pki_bundle *good, *revoked, *root;
	struct message_fetch asked;
	struct asker a;
	struct tree t;

	(void)state;
	tree_grow(&t, both);
	good = crl_make(&t.sub, NULL, NOW + DAY);
	revoked = crl_make(&t.sub, &t.leaf, NOW + DAY);
	root = crl_make(&t.root, NULL, NOW + DAY);
	asker_open(&a);
	/* a CRL that lists it is enough; one that does not is no reason not to ask */
	REFUSED("was revoked by its CA on 2027-01-14", &t, ASKING(&a, &t.root), .crl = { revoked },
		.n_crls = 1);
	assert_int_equal(ask(&t,
			     &(struct ask){ ASKING(&a, &t.root), .crl = { good }, .n_crls = 1 }),
			 PKI_WANTS);
	assert_string_equal(verdict.want[0].url, OCSP_URL);
	/* without an answer the CRL will do, or is fetched */
	answer(&a, &t, NULL);
	ACCEPTED(&t, ASKING(&a, &t.root), .strict = PKI_STRICT_IFURI, .crl = { good }, .n_crls = 1);
	assert_int_equal(ask(&t, &(struct ask){ ASKING(&a, &t.root) }), PKI_WANTS);
	assert_string_equal(verdict.want[0].url, "http://crl.example.com/sub.crl");
	assert_true(fetches_begin(a.fetches, &verdict.want[0], nonce, &asked));
	assert_int_equal(asked.request_len, 0);
	no_answer(&a, &asked);
	REFUSED("cannot be asked: connection refused, and no CRL of its issuer is at hand (http://crl",
		&t, ASKING(&a, &t.root), .strict = PKI_STRICT_IFURI);
	/* an answer makes the CRL needless, but not that of the intermediate */
	a.now += 60;
	answer(&a, &t, &(struct reply){ .ends = DAY });
	ACCEPTED(&t, ASKING(&a, &t.root), .strict = PKI_STRICT_IFURI);
	REFUSED("\"O=T, CN=Sub\" may be revoked: no CRL", &t, ASKING(&a, &t.root),
		.strict = PKI_STRICT_YES);
	ACCEPTED(&t, ASKING(&a, &t.root), .strict = PKI_STRICT_YES, .crl = { root }, .n_crls = 1);
	/* never is never, and strict-crl = ifuri has no URI then but the CRL's */
	REFUSED("may be revoked: no CRL", &t, ASKING(&a, &t.root), .no_ocsp = true,
		.strict = PKI_STRICT_IFURI);
	asker_close(&a);
	pki_bundle_put(good);
	pki_bundle_put(revoked);
	pki_bundle_put(root);
	tree_free(&t);
}

/* Both certificates below the root are asked about, at once; a stranger's never. */
static void chain(void **state)
{
	const struct party *about[2];
	struct message_fetch asked[2], again;
	struct asker a;
	struct tree t;
	uint8_t *der;
	size_t len;

	(void)state;
	tree_grow(&t, (struct wish){ .aia = AIA });
	party_free(&t.sub);
	party_free(&t.leaf);
	t.sub = issue(&(struct wish){ .kind = "ec:P-256",
				      .subject = "O=T, CN=Sub",
				      .ca = true,
				      .aia = "OCSP;URI:http://root.example.com/" },
		      &t.root);
	t.leaf = issue(&(struct wish){ .kind = "ec:P-256",
				       .subject = "O=T, CN=right",
				       .alt = "DNS:right.example.com",
				       .aia = AIA },
		       &t.sub);
	asker_open(&a);
	REFUSED("does not fit", &t, ASKING(&a, &t.root), .bad_signature = true);
	REFUSED("none of `ca`", &t, ASKING(&a, &t.stranger));
	assert_int_equal(ask(&t, &(struct ask){ ASKING(&a, &t.root), .ocsp_url = "http://x/y" }),
			 PKI_WANTS);
	assert_int_equal(verdict.n_wants, 2);
	about[0] = &t.leaf;
	about[1] = &t.sub;
	for (unsigned int i = 0; i < 2; i++) {
		assert_string_equal(verdict.want[i].url,
				    i ? "http://root.example.com/" : "http://x/y");
		assert_true(fetches_begin(a.fetches, &verdict.want[i], nonce, &asked[i]));
	}
	/* under way: waited for, and not asked for twice */
	assert_int_equal(ask(&t, &(struct ask){ ASKING(&a, &t.root), .ocsp_url = "http://x/y" }),
			 PKI_WANTS);
	assert_int_equal(verdict.n_wants, 2);
	assert_false(fetches_begin(a.fetches, &verdict.want[0], nonce, &again));
	for (unsigned int i = 0; i < 2; i++) {
		len = reply_make(&t,
				 &(struct reply){ .ends = DAY,
						  .about = about[i],
						  .signer = i ? &t.root : &t.sub,
						  .revoked = i },
				 asked[i].request, asked[i].request_len, NOW, &der);
		deliver(&a, &asked[i], der, len);
		OPENSSL_free(der);
	}
	REFUSED("\"O=T, CN=Sub\" was revoked", &t, ASKING(&a, &t.root), .ocsp_url = "http://x/y");
	asker_close(&a);
	tree_free(&t);
}

/* What a certificate says to be a URL goes no further unless it is one. */
static void urls(void **state)
{
	static const char *const bad[] = { "https://ocsp.example.com/", "ldap://x/", "http://a b/",
					   "http://a\"b/", "http://" };
	char aia[128];
	struct asker a;
	struct tree t;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(aia, sizeof(aia), "OCSP;URI:%s", bad[i]);
		tree_grow(&t, (struct wish){ .aia = aia });
		asker_open(&a);
		ACCEPTED(&t, ASKING(&a, &t.root), .strict = PKI_STRICT_IFURI);
		asker_close(&a);
		tree_free(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(revoked_answers),
		cmocka_unit_test(hostile_answers),
		cmocka_unit_test(kept),
		cmocka_unit_test(unreachable),
		cmocka_unit_test(bounded),
		cmocka_unit_test(order),
		cmocka_unit_test(chain),
		cmocka_unit_test(urls),
	};

	log_set_level(-1); /* what is logged is long */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
