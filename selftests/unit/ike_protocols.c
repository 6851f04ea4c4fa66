// SPDX-License-Identifier: MIT
/*
 * AH instead of ESP, and IPComp within either: agreed on, rekeyed, refused.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#include "selftests/unit/ike_assert.h"
#include "tools/keyer/ike/v2.h"

static void compress(struct world *w, unsigned int i, bool on)
{
	w->peer[i].room.children[0].compress = on;
	world_set(w, i);
}

static int setup_ah(void **state)
{
	struct world *w = world_new(1);

	world_propose(w, 0, PROTO_AH, "sha384-sha256-ecp256");
	world_propose(w, 1, PROTO_AH, "sha256-ecp256");
	*state = w;
	return 0;
}

static const struct ike_fx_child *only_pair(struct world *w, unsigned int i)
{
	const struct ike_fx_child *fx = NULL;

	assert_int_equal(world_pairs(w, i), 1);
	for (unsigned int k = 0; k < PAIRS_MAX; k++) {
		if (w->peer[i].pairs[k].installed)
			fx = &w->peer[i].pairs[k].fx;
	}
	return fx;
}

static void assert_up(struct world *w)
{
	assert_agree(w);
	only_pair(w, 0);
	only_pair(w, 1);
}

static const struct ike_fx_status *child_failed(struct world *w, unsigned int i)
{
	const struct ike_fx_status *st = world_status(w, i, IKE_ST_CHILD_FAILED);

	if (!st)
		fail_msg("peer %u says nothing of a failed child", i);
	return st;
}

static void ah(void **state)
{
	struct world *w = *state;
	uint32_t was;

	world_initiate(w, 0, "");
	world_settle(w);
	assert_up(w);
	assert_int_equal(only_pair(w, 0)->protocol, PROTO_AH);
	assert_int_equal(only_pair(w, 0)->integ.id, INTEG_HMAC_SHA2_256_128);
	assert_int_equal(only_pair(w, 0)->integ_in.len, 32);
	assert_int_equal(only_pair(w, 0)->encr.id, 0);
	assert_true(only_pair(w, 0)->esn);
	assert_says(world_status(w, 1, IKE_ST_CHILD_UP)->text, "AH sha256");
	for (unsigned int i = 0; i < PEERS; i++) {
		was = only_pair(w, 0)->spi_in;
		world_rekey(w, i, "lan");
		world_settle(w);
		assert_up(w);
		assert_int_not_equal(only_pair(w, 0)->spi_in, was);
	}
	world_rekey(w, 0, "");
	world_settle(w);
	world_terminate(w, 1, "lan");
	world_settle(w);
	assert_int_equal(world_pairs(w, 0), 0);
	assert_int_equal(world_pairs(w, 1), 0);
	assert_int_equal(world_sas(w, 0), 1);
	/* in an exchange of its own */
	world_initiate(w, 1, "lan");
	world_settle(w);
	assert_up(w);
	assert_int_equal(only_pair(w, 1)->protocol, PROTO_AH);
}

/* RFC 7296 2.17: the integrity keys alone, the initiator's first. */
static void ah_keymat(void **state)
{
	struct world *w = *state;
	const struct sa *sa;
	struct crypto_part seed[2];
	uint8_t keymat[64];

	world_propose(w, 0, PROTO_AH, "sha256");
	world_propose(w, 1, PROTO_AH, "sha256");
	world_initiate(w, 0, "");
	for (unsigned int i = 0; i < 2; i++) /* IKE_SA_INIT */
		world_deliver(w, 0);
	sa = world_sa(w, 0);
	seed[0] = (struct crypto_part){ sa->hs->ni, sa->hs->ni_len };
	seed[1] = (struct crypto_part){ sa->hs->nr, sa->hs->nr_len };
	crypto_prf_plus(sa->keys.prf, sa->keys.d, sa->keys.prf_len, seed, 2, keymat,
			sizeof(keymat));
	world_settle(w);
	assert_up(w);
	assert_memory_equal(only_pair(w, 0)->integ_out.data, keymat, 32);
	assert_memory_equal(only_pair(w, 0)->integ_in.data, keymat + 32, 32);
}

