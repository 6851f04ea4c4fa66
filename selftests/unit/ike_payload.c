// SPDX-License-Identifier: MIT
/*
 * Bytes and structures: round trips, and what hostile bytes do (nothing).
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "selftests/unit/ike_peers.h"
#include "tools/keyer/ike/sa.h"

static struct ike_proposal proposal(uint8_t protocol, const char *text)
{
	struct ike_proposal p;
	char err[256];

	assert_int_equal(ike_proposal_parse(protocol, text, &p, err, sizeof(err)), 0);
	return p;
}

static struct ike_ts ts(const char *text)
{
	struct ike_ts t;
	char err[256];

	assert_int_equal(ike_ts_parse(text, &t, err, sizeof(err)), 0);
	return t;
}

static void header_round_trip(void **state)
{
	struct ike_header h = { .spi_i = "\1\2\3\4\5\6\7",
				.spi_r = "\x11\x12",
				.next = PL_SA,
				.major = 2,
				.exchange = EXCH_IKE_AUTH,
				.flags = FLAG_RESPONSE,
				.mid = 0x01020304 },
			  back;
	uint8_t buf[64];
	struct writer w = { .buf = buf, .cap = sizeof(buf) };

	(void)state;
	header_write(&w, &h);
	header_finish(&w);
	assert_int_equal(w.len, IKE_HEADER_LEN);
	assert_true(header_parse((struct bytes){ buf, w.len }, &back));
	assert_memory_equal(back.spi_i, h.spi_i, 8);
	assert_memory_equal(back.spi_r, h.spi_r, 8);
	assert_int_equal(back.mid, h.mid);
	assert_int_equal(back.len, w.len);
	assert_int_equal(back.major, 2);
	assert_true(header_is_response(&back));
	for (size_t n = 0; n < w.len; n++)
		assert_false(header_parse((struct bytes){ buf, n }, &back));
	assert_false(header_parse((struct bytes){ buf, w.len + 1 }, &back));
}

static void sa_round_trip(void **state)
{
	struct sa_proposal p[2] = { { .number = 1, .spi_len = 4, .spi = "abc" },
				    { .number = 2, .spi_len = 8, .spi = "abcdefg" } };
	uint8_t buf[1024];
	struct writer w = { .buf = buf, .cap = sizeof(buf) };
	struct sa_payload sa;

	(void)state;
	p[0].p = proposal(PROTO_ESP, "aes256-aes128-sha256-sha512-x25519");
	p[1].p = proposal(PROTO_IKE, "aes192gcm16-prfsha384-ecp384-modp2048");
	sa_payload_write(&w, p, 2);
	assert_false(w.failed);
	assert_null(sa_payload_parse((struct bytes){ buf, w.len }, &sa));
	assert_int_equal(sa.n, 2);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(sa.p[i].number, i + 1);
		assert_int_equal(sa.p[i].spi_len, p[i].spi_len);
		assert_memory_equal(sa.p[i].spi, p[i].spi, p[i].spi_len);
		assert_int_equal(sa.p[i].p.n, p[i].p.n);
		for (unsigned int t = 0; t < p[i].p.n; t++)
			assert_true(transform_equal(&sa.p[i].p.t[t], &p[i].p.t[t]));
	}
	for (size_t n = 0; n < w.len; n++) {
		uint8_t *exact = malloc(n ? n : 1); /* so that one byte too far is seen */

		memcpy(exact, buf, n);
		assert_non_null(sa_payload_parse((struct bytes){ exact, n }, &sa));
		free(exact);
	}
}

/* More transforms than are kept: those that we could choose survive. */
static void sa_many_transforms(void **state)
{
	uint8_t buf[2048];
	struct writer w = { .buf = buf, .cap = sizeof(buf) };
	struct sa_payload sa;
	const unsigned int n = IKE_TRANSFORMS_MAX + 20;

	(void)state;
	write_u32(&w, 8 + 8 * n);
	write_u8(&w, 1);
	write_u8(&w, PROTO_IKE);
	write_u8(&w, 0);
	write_u8(&w, n);
	for (unsigned int i = 0; i < n; i++) {
		write_u8(&w, i + 1 < n ? 3 : 0);
		write_u8(&w, 0);
		write_u16(&w, 8);
		write_u8(&w, TR_KE);
		write_u8(&w, 0);
		write_u16(&w, (uint16_t)(i + 1 < n ? 1000 + i : KE_X25519));
	}
	assert_null(sa_payload_parse((struct bytes){ buf, w.len }, &sa));
	assert_int_equal(sa.p[0].p.n, IKE_TRANSFORMS_MAX);
	assert_true(proposal_has_ke(&sa.p[0].p, KE_X25519));
}

