// SPDX-License-Identifier: MIT
/*
 * Collisions: two peers that act at once, over a network that reorders, loses
 * and doubles.
 *
 * Up to a depth every interleaving is run: at each point any action not yet
 * begun may begin, and any datagram on its way may arrive, be lost or be
 * doubled. Then time passes and retransmissions mend what they can. At the end
 * both sides must have the same children with the same keys, one IKE SA or
 * none, no SPI reserved and no timer armed.
 *
 * IKE_EXPLORE_DEPTH (default 6) and IKE_EXPLORE_WALKS (default 150) make it
 * longer. A failure prints its choices; IKE_EXPLORE_REPLAY="seed c c c ..."
 * with IKE_VERBOSE=1 shows that run.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/unit/ike_peers.h"
#include "tools/keyer/ike/v2.h"

enum {
	DEPTH_MAX = 64,
	ACTIONS_MAX = 4
};

enum action {
	NOTHING,
	REKEY_CHILD,
	REKEY_IKE,
	DELETE_CHILD,
	DELETE_IKE,
	MOVE, /* to another address (MOBIKE) */
	REAUTH, /* a new IKE SA with all children; only who began can */
};

struct scenario {
	const char *name;
	struct {
		unsigned int peer;
		enum action action;
	} act[ACTIONS_MAX];
	unsigned int drops, copies;
	bool followups; /* rekeys take two exchanges each (RFC 9370) */
	bool slow; /* answers of netadmin take part in the interleaving */
};

struct choices {
	unsigned int n, at;
	unsigned int pick[DEPTH_MAX], of[DEPTH_MAX];
};

static void move(struct world *w, unsigned int peer)
{
	struct ike_addr to = w->peer[peer].addr;

	to.bytes[3] = (uint8_t)(to.bytes[3] + 40);
	world_roam(w, peer, &to);
}

static void reauth(struct world *w, unsigned int peer)
{
	struct ike_event ev = { .type = IKE_EV_TICK };
	struct sa *sa;

	TAILQ_FOREACH(sa, &w->peer[peer].ike->sas, link)
	{
		if (sa->state != SA_ESTABLISHED || !sa->reported_up || !sa->began)
			continue;
		sa->reauth_at = w->now;
		sa_rearm(sa);
		world_event(w, peer, &ev);
		return;
	}
}

static void begin(struct world *w, unsigned int peer, enum action a)
{
	switch (a) {
	case MOVE:
		move(w, peer);
		break;
	case REAUTH:
		reauth(w, peer);
		break;
	case REKEY_CHILD:
		world_rekey(w, peer, "lan");
		break;
	case REKEY_IKE:
		world_rekey(w, peer, "");
		break;
	case DELETE_CHILD:
		world_terminate(w, peer, "lan");
		break;
	case DELETE_IKE:
		world_terminate(w, peer, "");
		break;
	case NOTHING:
		break;
	}
}

/* State of one run beside the world: what may still happen. */
struct run {
	const struct scenario *s;
	bool begun[ACTIONS_MAX];
	unsigned int drops, copies;
};

static unsigned int options(const struct world *w, const struct run *r)
{
	unsigned int n = w->n_items;

	for (unsigned int i = 0; i < ACTIONS_MAX; i++)
		n += r->s->act[i].action != NOTHING && !r->begun[i];
	n += r->drops ? w->n_items : 0;
	n += r->copies ? w->n_items : 0;
	return n;
}

static void tamper(struct world *w, struct run *r, unsigned int pick)
{
	unsigned int at = pick % w->n_items;
	bool drop = r->drops && pick < w->n_items;

	if (w->items[at].kind == ITEM_ANSWER) { /* netadmin's pipe loses nothing */
		world_deliver(w, at);
	} else if (drop) {
		r->drops--;
		world_drop(w, at);
	} else {
		r->copies--;
		world_copy(w, at);
		world_deliver(w, at);
	}
}

static void choose(struct world *w, struct run *r, unsigned int pick)
{
	for (unsigned int i = 0; i < ACTIONS_MAX; i++) {
		if (r->s->act[i].action == NOTHING || r->begun[i])
			continue;
		if (pick-- == 0) {
			r->begun[i] = true;
			begin(w, r->s->act[i].peer, r->s->act[i].action);
			return;
		}
	}
	if (pick < w->n_items)
		world_deliver(w, pick);
	else
		tamper(w, r, pick - w->n_items);
}

static bool has(const struct scenario *s, enum action a)
{
	for (unsigned int i = 0; i < ACTIONS_MAX; i++) {
		if (s->act[i].action == a)
			return true;
	}
	return false;
}

static struct world *established(uint64_t seed, const struct scenario *s)
{
	bool mobike = has(s, MOVE), slow = s->slow;
	struct world *w = world_new(seed);

