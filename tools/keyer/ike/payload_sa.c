// SPDX-License-Identifier: MIT
/*
 * The Security Association payload, RFC 7296 3.3.
 */
#include <string.h>

#include "tools/keyer/ike/payload.h"
#include "tools/keyer/ike/proposal.h"

enum {
	LAST = 0,
	MORE_PROPOSALS = 2,
	MORE_TRANSFORMS = 3,
	ATTR_KEY_LENGTH = 14,
	ATTR_TV = 0x8000, /* the value stands in place of the length */
	KEY_BITS_MAX = 2047, /* as many as are kept; nobody has more */
};

/*
 * Of the attributes only Key Length is defined (3.3.5); a transform with any
 * other must be refused as a whole, so it is given an id that nobody has.
 */
static const char *attributes_parse(struct bytes b, struct ike_transform *t, bool *strange)
{
	struct reader r = reader_of(b);

	while (reader_left(&r)) {
		uint16_t type = read_u16(&r), value = read_u16(&r);

		if (r.failed)
			return "a transform attribute is cut off";
		if (!(type & ATTR_TV)) {
			read_bytes(&r, value);
			if (r.failed)
				return "a transform attribute is cut off";
			*strange = true;
		} else if ((type & ~ATTR_TV) == ATTR_KEY_LENGTH && value <= KEY_BITS_MAX) {
			t->key_bits = value & KEY_BITS_MAX;
		} else {
			*strange = true;
		}
	}
	return NULL;
}

/*
 * A peer may list more transforms than we keep (charon's default is near it).
 * Those that we could never choose go first.
 */
static void transform_keep(struct ike_proposal *p, const struct ike_transform *t)
{
	if (p->n < IKE_TRANSFORMS_MAX) {
		p->t[p->n++] = *t;
		return;
	}
	if (!transform_supported(p->protocol, t))
		return;
	for (unsigned int i = 0; i < p->n; i++) {
		if (!transform_supported(p->protocol, &p->t[i])) {
			memmove(&p->t[i], &p->t[i + 1], (p->n - i - 1u) * sizeof(*t));
			p->t[p->n - 1] = *t;
			return;
		}
	}
}

static const char *transforms_parse(struct reader *r, unsigned int n, struct ike_proposal *p)
{
	for (unsigned int i = 0; i < n; i++) {
		struct ike_transform t = { 0 };
		uint8_t more = read_u8(r), type;
		bool strange = false;
		const char *err;
		uint16_t len;

		read_u8(r);
		len = read_u16(r);
		type = read_u8(r);
		t.type = type & 31;
		read_u8(r);
		t.id = read_u16(r);
		if (r->failed || len < 8 || reader_left(r) < len - 8u)
			return "a transform is longer than its proposal";
		if (more != (i + 1 < n ? MORE_TRANSFORMS : LAST))
			return "the transforms are not as many as their proposal says";
		err = attributes_parse(read_bytes(r, len - 8u), &t, &strange);
		if (err)
			return err;
		if (!type || type > TR_ADDKE7) /* 3.3.6: then the proposal is not for us */
			p->alien = true;
		else if (!strange)
			transform_keep(p, &t);
	}
	return reader_left(r) ? "bytes after the last transform" : NULL;
}

const char *sa_payload_parse(struct bytes body, struct sa_payload *sa)
{
	struct reader r = reader_of(body);
	uint8_t more;

	memset(sa, 0, sizeof(*sa));
	do {
		struct sa_proposal scratch = { 0 }, *p = &scratch;
		struct bytes spi, inside;
		struct reader in;
		const char *err;
		uint8_t n, protocol;
		uint16_t len;

		if (sa->n < IKE_PROPOSALS_MAX)
			p = &sa->p[sa->n++];
		more = read_u8(&r);
		read_u8(&r);
		len = read_u16(&r);
		if (r.failed || len < 8 || reader_left(&r) < len - 4u)
			return "a proposal is longer than its payload";
		inside = read_bytes(&r, len - 4u);
		in = reader_of(inside);
		p->number = read_u8(&in);
		protocol = read_u8(&in);
		p->p.protocol = protocol & 3;
		p->p.alien = protocol > PROTO_ESP;
		p->spi_len = read_u8(&in);
		n = read_u8(&in);
		spi = read_bytes(&in, p->spi_len);
		if (in.failed)
			return "a proposal is cut off";
		if (p->spi_len > IKE_SPI_LEN)
			return "the SPI of a proposal is longer than 8 bytes";
		memcpy(p->spi, spi.p, spi.len);
		err = transforms_parse(&in, n, &p->p);
		if (err)
			return err;
		if (more != LAST && more != MORE_PROPOSALS)
			return "the chain of proposals is broken";
	} while (more == MORE_PROPOSALS);
	return reader_left(&r) ? "bytes after the last proposal" : NULL;
}

static void transform_write(struct writer *w, const struct ike_transform *t, bool last)
{
	write_u8(w, last ? LAST : MORE_TRANSFORMS);
	write_u8(w, 0);
	write_u16(w, t->key_bits ? 12 : 8);
	write_u8(w, t->type);
	write_u8(w, 0);
	write_u16(w, t->id);
	if (t->key_bits) {
		write_u16(w, ATTR_TV | ATTR_KEY_LENGTH);
		write_u16(w, t->key_bits);
	}
}

void sa_payload_write(struct writer *w, const struct sa_proposal *p, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		size_t start = w->len;

		write_u8(w, i + 1 < n ? MORE_PROPOSALS : LAST);
		write_u8(w, 0);
		write_u16(w, 0);
		write_u8(w, p[i].number);
		write_u8(w, p[i].p.protocol);
		write_u8(w, p[i].spi_len);
		write_u8(w, p[i].p.n);
		write_bytes(w, p[i].spi, p[i].spi_len);
		for (unsigned int t = 0; t < p[i].p.n; t++)
			transform_write(w, &p[i].p.t[t], t + 1 == p[i].p.n);
		write_at_u16(w, start + 2, (uint16_t)(w->len - start));
	}
}
