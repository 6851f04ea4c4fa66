// SPDX-License-Identifier: MIT
/*
 * Whole exchanges of two peers in one process: up, rekeyed, down, whatever is lost.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "selftests/unit/ike_assert.h"

static void up(struct world *w)
{
	world_initiate(w, 0, "");
	world_settle(w);
	assert_non_null(world_status(w, 0, IKE_ST_IKE_UP));
	assert_non_null(world_status(w, 1, IKE_ST_IKE_UP));
	assert_pairs(w, 1);
}

static void handshake(void **state)
{
	struct world *w = *state;

	up(w);
	assert_int_equal(w->peer[0].n_send, 2);
	assert_int_equal(w->peer[1].n_send, 2);
}

static void terminate(void **state)
{
	struct world *w = *state;

	up(w);
	world_terminate(w, 0, "");
	world_settle(w);
	assert_int_equal(world_pairs(w, 0), 0);
	assert_int_equal(world_pairs(w, 1), 0);
	assert_non_null(world_status(w, 0, IKE_ST_IKE_DOWN));
	assert_int_equal(world_status(w, 1, IKE_ST_IKE_DOWN)->why, IKE_WHY_PEER);
	assert_agree(w);
}

static void rekey_child(void **state)
{
	struct world *w = *state;
	uint32_t spi;

	up(w);
	spi = world_status(w, 0, IKE_ST_CHILD_UP)->spi_in;
	world_rekey(w, 0, "lan");
	world_settle(w);
	assert_pairs(w, 1);
	assert_true(world_status(w, 0, IKE_ST_CHILD_UP)->spi_in != spi);
	assert_null(world_status(w, 0, IKE_ST_CHILD_DOWN));
	assert_null(world_status(w, 1, IKE_ST_CHILD_DOWN));
	world_rekey(w, 1, "lan");
	world_settle(w);
	assert_int_equal(world_pairs(w, 0), 1);
	assert_agree(w);
	assert_int_equal(w->peer[0].n_install, 3);
}

static void rekey_ike(void **state)
{
	struct world *w = *state;

	up(w);
	for (unsigned int i = 0; i < 2; i++) {
		world_rekey(w, i, "");
		world_settle(w);
		assert_non_null(world_status(w, 0, IKE_ST_IKE_REKEYED));
		assert_non_null(world_status(w, 1, IKE_ST_IKE_REKEYED));
		assert_null(world_status(w, 0, IKE_ST_IKE_DOWN));
		assert_int_equal(world_pairs(w, 0), 1);
		assert_agree(w);
	}
	/* the children live under the new one */
	world_rekey(w, 0, "lan");
	world_settle(w);
	assert_int_equal(w->peer[1].n_install, 2);
	assert_agree(w);
	world_terminate(w, 1, "");
	world_settle(w);
	assert_int_equal(world_pairs(w, 0), 0);
	assert_agree(w);
}

static void conversation(struct world *w)
{
	world_initiate(w, 0, "");
	world_run(w, 5000);
	world_rekey(w, 0, "lan");
	world_run(w, 5000);
	world_rekey(w, 1, "");
	world_run(w, 5000);
	world_rekey(w, 1, "lan");
	world_run(w, 5000);
	assert_pairs(w, 1);
	assert_int_equal(w->peer[0].n_install, 3);
	assert_null(world_status(w, 0, IKE_ST_CHILD_DOWN));
	world_terminate(w, 0, "");
	world_run(w, 600000);
	assert_int_equal(world_pairs(w, 1), 0);
	assert_agree(w);
	assert_true(world_idle(w));
}

static void each_lost(void **state)
{
	(void)state;
	mangle_each(false, world_new, conversation);
}

static void each_twice(void **state)
{
	(void)state;
	mangle_each(true, world_new, conversation);
}

static void nat(void **state)
{
	struct world *w = *state;
	const struct ike_fx_child *fx;

	world_nat(w);
	world_initiate(w, 0, "");
	world_settle(w);
	assert_int_equal(world_pairs(w, 0), 1);
	fx = &w->peer[1].pairs[0].fx;
	assert_true(fx->encap);
	assert_int_equal(fx->remote.bytes[3], 99);
	assert_int_equal(fx->remote.port, 14500);
	assert_int_equal(fx->local.port, 4500);
	assert_true(world_status(w, 0, IKE_ST_IKE_UP)->nat_local);
	assert_true(world_status(w, 1, IKE_ST_IKE_UP)->nat_remote);
	assert_false(world_status(w, 1, IKE_ST_IKE_UP)->nat_local);
	/* keepalives from behind the NAT only */
	w->peer[0].n_send = w->peer[1].n_send = 0;
	world_run(w, 61000);
	assert_int_equal(w->peer[0].n_send, 3);
	assert_int_equal(w->peer[1].n_send, 0);
	/* the NAT reboots: our next request shows the new port */
	w->nat_addr.port = 20000;
	world_rekey(w, 0, "lan");
	world_settle(w);
	for (unsigned int k = 0; k < PAIRS_MAX; k++) {
		if (w->peer[1].pairs[k].installed)
			assert_int_equal(w->peer[1].pairs[k].fx.remote.port, 24500);
	}
	assert_agree(w);
}

