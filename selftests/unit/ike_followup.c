// SPDX-License-Identifier: MIT
/*
 * Further key exchanges behind CREATE_CHILD_SA (IKE_FOLLOWUP_KE, RFC 9370): the keys
 * that come of them, what is lost or doubled, and who has none. Collisions are in
 * ike_explore.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/hmac.h>

#include "selftests/unit/ike_assert.h"
#include "tools/keyer/ike/v2.h"

static unsigned int followups;

static bool count(struct world *w, struct item *it)
{
	(void)w;
	followups += it->data[18] == EXCH_IKE_FOLLOWUP_KE;
	return true;
}

static void propose(struct world *w, unsigned int i, unsigned int at, const char *text)
{
	char err[256];

	if (ike_proposal_parse(PROTO_ESP, text, &w->peer[i].room.child[0].proposals[at], err,
			       sizeof(err)))
		fail_msg("%s", err);
	w->peer[i].room.children[0].n_proposals = (uint8_t)(at + 1);
	world_set(w, i);
}

static int setup(void **state)
{
	struct world *w = world_new(1);

	for (unsigned int i = 0; i < PEERS; i++) {
		world_propose(w, i, PROTO_IKE, "aes256gcm16-prfsha384-x25519-ke1_ecp384-ke2_x448");
		propose(w, i, 0, "aes128gcm16-x25519-ke1_ecp256-ke3_x448");
	}
	w->filter = count;
	followups = 0;
	*state = w;
	return 0;
}

static struct sa *last_sa(struct world *w, unsigned int i)
{
	return TAILQ_LAST(&w->peer[i].ike->sas, sa_list);
}

static void assert_up(struct world *w)
{
	assert_pairs(w, 1);
	for (unsigned int i = 0; i < PEERS; i++) {
		assert_null(last_sa(w, i)->followup);
		assert_null(last_sa(w, i)->out.nego);
	}
}

static void up(struct world *w)
{
	world_initiate(w, 0, "");
	world_settle(w);
	assert_up(w);
	assert_int_equal(followups, 0); /* the first child has no exchange of its own */
}

static uint32_t spi_of(struct world *w, unsigned int i)
{
	return world_status(w, i, IKE_ST_CHILD_UP)->spi_in;
}

static void child(void **state)
{
	struct world *w = *state;

	up(w);
	for (unsigned int i = 0; i < PEERS; i++) {
		uint32_t was = spi_of(w, 0);

		followups = 0;
		world_rekey(w, i, "lan");
		world_settle(w);
		assert_up(w);
		assert_int_equal(followups, 4);
		assert_int_not_equal(spi_of(w, 0), was);
		assert_string_equal(world_status(w, !i, IKE_ST_CHILD_UP)->proposal,
				    "aes128gcm16-x25519-ke1_ecp256-ke3_x448-esn");
	}
	/* and one that is new */
	world_terminate(w, 0, "lan");
	world_settle(w);
	followups = 0;
	world_initiate(w, 1, "lan");
	world_settle(w);
	assert_up(w);
	assert_int_equal(followups, 4);
}

static void ike(void **state)
{
	struct world *w = *state;

	up(w);
	for (unsigned int i = 0; i < PEERS; i++) {
		uint8_t was[8];

		memcpy(was, last_sa(w, 0)->spi_i, 8);
		followups = 0;
		world_rekey(w, i, "");
		world_settle(w);
		assert_up(w);
		assert_int_equal(followups, 4);
		assert_memory_not_equal(last_sa(w, 0)->spi_i, was, 8);
		assert_memory_equal(last_sa(w, 0)->keys.d, last_sa(w, 1)->keys.d, 48);
		assert_says(world_status(w, 0, IKE_ST_IKE_REKEYED)->text, "ke1_ecp384-ke2_x448");
	}
	world_rekey(w, 0, "lan");
	world_settle(w);
	assert_up(w);
}

