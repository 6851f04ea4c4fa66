// SPDX-License-Identifier: MIT
/* What the ike process had fetched: CRLs, and the status of certificates. */
#include "tools/keyer/fetches.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/keyer/log.h"

enum {
	CRLS_MAX = 32, /* that are kept; they may be large */
	CRL_BYTES_MAX = 32 * 1024 * 1024,
	CRL_AGAIN = 300 * 1000, /* ms before a CRL is asked for again */
	STATUS_BUCKETS = 1024,
	STATUS_MAX = 16 * 1024, /* that are kept: one for each certificate */
	DOWN_MAX = 32, /* URLs that are remembered for not answering ... */
	DOWN_AGAIN = 60 * 1000, /* ... for this many ms */
};

struct crl {
	uint8_t id[PKI_WANT_ID_LEN]; /* all 0: free */
	bool pending;
	uint64_t until; /* not asked for before */
	struct pki_bundle *crl;
};

struct status {
	struct status *next; /* of its bucket */
	struct status *later; /* the one that was made after it */
	uint8_t id[PKI_WANT_ID_LEN];
	struct pki_ocsp *asked, *answer; /* either may be NULL */
};

struct down {
	char url[PKI_URL_MAX];
	uint64_t until;
};

struct fetches {
	struct crl crls[CRLS_MAX];
	struct status *by_id[STATUS_BUCKETS];
	struct status *first, **last; /* in order of age */
	unsigned int n_status, next_crl, next_down;
	struct down down[DOWN_MAX];
};