static void dead_peer(void **state)
{
	struct world *w = *state;
	const struct ike_fx_status *st;

	w->peer[0].conf.dpd_delay = 10000;
	w->peer[0].conf.dpd_timeout = 30000;
	world_set(w, 0);
	up(w);
	world_run(w, 35000);
	assert_null(world_status(w, 0, IKE_ST_IKE_DOWN));
	assert_int_equal(w->peer[0].n_send, 2 + 3); /* one question each 10 s */
	w->filter = lose_all;
	world_run(w, 34000);
	assert_null(world_status(w, 0, IKE_ST_IKE_DOWN));
	world_run(w, 1500);
	st = world_status(w, 0, IKE_ST_IKE_DOWN);
	assert_non_null(st);
	assert_int_equal(st->why, IKE_WHY_DPD);
	assert_int_equal(world_pairs(w, 0), 0);
	assert_int_equal(world_status(w, 0, IKE_ST_CHILD_DOWN)->why, IKE_WHY_DPD);
}

static void lifetimes(void **state)
{
	struct world *w = *state;
	struct ike_conn_conf *c = &w->peer[0].conf;

	c->lifetime = 4 * 3600000ULL;
	c->margin = 540000;
	c->fuzz_percent = 100;
	w->peer[0].room.children[0].lifetime = 3600000;
	w->peer[0].room.children[0].margin = 540000;
	w->peer[0].room.children[0].fuzz_percent = 100;
	world_set(w, 0);
	up(w);
	world_run(w, 24 * 3600000ULL);
	assert_null(world_status(w, 0, IKE_ST_IKE_DOWN));
	assert_null(world_status(w, 0, IKE_ST_CHILD_DOWN));
	assert_int_equal(world_pairs(w, 0), 1);
	assert_agree(w);
	assert_in_range(w->peer[0].n_install, 25, 35);
	/* without rekeying it ends by itself, and the peer is told */
	c->rekey = false;
	w->peer[0].room.children[0].rekey = false;
	world_set(w, 0);
	world_run(w, 6 * 3600000ULL);
	assert_int_equal(world_pairs(w, 0), 0);
	assert_int_equal(world_pairs(w, 1), 0);
}

static void several_children(void **state)
{
	struct world *w = *state;

	world_child(w, 0, "dmz", "10.10.0.0/16", "10.20.0.0/16");
	world_child(w, 0, "lost", "10.11.0.0/16", "10.21.0.0/16");
	world_child(w, 1, "other-name", "10.20.0.0/16", "10.10.0.0/16");
	world_initiate(w, 0, "");
	world_settle(w);
	assert_int_equal(world_pairs(w, 0), 2);
	assert_agree(w);
	assert_string_equal(world_status(w, 0, IKE_ST_CHILD_FAILED)->child, "lost");
	world_terminate(w, 0, "dmz");
	world_settle(w);
	assert_int_equal(world_pairs(w, 0), 1);
	assert_int_equal(world_pairs(w, 1), 1);
	assert_string_equal(world_status(w, 1, IKE_ST_CHILD_DOWN)->child, "other-name");
	world_initiate(w, 0, "dmz");
	world_settle(w);
	assert_int_equal(world_pairs(w, 1), 2);
	assert_agree(w);
	/* a reload without it takes it down, and only it */
	w->peer[0].conf.n_children = 1;
	world_set(w, 0);
	world_settle(w);
	assert_int_equal(world_pairs(w, 0), 1);
	assert_int_equal(world_pairs(w, 1), 1);
	assert_null(world_status(w, 0, IKE_ST_IKE_DOWN));
}

/* The peer lost its memory and calls again: the old SAs go at once. */
static void initial_contact(void **state)
{
	struct world *w = *state;

	up(w);
	world_forget(w, 0);
	world_initiate(w, 0, "");
	world_settle(w);
	assert_pairs(w, 1);
	assert_int_equal(world_status(w, 1, IKE_ST_IKE_DOWN)->why, IKE_WHY_REPLACED);
	world_run(w, 60000);
	assert_int_equal(world_sas(w, 1), 1);
}