/* Who has none: by "none", by a proposal without, or not at all. */
static void fewer(void **state)
{
	struct world *w = *state;

	propose(w, 1, 0, "aes128gcm16-x25519");
	propose(w, 0, 0, "aes128gcm16-x25519-ke1_ecp256-ke1_none");
	up(w);
	world_rekey(w, 0, "lan");
	world_settle(w);
	assert_up(w);
	assert_int_equal(followups, 0);
	propose(w, 0, 0, "aes128gcm16-x25519-ke1_ecp256");
	propose(w, 0, 1, "aes128gcm16-x25519");
	world_rekey(w, 0, "lan");
	world_settle(w);
	assert_up(w);
	assert_int_equal(followups, 0);
	assert_string_equal(world_status(w, 0, IKE_ST_CHILD_UP)->proposal,
			    "aes128gcm16-x25519-esn");
	propose(w, 1, 0, "aes128gcm16-x25519-ke2_ecp256-ke2_none");
	world_rekey(w, 0, "lan");
	world_settle(w);
	assert_up(w);
	assert_int_equal(followups, 0);
	/* who insists is refused, is told why, and keeps what it has */
	propose(w, 0, 0, "aes128gcm16-x25519-ke1_ecp256");
	world_rekey(w, 0, "lan");
	world_settle(w);
	assert_up(w);
	assert_says(world_status(w, 1, IKE_ST_CHILD_FAILED)->text,
		    "additional key exchange differs: offered ke1_ecp256, configured none");
}

/* RFC 9370 2.2.4, by OpenSSL's HMAC alone. */

static void hmac(const uint8_t *key, size_t key_len, const uint8_t *data, size_t len, uint8_t *out)
{
	unsigned int n;

	assert_non_null(HMAC(EVP_sha256(), key, (int)key_len, data, len, out, &n));
	assert_int_equal(n, 32);
}

static void prf_plus(const uint8_t *key, const uint8_t *seed, size_t seed_len, uint8_t *out,
		     size_t blocks)
{
	uint8_t data[32 + 512 + 1];

	for (size_t i = 0; i < blocks; i++) {
		size_t at = i ? 32 : 0;

		memcpy(data, out + 32 * (i - 1) * !!i, at);
		memcpy(data + at, seed, seed_len);
		data[at + seed_len] = (uint8_t)(i + 1);
		hmac(key, 32, data, at + seed_len + 1, out + 32 * i);
	}
}

static void fill(uint8_t *p, size_t len, uint8_t with)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(with + 7 * i);
}

static void keymat(void **state)
{
	uint8_t seed[32 + 40 + 24 + 66 + 56], want[96], more[66 + 56];
	struct sa *sa = calloc(1, sizeof(*sa));
	struct nego *n = calloc(1, sizeof(*n));
	struct ike_fx_child fx = { .encr = { .type = TR_ENCR, .id = ENCR_AES_CBC, .key_bits = 128 },
				   .integ = { .type = TR_INTEG, .id = INTEG_HMAC_SHA2_256_128 } };

	(void)state;
	sa->keys.prf = PRF_HMAC_SHA2_256;
	sa->keys.prf_len = 32;
	fill(sa->keys.d, 32, 1);
	n->initiator = true;
	n->protocol = PROTO_ESP;
	n->shared_len = 32;
	fill(n->shared, 32, 2);
	n->ni_len = 40;
	fill(n->ni, 40, 3);
	n->nr_len = 24;
	fill(n->nr, 24, 4);
	fill(more, 66, 5);
	fill(more + 66, 56, 6);
	n->more = more;
	n->more_len = sizeof(more);
	memcpy(seed, n->shared, 32);
	memcpy(seed + 32, n->ni, 40);
	memcpy(seed + 72, n->nr, 24);
	memcpy(seed + 96, more, sizeof(more));
	prf_plus(sa->keys.d, seed, sizeof(seed), want, 3);
	assert_int_equal(child_keys_derive(sa, n, &fx), 0);
	assert_memory_equal(fx.encr_out.data, want, 16);
	assert_memory_equal(fx.integ_out.data, want + 16, 32);
	assert_memory_equal(fx.encr_in.data, want + 48, 16);
	assert_memory_equal(fx.integ_in.data, want + 64, 32);
	free(n);
	free(sa);
}

