// SPDX-License-Identifier: MIT
/*
 * What the operator wants, and what the kernel tells.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/ike/v2.h"

static bool chosen(const char *wanted, const char *name)
{
	return !wanted[0] || !strcmp(wanted, name);
}

static void want_children(struct sa *sa, const struct conn *c, const char *name)
{
	for (unsigned int i = 0; i < c->conf->n_children; i++) {
		if (chosen(name, c->conf->children[i].name) &&
		    !child_named(sa, c->conf->children[i].name))
			task_add(sa, TASK_CHILD_NEW, c->conf->children[i].name, 0);
	}
}

void operator_initiate(struct ike *ike, const struct ike_ev_initiate *ev)
{
	struct conn *c = conn_find(ike, ev->conn);
	struct sa *sa = sa_of_conn(ike, ev->conn, true);
	struct ike_addr local = ev->local, remote = ev->remote;
	bool first;

	if (!c || ike->shutting_down)
		return;
	if (!sa)
		sa = sa_of_conn(ike, ev->conn, false);
	if (sa) {
		step(sa, sa->state == SA_ESTABLISHED ? "the IKE SA is up already" :
						       "an attempt is under way already");
		want_children(sa, c, ev->child);
		task_run(sa);
		sa_rearm(sa);
		return;
	}
	first = LIST_EMPTY(&c->sas);
	remote.port = remote.port ? remote.port : 500;
	local.port = remote.port == 500 ? 500 : 4500;
	sa = sa_new(ike, true, &local, &remote, remote.port != 500);
	sa_set_conn(sa, c);
	sa->initial_contact = first;
	want_children(sa, c, ev->child);
	if (!sa->n_tasks)
		sa_kill(sa, IKE_WHY_CONFIG, "the tunnel has no child of that name", "");
	else
		init_start(sa);
	sa_rearm(sa);
}

static void terminate_child(struct sa *sa, const char *name)
{
	struct child *c, *next;
	struct task *t, *after;

	for (t = TAILQ_FIRST(&sa->tasks); t; t = after) {
		after = TAILQ_NEXT(t, link);
		if (t->kind != TASK_CHILD_NEW || strcmp(t->child, name) != 0)
			continue;
		TAILQ_REMOVE(&sa->tasks, t, link);
		sa->n_tasks--;
		free(t);
	}
	for (c = TAILQ_FIRST(&sa->children); c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (!strcmp(c->name, name))
			child_delete(sa, c, IKE_WHY_OPERATOR);
	}
}

void operator_terminate(struct ike *ike, const struct ike_ev_terminate *ev)
{
	struct conn *c = conn_find(ike, ev->conn);
	struct sa *sa, *next;

	for (sa = c ? LIST_FIRST(&c->sas) : NULL; sa; sa = next) {
		next = LIST_NEXT(sa, by_conn);
		if (ev->child[0])
			terminate_child(sa, ev->child);
		else
			sa_delete(sa, IKE_WHY_OPERATOR, "taken down by the operator", "");
		if (sa->state != SA_DEAD)
			task_run(sa);
		sa_rearm(sa);
	}
}

static void child_rekey(struct sa *sa, struct child *c)
{
	if (c->state != CHILD_INSTALLED)
		return;
	c->rekey_at = NEVER;
	task_add(sa, TASK_CHILD_REKEY, NULL, c->serial);
}

void operator_rekey(struct ike *ike, const struct ike_ev_terminate *ev)
{
	struct sa *sa = sa_of_conn(ike, ev->conn, true);
	struct child *c;

	if (!sa)
		return;
	if (!ev->child[0])
		task_add(sa, TASK_IKE_REKEY, NULL, 0);
	TAILQ_FOREACH(c, &sa->children, link)
	{
		if (ev->child[0] && !strcmp(c->name, ev->child))
			child_rekey(sa, c);
	}
	task_run(sa);
	sa_rearm(sa);
}

/* Live SAs go on; what applies in place does, and children not configured go. */
void operator_conn_set(struct ike *ike, const struct ike_conn_conf *conf)
{
	struct conn *c = conn_set(ike, conf);
	struct sa *sa;

	LIST_FOREACH(sa, &c->sas, by_conn)
	{
		struct child *child;

		memcpy(sa->conn_name, conf->name, sizeof(sa->conn_name));
		sa->dpd_delay = conf->dpd_delay;
		sa->dpd_timeout = conf->dpd_timeout;
		sa->nat_keepalive = conf->nat_keepalive;
		TAILQ_FOREACH(child, &sa->children, link)
		{
			if (!child->ghost && !conn_child(c, child->name))
				child_delete(sa, child, IKE_WHY_CONFIG);
		}
		task_run(sa);
		sa_rearm(sa);
	}
}

