// SPDX-License-Identifier: MIT
/*
 * What the configuration of a connection changes in whole exchanges: childless
 * beginnings, uniqueness, limits.
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/unit/ike_assert.h"
#include "tools/keyer/ike/v2.h"

static void childless(struct world *w, unsigned int i, enum ike_childless how)
{
	w->peer[i].conf.childless = how;
	world_set(w, i);
}

/* RFC 6023: no child in IKE_AUTH, and then one with a key exchange of its own. */
static void childless_preferred(void **state)
{
	struct world *w = *state;
	unsigned int can[] = { IKE_CHILDLESS_ALLOW, IKE_CHILDLESS_NEVER };

	for (unsigned int i = 0; i < 2; i++) {
		childless(w, 0, IKE_CHILDLESS_PREFER);
		childless(w, 1, can[i]);
		w->peer[0].n_send = 0;
		world_initiate(w, 0, "");
		world_settle(w);
		assert_pairs(w, 1);
		/* one exchange more, and PFS in the first child */
		assert_int_equal(w->peer[0].n_send, i ? 2 : 3);
		assert_int_equal(strstr(world_status(w, 0, IKE_ST_CHILD_UP)->proposal, "x25519") !=
					 NULL,
				 !i);
		world_terminate(w, 0, "");
		world_settle(w);
	}
}

static void childless_forced(void **state)
{
	struct world *w = *state;

	childless(w, 0, IKE_CHILDLESS_FORCE);
	childless(w, 1, IKE_CHILDLESS_NEVER);
	world_initiate(w, 0, "");
	world_settle(w);
	assert_non_null(strstr(world_status(w, 0, IKE_ST_FAILED)->text, "without a child"));
	assert_int_equal(world_sas(w, 0), 0);
	world_run(w, 60000);
	assert_int_equal(world_sas(w, 1), 0);
}

/* A second IKE SA of the same peer, which has lost its memory of the first. */
static void second(struct world *w, enum ike_unique how)
{
	w->peer[1].conf.unique = how;
	world_set(w, 1);
	world_initiate(w, 0, "");
	world_settle(w);
	assert_pairs(w, 1);
	w->now += 60000;
	world_forget(w, 0);
	w->peer[0].next_spi += 0x1000;
	world_initiate(w, 0, "");
	world_settle(w);
}

static void unique_replace(void **state)
{
	struct world *w = *state;

	second(w, IKE_UNIQUE_REPLACE);
	assert_pairs(w, 1);
	assert_int_equal(world_sas(w, 1), 1);
	/* without INITIAL_CONTACT it may be a reauthentication, so the old one has some time */
	w->now += 60000;
	w->peer[0].conf.id = 8;
	world_set(w, 0);
	world_initiate(w, 0, "");
	TAILQ_LAST(&w->peer[0].ike->sas, sa_list)->initial_contact = false;
	world_settle(w);
	assert_int_equal(world_pairs(w, 1), 2);
	world_run(w, 30000);
	assert_int_equal(world_pairs(w, 1), 1);
}

static void unique_keep(void **state)
{
	struct world *w = *state;
	uint32_t before;

	second(w, IKE_UNIQUE_REPLACE);
	before = world_status(w, 1, IKE_ST_CHILD_UP)->spi_in;
	w->peer[1].conf.unique = IKE_UNIQUE_KEEP;
	world_set(w, 1);
	/* without INITIAL_CONTACT: the initiator has both */
	w->now += 60000;
	world_conf(w, 0)->id = 7;
	world_set(w, 0);
	world_initiate(w, 0, "");
	TAILQ_LAST(&w->peer[0].ike->sas, sa_list)->initial_contact = false;
	world_settle(w);
	assert_int_equal(world_status(w, 1, IKE_ST_CHILD_UP)->spi_in, before);
	assert_int_equal(world_pairs(w, 1), 1);
}

static void unique_never(void **state)
{
	struct world *w = *state;

	second(w, IKE_UNIQUE_NEVER);
	assert_int_equal(world_pairs(w, 0), 1);
	assert_int_equal(world_pairs(w, 1), 2);
	assert_int_equal(world_sas(w, 1), 2);
}

static unsigned int gaps;

/* Is there at any time a pair for each child? */
static bool no_gap(struct world *w, struct item *it)
{
	(void)it;
	for (unsigned int i = 0; i < PEERS; i++) {
		const struct sa *sa;
		bool up = false;

		TAILQ_FOREACH(sa, &w->peer[i].ike->sas, link)
		up |= sa->reported_up;
		gaps += !up || world_pairs(w, i) < w->peer[i].conf.n_children;
	}
	return true;
}