static void skeyseed(void **state)
{
	uint8_t d[32], shared[32], ni[32], nr[16], more[66], spi_i[8], spi_r[8];
	uint8_t data[32 + 32 + 16 + 66], seed[32 + 16 + 16], key[32], want[192];
	struct sa_keys old = { .prf = PRF_HMAC_SHA2_256, .prf_len = 32 }, k;
	struct ike_proposal p;
	char err[256];

	(void)state;
	assert_int_equal(ike_proposal_parse(PROTO_IKE, "aes128-sha256-x25519-ke1_ecp521", &p, err,
					    sizeof(err)),
			 0);
	fill(d, 32, 1);
	memcpy(old.d, d, 32);
	fill(shared, 32, 2);
	fill(ni, 32, 3);
	fill(nr, 16, 4);
	fill(more, 66, 5);
	fill(spi_i, 8, 6);
	fill(spi_r, 8, 7);
	memcpy(data, shared, 32);
	memcpy(data + 32, ni, 32);
	memcpy(data + 64, nr, 16);
	memcpy(data + 80, more, 66);
	hmac(d, 32, data, sizeof(data), key);
	memcpy(seed, ni, 32);
	memcpy(seed + 32, nr, 16);
	memcpy(seed + 48, spi_i, 8);
	memcpy(seed + 56, spi_r, 8);
	prf_plus(key, seed, sizeof(seed), want, 6);
	assert_int_equal(sa_keys_derive(&k, &old, &p, shared, 32, (struct bytes){ ni, 32 },
					(struct bytes){ nr, 16 }, (struct bytes){ more, 66 }, spi_i,
					spi_r),
			 0);
	assert_memory_equal(k.d, want, 32);
	assert_memory_equal(k.i.integ_key, want + 32, 32);
	assert_memory_equal(k.r.integ_key, want + 64, 32);
	assert_memory_equal(k.i.encr_key, want + 96, 16);
	assert_memory_equal(k.r.encr_key, want + 112, 16);
	assert_memory_equal(k.pi, want + 128, 32);
	assert_memory_equal(k.pr, want + 160, 32);
}

/* All of the secrets are in the keys: the last one from both ends' halves. */
static void all_count(void **state)
{
	struct world *w = *state;
	uint8_t keymat[4 * 32], seed[4096], public[CRYPTO_KE_MAX];
	const struct sa *i, *r;
	size_t at = 0, len;

	/* PRF of SHA2-256, for prf_plus() above */
	for (unsigned int k = 0; k < PEERS; k++)
		world_propose(w, k, PROTO_IKE, "aes256gcm16-prfsha256-x25519");
	up(w);
	i = last_sa(w, 0);
	r = last_sa(w, 1);
	world_rekey(w, 0, "lan");
	world_deliver(w, 0); /* netadmin's answer: the SPI */
	while (!i->out.nego || i->out.nego->addke_done < 1)
		assert_true(world_deliver(w, 0));
	w->peer[1].slow = true; /* to look at it before it is gone */
	memcpy(seed, i->out.nego->shared, i->out.nego->shared_len);
	at += i->out.nego->shared_len;
	memcpy(seed + at, i->out.nego->ni, i->out.nego->ni_len);
	at += i->out.nego->ni_len;
	memcpy(seed + at, i->out.nego->nr, i->out.nego->nr_len);
	at += i->out.nego->nr_len;
	memcpy(seed + at, i->out.nego->more, i->out.nego->more_len);
	at += i->out.nego->more_len;
	assert_int_equal(i->out.nego->more_len, 32); /* ecp256 */
	world_deliver(w, 0);
	assert_non_null(r->in.nego);
	len = crypto_ke_public(r->in.nego->ke, public);
	assert_int_equal(crypto_ke_shared(i->out.nego->ke, public, len, seed + at, &len), 0);
	at += len;
	prf_plus(i->keys.d, seed, at, keymat, 4);
	world_settle(w);
	assert_up(w);
	for (unsigned int k = 0; k < PAIRS_MAX; k++) {
		const struct ike_fx_child *fx = &w->peer[0].pairs[k].fx;

		if (!w->peer[0].pairs[k].installed)
			continue;
		assert_memory_equal(fx->encr_out.data, keymat, 20);
		assert_memory_equal(fx->encr_in.data, keymat + 20, 20);
	}
}

