// SPDX-License-Identifier: MIT
/* A tunnel's policy at work: events in, orders carried out, all of it told. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "tools/keyer/log.h"
#include "tools/keyer/netadmin.h"

static uint64_t wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Return: false when it is the same as the last one, again. */
static bool problem_note(struct tun *tun, int child, const char *code, const char *sentence,
			 const char *hint)
{
	struct problem **at = child < 0 ? &tun->problem : &tun->children[child].problem;
	bool again = *at && !strcmp((*at)->sentence, sentence);

	if (!*at)
		*at = calloc(1, sizeof(**at));
	if (!*at)
		abort();
	(*at)->at = wall_ms();
	(*at)->since = loop_now();
	(*at)->code = code;
	(*at)->count++;
	snprintf((*at)->sentence, sizeof((*at)->sentence), "%s", sentence);
	snprintf((*at)->hint, sizeof((*at)->hint), "%s", hint ? hint : "");
	control_step(tun->na->control, tun, child, "step", LOG_ERR, NULL, sentence);
	return !again;
}

void tun_problem_told(struct tun *tun, int child, const char *code, const char *sentence,
		      const char *hint)
{
	problem_note(tun, child, code, sentence, hint);
}

void tun_problem(struct tun *tun, int child, const char *code, const char *sentence,
		 const char *hint)
{
	bool fresh = problem_note(tun, child, code, sentence, hint);
	bool before = log_focus(tun->debug);

	/* The same again and again is told once. */
	log_kv(fresh ? LOG_WARNING : LOG_DEBUG, "failed", "tunnel", tun->conf->name, "child",
	       child < 0 ? NULL : tun->conf->children[child].ike.name, "code", code, "why",
	       sentence, "hint", hint, NULL);
	log_focus(before);
}

void tun_step_told(struct tun *tun, int child, int level, const char *sentence)
{
	bool before = log_focus(tun->debug);

	/* Results are in the log already, by the ike process, with their numbers. */
	log_kv(level == LOG_INFO ? LOG_INFO : LOG_DEBUG, "step", "tunnel", tun->conf->name, "child",
	       child < 0 ? NULL : tun->conf->children[child].ike.name, "text", sentence, NULL);
	log_focus(before);
	control_step(tun->na->control, tun, child, "step", level, NULL, sentence);
}

/* --- where to call --- */

static void resolve_done(struct tun *tun);

static void fail_unresolved(struct tun *tun, const char *code, const char *sentence,
			    const char *hint)
{
	tun_problem(tun, -1, code, sentence, hint);
	tun_event(tun, TUNNEL_EV_UNRESOLVED, -1, IKE_WHY_NONE);
}

static void found_set(struct tun *tun, const struct ike_addr *addrs, unsigned int n)
{
	tun->found = reallocarray(tun->found, n, sizeof(*addrs));
	if (!tun->found)
		abort();
	memcpy(tun->found, addrs, n * sizeof(*addrs));
	tun->n_found = n;
}

static void remote_resolved(struct tun *tun, const struct message_resolved *answer)
{
	const char *name = tun->conf->remote[tun->policy.remote].name;
	char text[CONF_HOST_MAX + 512], addr[64];

	if (tun->policy.state != TUNNEL_RESOLVING || !name)
		return;
	if (!answer->n) {
		snprintf(text, sizeof(text), "the name %s does not resolve: %.200s", name,
			 answer->why);
		fail_unresolved(tun, "no-address", text, "check /etc/resolv.conf and the name");
		return;
	}
	found_set(tun, answer->addrs, answer->n);
	snprintf(text, sizeof(text), "resolved %s to %s%s", name,
		 ike_addr_print(&tun->found[0], addr, sizeof(addr)),
		 answer->n > 1 ? " and others" : "");
	tun_step_told(tun, -1, LOG_INFO, text);
	resolve_done(tun);
}

void tun_resolve(struct tun *tun, unsigned int remote)
{
	struct ike_addr one = { 0 };
	const struct conf_host *host = &tun->conf->remote[remote];

	tun->next_found = 0;
	if (host->kind == CONF_HOST_RANGE) {
		one.family = host->range.family;
		memcpy(one.bytes, host->range.min, sizeof(one.bytes));
		lookup_end(&tun->lookup);
		found_set(tun, &one, 1);
		resolve_done(tun);
		return;
	}
	tun->lookup.tun = tun;
	tun->lookup.done = remote_resolved;
	lookup_begin(&tun->lookup, host->name);
}

/*
 * Who called decides by the route, as when it called. Who was called stays where
 * it was found, as long as that address is there.
 */
