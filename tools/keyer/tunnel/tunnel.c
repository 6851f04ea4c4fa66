// SPDX-License-Identifier: MIT
/* The policy of one tunnel: starting, trying again, and what follows an end. */
#include "tools/keyer/tunnel/tunnel.h"

#include <string.h>

const char *tunnel_state_name(enum tunnel_state state)
{
	static const char *const names[] = {
		[TUNNEL_DOWN] = "down",
		[TUNNEL_WAITING] = "waiting",
		[TUNNEL_RESOLVING] = "resolving",
		[TUNNEL_CONNECTING] = "connecting",
		[TUNNEL_UP] = "up",
		[TUNNEL_CLOSING_STATE] = "closing",
	};

	return names[state];
}

void tunnel_configure(struct tunnel *tunnel, const struct conf_tunnel *conf)
{
	const struct conf_host *host;
	unsigned int i;

	tunnel->start = conf->start;
	tunnel->close_action = conf->close_action;
	tunnel->dpd_action = conf->dpd_action;
	tunnel->keying_tries = conf->keying_tries;
	tunnel->n_remotes = conf->n_remote;
	tunnel->n_children = conf->n_children;
	tunnel->callable = 0;
	for (i = 0; i < conf->n_remote; i++) {
		host = &conf->remote[i];
		if (host->kind == CONF_HOST_NAME ||
		    (host->kind == CONF_HOST_RANGE &&
		     !memcmp(host->range.min, host->range.max, sizeof(host->range.min))))
			tunnel->callable |= UINT32_C(1) << i;
	}
	if (tunnel->remote >= tunnel->n_remotes)
		tunnel->remote = 0;
	if (!(tunnel->start & CONF_START_DEMAND))
		tunnel->armed = false;
	else if (tunnel->state != TUNNEL_DOWN)
		tunnel->armed = true;
}

void tunnel_init(struct tunnel *tunnel, struct tunnel_child *children,
		 const struct conf_tunnel *conf, uint64_t now)
{
	unsigned int i;

	memset(tunnel, 0, sizeof(*tunnel));
	tunnel->since = now;
	tunnel->retry_at = TUNNEL_NEVER;
	tunnel->closing_until = TUNNEL_NEVER;
	tunnel->children = children;
	for (i = 0; i < conf->n_children; i++)
		children[i] = (struct tunnel_child){ .retry_at = TUNNEL_NEVER, .since = now };
	tunnel_configure(tunnel, conf);
}

static void state_set(struct tunnel *tunnel, enum tunnel_state state, uint64_t now)
{
	if (tunnel->state == state)
		return;
	tunnel->state = state;
	tunnel->since = now;
}

static void child_set(struct tunnel *tunnel, unsigned int child, enum tunnel_child_state state,
		      uint64_t now)
{
	if (tunnel->children[child].state != state)
		tunnel->children[child].since = now;
	tunnel->children[child].state = state;
}

static void children_set(struct tunnel *tunnel, enum tunnel_child_state state, uint64_t now)
{
	unsigned int i;

	for (i = 0; i < tunnel->n_children; i++) {
		child_set(tunnel, i, state, now);
		tunnel->children[i].retry_at = TUNNEL_NEVER;
	}
}

static void order(struct tunnel_orders *orders, enum tunnel_order_type type, unsigned int remote,
		  int child)
{
	if (orders->n < TUNNEL_ORDERS_MAX)
		orders->v[orders->n++] = (struct tunnel_order){ type, remote, child };
}

/* Doubles with every round, and differs by up to a quarter between two of us. */
static uint64_t backoff(unsigned int rounds, uint32_t random)
{
	uint64_t delay = TUNNEL_BACKOFF_FIRST;

	while (rounds-- > 1 && delay < TUNNEL_BACKOFF_LAST)
		delay *= 2;
	if (delay > TUNNEL_BACKOFF_LAST)
		delay = TUNNEL_BACKOFF_LAST;
	return delay - random % (delay / 4);
}

/* Nothing is tried any more: wait for a packet, for the peer, or for nobody. */
static void rest(struct tunnel *tunnel, uint64_t now)
{
	bool waits = tunnel->armed || !tunnel->start;

	tunnel->retry_at = TUNNEL_NEVER;
	children_set(tunnel, TUNNEL_CHILD_DOWN, now);
	if (tunnel->held || tunnel->link_down)
		waits = false;
	state_set(tunnel, waits ? TUNNEL_WAITING : TUNNEL_DOWN, now);
}

static unsigned int remotes_callable(const struct tunnel *tunnel)
{
	return (unsigned int)__builtin_popcount(tunnel->callable);
}

static void remote_next(struct tunnel *tunnel)
{
	do
		tunnel->remote = (tunnel->remote + 1) % tunnel->n_remotes;
	while (!(tunnel->callable >> tunnel->remote & 1));
}

