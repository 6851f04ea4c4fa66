// SPDX-License-Identifier: MIT
/*
 * Fragmented messages (RFC 7383) between two peers: in every order, lost,
 * doubled, damaged and never completed.
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

enum {
	SIZE = 576,
	NEXT_AT = 16
};

/* So many selectors that IKE_AUTH and rekeys take several datagrams. */
static void widen(struct world *w, unsigned int i)
{
	struct ike_conn_conf *c = &w->peer[i].conf;
	struct room *room = &w->peer[i].room;
	char text[32], err[128];

	c->fragment_size = SIZE;
	room->children[0].n_local = room->children[0].n_remote = 30;
	for (unsigned int k = 0; k < 30; k++) {
		snprintf(text, sizeof(text), "10.%u.%u.0/25", i + 1, k);
		ike_ts_parse(text, &room->child[0].local[k], err, sizeof(err));
		snprintf(text, sizeof(text), "10.%u.%u.0/25", 2 - i, k);
		ike_ts_parse(text, &room->child[0].remote[k], err, sizeof(err));
	}
	world_set(w, i);
}

static int setup(void **state)
{
	struct world *w = world_new(1);

	widen(w, 0);
	widen(w, 1);
	*state = w;
	return 0;
}

static void assert_nothing_kept(struct world *w)
{
	for (unsigned int i = 0; i < PEERS; i++) {
		struct sa *sa;

		assert_int_equal(w->peer[i].ike->frag_bytes, 0);
		TAILQ_FOREACH(sa, &w->peer[i].ike->sas, link)
		{
			assert_null(sa->frags_request);
			assert_null(sa->frags_response);
		}
	}
}

static void assert_up(struct world *w)
{
	assert_pairs(w, 1);
	assert_nothing_kept(w);
}

/* What of a test's plan applies to the datagrams of one kind. */
struct plan {
	unsigned int seen, fragments, longest;
	unsigned int hit; /* the how manieth fragment, from 1; 0 none */
	unsigned int bit; /* to flip in it; 0: it is lost */
	bool always;
};

static bool look(struct world *w, struct item *it)
{
	struct plan *p = w->ctx;

	p->seen++;
	if (it->data[NEXT_AT] != PL_SKF)
		return true;
	if (it->len + 28 > p->longest)
		p->longest = (unsigned int)it->len + 28;
	if (++p->fragments != p->hit && !p->always)
		return true;
	if (!p->bit)
		return false;
	it->data[p->bit / 8 % it->len] ^= (uint8_t)(1 << p->bit % 8);
	return true;
}

static void whole(void **state)
{
	struct world *w = *state;
	struct plan p = { 0 };

	w->filter = look;
	w->ctx = &p;
	world_initiate(w, 0, "");
	world_settle(w);
	assert_up(w);
	assert_true(p.fragments >= 4); /* both IKE_AUTHs */
	assert_true(p.longest <= SIZE && p.longest > SIZE - 20);
	p.fragments = 0;
	world_rekey(w, 1, "lan");
	world_settle(w);
	assert_up(w);
	assert_true(p.fragments >= 4);
	p.fragments = 0;
	world_rekey(w, 0, "");
	world_settle(w);
	world_rekey(w, 1, "lan"); /* the new IKE SA fragments, too */
	world_settle(w);
	assert_up(w);
	assert_true(p.fragments >= 4);
}

/* CBC has padding of its own in each fragment. */
static void whole_cbc(void **state)
{
	struct world *w = *state;
	char err[128];

	for (unsigned int i = 0; i < PEERS; i++) {
		ike_proposal_parse(1, "aes256-sha512-x25519", &w->peer[i].room.proposals[0], err,
				   sizeof(err));
		world_set(w, i);
	}
	whole(state);
}

static void one_side_cannot(void **state)
{
	struct world *w = *state;
	struct plan p = { 0 };

	for (unsigned int i = 0; i < PEERS; i++) {
		w->peer[i].conf.fragment_size = 0;
		w->peer[!i].conf.fragment_size = SIZE;
		world_set(w, 0);
		world_set(w, 1);
		w->filter = look;
		w->ctx = &p;
		world_initiate(w, 0, "");
		world_settle(w);
		assert_up(w);
		assert_int_equal(p.fragments, 0);
		world_terminate(w, 0, "");
		world_settle(w);
	}
}

/* Each one of the handshake's fragments in turn: lost, damaged anywhere. */
static void each_hit(void **state)
{
	static const unsigned int bits[] = { 0,	     8 * 20 + 1, 8 * 28, 8 * 32 + 3,
					     8 * 33, 8 * 35,	 8 * 60, 8 * 300 };
	struct plan count = { 0 };
	unsigned int runs = 0;
	struct world *first = *state;

	first->filter = look;
	first->ctx = &count;
	world_initiate(first, 0, "");
	world_settle(first);
	assert_true(count.fragments >= 4);
	world_teardown(state);
	for (unsigned int hit = 1; hit <= count.fragments; hit++) {
		for (size_t b = 0; b < sizeof(bits) / sizeof(*bits); b++) {
			struct plan p = { .hit = hit, .bit = bits[b] };
			struct world *w;

			setup(state);
			w = *state;
			w->filter = look;
			w->ctx = &p;
			world_initiate(w, 0, "");
			world_run(w, 60000);
			assert_up(w);
			assert_true(p.fragments >= hit);
			runs++;
			world_teardown(state);
		}
	}
	printf("# %u handshakes with a fragment lost or damaged\n", runs);
	setup(state);
}

