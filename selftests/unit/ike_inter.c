// SPDX-License-Identifier: MIT
/*
 * Further key exchanges between IKE_SA_INIT and IKE_AUTH (RFC 9242, RFC 9370):
 * lost, doubled, in fragments, tampered with, or missing.
 */
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

static int setup(void **state)
{
	struct world *w = world_new(1);

	world_propose(w, 0, PROTO_IKE,
		      "aes256gcm16-prfsha384-x25519-ke1_ecp384-ke2_x448-ke2_none-ke3_ecp256");
	world_propose(w, 1, PROTO_IKE,
		      "aes256gcm16-prfsha384-x25519-ke1_ecp384-ke2_x448-ke3_ecp256");
	*state = w;
	return 0;
}

static unsigned int rounds;

static bool count(struct world *w, struct item *it)
{
	(void)w;
	rounds += it->data[18] == EXCH_IKE_INTERMEDIATE;
	return true;
}

static void three(void **state)
{
	struct world *w = *state;

	rounds = 0;
	w->filter = count;
	world_initiate(w, 0, "");
	world_settle(w);
	assert_pairs(w, 1);
	assert_int_equal(rounds, 6);
	/* AUTH has covered them, which `tampered` shows, and nothing of them stays. */
	assert_null(world_sa(w, 0)->hs);
	assert_null(world_sa(w, 1)->hs);
	assert_null(world_sa(w, 1)->keys_before);
	assert_non_null(strstr(world_status(w, 0, IKE_ST_IKE_UP)->proposal,
			       "x25519-ke1_ecp384-ke2_x448-ke3_ecp256"));
	world_rekey(w, 1, "");
	world_settle(w);
	world_rekey(w, 0, "lan");
	world_settle(w);
	assert_pairs(w, 1);
}

/* "none" where the other end does without; no method twice. */
static void fewer(void **state)
{
	struct world *w = *state;

	world_propose(w, 1, PROTO_IKE,
		      "aes256gcm16-prfsha384-x25519-ke1_ecp384-ke3_ecp256-ke4_none");
	rounds = 0;
	w->filter = count;
	world_initiate(w, 0, "");
	world_settle(w);
	assert_pairs(w, 1);
	assert_int_equal(rounds, 4);
	world_terminate(w, 0, "");
	world_settle(w);
	world_propose(w, 0, PROTO_IKE,
		      "aes128-sha256-x25519-ke1_x25519-ke1_ecp256-ke2_ecp256-ke2_none");
	world_propose(w, 1, PROTO_IKE,
		      "aes128-sha256-x25519-ke1_x25519-ke1_ecp256-ke2_ecp256-ke2_none");
	rounds = 0;
	world_initiate(w, 0, "");
	world_settle(w);
	assert_pairs(w, 1);
	assert_int_equal(rounds, 2);
	world_terminate(w, 0, "");
	world_settle(w);
	/* who insists is not served by who has not */
	world_propose(w, 1, PROTO_IKE, "aes128-sha256-x25519");
	world_propose(w, 0, PROTO_IKE, "aes128-sha256-x25519-ke1_ecp256");
	world_initiate(w, 0, "");
	world_run(w, 10000);
	assert_int_equal(world_pairs(w, 0), 0);
	assert_non_null(strstr(world_status(w, 1, IKE_ST_FAILED)->text, "additional key exchange"));
}

static void each_hit(void **state)
{
	unsigned int runs = 0;

	for (unsigned int size = 0; size < 2; size++) {
		for (unsigned int at = 1; at <= 24; at++) {
			for (unsigned int twice = 0; twice < 2; twice++) {
				struct mangle m = { .nth = at - 1, .twice = twice };
				struct world *w;

				world_teardown(state);
				setup(state);
				w = *state;
				for (unsigned int i = 0; i < PEERS && size; i++) {
					/* modp4096 makes fragments of its exchange */
					w->peer[i].conf.fragment_size = 576;
					world_propose(
						w, i, PROTO_IKE,
						"aes256-sha256-x25519-ke1_modp4096-ke2_ecp256");
				}
				w->filter = mangle_one;
				w->ctx = &m;
				world_initiate(w, 0, "");
				world_run(w, 100000);
				assert_pairs(w, 1);
				assert_int_equal(world_sa(w, 1)->ike->frag_bytes, 0);
				runs++;
			}
		}
	}
	printf("# %u handshakes with a datagram lost or doubled\n", runs);
}

/* A man in the middle who could break the first exchange: AUTH covers the others. */
static void tampered(void **state)
{
	struct world *w = *state;
	struct sa *sa;

	world_initiate(w, 0, "");
	for (unsigned int i = 0; i < 4; i++)
		world_deliver(w, 0);
	sa = world_sa(w, 1);
	sa->hs->int_auth_i[0] ^= 1;
	world_run(w, 10000);
	assert_int_equal(world_pairs(w, 0), 0);
	assert_int_equal(world_pairs(w, 1), 0);
	assert_int_equal(world_status(w, 0, IKE_ST_FAILED)->why, IKE_WHY_AUTH);
}

/* An initiator that leaves one out gets no further. */
static void left_out(void **state)
{
	struct world *w = *state;
	struct ike_proposal chosen;
	struct sa *sa;

	world_initiate(w, 0, "");
	for (unsigned int i = 0; i < 2; i++)
		world_deliver(w, 0);
	sa = world_sa(w, 0);
	chosen = *sa->chosen;
	for (unsigned int type = TR_ADDKE1; type <= TR_ADDKE7; type++)
		proposal_strip(&chosen, (uint8_t)type);
	sa_set_chosen(sa, &chosen);
	world_run(w, 100000);
	assert_int_equal(world_pairs(w, 0), 0);
	assert_int_equal(world_pairs(w, 1), 0);
	assert_int_equal(world_sas(w, 1), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(three), TEST(fewer), TEST(each_hit), TEST(tampered), TEST(left_out),
	};

	return cmocka_run_group_tests_name("IKE_INTERMEDIATE", tests, NULL, NULL);
}