static void attempt(struct tunnel *tunnel, struct tunnel_orders *orders, uint64_t now)
{
	tunnel->retry_at = TUNNEL_NEVER;
	if (!tunnel->callable || tunnel->held || tunnel->link_down) {
		rest(tunnel, now);
		return;
	}
	if (!(tunnel->callable >> tunnel->remote & 1))
		remote_next(tunnel);
	state_set(tunnel, TUNNEL_RESOLVING, now);
	children_set(tunnel, TUNNEL_CHILD_CREATING, now);
	order(orders, TUNNEL_DO_RESOLVE, tunnel->remote, -1);
}

/* A fresh wish: earlier failures don't count against it. */
static void wish(struct tunnel *tunnel, struct tunnel_orders *orders, uint64_t now)
{
	tunnel->tried = 0;
	tunnel->rounds = 0;
	attempt(tunnel, orders, now);
}

static void attempt_failed(struct tunnel *tunnel, const struct tunnel_event *event)
{
	bool round;

	tunnel->failures++;
	round = ++tunnel->tried >= remotes_callable(tunnel);
	if (tunnel->callable)
		remote_next(tunnel);
	if (round) {
		tunnel->tried = 0;
		tunnel->rounds++;
		tunnel->rounds_total++;
	}
	if (!round ||
	    (tunnel->wanted && (!tunnel->keying_tries || tunnel->rounds < tunnel->keying_tries))) {
		state_set(tunnel, TUNNEL_WAITING, event->now);
		children_set(tunnel, TUNNEL_CHILD_DOWN, event->now);
		tunnel->retry_at = event->now;
		if (round)
			tunnel->retry_at += backoff(tunnel->rounds, event->random);
		return;
	}
	tunnel->wanted = false;
	tunnel->deaf_until = event->now + backoff(tunnel->failures, event->random);
	rest(tunnel, event->now);
}

/* The tunnel or a child ended without our wish: do as configured. */
static enum conf_action action_for(const struct tunnel *tunnel, enum ike_reason why)
{
	switch (why) {
	case IKE_WHY_OPERATOR:
	case IKE_WHY_CONFIG:
	case IKE_WHY_REPLACED:
		return CONF_ACTION_NONE;
	case IKE_WHY_PEER:
		return tunnel->close_action;
	default:
		return tunnel->dpd_action;
	}
}

static void begin(struct tunnel *tunnel, uint64_t now, struct tunnel_orders *orders)
{
	tunnel->armed = tunnel->start & CONF_START_DEMAND;
	tunnel->deaf_until = 0;
	if (tunnel->start & CONF_START_START) {
		tunnel->wanted = true;
		wish(tunnel, orders, now);
	} else {
		rest(tunnel, now);
	}
}

/* The end of closing: stay down, unless the mind changed in the meantime. */
static void closed(struct tunnel *tunnel, uint64_t now, struct tunnel_orders *orders)
{
	tunnel->closing_until = TUNNEL_NEVER;
	rest(tunnel, now);
	if (tunnel->held || tunnel->link_down)
		return;
	if (tunnel->called_back)
		wish(tunnel, orders, now);
	else
		begin(tunnel, now, orders);
}

static void ike_down(struct tunnel *tunnel, const struct tunnel_event *event,
		     struct tunnel_orders *orders)
{
	bool brief = event->now - tunnel->up_at < TUNNEL_BRIEF;
	enum conf_action action = action_for(tunnel, event->why);

	if (tunnel->state == TUNNEL_CLOSING_STATE || tunnel->held || tunnel->link_down) {
		closed(tunnel, event->now, orders);
		return;
	}
	switch (action) {
	case CONF_ACTION_RESTART:
		tunnel->wanted = true;
		tunnel->tried = 0;
		/* A peer that ends what it just agreed to is not called in a loop. */
		if (!brief) {
			wish(tunnel, orders, event->now);
			break;
		}
		tunnel->rounds++;
		children_set(tunnel, TUNNEL_CHILD_DOWN, event->now);
		state_set(tunnel, TUNNEL_WAITING, event->now);
		tunnel->retry_at = event->now + backoff(tunnel->rounds, event->random);
		break;
	case CONF_ACTION_DEMAND:
		tunnel->wanted = false;
		tunnel->armed = true;
		if (brief)
			tunnel->deaf_until = event->now + backoff(1, event->random);
		rest(tunnel, event->now);
		break;
	default:
		/* Replaced by one of the peer's, or ended by the operator's rekey or flush. */
		if (event->why == IKE_WHY_PEER || event->why == IKE_WHY_DPD ||
		    event->why == IKE_WHY_TIMEOUT)
			tunnel->armed = false;
		tunnel->wanted = false;
		rest(tunnel, event->now);
		break;
	}
}