/* RFC 7296 3.3.6: a transform of an unknown type makes the proposal another's. */
static void sa_unknown_type(void **state)
{
	const struct proposal_rules rules = { 0 };
	struct ike_proposal ours, chosen;
	struct proposal_miss miss;
	struct sa_payload sa;
	char err[128];

	(void)state;
	assert_int_equal(
		ike_proposal_parse(1, "aes128gcm16-prfsha256-x25519", &ours, err, sizeof(err)), 0);
	for (unsigned int type = 0; type < 256; type++) {
		uint8_t buf[256];
		struct writer w = { .buf = buf, .cap = sizeof(buf) };
		struct sa_proposal p = { .number = 1, .p = ours };

		sa_payload_write(&w, &p, 1);
		/* one more, of that type, at the end */
		buf[w.len - 8] = 3;
		write_u32(&w, 8);
		write_u8(&w, (uint8_t)type);
		write_u8(&w, 0);
		write_u16(&w, 0);
		buf[3] = (uint8_t)w.len;
		buf[7] = (uint8_t)(ours.n + 1);
		assert_null(sa_payload_parse((struct bytes){ buf, w.len }, &sa));
		assert_int_equal(proposal_match(&ours, &sa.p[0].p, &rules, &chosen, &miss),
				 type >= TR_ENCR && type <= TR_ADDKE7);
		assert_int_equal(sa.p[0].p.alien, !(type >= TR_ENCR && type <= TR_ADDKE7));
	}
}

static void ts_round_trip(void **state)
{
	struct ts_list list = { .n = 3 }, back;
	uint8_t buf[256];
	struct writer w = { .buf = buf, .cap = sizeof(buf) };

	(void)state;
	list.ts[0] = ts("10.1.0.0/16");
	list.ts[1] = ts("2001:db8::/32[tcp/22]");
	list.ts[2] = ts("10.0.0.1-10.0.0.9[udp/1-100]");
	ts_payload_write(&w, &list);
	assert_null(ts_payload_parse((struct bytes){ buf, w.len }, &back));
	assert_true(ts_list_equal(&list, &back));
	for (size_t n = 0; n < w.len; n++)
		assert_non_null(ts_payload_parse((struct bytes){ buf, n }, &back));
	buf[8 + 4] = 11; /* ends before it starts */
	assert_non_null(ts_payload_parse((struct bytes){ buf, w.len }, &back));
}

static void id_round_trip(void **state)
{
	struct ike_id id, back;
	uint8_t buf[300];
	struct writer w = { .buf = buf, .cap = sizeof(buf) };
	char err[128];

	(void)state;
	assert_int_equal(ike_id_parse("gw@example.com", &id, err, sizeof(err)), 0);
	id_payload_write(&w, &id);
	assert_null(id_payload_parse((struct bytes){ buf, w.len }, &back));
	assert_int_equal(back.type, IKE_ID_EMAIL);
	assert_int_equal(back.len, id.len);
	assert_memory_equal(back.data, id.data, id.len);
	for (size_t n = 0; n <= 4; n++)
		assert_non_null(id_payload_parse((struct bytes){ buf, n }, &back));
	buf[0] = IKE_ID_IPV4; /* which has four bytes */
	assert_non_null(id_payload_parse((struct bytes){ buf, w.len }, &back));
	memset(buf, 'a', sizeof(buf));
	assert_non_null(id_payload_parse((struct bytes){ buf, 4 + IKE_ID_MAX + 1 }, &back));
}

static void writer_overflows(void **state)
{
	uint8_t buf[8] = { 0 };
	struct writer w = { .buf = buf, .cap = 6 };

	(void)state;
	write_u32(&w, 1);
	write_u32(&w, 2);
	assert_true(w.failed);
	assert_int_equal(w.len, 4);
	write_u8(&w, 1); /* would fit, but a failed message stays failed */
	assert_int_equal(w.len, 4);
	assert_int_equal(buf[4], 0);
}

