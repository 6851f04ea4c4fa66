// SPDX-License-Identifier: MIT
/*
 * MOBIKE, RFC 4555: an IKE SA whose ends may move.
 *
 * The end that began the first IKE SA decides on the addresses (2.2); call it
 * the leader. Its own address changed: it says so at once (UPDATE_SA_ADDRESSES)
 * from the new one. The other end's changed, or the path is dead: what it has
 * to ask is sent to each address that the other end told of, and where the
 * answer comes from is the path to go on with. The end that does not lead tells
 * its new address in a list, and waits to be asked.
 *
 * Those addresses may be of both families. One of the other family is of use only
 * from an address of ours of that: netadmin is asked for it when the path is silent,
 * or gone from here.
 */
#include <string.h>
#include <sys/socket.h>

#include "tools/keyer/ike/v2.h"

static bool addr_equal(const struct ike_addr *a, const struct ike_addr *b)
{
	return a->port == b->port && ike_host_equal(a, b);
}

static void update_ask(struct sa *sa);

/* Our other addresses, as far as the configuration names them one by one. */
static unsigned int addresses_write(struct sa *sa)
{
	const struct ike_conn_conf *conf = sa->conn->conf;
	unsigned int n = 0;

	for (unsigned int i = 0; i < conf->n_local; i++) {
		const struct ike_addr_range *r = &conf->local[i];
		bool v4 = r->family == AF_INET;
		size_t len = v4 ? 4 : 16;

		if (!r->family || memcmp(r->min, r->max, len) != 0 ||
		    (r->family == sa->local.family && !memcmp(r->min, sa->local.bytes, len)))
			continue;
		out_notify(sa->ike, 0, NULL, 0,
			   v4 ? N_ADDITIONAL_IP4_ADDRESS : N_ADDITIONAL_IP6_ADDRESS, r->min, len);
		n++;
	}
	return n;
}

void mobike_offer(struct sa *sa)
{
	/* without NAT traversal its messages would have to be other ones (3.3) */
	if (!sa->conn->conf->mobike || !sa->natt_seen || sa->natt_policy == IKE_NATT_NEVER)
		return;
	if (!sa->initiator && !sa->mobike)
		return;
	out_notify(sa->ike, 0, NULL, 0, N_MOBIKE_SUPPORTED, NULL, 0);
	addresses_write(sa);
}

/* The addresses that the peer tells of replace those that it told of before. */
static void addresses_read(struct sa *sa, const struct msg *m)
{
	struct ike_addr list[PEER_ADDRS_MAX];
	bool told = false;
	uint8_t n = 0;

	for (unsigned int i = 0; i < m->n_notify; i++) {
		const struct msg_notify *t = &m->notify[i];
		bool v4 = t->type == N_ADDITIONAL_IP4_ADDRESS && t->data.len == 4;
		bool v6 = t->type == N_ADDITIONAL_IP6_ADDRESS && t->data.len == 16;

		told |= v4 || v6 || t->type == N_NO_ADDITIONAL_ADDRESSES;
		if ((!v4 && !v6) || n == PEER_ADDRS_MAX)
			continue;
		memset(&list[n], 0, sizeof(list[n]));
		list[n].family = v4 ? AF_INET : AF_INET6;
		list[n].port = sa->remote.port;
		memcpy(list[n++].bytes, t->data.p, t->data.len);
	}
	if (!told)
		return;
	memcpy(sa->peer_addrs, list, n * sizeof(list[0]));
	sa->n_peer_addrs = n;
}

void mobike_read(struct sa *sa, const struct msg *m)
{
	if (!msg_notify_find(m, N_MOBIKE_SUPPORTED) || !sa->conn->conf->mobike || !sa->natt_seen ||
	    sa->natt_policy == IKE_NATT_NEVER)
		return;
	sa->mobike = true;
	sa->leader = sa->initiator;
	addresses_read(sa, m);
	if (sa->mobike_again)
		update_ask(sa);
	sa->mobike_again = false;
}

void mobike_inherit(struct sa *new, const struct sa *old)
{
	new->mobike = old->mobike;
	new->leader = old->leader;
	memcpy(new->peer_addrs, old->peer_addrs, sizeof(new->peer_addrs));
	new->n_peer_addrs = old->n_peer_addrs;
	memcpy(new->natd_seen, old->natd_seen, sizeof(new->natd_seen));
	new->other_local = old->other_local;
}