static void child_retry(struct tunnel *tunnel, const struct tunnel_event *event)
{
	struct tunnel_child *child = &tunnel->children[event->child];

	child->retry_at = event->now + backoff(++child->failures, event->random);
}

static void child_down(struct tunnel *tunnel, const struct tunnel_event *event,
		       struct tunnel_orders *orders)
{
	struct tunnel_child *child = &tunnel->children[event->child];
	bool brief = event->now - child->since < TUNNEL_BRIEF;

	child_set(tunnel, event->child, TUNNEL_CHILD_DOWN, event->now);
	child->retry_at = TUNNEL_NEVER;
	if (tunnel->state != TUNNEL_UP || tunnel->held || tunnel->link_down ||
	    action_for(tunnel, event->why) != CONF_ACTION_RESTART)
		return;
	if (brief) {
		child_retry(tunnel, event);
		return;
	}
	child_set(tunnel, event->child, TUNNEL_CHILD_CREATING, event->now);
	order(orders, TUNNEL_DO_INITIATE, tunnel->remote, (int)event->child);
}

static void acquire(struct tunnel *tunnel, const struct tunnel_event *event,
		    struct tunnel_orders *orders)
{
	struct tunnel_child *child = &tunnel->children[event->child];

	if (event->now < tunnel->deaf_until || tunnel->held || tunnel->link_down)
		return;
	if (tunnel->state == TUNNEL_UP && child->state == TUNNEL_CHILD_DOWN) {
		child->retry_at = TUNNEL_NEVER;
		child_set(tunnel, event->child, TUNNEL_CHILD_CREATING, event->now);
		order(orders, TUNNEL_DO_INITIATE, tunnel->remote, (int)event->child);
	} else if (tunnel->state == TUNNEL_WAITING && tunnel->retry_at == TUNNEL_NEVER) {
		wish(tunnel, orders, event->now);
	}
}

/* The operator or the interface wants it down. */
static void close_down(struct tunnel *tunnel, uint64_t now, struct tunnel_orders *orders)
{
	tunnel->wanted = false;
	tunnel->called_back = false;
	tunnel->retry_at = TUNNEL_NEVER;
	if (tunnel->state == TUNNEL_UP || tunnel->state == TUNNEL_CONNECTING) {
		state_set(tunnel, TUNNEL_CLOSING_STATE, now);
		tunnel->closing_until = now + TUNNEL_CLOSING;
		order(orders, TUNNEL_DO_TERMINATE, tunnel->remote, -1);
	} else if (tunnel->state != TUNNEL_CLOSING_STATE) {
		rest(tunnel, now);
	}
}

static void timer(struct tunnel *tunnel, const struct tunnel_event *event,
		  struct tunnel_orders *orders)
{
	unsigned int i;

	if (tunnel->closing_until <= event->now)
		closed(tunnel, event->now, orders);
	if (tunnel->retry_at <= event->now)
		attempt(tunnel, orders, event->now);
	if (tunnel->state != TUNNEL_UP)
		return;
	for (i = 0; i < tunnel->n_children; i++) {
		if (tunnel->children[i].retry_at > event->now || orders->n == TUNNEL_ORDERS_MAX)
			continue;
		tunnel->children[i].retry_at = TUNNEL_NEVER;
		child_set(tunnel, i, TUNNEL_CHILD_CREATING, event->now);
		order(orders, TUNNEL_DO_INITIATE, tunnel->remote, (int)i);
	}
}

static void operator_up(struct tunnel *tunnel, uint64_t now, struct tunnel_orders *orders)
{
	unsigned int i;

	tunnel->held = false;
	tunnel->called_back = true;
	tunnel->wanted = tunnel->start & CONF_START_START;
	tunnel->armed = tunnel->start & CONF_START_DEMAND;
	tunnel->deaf_until = 0;
	if (tunnel->state == TUNNEL_UP) {
		for (i = 0; i < tunnel->n_children && orders->n < TUNNEL_ORDERS_MAX; i++) {
			if (tunnel->children[i].state != TUNNEL_CHILD_DOWN)
				continue;
			child_set(tunnel, i, TUNNEL_CHILD_CREATING, now);
			order(orders, TUNNEL_DO_INITIATE, tunnel->remote, (int)i);
		}
	} else if (tunnel->state == TUNNEL_DOWN || tunnel->state == TUNNEL_WAITING) {
		wish(tunnel, orders, now);
	}
}

static void ike_up(struct tunnel *tunnel, uint64_t now)
{
	/* A late one, while it is being closed: its end will be told, too. */
	if (tunnel->state == TUNNEL_CLOSING_STATE)
		return;
	state_set(tunnel, TUNNEL_UP, now);
	tunnel->up_at = now;
	tunnel->retry_at = TUNNEL_NEVER;
	tunnel->failures = 0;
	tunnel->tried = 0;
}