static void other_protocol(void **state)
{
	struct world *w = *state;

	world_propose(w, 1, PROTO_ESP, "aes128-sha256");
	world_initiate(w, 0, "");
	world_run(w, 1000);
	assert_int_equal(world_pairs(w, 0), 0);
	assert_int_equal(world_sas(w, 0), 1);
	assert_says(child_failed(w, 0)->text,
		    "refuses all our AH proposals; offered: sha384-sha256");
	assert_says(child_failed(w, 0)->hint, "ah_proposals");
	assert_says(child_failed(w, 1)->text, "it is for AH, and ESP is configured here");
	assert_says(child_failed(w, 1)->hint, "ah = sha384 here would match");
	world_propose(w, 1, PROTO_AH, "sha512");
	world_initiate(w, 0, "lan");
	world_run(w, 1000);
	assert_int_equal(world_pairs(w, 0), 0);
	assert_says(child_failed(w, 1)->text,
		    "integrity differs: offered sha384-sha256, configured sha512");
	world_propose(w, 0, PROTO_ESP, "aes128-sha512");
	world_initiate(w, 0, "lan");
	world_run(w, 1000);
	assert_says(child_failed(w, 1)->text, "it is for ESP, and AH is configured here");
	assert_says(child_failed(w, 1)->hint, "esp = aes128-sha512 here would match, or set the "
					      "peer to AH sha512");
	assert_agree(w);
}

static void ah_behind_nat(void **state)
{
	struct world *w = *state;

	world_nat(w);
	world_initiate(w, 0, "");
	world_run(w, 1000);
	assert_int_equal(world_pairs(w, 0), 0);
	assert_says(world_status(w, 0, IKE_ST_FAILED)->text,
		    "AH cannot pass a NAT, and there is one before us");
	assert_says(world_status(w, 0, IKE_ST_FAILED)->hint, "esp instead of ah");
	/* one who does not see it is told by the other end */
	world_propose(w, 0, PROTO_ESP, "aes128-sha256");
	world_propose(w, 1, PROTO_ESP, "aes128-sha256");
	world_initiate(w, 0, "");
	world_settle(w);
	world_terminate(w, 0, "lan");
	world_settle(w);
	world_propose(w, 0, PROTO_AH, "sha256");
	world_propose(w, 1, PROTO_AH, "sha256");
	world_sa(w, 0)->nat_local = false;
	world_initiate(w, 0, "lan");
	world_run(w, 1000);
	assert_int_equal(world_pairs(w, 0), 0);
	assert_int_equal(world_sas(w, 0), 1);
	assert_says(child_failed(w, 1)->text,
		    "AH cannot pass a NAT, and there is one before the peer");
	assert_says(child_failed(w, 0)->hint, "if there is a NAT between");
	assert_agree(w);
}

/* A NAT comes between (MOBIKE): the AH pair goes, and it is said why. */
static void ah_moves_behind_nat(void **state)
{
	struct world *w = *state;
	struct ike_addr to = w->peer[0].addr;

	for (unsigned int i = 0; i < PEERS; i++) {
		w->peer[i].conf.mobike = true;
		world_set(w, i);
	}
	world_initiate(w, 0, "");
	world_settle(w);
	assert_up(w);
	world_nat(w);
	to.bytes[3] = 77;
	world_roam(w, 0, &to);
	world_run(w, 5000);
	assert_int_equal(world_pairs(w, 0), 0);
	assert_int_equal(world_pairs(w, 1), 0);
	assert_int_equal(world_sas(w, 0), 1);
	assert_says(child_failed(w, 0)->text, "a NAT came between, which AH cannot pass");
}

static void comp(void **state)
{
	struct world *w = *state;
	uint16_t was;

	compress(w, 0, true);
	compress(w, 1, true);
	world_initiate(w, 0, "");
	world_settle(w);
	assert_up(w);
	for (unsigned int i = 0; i < PEERS; i++) {
		was = only_pair(w, 0)->cpi_in;
		assert_true(was >= 256 && was < 61440);
		assert_true(only_pair(w, 1)->cpi_in >= 256);
		world_rekey(w, i, "lan");
		world_settle(w);
		assert_up(w);
		assert_int_not_equal(only_pair(w, 0)->cpi_in, was);
	}
	assert_says(world_status(w, 0, IKE_ST_CHILD_UP)->text, "with deflate");
}

static void comp_one_side(void **state)
{
	struct world *w = *state;

	for (unsigned int i = 0; i < PEERS; i++) {
		compress(w, i, true);
		compress(w, !i, false);
		world_initiate(w, 0, "");
		world_settle(w);
		assert_up(w);
		assert_int_equal(only_pair(w, 0)->cpi_in, 0);
		assert_int_equal(only_pair(w, 0)->cpi_out, 0);
		assert_null(strstr(world_status(w, 0, IKE_ST_CHILD_UP)->text, "deflate"));
		/* by a rekey it comes, and goes */
		compress(w, !i, true);
		world_rekey(w, i, "lan");
		world_settle(w);
		assert_up(w);
		assert_int_not_equal(only_pair(w, 0)->cpi_in, 0);
		compress(w, i, false);
		world_rekey(w, !i, "lan");
		world_settle(w);
		assert_up(w);
		assert_int_equal(only_pair(w, 0)->cpi_in, 0);
		world_terminate(w, 0, "");
		world_settle(w);
	}
}

