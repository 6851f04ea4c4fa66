// SPDX-License-Identifier: MIT
/*
 * Two peers whose settings do not fit, or fit in part; a peer that is silent, or too
 * many; a kernel that refuses: what comes of it, and the sentences that say so.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "selftests/unit/ike_assert.h"
#include "tools/keyer/ike/iana.h"

/* 2 s, then 1.8 times as long each time: six tries in 82.5 s. */
static void silence(void **state)
{
	struct world *w = *state;
	const struct ike_fx_status *st;

	w->filter = lose_all;
	world_initiate(w, 0, "");
	world_run(w, 82000);
	assert_null(world_status(w, 0, IKE_ST_FAILED));
	world_run(w, 1000);
	st = world_status(w, 0, IKE_ST_FAILED);
	assert_non_null(st);
	assert_int_equal(st->why, IKE_WHY_TIMEOUT);
	assert_int_equal(w->peer[0].n_send, 6);
	assert_non_null(
		strstr(st->text, "no answer from 192.0.2.2:500 to IKE_SA_INIT (6 tries in 82 s)"));
	assert_non_null(strstr(st->hint, "UDP port 500 is filtered"));
	assert_true(world_idle(w));
}

static void wrong_psk(void **state)
{
	struct world *w = *state;
	const struct ike_fx_status *st;

	strcpy(w->peer[1].psk, "another");
	world_initiate(w, 0, "");
	world_settle(w);
	st = world_status(w, 1, IKE_ST_FAILED);
	assert_int_equal(st->why, IKE_WHY_AUTH);
	assert_string_equal(st->text,
			    "left@example.com used a pre-shared key that differs from ours");
	st = world_status(w, 0, IKE_ST_FAILED);
	assert_int_equal(st->why, IKE_WHY_AUTH);
	assert_non_null(
		strstr(st->text, "the peer refuses to authenticate us as left@example.com"));
	assert_non_null(strstr(st->hint, "the pre-shared keys differ"));
	assert_int_equal(w->peer[0].n_install + w->peer[1].n_install, 0);
	world_run(w, 60000);
	assert_agree(w);
	assert_true(world_idle(w));
}

/* The responder proves itself with another key: the initiator must notice. */
static void wrong_psk_of_responder(void **state)
{
	struct world *w = *state;

	world_initiate(w, 0, "");
	for (unsigned int n = 0; n < 100 && !world_status(w, 1, IKE_ST_IKE_UP); n++)
		world_deliver(w, 0);
	strcpy(w->peer[0].psk, "another");
	world_settle(w);
	assert_int_equal(world_status(w, 0, IKE_ST_FAILED)->why, IKE_WHY_AUTH);
	assert_int_equal(world_status(w, 1, IKE_ST_IKE_DOWN)->why, IKE_WHY_AUTH);
	assert_int_equal(w->peer[0].n_install, 0);
	assert_int_equal(world_pairs(w, 1), 0);
	world_run(w, 60000);
	assert_agree(w);
	assert_true(world_idle(w));
}

static void no_ike_proposal(void **state)
{
	struct world *w = *state;
	const struct ike_fx_status *st;

	world_propose(w, 0, PROTO_IKE, "aes256gcm16-prfsha256-ecp384");
	world_propose(w, 1, PROTO_IKE, "aes256gcm16-prfsha256-x25519");
	world_initiate(w, 0, "");
	world_settle(w);
	st = world_status(w, 1, IKE_ST_FAILED);
	assert_int_equal(st->why, IKE_WHY_NO_PROPOSAL);
	assert_string_equal(st->text,
			    "no proposal fits; configured here: aes256gcm16-prfsha256-x25519; "
			    "offered: aes256gcm16-prfsha256-ecp384 (key exchange differs: "
			    "offered ecp384, configured x25519)");
	assert_string_equal(st->hint,
			    "ike = aes256gcm16-prfsha256-ecp384 here would match, or set the "
			    "peer to aes256gcm16-prfsha256-x25519");
	/* in clear, so not the last word yet */
	assert_null(world_status(w, 0, IKE_ST_FAILED));
	world_run(w, 3000);
	st = world_status(w, 0, IKE_ST_FAILED);
	assert_int_equal(st->why, IKE_WHY_NO_PROPOSAL);
	assert_non_null(
		strstr(st->text, "offered: aes256gcm16-prfsha256-ecp384 (NO_PROPOSAL_CHOSEN)"));
	assert_true(world_idle(w));
}

