// SPDX-License-Identifier: MIT
/*
 * Gateways that send us to others (RFC 5685): by address and by name, before IKE_AUTH,
 * with it, and later; to nobody, in circles, and by somebody else.
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

#include "selftests/unit/ike_peers.h"
#include "tools/keyer/ike/v2.h"

enum {
	FIRST = 2, /* the gateway's addresses, 192.0.2.x */
	SECOND = 22
};

static struct {
	uint8_t data[2 + IKE_HOST_MAX + NONCE_MAX]; /* of REDIRECT, without the nonce */
	size_t len;
	bool wrong_nonce, circles;
	unsigned int n; /* times that we were sent away, at most @times */
	unsigned int times;
	bool from; /* a request said where we came from */
} away;

static void sent_to(uint8_t type, const void *id, size_t len)
{
	memset(&away, 0, sizeof(away));
	away.times = 100;
	away.data[0] = type;
	away.data[1] = (uint8_t)len;
	memcpy(away.data + 2, id, len);
	away.len = len + 2;
}

static void sent_to_name(const char *name)
{
	sent_to(3, name, strlen(name));
}

static int setup(void **state)
{
	struct world *w = world_new(1);
	struct peer *gateway = &w->peer[1], *p = &w->peer[0];

	p->conf.redirect = true;
	world_set(w, 0);
	gateway->addr2 = gateway->addr;
	gateway->addr2.bytes[3] = SECOND;
	p->host = "gw2.example.com";
	p->hosts[0] = gateway->addr; /* among them is where we come from */
	p->hosts[1] = gateway->addr2;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	return 0;
}

static void assert_up(struct world *w, unsigned int pairs, uint8_t at)
{
	const char *why = world_agree(w);
	const struct sa *sa;

	if (why)
		fail_msg("%s", why);
	assert_int_equal(world_pairs(w, 0), pairs);
	assert_int_equal(world_pairs(w, 1), pairs);
	sa = sa_of_conn(w->peer[0].ike, w->peer[0].conf.id, true);
	assert_non_null(sa);
	assert_int_equal(sa->remote.bytes[3], at);
}

static struct sa *client(struct world *w)
{
	struct sa *sa;

	TAILQ_FOREACH(sa, &w->peer[0].ike->sas, link)
	{
		if (sa->state != SA_DEAD && sa->state != SA_DELETING)
			return sa;
	}
	return NULL;
}

/* Turns an answer to IKE_SA_INIT into one that sends away; none of who we are sent to. */
static bool init_away(struct world *w, struct item *it)
{
	static const uint8_t from[] = { 0x40, 0x18, 1, 4, 192, 0, 2, FIRST };
	struct ike_header h = { .major = 2, .exchange = EXCH_IKE_SA_INIT, .flags = FLAG_RESPONSE };
	const struct sa *sa = client(w);
	uint8_t buf[1024];
	struct writer p = { .buf = buf, .cap = sizeof(buf) };

	if (it->to == 1 && it->data[18] == EXCH_IKE_SA_INIT)
		away.from = memmem(it->data, it->len, from, sizeof(from)) != NULL;
	if (it->to != 0 || it->data[18] != EXCH_IKE_SA_INIT || away.n >= away.times ||
	    (it->remote.bytes[3] != FIRST && !away.circles))
		return true;
	away.n++;
	if (away.circles)
		away.data[5] = it->remote.bytes[3] == FIRST ? SECOND : FIRST;
	memcpy(h.spi_i, sa->spi_i, IKE_SPI_LEN);
	h.next = PL_NOTIFY;
	header_write(&p, &h);
	write_u32(&p, (uint32_t)(8 + away.len + sa->hs->ni_len));
	write_u16(&p, 0);
	write_u16(&p, N_REDIRECT);
	write_bytes(&p, away.data, away.len);
	write_bytes(&p, sa->hs->ni, sa->hs->ni_len);
	buf[p.len - 1] ^= away.wrong_nonce;
	header_finish(&p);
	free(it->data);
	it->data = malloc(p.len);
	memcpy(it->data, buf, p.len);
	it->len = p.len;
	return true;
}