static void hints_forget(struct sa *sa)
{
	sa->hint[0].family = sa->hint[1].family = 0;
}

/* Of what is out, the next copy goes there. */
static void hint_add(struct sa *sa, const struct ike_addr *to)
{
	sa->hint[1] = sa->hint[0];
	sa->hint[0] = *to;
	if (!sa->win.request.data)
		return;
	sa->first_path = sa->win.tries + 1;
	sa->win.next_at = sa->ike->now;
}

/*
 * The peer's message came from elsewhere. Others might have sent it on, so that is
 * no more than a hint: who answers there is the peer.
 */
void mobike_hint(struct sa *sa, const struct path *path)
{
	if (!sa->mobike || !sa->leader || sa->state != SA_ESTABLISHED || path->natt != sa->natt ||
	    addr_equal(&path->remote, &sa->remote) || addr_equal(&path->remote, &sa->hint[0]) ||
	    addr_equal(&path->remote, &sa->hint[1]))
		return;
	if (path->remote.family != sa->local.family)
		sa->other_local = path->local;
	hint_add(sa, &path->remote);
	if (!sa->win.request.data)
		task_add(sa, TASK_DPD, NULL, 0);
}

/* In transport mode the outer addresses are those of the traffic: its family stays. */
static bool family_stays(const struct sa *sa)
{
	const struct child *c;

	TAILQ_FOREACH(c, &sa->children, link)
	{
		if (!c->ghost && c->mode == 0)
			return true;
	}
	return false;
}

/* Have we an address to reach this one from? */
static bool has_path(const struct sa *sa, const struct ike_addr *to)
{
	if (!to->family || to->family == sa->local.family)
		return to->family;
	return to->family == sa->other_local.family && !family_stays(sa);
}

static struct path path_to(const struct sa *sa, const struct ike_addr *to)
{
	struct path path = { sa->local, *to, sa->natt };

	if (to->family != sa->local.family) {
		path.local = sa->other_local;
		path.local.port = sa->local.port;
	}
	return path;
}

/* The path for our request when it is sent for the (@tries + 1)th time. */
struct path mobike_path(const struct sa *sa, unsigned int tries)
{
	const struct ike_addr *list[PEER_ADDRS_MAX + 3];
	unsigned int n = 0;

	if (!sa->mobike || !sa->leader || (sa->state != SA_ESTABLISHED && sa->state != SA_DELETING))
		return sa_path(sa);
	for (unsigned int i = 0; i < 2; i++) {
		if (has_path(sa, &sa->hint[i]))
			list[n++] = &sa->hint[i];
	}
	list[n++] = &sa->remote;
	for (unsigned int i = 0; i < sa->n_peer_addrs; i++) {
		if (has_path(sa, &sa->peer_addrs[i]) &&
		    !ike_host_equal(&sa->peer_addrs[i], &sa->remote))
			list[n++] = &sa->peer_addrs[i];
	}
	return path_to(sa, list[(tries - (tries < sa->first_path ? 0 : sa->first_path)) % n]);
}

/* Asks for a way to the peer's addresses of the other family, if it told of any. */
static void other_family_ask(struct sa *sa, bool moves)
{
	struct ike_addr to[PEER_ADDRS_MAX];
	struct ike_fx_path *fx;
	uint8_t n = 0;

	if (family_stays(sa))
		return;
	sa->path_moves |= moves;
	if (sa->path_request)
		return;
	for (unsigned int i = 0; i < sa->n_peer_addrs; i++) {
		if (sa->peer_addrs[i].family != sa->local.family)
			to[n++] = sa->peer_addrs[i];
	}
	if (!n) {
		sa->path_moves = false;
		return;
	}
	fx = path_effect(sa);
	fx->n = n;
	memcpy(fx->to, to, n * sizeof(to[0]));
	sa->path_request = fx->request;
}

/*
 * 3.7: whoever led us elsewhere may have chosen an address that is not its own.
 * What we send goes there at once, since it may be a way out of a dead path; who
 * does not answer from there is given up as after any other silence.
 */
