// SPDX-License-Identifier: MIT
/*
 * Turns: one request in progress in each direction, and the answers of other
 * processes that it waits for.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/ike/report.h"
#include "tools/keyer/ike/sa.h"

enum {
	REQUEST_BITS = 24
};

/* The upper bits find the SA again, so that an answer costs no search. */
uint64_t request_id(struct sa *sa)
{
	uint64_t n = ++sa->ike->next_request & ((1u << REQUEST_BITS) - 1);

	return sa->serial << REQUEST_BITS | n;
}

void turn_wait(struct sa *sa, struct turn *t, enum turn_step step, uint64_t request,
	       turn_resume resume)
{
	(void)sa;
	t->step = step;
	t->request = request;
	t->resume = resume;
}

/*
 * Netadmin is at work for us and will answer: an SPI that comes then goes back,
 * and so does that of a pair whose installation fails then.
 */
static void orphan_add(struct sa *sa, const struct turn *t)
{
	struct orphan *o;

	if (!t->request || !t->nego || (t->step != TURN_WAIT_SPI && t->step != TURN_WAIT_INSTALL))
		return;
	o = mem_new(sizeof(*o));
	o->request = t->request;
	o->conn = sa->conn_id;
	o->protocol = t->nego->protocol;
	o->spi = t->step == TURN_WAIT_INSTALL ? t->nego->spi_in : 0;
	memcpy(o->child, t->nego->child, sizeof(o->child));
	TAILQ_INSERT_TAIL(&sa->ike->orphans, o, link);
}

static void orphan_answer(struct ike *ike, const struct ike_event *ev, uint64_t request)
{
	struct orphan *o;

	TAILQ_FOREACH(o, &ike->orphans, link)
	{
		if (o->request == request)
			break;
	}
	if (!o)
		return;
	if (ev->type == IKE_EV_SPI && ev->u.spi.ok && !o->spi)
		child_spi_release(ike, o->conn, o->child, o->protocol, ev->u.spi.spi);
	else if (ev->type == IKE_EV_INSTALLED && !ev->u.installed.ok && o->spi)
		child_spi_release(ike, o->conn, o->child, o->protocol, o->spi);
	TAILQ_REMOVE(&ike->orphans, o, link);
	free(o);
}

void turn_clear(struct sa *sa, struct turn *t)
{
	orphan_add(sa, t);
	nego_free(sa, t->nego);
	free(t->task);
	memset(t, 0, sizeof(*t));
}

void turn_spi_request(struct sa *sa, struct turn *t, turn_resume resume)
{
	struct ike_fx_spi *fx = &effect_add(sa->ike, IKE_FX_SPI_REQUEST)->u.spi;

	fx->request = request_id(sa);
	fx->conn = sa->conn_id;
	fx->protocol = t->nego->protocol;
	memcpy(fx->child, t->nego->child, sizeof(fx->child));
	turn_wait(sa, t, TURN_WAIT_SPI, fx->request, resume);
}

static bool answers(const struct turn *t, const struct ike_event *ev, uint64_t request)
{
	if (!t->request || t->request != request)
		return false;
	switch (t->step) {
	case TURN_WAIT_SPI:
		return ev->type == IKE_EV_SPI;
	case TURN_WAIT_PPK:
		return ev->type == IKE_EV_PPK;
	case TURN_WAIT_SIGN:
		return ev->type == IKE_EV_AUTH_SIGNED;
	case TURN_WAIT_VERIFY:
		return ev->type == IKE_EV_AUTH_VERIFIED;
	case TURN_WAIT_EAP:
		return ev->type == IKE_EV_EAP;
	case TURN_WAIT_INSTALL:
		return ev->type == IKE_EV_INSTALLED;
	default:
		return false;
	}
}

struct ike_fx_path *path_effect(struct sa *sa)
{
	struct ike_fx_path *fx = &effect_add(sa->ike, IKE_FX_PATH)->u.path;

	fx->request = request_id(sa);
	fx->conn = sa->conn_id;
	return fx;
}

struct sa *sa_of_request(struct ike *ike, uint64_t request)
{
	struct sa *sa = sa_find_serial(ike, request >> REQUEST_BITS);

	return sa && sa->state != SA_DEAD ? sa : NULL;
}

void turn_answer(struct ike *ike, const struct ike_event *ev, uint64_t request)
{
	struct sa *sa = sa_of_request(ike, request);
	struct turn *t = NULL;

	if (sa) {
		if (answers(&sa->in, ev, request))
			t = &sa->in;
		else if (answers(&sa->out, ev, request))
			t = &sa->out;
	}
	if (!t) {
		orphan_answer(ike, ev, request);
		return;
	}
	t->request = 0;
	t->resume(sa, t, ev);
	if (sa->state != SA_DEAD) {
		task_run(sa);
		sa_rearm(sa);
	}
}
