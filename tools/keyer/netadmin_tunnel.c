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

/* The one family that our own addresses allow, or 0. */
static uint16_t family_wanted(const struct conf_tunnel *conf)
{
	uint16_t family = 0;
	uint32_t i;

	for (i = 0; i < conf->n_local; i++) {
		if (conf->local[i].kind != CONF_HOST_RANGE ||
		    (family && family != conf->local[i].range.family))
			return 0;
		family = conf->local[i].range.family;
	}
	return family;
}

static void found_set(struct tun *tun, const struct ike_addr *addrs, unsigned int n)
{
	tun->found = reallocarray(tun->found, n, sizeof(*addrs));
	if (!tun->found)
		abort();
	memcpy(tun->found, addrs, n * sizeof(*addrs));
	tun->n_found = n;
}

void tun_resolve(struct tun *tun, unsigned int remote)
{
	struct ike_addr one = { 0 };
	struct message_resolve ask = { .family = family_wanted(tun->conf) };
	const struct conf_host *host = &tun->conf->remote[remote];

	tun->next_found = 0;
	if (host->kind == CONF_HOST_RANGE) {
		one.family = host->range.family;
		memcpy(one.bytes, host->range.min, sizeof(one.bytes));
		tun->lookup = 0;
		found_set(tun, &one, 1);
		resolve_done(tun);
		return;
	}
	tun->lookup = ask.request = ++tun->na->last_lookup;
	index_add(&tun->na->lookups, &tun->lookup_link, (uint32_t)ask.request);
	snprintf(ask.name, sizeof(ask.name), "%s", host->name);
	na_send(tun->na, NA_RESOLVER, MSG_RESOLVE, &ask, sizeof(ask), -1);
}

static bool range_has(const struct ike_addr_range *range, const struct ike_addr *addr)
{
	return range->family == addr->family &&
	       memcmp(addr->bytes, range->min, sizeof(range->min)) >= 0 &&
	       memcmp(addr->bytes, range->max, sizeof(range->max)) <= 0;
}

static bool local_present(struct tun *tun, const struct ike_addr *local)
{
	struct ike_ts ts = { .family = local->family };
	struct kernel *k = tun->na->kernel;
	struct ike_addr found;

	memcpy(ts.min, local->bytes, sizeof(ts.min));
	memcpy(ts.max, local->bytes, sizeof(ts.max));
	return k->ops->address_within(k, &ts, 1, local->family, &found);
}

unsigned int tun_locals(struct tun *tun, struct ike_addr_range list[IKE_ADDRS_MAX])
{
	const struct conf_tunnel *conf = tun->conf;
	struct kernel *k = tun->na->kernel;
	struct ike_addr addrs[IKE_ADDRS_MAX];
	unsigned int n = 0;
	size_t j, found;
	uint32_t i;

	for (i = 0; i < conf->n_local && n < IKE_ADDRS_MAX; i++) {
		if (conf->local[i].kind == CONF_HOST_RANGE)
			list[n++] = conf->local[i].range;
		if (conf->local[i].kind != CONF_HOST_INTERFACE)
			continue;
		found = k->ops->addresses_of(k, conf->local[i].name, addrs, IKE_ADDRS_MAX - n);
		for (j = 0; j < found; j++, n++) {
			memset(&list[n], 0, sizeof(list[n]));
			list[n].family = addrs[j].family;
			memcpy(list[n].min, addrs[j].bytes, sizeof(list[n].min));
			memcpy(list[n].max, addrs[j].bytes, sizeof(list[n].max));
		}
	}
	return n;
}

enum local_found {
	LOCAL_NONE, /* `local` names no single address of this family */
	LOCAL_ABSENT, /* none of those that it names is on this machine */
	LOCAL_FOUND
};

/*
 * Of the addresses that `local` names one by one the one that the route has, else
 * the first that is on this machine.
 */
static enum local_found local_configured(struct tun *tun, const struct ike_addr_range *list,
					 unsigned int n, struct ike_addr *local)
{
	enum local_found found = LOCAL_NONE;
	struct ike_addr routed = *local, one;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (list[i].family != routed.family ||
		    memcmp(list[i].min, list[i].max, sizeof(list[i].min)) != 0)
			continue;
		one = (struct ike_addr){ .family = routed.family };
		memcpy(one.bytes, list[i].min, sizeof(one.bytes));
		if (!memcmp(one.bytes, routed.bytes, sizeof(one.bytes))) {
			*local = routed;
			return LOCAL_FOUND;
		}
		if (found == LOCAL_FOUND)
			continue;
		found = local_present(tun, &one) ? LOCAL_FOUND : LOCAL_ABSENT;
		*local = one;
	}
	return found;
}

/* Our address for calling @to. Return: 0, or -1 with a sentence. */
static int local_choose(struct tun *tun, const struct ike_addr *to, struct ike_addr *local,
			char *err, size_t err_len)
{
	struct kernel *k = tun->na->kernel;
	struct kernel_lookup lookup = { .to = *to, .fwmark = tun->conf->fwmark };
	struct ike_addr_range list[IKE_ADDRS_MAX];
	unsigned int i, n;
	char text[64];

	if (*tun->conf->underlay)
		lookup.underlay = if_nametoindex(tun->conf->underlay);
	if (tun->iface)
		lookup.avoid = tun->iface->ifindex;
	ike_addr_print(to, text, sizeof(text));
	if (k->ops->source(k, &lookup, local)) {
		snprintf(err, err_len, "no route to the peer %s: %s", text, kernel_error(k));
		return -1;
	}
	n = tun_locals(tun, list);
	switch (local_configured(tun, list, n, local)) {
	case LOCAL_FOUND:
		return 0;
	case LOCAL_ABSENT:
		snprintf(err, err_len, "our address %s, as 'local' has it, is not on this machine",
			 ike_addr_print(local, text, sizeof(text)));
		return -1;
	case LOCAL_NONE:
		break;
	}
	if (conf_has_kind(tun->conf->local, tun->conf->n_local, CONF_HOST_ANY))
		return 0;
	for (i = 0; i < n; i++)
		if (range_has(&list[i], local))
			return 0;
	snprintf(err, err_len, "the route to the peer %s leaves from an address outside 'local'",
		 text);
	return -1;
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
	    (!tun->ike.initiator && local_present(tun, &tun->ike.local)) ||
	    local_choose(tun, &tun->ike.remote, &message.local, err, sizeof(err)) ||
	    !memcmp(message.local.bytes, tun->ike.local.bytes, sizeof(message.local.bytes)))
		return;
	message.was = tun->ike.local;
	na_send(tun->na, NA_IKE, MSG_ROAM, &message, sizeof(message), -1);
}

/* Takes the next address found that can be reached. Return: 0 or -1 with a sentence. */
static int call_choose(struct tun *tun, char *err, size_t err_len)
{
	while (tun->next_found < tun->n_found) {
		tun->call_remote = tun->found[tun->next_found++];
		if (!local_choose(tun, &tun->call_remote, &tun->call_local, err, err_len))
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

void tun_resolved(struct tun *tun, const struct message_resolved *answer)
{
	const char *name = tun->conf->remote[tun->policy.remote].name;
	char text[CONF_HOST_MAX + 512], addr[64];

	if (tun->policy.state != TUNNEL_RESOLVING || !name)
		return;
	tun->lookup = 0;
	index_remove(&tun->lookup_link);
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