static void second_child(struct world *w)
{
	for (unsigned int i = 0; i < PEERS; i++)
		world_child(w, i, "dmz", i ? "10.4.0.0/16" : "10.3.0.0/16",
			    i ? "10.3.0.0/16" : "10.4.0.0/16");
}

/* Make before break, over and over, with rekeys in between; who was called only asks for it. */
static void reauthentication(void **state)
{
	for (unsigned int who = 0; who < 2; who++) {
		struct world *w;
		unsigned int before;

		world_teardown(state);
		world_setup(state);
		w = *state;
		second_child(w);
		w->peer[who].conf.reauth = 3600000;
		w->peer[0].conf.lifetime = 1000000;
		w->peer[0].conf.margin = 100000;
		world_set(w, 0);
		world_set(w, 1);
		world_initiate(w, 0, "");
		world_settle(w);
		assert_pairs(w, 2);
		gaps = 0;
		w->filter = no_gap;
		before = w->peer[0].n_install;
		world_run(w, 3 * 3600000ULL);
		w->filter = NULL;
		assert_int_equal(gaps, 0);
		assert_pairs(w, 2);
		assert_true(w->peer[0].n_install >= before + 6);
		assert_null(world_status(w, 0, IKE_ST_CHILD_DOWN));
		assert_int_equal(world_sas(w, 0), 1);
		assert_int_equal(world_sas(w, 1), 1);
	}
}

static void no_random(void *ctx, uint8_t *buf, size_t len)
{
	static uint8_t counter;

	(void)ctx;
	memset(buf, ++counter, len);
	memcpy(buf, &counter, 1);
}

/* A request of its own SPI from an address; was it answered? */
static bool answered(struct ike *ike, const struct item *first, const char *from, uint8_t n)
{
	struct ike_effects *fx = ike_effects_new();
	struct ike_event ev = { .type = IKE_EV_PACKET, .now = 1 };
	uint8_t copy[2048];
	bool sent = false;

	memcpy(copy, first->data, first->len);
	copy[0] = n;
	ev.u.packet.local = first->local;
	ev.u.packet.remote = first->remote;
	ev.u.packet.remote.family = strchr(from, ':') ? AF_INET6 : AF_INET;
	ev.u.packet.local.family = ev.u.packet.remote.family;
	inet_pton(ev.u.packet.remote.family, from, ev.u.packet.remote.bytes);
	ev.u.packet.len = first->len;
	ev.u.packet.data = copy;
	ike_step(ike, &ev, fx);
	for (size_t i = 0; i < ike_effects_count(fx); i++)
		sent |= ike_effects_get(fx, i)->type == IKE_FX_SEND;
	ike_effects_free(fx);
	return sent;
}

/* One source cannot take all the room for handshakes; nor one IPv6 network. */
static void half_open_source(void **state)
{
	struct world *w = *state;
	struct ike_env env = { .random = no_random,
			       .cookie_threshold = 1000,
			       .half_open_source_max = 4 };
	struct ike *ike = ike_new(&env);
	struct ike_effects *fx = ike_effects_new();
	struct ike_event ev = { .type = IKE_EV_CONN_SET, .u.conf = &w->peer[1].conf };
	struct item *first;
	uint8_t n = 0;

	w->peer[1].conf.n_local = w->peer[1].conf.n_remote = 0;
	ike_step(ike, &ev, fx);
	ike_effects_free(fx);
	world_initiate(w, 0, "");
	first = &w->items[0];
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(answered(ike, first, "192.0.2.1", ++n), i < 4);
	assert_true(answered(ike, first, "192.0.2.2", ++n));
	for (unsigned int i = 0; i < 8; i++) {
		char from[64];

		snprintf(from, sizeof(from), "2001:db8:0:1:%x::1", i);
		assert_int_equal(answered(ike, first, from, ++n), i < 4);
	}
	assert_true(answered(ike, first, "2001:db8:0:2::1", ++n));
	ike_free(ike);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(childless_preferred), TEST(childless_forced), TEST(unique_replace),
		TEST(unique_keep),	   TEST(unique_never),	   TEST(half_open_source),
		TEST(reauthentication),
	};

	return cmocka_run_group_tests_name("IKEv2 options", tests, NULL, NULL);
}
