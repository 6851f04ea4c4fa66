/* SPDX-License-Identifier: MIT */
/*
 * The IKE header, RFC 7296 3.1.
 */
#ifndef IPSECVIF_KEYER_HEADER_H
#define IPSECVIF_KEYER_HEADER_H

#include "tools/keyer/ike/wire.h"

enum {
	IKE_HEADER_LEN = 28,
	IKE_SPI_LEN = 8,
	IKE_HEADER_LENGTH_AT = 24 /* where the length of the message is */
};

struct ike_header {
	uint8_t spi_i[IKE_SPI_LEN], spi_r[IKE_SPI_LEN]; /* as on the wire */
	uint8_t next; /* type of the first payload */
	uint8_t major, minor;
	uint8_t exchange;
	uint8_t flags; /* enum ike_header_flag */
	uint32_t mid; /* message ID */
	uint32_t len; /* of the whole message */
};

/**
 * header_parse() - read the header of a datagram.
 * Return: true if it is there and its length is the datagram's; the version is
 * for the caller to judge.
 */
bool header_parse(struct bytes packet, struct ike_header *h);
/** header_write() - write it; the length is filled in by header_finish(). */
void header_write(struct writer *w, const struct ike_header *h);
void header_finish(struct writer *w);

static inline bool header_is_response(const struct ike_header *h)
{
	return h->flags & 0x20;
}

#endif /* IPSECVIF_KEYER_HEADER_H */