static void returns_ask(struct sa *sa)
{
	task_add(sa, TASK_DPD, NULL, 0); /* or there is one */
	sa->returns_due = true;
}

void mobike_succeed(struct sa *old, struct sa *new)
{
	bool asks = old->mobike_busy || task_pending(old, TASK_MOBIKE, NULL, 0);

	new->local = old->local;
	new->remote = old->remote;
	new->natt = old->natt;
	new->nat_local = old->nat_local;
	new->nat_remote = old->nat_remote;
	mobike_inherit(new, old);
	if (asks)
		update_ask(new);
	if (old->path_moves) /* netadmin's answer is on its way to the old one */
		other_family_ask(new, true);
	if (old->returns_due || old->returns_asked)
		returns_ask(new);
}

/* First of all, since the answer to all else may not find us. */
static void update_ask(struct sa *sa)
{
	struct task *t;

	if (sa->mobike_busy) { /* what is out has the addresses of before */
		sa->mobike_again = true;
		return;
	}
	t = task_add(sa, TASK_MOBIKE, NULL, 0);
	if (!t)
		return;
	TAILQ_REMOVE(&sa->tasks, t, link);
	TAILQ_INSERT_HEAD(&sa->tasks, t, link);
}

/*
 * One that was rekeyed, too: the peer may not have our answer to that; and one whose
 * DELETE is out, which is to find the peer.
 */
static bool is_live(const struct sa *sa)
{
	return sa->state == SA_ESTABLISHED || sa->state == SA_REKEYED || sa->state == SA_DELETING;
}

/* One datagram that is lost is no reason yet. */
void mobike_silence(struct sa *sa)
{
	if (sa->mobike && sa->leader && sa->state == SA_ESTABLISHED && sa->win.tries > 1)
		other_family_ask(sa, false);
}

/* The path so far may come back. */
static void peer_addr_swap(struct sa *sa, const struct ike_addr *now)
{
	for (unsigned int i = 0; i < sa->n_peer_addrs; i++) {
		if (ike_host_equal(&sa->peer_addrs[i], now))
			sa->peer_addrs[i] = sa->remote;
	}
}

/*
 * We move. What is out has its answer before the update can go out; how long there
 * was none tells nothing of this path.
 */
static void move_to(struct sa *sa, const struct ike_addr *local, const struct ike_addr *remote)
{
	sa_moved(sa, local, remote, sa->natt);
	update_ask(sa);
	window_restart(sa);
}

void mobike_path_found(struct sa *sa, const struct ike_ev_path *ev)
{
	struct ike_addr local = ev->local, remote = ev->remote;
	bool moves = sa->path_moves;

	sa->path_request = 0;
	sa->path_moves = false;
	if (!ev->ok || !sa->mobike || !is_live(sa) || remote.family == sa->remote.family)
		return;
	local.port = sa->local.port;
	remote.port = sa->remote.port;
	if (!moves) {
		sa->other_local = local;
		if (!addr_equal(&remote, &sa->hint[0]) && !addr_equal(&remote, &sa->hint[1]))
			hint_add(sa, &remote);
		return;
	}
	sa->other_local.family = 0;
	peer_addr_swap(sa, &remote);
	move_to(sa, &local, &remote);
}

void mobike_roam(struct sa *sa, const struct ike_addr *local)
{
	struct ike_addr here = *local;

	if (!here.family) {
		if (sa->mobike && is_live(sa) && !sa->predecessor)
			other_family_ask(sa, true);
		return;
	}
	here.port = sa->local.port;
	if (sa->initiator && (sa->state == SA_INIT_SENT || sa->state == SA_AUTH_SENT) &&
	    here.family == sa->remote.family) { /* it goes on from there, and says so later */
		sa->local = here;
		sa->mobike_again = true;
		sa->win.next_at = sa->win.request.data ? sa->ike->now : NEVER;
		return;
	}
	if (!sa->mobike || !is_live(sa) || sa->predecessor || here.family != sa->remote.family ||
	    addr_equal(&here, &sa->local))
		return;
	move_to(sa, &here, &sa->remote);
}

