// SPDX-License-Identifier: MIT
/* netadmin: what becomes of SAs, routes, addresses and interfaces. */
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#include "selftests/unit/daemon_world.h"

static void test_life(void **state)
{
	struct tun *tun = tunnel_start("tunnel t {\n" BODY "}\n");
	const struct ike_conn_conf *conn = sent_find(MSG_CONN_SET);
	const struct ike_ev_initiate *initiate = sent_find(MSG_INITIATE);
	struct ike_fx_child fx;

	(void)state;
	assert_non_null(conn);
	assert_non_null(sent_find(MSG_SECRET_SET));
	assert_string_equal(conn->name, "t");
	assert_int_equal(conn->id, tun->conn);
	assert_non_null(initiate);
	assert_int_equal(initiate->remote.bytes[0], 192);
	assert_int_equal(fake->n_links, 1);
	assert_true(fake->links[0].up);
	assert_int_equal(fake->n_routes, 0);
	assert_int_equal(fake->n_addresses, 0);
	/* From the beginning nothing leaks: 10.2.0.0/16, 10.3.0.0/31 and 10.3.0.2/32. */
	assert_int_equal(fake->n_blocks, 3);

	bring_up(tun);
	assert_int_equal(fake->n_sas, 2);
	assert_int_equal(fake->n_addresses, 1);
	assert_int_equal(fake->n_routes, 1);
	assert_int_equal(fake->routes[0].metric, 50);
	assert_int_equal(fake->routes[0].to.length, 16);

	/* A rekey of ours: the old pair goes, the route does not blink. */
	fx = pair_of(tun, spi_get(tun), 0x12345679);
	fx.initiator = true;
	assert_true(install(&fx));
	status_send(tun, IKE_ST_CHILD_UP, 0, "lan", fx.spi_in);
	assert_int_equal(fake->n_sas, 4);
	fx.spi_in = htonl(IPSECVIF_SPI_MIN + 1);
	na_ike_message(na, MSG_CHILD_REMOVE, &fx);
	status_send(tun, IKE_ST_CHILD_DOWN, IKE_WHY_OPERATOR, "lan", fx.spi_in);
	assert_int_equal(fake->n_sas, 2);
	assert_int_equal(fake->n_routes, 1);

	status_send(tun, IKE_ST_IKE_DOWN, IKE_WHY_OPERATOR, "", 0);
	assert_int_equal(fake->n_routes, 0);
	assert_int_equal(fake->n_addresses, 0);
	assert_int_equal(fake->n_blocks, 3);
	assert_int_equal(stopped, 0);
}

/* Each thing that an honest ike process never asks for ends the daemon, and does nothing. */
static void test_taken_over(void **state)
{
	struct tun *tun = tunnel_start("tunnel t {\n" BODY "}\n");
	struct ike_fx_child good, fx;
	struct ike_fx_status st;
	struct ike_fx_spi ask = { .conn = tun->conn, .protocol = 77 };

	(void)state;
	status_send(tun, IKE_ST_IKE_UP, 0, "", 0);
	good = pair_of(tun, spi_get(tun), 0x12345678);

#define BAD(change)                               \
	do {                                      \
		fx = good;                        \
		change;                           \
		stopped = 0;                      \
		assert_false(install(&fx));       \
		assert_int_equal(stopped, 1);     \
		assert_int_equal(fake->n_sas, 1); \
	} while (0)

	BAD(fx.spi_in = htonl(IPSECVIF_SPI_MIN + 77));
	BAD(fx.spi_out = htonl(7));
	BAD(fx.n_local = IKE_TS_MAX + 1);
	BAD(fx.encr_in.len = IKE_KEY_MAX + 1);
	BAD(fx.local.family = 77);
	BAD(fx.remote.family = AF_INET6);
	BAD(fx.mode = 2);
	BAD(fx.encap = true; fx.remote.port = 0);
	BAD(memset(fx.child, 'x', sizeof(fx.child)));
#undef BAD

	/* What a reload that crossed could explain is refused, and the daemon goes on. */
#define REFUSED(change)                           \
	do {                                      \
		fx = good;                        \
		change;                           \
		stopped = 0;                      \
		assert_false(install(&fx));       \
		assert_int_equal(stopped, 0);     \
		assert_int_equal(fake->n_sas, 1); \
	} while (0)

	REFUSED(fx.conn += 1);
	REFUSED(strcpy(fx.child, "other"));
	REFUSED(fx.remote_ts[0] = ts4(10, 9, 0, 0, 255));
	REFUSED(fx.remote_ts[0].max[0] = 11);
	REFUSED(fx.n_remote = 0);
	REFUSED(fx.encr.key_bits = 192);
	REFUSED(fx.encr.id = 3);
	REFUSED(fx.encr_in.len = 20);
	REFUSED(fx.protocol = PROTO_AH);
	REFUSED(fx.remote_ts[0].min[3] = 9; fx.remote_ts[0].max[2] = 0; fx.remote_ts[0].max[3] = 8);
#undef REFUSED

	stopped = 0;
	memset(&st, 0, sizeof(st));
	st.what = IKE_ST_FAILED + 1;
	na_ike_message(na, MSG_STATUS, &st);
	assert_int_equal(stopped, 1);
	memset(&st, 0, sizeof(st));
	memset(st.text, 'x', sizeof(st.text));
	na_ike_message(na, MSG_STATUS, &st);
	assert_int_equal(stopped, 2);
	na_ike_message(na, MSG_SPI_REQUEST, &ask);
	assert_int_equal(stopped, 3);
	/* And a message of another's. */
	na_ike_message(na, MSG_SECRET_SET, &st);
	assert_int_equal(stopped, 4);
	/* The honest one still works. */
	assert_true(install(&good));
}

