// SPDX-License-Identifier: MIT
/*
 * Reauthentication, RFC 7296 2.8.3: a new IKE SA from the beginning, with all
 * children, and only then the end of the old one (make before break). Who began
 * the IKE SA does it; the other end can say until when it wants it (RFC 4478),
 * and ends what is older.
 */
#include <string.h>

#include "tools/keyer/ike/v2.h"

static uint64_t early(struct sa *sa, uint64_t lifetime)
{
	const struct ike_conn_conf *conf = sa->conn->conf;
	uint64_t margin = conf->margin && conf->margin < lifetime / 2 ? conf->margin :
									lifetime / 10;

	return margin + ike_random_below(sa->ike, margin * conf->fuzz_percent / 100 + 1);
}

static void schedule(struct sa *sa, uint64_t lifetime)
{
	uint64_t before = early(sa, lifetime);
	uint64_t at = sa->ike->now + (before < lifetime ? lifetime - before : lifetime / 2);

	if (at < sa->reauth_at)
		sa->reauth_at = at;
}

void reauth_schedule(struct sa *sa)
{
	uint64_t lifetime = sa->conn->conf->reauth;

	if (!lifetime)
		return;
	if (sa->began)
		schedule(sa, lifetime);
	if (sa->ike->now + lifetime < sa->end_at) {
		sa->end_at = sa->ike->now + lifetime;
		sa->end_why = IKE_WHY_EXPIRED;
	}
}

void reauth_lifetime_write(struct sa *sa)
{
	uint64_t lifetime = sa->conn->conf->reauth / 1000;
	const uint8_t seconds[4] = { (uint8_t)(lifetime >> 24), (uint8_t)(lifetime >> 16),
				     (uint8_t)(lifetime >> 8), (uint8_t)lifetime };

	if (lifetime && lifetime <= UINT32_MAX)
		out_notify(sa->ike, 0, NULL, 0, N_AUTH_LIFETIME, seconds, sizeof(seconds));
}

void reauth_lifetime_read(struct sa *sa, const struct msg *m)
{
	const struct msg_notify *n = msg_notify_find(m, N_AUTH_LIFETIME);
	uint64_t lifetime;

	if (!n || n->data.len != 4 || !sa->began || !sa->conn)
		return;
	lifetime = (uint64_t)n->data.p[0] << 24 | (uint64_t)n->data.p[1] << 16 |
		   (uint64_t)n->data.p[2] << 8 | n->data.p[3];
	if (lifetime)
		schedule(sa, lifetime * 1000);
}

void reauth_inherit(struct sa *new, struct sa *old)
{
	struct sa *by = old->reauth_by ? sa_find_serial(old->ike, old->reauth_by) : NULL;

	new->began = old->began;
	new->reauth_at = old->reauth_at;
	new->reauth_by = old->reauth_by;
	new->end_at = old->end_at;
	new->end_why = old->end_why;
	redirect_move(old, new);
	old->reauth_at = old->end_at = NEVER;
	old->reauth_by = 0;
	if (by) /* under way already: it will replace the rekeyed one */
		by->reauth_of = new->serial;
}

void reauth_start(struct sa *old)
{
	reauth_with(old, &old->local, NULL);
}

/* All that it has, and was to have. */
static void children_want(struct sa *new, const struct sa *old)
{
	const struct child *c;
	const struct task *t;

	TAILQ_FOREACH(c, &old->children, link)
	{
		if (!c->ghost && conn_child(new->conn, c->name))
			task_add(new, TASK_CHILD_NEW, c->name, 0);
	}
	TAILQ_FOREACH(t, &old->tasks, link)
	{
		if (t->kind == TASK_CHILD_NEW && conn_child(new->conn, t->child))
			task_add(new, TASK_CHILD_NEW, t->child, 0);
	}
	if (!new->n_tasks &&new->conn->conf->n_children)
		task_add(new, TASK_CHILD_NEW, new->conn->conf->children[0].name, 0);
}

void reauth_with(struct sa *old, const struct ike_addr *here, const struct ike_addr *gateway)
{
	struct ike_addr local = *here, remote = gateway ? *gateway : old->remote;
	struct sa *new;

	old->reauth_at = NEVER;
	if (old->reauth_by || !old->conn || old->ike->shutting_down)
		return;
	if (remote.port == 4500)
		remote.port = 500;
	local.port = remote.port == 500 ? 500 : 4500;
	new = sa_new(old->ike, true, &local, &remote, remote.port != 500);
	sa_set_conn(new, old->conn);
	new->reauth_of = old->serial;
	if (gateway)
		new->redirected_from = old->remote;
	old->reauth_by = new->serial;
	children_want(new, old);
	step(old, gateway ? "going on with another gateway" : "reauthenticating");
	init_start(new);
	sa_rearm(new);
}

static struct sa *predecessor(struct sa *new)
{
	struct sa *old = sa_find_serial(new->ike, new->reauth_of);

	return old && old->reauth_by == new->serial ? old : NULL;
}

void reauth_step(struct sa *new)
{
	struct sa *old;

	if (!new->reauth_of || new->state != SA_ESTABLISHED || new->out.task || new->n_tasks ||
	    !new->reported_up)
		return;
	old = predecessor(new);
	new->reauth_of = 0;
	if (!old || old->state != SA_ESTABLISHED)
		return;
	/* what the peer sent by the old SAs is still on its way */
	old->end_why = IKE_WHY_REPLACED;
	old->end_at = new->ike->now + REAUTH_OVERLAP_MS;
	old->rekey_at = NEVER;
	sa_rearm(old);
}

void reauth_failed(struct sa *new)
{
	struct sa *old = new->reauth_of ? predecessor(new) : NULL;

	new->reauth_of = 0;
	if (!old)
		return;
	old->reauth_by = 0;
	if (old->state != SA_ESTABLISHED)
		return;
	old->reauth_at = new->ike->now + REAUTH_RETRY_MS; /* while it lives */
	sa_rearm(old);
}
