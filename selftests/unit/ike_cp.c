// SPDX-License-Identifier: MIT
/*
 * The Configuration payload: a client asks a gateway for addresses.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "selftests/unit/ike_assert.h"
#include "tools/keyer/ike/payload.h"

static void range(struct ike_addr_range *r, const char *min, const char *max)
{
	memset(r, 0, sizeof(*r));
	r->family = strchr(min, ':') ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(r->family, min, r->min), 1);
	assert_int_equal(inet_pton(r->family, max, r->max), 1);
}

static void ts(struct child_room *c, bool local, const char *text)
{
	char err[256];

	assert_int_equal(ike_ts_parse(text, local ? &c->local[0] : &c->remote[0], err, sizeof(err)),
			 0);
}

/* Peer 0 is a client that asks for IPv4, peer 1 gives 10.99.0.10 and .11. */
static int setup(void **state)
{
	struct world *w = world_new(1);
	struct ike_conn_conf *client = &w->peer[0].conf, *gateway = &w->peer[1].conf;
	struct room *clients = &w->peer[0].room, *gateways = &w->peer[1].room;

	client->request = 1;
	ts(&clients->child[0], true, "0.0.0.0/0");
	ts(&clients->child[0], false, "10.2.0.0/16");
	gateway->n_pool = 1;
	range(&gateways->pool[0], "10.99.0.10", "10.99.0.11");
	gateway->n_dns = 1;
	gateways->dns[0].family = AF_INET;
	inet_pton(AF_INET, "10.2.0.53", gateways->dns[0].bytes);
	gateway->n_nbns = 2;
	for (unsigned int i = 0; i < 2; i++) {
		gateways->nbns[i].family = AF_INET;
		inet_pton(AF_INET, i ? "10.2.0.138" : "10.2.0.137", gateways->nbns[i].bytes);
	}
	gateway->remote_id.type = IKE_ID_ANY;
	ts(&gateways->child[0], false, "0.0.0.0/0");
	world_set(w, 0);
	world_set(w, 1);
	*state = w;
	return 0;
}

static const char *given(struct world *w, unsigned int family)
{
	static char text[64];

	return ike_addr_print(&w->peer[0].config.addr[family], text, sizeof(text));
}

static const struct ike_fx_child *pair_of(struct world *w, unsigned int i)
{
	for (unsigned int k = 0; k < PAIRS_MAX; k++) {
		if (w->peer[i].pairs[k].installed)
			return &w->peer[i].pairs[k].fx;
	}
	return NULL;
}

static void assert_ts(const struct ike_ts *is, const char *text)
{
	char buf[128];

	assert_string_equal(ike_ts_print(is, buf, sizeof(buf)), text);
}

static void call(struct world *w)
{
	memset(&w->peer[0].config, 0, sizeof(w->peer[0].config));
	world_initiate(w, 0, "");
	world_settle(w);
}

static void address(void **state)
{
	struct world *w = *state;
	uint8_t dns[4] = { 10, 2, 0, 53 };

	call(w);
	assert_int_equal(world_pairs(w, 0), 1);
	assert_agree(w);
	assert_string_equal(given(w, 0), "10.99.0.10");
	assert_int_equal(w->peer[0].config.n_dns, 1);
	assert_memory_equal(w->peer[0].config.dns[0].bytes, dns, 4);
	assert_int_equal(w->peer[0].config.n_nbns, 2);
	assert_int_equal(w->peer[0].config.nbns[1].family, AF_INET);
	assert_int_equal(w->peer[0].config.nbns[1].bytes[3], 138);
	assert_ts(&pair_of(w, 0)->local_ts[0], "10.99.0.10/32");
	assert_ts(&pair_of(w, 1)->remote_ts[0], "10.99.0.10/32");
	assert_ts(&pair_of(w, 0)->remote_ts[0], "10.2.0.0/16");
}

/* Whatever is rekeyed, by whom ever, the address stays and is not lent twice. */
static void rekeyed(void **state)
{
	struct world *w = *state;
	char err[256];

	call(w);
	for (unsigned int i = 0; i < 2; i++) {
		world_rekey(w, i, "");
		world_settle(w);
		world_rekey(w, i, "lan");
		world_settle(w);
		assert_int_equal(world_pairs(w, 1), 1);
		assert_agree(w);
		assert_ts(&pair_of(w, 1)->remote_ts[0], "10.99.0.10/32");
	}
	world_run(w, 60000);
	ike_id_parse("other@example.com", &w->peer[0].conf.local_id, err, sizeof(err));
	world_forget(w, 0);
	call(w);
	assert_string_equal(given(w, 0), "10.99.0.11");
}