/*
 * A rekey of the peer's: it cannot read the new SA before it has our answer, so
 * the old one sends until the peer ends it, or some time has passed.
 */
static void test_peer_rekeys(void **state)
{
	struct tun *tun = tunnel_start("tunnel t {\n" BODY "}\n");
	struct ike_fx_child old, fx;

	(void)state;
	bring_up(tun);
	old = pair_of(tun, tun->pairs->spi_in, 0x12345678);
	fx = pair_of(tun, spi_get(tun), 0x12345679);
	fx.replaces_in = old.spi_in;
	assert_true(install(&fx));
	status_send(tun, IKE_ST_CHILD_UP, 0, "lan", fx.spi_in);
	assert_int_equal(fake->n_sas, 3);
	na_ike_message(na, MSG_CHILD_REMOVE, &old);
	assert_int_equal(fake->n_sas, 2);
	assert_null(tun->pairs->pending);
	/* Again, and the old one never ends. */
	old = fx;
	fx = pair_of(tun, spi_get(tun), 0x1234567a);
	fx.replaces_in = old.spi_in;
	assert_true(install(&fx));
	assert_int_equal(fake->n_sas, 3);
	loop_timer_set(na->loop, &tun->pairs->timer, loop_now());
	loop_run_once(na->loop, 10);
	assert_int_equal(fake->n_sas, 4);
	/* Again, and the outbound SPI is one that is there: the core is told. */
	old = fx;
	fx = pair_of(tun, spi_get(tun), 0x1234567a);
	fx.replaces_in = old.spi_in;
	assert_true(install(&fx));
	sent_clear();
	loop_timer_set(na->loop, &tun->pairs->timer, loop_now());
	loop_run_once(na->loop, 10);
	assert_non_null(sent_find(MSG_EXPIRE));
	/* A reauthentication of the peer's: the same traffic, by another IKE SA. */
	old = fx;
	fx = pair_of(tun, spi_get(tun), 0x1234567c);
	assert_true(install(&fx));
	assert_non_null(tun->pairs->pending);
	assert_int_equal(tun->pairs->replaces_in, old.spi_in);
	pairs_switch(tun, tun->pairs->replaces_in);
	assert_null(tun->pairs->pending);
	/* From elsewhere it is another peer's. */
	fx = pair_of(tun, spi_get(tun), 0x1234567d);
	fx.remote.bytes[3] ^= 1;
	assert_true(install(&fx));
	assert_null(tun->pairs->pending);
	/* A rekey of ours: the peer has answered, so it can read. */
	fx = pair_of(tun, spi_get(tun), 0x1234567b);
	fx.replaces_in = old.spi_in;
	fx.initiator = true;
	assert_true(install(&fx));
	assert_null(tun->pairs->pending);
}

static void test_spis(void **state)
{
	struct tun *tun = tunnel_start("tunnel t {\n" BODY "}\n");
	struct ike_fx_spi ask = { .conn = tun->conn, .protocol = PROTO_ESP };
	const struct ike_ev_spi *reply;
	unsigned int i;

	(void)state;
	for (i = 0; i < NETADMIN_SPIS_MAX; i++)
		ask.spi = spi_get(tun);
	sent_clear();
	na_ike_message(na, MSG_SPI_REQUEST, &ask);
	reply = sent_find(MSG_SPI);
	assert_non_null(reply);
	assert_false(reply->ok);
	assert_int_equal(fake->n_sas, NETADMIN_SPIS_MAX);
	/* Given back twice is once; somebody else's is nothing. */
	na_ike_message(na, MSG_SPI_RELEASE, &ask);
	na_ike_message(na, MSG_SPI_RELEASE, &ask);
	ask.spi = htonl(0xc0000001);
	na_ike_message(na, MSG_SPI_RELEASE, &ask);
	assert_int_equal(fake->n_sas, NETADMIN_SPIS_MAX - 1);
}

