// SPDX-License-Identifier: MIT
/*
 * The Notify and Delete payloads, RFC 7296 3.10 and 3.11.
 */
#include "tools/keyer/ike/payload.h"

const char *notify_payload_parse(struct bytes body, struct msg_notify *n)
{
	struct reader r = reader_of(body);
	uint8_t spi_len;

	n->protocol = read_u8(&r);
	spi_len = read_u8(&r);
	n->type = read_u16(&r);
	n->spi = read_bytes(&r, spi_len);
	n->data = read_rest(&r);
	return r.failed ? "Notify payload is too short" : NULL;
}

const char *delete_payload_parse(struct bytes body, struct msg_delete *d)
{
	struct reader r = reader_of(body);

	d->protocol = read_u8(&r);
	d->spi_len = read_u8(&r);
	d->n = read_u16(&r);
	d->spis = read_rest(&r);
	if (r.failed || d->spis.len != (size_t)d->spi_len * d->n)
		return "the SPIs of a Delete payload are not as many as it says";
	if (d->protocol == PROTO_IKE ? d->spi_len != 0 : d->spi_len != 4)
		return "the SPIs of a Delete payload have the wrong length";
	return NULL;
}
