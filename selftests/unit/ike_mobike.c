// SPDX-License-Identifier: MIT
/*
 * Peers that move (RFC 4555): either end, behind a NAT and out of it, while
 * other things happen, with two addresses, and with somebody in between who
 * would like them to.
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

static int setup(void **state)
{
	struct world *w = world_new(1);

	for (unsigned int i = 0; i < PEERS; i++) {
		w->peer[i].conf.mobike = true;
		world_set(w, i);
	}
	*state = w;
	return 0;
}

static struct ike_addr address(const char *text)
{
	struct ike_addr a = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };

	inet_pton(a.family, text, a.bytes);
	return a;
}

static void assert_at(struct world *w, const char *left, const char *right, bool encap)
{
	const char *where[] = { left, right };
	assert_agree(w);
	for (unsigned int i = 0; i < PEERS; i++) {
		const struct pair *p = &w->peer[i].pairs[0];

		assert_int_equal(world_pairs(w, i), 1);
		while (!p->installed)
			p++;
		assert_int_equal(p->fx.local.family, address(where[i]).family);
		assert_memory_equal(p->fx.local.bytes, address(where[i]).bytes, 16);
		assert_int_equal(p->fx.encap, encap);
	}
}

static void up(struct world *w)
{
	world_initiate(w, 0, "");
	world_settle(w);
	assert_at(w, "192.0.2.1", "192.0.2.2", false);
}

static void move(struct world *w, unsigned int i, const char *to)
{
	struct ike_addr a = address(to);

	world_roam(w, i, &a);
}

static bool at_4500(struct world *w, struct item *it)
{
	unsigned int *n = w->ctx;

	*n += it->natt && it->local.port == 4500 && it->remote.port == 4500;
	return true;
}

/* RFC 4555 3.3: on port 4500 from IKE_AUTH on, NAT or not. */
static void port_4500(void **state)
{
	struct world *w = *state;
	unsigned int n = 0;

	w->filter = at_4500;
	w->ctx = &n;
	up(w);
	assert_int_equal(n, 2);
}

static void leader_moves(void **state)
{
	struct world *w = *state;
	unsigned int before;

	up(w);
	before = w->peer[1].n_install;
	move(w, 0, "192.0.2.3");
	world_settle(w);
	assert_at(w, "192.0.2.3", "192.0.2.2", false);
	move(w, 0, "192.0.2.4");
	move(w, 0, "192.0.2.5");
	world_run(w, 1000);
	assert_at(w, "192.0.2.5", "192.0.2.2", false);
	assert_int_equal(w->peer[1].n_install, before);
	world_rekey(w, 1, "lan");
	world_settle(w);
	assert_at(w, "192.0.2.5", "192.0.2.2", false);
	world_rekey(w, 1, ""); /* leads still, though the other began this IKE SA */
	world_settle(w);
	move(w, 0, "192.0.2.6");
	world_settle(w);
	assert_at(w, "192.0.2.6", "192.0.2.2", false);
}

static void follower_moves(void **state)
{
	struct world *w = *state;

	up(w);
	move(w, 1, "192.0.2.7");
	world_settle(w);
	assert_at(w, "192.0.2.1", "192.0.2.7", false);
	move(w, 1, "192.0.2.8");
	move(w, 0, "192.0.2.9");
	/* both at once: neither finds the other, until the other is where it was */
	world_run(w, 3000);
	move(w, 1, "192.0.2.7");
	world_run(w, 60000);
	assert_at(w, "192.0.2.9", "192.0.2.7", false);
}

/* Without the peer's agreement nothing moves, and a lost address is the end. */
static void not_agreed(void **state)
{
	struct ike_event ev = { .type = IKE_EV_ADDRESS_LOST };
	struct world *w = *state;

	w->peer[1].conf.mobike = false;
	world_set(w, 1);
	up(w);
	move(w, 0, "192.0.2.3");
	world_settle(w);
	assert_at(w, "192.0.2.1", "192.0.2.2", false);
	ev.u.address = address("192.0.2.1");
	world_event(w, 0, &ev);
	assert_int_equal(world_pairs(w, 0), 0);
}