static void test_on_demand(void **state)
{
	struct tun *tun = tunnel_start("tunnel t {\nstart = on-demand\n" BODY "}\n");
	struct ipsecvif_selector met;

	(void)state;
	assert_null(sent_find(MSG_INITIATE));
	/* 10.2.0.0/16, 10.3.0.0/31 and 10.3.0.2/32 */
	assert_int_equal(fake->n_selectors, 3);
	assert_int_equal(fake->n_routes, 3);
	assert_int_equal(fake->n_addresses, 1);
	met = fake->selectors[0].selector;
	na->kernel->handler.acquire(na, fake->links[0].ifindex + 1, &met);
	assert_null(sent_find(MSG_INITIATE));
	na->kernel->handler.acquire(na, fake->links[0].ifindex, &met);
	assert_non_null(sent_find(MSG_INITIATE));
	bring_up(tun);
	assert_int_equal(fake->n_routes, 3);
	status_send(tun, IKE_ST_IKE_DOWN, IKE_WHY_PEER, "", 0);
	assert_int_equal(fake->n_routes, 3);
	assert_int_equal(fake->n_selectors, 3);
	tun_event(tun, TUNNEL_EV_OPERATOR_DOWN, -1, IKE_WHY_OPERATOR);
	assert_int_equal(fake->n_routes, 0);
	assert_int_equal(fake->n_selectors, 0);
	assert_non_null(sent_find(MSG_CONN_DEL));
}

static void test_link_down(void **state)
{
	struct tun *tun = tunnel_start("tunnel t {\n" BODY "}\n");
	struct kernel_link link = fake->links[0];

	(void)state;
	bring_up(tun);
	fake->links[0].up = false;
	na->kernel->handler.link(na, &link);
	assert_non_null(sent_find(MSG_TERMINATE));
	assert_int_equal(fake->n_routes, 0);
	status_send(tun, IKE_ST_IKE_DOWN, IKE_WHY_OPERATOR, "", 0);
	assert_non_null(sent_find(MSG_CONN_DEL));
	assert_int_equal(fake->n_sas, 0);
	sent_clear();
	fake->links[0].up = true;
	na->kernel->handler.link(na, &link);
	assert_non_null(sent_find(MSG_CONN_SET));
	assert_non_null(sent_find(MSG_INITIATE));
	/* And deleted: the kernel took all that was on it. */
	bring_up(tun);
	fake->k.ops->link_delete(&fake->k, link.ifindex);
	na->kernel->handler.link(na, &link);
	assert_null(tun->pairs);
	assert_int_equal(tun->children[0].n_routes, 0);
	assert_int_equal(stopped, 0);
}

/* An interface that somebody else made is used, and stays. */
static void test_foreign_interface(void **state)
{
	struct tun *tun;
	unsigned int ifindex = fake_link_add(fake, "t", true, false);

	(void)state;
	fake->n_sas = 1;
	fake->sas[0].ifindex = ifindex;
	tun = tunnel_start("tunnel t {\n" BODY "}\n");
	assert_int_equal(fake->n_links, 1);
	assert_true(fake->links[0].up);
	/* What a dead daemon left is gone. */
	assert_int_equal(fake->n_sas, 0);
	na_tun_clear(tun);
	assert_int_equal(fake->n_links, 1);
}

static void test_wrong_interface(void **state)
{
	struct tun *tun;

	(void)state;
	fake_link_add(fake, "t", false, true);
	tun = tunnel_start("tunnel t {\n" BODY "}\n");
	assert_non_null(tun->problem);
	assert_non_null(strstr(tun->problem->sentence, "not of kind ipsecvif"));
	assert_null(sent_find(MSG_CONN_SET));
}

static void test_shared_interface(void **state)
{
	(void)state;
	na_configure(na, conf_of("tunnel t {\ninterface = i\n" BODY
				 "}\ntunnel u {\ninterface = i\nremote = 192.0.2.8\n"
				 "psk-file = a.psk\nchild lan { remote = 10.9.0.0/16 }\n}\n"));
	assert_int_equal(fake->n_links, 1);
	/* One of u, three of t. */
	assert_int_equal(fake->n_blocks, 4);
	na_tun_clear(na_tun_by_name(na, "t"));
	assert_int_equal(fake->n_links, 1);
	assert_int_equal(fake->n_blocks, 1);
	na_tun_clear(na_tun_by_name(na, "u"));
	assert_int_equal(fake->n_links, 0);
}