void mobike_request_write(struct sa *sa)
{
	struct ike *ike = sa->ike;

	sa->mobike_busy = true;
	if (!sa->leader) {
		if (!addresses_write(sa))
			out_notify(ike, 0, NULL, 0, N_NO_ADDITIONAL_ADDRESSES, NULL, 0);
		return;
	}
	hints_forget(sa); /* this one has addresses in it, of the path that it takes */
	sa->update_local = sa->local;
	sa->update_remote = sa->remote;
	out_notify(ike, 0, NULL, 0, N_UPDATE_SA_ADDRESSES, NULL, 0);
	nat_write(sa, sa->spi_i, sa->spi_r);
}

/* What the peer sees of us has changed: a NAT has another mapping for us. */
static bool mapping_changed(struct sa *sa, const struct msg *m)
{
	const struct msg_notify *n = msg_notify_find(m, N_NAT_DETECTION_DESTINATION_IP);
	bool seen = sa->natd_known, other;

	if (!n || n->data.len != sizeof(sa->natd_seen))
		return false;
	other = memcmp(sa->natd_seen, n->data.p, sizeof(sa->natd_seen)) != 0;
	memcpy(sa->natd_seen, n->data.p, sizeof(sa->natd_seen));
	sa->natd_known = true;
	return seen && other;
}

bool mobike_returned(struct sa *sa, const struct msg *m)
{
	const struct msg_notify *n = msg_notify_find(m, N_COOKIE2);
	bool asked = sa->returns_asked;

	sa->returns_asked = false;
	if (asked && (!n || n->data.len != sizeof(sa->cookie2) ||
		      memcmp(n->data.p, sa->cookie2, sizeof(sa->cookie2)) != 0)) {
		sa_delete(sa, IKE_WHY_PROTOCOL,
			  "who answers at the address the peer moved to does not give back what "
			  "was sent there (COOKIE2)",
			  "");
		return false;
	}
	if (!sa->returns_due)
		return true;
	task_again(sa, 0); /* it moved on while we asked */
	return false;
}

void mobike_liveness_write(struct sa *sa)
{
	sa->returns_asked = sa->returns_due;
	sa->returns_due = false;
	if (sa->returns_asked) {
		ike_random(sa->ike, sa->cookie2, sizeof(sa->cookie2));
		out_notify(sa->ike, 0, NULL, 0, N_COOKIE2, sa->cookie2, sizeof(sa->cookie2));
	}
	if (sa->mobike && sa->leader && sa->nat_local)
		nat_write(sa, sa->spi_i, sa->spi_r);
}

/* The answer came from where we had not sent to before: there is the path. */
static bool path_found(struct sa *sa)
{
	const struct ike_addr *from = &sa->heard.remote;
	struct path path;
	bool told = false;

	for (unsigned int i = 0; i < PEER_ADDRS_MAX + 3 && !told; i++) {
		path = mobike_path(sa, i);
		told = addr_equal(from, &path.remote);
	}
	hints_forget(sa);
	if (!told || addr_equal(from, &sa->remote))
		return false;
	if (from->family != sa->local.family)
		sa->other_local = sa->local;
	peer_addr_swap(sa, from);
	sa_moved(sa, &path.local, from, sa->natt);
	return true;
}

void mobike_answered(struct sa *sa, const struct msg *m)
{
	bool update = sa->out.task && sa->out.task->kind == TASK_MOBIKE;

	if (!sa->mobike || !sa->leader || sa->state != SA_ESTABLISHED)
		return;
	if (path_found(sa) && !update)
		update_ask(sa);
	else if (!update && mapping_changed(sa, m))
		update_ask(sa);
}

/* The peer has our addresses, and says by its NAT detection how it sees them. */
enum v2_verdict mobike_response(struct sa *sa, const struct msg *m)
{
	const struct msg_notify *e = msg_error(m);
	bool local = sa->nat_local, remote = sa->nat_remote;

