// SPDX-License-Identifier: MIT
/* What the ike process knows of public keys. */
#include "tools/keyer/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/fetches.h"
#include "tools/keyer/log.h"

enum {
	TRUST_BUCKETS = 1024,
	TRUST_FILE_MAX = 1024 * 1024, /* bytes of a file of certificates */
	TRUST_CRL_MAX = 32 * 1024 * 1024,
};

struct trusted {
	struct trusted *next;
	uint32_t conn;
	char name[IKE_NAME_MAX];
	struct pki_list own; /* what we send: our certificate, and intermediates ... */
	struct pki_list own2; /* ... in our second round ... */
	bool key2; /* ... if that has a key of its own */
	struct pki_list crls[2]; /* of files; [1] is a copy of those fetched */
	struct pki_trust t;
	char *ocsp; /* the responder to ask, or NULL */
};

/** struct shared - a file's content, as long as some connection has it */
struct shared {
	struct shared *next;
	enum pki_kind kind;
	struct pki_bundle *b;
};

struct trust {
	struct trusted *by_conn[TRUST_BUCKETS];
	struct shared *shared[TRUST_BUCKETS];
	struct fetches *fetches;
	uint64_t now; /* of the check under way */
	bool last; /* it must come to its end */
	struct pki_verdict verdict;
};

struct trust *trust_new(void)
{
	struct trust *trust = calloc(1, sizeof(*trust));

	if (!trust)
		return NULL;
	trust->fetches = fetches_new();
	if (trust->fetches)
		return trust;
	free(trust);
	return NULL;
}

static struct trusted **trusted_find(struct trust *trust, uint32_t conn)
{
	struct trusted **at = &trust->by_conn[conn % TRUST_BUCKETS];

	while (*at && (*at)->conn != conn)
		at = &(*at)->next;
	return at;
}

/* --- files, each once --- */

static struct shared **shared_head(struct trust *trust, const uint8_t digest[32])
{
	return &trust->shared[(digest[0] | digest[1] << 8) % TRUST_BUCKETS];
}

/* What was read of the same content for another connection, or NULL. */
static struct pki_bundle *bundle_find(struct trust *trust, const uint8_t digest[32],
				      enum pki_kind kind)
{
	struct shared *s;

	for (s = *shared_head(trust, digest); s; s = s->next)
		if (s->kind == kind && !memcmp(pki_bundle_digest(s->b), digest, 32))
			return pki_bundle_get(s->b);
	return NULL;
}

static struct pki_bundle *bundle_share(struct trust *trust, struct pki_bundle *b,
				       enum pki_kind kind)
{
	struct shared **head = shared_head(trust, pki_bundle_digest(b));
	struct shared *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->kind = kind;
	s->b = b;
	s->next = *head;
	*head = s;
	return pki_bundle_get(b);
}

/* Files that only the table has. */
static void shared_sweep(struct trust *trust)
{
	for (unsigned int i = 0; i < TRUST_BUCKETS; i++) {
		struct shared **at = &trust->shared[i], *s;

		while ((s = *at)) {
			if (!pki_bundle_lonely(s->b)) {
				at = &s->next;
				continue;
			}
			*at = s->next;
			pki_bundle_put(s->b);
			free(s);
		}
	}
}

static struct pki_bundle *bundle_read(struct trust *trust, enum pki_kind kind, int fd,
				      const char *path)
{
	size_t len;
	uint8_t *data = file_read(fd, kind == PKI_CRLS ? TRUST_CRL_MAX : TRUST_FILE_MAX, &len);
	struct pki_bundle *b, *known;
	uint8_t digest[32];
	char why[256];

	/* To parse it takes a hundred times as long as to see that it is known. */
	pki_file_digest(data, len, digest);
	known = bundle_find(trust, digest, kind);
	b = known ? NULL : pki_bundle_read(kind, data, len, why, sizeof(why));
	free(data);
	if (known)
		return known;
	if (!b)
		log_kv(LOG_WARNING, "certificate", "file", path, "why", why, NULL);
	return b ? bundle_share(trust, b, kind) : NULL;
}

/* --- connections --- */

static void list_drop(struct pki_list *list)
{
	while (list->n)
		pki_bundle_put(list->b[--list->n]);
}

static void files_drop(struct trusted *t)
{
	list_drop(&t->own);
	list_drop(&t->own2);
	list_drop(&t->crls[0]);
	list_drop(&t->t.ca);
	list_drop(&t->t.remote);
	list_drop(&t->t.pubkey);
	list_drop(&t->t.extra);
	free(t->ocsp);
	t->ocsp = NULL;
}

void trust_begin(struct trust *trust, const struct message_trust *set)
{
	struct trusted **at = trusted_find(trust, set->conn), *t = *at;

	if (!t) {
		t = *at = calloc(1, sizeof(*t));
		if (!t)
			abort();
		t->conn = set->conn;
	}
	files_drop(t);
	memcpy(t->name, set->name, sizeof(t->name));
	t->name[sizeof(t->name) - 1] = '\0';
	t->t.strict = (enum pki_strict)set->strict;
	t->t.no_ocsp = set->no_ocsp;
	t->key2 = set->key2;
	if (set->ocsp[0])
		t->ocsp = strndup(set->ocsp, sizeof(set->ocsp) - 1);
	t->t.ocsp_url = t->ocsp;
}