/* A chain by hand: unknown payloads, critical or not, and what comes twice. */
static size_t chain(uint8_t *buf, const uint8_t *types, const uint8_t *flags, unsigned int n)
{
	struct ike_header h = { .next = types[0], .major = 2, .exchange = EXCH_INFORMATIONAL };
	struct writer w = { .buf = buf, .cap = 512 };

	header_write(&w, &h);
	for (unsigned int i = 0; i < n; i++) {
		write_u8(&w, i + 1 < n ? types[i + 1] : 0);
		write_u8(&w, flags[i]);
		write_u16(&w, 4 + 20);
		write_zeros(&w, 20);
	}
	header_finish(&w);
	return w.len;
}

static void unknown_payloads(void **state)
{
	static const uint8_t types[] = { 200, PL_NONCE, 201, PL_VENDOR, PL_VENDOR };
	static const uint8_t harmless[5] = { 0 }, critical[] = { 0, 0, 0x80, 0, 0 };
	static const uint8_t twice[] = { PL_NONCE, PL_NONCE };
	uint8_t buf[512];
	struct msg m;
	size_t n;

	(void)state;
	n = chain(buf, types, harmless, 5);
	assert_null(msg_parse((struct bytes){ buf, n }, &m));
	assert_int_equal(m.unknown_critical, 0);
	assert_true(msg_has(&m, PL_NONCE));
	assert_int_equal(m.nonce.len, 20);
	n = chain(buf, types, critical, 5);
	assert_null(msg_parse((struct bytes){ buf, n }, &m));
	assert_int_equal(m.unknown_critical, 201);
	n = chain(buf, twice, harmless, 2);
	assert_non_null(msg_parse((struct bytes){ buf, n }, &m));
}

/* Messages of a whole conversation, as they were on the wire. */
struct tape {
	unsigned int n;
	struct bytes msg[32];
};

static bool record(struct world *w, struct item *it)
{
	struct tape *t = w->ctx;
	uint8_t *copy = malloc(it->len);

	memcpy(copy, it->data, it->len);
	t->msg[t->n++] = (struct bytes){ copy, it->len };
	return true;
}

static void tape_fill(struct tape *t)
{
	struct world *w = world_new(7);

	t->n = 0;
	w->ctx = t;
	w->filter = record;
	world_talk(w);
	world_terminate(w, 1, "");
	world_settle(w);
	world_free(w);
	assert_in_range(t->n, 12, 32);
}

static void tape_free(struct tape *t)
{
	while (t->n)
		free((void *)(uintptr_t)t->msg[--t->n].p);
}

static void parse_all(struct bytes b)
{
	struct sa_payload sa;
	struct ts_list list;
	struct msg m;

	if (msg_parse(b, &m))
		return;
	if (msg_has(&m, PL_SA))
		sa_payload_parse(m.sa, &sa);
	if (msg_has(&m, PL_TSI))
		ts_payload_parse(m.tsi, &list);
}

static void truncation_and_corruption(void **state)
{
	struct tape t;

	(void)state;
	tape_fill(&t);
	for (unsigned int i = 0; i < t.n; i++) {
		for (size_t n = 0; n < t.msg[i].len; n++) {
			uint8_t *exact = malloc(n ? n : 1);

			memcpy(exact, t.msg[i].p, n);
			if (n >= IKE_HEADER_LEN) { /* with a header that agrees */
				exact[26] = (uint8_t)(n >> 8);
				exact[27] = (uint8_t)n;
			}
			parse_all((struct bytes){ exact, n });
			free(exact);
		}
	}
	for (size_t k = 0; k < t.msg[0].len; k++) {
		for (unsigned int v = 0; v < 256; v++) {
			uint8_t *exact = malloc(t.msg[0].len);

			memcpy(exact, t.msg[0].p, t.msg[0].len);
			exact[k] = (uint8_t)v;
			parse_all((struct bytes){ exact, t.msg[0].len });
			free(exact);
		}
	}
	tape_free(&t);
}

