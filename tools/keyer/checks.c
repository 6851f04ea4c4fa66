// SPDX-License-Identifier: MIT
/* Peers' certificates are checked in the ike process, where no secret is. */
#include "tools/keyer/checks.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/keyer/child.h"

enum {
	CHECKS_MAX = 256, /* peers that may wait for what is fetched ... */
	CHECKS_WAIT = 10 * 1000, /* ... and how long, ms: then what is at hand must do */
};

/** struct answer - to IKE_FX_CERT_VERIFY */
struct answer {
	struct answer *next;
	struct ike_ev_auth auth;
};

/** struct check - a peer for whose certificates something is being fetched */
struct check {
	struct check *next;
	uint64_t end; /* until when it waits, ms */
	unsigned int n;
	uint8_t want[PKI_CHAIN_MAX][PKI_WANT_ID_LEN];
	struct ike_fx_cert fx;
};

struct checks {
	struct loop *loop;
	struct channel *netadmin;
	struct trust *trust;
	void (*ready)(void *arg);
	void *arg;
	struct answer *answers, **last_answer; /* in the order of the checks */
	struct check *waiting;
	unsigned int n_waiting;
	struct loop_timer timer;
};

static void timer_arm(struct checks *checks)
{
	uint64_t at = LOOP_NEVER;

	for (const struct check *check = checks->waiting; check; check = check->next)
		at = check->end < at ? check->end : at;
	loop_timer_set(checks->loop, &checks->timer, at);
}

/* What it wants is asked for, if it is not under way; and it waits until @end. */
static void check_wait(struct checks *checks, struct check *check)
{
	struct message_fetch message;
	uint8_t nonce[PKI_NONCE_LEN];
	struct pki_want *want;

	for (check->n = 0; (want = trust_want(checks->trust, check->n)); check->n++) {
		memcpy(check->want[check->n], want->id, sizeof(want->id));
		child_random(nonce, sizeof(nonce));
		if (trust_fetch(checks->trust, want, nonce, &message))
			channel_send(checks->netadmin, MSG_FETCH, &message, sizeof(message), -1);
	}
	check->next = checks->waiting;
	checks->waiting = check;
	checks->n_waiting++;
	timer_arm(checks);
}

/* @check: NULL for a new one; freed, or it waits. */
static void check_run(struct checks *checks, struct check *check, const struct ike_fx_cert *fx)
{
	struct answer *answer = malloc(sizeof(*answer));
	uint64_t now = loop_now();
	bool last = check ? now >= check->end : checks->n_waiting == CHECKS_MAX;

	if (!answer)
		abort();
	answer->next = NULL;
	if (trust_check(checks->trust, fx, time(NULL), now, last, &answer->auth)) {
		*checks->last_answer = answer;
		checks->last_answer = &answer->next;
		free(check);
		return;
	}
	free(answer);
	if (!check) {
		check = malloc(sizeof(*check));
		if (!check)
			abort();
		check->end = now + CHECKS_WAIT;
		memcpy(&check->fx, fx, sizeof(check->fx));
	}
	check_wait(checks, check);
}

void checks_begin(struct checks *checks, const struct ike_fx_cert *fx)
{
	check_run(checks, NULL, fx);
}

bool checks_answer(struct checks *checks, struct ike_ev_auth *auth)
{
	struct answer *answer = checks->answers;

	if (!answer)
		return false;
	checks->answers = answer->next;
	if (!checks->answers)
		checks->last_answer = &checks->answers;
	memcpy(auth, &answer->auth, sizeof(*auth));
	free(answer);
	return true;
}

static bool check_due(const struct check *check, const uint8_t *id, uint64_t now)
{
	if (!id)
		return check->end <= now;
	for (unsigned int i = 0; i < check->n; i++) {
		if (!memcmp(check->want[i], id, PKI_WANT_ID_LEN))
			return true;
	}
	return false;
}

/* Those who waited for what has come, or without @id long enough, are checked again. */
static void checks_run(struct checks *checks, const uint8_t *id)
{
	struct check **at = &checks->waiting, *check, *mine = NULL;
	uint64_t now = loop_now();

	while ((check = *at)) {
		if (!check_due(check, id, now)) {
			at = &check->next;
			continue;
		}
		*at = check->next;
		check->next = mine;
		mine = check;
		checks->n_waiting--;
	}
	while ((check = mine)) {
		mine = check->next;
		check_run(checks, check, &check->fx);
	}
	timer_arm(checks);
	checks->ready(checks->arg);
}

static void timer_fire(void *arg)
{
	checks_run(arg, NULL);
}

void checks_fetched(struct checks *checks, const struct message_fetched *message, int fd)
{
	trust_fetched(checks->trust, message, fd, time(NULL), loop_now());
	checks_run(checks, message->id);
}

struct checks *checks_new(struct loop *loop, struct channel *netadmin, struct trust *trust,
			  void (*ready)(void *arg), void *arg)
{
	struct checks *checks = calloc(1, sizeof(*checks));

	if (!checks)
		return NULL;
	checks->loop = loop;
	checks->netadmin = netadmin;
	checks->trust = trust;
	checks->ready = ready;
	checks->arg = arg;
	checks->last_answer = &checks->answers;
	loop_timer_init(&checks->timer, timer_fire, checks);
	return checks;
}
