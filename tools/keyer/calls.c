// SPDX-License-Identifier: MIT
/*
 * How many peers are called at once. Of ten thousand tunnels that are to start each
 * has its turn: a gateway that all of them lead to would take them for a flood, and
 * what it drops is sent again, and late.
 *
 * A call that is not decided in a second makes room all the same: peers that are
 * silent hold up nobody for long.
 */
#include "tools/keyer/netadmin.h"

static void calls_leave(struct tun *tun)
{
	struct calls *calls = &tun->na->calls;

	if (tun->call == CALL_ACTIVE) {
		TAILQ_REMOVE(&calls->active, tun, call_link);
		calls->n_active--;
	} else if (tun->call == CALL_WAITS) {
		TAILQ_REMOVE(&calls->waiting, tun, call_link);
	}
	tun->call = CALL_NONE;
}

static void calls_enter(struct tun *tun)
{
	struct calls *calls = &tun->na->calls;

	tun->call = CALL_ACTIVE;
	tun->call_until = loop_now() + NETADMIN_CALL_MS;
	TAILQ_INSERT_TAIL(&calls->active, tun, call_link);
	calls->n_active++;
}

/* The next one has its turn when there is room, or the oldest one's time is over. */
static void calls_rearm(struct netadmin *na)
{
	struct calls *calls = &na->calls;
	uint64_t at = LOOP_NEVER;

	if (!TAILQ_EMPTY(&calls->waiting))
		at = calls->n_active < NETADMIN_CALLS_MAX ? loop_now() :
							    TAILQ_FIRST(&calls->active)->call_until;
	loop_timer_set(na->loop, &calls->timer, at);
}

static void calls_timer(void *arg)
{
	struct netadmin *na = arg;
	struct calls *calls = &na->calls;
	struct tun *tun;

	while ((tun = TAILQ_FIRST(&calls->active)) && tun->call_until <= loop_now())
		calls_leave(tun);
	/* A call may fail at once, and leave: then this goes on. */
	while (calls->n_active < NETADMIN_CALLS_MAX && (tun = TAILQ_FIRST(&calls->waiting))) {
		calls_leave(tun);
		calls_enter(tun);
		tun_resolve(tun, tun->call_next);
	}
	calls_rearm(na);
}

void calls_init(struct netadmin *na)
{
	TAILQ_INIT(&na->calls.active);
	TAILQ_INIT(&na->calls.waiting);
	loop_timer_init(&na->calls.timer, calls_timer, na);
}

void call_begin(struct tun *tun, unsigned int remote)
{
	struct calls *calls = &tun->na->calls;

	if (tun->call == CALL_WAITS) {
		tun->call_next = remote;
		return;
	}
	calls_leave(tun);
	if (calls->n_active < NETADMIN_CALLS_MAX && TAILQ_EMPTY(&calls->waiting)) {
		calls_enter(tun);
		tun_resolve(tun, remote);
		return;
	}
	tun->call = CALL_WAITS;
	tun->call_next = remote;
	TAILQ_INSERT_TAIL(&calls->waiting, tun, call_link);
	calls_rearm(tun->na);
}

void call_urgent(struct tun *tun)
{
	if (tun->call != CALL_WAITS)
		return;
	calls_leave(tun);
	calls_enter(tun);
	tun_resolve(tun, tun->call_next);
}

void call_end(struct tun *tun)
{
	if (tun->call == CALL_NONE)
		return;
	calls_leave(tun);
	calls_rearm(tun->na);
}