uint8_t *file_read(int fd, size_t max, size_t *len)
{
	size_t cap = 64 * 1024, n = 0;
	uint8_t *data = malloc(cap);
	ssize_t got;

	while (data) {
		got = pread(fd, data + n, cap - n, (off_t)n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
		if (n < cap)
			continue;
		if (n >= max)
			break;
		cap *= 2;
		data = realloc(data, cap);
	}
	if (!data)
		abort();
	*len = n;
	return data;
}

struct fetches *fetches_new(void)
{
	struct fetches *f = calloc(1, sizeof(*f));

	if (f)
		f->last = &f->first;
	return f;
}

/* --- CRLs --- */

static struct crl *crl_find(const struct fetches *f, const uint8_t id[PKI_WANT_ID_LEN])
{
	for (unsigned int i = 0; i < CRLS_MAX; i++) {
		if (!memcmp(f->crls[i].id, id, PKI_WANT_ID_LEN))
			return (struct crl *)&f->crls[i];
	}
	return NULL;
}

static bool crl_begin(struct fetches *f, const uint8_t id[PKI_WANT_ID_LEN])
{
	struct crl *crl = crl_find(f, id);

	if (crl && crl->pending)
		return false;
	if (!crl) {
		crl = &f->crls[f->next_crl++ % CRLS_MAX];
		pki_bundle_put(crl->crl);
		memset(crl, 0, sizeof(*crl));
		memcpy(crl->id, id, sizeof(crl->id));
	}
	crl->pending = true;
	return true;
}

static void crl_end(struct crl *crl, const char *url, int fd, uint64_t now)
{
	struct pki_bundle *b;
	uint8_t *data;
	char why[256];
	size_t len;

	crl->pending = false;
	crl->until = now + CRL_AGAIN;
	if (fd < 0)
		return;
	data = file_read(fd, CRL_BYTES_MAX, &len);
	b = pki_bundle_read(PKI_CRLS, data, len, why, sizeof(why));
	free(data);
	if (!b) {
		log_kv(LOG_WARNING, "crl", "url", url, "why", why, NULL);
		return;
	}
	pki_bundle_put(crl->crl);
	crl->crl = b;
}

void fetches_crls(const struct fetches *f, struct pki_list *crls)
{
	crls->n = 0;
	for (unsigned int i = 0; i < CRLS_MAX && crls->n < PKI_TRUST_FILES_MAX; i++) {
		if (f->crls[i].crl)
			crls->b[crls->n++] = f->crls[i].crl;
	}
}

/* --- the status of certificates --- */

static struct status **status_find(const struct fetches *f, const uint8_t id[PKI_WANT_ID_LEN])
{
	struct status *const *at = &f->by_id[(id[0] | id[1] << 8) % STATUS_BUCKETS];

	while (*at && memcmp((*at)->id, id, PKI_WANT_ID_LEN) != 0)
		at = &(*at)->next;
	return (struct status **)at;
}

/* The oldest goes, whatever it knows: it can be asked for again. */
static void status_drop(struct fetches *f)
{
	struct status *s = f->first;

	f->first = s->later;
	if (!f->first)
		f->last = &f->first;
	*status_find(f, s->id) = s->next;
	pki_ocsp_free(s->asked);
	pki_ocsp_free(s->answer);
	free(s);
	f->n_status--;
}

static struct status *status_make(struct fetches *f, const uint8_t id[PKI_WANT_ID_LEN])
{
	struct status *s = calloc(1, sizeof(*s)), **at;

	if (!s)
		abort();
	if (f->n_status == STATUS_MAX)
		status_drop(f);
	memcpy(s->id, id, sizeof(s->id));
	at = status_find(f, id);
	*at = s;
	*f->last = s;
	f->last = &s->later;
	f->n_status++;
	return s;
}

static struct down *down_find(const struct fetches *f, const char *url)
{
	for (unsigned int i = 0; i < DOWN_MAX; i++) {
		if (!strcmp(f->down[i].url, url))
			return (struct down *)&f->down[i];
	}
	return NULL;
}

/* All certificates of a CA have one responder: the next does not wait for it, too. */
static void down_note(struct fetches *f, const char *url, uint64_t now)
{
	struct down *down = down_find(f, url);

	if (!down)
		down = &f->down[f->next_down++ % DOWN_MAX];
	snprintf(down->url, sizeof(down->url), "%s", url);
	down->until = now + DOWN_AGAIN;
}

static void status_end(struct fetches *f, struct status *s, const struct message_fetched *message,
		       int fd, int64_t wall, uint64_t now)
{
	struct pki_ocsp *answer = s->asked;
	const char *bad;
	char why[160];
	uint8_t *data;
	size_t len;

	s->asked = NULL;
	if (fd < 0) {
		down_note(f, message->url, now);
		snprintf(why, sizeof(why), "cannot be asked: %.100s", message->why);
		pki_ocsp_fail(answer, why, wall);
	} else {
		data = file_read(fd, PKI_OCSP_ANSWER_MAX, &len);
		bad = pki_ocsp_take(answer, data, len, wall);
		free(data);
		if (bad)
			log_kv(LOG_WARNING, "ocsp", "url", message->url, "why", bad, NULL);
	}
	if (pki_ocsp_outlives(s->answer, answer, wall)) {
		pki_ocsp_free(answer);
		return;
	}
	pki_ocsp_free(s->answer);
	s->answer = answer;
}

const struct pki_ocsp *fetches_ocsp(const struct fetches *f, const uint8_t id[PKI_WANT_ID_LEN])
{
	const struct status *s = *status_find(f, id);

	return s ? s->answer : NULL;
}

/* --- either --- */

bool fetches_may(const struct fetches *f, const uint8_t id[PKI_WANT_ID_LEN], const char *url,
		 uint64_t now)
{
	const struct status *s = *status_find(f, id);
	const struct crl *crl = crl_find(f, id);
	const struct down *down = down_find(f, url);

	if (s && s->asked)
		return true;
	if (crl && (crl->pending || crl->until > now))
		return crl->pending;
	return !down || down->until <= now;
}

bool fetches_begin(struct fetches *f, struct pki_want *want, const uint8_t nonce[PKI_NONCE_LEN],
		   struct message_fetch *message)
{
	struct status *s;

	memset(message, 0, sizeof(*message));
	memcpy(message->id, want->id, sizeof(message->id));
	snprintf(message->url, sizeof(message->url), "%s", want->url);
	if (!want->ocsp)
		return crl_begin(f, want->id);
	s = *status_find(f, want->id);
	if (s && s->asked)
		return false;
	message->request_len = (uint16_t)pki_ocsp_request(want->ocsp, nonce, message->request);
	if (!s)
		s = status_make(f, want->id);
	s->asked = want->ocsp;
	want->ocsp = NULL;
	return true;
}

void fetches_end(struct fetches *f, const struct message_fetched *message, int fd, int64_t wall,
		 uint64_t now)
{
	struct status *s = *status_find(f, message->id);
	struct crl *crl = crl_find(f, message->id);

	if (s && s->asked)
		status_end(f, s, message, fd, wall, now);
	else if (crl && crl->pending)
		crl_end(crl, message->url, fd, now);
}

void fetches_free(struct fetches *f)
{
	while (f->first)
		status_drop(f);
	for (unsigned int i = 0; i < CRLS_MAX; i++)
		pki_bundle_put(f->crls[i].crl);
	free(f);
}