static void each_hit(void **state)
{
	unsigned int runs = 0;

	for (unsigned int what = 0; what < 4; what++) {
		for (unsigned int at = 1; at <= 12; at++) {
			struct mangle m = { .nth = at - 1, .twice = what & 1 };
			struct world *w;

			world_teardown(state);
			setup(state);
			w = *state;
			up(w);
			w->filter = mangle_one;
			w->ctx = &m;
			world_rekey(w, at % 2, what & 2 ? "lan" : "");
			world_run(w, 100000);
			assert_up(w);
			assert_int_equal(world_sas(w, 0), 1);
			assert_int_equal(world_sas(w, 1), 1);
			runs++;
		}
	}
	printf("# %u rekeys with a datagram lost or doubled\n", runs);
}

/* Deliver until the responder keeps something. */
static struct nego *until_kept(struct world *w, unsigned int i)
{
	while (!last_sa(w, i)->followup && !world_sa(w, i)->followup)
		assert_true(world_deliver(w, 0));
	return world_sa(w, i)->followup;
}

/* A link that is not known: both begin again. */
static void wrong_link(void **state)
{
	struct world *w = *state;

	up(w);
	for (unsigned int k = 0; k < 2; k++) {
		struct nego *n;

		world_rekey(w, 0, k ? "" : "lan");
		n = until_kept(w, 1);
		n->link.data[0] ^= 1;
		world_run(w, 30000);
		assert_up(w);
		assert_int_equal(world_sas(w, 1), 1);
	}
}

static bool no_requests(struct world *w, struct item *it)
{
	(void)w;
	return it->data[18] != EXCH_IKE_FOLLOWUP_KE || it->data[19] & FLAG_RESPONSE;
}

/* The responder does not wait forever; the initiator then begins again. */
static void forgotten(void **state)
{
	struct world *w = *state;

	for (unsigned int i = 0; i < PEERS; i++) {
		w->peer[i].conf.retransmit_tries = 10;
		world_set(w, i);
	}
	up(w);
	for (unsigned int k = 0; k < 2; k++) {
		w->filter = no_requests;
		world_rekey(w, 0, k ? "" : "lan");
		until_kept(w, 1);
		world_run(w, 70000);
		assert_null(world_sa(w, 1)->followup);
		assert_int_equal(world_sas(w, 1), 1); /* that which was to be is gone */
		w->filter = count;
		followups = 0;
		world_run(w, 200000);
		assert_up(w);
		assert_int_equal(followups, 4 + 2); /* one was answered STATE_NOT_FOUND */
		assert_int_equal(world_sas(w, 1), 1);
	}
}