static void to_second(void)
{
	static const uint8_t second[] = { 192, 0, 2, SECOND };

	sent_to(1, second, sizeof(second));
}

static void call(struct world *w, uint64_t ms)
{
	w->filter = init_away;
	world_initiate(w, 0, "");
	world_run(w, ms);
}

static void by_address(void **state)
{
	struct world *w = *state;

	to_second();
	call(w, 1000);
	assert_up(w, 1, SECOND);
	assert_int_equal(away.n, 1);
	assert_true(away.from);
}

static void by_name(void **state)
{
	struct world *w = *state;

	sent_to_name("gw2.example.com");
	call(w, 1000);
	assert_up(w, 1, SECOND);
	assert_int_equal(w->peer[0].n_path, 1);
	assert_true(away.from);
}

/* Who has not seen our request cannot know the nonce; and one may not want to be sent. */
static void not_believed(void **state)
{
	struct world *w = *state;

	to_second();
	away.wrong_nonce = true;
	away.times = 2;
	call(w, 1000);
	assert_int_equal(world_pairs(w, 0), 0);
	assert_int_equal(w->peer[0].n_path, 0);
	world_run(w, 20000);
	assert_up(w, 1, FIRST);
	world_terminate(w, 0, "");
	world_run(w, 60000);
	w->peer[0].conf.redirect = false;
	world_set(w, 0);
	to_second();
	away.times = 1;
	call(w, 20000);
	assert_up(w, 1, FIRST);
}

static void assert_failed(struct world *w, const char *words)
{
	const struct ike_fx_status *st = world_status(w, 0, IKE_ST_FAILED);

	assert_non_null(st);
	if (!strstr(st->text, words))
		fail_msg("it says: %s", st->text);
	assert_int_equal(world_pairs(w, 0), 0);
}

static void nobody_there(void **state)
{
	struct world *w = *state;

	sent_to_name("nowhere.example.com");
	call(w, 1000);
	assert_failed(w, "sends us to nowhere.example.com, and nobody is there");
	/* to where we are */
	w->peer[0].hosts[1] = w->peer[0].hosts[0];
	sent_to_name("gw2.example.com");
	call(w, 1000);
	assert_failed(w, "sends us to gw2.example.com, and nobody is there");
}

/* What is no name is neither looked up nor logged. */
static void bad_names(void **state)
{
	static const char *const bad[] = { "",
					   "localhost",
					   "a..example",
					   ".example.com",
					   "gw.example.com.",
					   "-gw.example.com",
					   "gw-.example.com",
					   "192.0.2.22",
					   "gw.example.7",
					   "gw exa.mple.com",
					   "gw\n.example.com",
					   "gw_2.example.com",
					   "g\xc3\xbc.example.com",
					   "gw.example.com\t" };
	static const char *const good[] = { "gw2.example.com", "a.b", "1.2.3.net",
					    "xn--gnter-4ya.example.COM" };
	char text[300];
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(ike_host_name_ok((const uint8_t *)bad[i], strlen(bad[i])));
	assert_false(ike_host_name_ok((const uint8_t *)"a.b\0c", 5));
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(ike_host_name_ok((const uint8_t *)good[i], strlen(good[i])));
	memset(text, 'a', sizeof(text));
	for (unsigned int i = 63; i < sizeof(text); i += 64)
		text[i] = '.';
	assert_true(ike_host_name_ok((const uint8_t *)text, 253));
	assert_false(ike_host_name_ok((const uint8_t *)text, 254));
	text[63] = 'a'; /* a label of more than 63 */
	assert_false(ike_host_name_ok((const uint8_t *)text, 253));
	sent_to_name("gw2.example.com\n");
	away.times = 1;
	call(w, 20000);
	assert_int_equal(w->peer[0].n_path, 0);
	assert_up(w, 1, FIRST);
}

/* Two gateways, each of which sends to the other. */
static void circles(void **state)
{
	struct world *w = *state;

	to_second();
	away.circles = true;
	call(w, 1000);
	assert_failed(w, "more than 5 times in 300 s");
	assert_int_equal(away.n, 6);
	assert_int_equal(w->peer[0].n_path, 5);
	/* nor with another attempt */
	away.times = 7;
	call(w, 1000);
	assert_failed(w, "more than 5 times in 300 s");
	assert_int_equal(w->peer[0].n_path, 5);
	world_run(w, 300000);
	away.times = 8;
	call(w, 1000);
	assert_up(w, 1, SECOND);
}