	for (unsigned int i = 0; i < PEERS && s->followups; i++) {
		char err[256];

		ike_proposal_parse(1, "aes256gcm16-prfsha256-x25519-ke1_ecp256",
				   &w->peer[i].room.proposals[0], err, sizeof(err));
		ike_proposal_parse(3, "aes128gcm16-x25519-ke1_ecp256",
				   &w->peer[i].room.child[0].proposals[0], err, sizeof(err));
		world_set(w, i);
	}
	for (unsigned int i = 0; i < PEERS && mobike; i++) {
		w->peer[i].conf.mobike = true;
		world_set(w, i);
	}
	world_initiate(w, 0, "");
	world_settle(w);
	assert_int_equal(world_pairs(w, 0), 1);
	assert_int_equal(world_pairs(w, 1), 1);
	w->peer[0].slow = w->peer[1].slow = slow;
	return w;
}

static const char *verdict(struct world *w, const struct scenario *s)
{
	const char *why = world_agree(w);
	unsigned int sas = has(s, DELETE_IKE) ? 0 : 1;
	unsigned int pairs = sas;

	if (why)
		return why;
	if (world_pairs(w, 0) != world_pairs(w, 1))
		return "one side has more children than the other";
	if (has(s, DELETE_CHILD) && !world_pairs(w, 0))
		pairs = 0;
	/* a DELETE may have met the IKE SA of before or of after a reauthentication */
	if (has(s, REAUTH) && has(s, DELETE_IKE))
		pairs = sas = world_pairs(w, 0) ? 1 : 0;
	if (world_pairs(w, 0) != pairs)
		return "not as many children as there should be";
	if (world_sas(w, 0) != sas || world_sas(w, 1) != sas)
		return "not as many IKE SAs as there should be";
	return world_idle(w) ? NULL : "a timer is left";
}

static void complain(const struct scenario *s, uint64_t seed, const struct choices *c,
		     const char *why)
{
	printf("# %s: %s; IKE_EXPLORE_REPLAY=\"%llu", s->name, why, (unsigned long long)seed);
	for (unsigned int i = 0; i < c->n; i++)
		printf(" %u", c->pick[i]);
	printf("\"\n");
	fflush(stdout);
	fail_msg("%s: %s", s->name, why);
}

/* One run along @c, which grows by zeros as far as there are choices. */
static void run_choices(const struct scenario *s, uint64_t seed, struct choices *c,
			unsigned int depth)
{
	struct run r = { .s = s, .drops = s->drops, .copies = s->copies };
	struct world *w = established(seed, s);
	const char *why;

	for (c->at = 0; c->at < depth; c->at++) {
		unsigned int n = options(w, &r);

		if (!n)
			break;
		if (c->at >= c->n) {
			c->pick[c->n++] = 0;
		}
		c->of[c->at] = n;
		choose(w, &r, c->pick[c->at]);
	}
	c->n = c->at;
	for (unsigned int i = 0; i < ACTIONS_MAX; i++) {
		if (!r.begun[i])
			begin(w, s->act[i].peer, s->act[i].action);
	}
	w->peer[0].slow = w->peer[1].slow = false;
	world_run(w, 600000);
	why = verdict(w, s);
	if (why)
		complain(s, seed, c, why);
	world_free(w);
}

/* The next sequence of choices, as an odometer; false after the last. */
static bool next_choices(struct choices *c)
{
	while (c->n) {
		if (++c->pick[c->n - 1] < c->of[c->n - 1])
			return true;
		c->n--;
	}
	return false;
}

static unsigned int number(const char *name, unsigned int fallback)
{
	const char *v = getenv(name);

	return v ? (unsigned int)atoi(v) : fallback;
}

static bool replay(const struct scenario *s)
{
	const char *v = getenv("IKE_EXPLORE_REPLAY");
	struct choices c = { 0 };
	char *end;
	uint64_t seed;

	if (!v)
		return false;
	seed = strtoull(v, &end, 10);
	while (*end && c.n < DEPTH_MAX)
		c.pick[c.n++] = (unsigned int)strtoul(end, &end, 10);
	run_choices(s, seed, &c, c.n);
	return true;
}

static void explore(const struct scenario *s)
{
	unsigned int depth = number("IKE_EXPLORE_DEPTH", 6), runs = 0;

	if (replay(s))
		return;
	for (uint64_t seed = 1; seed <= 2; seed++) { /* who has the lower nonce */
		struct choices c = { 0 };

		do {
			run_choices(s, seed, &c, depth);
			runs++;
		} while (next_choices(&c));
	}
	printf("# %s: %u interleavings to depth %u\n", s->name, runs, depth);
}