void trust_add(struct trust *trust, const struct message_trust_file *file, int fd)
{
	struct trusted *t = *trusted_find(trust, file->conn);
	enum pki_kind kind = PKI_CERTS;
	struct pki_list *list;
	struct pki_bundle *b;

	if (!t || fd < 0)
		return;
	switch (file->use) {
	case TRUST_OWN:
		list = &t->own;
		break;
	case TRUST_OWN2:
		list = &t->own2;
		break;
	case TRUST_CA:
		list = &t->t.ca;
		break;
	case TRUST_REMOTE:
		list = &t->t.remote;
		break;
	case TRUST_PUBKEY:
		list = &t->t.pubkey;
		kind = PKI_PUBKEY;
		break;
	case TRUST_CRL:
		list = &t->crls[0];
		kind = PKI_CRLS;
		break;
	default:
		return;
	}
	if (list->n == PKI_TRUST_FILES_MAX)
		return;
	b = bundle_read(trust, kind, fd, file->path);
	if (!b)
		return;
	list->b[list->n++] = b;
	/* Intermediates beside our own certificate may be those of the peer, too. */
	if (list == &t->own && t->t.extra.n < PKI_TRUST_FILES_MAX)
		t->t.extra.b[t->t.extra.n++] = pki_bundle_get(b);
}

void trust_forget(struct trust *trust, uint32_t conn)
{
	struct trusted **at = trusted_find(trust, conn), *t = *at;

	if (!t)
		return;
	*at = t->next;
	files_drop(t);
	free(t);
	shared_sweep(trust);
}

size_t trust_certificate(struct trust *trust, uint32_t conn, bool second, unsigned int i,
			 const uint8_t **der)
{
	const struct trusted *t = *trusted_find(trust, conn);
	const struct pki_list *own = !t ? NULL : second && t->key2 ? &t->own2 : &t->own;
	struct pki_blob blob;

	for (unsigned int l = 0; own && l < own->n; l++) {
		unsigned int n = pki_bundle_count(own->b[l]);

		if (i < n) {
			blob = pki_bundle_der(own->b[l], i);
			*der = blob.p;
			return blob.len;
		}
		i -= n;
	}
	return 0;
}

const uint8_t *trust_authority(struct trust *trust, uint32_t conn, unsigned int i)
{
	const struct trusted *t = *trusted_find(trust, conn);

	for (unsigned int l = 0; t && l < t->t.ca.n; l++) {
		unsigned int n = pki_bundle_count(t->t.ca.b[l]);

		if (i < n)
			return pki_bundle_ca_hash(t->t.ca.b[l], i);
		i -= n;
	}
	return NULL;
}

/* --- checks --- */

static bool may_fetch(void *ctx, const uint8_t id[PKI_WANT_ID_LEN], const char *url)
{
	const struct trust *trust = ctx;

	return !trust->last && fetches_may(trust->fetches, id, url, trust->now);
}

static const struct pki_ocsp *status_find(void *ctx, const uint8_t id[PKI_WANT_ID_LEN])
{
	return fetches_ocsp(((const struct trust *)ctx)->fetches, id);
}

static void claim_of(const struct ike_fx_cert *fx, struct pki_claim *claim)
{
	const uint8_t *at = fx->certs;

	claim->n_certs = fx->n_certs;
	for (unsigned int i = 0; i < fx->n_certs; i++) {
		claim->certs[i] = (struct pki_blob){ at, fx->cert_len[i] };
		at += fx->cert_len[i];
	}
	claim->id_type = fx->peer.type;
	claim->id = (struct pki_blob){ fx->peer.data, fx->peer.len };
	claim->auth = (struct pki_blob){ fx->auth, fx->auth_len };
	claim->octets = (struct pki_blob){ fx->octets, fx->octets_len };
	claim->method = fx->method;
}

bool trust_check(struct trust *trust, const struct ike_fx_cert *fx, int64_t wall, uint64_t now,
		 bool last, struct ike_ev_auth *answer)
{
	struct trusted *t = *trusted_find(trust, fx->conn);
	struct pki_claim claim = {
		.now = wall, .may_fetch = may_fetch, .ocsp = status_find, .ctx = trust
	};
	struct pki_verdict *verdict = &trust->verdict;

	memset(answer, 0, sizeof(*answer));
	answer->request = fx->request;
	if (!t) {
		snprintf(answer->why, sizeof(answer->why), "no CA is configured for this tunnel");
		return true;
	}
	trust->now = now;
	trust->last = last;
	claim_of(fx, &claim);
	fetches_crls(trust->fetches, &t->crls[1]);
	t->t.crls = t->crls;
	t->t.n_crls = 2;
	pki_verdict_clear(verdict);
	pki_verify(&t->t, &claim, verdict);
	if (verdict->result == PKI_WANTS)
		return false;
	answer->ok = verdict->result == PKI_ACCEPTED;
	snprintf(answer->why, sizeof(answer->why), "%s", verdict->why);
	snprintf(answer->hint, sizeof(answer->hint), "%s", verdict->hint);
	if (answer->ok && verdict->warn[0])
		log_kv(LOG_WARNING, "certificate", "tunnel", t->name, "warning", verdict->warn,
		       NULL);
	return true;
}

struct pki_want *trust_want(struct trust *trust, unsigned int i)
{
	return i < trust->verdict.n_wants ? &trust->verdict.want[i] : NULL;
}

bool trust_fetch(struct trust *trust, struct pki_want *want, const uint8_t nonce[PKI_NONCE_LEN],
		 struct message_fetch *message)
{
	return fetches_begin(trust->fetches, want, nonce, message);
}

void trust_fetched(struct trust *trust, const struct message_fetched *message, int fd, int64_t wall,
		   uint64_t now)
{
	fetches_end(trust->fetches, message, fd, wall, now);
}
