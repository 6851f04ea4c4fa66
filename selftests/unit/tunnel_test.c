// SPDX-License-Identifier: MIT
/* The policy of a tunnel: starting, trying again, actions, the operator and the link. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tools/keyer/tunnel/tunnel.h"

static struct conf_tunnel conf;
static struct conf_host hosts[IKE_ADDRS_MAX];
static struct tunnel_child children[IKE_CHILDREN_MAX];
static struct tunnel tunnel;
static struct tunnel_orders orders;
static uint64_t now;

static void host_set(unsigned int i, enum conf_host_kind kind)
{
	hosts[i] = (struct conf_host){ .kind = kind, .name = "peer.example.net" };
	hosts[i].range.family = 2;
}

/* One remote address, one child. */
static void begin(uint32_t start, enum conf_action action)
{
	memset(&conf, 0, sizeof(conf));
	conf.name = "t";
	conf.remote = hosts;
	conf.start = start;
	conf.close_action = action;
	conf.dpd_action = action;
	conf.n_remote = 1;
	host_set(0, CONF_HOST_RANGE);
	conf.n_children = 1;
	now = 1000000;
	tunnel_init(&tunnel, children, &conf, now);
}

static void step_child(enum tunnel_event_type type, unsigned int child, enum ike_reason why)
{
	struct tunnel_event event = { .type = type, .now = now, .child = child, .why = why };

	tunnel_step(&tunnel, &event, &orders);
}

static void step(enum tunnel_event_type type, enum ike_reason why)
{
	step_child(type, 0, why);
}

static void assert_order(enum tunnel_order_type type)
{
	assert_int_equal(orders.n, 1);
	assert_int_equal(orders.v[0].type, type);
}

static void bring_up(void)
{
	step(TUNNEL_EV_START, 0);
	if (tunnel.state == TUNNEL_WAITING)
		step(tunnel.armed ? TUNNEL_EV_ACQUIRE : TUNNEL_EV_IKE_UP, 0);
	if (tunnel.state == TUNNEL_RESOLVING) {
		step(TUNNEL_EV_RESOLVED, 0);
		assert_order(TUNNEL_DO_INITIATE);
		step(TUNNEL_EV_IKE_UP, 0);
	}
	step(TUNNEL_EV_CHILD_UP, 0);
	assert_int_equal(tunnel.state, TUNNEL_UP);
	now += 60000;
}

static void test_start(void **state)
{
	(void)state;
	begin(CONF_START_START, CONF_ACTION_RESTART);
	assert_false(tunnel_wants(&tunnel, TUNNEL_WANT_ROUTES, 0));
	step(TUNNEL_EV_START, 0);
	assert_order(TUNNEL_DO_RESOLVE);
	assert_int_equal(tunnel.state, TUNNEL_RESOLVING);
	step(TUNNEL_EV_RESOLVED, 0);
	assert_order(TUNNEL_DO_INITIATE);
	assert_int_equal(orders.v[0].child, -1);
	assert_int_equal(tunnel.state, TUNNEL_CONNECTING);
	step(TUNNEL_EV_IKE_UP, 0);
	assert_int_equal(tunnel.state, TUNNEL_UP);
	assert_false(tunnel_wants(&tunnel, TUNNEL_WANT_ROUTES, 0));
	step(TUNNEL_EV_CHILD_UP, 0);
	assert_true(tunnel_wants(&tunnel, TUNNEL_WANT_ROUTES, 0));
	assert_true(tunnel_wants(&tunnel, TUNNEL_WANT_ADDRESS, 0));
	assert_false(tunnel_wants(&tunnel, TUNNEL_WANT_TRAP, 0));
	assert_true(tunnel_deadline(&tunnel) == TUNNEL_NEVER);
}

/* Each failed round waits about twice as long, up to a limit. */
static void test_backoff(void **state)
{
	uint64_t last = 0, wait;
	int i;

	(void)state;
	begin(CONF_START_START, CONF_ACTION_RESTART);
	step(TUNNEL_EV_START, 0);
	for (i = 0; i < 12; i++) {
		step(TUNNEL_EV_RESOLVED, 0);
		step(TUNNEL_EV_FAILED, IKE_WHY_TIMEOUT);
		assert_int_equal(tunnel.state, TUNNEL_WAITING);
		wait = tunnel_deadline(&tunnel) - now;
		assert_true(wait >= last);
		assert_true(wait <= TUNNEL_BACKOFF_LAST);
		last = wait;
		now += wait - 1;
		step(TUNNEL_EV_TIMER, 0);
		assert_int_equal(orders.n, 0);
		now++;
		step(TUNNEL_EV_TIMER, 0);
		assert_order(TUNNEL_DO_RESOLVE);
	}
	assert_int_equal(last, TUNNEL_BACKOFF_LAST);
	assert_int_equal(tunnel.rounds_total, 12);
}

