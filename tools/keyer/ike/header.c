// SPDX-License-Identifier: MIT
/*
 * The IKE header, RFC 7296 3.1.
 */
#include <string.h>

#include "tools/keyer/ike/header.h"

enum {
	HEADER_LEN_AT = 24
};

bool header_parse(struct bytes packet, struct ike_header *h)
{
	struct reader r = reader_of(packet);
	struct bytes i = read_bytes(&r, IKE_SPI_LEN), s = read_bytes(&r, IKE_SPI_LEN);
	uint8_t version;

	memset(h, 0, sizeof(*h));
	h->next = read_u8(&r);
	version = read_u8(&r);
	h->major = version >> 4;
	h->minor = version & 0xf;
	h->exchange = read_u8(&r);
	h->flags = read_u8(&r);
	h->mid = read_u32(&r);
	h->len = read_u32(&r);
	if (r.failed || h->len != packet.len)
		return false;
	memcpy(h->spi_i, i.p, IKE_SPI_LEN);
	memcpy(h->spi_r, s.p, IKE_SPI_LEN);
	return true;
}

void header_write(struct writer *w, const struct ike_header *h)
{
	write_bytes(w, h->spi_i, IKE_SPI_LEN);
	write_bytes(w, h->spi_r, IKE_SPI_LEN);
	write_u8(w, h->next);
	write_u8(w, (uint8_t)(h->major << 4 | h->minor));
	write_u8(w, h->exchange);
	write_u8(w, h->flags);
	write_u32(w, h->mid);
	write_u32(w, 0);
}

void header_finish(struct writer *w)
{
	write_at_u32(w, HEADER_LEN_AT, (uint32_t)w->len);
}
