// SPDX-License-Identifier: MIT
/* netadmin: whom a tunnel calls, when, from where, and by which name. */
#include <stdio.h>
#include <string.h>

#include "selftests/unit/daemon_world.h"

static void test_no_route(void **state)
{
	struct tun *tun;

	(void)state;
	fake->unreachable = true;
	tun = tunnel_start("tunnel t {\n" BODY "}\n");
	assert_null(sent_find(MSG_INITIATE));
	assert_non_null(tun->problem);
	assert_non_null(strstr(tun->problem->sentence, "192.0.2.9"));
	assert_string_equal(tun->problem->code, "no-address");
	assert_true(tunnel_deadline(&tun->policy) != TUNNEL_NEVER);
}

/* An address that is not there, as on the idle one of two gateways. */
static void test_no_local(void **state)
{
	struct tun *tun;

	(void)state;
	fake->no_address = true;
	tun = tunnel_start("tunnel t {\nlocal = 192.0.2.1\n" BODY "}\n");
	assert_null(sent_find(MSG_INITIATE));
	assert_non_null(tun->problem);
	assert_non_null(strstr(tun->problem->sentence, "192.0.2.1"));
	fake->no_address = false;
	tun_event(tun, TUNNEL_EV_OPERATOR_UP, -1, 0);
	assert_non_null(sent_find(MSG_INITIATE));
}

/* `local = wan0`: the addresses that it has, whenever they change. */
static void test_local_interface(void **state)
{
	static const char text[] = "tunnel t {\nlocal = wan0\n" BODY "}\n";
	const uint8_t first[4] = { 203, 0, 113, 5 }, second[4] = { 203, 0, 113, 6 };
	const struct ike_ev_initiate *call;
	const struct ike_conn_conf *conn;
	struct tun *tun;

	(void)state;
	fake->n_wan = 1;
	fake->wan[0].family = AF_INET;
	memcpy(fake->wan[0].bytes, first, 4);
	tun = tunnel_start(text);
	conn = ike_conf_unpack((void *)(uintptr_t)sent_find(MSG_CONN_SET), sent_len(MSG_CONN_SET));
	assert_int_equal(conn->n_local, 1);
	assert_memory_equal(conn->local[0].min, first, 4);
	assert_memory_equal(conn->local[0].max, first, 4);
	call = sent_find(MSG_INITIATE);
	assert_memory_equal(call->local.bytes, first, 4);

	/* the same again is not told, another is */
	sent_clear();
	na_paths_timer(na);
	assert_null(sent_find(MSG_CONN_SET));
	memcpy(fake->wan[0].bytes, second, 4);
	na_paths_timer(na);
	conn = ike_conf_unpack((void *)(uintptr_t)sent_find(MSG_CONN_SET), sent_len(MSG_CONN_SET));
	assert_int_equal(conn->n_local, 1);
	assert_memory_equal(conn->local[0].min, second, 4);

	/* without any it is nobody's, and not everybody's */
	sent_clear();
	fake->n_wan = 0;
	na_paths_timer(na);
	conn = ike_conf_unpack((void *)(uintptr_t)sent_find(MSG_CONN_SET), sent_len(MSG_CONN_SET));
	assert_int_equal(conn->n_local, 1);
	assert_memory_equal(conn->local[0].max, "\0\0\0\0", 4);
	status_send(tun, IKE_ST_FAILED, IKE_WHY_TIMEOUT, "", 0);
	sent_clear();
	tun_event(tun, TUNNEL_EV_OPERATOR_DOWN, -1, 0);
	tun_event(tun, TUNNEL_EV_OPERATOR_UP, -1, 0);
	assert_null(sent_find(MSG_INITIATE));
	assert_non_null(strstr(tun->problem->sentence, "'local'"));
}