static void test_keying_tries(void **state)
{
	int i;

	(void)state;
	begin(CONF_START_START, CONF_ACTION_RESTART);
	conf.keying_tries = 3;
	tunnel_init(&tunnel, children, &conf, now);
	step(TUNNEL_EV_START, 0);
	for (i = 0; i < 3; i++) {
		assert_order(TUNNEL_DO_RESOLVE);
		step(TUNNEL_EV_UNRESOLVED, 0);
		now += TUNNEL_BACKOFF_LAST;
		step(TUNNEL_EV_TIMER, 0);
	}
	assert_int_equal(orders.n, 0);
	assert_int_equal(tunnel.state, TUNNEL_DOWN);
	/* The operator's word starts the count anew. */
	step(TUNNEL_EV_OPERATOR_UP, 0);
	assert_order(TUNNEL_DO_RESOLVE);
}

static void test_remotes_in_turn(void **state)
{
	(void)state;
	begin(CONF_START_START, CONF_ACTION_RESTART);
	conf.n_remote = 3;
	host_set(0, CONF_HOST_NAME);
	host_set(1, CONF_HOST_ANY); /* cannot be called */
	host_set(2, CONF_HOST_RANGE);
	tunnel_init(&tunnel, children, &conf, now);
	step(TUNNEL_EV_START, 0);
	assert_int_equal(orders.v[0].remote, 0);
	step(TUNNEL_EV_RESOLVED, 0);
	step(TUNNEL_EV_FAILED, IKE_WHY_TIMEOUT);
	/* The next one without a pause: the round is not over. */
	assert_int_equal(tunnel.rounds_total, 0);
	assert_true(tunnel_deadline(&tunnel) == now);
	step(TUNNEL_EV_TIMER, 0);
	assert_order(TUNNEL_DO_RESOLVE);
	assert_int_equal(orders.v[0].remote, 2);
	step(TUNNEL_EV_UNRESOLVED, 0);
	assert_int_equal(tunnel.rounds_total, 1);
	assert_true(tunnel_deadline(&tunnel) > now);
	now = tunnel_deadline(&tunnel);
	step(TUNNEL_EV_TIMER, 0);
	assert_int_equal(orders.v[0].remote, 0);
}

static void test_on_demand(void **state)
{
	(void)state;
	begin(CONF_START_DEMAND, CONF_ACTION_DEMAND);
	step(TUNNEL_EV_START, 0);
	assert_int_equal(orders.n, 0);
	assert_int_equal(tunnel.state, TUNNEL_WAITING);
	assert_true(tunnel_wants(&tunnel, TUNNEL_WANT_TRAP, 0));
	assert_true(tunnel_wants(&tunnel, TUNNEL_WANT_ROUTES, 0));
	assert_true(tunnel_wants(&tunnel, TUNNEL_WANT_CONN, 0));
	step(TUNNEL_EV_ACQUIRE, 0);
	assert_order(TUNNEL_DO_RESOLVE);
	/* A second packet starts no second attempt. */
	step(TUNNEL_EV_ACQUIRE, 0);
	assert_int_equal(orders.n, 0);
	step(TUNNEL_EV_RESOLVED, 0);
	step(TUNNEL_EV_FAILED, IKE_WHY_NO_PROPOSAL);
	assert_int_equal(tunnel.state, TUNNEL_WAITING);
	/* Deaf for a moment, so that a stream of packets is no stream of attempts. */
	step(TUNNEL_EV_ACQUIRE, 0);
	assert_int_equal(orders.n, 0);
	now += 2 * TUNNEL_BACKOFF_FIRST;
	step(TUNNEL_EV_ACQUIRE, 0);
	assert_order(TUNNEL_DO_RESOLVE);
	assert_true(tunnel_wants(&tunnel, TUNNEL_WANT_ROUTES, 0));
}

static void test_respond(void **state)
{
	(void)state;
	begin(0, CONF_ACTION_CLEAR);
	step(TUNNEL_EV_START, 0);
	assert_int_equal(orders.n, 0);
	assert_int_equal(tunnel.state, TUNNEL_WAITING);
	assert_false(tunnel_wants(&tunnel, TUNNEL_WANT_TRAP, 0));
	assert_false(tunnel_wants(&tunnel, TUNNEL_WANT_ROUTES, 0));
	assert_true(tunnel_wants(&tunnel, TUNNEL_WANT_CONN, 0));
	step(TUNNEL_EV_IKE_UP, 0);
	step(TUNNEL_EV_CHILD_UP, 0);
	assert_true(tunnel_wants(&tunnel, TUNNEL_WANT_ROUTES, 0));
	now += 60000;
	step(TUNNEL_EV_IKE_DOWN, IKE_WHY_PEER);
	assert_int_equal(tunnel.state, TUNNEL_WAITING);
	assert_int_equal(orders.n, 0);
	assert_false(tunnel_wants(&tunnel, TUNNEL_WANT_ROUTES, 0));
	/* `tunnel up` calls once, and does not insist. */
	step(TUNNEL_EV_OPERATOR_UP, 0);
	assert_order(TUNNEL_DO_RESOLVE);
	step(TUNNEL_EV_UNRESOLVED, 0);
	assert_int_equal(tunnel.state, TUNNEL_WAITING);
	assert_true(tunnel_deadline(&tunnel) == TUNNEL_NEVER);
}