/* A forged refusal, and then the true answer. */
static void forged_refusal(void **state)
{
	struct world *w = *state;
	/* next N, version 2.0, IKE_SA_INIT, response; then N(NO_PROPOSAL_CHOSEN) */
	static const uint8_t refusal[20] = {
		0x29, 0x20, 0x22, 0x20, [11] = 0x24, [15] = 8, [19] = 0x0e
	};
	uint8_t forged[36] = { 0 };
	struct ike_event ev = { .type = IKE_EV_PACKET };

	world_initiate(w, 0, "");
	memcpy(forged, w->items[0].data, 8);
	memcpy(forged + 16, refusal, sizeof(refusal));
	ev.u.packet.local = w->peer[0].addr;
	ev.u.packet.remote = w->peer[1].addr;
	ev.u.packet.len = sizeof(forged);
	ev.u.packet.data = forged;
	world_event(w, 0, &ev);
	assert_non_null(strstr(world_status(w, 0, IKE_ST_STEP)->text, "NO_PROPOSAL_CHOSEN"));
	world_settle(w);
	assert_int_equal(world_pairs(w, 0), 1);
	world_run(w, 10000);
	assert_null(world_status(w, 0, IKE_ST_FAILED));
}

static void no_esp_proposal(void **state)
{
	struct world *w = *state;
	const struct ike_fx_status *st;

	world_propose(w, 0, PROTO_ESP, "aes256-sha512");
	world_propose(w, 1, PROTO_ESP, "aes256-sha256-aes128");
	world_initiate(w, 0, "");
	world_settle(w);
	assert_non_null(world_status(w, 0, IKE_ST_IKE_UP)); /* the IKE SA stands */
	st = world_status(w, 1, IKE_ST_CHILD_FAILED);
	assert_int_equal(st->why, IKE_WHY_NO_PROPOSAL);
	assert_string_equal(st->child, "lan");
	assert_non_null(strstr(st->text, "(integrity differs: offered sha512, configured sha256)"));
	assert_non_null(strstr(st->hint, "esp = aes256-sha512 here would match"));
	st = world_status(w, 0, IKE_ST_CHILD_FAILED);
	assert_int_equal(st->why, IKE_WHY_NO_PROPOSAL);
	assert_non_null(strstr(st->text, "refuses all our ESP proposals; offered: aes256-sha512"));
	assert_agree(w);
}

static void set_ts(struct world *w, unsigned int i, const char *local, const char *remote)
{
	struct child_room *c = &w->peer[i].room.child[0];
	char err[256] = "";

	if (ike_ts_parse(local, &c->local[0], err, sizeof(err)) ||
	    ike_ts_parse(remote, &c->remote[0], err, sizeof(err)))
		fail_msg("%s", err);
	world_set(w, i);
}

static void no_selector(void **state)
{
	struct world *w = *state;
	const struct ike_fx_status *st;

	set_ts(w, 0, "10.7.0.0/16", "10.2.0.0/16");
	world_initiate(w, 0, "");
	world_settle(w);
	st = world_status(w, 1, IKE_ST_CHILD_FAILED);
	assert_int_equal(st->why, IKE_WHY_NO_TS);
	assert_string_equal(
		st->text,
		"no traffic selector fits; the peer offers 10.2.0.0/16 === "
		"10.7.0.0/16, and the nearest child, lan, has 10.2.0.0/16 === 10.1.0.0/16: "
		"the remote side has no address in common");
	assert_string_equal(
		st->hint, "remote = 10.7.0.0/16 of child lan, or the peer's local to 10.1.0.0/16");
	st = world_status(w, 0, IKE_ST_CHILD_FAILED);
	assert_int_equal(st->why, IKE_WHY_NO_TS);
	assert_non_null(strstr(st->text, "offered: 10.7.0.0/16 === 10.2.0.0/16"));
	assert_agree(w);
}

static void narrowed(void **state)
{
	struct world *w = *state;
	const struct ike_fx_child *fx;

	set_ts(w, 0, "0.0.0.0/0", "10.2.3.0/24");
	world_initiate(w, 0, "");
	world_settle(w);
	assert_int_equal(world_pairs(w, 0), 1);
	assert_agree(w);
	fx = &w->peer[0].pairs[0].fx;
	assert_memory_equal(fx->local_ts[0].min, "\x0a\1\0\0", 4);
	assert_memory_equal(fx->local_ts[0].max, "\x0a\1\xff\xff", 4);
	assert_memory_equal(fx->remote_ts[0].min, "\x0a\2\3\0", 4);
}

static void unknown_identity(void **state)
{
	struct world *w = *state;
	const struct ike_fx_status *st;
	char err[128];

	ike_id_parse("someone@example.com", &w->peer[1].conf.remote_id, err, sizeof(err));
	world_set(w, 1);
	world_initiate(w, 0, "");
	world_settle(w);
	st = world_status(w, 1, IKE_ST_FAILED);
	assert_int_equal(st->why, IKE_WHY_ID);
	assert_non_null(strstr(st->text, "no tunnel is for the peer's identity left@example.com"));
	assert_non_null(strstr(st->hint, "remote-id = left@example.com here"));
	assert_int_equal(world_status(w, 0, IKE_ST_FAILED)->why, IKE_WHY_AUTH);
}