void operator_conn_del(struct ike *ike, uint32_t id)
{
	struct conn *c = conn_find(ike, id);
	struct sa *sa;

	if (!c)
		return;
	while ((sa = LIST_FIRST(&c->sas))) {
		sa_delete(sa, IKE_WHY_CONFIG, "the tunnel was removed from the configuration", "");
		sa_set_conn(sa, NULL);
		sa_rearm(sa);
	}
	conn_free(ike, c);
}

void operator_shutdown(struct ike *ike)
{
	struct sa *sa;

	ike->shutting_down = true;
	TAILQ_FOREACH(sa, &ike->sas, link)
	{
		sa_delete(sa, IKE_WHY_OPERATOR, "shutting down", "");
		if (sa->state == SA_DELETING)
			sa->state_until = ike->now + SHUTDOWN_MS;
		sa_rearm(sa);
	}
}

static struct child *child_anywhere(struct ike *ike, const struct ike_ev_child *ev, struct sa **out)
{
	struct sa *sa;

	TAILQ_FOREACH(sa, &ike->sas, link)
	{
		struct child *c = child_find_spi(sa, ev->spi_in, ev->spi_out);

		if (c && sa->state != SA_DEAD) {
			*out = sa;
			return c;
		}
	}
	return NULL;
}

void kernel_expire(struct ike *ike, const struct ike_ev_child *ev)
{
	struct sa *sa;
	struct child *c = child_anywhere(ike, ev, &sa);
	const struct ike_child_conf *conf;

	if (!c)
		return;
	conf = conn_child(sa->conn, c->name);
	if (ev->hard)
		child_delete(sa, c, IKE_WHY_EXPIRED);
	else if (conf && conf->rekey)
		child_rekey(sa, c);
	task_run(sa);
	sa_rearm(sa);
}

void kernel_mapping(struct ike *ike, const struct ike_ev_child *ev)
{
	struct sa *sa;
	struct child *c = child_anywhere(ike, ev, &sa);

	if (!c || !ev->seen.family)
		return;
	if (!sa->nat_remote || sa->nat_local) {
		log_sa(sa, IKE_LOG_INFO,
		       "child=%s result=ignored why=\"ESP from another address, and "
		       "no NAT is before the peer\"",
		       c->name);
		return;
	}
	sa_moved(sa, &sa->local, &ev->seen, sa->natt);
}

void kernel_address_lost(struct ike *ike, const struct ike_addr *a)
{
	struct sa *sa;
	char text[IKE_TEXT_MAX / 2], addr[64];
	struct ike_addr bare = *a;

	bare.port = 0;
	snprintf(text, sizeof(text), "the local address %s is gone",
		 ike_addr_print(&bare, addr, sizeof(addr)));
	TAILQ_FOREACH(sa, &ike->sas, link)
	{
		if (!ike_host_equal(&sa->local, a))
			continue;
		if (sa->mobike && sa->state == SA_ESTABLISHED) /* it moves, or finds no path */
			continue;
		sa_kill(sa, IKE_WHY_TIMEOUT, text, "");
		sa_rearm(sa);
	}
}

void kernel_path(struct ike *ike, const struct ike_ev_path *ev)
{
	struct sa *sa = sa_of_request(ike, ev->request);

	if (!sa)
		return;
	if (sa->path_request == ev->request)
		mobike_path_found(sa, ev);
	else if (!redirect_found(sa, ev))
		return;
	if (sa->state != SA_DEAD)
		task_run(sa);
	sa_rearm(sa);
}

void kernel_roam(struct ike *ike, const struct ike_ev_roam *ev)
{
	struct conn *c = conn_find(ike, ev->conn);
	struct sa *sa, *next;

	for (sa = c ? LIST_FIRST(&c->sas) : NULL; sa; sa = next) {
		next = LIST_NEXT(sa, by_conn);
		if (sa->local.family != ev->was.family ||
		    memcmp(sa->local.bytes, ev->was.bytes, sizeof(ev->was.bytes)) != 0)
			continue;
		mobike_roam(sa, &ev->local);
		if (sa->state == SA_DEAD)
			continue;
		task_run(sa);
		sa_rearm(sa);
	}
}
