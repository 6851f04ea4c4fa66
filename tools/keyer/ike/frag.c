// SPDX-License-Identifier: MIT
/*
 * Fragments of messages, RFC 7383: what is too long for the path goes in parts,
 * each encrypted by itself, so that only the peer can make us keep any.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tools/keyer/ike/report.h"
#include "tools/keyer/ike/sa.h"

enum {
	FRAG_HEAD = 4, /* number and total */
	GENERIC_HEADER = 4,
	NEXT_AT = 16, /* of the IKE header */
	UDP_HEADER = 8,
	NON_ESP_MARKER = 4
};

/** struct frags - the parts of one message that have come. */
struct frags {
	uint32_t mid;
	uint16_t total, have;
	uint8_t next; /* type of the first payload, which fragment 1 tells */
	size_t bytes;
	struct packet part[];
};

/* What fits into one datagram of ours, IKE header and all. */
static size_t datagram_max(const struct sa *sa)
{
	size_t outer = (sa->local.family == AF_INET6 ? 40 : 20) + UDP_HEADER +
		       (sa->natt ? NON_ESP_MARKER : 0);

	return sa->fragment_size - outer;
}

bool frag_needed(const struct sa *sa, size_t len)
{
	return sa->fragment_size && len > datagram_max(sa);
}

static bool part_write(struct sa *sa, struct writer *w, const uint8_t *header, uint8_t next,
		       uint16_t number, uint16_t total, struct bytes chunk)
{
	size_t start = w->len, payload_at = start + IKE_HEADER_LEN, iv_at;

	write_bytes(w, header, IKE_HEADER_LEN);
	write_at_u8(w, start + NEXT_AT, PL_SKF);
	write_u8(w, number == 1 ? next : PL_NONE);
	write_u8(w, 0);
	write_u16(w, 0);
	write_u16(w, number);
	write_u16(w, total);
	iv_at = w->len;
	sk_begin(sa, w);
	write_bytes(w, chunk.p, chunk.len);
	return sk_finish(sa, w, start, payload_at, iv_at);
}

bool frag_seal(struct sa *sa, const uint8_t *header, uint8_t next, struct bytes plain,
	       struct bytes *packets)
{
	struct ike *ike = sa->ike;
	struct writer w = { .buf = ike->parts, .cap = sizeof(ike->parts) };
	size_t room =
		datagram_max(sa) - IKE_HEADER_LEN - GENERIC_HEADER - FRAG_HEAD - sk_overhead(sa);
	size_t total = (plain.len + room - 1) / room;

	if (total > FRAGS_MAX)
		return false;
	for (size_t i = 0; i < total; i++) {
		size_t at = i * room, left = plain.len - at;
		struct bytes chunk = { plain.p + at, left < room ? left : room };

		if (!part_write(sa, &w, header, next, (uint16_t)(i + 1), (uint16_t)total, chunk))
			return false;
	}
	log_sa(sa, IKE_LOG_DEBUG, "fragments=%zu", total);
	*packets = (struct bytes){ w.buf, w.len };
	return true;
}

void frags_drop(struct sa *sa, struct frags **f)
{
	if (!*f)
		return;
	for (unsigned int i = 0; i < (*f)->total; i++)
		packet_drop(&(*f)->part[i]);
	sa->ike->frag_bytes -= (*f)->bytes;
	free(*f);
	*f = NULL;
}

static struct frags *frags_new(uint32_t mid, uint16_t total)
{
	struct frags *f = mem_new(sizeof(*f) + total * sizeof(f->part[0]));

	f->mid = mid;
	f->total = total;
	return f;
}

/*
 * RFC 7383 2.6: a larger total is of a sender that found a smaller MTU, and begins
 * anew; a smaller one is late.
 */
static const char *frags_place(struct sa *sa, struct frags **f, const struct msg *m,
			       uint16_t number, uint16_t total)
{
	if (!number || !total || number > total)
		return "a fragment with a number beyond its total";
	if (total > FRAGS_MAX)
		return "more fragments than a message can have";
	if (*f && ((*f)->mid != m->h.mid || (*f)->total < total))
		frags_drop(sa, f);
	if (!*f)
		*f = frags_new(m->h.mid, total);
	if ((*f)->total > total)
		return "a fragment of a division that was given up";
	if ((*f)->part[number - 1].data)
		return "a fragment that is here already";
	return NULL;
}

/* Copies all parts behind each other; the chain of payloads is whole again. */
static struct bytes frags_join(struct ike *ike, const struct frags *f)
{
	struct bytes plain = { ike->joined, 0 };

	for (unsigned int i = 0; i < f->total; i++) {
		memcpy(ike->joined + plain.len, f->part[i].data, f->part[i].len);
		plain.len += f->part[i].len;
	}
	return plain;
}

/* A message of who has not authenticated is certificates at most. */
static size_t bytes_max(const struct sa *sa)
{
	return sa->state < SA_ESTABLISHED ? FRAG_EARLY_MAX : sizeof(sa->ike->joined);
}

const char *frag_open(struct sa *sa, struct msg *m, uint8_t *packet, bool *authentic, bool again,
		      bool *complete)
{
	struct frags **f = header_is_response(&m->h) ? &sa->frags_response : &sa->frags_request;
	struct reader r = reader_of(m->sk);
	uint16_t number = read_u16(&r), total = read_u16(&r);
	struct ike *ike = sa->ike;
	struct bytes plain;
	const char *err = sk_decrypt(sa, m, FRAG_HEAD, packet, authentic, &plain);

	*complete = false;
	if (err)
		return err;
	if (again) { /* the response goes out once for all fragments of a repeated request */
		*complete = number == 1;
		return NULL;
	}
	err = plain.len ? frags_place(sa, f, m, number, total) : "an empty fragment";
	if (!err && ((*f)->bytes + plain.len > bytes_max(sa) ||
		     ike->frag_bytes + plain.len > FRAG_BYTES_MAX))
		err = "more bytes of fragments than are kept";
	if (err) {
		log_sa(sa, IKE_LOG_DEBUG, "mid=%u fragment=%u/%u result=dropped why=\"%s\"",
		       m->h.mid, number, total, err);
		return NULL;
	}
	packet_set(&(*f)->part[number - 1], plain.p, plain.len);
	(*f)->bytes += plain.len;
	ike->frag_bytes += plain.len;
	if (number == 1)
		(*f)->next = m->sk_next;
	if (++(*f)->have < total)
		return NULL;
	*complete = true;
	plain = frags_join(ike, *f);
	m->sk_next = (*f)->next;
	frags_drop(sa, f);
	return msg_parse_inner(m, plain);
}