static struct msg_notify comp_notify(const uint8_t *data, size_t len)
{
	return (struct msg_notify){ .type = N_IPCOMP_SUPPORTED, .data = { data, len } };
}

/* Of several algorithms DEFLATE; and nothing of what makes no sense. */
static void comp_notifies(void **state)
{
	static const uint8_t lzs[] = { 0x12, 0x34, 3 }, deflate[] = { 0x12, 0x35, 2 },
			     reserved[] = { 0, 64, 2 }, well_known[] = { 0, 2, 2 },
			     attributes[] = { 0x40, 0, 2, 1, 2, 3, 4 };
	struct msg m = { .n_notify = 2 };

	(void)state;
	m.notify[0] = comp_notify(lzs, 3);
	m.notify[1] = comp_notify(deflate, 2);
	assert_int_equal(ipcomp_read(&m), 0);
	m.notify[1] = comp_notify(reserved, 3);
	assert_int_equal(ipcomp_read(&m), 0);
	m.notify[1] = comp_notify(deflate, 3);
	assert_int_equal(ipcomp_read(&m), 0x1235);
	m.notify[1] = comp_notify(well_known, 3);
	assert_int_equal(ipcomp_read(&m), 2);
	m.notify[1] = comp_notify(attributes, sizeof(attributes));
	assert_int_equal(ipcomp_read(&m), 0x4000);
}

/* CPIs come in turn, within the negotiable range. */
static void comp_cpis(void **state)
{
	struct world *w = *state;
	struct ike *ike = w->peer[0].ike;
	uint16_t first = ipcomp_cpi_new(ike), last = first, cpi;
	unsigned int n = 1;

	for (; (cpi = ipcomp_cpi_new(ike)) != first; n++) {
		assert_true(cpi == last + 1 || (last == 61439 && cpi == 256));
		last = cpi;
	}
	assert_int_equal(n, 61440 - 256);
}

/* The number is that of 128 bits, and the kernel is told 96. */
static void cut(void **state)
{
	struct world *w = *state;

	world_propose(w, 0, PROTO_ESP, "aes128-sha512-sha256");
	world_propose(w, 1, PROTO_ESP, "aes128-sha256");
	for (unsigned int i = 0; i < PEERS; i++) {
		w->peer[i].room.children[0].sha256_96 = true;
		world_set(w, i);
	}
	world_initiate(w, 0, "");
	world_settle(w);
	assert_up(w);
	assert_int_equal(only_pair(w, 0)->integ.id, INTEG_HMAC_SHA2_256_96);
	assert_int_equal(only_pair(w, 0)->integ_in.len, 32);
	world_propose(w, 1, PROTO_ESP, "aes128-sha512");
	world_rekey(w, 1, "lan");
	world_settle(w);
	assert_up(w);
	assert_int_equal(only_pair(w, 0)->integ.id, INTEG_HMAC_SHA2_512_256);
}

static void words(void **state)
{
	struct ike_proposal p;
	char err[256], text[256];

	(void)state;
	assert_int_equal(ike_proposal_parse(PROTO_AH, "sha512-x25519-noesn", &p, err, sizeof(err)),
			 0);
	assert_int_equal(p.protocol, PROTO_AH);
	assert_string_equal(ike_proposal_print(&p, text, sizeof(text)), "sha512-x25519-noesn");
	assert_int_equal(ike_proposal_parse(PROTO_AH, "aes128-sha256", &p, err, sizeof(err)), -1);
	assert_says(err, "AH, which does not encrypt");
	assert_int_equal(ike_proposal_parse(PROTO_AH, "x25519", &p, err, sizeof(err)), -1);
	assert_says(err, "no integrity algorithm");
	assert_int_equal(ike_proposal_parse(PROTO_AH, "sha2_256_96", &p, err, sizeof(err)), 0);
	assert_string_equal(ike_proposal_legacy(&p), "sha256_96");
	assert_int_equal(p.t[0].id, 1026);
	assert_int_equal(
		ike_proposal_parse(PROTO_IKE, "aes128-sha256_96-x25519", &p, err, sizeof(err)), -1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
#define TEST_AH(f) cmocka_unit_test_setup_teardown(f, setup_ah, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST_AH(ah),
		TEST_AH(ah_keymat),
		TEST_AH(other_protocol),
		TEST_AH(ah_behind_nat),
		TEST_AH(ah_moves_behind_nat),
		TEST(comp),
		TEST(comp_one_side),
		TEST(comp_notifies),
		TEST(comp_cpis),
		TEST(cut),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests_name("AH and IPComp", tests, NULL, NULL);
}