static void test_actions(void **state)
{
	(void)state;
	begin(CONF_START_START, CONF_ACTION_RESTART);
	bring_up();
	step(TUNNEL_EV_IKE_DOWN, IKE_WHY_DPD);
	assert_order(TUNNEL_DO_RESOLVE);
	assert_false(tunnel_wants(&tunnel, TUNNEL_WANT_ROUTES, 0));

	/* Closed at once after it came up: with a pause. */
	step(TUNNEL_EV_RESOLVED, 0);
	step(TUNNEL_EV_IKE_UP, 0);
	step(TUNNEL_EV_IKE_DOWN, IKE_WHY_PEER);
	assert_int_equal(orders.n, 0);
	assert_int_equal(tunnel.state, TUNNEL_WAITING);
	assert_true(tunnel_deadline(&tunnel) > now);

	begin(CONF_START_START, CONF_ACTION_DEMAND);
	bring_up();
	step(TUNNEL_EV_IKE_DOWN, IKE_WHY_PEER);
	assert_int_equal(orders.n, 0);
	assert_int_equal(tunnel.state, TUNNEL_WAITING);
	assert_true(tunnel_wants(&tunnel, TUNNEL_WANT_TRAP, 0));

	begin(CONF_START_DEMAND, CONF_ACTION_CLEAR);
	bring_up();
	step(TUNNEL_EV_IKE_DOWN, IKE_WHY_DPD);
	assert_int_equal(tunnel.state, TUNNEL_DOWN);
	assert_false(tunnel_wants(&tunnel, TUNNEL_WANT_TRAP, 0));
	assert_false(tunnel_wants(&tunnel, TUNNEL_WANT_ROUTES, 0));

	begin(CONF_START_START, CONF_ACTION_NONE);
	bring_up();
	step(TUNNEL_EV_IKE_DOWN, IKE_WHY_PEER);
	assert_int_equal(orders.n, 0);
	assert_int_equal(tunnel.state, TUNNEL_DOWN);
}

static void test_operator_down(void **state)
{
	(void)state;
	begin(CONF_START_START | CONF_START_DEMAND, CONF_ACTION_RESTART);
	bring_up();
	step(TUNNEL_EV_OPERATOR_DOWN, 0);
	assert_order(TUNNEL_DO_TERMINATE);
	assert_int_equal(tunnel.state, TUNNEL_CLOSING_STATE);
	assert_true(tunnel_wants(&tunnel, TUNNEL_WANT_CONN, 0));
	assert_false(tunnel_wants(&tunnel, TUNNEL_WANT_TRAP, 0));
	step(TUNNEL_EV_CHILD_DOWN, IKE_WHY_OPERATOR);
	step(TUNNEL_EV_IKE_DOWN, IKE_WHY_OPERATOR);
	assert_int_equal(orders.n, 0);
	assert_int_equal(tunnel.state, TUNNEL_DOWN);
	/* Nor may the peer call, nor a packet. */
	assert_false(tunnel_wants(&tunnel, TUNNEL_WANT_CONN, 0));
	step(TUNNEL_EV_ACQUIRE, 0);
	assert_int_equal(orders.n, 0);
	step(TUNNEL_EV_OPERATOR_UP, 0);
	assert_order(TUNNEL_DO_RESOLVE);
	assert_true(tunnel_wants(&tunnel, TUNNEL_WANT_TRAP, 0));
}

/* A peer that does not answer our DELETE does not keep the tunnel closing for ever. */
static void test_closing_ends(void **state)
{
	(void)state;
	begin(CONF_START_START, CONF_ACTION_RESTART);
	bring_up();
	step(TUNNEL_EV_OPERATOR_DOWN, 0);
	assert_true(tunnel_deadline(&tunnel) == now + TUNNEL_CLOSING);
	now = tunnel_deadline(&tunnel);
	step(TUNNEL_EV_TIMER, 0);
	assert_int_equal(tunnel.state, TUNNEL_DOWN);
	assert_true(tunnel_deadline(&tunnel) == TUNNEL_NEVER);
}