/* What stands inside SK, once decrypted: the same for the inner chain. */
static void inner_corruption(void **state)
{
	uint8_t buf[1024];
	struct writer w = { .buf = buf, .cap = sizeof(buf) };
	static const uint8_t types[] = { PL_SA, PL_NOTIFY, PL_DELETE, PL_TSI };
	struct sa_proposal p = { .number = 1, .spi_len = 4 };
	struct ts_list list = { .n = 1 };
	size_t at = 0;

	(void)state;
	p.p = proposal(PROTO_ESP, "aes128gcm16-x25519");
	list.ts[0] = ts("10.0.0.0/8");
	for (unsigned int i = 0; i < 4; i++) {
		at = w.len;
		write_u8(&w, i < 3 ? types[i + 1] : 0);
		write_zeros(&w, 3);
		if (types[i] == PL_SA)
			sa_payload_write(&w, &p, 1);
		else if (types[i] == PL_TSI)
			ts_payload_write(&w, &list);
		else
			write_bytes(&w,
				    types[i] == PL_DELETE ? "\3\4\0\1abcd" :
							    "\3\4\x40\x09"
							    "abcd",
				    8);
		write_at_u16(&w, at + 2, (uint16_t)(w.len - at));
	}
	for (size_t n = 0; n <= w.len; n++) {
		for (unsigned int bit = 0; bit < 8 * n; bit++) {
			uint8_t *exact = malloc(n);
			struct msg m = { .sk_next = PL_SA };
			struct sa_payload sa;
			const char *err;

			memcpy(exact, buf, n);
			if (n == w.len)
				exact[bit / 8] ^= (uint8_t)(1 << bit % 8);
			err = msg_parse_inner(&m, (struct bytes){ exact, n });
			if (n < w.len)
				assert_non_null(err);
			else if (!err && msg_has(&m, PL_SA))
				sa_payload_parse(m.sa, &sa);
			free(exact);
			if (n < w.len)
				break;
		}
	}
}

/*
 * On the wire: each datagram of a conversation comes first with one byte
 * changed. Protected ones must leave no trace.
 */
struct corrupt {
	unsigned int nth, count, seen;
	size_t byte;
	bool in_clear;
};

static bool corrupt_one(struct world *w, struct item *it)
{
	struct corrupt *c = w->ctx;
	struct ike_event ev = { .type = IKE_EV_PACKET };
	bool (*filter)(struct world *, struct item *) = w->filter;
	uint8_t *bad;

	c->seen++;
	if (c->count++ != c->nth)
		return true;
	c->in_clear = it->data[18] == EXCH_IKE_SA_INIT;
	if (c->byte >= it->len) {
		c->byte = SIZE_MAX; /* that was the last */
		return true;
	}
	bad = malloc(it->len);
	memcpy(bad, it->data, it->len);
	bad[c->byte] ^= 0x41;
	ev.u.packet.local = it->local;
	ev.u.packet.remote = it->remote;
	ev.u.packet.natt = it->natt;
	ev.u.packet.len = it->len;
	ev.u.packet.data = bad;
	w->filter = NULL;
	{
		unsigned int to = it->to;

		/* @it may move while the copy is worked on: it is the last, and stays so */
		world_event(w, to, &ev);
	}
	w->filter = filter;
	free(bad);
	return true;
}

static void corrupted_on_the_wire(void **state)
{
	(void)state;
	for (unsigned int nth = 2;; nth++) {
		bool last = false;

		for (size_t byte = 0; !last; byte += 3) {
			struct corrupt c = { .nth = nth, .byte = byte };
			struct world *w = world_new(3);

			w->ctx = &c;
			w->filter = corrupt_one;
			world_initiate(w, 0, "");
			world_settle(w);
			world_rekey(w, 1, "lan");
			world_settle(w);
			w->filter = NULL;
			assert_int_equal(world_pairs(w, 0), 1);
			assert_null(world_agree(w));
			assert_int_equal(w->peer[0].n_install, 2);
			last = c.byte == SIZE_MAX || nth >= c.count;
			if (nth >= c.count) {
				world_free(w);
				return;
			}
			world_free(w);
		}
	}
}