/* An address that is lost before there is another: the tunnel waits for one. */
static void lost_and_found(void **state)
{
	struct ike_event ev = { .type = IKE_EV_ADDRESS_LOST };
	struct world *w = *state;

	w->peer[0].conf.dpd_delay = 1000;
	world_set(w, 0);
	up(w);
	ev.u.address = address("192.0.2.1");
	world_event(w, 0, &ev);
	w->peer[0].addr = address("192.0.2.99"); /* none that it knows of */
	world_run(w, 5000);
	w->peer[0].addr = ev.u.address;
	assert_int_equal(world_pairs(w, 0), 1);
	move(w, 0, "192.0.2.3");
	world_run(w, 500);
	assert_at(w, "192.0.2.3", "192.0.2.2", false);
}

static void nat_comes_and_goes(void **state)
{
	struct world *w = *state;
	const struct ike_fx_child *fx;

	up(w);
	w->nat = true;
	w->nat_addr = address("198.51.100.1");
	w->nat_addr.port = 1000;
	move(w, 0, "10.9.9.9");
	world_settle(w);
	assert_int_equal(world_pairs(w, 1), 1);
	fx = &w->peer[1].pairs[0].fx;
	assert_true(fx->encap);
	assert_true(w->peer[0].pairs[0].fx.encap);
	assert_memory_equal(fx->remote.bytes, w->nat_addr.bytes, 4);
	assert_int_equal(fx->remote.port, 5500);
	/* another NAT, of which only a liveness check tells */
	w->peer[0].conf.dpd_delay = 10000;
	world_set(w, 0);
	world_run(w, 15000);
	w->nat_addr = address("198.51.100.2");
	w->nat_addr.port = 2000;
	world_run(w, 25000);
	assert_memory_equal(fx->remote.bytes, w->nat_addr.bytes, 4);
	assert_int_equal(fx->remote.port, 6500);
	assert_int_equal(world_pairs(w, 0), 1);
	w->nat = false;
	move(w, 0, "192.0.2.3");
	world_settle(w);
	assert_at(w, "192.0.2.3", "192.0.2.2", false);
}

static struct ike_addr dead; /* what is sent to or from there is lost */

static bool not_dead(struct world *w, struct item *it)
{
	(void)w;
	return !ike_host_equal(&it->local, &dead) && !ike_host_equal(&it->remote, &dead);
}

static void add_range(struct peer *p, const char *text)
{
	struct ike_addr_range *r = &p->room.local[p->conf.n_local++];

	r->family = address(text).family;
	memcpy(r->min, address(text).bytes, 16);
	memcpy(r->max, r->min, 16);
}

/* A gateway with two lines, one of which breaks: the other end finds the second. */
static void second_address(void **state)
{
	struct world *w = *state;

	add_range(&w->peer[1], "192.0.2.2");
	add_range(&w->peer[1], "192.0.2.22");
	world_set(w, 1);
	w->peer[1].addr2 = address("192.0.2.22");
	w->peer[0].conf.dpd_delay = 1000;
	world_set(w, 0);
	up(w);
	w->filter = not_dead;
	dead = address("192.0.2.2");
	world_run(w, 20000);
	assert_at(w, "192.0.2.1", "192.0.2.22", false);
	dead = address("192.0.2.22");
	world_run(w, 20000);
	assert_at(w, "192.0.2.1", "192.0.2.2", false);
}

static const char *const four[] = { "192.0.2.1", "192.0.2.2" };
static const char *const six[] = { "2001:db8::1", "2001:db8::2" };

/* Both ends have addresses of both families, and tell of them. */
static void both_families(struct world *w, uint64_t dpd_delay)
{
	for (unsigned int i = 0; i < PEERS; i++) {
		add_range(&w->peer[i], four[i]);
		add_range(&w->peer[i], six[i]);
		w->peer[i].addr2 = address(six[i]);
		w->peer[i].conf.dpd_delay = dpd_delay;
		world_set(w, i);
	}
	up(w);
}

/* Only @at is left, and from there the other end's address of the other family is not reached. */
static void left_with(struct world *w, unsigned int i, const char *was, const char *at)
{
	struct ike_event ev = { .type = IKE_EV_ROAM };

	w->peer[i].addr = address(at);
	w->peer[i].addr2.family = 0;
	ev.u.roam.conn = w->peer[i].conf.id;
	ev.u.roam.was = address(was);
	world_event(w, i, &ev);
}

