// SPDX-License-Identifier: MIT
/*
 * Whole exchanges of two peers in one process.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "selftests/unit/ike_peers.h"

static int setup(void **state)
{
	*state = world_new(1);
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	return 0;
}

static void assert_agree(struct world *w)
{
	const char *why = world_agree(w);

	if (why)
		fail_msg("%s", why);
}

static void up(struct world *w)
{
	world_initiate(w, 0, "");
	world_settle(w);
	assert_non_null(world_status(w, 0, IKE_ST_IKE_UP));
	assert_non_null(world_status(w, 1, IKE_ST_IKE_UP));
	assert_int_equal(world_pairs(w, 0), 1);
	assert_int_equal(world_pairs(w, 1), 1);
	assert_agree(w);
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
	assert_int_equal(world_pairs(w, 0), 1);
	assert_int_equal(world_pairs(w, 1), 1);
	assert_agree(w);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(handshake, setup, teardown),
		cmocka_unit_test_setup_teardown(terminate, setup, teardown),
		cmocka_unit_test_setup_teardown(rekey_child, setup, teardown),
		cmocka_unit_test_setup_teardown(rekey_ike, setup, teardown),
	};

	return cmocka_run_group_tests_name("IKEv2 exchanges", tests, NULL, NULL);
}