/* Both start at once: one IKE SA remains, the same on both sides. */
static void both_initiate(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed < 40; seed++) {
		struct world *w = world_new(seed);

		world_initiate(w, 0, "");
		world_initiate(w, 1, "");
		for (unsigned int n = 0; n < 400 && w->n_items; n++)
			world_deliver(w, (unsigned int)(world_random(w) >> 33) % w->n_items);
		world_run(w, 400000);
		assert_int_equal(world_sas(w, 0), 1);
		assert_int_equal(world_sas(w, 1), 1);
		assert_in_range(world_pairs(w, 0), 1, 1);
		assert_agree(w);
		world_free(w);
	}
}

static void conn_deleted(void **state)
{
	struct world *w = *state;
	struct ike_event ev = { .type = IKE_EV_CONN_DEL, .u.conn = 1 };

	up(w);
	world_event(w, 0, &ev);
	assert_int_equal(world_pairs(w, 0), 0); /* at once */
	world_settle(w);
	assert_int_equal(world_pairs(w, 1), 0);
	assert_int_equal(world_status(w, 0, IKE_ST_IKE_DOWN)->why, IKE_WHY_CONFIG);
	world_run(w, 60000);
	assert_true(world_idle(w));
}

static void shutdown_tells(void **state)
{
	struct world *w = *state;
	struct ike_event ev = { .type = IKE_EV_SHUTDOWN };

	up(w);
	world_event(w, 0, &ev);
	assert_false(w->peer[0].shutdown_done);
	world_settle(w);
	assert_int_equal(world_pairs(w, 1), 0);
	assert_true(w->peer[0].shutdown_done);
}

static void shutdown_alone(void **state)
{
	struct world *w = *state;
	struct ike_event ev = { .type = IKE_EV_SHUTDOWN };

	up(w);
	w->filter = lose_all;
	world_event(w, 0, &ev);
	world_run(w, 3100); /* no longer, whoever is silent */
	assert_true(w->peer[0].shutdown_done);
}

static void kernel_events(void **state)
{
	struct world *w = *state;
	struct ike_event ev = { .type = IKE_EV_CHILD_EXPIRE };

	up(w);
	ev.u.child.spi_in = w->peer[0].pairs[0].fx.spi_in;
	world_event(w, 0, &ev); /* soft */
	world_settle(w);
	assert_int_equal(w->peer[0].n_install, 2);
	assert_int_equal(world_pairs(w, 0), 1);
	ev.u.child.spi_in = world_status(w, 0, IKE_ST_CHILD_UP)->spi_in;
	ev.u.child.hard = true;
	world_event(w, 0, &ev);
	world_settle(w);
	assert_int_equal(world_pairs(w, 1), 0);
	assert_int_equal(world_status(w, 0, IKE_ST_CHILD_DOWN)->why, IKE_WHY_EXPIRED);
	assert_agree(w);
}

/* Taken down while netadmin is at work for it: nothing stays reserved or installed. */
static void answers_too_late(void **state)
{
	(void)state;
	for (unsigned int after = 0; after < 16; after++) {
		for (unsigned int fails = 0; fails < 4; fails++) {
			struct world *w = world_new(5);

			w->peer[0].slow = w->peer[1].slow = true;
			w->peer[0].install_fails = fails & 1;
			w->peer[1].install_fails = fails & 2;
			world_initiate(w, 0, "");
			for (unsigned int n = 0; n < after; n++)
				world_deliver(w, 0);
			world_terminate(w, 0, "");
			world_terminate(w, 1, "");
			world_run(w, 300000);
			world_terminate(w, 1, ""); /* if only now it is up there */
			world_run(w, 300000);
			assert_int_equal(world_pairs(w, 0) + world_pairs(w, 1), 0);
			assert_agree(w);
			assert_true(world_idle(w));
			world_free(w);
		}
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(handshake),
		TEST(terminate),
		TEST(rekey_child),
		TEST(rekey_ike),
		cmocka_unit_test(each_lost),
		cmocka_unit_test(each_twice),
		TEST(nat),
		TEST(dead_peer),
		TEST(lifetimes),
		TEST(several_children),
		TEST(initial_contact),
		cmocka_unit_test(both_initiate),
		TEST(conn_deleted),
		TEST(shutdown_tells),
		TEST(shutdown_alone),
		TEST(kernel_events),
		cmocka_unit_test(answers_too_late),
	};

	return cmocka_run_group_tests_name("IKEv2 exchanges", tests, NULL, NULL);
}
