// SPDX-License-Identifier: MIT
/*
 * Short answers to a peer's request.
 */
#include "tools/keyer/ike/v2.h"

void respond_notify(struct sa *sa, uint8_t protocol, const void *spi, size_t spi_len, uint16_t type,
		    const void *data, size_t len)
{
	out_begin(sa, sa->in.exchange, true, sa->in.mid, true);
	out_notify(sa->ike, protocol, spi, spi_len, type, data, len);
	window_response(sa);
}

void respond_error(struct sa *sa, uint16_t type)
{
	respond_notify(sa, 0, NULL, 0, type, NULL, 0);
}

void respond_empty(struct sa *sa)
{
	out_begin(sa, sa->in.exchange, true, sa->in.mid, true);
	window_response(sa);
}

void respond_clear(struct ike *ike, const struct ike_ev_packet *p, const struct ike_header *h,
		   uint16_t type, const void *data, size_t len)
{
	struct bytes packet;

	out_begin_clear(ike, h);
	out_notify(ike, 0, NULL, 0, type, data, len);
	out_finish_clear(ike, &packet);
	send_packet(ike, &p->local, &p->remote, p->natt, false, packet.p, packet.len);
}