/* A forger sends us elsewhere, and while we look for that the gateway answers. */
static bool true_answer_follows(struct world *w, struct item *it)
{
	struct ike_event ev = { .type = IKE_EV_PACKET };
	struct item copy = *it;

	if (it->to != 0)
		return true;
	w->filter = NULL;
	copy.data = malloc(it->len);
	memcpy(copy.data, it->data, it->len);
	init_away(w, &copy);
	ev.u.packet.local = it->local;
	ev.u.packet.remote = it->remote;
	ev.u.packet.data = copy.data;
	ev.u.packet.len = copy.len;
	world_event(w, 0, &ev);
	world_event(w, 0, &ev); /* twice */
	free(copy.data);
	return true;
}

static void forger(void **state)
{
	struct world *w = *state;

	sent_to_name("gw2.example.com");
	w->peer[0].slow = true;
	w->filter = true_answer_follows;
	world_initiate(w, 0, "");
	world_settle(w);
	w->peer[0].slow = false;
	world_run(w, 10000);
	assert_int_equal(w->peer[0].n_path, 1);
	assert_up(w, 1, FIRST);
}

static uint8_t when; /* the exchange in which we are sent away, once */

static bool told_away(struct world *w, struct item *it)
{
	struct msg m = { .n_notify = 1 };

	if (it->to != 0 || it->data[18] != when)
		return true;
	m.notify[0].type = N_REDIRECT;
	m.notify[0].data = (struct bytes){ away.data, away.len };
	redirect_read(client(w), &m);
	w->peer[1].spi_fails = false;
	w->filter = NULL;
	return true;
}

static void later(void **state)
{
	struct world *w = *state;

	w->peer[1].conf.dpd_delay = 1000;
	world_set(w, 1);
	world_child(w, 0, "more", "10.3.0.0/16", "10.4.0.0/16");
	world_child(w, 1, "more", "10.4.0.0/16", "10.3.0.0/16");
	world_initiate(w, 0, "");
	world_settle(w);
	assert_up(w, 2, FIRST);
	sent_to_name("gw2.example.com");
	when = EXCH_INFORMATIONAL;
	w->filter = told_away;
	world_run(w, 3000);
	assert_up(w, 2, SECOND);
	/* to nobody: all stays as it is */
	sent_to_name("nowhere.example.com");
	w->filter = told_away;
	world_run(w, 3000);
	assert_null(w->filter);
	assert_int_equal(w->peer[0].n_path, 2);
	assert_up(w, 2, SECOND);
}

/* With IKE_AUTH, without a child: the children are had from the other gateway. */
static void with_auth(void **state)
{
	struct world *w = *state;

	world_child(w, 0, "more", "10.3.0.0/16", "10.4.0.0/16");
	world_child(w, 1, "more", "10.4.0.0/16", "10.3.0.0/16");
	w->peer[1].spi_fails = true;
	sent_to_name("gw2.example.com");
	when = EXCH_IKE_AUTH;
	w->filter = told_away;
	world_initiate(w, 0, "");
	world_run(w, 3000);
	assert_null(world_status(w, 0, IKE_ST_CHILD_FAILED));
	assert_up(w, 2, SECOND);
}

/* ... or from this one, if that cannot be found. */
static void with_auth_to_nobody(void **state)
{
	struct world *w = *state;

	w->peer[1].spi_fails = true;
	sent_to_name("nowhere.example.com");
	when = EXCH_IKE_AUTH;
	w->filter = told_away;
	world_initiate(w, 0, "");
	world_run(w, 3000);
	assert_up(w, 1, FIRST);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(by_address),   TEST(by_name),
		TEST(not_believed), TEST(nobody_there),
		TEST(bad_names),    TEST(circles),
		TEST(forger),	    TEST(later),
		TEST(with_auth),    TEST(with_auth_to_nobody),
	};

	return cmocka_run_group_tests_name("IKEv2 redirection", tests, NULL, NULL);
}