static void child_up(struct tunnel *tunnel, const struct tunnel_event *event)
{
	struct tunnel_child *child = &tunnel->children[event->child];

	child_set(tunnel, event->child, TUNNEL_CHILD_UP, event->now);
	child->retry_at = TUNNEL_NEVER;
	child->failures = 0;
}

static void child_failed(struct tunnel *tunnel, const struct tunnel_event *event)
{
	child_set(tunnel, event->child, TUNNEL_CHILD_DOWN, event->now);
	if (tunnel->state == TUNNEL_UP && tunnel->wanted)
		child_retry(tunnel, event);
}

void tunnel_step(struct tunnel *tunnel, const struct tunnel_event *event,
		 struct tunnel_orders *orders)
{
	uint64_t now = event->now;

	orders->n = 0;
	if (event->child >= tunnel->n_children && event->child)
		return;
	switch (event->type) {
	case TUNNEL_EV_START:
		begin(tunnel, now, orders);
		break;
	case TUNNEL_EV_OPERATOR_UP:
		operator_up(tunnel, now, orders);
		break;
	case TUNNEL_EV_OPERATOR_DOWN:
		tunnel->held = true;
		close_down(tunnel, now, orders);
		break;
	case TUNNEL_EV_LINK_DOWN:
		tunnel->link_down = true;
		close_down(tunnel, now, orders);
		break;
	case TUNNEL_EV_LINK_UP:
		if (!tunnel->link_down)
			break;
		tunnel->link_down = false;
		/* While it is still closing, the end of that goes on from here. */
		if (!tunnel->held && tunnel->state != TUNNEL_CLOSING_STATE)
			begin(tunnel, now, orders);
		break;
	case TUNNEL_EV_ACQUIRE:
		acquire(tunnel, event, orders);
		break;
	case TUNNEL_EV_RESOLVED:
		if (tunnel->state != TUNNEL_RESOLVING)
			break;
		state_set(tunnel, TUNNEL_CONNECTING, now);
		order(orders, TUNNEL_DO_INITIATE, tunnel->remote, -1);
		break;
	case TUNNEL_EV_UNRESOLVED:
		if (tunnel->state == TUNNEL_RESOLVING)
			attempt_failed(tunnel, event);
		break;
	case TUNNEL_EV_FAILED:
		if (tunnel->state == TUNNEL_CONNECTING)
			attempt_failed(tunnel, event);
		else if (tunnel->state == TUNNEL_CLOSING_STATE)
			ike_down(tunnel, event, orders);
		break;
	case TUNNEL_EV_IKE_UP:
		ike_up(tunnel, now);
		break;
	case TUNNEL_EV_IKE_DOWN:
		if (tunnel->state == TUNNEL_UP || tunnel->state == TUNNEL_CLOSING_STATE)
			ike_down(tunnel, event, orders);
		break;
	case TUNNEL_EV_CHILD_UP:
		child_up(tunnel, event);
		break;
	case TUNNEL_EV_CHILD_DOWN:
		child_down(tunnel, event, orders);
		break;
	case TUNNEL_EV_CHILD_FAILED:
		child_failed(tunnel, event);
		break;
	case TUNNEL_EV_TIMER:
		timer(tunnel, event, orders);
		break;
	}
}

uint64_t tunnel_deadline(const struct tunnel *tunnel)
{
	uint64_t due = tunnel->retry_at;
	unsigned int i;

	if (tunnel->closing_until < due)
		due = tunnel->closing_until;
	if (tunnel->state == TUNNEL_UP)
		for (i = 0; i < tunnel->n_children; i++)
			if (tunnel->children[i].retry_at < due)
				due = tunnel->children[i].retry_at;
	return due;
}

static bool is_armed(const struct tunnel *tunnel)
{
	return tunnel->armed && !tunnel->held && !tunnel->link_down;
}

bool tunnel_wants(const struct tunnel *tunnel, enum tunnel_want want, unsigned int child)
{
	unsigned int i;

	switch (want) {
	case TUNNEL_WANT_CONN:
		return tunnel->state == TUNNEL_CLOSING_STATE ||
		       (!tunnel->held && !tunnel->link_down);
	case TUNNEL_WANT_ADDRESS:
		if (tunnel->link_down)
			return false;
		for (i = 0; i < tunnel->n_children; i++)
			if (tunnel->children[i].state == TUNNEL_CHILD_UP)
				return true;
		return is_armed(tunnel);
	case TUNNEL_WANT_ROUTES:
		return !tunnel->link_down &&
		       (is_armed(tunnel) || tunnel->children[child].state == TUNNEL_CHILD_UP);
	case TUNNEL_WANT_TRAP:
		return is_armed(tunnel);
	}
	return false;
}