static void test_up_while_closing(void **state)
{
	(void)state;
	begin(0, CONF_ACTION_NONE);
	bring_up();
	step(TUNNEL_EV_OPERATOR_DOWN, 0);
	step(TUNNEL_EV_OPERATOR_UP, 0);
	assert_int_equal(orders.n, 0);
	step(TUNNEL_EV_IKE_DOWN, IKE_WHY_OPERATOR);
	assert_order(TUNNEL_DO_RESOLVE);
}

static void test_link(void **state)
{
	(void)state;
	begin(CONF_START_START, CONF_ACTION_RESTART);
	bring_up();
	step(TUNNEL_EV_LINK_DOWN, 0);
	assert_order(TUNNEL_DO_TERMINATE);
	assert_false(tunnel_wants(&tunnel, TUNNEL_WANT_ROUTES, 0));
	step(TUNNEL_EV_IKE_DOWN, IKE_WHY_OPERATOR);
	assert_int_equal(tunnel.state, TUNNEL_DOWN);
	assert_false(tunnel_wants(&tunnel, TUNNEL_WANT_CONN, 0));
	step(TUNNEL_EV_LINK_UP, 0);
	assert_order(TUNNEL_DO_RESOLVE);

	/* Down and up again before the end was confirmed. */
	begin(CONF_START_START, CONF_ACTION_RESTART);
	bring_up();
	step(TUNNEL_EV_LINK_DOWN, 0);
	step(TUNNEL_EV_LINK_UP, 0);
	assert_int_equal(orders.n, 0);
	step(TUNNEL_EV_IKE_DOWN, IKE_WHY_OPERATOR);
	assert_order(TUNNEL_DO_RESOLVE);

	/* What the operator took down stays down when the link returns. */
	begin(CONF_START_START, CONF_ACTION_RESTART);
	bring_up();
	step(TUNNEL_EV_OPERATOR_DOWN, 0);
	step(TUNNEL_EV_IKE_DOWN, IKE_WHY_OPERATOR);
	step(TUNNEL_EV_LINK_DOWN, 0);
	step(TUNNEL_EV_LINK_UP, 0);
	assert_int_equal(orders.n, 0);
	assert_int_equal(tunnel.state, TUNNEL_DOWN);
}

static void test_children(void **state)
{
	(void)state;
	begin(CONF_START_START, CONF_ACTION_RESTART);
	conf.n_children = 2;
	tunnel_init(&tunnel, children, &conf, now);
	bring_up();
	now -= 60000;
	step_child(TUNNEL_EV_CHILD_FAILED, 1, IKE_WHY_NO_TS);
	assert_int_equal(tunnel.state, TUNNEL_UP);
	assert_false(tunnel_wants(&tunnel, TUNNEL_WANT_ROUTES, 1));
	assert_true(tunnel_deadline(&tunnel) > now);
	now = tunnel_deadline(&tunnel);
	step(TUNNEL_EV_TIMER, 0);
	assert_order(TUNNEL_DO_INITIATE);
	assert_int_equal(orders.v[0].child, 1);
	step_child(TUNNEL_EV_CHILD_UP, 1, 0);
	assert_true(tunnel_wants(&tunnel, TUNNEL_WANT_ROUTES, 1));
	now += 60000;
	/* The peer closes one of them. */
	step_child(TUNNEL_EV_CHILD_DOWN, 0, IKE_WHY_PEER);
	assert_order(TUNNEL_DO_INITIATE);
	assert_int_equal(orders.v[0].child, 0);
	/* A child that does not exist is nobody's. */
	step_child(TUNNEL_EV_CHILD_UP, 7, 0);
	assert_int_equal(orders.n, 0);
}

/* A newer SA of the same peer takes over: nothing is to be done. */
static void test_replaced(void **state)
{
	(void)state;
	begin(CONF_START_START, CONF_ACTION_RESTART);
	bring_up();
	step(TUNNEL_EV_IKE_DOWN, IKE_WHY_REPLACED);
	assert_int_equal(orders.n, 0);
	assert_true(tunnel_wants(&tunnel, TUNNEL_WANT_CONN, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start),	     cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_keying_tries), cmocka_unit_test(test_remotes_in_turn),
		cmocka_unit_test(test_on_demand),    cmocka_unit_test(test_respond),
		cmocka_unit_test(test_actions),	     cmocka_unit_test(test_operator_down),
		cmocka_unit_test(test_closing_ends), cmocka_unit_test(test_up_while_closing),
		cmocka_unit_test(test_link),	     cmocka_unit_test(test_children),
		cmocka_unit_test(test_replaced),
	};

	return cmocka_run_group_tests_name("tunnel", tests, NULL, NULL);
}
