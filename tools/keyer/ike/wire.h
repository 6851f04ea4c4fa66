/* SPDX-License-Identifier: MIT */
/*
 * Bytes in, bytes out: a reader and a writer that cannot leave their buffer.
 *
 * Both remember the first failure and from then on do nothing (the reader
 * yields zeros), so that a parser may read a whole structure and ask once.
 */
#ifndef IPSECVIF_KEYER_WIRE_H
#define IPSECVIF_KEYER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct bytes - a borrowed piece of memory. */
struct bytes {
	const uint8_t *p;
	size_t len;
};

struct reader {
	const uint8_t *p, *end;
	bool failed;
};

static inline struct reader reader_of(struct bytes b)
{
	return (struct reader){ b.p, b.p + b.len, false };
}

static inline size_t reader_left(const struct reader *r)
{
	return (size_t)(r->end - r->p);
}

struct bytes read_bytes(struct reader *r, size_t len);
uint8_t read_u8(struct reader *r);
uint16_t read_u16(struct reader *r);
uint32_t read_u32(struct reader *r);
/** read_rest() - all that is left. */
struct bytes read_rest(struct reader *r);

struct writer {
	uint8_t *buf;
	size_t len, cap;
	bool failed;
};

void write_bytes(struct writer *w, const void *p, size_t len);
void write_zeros(struct writer *w, size_t len);
void write_u8(struct writer *w, uint8_t v);
void write_u16(struct writer *w, uint16_t v);
void write_u32(struct writer *w, uint32_t v);
/** write_at_*() - overwrite what was written before, as a length now known. */
void write_at_u8(struct writer *w, size_t at, uint8_t v);
void write_at_u16(struct writer *w, size_t at, uint16_t v);
void write_at_u32(struct writer *w, size_t at, uint32_t v);

#endif /* IPSECVIF_KEYER_WIRE_H */