/* While one is kept others are told to wait, but the same one anew replaces it. */
static void one_at_a_time(void **state)
{
	struct world *w = *state;
	struct sa *sa;
	struct nego *n;

	up(w);
	sa = last_sa(w, 1);
	world_rekey(w, 0, "lan");
	n = until_kept(w, 1);
	assert_true(followup_busy(sa, n->replaces + 1, false));
	assert_true(followup_busy(sa, 0, false));
	assert_true(followup_busy(sa, 0, true));
	assert_ptr_equal(sa->followup, n);
	world_deliver(w, 0);
	/* the initiator takes the next response for nonsense, and begins again in 30 s */
	last_sa(w, 0)->out.nego->addke_done = 2;
	world_run(w, 1000);
	assert_non_null(sa->followup);
	assert_null(last_sa(w, 0)->out.nego);
	followups = 0;
	world_run(w, 40000);
	assert_up(w);
	assert_int_equal(followups, 4);
}

/* Both rekey the same at once: neither goes on, and both try again a little later. */
static void crossing(void **state)
{
	struct world *w = *state;

	up(w);
	for (unsigned int k = 0; k < 2; k++) {
		unsigned int installed = w->peer[0].n_install;
		uint64_t serial = last_sa(w, 0)->serial;

		followups = 0;
		world_rekey(w, 0, k ? "" : "lan");
		world_rekey(w, 1, k ? "" : "lan");
		world_settle(w);
		assert_up(w);
		assert_int_equal(followups, 0);
		assert_int_equal(w->peer[0].n_install, installed);
		world_run(w, 60000);
		assert_up(w);
		assert_int_equal(world_sas(w, 0), 1);
		assert_int_equal(world_sas(w, 1), 1);
		assert_true(followups == 4 || followups == 8); /* one after the other */
		assert_true(k ? last_sa(w, 0)->serial > serial :
				w->peer[0].n_install == installed + followups / 4);
	}
}

/* What comes while the peer's is not complete waits for it, and is then not needed. */
static void held(void **state)
{
	struct world *w = *state;

	up(w);
	world_rekey(w, 0, "lan");
	until_kept(w, 1);
	world_rekey(w, 1, "lan");
	assert_null(last_sa(w, 1)->out.nego);
	world_rekey(w, 1, "");
	assert_null(last_sa(w, 1)->out.nego);
	followups = 0;
	world_run(w, 60000);
	assert_up(w);
	assert_int_equal(followups, 4 + 4); /* and the IKE SA */
	assert_int_equal(w->peer[1].n_install, 2);
}

/* The operator at the other end does not want the child that is being rekeyed. */
static void taken_down(void **state)
{
	struct world *w = *state;

	up(w);
	world_rekey(w, 0, "lan");
	until_kept(w, 1);
	world_terminate(w, 1, "lan");
	assert_null(world_sa(w, 1)->followup);
	world_run(w, 100000);
	assert_agree(w);
	assert_int_equal(world_pairs(w, 0), 0);
	assert_int_equal(world_pairs(w, 1), 0);
	assert_int_equal(world_sas(w, 0), 1);
	assert_int_equal(world_sas(w, 1), 1);
}

/* Fragments: modp4096 and the like do not fit into one datagram. */
static void fragments(void **state)
{
	struct world *w = *state;

	for (unsigned int i = 0; i < PEERS; i++) {
		w->peer[i].conf.fragment_size = 576;
		propose(w, i, 0, "aes128gcm16-x25519-ke1_modp4096-ke2_ecp256");
	}
	up(w);
	world_rekey(w, 0, "lan");
	world_settle(w);
	assert_up(w);
	assert_true(followups > 4);
	world_rekey(w, 1, "");
	world_settle(w);
	assert_up(w);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(child),
		TEST(ike),
		TEST(fewer),
		cmocka_unit_test(keymat),
		cmocka_unit_test(skeyseed),
		TEST(all_count),
		TEST(each_hit),
		TEST(wrong_link),
		TEST(forgotten),
		TEST(one_at_a_time),
		TEST(crossing),
		TEST(held),
		TEST(taken_down),
		TEST(fragments),
	};

	return cmocka_run_group_tests_name("IKE_FOLLOWUP_KE", tests, NULL, NULL);
}
