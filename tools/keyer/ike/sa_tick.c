// SPDX-License-Identifier: MIT
/*
 * What becomes due on an IKE SA as time passes.
 */
#include "tools/keyer/ike/v2.h"

static void state_over(struct sa *sa)
{
	sa->state_until = NEVER;
	switch (sa->state) {
	case SA_INIT_DONE:
		log_sa(sa, IKE_LOG_INFO,
		       "result=forgotten why=\"the peer did not go on with "
		       "IKE_AUTH within %d s\"",
		       HALF_OPEN_MS / 1000);
		sa_kill(sa, IKE_WHY_TIMEOUT, "the peer did not go on with IKE_AUTH", "");
		break;
	case SA_REKEYED:
		log_sa(sa, IKE_LOG_INFO,
		       "result=removed why=\"the peer did not delete the IKE SA "
		       "that it had rekeyed\"");
		sa_delete(sa, IKE_WHY_REPLACED, "rekeyed", "");
		break;
	default:
		sa_kill(sa, IKE_WHY_TIMEOUT, "done", "");
	}
}

static uint64_t dpd_at(const struct sa *sa)
{
	if (sa->state != SA_ESTABLISHED || !sa->dpd_delay || sa->out.step != TURN_IDLE ||
	    sa->predecessor)
		return NEVER;
	return sa->last_heard + sa->dpd_delay;
}

static uint64_t keepalive_at(const struct sa *sa)
{
	if (sa->state != SA_ESTABLISHED || !sa->nat_local || !sa->natt || !sa->nat_keepalive)
		return NEVER;
	return sa->last_sent + sa->nat_keepalive;
}

static void established_tick(struct sa *sa)
{
	uint64_t now = sa->ike->now;
	struct child *c;

	if (sa->expire_at <= now) {
		sa_delete(sa, IKE_WHY_EXPIRED, "the IKE SA's lifetime is over",
			  "allow rekeying, or make the lifetime longer");
		return;
	}
	if (sa->end_at <= now) {
		sa_delete(sa, sa->end_why,
			  sa->end_why == IKE_WHY_EXPIRED ?
				  "the peer has not authenticated again in time" :
				  "replaced by a newer IKE SA of the same peer",
			  "");
		return;
	}
	if (sa->reauth_at <= now)
		reauth_start(sa);
	if (sa->rekey_at <= now) {
		sa->rekey_at = NEVER;
		task_add(sa, TASK_IKE_REKEY, NULL, 0);
	}
	TAILQ_FOREACH(c, &sa->children, link)
	child_tick(sa, c);
	if (dpd_at(sa) <= now)
		task_add(sa, TASK_DPD, NULL, 0);
	if (keepalive_at(sa) <= now) {
		static const uint8_t keepalive = 0xff; /* RFC 3948 2.3 */

		sa->last_sent = now;
		send_packet(sa->ike, &sa->local, &sa->remote, false, true, &keepalive, 1);
	}
}

void sa_tick(struct sa *sa)
{
	if (sa->state_until <= sa->ike->now)
		state_over(sa);
	if (sa->state != SA_DEAD && sa->refused_until <= sa->ike->now)
		init_refusal_stands(sa);
	if (sa->state != SA_DEAD)
		window_tick(sa);
	if (sa->followup)
		followup_tick(sa);
	if (sa->state == SA_ESTABLISHED)
		established_tick(sa);
	if (sa->state != SA_DEAD)
		task_run(sa);
}

static void earlier(uint64_t *at, uint64_t other)
{
	if (other < *at)
		*at = other;
}

void sa_rearm(struct sa *sa)
{
	const struct child *c;
	uint64_t at = sa->state_until;

	if (sa->state == SA_DEAD) {
		/* it is freed at the end of the step that this timer makes */
		timer_set(&sa->ike->timers, &sa->timer, sa->ike->now);
		return;
	}
	earlier(&at, sa->refused_until);
	earlier(&at, sa->followup_until);
	earlier(&at, window_deadline(sa));
	earlier(&at, task_deadline(sa));
	if (sa->state == SA_ESTABLISHED) {
		earlier(&at, sa->expire_at);
		earlier(&at, sa->rekey_at);
		earlier(&at, sa->reauth_at);
		earlier(&at, sa->end_at);
		earlier(&at, dpd_at(sa));
		earlier(&at, keepalive_at(sa));
		TAILQ_FOREACH(c, &sa->children, link)
		earlier(&at, child_deadline(c));
	}
	timer_set(&sa->ike->timers, &sa->timer, at);
}