/* In clear, anything may come of it but harm to the process. */
static void corrupted_init(void **state)
{
	struct tape t;

	(void)state;
	tape_fill(&t);
	for (unsigned int which = 0; which < 2; which++) {
		struct world *w = world_new(7); /* the same numbers as on the tape */

		world_initiate(w, 0, "");
		for (size_t k = 0; k < t.msg[which].len; k++) {
			struct ike_event ev = { .type = IKE_EV_PACKET };
			uint8_t *bad = malloc(t.msg[which].len);

			memcpy(bad, t.msg[which].p, t.msg[which].len);
			bad[k] ^= (uint8_t)(1 + k % 255);
			ev.u.packet.local = w->peer[!which].addr;
			ev.u.packet.remote = w->peer[which].addr;
			ev.u.packet.len = t.msg[which].len;
			ev.u.packet.data = bad;
			world_event(w, !which, &ev);
			free(bad);
			while (w->n_items > 8)
				world_drop(w, w->n_items - 1);
		}
		world_free(w);
	}
	tape_free(&t);
}

/*
 * A peer that is who it says, and hostile: what it protects properly has a
 * byte of the plain text changed. Anything may come of the tunnel, but the
 * process stands, nothing leaks, and the peer's wishes stay within bounds.
 */
struct hostile {
	unsigned int nth, count;
	size_t byte;
	uint8_t value;
	bool last;
};

static const struct crypto_aead *key_for(struct world *w, const struct item *it)
{
	bool from_initiator = it->data[19] & FLAG_INITIATOR;
	struct sa *sa = sa_find_spi(w->peer[it->to].ike, it->data + (from_initiator ? 8 : 0),
				    !from_initiator);

	return !sa ? NULL : from_initiator ? &sa->keys.i : &sa->keys.r;
}

static bool hostile_one(struct world *w, struct item *it)
{
	struct hostile *h = w->ctx;
	const struct crypto_aead *key;
	const size_t aad = IKE_HEADER_LEN + 4;
	size_t len, at;

	if (it->data[18] == EXCH_IKE_SA_INIT || h->count++ != h->nth)
		return true;
	key = key_for(w, it);
	if (!key || !key->encr)
		return true;
	len = it->len - aad - crypto_aead_iv_len(key) - crypto_aead_icv_len(key);
	if (crypto_aead_open(key, it->data, aad, len))
		return true;
	at = h->byte;
	h->last = at >= len + 1;
	if (at == len) /* the type of the first inner payload */
		it->data[IKE_HEADER_LEN] ^= h->value;
	else if (at < len)
		it->data[aad + crypto_aead_iv_len(key) + at] ^= h->value;
	crypto_aead_seal(key, it->data, aad, len);
	return true;
}

static void hostile_peer(void **state)
{
	static const uint8_t values[] = { 0x01, 0x80, 0xff };

	(void)state;
	for (unsigned int nth = 0; nth < 10; nth++) {
		for (unsigned int v = 0; v < sizeof(values); v++) {
			struct hostile h = { .nth = nth, .value = values[v] };

			for (h.byte = 0, h.last = false; !h.last; h.byte += 2) {
				struct world *w = world_new(11);

				h.count = 0;
				h.last = true; /* unless there is such a message */
				w->ctx = &h;
				w->filter = hostile_one;
				world_talk(w);
				w->filter = NULL;
				world_run(w, 200000);
				world_terminate(w, 0, "");
				world_terminate(w, 1, "");
				world_run(w, 400000);
				assert_int_equal(world_pairs(w, 0) + world_pairs(w, 1), 0);
				assert_int_equal(w->peer[0].n_reserved, 0);
				assert_int_equal(w->peer[1].n_reserved, 0);
				assert_true(world_idle(w));
				world_free(w);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_round_trip),
		cmocka_unit_test(sa_round_trip),
		cmocka_unit_test(sa_many_transforms),
		cmocka_unit_test(sa_unknown_type),
		cmocka_unit_test(ts_round_trip),
		cmocka_unit_test(id_round_trip),
		cmocka_unit_test(writer_overflows),
		cmocka_unit_test(unknown_payloads),
		cmocka_unit_test(truncation_and_corruption),
		cmocka_unit_test(inner_corruption),
		cmocka_unit_test(corrupted_on_the_wire),
		cmocka_unit_test(corrupted_init),
		cmocka_unit_test(hostile_peer),
	};

	return cmocka_run_group_tests_name("IKEv2 payloads", tests, NULL, NULL);
}