static void other_family(void **state)
{
	struct world *w = *state;
	unsigned int before;

	both_families(w, 1000);
	before = w->peer[1].n_install;
	for (unsigned int i = 0; i < PEERS; i++) {
		left_with(w, i, four[i], six[i]);
		world_run(w, 500);
		assert_at(w, six[0], six[1], false);
		w->peer[i].addr2 = address(four[i]);
		left_with(w, i, six[i], four[i]);
		world_run(w, 500);
		assert_at(w, four[0], four[1], false);
		w->peer[i].addr2 = address(six[i]);
	}
	/* what the peer has of this family is all it has */
	world_rekey(w, 0, "");
	world_settle(w);
	left_with(w, 0, four[0], six[0]);
	world_run(w, 500);
	assert_at(w, six[0], six[1], false);
	assert_int_equal(w->peer[1].n_install, before);
}

/* One of the families breaks somewhere between; who decides finds the other. */
static void family_breaks(void **state)
{
	struct world *w = *state;

	both_families(w, 1000);
	w->filter = not_dead;
	dead = address(four[1]);
	world_run(w, 20000);
	assert_at(w, six[0], six[1], false);
	dead = address(six[1]);
	world_run(w, 20000);
	assert_at(w, four[0], four[1], false);
}

/* The silence of the path that it leaves is no reason to leave the next one, too. */
static void silence_before(void **state)
{
	struct world *w = *state;

	both_families(w, 1000);
	w->filter = not_dead;
	dead = address(four[1]);
	world_run(w, 3500); /* a liveness check was repeated */
	move(w, 0, "192.0.2.3");
	world_run(w, 100);
	w->filter = NULL;
	world_run(w, 3000);
	assert_at(w, "192.0.2.3", four[1], false);
}

/* A peer of one family: we wait until its address is reached again. */
static void one_family(void **state)
{
	struct world *w = *state;

	add_range(&w->peer[0], six[0]);
	w->peer[0].addr2 = address(six[0]);
	world_set(w, 0);
	up(w);
	left_with(w, 0, four[0], six[0]);
	world_run(w, 500);
	assert_int_equal(w->peer[0].n_path, 0);
	assert_int_equal(world_pairs(w, 0), 1);
	w->peer[0].addr = address(four[0]);
	move(w, 0, "192.0.2.3");
	world_run(w, 500);
	assert_at(w, "192.0.2.3", four[1], false);
}

/* In transport mode the selectors are the outer addresses: none of the other family's are of use. */
static void transport_stays(void **state)
{
	struct world *w = *state;

	for (unsigned int i = 0; i < PEERS; i++) {
		w->peer[i].room.children[0].mode = 0;
		w->peer[i].room.children[0].n_local = w->peer[i].room.children[0].n_remote = 0;
	}
	both_families(w, 1000);
	left_with(w, 0, four[0], six[0]);
	world_run(w, 500);
	assert_int_equal(w->peer[0].n_path, 0);
	assert_memory_equal(w->peer[0].pairs[0].fx.local.bytes, address(four[0]).bytes, 4);
}

/* A copy of what the follower sends, from an address of a stranger, comes first. */
static bool forwarded(struct world *w, struct item *it)
{
	struct ike_event ev = { .type = IKE_EV_PACKET };
	uint8_t copy[2048];

	if (it->to != 0 || (it->data[19] & FLAG_RESPONSE))
		return true;
	memcpy(copy, it->data, it->len);
	ev.u.packet.local = it->local;
	ev.u.packet.remote = address("203.0.113.66");
	ev.u.packet.remote.port = 4500;
	ev.u.packet.natt = it->natt;
	ev.u.packet.len = it->len;
	ev.u.packet.data = copy;
	w->filter = NULL;
	world_event(w, 0, &ev);
	return true;
}

static void stranger(void **state)
{
	struct world *w = *state;

	up(w);
	w->filter = forwarded;
	move(w, 1, "192.0.2.2"); /* not a move at all, but it says so */
	move(w, 1, "192.0.2.12");
	world_run(w, 30000);
	assert_at(w, "192.0.2.1", "192.0.2.12", false);
	w->filter = forwarded;
	world_rekey(w, 1, "lan");
	world_run(w, 30000);
	assert_at(w, "192.0.2.1", "192.0.2.12", false);
}

static struct sa *sa_of(struct world *w, unsigned int i)
{
	struct sa *sa;