	sa->mobike_busy = false;
	if (!sa->leader) {
		if (!sa->mobike_again)
			return V_DONE;
		sa->mobike_again = false;
		task_again(sa, 0);
		return V_STAY;
	}
	if (e) {
		sa_delete(sa, IKE_WHY_TIMEOUT, "the peer does not accept the address we moved to",
			  "");
		return V_STAY;
	}
	if (!addr_equal(&sa->local, &sa->update_local) ||
	    !addr_equal(&sa->remote, &sa->update_remote))
		sa->mobike_again = true;
	if (sa->mobike_again) {
		sa->mobike_again = false;
		task_again(sa, 0);
		return V_STAY;
	}
	mapping_changed(sa, m);
	nat_read(sa, m);
	if (local != sa->nat_local || remote != sa->nat_remote)
		sa_moved(sa, &sa->local, &sa->remote, sa->natt);
	return V_DONE;
}

/* RFC 4555 3.9: source and destination address, source and destination port. */
static bool nats_allowed(const struct sa *sa, const struct msg *m)
{
	const struct msg_notify *n = msg_notify_find(m, N_NO_NATS_ALLOWED);
	const struct path *p = &sa->asked;
	size_t len = p->remote.family == AF_INET ? 4 : 16;
	const uint8_t ports[4] = { (uint8_t)(p->remote.port >> 8), (uint8_t)p->remote.port,
				   (uint8_t)(p->local.port >> 8), (uint8_t)p->local.port };

	return !n || (n->data.len == 2 * len + 4 && !memcmp(n->data.p, p->remote.bytes, len) &&
		      !memcmp(n->data.p + len, p->local.bytes, len) &&
		      !memcmp(n->data.p + 2 * len, ports, 4));
}

static void update_take(struct sa *sa, const struct msg *m)
{
	bool local = sa->nat_local, remote = sa->nat_remote;
	struct ike_addr was_local = sa->local, was_remote = sa->remote;
	struct sa *next;

	sa->local = sa->asked.local;
	sa->remote = sa->asked.remote;
	nat_read(sa, m);
	if (local == sa->nat_local && remote == sa->nat_remote &&
	    addr_equal(&was_local, &sa->local) && addr_equal(&was_remote, &sa->remote))
		return;
	sa->local = was_local; /* told by the one who changes them */
	sa->remote = was_remote;
	sa_moved(sa, &sa->asked.local, &sa->asked.remote, sa->asked.natt);
	if (sa->state == SA_ESTABLISHED && !addr_equal(&was_remote, &sa->remote))
		returns_ask(sa);
	next = sa->state != SA_ESTABLISHED ? sa_find_serial(sa->ike, sa->successor) : NULL;
	if (!next || next->state != SA_ESTABLISHED)
		return;
	/* the peer has not our answer to its rekey: it will not tell the new one */
	next->nat_local = sa->nat_local;
	next->nat_remote = sa->nat_remote;
	sa_moved(next, &sa->asked.local, &sa->asked.remote, sa->asked.natt);
	returns_ask(next);
	sa_rearm(next);
}

bool mobike_request(struct sa *sa, const struct msg *m)
{
	const struct msg_notify *cookie = msg_notify_find(m, N_COOKIE2);
	bool update = msg_notify_find(m, N_UPDATE_SA_ADDRESSES) != NULL;
	bool natd = msg_notify_find(m, N_NAT_DETECTION_SOURCE_IP) != NULL;

	if (!sa->mobike || !is_live(sa))
		return false;
	addresses_read(sa, m);
	if (!update && !natd && !cookie)
		return false;
	out_begin(sa, EXCH_INFORMATIONAL, true, sa->in.mid, true);
	if (!nats_allowed(sa, m)) {
		out_notify(sa->ike, 0, NULL, 0, N_UNEXPECTED_NAT_DETECTED, NULL, 0);
		window_response(sa);
		return true;
	}
	if (update && !sa->leader) {
		update_take(sa, m);
		if (sa->win.request.data) /* it went to where the peer was */
			sa->win.next_at = sa->ike->now;
	}
	if (natd) {
		struct ike_addr local = sa->local, remote = sa->remote;

		sa->local = sa->asked.local; /* as this answer travels */
		sa->remote = sa->asked.remote;
		nat_write(sa, sa->spi_i, sa->spi_r);
		sa->local = local;
		sa->remote = remote;
	}
	if (cookie)
		out_notify(sa->ike, 0, NULL, 0, N_COOKIE2, cookie->data.p, cookie->data.len);
	window_response(sa);
	return true;
}