/* Beyond that depth by chance, with more actions, more loss, slow processes. */
static void walk(const struct scenario *s)
{
	unsigned int walks = number("IKE_EXPLORE_WALKS", 100);

	if (replay(s))
		return;
	for (uint64_t seed = 1; seed <= walks; seed++) {
		struct run r = { .s = s, .drops = s->drops, .copies = s->copies };
		struct world *w = established(seed, s);
		struct choices c = { 0 };
		uint64_t dice = seed * 0x9e3779b97f4a7c15ULL;
		const char *why;

		while (c.n < 40) {
			unsigned int n = options(w, &r);

			if (!n)
				break;
			dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
			c.pick[c.n] = (unsigned int)(dice >> 33) % n;
			choose(w, &r, c.pick[c.n++]);
		}
		for (unsigned int i = 0; i < ACTIONS_MAX; i++) {
			if (!r.begun[i])
				begin(w, s->act[i].peer, s->act[i].action);
		}
		w->peer[0].slow = w->peer[1].slow = false;
		world_run(w, 600000);
		why = verdict(w, s);
		if (why)
			complain(s, seed, &c, why);
		world_free(w);
	}
	printf("# %s: %u walks of up to 40 steps\n", s->name, walks);
}

#define EXPLORE(id, a, b, ...)                                                    \
	static void id(void **state)                                              \
	{                                                                         \
		static const struct scenario s = { .name = #id,                   \
						   .act = { { 0, a }, { 1, b } }, \
						   __VA_ARGS__ };                 \
		(void)state;                                                      \
		explore(&s);                                                      \
	}

EXPLORE(child_child, REKEY_CHILD, REKEY_CHILD, .drops = 1)
EXPLORE(child_child_slow, REKEY_CHILD, REKEY_CHILD, .slow = true)
EXPLORE(ike_ike, REKEY_IKE, REKEY_IKE, .drops = 1)
EXPLORE(ike_ike_copies, REKEY_IKE, REKEY_IKE, .copies = 1)
EXPLORE(child_ike, REKEY_CHILD, REKEY_IKE, .drops = 1)
EXPLORE(child_ike_slow, REKEY_CHILD, REKEY_IKE, .slow = true)
EXPLORE(child_deleted, REKEY_CHILD, DELETE_CHILD, .drops = 1)
EXPLORE(delete_delete, DELETE_CHILD, DELETE_CHILD, .drops = 1, .copies = 1)
EXPLORE(ike_delete_child, REKEY_IKE, DELETE_CHILD, .drops = 1)
EXPLORE(ike_delete_ike, REKEY_IKE, DELETE_IKE, .drops = 1)
EXPLORE(child_delete_ike, REKEY_CHILD, DELETE_IKE, .drops = 1)
EXPLORE(delete_ike_both, DELETE_IKE, DELETE_IKE, .drops = 1, .copies = 1)

EXPLORE(move_child, MOVE, REKEY_CHILD, .drops = 1)
EXPLORE(move_child_slow, MOVE, REKEY_CHILD, .slow = true)
EXPLORE(move_ike, MOVE, REKEY_IKE, .drops = 1)
EXPLORE(move_ike_copies, MOVE, REKEY_IKE, .copies = 1)
EXPLORE(child_moved, REKEY_CHILD, MOVE, .drops = 1)
EXPLORE(ike_moved, REKEY_IKE, MOVE, .drops = 1)
EXPLORE(move_delete_child, MOVE, DELETE_CHILD, .drops = 1)
EXPLORE(move_delete_ike, MOVE, DELETE_IKE, .drops = 1)
EXPLORE(reauth_child, REAUTH, REKEY_CHILD, .drops = 1)
EXPLORE(reauth_ike, REAUTH, REKEY_IKE, .drops = 1)
EXPLORE(reauth_ike_copies, REAUTH, REKEY_IKE, .copies = 1)
EXPLORE(reauth_delete_ike, REAUTH, DELETE_IKE)

EXPLORE(further_child_child, REKEY_CHILD, REKEY_CHILD, .followups = true, .drops = 1)
EXPLORE(further_ike_ike, REKEY_IKE, REKEY_IKE, .followups = true, .drops = 1)
EXPLORE(further_child_ike, REKEY_CHILD, REKEY_IKE, .followups = true, .copies = 1)
EXPLORE(further_child_deleted, REKEY_CHILD, DELETE_CHILD, .followups = true)
EXPLORE(further_ike_delete_ike, REKEY_IKE, DELETE_IKE, .followups = true)

#define WALK(id, ...)                                                                              \
	static void id(void **state)                                                               \
	{                                                                                          \
		static const struct scenario s = {                                                 \
			.name = #id, .slow = true, .drops = 2, .copies = 3, .act = { __VA_ARGS__ } \
		};                                                                                 \
		(void)state;                                                                       \
		walk(&s);                                                                          \
	}