	TAILQ_FOREACH(sa, &w->peer[i].ike->sas, link)
	{
		if (sa->state == SA_ESTABLISHED)
			return sa;
	}
	return NULL;
}

static unsigned int asked;

static bool count_asked(struct world *w, struct item *it)
{
	struct sa *sa = it->to == 0 && !(it->data[19] & FLAG_RESPONSE) ? sa_of(w, 1) : NULL;

	asked += sa && sa->returns_asked;
	return true;
}

/* 3.7: where the peer moved to, somebody must be who can read. */
static void returns(void **state)
{
	struct world *w = *state;
	uint8_t first[sizeof(sa_of(w, 1)->cookie2)];

	asked = 0;
	w->filter = count_asked;
	up(w);
	assert_int_equal(asked, 0);
	move(w, 0, "192.0.2.3");
	world_settle(w);
	assert_int_equal(asked, 1);
	memcpy(first, sa_of(w, 1)->cookie2, sizeof(first));
	move(w, 0, "192.0.2.4");
	world_settle(w);
	assert_int_equal(asked, 2);
	assert_memory_not_equal(first, sa_of(w, 1)->cookie2, sizeof(first));
	assert_at(w, "192.0.2.4", "192.0.2.2", false);
	/* the one that does not decide may move unasked */
	move(w, 1, "192.0.2.5");
	world_settle(w);
	assert_int_equal(asked, 2);
}

static bool other_cookie(struct world *w, struct item *it)
{
	struct sa *sa = it->to == 1 && (it->data[19] & FLAG_RESPONSE) ? sa_of(w, 1) : NULL;

	if (sa && sa->returns_asked)
		sa->cookie2[0] ^= 1;
	return true;
}

static void does_not_return(void **state)
{
	struct world *w = *state;

	up(w);
	w->filter = other_cookie;
	move(w, 0, "192.0.2.3");
	world_settle(w);
	assert_int_equal(world_pairs(w, 0), 0);
	assert_int_equal(world_pairs(w, 1), 0);
}

/* To another address of the same family, or to one of the other: all that is left. */
static void move_in_the_midst(struct world *w, unsigned int who, bool other)
{
	const char *at[] = { four[0], four[1] };

	if (other)
		left_with(w, who, four[who], six[who]);
	else
		move(w, who, "192.0.2.30");
	world_run(w, 120000);
	at[who] = "192.0.2.30";
	assert_at(w, other ? six[0] : at[0], other ? six[1] : at[1], false);
	assert_true(world_idle(w));
}

/* In the midst of every exchange, with each datagram lost in turn. */
static void in_the_midst(void **state)
{
	unsigned int runs = 0;

	for (unsigned int n = 0; n < 2 * 2 * 4 * 8 * 4; n++) {
		unsigned int who = n & 1, other = n >> 1 & 1, what = n >> 2 & 3, lost = n >> 4 & 7;
		unsigned int after = n >> 7;
		struct mangle m = { .nth = lost - 1 };
		struct world *w;

		world_teardown(state);
		setup(state);
		w = *state;
		if (other)
			both_families(w, 0);
		else
			up(w);
		w->ctx = &m;
		w->filter = lost ? mangle_one : NULL;
		/* answers of netadmin's are late, too */
		w->peer[0].slow = w->peer[1].slow = other;
		world_rekey(w, what & 1, what & 2 ? "lan" : "");
		for (unsigned int i = 0; i < after; i++)
			world_deliver(w, 0);
		if (getenv("MOBIKE_SHOW"))
			printf("# who %u other %u what %u lost %u after %u\n", who, other, what,
			       lost, after);
		move_in_the_midst(w, who, other);
		runs++;
	}
	printf("# %u moves in the midst of a rekey, with a datagram lost\n", runs);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(port_4500),      TEST(leader_moves),    TEST(follower_moves),
		TEST(not_agreed),     TEST(lost_and_found),  TEST(nat_comes_and_goes),
		TEST(second_address), TEST(stranger),	     TEST(in_the_midst),
		TEST(returns),	      TEST(does_not_return), TEST(other_family),
		TEST(family_breaks),  TEST(transport_stays), TEST(one_family),
		TEST(silence_before),
	};

	return cmocka_run_group_tests_name("MOBIKE", tests, NULL, NULL);
}
