// SPDX-License-Identifier: MIT
/*
 * What an IKE SA is to do, one at a time, in order.
 */
#include <stdlib.h>
#include <string.h>
#include <stdio.h>

#include "tools/keyer/ike/v2.h"

static bool task_is(const struct task *t, enum task_kind kind, const char *child, uint64_t serial)
{
	return t->kind == kind && t->serial == serial && !strcmp(t->child, child ? child : "");
}

bool task_pending(const struct sa *sa, enum task_kind kind, const char *child, uint64_t serial)
{
	const struct task *t;

	if (sa->out.task && task_is(sa->out.task, kind, child, serial))
		return true;
	TAILQ_FOREACH(t, &sa->tasks, link)
	{
		if (task_is(t, kind, child, serial))
			return true;
	}
	return false;
}

struct task *task_add(struct sa *sa, enum task_kind kind, const char *child, uint64_t serial)
{
	struct task *t;

	if (task_pending(sa, kind, child, serial) || sa->n_tasks >= TASKS_MAX)
		return NULL;
	t = mem_new(sizeof(*t));
	t->kind = kind;
	t->serial = serial;
	snprintf(t->child, sizeof(t->child), "%s", child ? child : "");
	TAILQ_INSERT_TAIL(&sa->tasks, t, link);
	sa->n_tasks++;
	return t;
}

void task_again(struct sa *sa, uint64_t delay)
{
	struct task *t = sa->out.task;

	sa->out.task = NULL;
	turn_clear(sa, &sa->out);
	if (!t)
		return;
	t->tries++;
	t->not_before = sa->ike->now + delay;
	TAILQ_INSERT_TAIL(&sa->tasks, t, link);
	sa->n_tasks++;
}

static bool task_creates(const struct task *t)
{
	return t->kind == TASK_CHILD_NEW || t->kind == TASK_CHILD_REKEY ||
	       t->kind == TASK_IKE_REKEY;
}

static struct task *task_next(struct sa *sa)
{
	struct task *t;

	if (sa->predecessor)
		return NULL;
	TAILQ_FOREACH(t, &sa->tasks, link)
	{
		if (t->not_before > sa->ike->now)
			continue;
		/* what the peer is creating comes first: one collision less */
		if ((sa->in.step != TURN_IDLE || sa->followup) && task_creates(t))
			continue;
		if (sa->followup && sa->followup->ike && t->kind == TASK_CHILD_DELETE)
			continue;
		/* it is had from the gateway that we are sent to, if that is found */
		if (sa->redirect && t->kind == TASK_CHILD_NEW)
			continue;
		/* a rekey of the IKE SA moves its children, which must hold still */
		if (sa->state != SA_ESTABLISHED && t->kind != TASK_IKE_DELETE &&
		    (t->kind != TASK_MOBIKE || sa->state != SA_REKEYED))
			continue;
		return t;
	}
	return NULL;
}

static void task_start(struct sa *sa, struct task *t)
{
	switch (t->kind) {
	case TASK_CHILD_NEW:
	case TASK_CHILD_REKEY:
		child_i_start(sa, t);
		break;
	case TASK_IKE_REKEY:
		rekey_i_start(sa, t);
		break;
	case TASK_CHILD_DELETE:
	case TASK_IKE_DELETE:
	case TASK_DPD:
	case TASK_MOBIKE:
		info_i_start(sa, t);
		break;
	default:
		turn_clear(sa, &sa->out);
	}
}

void task_run(struct sa *sa)
{
	while (sa->out.step == TURN_IDLE && !sa->out.task && sa->state != SA_DEAD) {
		struct task *t = task_next(sa);

		if (!t)
			break;
		TAILQ_REMOVE(&sa->tasks, t, link);
		sa->n_tasks--;
		sa->out.task = t;
		task_start(sa, t);
	}
	if (sa->reauth_of)
		reauth_step(sa);
	if (sa->redirect)
		redirect_step(sa);
}

void task_drop_all(struct sa *sa)
{
	struct task *t;

	while ((t = TAILQ_FIRST(&sa->tasks))) {
		TAILQ_REMOVE(&sa->tasks, t, link);
		free(t);
	}
	sa->n_tasks = 0;
}

/* Those that wait for a turn need no timer: its end starts them. */
uint64_t task_deadline(const struct sa *sa)
{
	const struct task *t;
	uint64_t at = NEVER;

	if (sa->out.step != TURN_IDLE)
		return NEVER;
	TAILQ_FOREACH(t, &sa->tasks, link)
	{
		if (t->not_before > sa->ike->now && t->not_before < at)
			at = t->not_before;
	}
	return at;
}
