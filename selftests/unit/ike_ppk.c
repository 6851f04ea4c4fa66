// SPDX-License-Identifier: MIT
/*
 * Post-quantum pre-shared keys (RFC 8784): who has one, who insists, who has
 * another.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "selftests/unit/ike_assert.h"
#include "tools/keyer/ike/v2.h"

static void give(struct world *w, unsigned int i, const char *id, const char *ppk, bool required)
{
	struct peer *p = &w->peer[i];

	p->conf.ppk_id_len = (uint8_t)strlen(id);
	memcpy(p->conf.ppk_id, id, strlen(id));
	p->conf.ppk_required = required;
	snprintf(p->ppk, sizeof(p->ppk), "%s", ppk);
	world_set(w, i);
}

/* Up, with the PPK in SK_d or without it; children and rekeys agree. */
static void assert_up(struct world *w, bool mixed)
{
	assert_agree(w);
	for (unsigned int i = 0; i < PEERS; i++) {
		assert_int_equal(world_pairs(w, i), 1);
		assert_int_equal(world_sa(w, i)->ppk_state == PPK_SURE, mixed);
		assert_null(world_sa(w, i)->ppk);
		assert_null(world_sa(w, i)->ppk_request.data);
	}
	assert_memory_equal(world_sa(w, 0)->keys.d, world_sa(w, 1)->keys.d, 32);
	world_rekey(w, 1, "lan");
	world_settle(w);
	world_rekey(w, 0, "");
	world_settle(w);
	assert_agree(w);
}

static void down(struct world *w)
{
	world_terminate(w, 0, "");
	world_settle(w);
	world_run(w, 60000);
}

static void both(void **state)
{
	struct world *w = *state;

	for (unsigned int required = 0; required < 4; required++) {
		give(w, 0, "quantum", "sleep well", required & 1);
		give(w, 1, "quantum", "sleep well", required & 2);
		world_initiate(w, 0, "");
		world_settle(w);
		assert_up(w, true);
		down(w);
	}
}

/* What SK_d is without the PPK is known to who breaks the key exchange: it must differ. */
static void it_matters(void **state)
{
	struct world *w = *state;
	uint8_t without[32];

	world_initiate(w, 0, "");
	world_settle(w);
	memcpy(without, world_sa(w, 0)->keys.d, 32);
	assert_up(w, false);
	world_teardown(state);
	world_setup(state); /* the same seed, but key pairs are OpenSSL's */
	w = *state;
	give(w, 0, "quantum", "sleep well", false);
	give(w, 1, "quantum", "sleep well", false);
	world_initiate(w, 0, "");
	world_settle(w);
	assert_memory_not_equal(without, world_sa(w, 0)->keys.d, 32);
	assert_up(w, true);
}

static void one_has_none(void **state)
{
	struct world *w = *state;

	for (unsigned int who = 0; who < 2; who++) {
		give(w, who, "quantum", "sleep well", false);
		give(w, !who, "", "", false);
		world_initiate(w, 0, "");
		world_settle(w);
		assert_up(w, false);
		down(w);
		/* but if one insists there is no tunnel */
		give(w, who, "quantum", "sleep well", true);
		world_initiate(w, 0, "");
		world_run(w, 5000);
		assert_int_equal(world_pairs(w, 0), 0);
		assert_int_equal(world_pairs(w, 1), 0);
		assert_int_equal(world_status(w, who, IKE_ST_FAILED)->why, IKE_WHY_AUTH);
		assert_non_null(strstr(world_status(w, who, IKE_ST_FAILED)->text, "quantum"));
		world_run(w, 60000);
	}
}

/* Of other names: both do without, if both may. */
static void other_name(void **state)
{
	struct world *w = *state;

	give(w, 0, "quantum", "sleep well", false);
	give(w, 1, "photon", "sleep well", false);
	world_initiate(w, 0, "");
	world_settle(w);
	assert_up(w, false);
	down(w);
	for (unsigned int who = 0; who < 2; who++) {
		w->peer[who].conf.ppk_required = true;
		world_set(w, who);
		world_initiate(w, 0, "");
		world_run(w, 5000);
		assert_int_equal(world_pairs(w, 0), 0);
		assert_int_equal(world_pairs(w, 1), 0);
		w->peer[who].conf.ppk_required = false;
		world_set(w, who);
		world_run(w, 60000);
	}
}

/* The same name for different keys is no reason to do without: somebody is wrong. */
static void other_key(void **state)
{
	struct world *w = *state;

	give(w, 0, "quantum", "sleep well", false);
	give(w, 1, "quantum", "sleep badly", false);
	world_initiate(w, 0, "");
	world_run(w, 5000);
	assert_int_equal(world_pairs(w, 0), 0);
	assert_int_equal(world_pairs(w, 1), 0);
	assert_int_equal(world_status(w, 0, IKE_ST_FAILED)->why, IKE_WHY_AUTH);
}

/* With everything else: slow processes, further key exchanges, fragments, no child. */
static void together(void **state)
{
	struct world *w = *state;
	char err[128];

	for (unsigned int i = 0; i < PEERS; i++) {
		struct ike_conn_conf *c = &w->peer[i].conf;

		ike_proposal_parse(1, "aes128-sha256-x25519-ke1_modp3072-ke2_ecp256",
				   &w->peer[i].room.proposals[0], err, sizeof(err));
		c->fragment_size = 576;
		c->mobike = true;
		c->childless = IKE_CHILDLESS_PREFER;
		w->peer[i].slow = true;
		give(w, i, "quantum", "sleep well", true);
	}
	world_initiate(w, 0, "");
	world_settle(w);
	w->peer[0].slow = w->peer[1].slow = false;
	assert_up(w, true);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(both),	  TEST(it_matters), TEST(one_has_none),
		TEST(other_name), TEST(other_key),  TEST(together),
	};

	return cmocka_run_group_tests_name("post-quantum pre-shared keys", tests, NULL, NULL);
}
