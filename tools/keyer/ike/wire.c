// SPDX-License-Identifier: MIT
/*
 * The reader and the writer of wire.h.
 */
#include <string.h>

#include "tools/keyer/ike/wire.h"

struct bytes read_bytes(struct reader *r, size_t len)
{
	struct bytes b = { r->p, len };

	if (r->failed || reader_left(r) < len) {
		r->failed = true;
		r->p = r->end;
		return (struct bytes){ r->end, 0 };
	}
	r->p += len;
	return b;
}

uint8_t read_u8(struct reader *r)
{
	struct bytes b = read_bytes(r, 1);

	return b.len ? b.p[0] : 0;
}

uint16_t read_u16(struct reader *r)
{
	struct bytes b = read_bytes(r, 2);

	return b.len ? (uint16_t)(b.p[0] << 8 | b.p[1]) : 0;
}

uint32_t read_u32(struct reader *r)
{
	struct bytes b = read_bytes(r, 4);

	if (!b.len)
		return 0;
	return (uint32_t)b.p[0] << 24 | (uint32_t)b.p[1] << 16 | (uint32_t)b.p[2] << 8 | b.p[3];
}

struct bytes read_rest(struct reader *r)
{
	return read_bytes(r, r->failed ? 0 : reader_left(r));
}

static uint8_t *writer_take(struct writer *w, size_t len)
{
	uint8_t *p = w->buf + w->len;

	if (w->failed || w->cap - w->len < len) {
		w->failed = true;
		return NULL;
	}
	w->len += len;
	return p;
}

void write_bytes(struct writer *w, const void *p, size_t len)
{
	uint8_t *to = writer_take(w, len);

	if (to && len)
		memcpy(to, p, len);
}

void write_zeros(struct writer *w, size_t len)
{
	uint8_t *to = writer_take(w, len);

	if (to && len)
		memset(to, 0, len);
}

void write_u8(struct writer *w, uint8_t v)
{
	write_bytes(w, &v, 1);
}

void write_u16(struct writer *w, uint16_t v)
{
	const uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	write_bytes(w, b, 2);
}

void write_u32(struct writer *w, uint32_t v)
{
	const uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
			       (uint8_t)v };

	write_bytes(w, b, 4);
}

void write_at_u8(struct writer *w, size_t at, uint8_t v)
{
	if (!w->failed && at < w->len)
		w->buf[at] = v;
}

void write_at_u16(struct writer *w, size_t at, uint16_t v)
{
	write_at_u8(w, at, (uint8_t)(v >> 8));
	write_at_u8(w, at + 1, (uint8_t)v);
}

void write_at_u32(struct writer *w, size_t at, uint32_t v)
{
	write_at_u16(w, at, (uint16_t)(v >> 16));
	write_at_u16(w, at + 2, (uint16_t)v);
}