static void come_as(struct world *w, const char *id)
{
	char err[256];

	ike_id_parse(id, &w->peer[0].conf.local_id, err, sizeof(err));
	world_set(w, 0);
	call(w);
}

static void leave(struct world *w)
{
	world_terminate(w, 0, "");
	world_settle(w);
}

static void leases(void **state)
{
	struct world *w = *state;

	come_as(w, "a@example.com");
	assert_string_equal(given(w, 0), "10.99.0.10");
	leave(w);
	come_as(w, "b@example.com");
	assert_string_equal(given(w, 0), "10.99.0.11");
	leave(w);
	/* back again: the address of before */
	come_as(w, "a@example.com");
	assert_string_equal(given(w, 0), "10.99.0.10");
	leave(w);
	/* a third one takes the one that has been idle for longest */
	come_as(w, "c@example.com");
	assert_string_equal(given(w, 0), "10.99.0.11");
	leave(w);
	come_as(w, "b@example.com");
	assert_string_equal(given(w, 0), "10.99.0.10");
	leave(w);
	world_run(w, 600000);
	assert_agree(w);
	assert_true(world_idle(w));
}

/* The very client that comes back before its old SA is gone gets its own address. */
static void reconnected(void **state)
{
	struct world *w = *state;

	call(w);
	world_forget(w, 0);
	call(w);
	assert_string_equal(given(w, 0), "10.99.0.10");
	assert_int_equal(world_pairs(w, 1), 1);
}

static void used_up(void **state)
{
	struct world *w = *state;
	const struct ike_fx_status *st;
	static const char *const ids[] = { "a@x", "b@x", "c@x" };

	for (unsigned int i = 0; i < 3; i++) {
		char err[256];

		/* crashes: what it had stays with the gateway */
		ike_id_parse(ids[i], &w->peer[0].conf.local_id, err, sizeof(err));
		world_forget(w, 0);
		call(w);
	}
	st = world_status(w, 0, IKE_ST_CHILD_FAILED);
	assert_non_null(st);
	assert_non_null(strstr(st->text, "has no address to give us"));
	st = world_status(w, 1, IKE_ST_CHILD_FAILED);
	assert_non_null(st);
	assert_non_null(strstr(st->text, "no address of `pool` is left"));
}

static void wishes(void **state)
{
	struct world *w = *state;
	struct ike_conn_conf *client = &w->peer[0].conf;

	client->request_addr[0].family = AF_INET;
	inet_pton(AF_INET, "10.99.0.11", client->request_addr[0].bytes);
	come_as(w, "a@x");
	assert_string_equal(given(w, 0), "10.99.0.11");
	leave(w);
	/* one outside of the pool is not granted */
	inet_pton(AF_INET, "10.98.0.11", client->request_addr[0].bytes);
	come_as(w, "b@x");
	assert_string_equal(given(w, 0), "10.99.0.10");
}

/* Make before break: for a while the client has two IKE SAs, and one address. */
/* Is there a pair at both ends whenever a datagram comes, but for the first ones? */
static bool never_without(struct world *w, struct item *it)
{
	unsigned int *least = w->ctx;

	(void)it;
	for (unsigned int i = 0; i < PEERS; i++) {
		if (world_pairs(w, i) < *least)
			*least = world_pairs(w, i);
	}
	return true;
}

static void reauthenticated(void **state)
{
	struct world *w = *state;
	unsigned int least = 1;

	w->peer[0].conf.reauth = 60000;
	world_set(w, 0);
	call(w);
	assert_string_equal(given(w, 0), "10.99.0.10");
	w->ctx = &least;
	w->filter = never_without;
	world_run(w, 70000);
	w->filter = NULL;
	assert_int_equal(least, 1); /* make before break */
	assert_null(world_status(w, 0, IKE_ST_CHILD_DOWN));
	assert_null(world_status(w, 1, IKE_ST_CHILD_DOWN));
	assert_int_equal(world_pairs(w, 0), 1);
	assert_agree(w);
	assert_string_equal(given(w, 0), "10.99.0.10");
	assert_ts(&pair_of(w, 1)->remote_ts[0], "10.99.0.10/32");
	leave(w);
	come_as(w, "b@example.com");
	assert_string_equal(given(w, 0), "10.99.0.11");
}