WALK(walk_rekeys, { 0, REKEY_CHILD }, { 1, REKEY_CHILD }, { 0, REKEY_IKE }, { 1, REKEY_IKE })
WALK(walk_children, { 0, REKEY_CHILD }, { 1, REKEY_CHILD }, { 0, REKEY_CHILD }, { 1, REKEY_IKE })
WALK(walk_ikes, { 0, REKEY_IKE }, { 1, REKEY_IKE }, { 0, REKEY_IKE }, { 1, REKEY_IKE })
WALK(walk_delete_child, { 0, REKEY_CHILD }, { 1, DELETE_CHILD }, { 0, REKEY_IKE },
     { 1, REKEY_CHILD })
WALK(walk_delete_ike, { 0, REKEY_CHILD }, { 1, DELETE_IKE }, { 0, REKEY_IKE }, { 1, REKEY_IKE })

WALK(walk_moves, { 0, MOVE }, { 1, REKEY_CHILD }, { 0, REKEY_IKE }, { 1, REKEY_IKE })
WALK(walk_moved, { 1, MOVE }, { 1, REKEY_CHILD }, { 0, REKEY_IKE }, { 1, REKEY_IKE })
WALK(walk_reauth, { 0, REAUTH }, { 1, REKEY_CHILD }, { 0, REKEY_CHILD }, { 1, REKEY_IKE })
WALK(walk_reauth_moves, { 0, REAUTH }, { 0, MOVE }, { 1, REKEY_CHILD }, { 1, REKEY_IKE })

#define FURTHER(id, ...)                                                     \
	static void id(void **state)                                         \
	{                                                                    \
		static const struct scenario s = { .name = #id,              \
						   .slow = true,             \
						   .followups = true,        \
						   .drops = 2,               \
						   .copies = 3,              \
						   .act = { __VA_ARGS__ } }; \
		(void)state;                                                 \
		walk(&s);                                                    \
	}

FURTHER(walk_further, { 0, REKEY_CHILD }, { 1, REKEY_CHILD }, { 0, REKEY_IKE }, { 1, REKEY_IKE })
FURTHER(walk_further_delete, { 0, REKEY_CHILD }, { 1, DELETE_IKE }, { 0, REKEY_IKE },
	{ 1, REKEY_IKE })
FURTHER(walk_further_child, { 0, REKEY_CHILD }, { 1, DELETE_CHILD }, { 0, REKEY_IKE },
	{ 1, REKEY_CHILD })

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(child_child),
		cmocka_unit_test(child_child_slow),
		cmocka_unit_test(ike_ike),
		cmocka_unit_test(ike_ike_copies),
		cmocka_unit_test(child_ike),
		cmocka_unit_test(child_ike_slow),
		cmocka_unit_test(child_deleted),
		cmocka_unit_test(delete_delete),
		cmocka_unit_test(ike_delete_child),
		cmocka_unit_test(ike_delete_ike),
		cmocka_unit_test(child_delete_ike),
		cmocka_unit_test(delete_ike_both),
		cmocka_unit_test(walk_rekeys),
		cmocka_unit_test(walk_children),
		cmocka_unit_test(walk_ikes),
		cmocka_unit_test(walk_delete_child),
		cmocka_unit_test(walk_delete_ike),
		cmocka_unit_test(move_child),
		cmocka_unit_test(move_child_slow),
		cmocka_unit_test(move_ike),
		cmocka_unit_test(move_ike_copies),
		cmocka_unit_test(child_moved),
		cmocka_unit_test(ike_moved),
		cmocka_unit_test(move_delete_child),
		cmocka_unit_test(move_delete_ike),
		cmocka_unit_test(reauth_child),
		cmocka_unit_test(reauth_ike),
		cmocka_unit_test(reauth_ike_copies),
		cmocka_unit_test(reauth_delete_ike),
		cmocka_unit_test(walk_moves),
		cmocka_unit_test(walk_moved),
		cmocka_unit_test(walk_reauth),
		cmocka_unit_test(walk_reauth_moves),
		cmocka_unit_test(further_child_child),
		cmocka_unit_test(further_ike_ike),
		cmocka_unit_test(further_child_ike),
		cmocka_unit_test(further_child_deleted),

		cmocka_unit_test(further_ike_delete_ike),
		cmocka_unit_test(walk_further),
		cmocka_unit_test(walk_further_delete),
		cmocka_unit_test(walk_further_child),
	};
	const char *only = getenv("IKE_EXPLORE_ONLY");

	if (only)
		cmocka_set_test_filter(only);
	return cmocka_run_group_tests_name("IKEv2 collisions", tests, NULL, NULL);
}