/* The network turns the order around, or shuffles it, and doubles each. */
static void any_order(void **state)
{
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct world *w;

		world_teardown(state);
		setup(state);
		w = *state;
		world_initiate(w, 0, "");
		for (unsigned int n = 0; w->n_items && n < 2000; n++) {
			uint64_t dice = seed * 0x9e3779b97f4a7c15ULL + n * 0xbf58476d1ce4e5b9ULL;
			unsigned int at = seed == 1 ? w->n_items - 1 :
						      (unsigned int)((dice >> 33) % w->n_items);

			if (w->items[at].kind == ITEM_PACKET && n % 3 == 0 && w->n_items < 100)
				world_copy(w, at);
			world_deliver(w, at);
		}
		world_run(w, 60000);
		assert_up(w);
	}
}

/* What is never completed is given back with its IKE SA. */
static void never_complete(void **state)
{
	struct world *w = *state;
	struct plan p = { .hit = 2 };

	w->peer[0].conf.retransmit_tries = 0;
	world_set(w, 0);
	w->filter = look;
	w->ctx = &p;
	world_initiate(w, 0, "");
	world_settle(w);
	assert_true(w->peer[1].ike->frag_bytes > 0);
	world_run(w, 60000);
	assert_nothing_kept(w);
	assert_int_equal(world_sas(w, 1), 0);
}

/* Fragments as a peer that breaks the rules would send them, rightly encrypted. */
static void send_odd(struct world *w, uint16_t number, uint16_t total, size_t len)
{
	struct sa *sa = world_sa(w, 0);
	struct ike_header h = { .major = 2, .exchange = EXCH_INFORMATIONAL, .flags = 8 };
	static uint8_t buf[IKE_PACKET_MAX], text[IKE_PACKET_MAX];
	struct writer p = { .buf = buf, .cap = sizeof(buf) };
	struct ike_event ev = { .type = IKE_EV_PACKET };
	size_t iv_at;

	memcpy(h.spi_i, sa->spi_i, IKE_SPI_LEN);
	memcpy(h.spi_r, sa->spi_r, IKE_SPI_LEN);
	h.mid = world_sa(w, 1)->win.rx_mid;
	h.next = PL_SKF;
	header_write(&p, &h);
	write_u32(&p, 0);
	write_u16(&p, number);
	write_u16(&p, total);
	iv_at = p.len;
	sk_begin(sa, &p);
	write_bytes(&p, text, len);
	assert_true(sk_finish(sa, &p, 0, IKE_HEADER_LEN, iv_at));
	ev.u.packet.local = w->peer[1].addr;
	ev.u.packet.remote = w->peer[0].addr;
	ev.u.packet.data = buf;
	ev.u.packet.len = p.len;
	world_event(w, 1, &ev);
}

static void limits(void **state)
{
	struct world *w = *state;
	struct ike *ike = w->peer[1].ike;

	world_initiate(w, 0, "");
	world_settle(w);
	assert_up(w);
	send_odd(w, 0, 3, 100);
	send_odd(w, 4, 3, 100);
	send_odd(w, 1, 0, 100);
	send_odd(w, 1, FRAGS_MAX + 1, 100);
	send_odd(w, 1, 3, 0);
	assert_int_equal(ike->frag_bytes, 0);
	send_odd(w, 1, 3, 100);
	send_odd(w, 1, 3, 100);
	assert_int_equal(ike->frag_bytes, 100);
	send_odd(w, 1, 2, 100); /* a smaller total is late */
	assert_int_equal(ike->frag_bytes, 100);
	send_odd(w, 2, 4, 50); /* a larger one is new */
	assert_int_equal(ike->frag_bytes, 50);
	for (unsigned int i = 1; i < FRAGS_MAX; i++)
		send_odd(w, (uint16_t)i, FRAGS_MAX, 1400);
	assert_true(ike->frag_bytes <= IKE_PACKET_MAX);
	assert_true(ike->frag_bytes > IKE_PACKET_MAX - 1400);
	ike->frag_bytes = FRAG_BYTES_MAX; /* others have taken all */
	send_odd(w, FRAGS_MAX, FRAGS_MAX, 10);
	assert_int_equal(ike->frag_bytes, FRAG_BYTES_MAX);
	ike->frag_bytes = world_sa(w, 1)->frags_request ? ike->frag_bytes : 0;
	frags_drop(world_sa(w, 1), &world_sa(w, 1)->frags_request);
	ike->frag_bytes = 0;
	/* the answer to whatever came is still right */
	world_rekey(w, 1, "lan");
	world_settle(w);
	assert_up(w);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(whole),	 TEST(whole_cbc),      TEST(one_side_cannot), TEST(each_hit),
		TEST(any_order), TEST(never_complete), TEST(limits),
	};

	return cmocka_run_group_tests_name("IKEv2 fragmentation", tests, NULL, NULL);
}
