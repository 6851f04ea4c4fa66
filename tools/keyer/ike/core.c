// SPDX-License-Identifier: MIT
/*
 * ike_step(): one event in, its effects out.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/ike/v2.h"

struct ike *ike_new(const struct ike_env *env)
{
	struct ike *ike = mem_new(sizeof(*ike));

	ike->env = *env;
	TAILQ_INIT(&ike->conns);
	TAILQ_INIT(&ike->sas);
	TAILQ_INIT(&ike->orphans);
	TAILQ_INIT(&ike->idle_leases);
	LIST_INIT(&ike->half_open_sas);
	TAILQ_INIT(&ike->conns_of_several);
	for (unsigned int i = 0; i < CONN_BUCKETS; i++)
		TAILQ_INIT(&ike->conns_by_peer[i]);
	return ike;
}

static struct sa *sa_of_timer(struct timer *t)
{
	return (struct sa *)(void *)((char *)t - offsetof(struct sa, timer));
}

static void tick(struct ike *ike)
{
	struct timer *t;

	while ((t = timer_first(&ike->timers)) && t->at <= ike->now) {
		struct sa *sa = sa_of_timer(t);

		if (sa->state == SA_DEAD) {
			sa_free(sa);
			continue;
		}
		sa_tick(sa);
		sa_rearm(sa);
		if (sa->timer.at <= ike->now && sa->state != SA_DEAD) /* once a step is enough */
			timer_set(&ike->timers, &sa->timer, ike->now + 1);
	}
}

/* Those that died in this step. */
static void reap(struct ike *ike)
{
	struct sa *sa;

	while ((sa = LIST_FIRST(&ike->dead)))
		sa_free(sa);
}

static void event(struct ike *ike, const struct ike_event *ev)
{
	switch (ev->type) {
	case IKE_EV_TICK:
		tick(ike);
		break;
	case IKE_EV_PACKET:
		v2_receive(ike, &ev->u.packet);
		break;
	case IKE_EV_CONN_SET:
		operator_conn_set(ike, ev->u.conf);
		break;
	case IKE_EV_CONN_DEL:
		operator_conn_del(ike, ev->u.conn);
		break;
	case IKE_EV_INITIATE:
		operator_initiate(ike, &ev->u.initiate);
		break;
	case IKE_EV_TERMINATE:
		operator_terminate(ike, &ev->u.terminate);
		break;
	case IKE_EV_REKEY:
		operator_rekey(ike, &ev->u.terminate);
		break;
	case IKE_EV_AUTH_SIGNED:
	case IKE_EV_AUTH_VERIFIED:
		turn_answer(ike, ev, ev->u.auth.request);
		break;
	case IKE_EV_EAP:
		turn_answer(ike, ev, ev->u.eap.request);
		break;
	case IKE_EV_PPK:
		turn_answer(ike, ev, ev->u.ppk.request);
		break;
	case IKE_EV_SPI:
		turn_answer(ike, ev, ev->u.spi.request);
		break;
	case IKE_EV_INSTALLED:
		turn_answer(ike, ev, ev->u.installed.request);
		break;
	case IKE_EV_CHILD_EXPIRE:
		kernel_expire(ike, &ev->u.child);
		break;
	case IKE_EV_MAPPING:
		kernel_mapping(ike, &ev->u.child);
		break;
	case IKE_EV_ADDRESS_LOST:
		kernel_address_lost(ike, &ev->u.address);
		break;
	case IKE_EV_ROAM:
		kernel_roam(ike, &ev->u.roam);
		break;
	case IKE_EV_PATH:
		kernel_path(ike, &ev->u.path);
		break;
	case IKE_EV_SHUTDOWN:
		operator_shutdown(ike);
		break;
	}
}

/* What lingers to answer repeated DELETEs of peers does not hold us up. */
static bool shutdown_complete(const struct ike *ike)
{
	const struct sa *sa;

	TAILQ_FOREACH(sa, &ike->sas, link)
	{
		if (sa->state != SA_LINGER)
			return false;
	}
	return true;
}

void ike_step(struct ike *ike, const struct ike_event *ev, struct ike_effects *fx)
{
	bool was_down = ike->shut_down;

	ike->now = ev->now > ike->now ? ev->now : ike->now;
	ike->fx = fx;
	event(ike, ev);
	reap(ike);
	if (ike->shutting_down && !was_down && shutdown_complete(ike)) {
		ike->shut_down = true;
		effect_add(ike, IKE_FX_SHUTDOWN_DONE);
	}
	ike->fx = NULL;
}

uint64_t ike_deadline(const struct ike *ike)
{
	const struct timer *t = timer_first(&ike->timers);

	return t ? t->at : NEVER;
}

void ike_free(struct ike *ike)
{
	struct ike_effects *fx = ike_effects_new();
	struct orphan *o;
	struct conn *c;
	struct sa *sa;

	ike->fx = fx; /* what freeing would tell is told to nobody */
	while ((sa = TAILQ_FIRST(&ike->sas)))
		sa_free(sa);
	while ((c = TAILQ_FIRST(&ike->conns)))
		conn_free(ike, c);
	while ((o = TAILQ_FIRST(&ike->orphans))) {
		TAILQ_REMOVE(&ike->orphans, o, link);
		free(o);
	}
	pools_free(ike);
	ike_effects_free(fx);
	timers_free(&ike->timers);
	mem_wipe_free(ike, sizeof(*ike));
}