/* Who forgot all, and asks for no certain address, gets the one it had. */
static void forgetful(void **state)
{
	struct world *w = *state;

	call(w);
	assert_string_equal(given(w, 0), "10.99.0.10");
	for (unsigned int i = 0; i < 3; i++) {
		world_forget(w, 0);
		call(w);
		assert_string_equal(given(w, 0), "10.99.0.10");
		world_run(w, 500);
	}
	world_run(w, 30000);
	assert_int_equal(world_pairs(w, 1), 1);
	assert_agree(w);
}

static void both_families(void **state)
{
	struct world *w = *state;
	struct ike_conn_conf *client = &w->peer[0].conf, *gateway = &w->peer[1].conf;
	struct room *clients = &w->peer[0].room, *gateways = &w->peer[1].room;

	client->request = 3;
	gateway->n_pool = 2;
	range(&gateways->pool[1], "fd99::10", "fd99::1:0");
	clients->children[0].n_local = 0; /* "dynamic" */
	gateways->children[0].n_remote = 0;
	world_set(w, 1);
	come_as(w, "a@x");
	assert_string_equal(given(w, 0), "10.99.0.10");
	assert_string_equal(given(w, 1), "fd99::10");
	assert_int_equal(pair_of(w, 0)->n_local, 2);
	assert_ts(&pair_of(w, 0)->local_ts[0], "10.99.0.10/32");
	assert_ts(&pair_of(w, 0)->local_ts[1], "fd99::10/128");
	assert_agree(w);
}

/* Without an address of the pool a client could take what its selectors say. */
static void not_asked(void **state)
{
	struct world *w = *state;

	w->peer[0].conf.request = 0;
	come_as(w, "a@x");
	assert_int_equal(world_pairs(w, 1), 0);
	assert_non_null(
		strstr(world_status(w, 1, IKE_ST_CHILD_FAILED)->text, "asks for no address"));
	assert_non_null(strstr(world_status(w, 0, IKE_ST_CHILD_FAILED)->hint, "request = ip4"));
}

static void not_given(void **state)
{
	struct world *w = *state;

	w->peer[1].conf.n_pool = 0;
	world_set(w, 1);
	call(w);
	assert_int_equal(world_pairs(w, 0), 0);
	assert_non_null(
		strstr(world_status(w, 0, IKE_ST_CHILD_FAILED)->text, "gave us no address"));
	world_run(w, 60000);
	assert_agree(w);
}

static void payload(void **state)
{
	static const uint8_t body[] = {
		2,    0,  0, 0, /* reply */
		0,    1,  0, 4,	 10,   0,  0, 1, /* INTERNAL_IP4_ADDRESS */
		0x80, 3,  0, 4,	 10,   0,  0, 53, /* INTERNAL_IP4_DNS, with the reserved bit */
		0,    99, 0, 2,	 1,    2, /* unknown */
		0,    8,  0, 17, 0xfd, 0,  0, 0,  0, 0, 0, 0, 0, 0, 0,
		0,    0,  0, 0,	 1,    64, 0, 3,  0, 5, 1, 2, 3, 4, 5, /* no address */
	};
	struct cp cp;

	(void)state;
	assert_null(cp_parse((struct bytes){ body, sizeof(body) }, &cp));
	assert_int_equal(cp.type, 2);
	assert_int_equal(cp.addr[0].bytes[3], 1);
	assert_int_equal(cp.addr[1].family, AF_INET6);
	assert_int_equal(cp.n_dns, 1);
	for (size_t i = 0; i < sizeof(body); i++) {
		uint8_t cut[sizeof(body)];

		memcpy(cut, body, i);
		cp_parse((struct bytes){ cut, i }, &cp);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(address),	 TEST(rekeyed),	  TEST(leases),	       TEST(reconnected),
		TEST(used_up),	 TEST(wishes),	  TEST(both_families), TEST(reauthenticated),
		TEST(forgetful), TEST(not_asked), TEST(not_given),     cmocka_unit_test(payload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