void tun_roam(struct tun *tun)
{
	struct ike_ev_roam message = { .conn = tun->conn };
	char err[KERNEL_ERROR_MAX + 128];

	if (!tun->conn || !tun->ike.up || !tun->ike.remote.family ||
	    (!tun->ike.initiator && tun_local_present(tun, &tun->ike.local)))
		return;
	if (tun_local_choose(tun, &tun->ike.remote, &message.local, err, sizeof(err)))
		memset(&message.local, 0, sizeof(message.local));
	else if (!memcmp(message.local.bytes, tun->ike.local.bytes, sizeof(message.local.bytes)))
		return;
	message.was = tun->ike.local;
	na_send(tun->na, NA_IKE, MSG_ROAM, &message, sizeof(message), -1);
}

/* Takes the next address found that can be reached. Return: 0 or -1 with a sentence. */
static int call_choose(struct tun *tun, char *err, size_t err_len)
{
	while (tun->next_found < tun->n_found) {
		tun->call_remote = tun->found[tun->next_found++];
		if (!tun_local_choose(tun, &tun->call_remote, &tun->call_local, err, err_len))
			return 0;
	}
	return -1;
}

static void resolve_done(struct tun *tun)
{
	char err[KERNEL_ERROR_MAX + 128] = "the peer's name has no address of our family";

	if (call_choose(tun, err, sizeof(err))) {
		fail_unresolved(tun, "no-address", err,
				"check ip route get with the peer's address, and 'local' of this "
				"tunnel");
		return;
	}
	/* A peer known by name may also call us from there. */
	if (tun->conn && tun->conf->remote[tun->policy.remote].kind == CONF_HOST_NAME)
		tun_publish(tun);
	tun_event(tun, TUNNEL_EV_RESOLVED, -1, IKE_WHY_NONE);
}

static void initiate(struct tun *tun, int child)
{
	struct ike_ev_initiate message = { .conn = tun->conn };

	if (!tun->conn) {
		tun_event(tun, TUNNEL_EV_FAILED, -1, IKE_WHY_CONFIG);
		return;
	}
	message.local = tun->call_local;
	message.remote = tun->call_remote;
	if (tun->ike.up) {
		message.local = tun->ike.local;
		message.remote = tun->ike.remote;
	}
	if (child >= 0)
		snprintf(message.child, sizeof(message.child), "%s",
			 tun->conf->children[child].ike.name);
	na_send(tun->na, NA_IKE, MSG_INITIATE, &message, sizeof(message), -1);
}

bool tun_attempt_next(struct tun *tun)
{
	char err[KERNEL_ERROR_MAX + 128];

	if (tun->policy.state != TUNNEL_CONNECTING || call_choose(tun, err, sizeof(err)))
		return false;
	initiate(tun, -1);
	return true;
}

void tun_terminate(struct tun *tun, int child)
{
	struct ike_ev_terminate message = { .conn = tun->conn };

	if (!tun->conn)
		return;
	if (child >= 0)
		snprintf(message.child, sizeof(message.child), "%s",
			 tun->conf->children[child].ike.name);
	na_send(tun->na, NA_IKE, MSG_TERMINATE, &message, sizeof(message), -1);
}

static void order_do(struct tun *tun, const struct tunnel_order *order)
{
	switch (order->type) {
	case TUNNEL_DO_RESOLVE:
		call_begin(tun, order->remote);
		break;
	case TUNNEL_DO_INITIATE:
		initiate(tun, order->child);
		break;
	case TUNNEL_DO_TERMINATE:
		tun_terminate(tun, order->child);
		break;
	}
}

static void state_told(struct tun *tun)
{
	const char *name = tunnel_state_name(tun->policy.state);
	char text[64];

	log_kv(LOG_INFO, "state", "tunnel", tun->conf->name, "state", name, NULL);
	snprintf(text, sizeof(text), "the tunnel is %s", name);
	control_step(tun->na->control, tun, -1, "state", LOG_INFO, name, text);
}

void tun_event(struct tun *tun, enum tunnel_event_type type, int child, enum ike_reason why)
{
	struct tunnel_event event = { .type = type, .now = loop_now(), .why = why };
	enum tunnel_state before = tun->policy.state;
	struct tunnel_orders orders;
	unsigned int i;

	if (child >= 0)
		event.child = (unsigned int)child;
	getrandom(&event.random, sizeof(event.random), GRND_NONBLOCK);
	tunnel_step(&tun->policy, &event, &orders);
	if (tun->policy.state != before)
		state_told(tun);
	/* The connection must be known before it is called. */
	tun_reconcile(tun);
	if (tun->policy.state != TUNNEL_RESOLVING && tun->policy.state != TUNNEL_CONNECTING)
		call_end(tun);
	for (i = 0; i < orders.n; i++)
		order_do(tun, &orders.v[i]);
	if (type == TUNNEL_EV_OPERATOR_UP)
		call_urgent(tun);
	control_tunnel_changed(tun->na->control, tun);
}