static void invalid_ke(void **state)
{
	struct world *w = *state;

	world_propose(w, 0, PROTO_IKE, "aes256gcm16-prfsha256-x25519-ecp256");
	world_propose(w, 0, PROTO_ESP, "aes128gcm16-x25519-ecp256");
	world_propose(w, 1, PROTO_IKE, "aes256gcm16-prfsha256-ecp256");
	world_propose(w, 1, PROTO_ESP, "aes128gcm16-ecp256");
	world_initiate(w, 0, "");
	world_settle(w);
	assert_int_equal(world_pairs(w, 0), 1);
	assert_int_equal(w->peer[0].n_send, 3);
	world_rekey(w, 0, "lan"); /* which needs the right group too */
	world_run(w, 100);
	assert_int_equal(w->peer[0].n_install, 2);
	world_rekey(w, 0, "");
	world_run(w, 100);
	assert_non_null(world_status(w, 0, IKE_ST_IKE_REKEYED));
	assert_agree(w);
}

static void transport_mode(void **state)
{
	struct world *w = *state;

	w->peer[0].room.children[0].mode = 0;
	world_set(w, 0);
	world_initiate(w, 0, "");
	world_settle(w);
	/* the responder is for tunnel mode: the child is not made by halves */
	assert_int_equal(world_pairs(w, 0), 0);
	assert_int_equal(world_pairs(w, 1), 0);
	assert_non_null(strstr(world_status(w, 0, IKE_ST_CHILD_FAILED)->text, "transport mode"));
	assert_agree(w);
	w->peer[1].room.children[0].mode = 0;
	world_set(w, 1);
	world_initiate(w, 0, "");
	world_settle(w);
	assert_int_equal(world_pairs(w, 0), 1);
	assert_int_equal(w->peer[0].pairs[0].fx.mode, 0);
	assert_agree(w);
}

static void flood(void **state)
{
	struct world *w = *state;
	struct item first;
	unsigned int answered = 0, cookies = 0;

	world_initiate(w, 0, "");
	first = w->items[0];
	for (unsigned int i = 0; i < 200; i++) {
		struct ike_event ev = { .type = IKE_EV_PACKET };
		uint8_t copy[2048];

		memcpy(copy, first.data, first.len);
		copy[0] = (uint8_t)i; /* another SPI each time */
		copy[1] ^= 0x55;
		ev.u.packet.local = first.local;
		ev.u.packet.remote = first.remote;
		ev.u.packet.len = first.len;
		ev.u.packet.data = copy;
		world_event(w, 1, &ev);
		while (w->n_items > 1) {
			struct item *it = &w->items[w->n_items - 1];

			/* the first payload of an answer: SA, or a notify */
			answered += it->data[16] == 33;
			cookies += it->data[16] == 41;
			assert_true(it->data[16] != 41 || it->len < first.len);
			world_drop(w, w->n_items - 1);
		}
	}
	assert_int_equal(answered, 32);
	assert_int_equal(cookies, 200 - 32);
	assert_int_equal(world_sas(w, 1), 32);
	/* who answers with the cookie gets in */
	world_settle(w);
	assert_int_equal(world_pairs(w, 0), 1);
	assert_int_equal(w->peer[0].n_send, 3);
	/* and the rest is forgotten */
	world_run(w, 31000);
	assert_int_equal(world_sas(w, 1), 1);
}

static void kernel_refuses(void **state)
{
	struct world *w = *state;
	const struct ike_fx_status *st;

	for (unsigned int i = 0; i < 2; i++) {
		w->peer[i].install_fails = true;
		world_initiate(w, 0, "");
		world_settle(w);
		st = world_status(w, i, IKE_ST_CHILD_FAILED);
		assert_int_equal(st->why, IKE_WHY_KERNEL);
		assert_string_equal(st->text, "the kernel says no");
		assert_pairs(w, 0);
		w->peer[i].install_fails = false;
		w->peer[i].spi_fails = true;
		world_initiate(w, 0, "");
		world_run(w, 5000); /* "temporary", says the responder */
		assert_string_equal(world_status(w, i, IKE_ST_CHILD_FAILED)->text,
				    "no SPI to be had");
		w->peer[i].spi_fails = false;
		assert_agree(w);
	}
	world_initiate(w, 0, "");
	world_run(w, 20000);
	assert_int_equal(world_pairs(w, 1), 1);
	assert_agree(w);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(silence),	       TEST(wrong_psk),	     TEST(wrong_psk_of_responder),
		TEST(no_ike_proposal), TEST(forged_refusal), TEST(no_esp_proposal),
		TEST(no_selector),     TEST(narrowed),	     TEST(unknown_identity),
		TEST(invalid_ke),      TEST(transport_mode), TEST(flood),
		TEST(kernel_refuses),
	};

	return cmocka_run_group_tests_name("IKEv2 refusals", tests, NULL, NULL);
}