static void test_reload(void **state)
{
	struct tun *tun = tunnel_start("tunnel t {\n" BODY "}\n");
	uint32_t conn = tun->conn;
	unsigned int ifindex = fake->links[0].ifindex;

	(void)state;
	bring_up(tun);
	/* The same again. */
	reload("tunnel t {\n" BODY "}\n");
	assert_int_equal(n_sent, 0);
	assert_int_equal(fake->n_sas, 2);
	/* A knob: told in place. */
	reload("tunnel t {\ndpd-delay = 5s\n" BODY "}\n");
	assert_ptr_equal(na_tun_by_name(na, "t"), tun);
	assert_int_equal(tun->conn, conn);
	assert_non_null(sent_find(MSG_CONN_SET));
	assert_null(sent_find(MSG_CONN_DEL));
	assert_int_equal(fake->n_sas, 2);
	assert_int_equal(fake->n_routes, 1);
	/* Another tunnel beside it: this one does not notice. */
	reload("tunnel t {\ndpd-delay = 5s\n" BODY
	       "}\ntunnel u {\nremote = 192.0.2.8\npsk-file = a.psk\nchild c { }\n}\n");
	assert_int_equal(fake->n_links, 2);
	assert_int_equal(fake->n_sas, 2);
	/* An identity: a new IKE SA, on the same interface. */
	reload("tunnel t {\nlocal-id = me@example.com\n" BODY "}\n");
	assert_int_equal(fake->n_links, 1);
	assert_int_equal(fake->links[0].ifindex, ifindex);
	assert_int_equal(fake->n_sas, 0);
	assert_non_null(sent_find(MSG_CONN_DEL));
	assert_non_null(sent_find(MSG_INITIATE));
	assert_true(na_tun_by_name(na, "t")->conn > conn);
	assert_int_equal(fake->n_blocks, 3);
	/* All gone. */
	reload("# nothing\n");
	assert_int_equal(fake->n_links, 0);
}

static void key_state(struct tun *tun, uint8_t kind, uint8_t key)
{
	struct message_secret_state state = { .conn = tun->conn, .kind = kind, .ok = true };

	memset(state.key_id, key, sizeof(state.key_id));
	free(tun->problem);
	tun->problem = NULL;
	na_secret_state(na, &state);
}

/* The keyholder says whose key a file has: it must be our certificate's, in each round. */
static void test_whose_key(void **state)
{
	struct tun *tun = tunnel_start("tunnel t {\n" BODY "}\n");
	struct conf_file files[] = { { .use = CONF_FILE_KEY, .path = "one.key" },
				     { .use = CONF_FILE_KEY2, .path = "two.key" } };
	struct conf_cert first = { .subject = "CN=one" }, second = { .subject = "CN=two" };
	const struct conf_tunnel *before = tun->conf;
	struct conf_tunnel conf = *before;

	(void)state;
	memset(first.key_id, 1, sizeof(first.key_id));
	memset(second.key_id, 2, sizeof(second.key_id));
	conf.files = files;
	conf.n_files = 2;
	tun->conf = &conf;
	conf.cert = &first;
	key_state(tun, SECRET_KEY, 1);
	assert_null(tun->problem);
	key_state(tun, SECRET_KEY, 2);
	assert_non_null(tun->problem);
	assert_string_equal(tun->problem->sentence,
			    "one.key is not the private key of certificate \"CN=one\"");
	/* without a certificate there is nothing to hold it against */
	key_state(tun, SECRET_KEY2, 7);
	assert_null(tun->problem);
	conf.cert2 = &second;
	key_state(tun, SECRET_KEY2, 2);
	assert_null(tun->problem);
	key_state(tun, SECRET_KEY2, 1);
	assert_non_null(tun->problem);
	assert_string_equal(tun->problem->sentence,
			    "two.key is not the private key of certificate \"CN=two\"");
	tun->conf = before;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_life),
		TEST(test_taken_over),
		TEST(test_peer_rekeys),
		TEST(test_spis),
		TEST(test_on_demand),
		TEST(test_link_down),
		TEST(test_foreign_interface),
		TEST(test_wrong_interface),
		TEST(test_shared_interface),
		TEST(test_reload),
		TEST(test_whose_key),
	};

	return cmocka_run_group_tests_name("netadmin", tests, NULL, NULL);
}