/* Of many tunnels a number is called at once; the next when one is through, or slow. */
static void test_many_calls(void **state)
{
	enum {
		MANY = 2 * NETADMIN_CALLS_MAX + 20
	};
	static char text[MANY * 256];
	uint64_t begin;
	unsigned int i;
	size_t at = 0;
	char name[16];
	struct tun *last;

	(void)state;
	for (i = 0; i < MANY; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
				       "tunnel t%03u {\nremote = 192.0.2.9\nremote-id = p%u\n"
				       "interface = ipsec0\nstart = start\npsk-file = a.psk\n"
				       "child c { remote = 10.%u.%u.0/24\nblock = no }\n}\n",
				       i, i, 10 + i / 256, i % 256);
	na_configure(na, conf_of(text));
	assert_int_equal(sent_count(MSG_INITIATE), NETADMIN_CALLS_MAX);
	assert_int_equal(na->calls.n_active, NETADMIN_CALLS_MAX);
	/* Two are decided, one way or the other. */
	status_send(na_tun_by_name(na, "t000"), IKE_ST_IKE_UP, IKE_WHY_NONE, "", 0);
	status_send(na_tun_by_name(na, "t001"), IKE_ST_FAILED, IKE_WHY_AUTH, "", 0);
	loop_run_once(na->loop, 0);
	assert_int_equal(sent_count(MSG_INITIATE), NETADMIN_CALLS_MAX + 2);
	/* One that waits is given up, and one is wanted by the operator. */
	snprintf(name, sizeof(name), "t%03u", MANY - 1);
	last = na_tun_by_name(na, name);
	assert_int_equal(last->call, CALL_WAITS);
	tun_event(na_tun_by_name(na, "t100"), TUNNEL_EV_OPERATOR_DOWN, -1, 0);
	assert_int_equal(na_tun_by_name(na, "t100")->call, CALL_NONE);
	tun_event(last, TUNNEL_EV_OPERATOR_UP, -1, 0);
	assert_int_equal(last->call, CALL_ACTIVE);
	assert_int_equal(sent_count(MSG_INITIATE), NETADMIN_CALLS_MAX + 3);
	/* The others say nothing: after a second that is no reason to wait. */
	begin = loop_now();
	while (sent_count(MSG_INITIATE) < 2 * NETADMIN_CALLS_MAX && loop_now() < begin + 10000)
		loop_run_once(na->loop, 100);
	assert_true(loop_now() >= begin + NETADMIN_CALL_MS / 2);
	begin = loop_now();
	while (!TAILQ_EMPTY(&na->calls.waiting) && loop_now() < begin + 10000)
		loop_run_once(na->loop, 100);
	assert_true(sent_count(MSG_INITIATE) >= MANY - 1);
}

static void test_names(void **state)
{
	struct tun *tun = tunnel_start("tunnel t {\nremote = peer.example.net, 192.0.2.9\n"
				       "psk-file = a.psk\nchild lan { }\n}\n");
	const struct message_resolve *ask = sent_find(MSG_RESOLVE);
	struct message_resolved answer = { 0 };
	const struct ike_conn_conf *conn;

	(void)state;
	assert_non_null(ask);
	assert_string_equal(ask->name, "peer.example.net");
	answer.request = ask->request;
	strcpy(answer.why, "no such name");
	na_resolved(na, &answer);
	assert_int_equal(tun->policy.state, TUNNEL_WAITING);
	assert_int_equal(tun->policy.remote, 1);
	/* The second is an address; when it is silent, the name is asked for again. */
	tun_event(tun, TUNNEL_EV_TIMER, -1, 0);
	assert_non_null(sent_find(MSG_INITIATE));
	status_send(tun, IKE_ST_FAILED, IKE_WHY_TIMEOUT, "", 0);
	assert_int_equal(tun->policy.remote, 0);
	sent_clear();
	tun_event(tun, TUNNEL_EV_OPERATOR_UP, -1, 0);
	ask = sent_find(MSG_RESOLVE);
	assert_non_null(ask);
	answer.request = ask->request;
	answer.n = 2;
	answer.addrs[0].family = answer.addrs[1].family = AF_INET;
	answer.addrs[0].bytes[0] = 198;
	answer.addrs[1].bytes[0] = 199;
	na_resolved(na, &answer);
	/* The peer may call from there, too. */
	conn = sent_find(MSG_CONN_SET);
	assert_non_null(conn);
	assert_int_equal(conn->n_remote, 3);
	assert_non_null(sent_find(MSG_INITIATE));
	/* Its other address is tried before another remote. */
	sent_clear();
	status_send(tun, IKE_ST_FAILED, IKE_WHY_TIMEOUT, "", 0);
	assert_non_null(sent_find(MSG_INITIATE));
	assert_int_equal(((const struct ike_ev_initiate *)sent_find(MSG_INITIATE))->remote.bytes[0],
			 199);
}

static const struct ike_ev_path *path_of(const struct ike_fx_path *fx)
{
	sent_clear();
	stopped = 0;
	na_ike_message(na, MSG_PATH_REQUEST, fx);
	return sent_find(MSG_PATH);
}

/* Which of the peer's addresses can be reached, and from where. */
static void test_paths(void **state)
{
	struct tun *tun = tunnel_start("tunnel t {\n" BODY "}\n");
	struct ike_fx_path fx = { .request = 77, .conn = tun->conn, .n = 2 };
	const struct ike_ev_roam *roam;
	const struct ike_ev_path *path;

	(void)state;
	fx.to[0].family = AF_INET;
	fx.to[1].family = AF_INET6;
	fx.to[1].bytes[0] = 0x20;
	path = path_of(&fx);
	assert_non_null(path);
	assert_true(path->ok);
	assert_int_equal(path->request, 77);
	assert_int_equal(path->remote.family, AF_INET);
	fx.not_to = fx.to[0];
	path = path_of(&fx);
	assert_int_equal(path->remote.bytes[0], 0x20);
	assert_int_equal(path->local.family, AF_INET6);
	fx.n = 1;
	assert_false(path_of(&fx)->ok);
	fx.n = 2;
	fake->unreachable = true;
	path = path_of(&fx);
	assert_false(path->ok);
	assert_non_null(strstr(path->why, "no route to the peer 2000::"));
	/* A tunnel whose peer is not reached any more: the ike process knows its other addresses. */
	status_send(tun, IKE_ST_IKE_UP, 0, "", 0);
	tun_roam(tun);
	roam = sent_find(MSG_ROAM);
	assert_non_null(roam);
	assert_int_equal(roam->local.family, 0);
	assert_int_equal(roam->was.family, AF_INET);
	fx.conn++; /* gone meanwhile */
	assert_null(path_of(&fx));
	assert_int_equal(stopped, 0);
	fx.to[0].family = 77;
	assert_null(path_of(&fx));
	assert_int_equal(stopped, 1);
	fx.n = IKE_ADDRS_MAX + 1;
	assert_null(path_of(&fx));
	assert_int_equal(stopped, 1);
}

/* The gateway that a peer sends us to may have a name. */
static void test_path_names(void **state)
{
	static const char *const bad[] = { "localhost",	       "a..b",
					   "gw.example.com.",  "192.0.2.9",
					   "gw.example.com\n", "$(id).example.com" };
	struct tun *tun = tunnel_start("tunnel t {\n" BODY "}\n");
	struct ike_fx_path fx = { .request = 78, .conn = tun->conn, .name = "gw2.example.com" };
	struct message_resolved answer = { 0 };
	const struct message_resolve *ask;
	const struct ike_ev_path *path;
	size_t i;

	(void)state;
	assert_null(path_of(&fx));
	ask = sent_find(MSG_RESOLVE);
	assert_non_null(ask);
	assert_string_equal(ask->name, "gw2.example.com");
	answer.request = ask->request;
	answer.n = 2;
	answer.addrs[0].family = answer.addrs[1].family = AF_INET;
	answer.addrs[1].bytes[0] = 198;
	na_resolved(na, &answer);
	path = sent_find(MSG_PATH);
	assert_non_null(path);
	assert_true(path->ok);
	sent_clear();
	na_resolved(na, &answer); /* twice */
	assert_int_equal(n_sent, 0);
	/* Where it calls from is none of them. */
	fx.not_to = answer.addrs[0];
	assert_null(path_of(&fx));
	answer.request = ((const struct message_resolve *)sent_find(MSG_RESOLVE))->request;
	na_resolved(na, &answer);
	path = sent_find(MSG_PATH);
	assert_int_equal(path->remote.bytes[0], 198);
	/* The latest is wanted. */
	assert_null(path_of(&fx));
	fx.request = 79;
	path = path_of(&fx);
	assert_int_equal(path->request, 78);
	assert_false(path->ok);
	answer.request = ((const struct message_resolve *)sent_find(MSG_RESOLVE))->request;
	answer.n = 0;
	strcpy(answer.why, "no such name");
	sent_clear();
	na_resolved(na, &answer);
	path = sent_find(MSG_PATH);
	assert_int_equal(path->request, 79);
	assert_string_equal(path->why, "that name does not resolve: no such name");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(fx.name, sizeof(fx.name), "%s", bad[i]);
		assert_null(path_of(&fx));
		assert_int_equal(n_sent, 0);
		assert_int_equal(stopped, 1);
	}
	memset(fx.name, 'a', sizeof(fx.name));
	assert_null(path_of(&fx));
	assert_int_equal(stopped, 1);
	/* It ends while one is looked up. */
	strcpy(fx.name, "gw2.example.com");
	assert_null(path_of(&fx));
	reload("tunnel t {\nredirect = no\n" BODY "}\n");
	fx.conn = na_tun_by_name(na, "t")->conn;
	path = path_of(&fx);
	assert_non_null(path);
	assert_false(path->ok);
	assert_null(sent_find(MSG_RESOLVE));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_no_route),   TEST(test_no_local), TEST(test_local_interface),
		TEST(test_many_calls), TEST(test_names),    TEST(test_paths),
		TEST(test_path_names),
	};

	return cmocka_run_group_tests_name("calls", tests, NULL, NULL);
}
