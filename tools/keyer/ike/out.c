// SPDX-License-Identifier: MIT
/*
 * Messages to send: header, chain of payloads, Encrypted payload around them.
 */
#include <string.h>

#include "tools/keyer/ike/sa.h"

enum {
	NEXT_IN_HEADER = 16,
	EXCHANGE_AT = 18,
	GENERIC_HEADER = 4
};

static void begin(struct ike *ike, const struct ike_header *h)
{
	memset(&ike->out, 0, sizeof(ike->out));
	ike->out.w.buf = ike->scratch;
	ike->out.w.cap = sizeof(ike->scratch);
	ike->out.next_at = NEXT_IN_HEADER;
	header_write(&ike->out.w, h);
}

static void payload_end(struct out *o)
{
	if (o->payload_at)
		write_at_u16(&o->w, o->payload_at + 2, (uint16_t)(o->w.len - o->payload_at));
	o->payload_at = 0;
}

struct writer *out_payload(struct ike *ike, uint8_t type)
{
	struct out *o = &ike->out;

	payload_end(o);
	write_at_u8(&o->w, o->next_at, type);
	o->payload_at = o->w.len;
	o->next_at = o->w.len;
	write_zeros(&o->w, GENERIC_HEADER);
	return &o->w;
}

void out_begin(struct sa *sa, uint8_t exchange, bool response, uint32_t mid, bool protect)
{
	struct ike_header h = { .major = 2, .exchange = exchange, .mid = mid };
	struct ike *ike = sa->ike;
	struct out *o = &ike->out;

	memcpy(h.spi_i, sa->spi_i, IKE_SPI_LEN);
	memcpy(h.spi_r, sa->spi_r, IKE_SPI_LEN);
	h.flags = (uint8_t)((sa->initiator ? FLAG_INITIATOR : 0) | (response ? FLAG_RESPONSE : 0));
	begin(ike, &h);
	if (!protect)
		return;
	out_payload(ike, PL_SK);
	o->sk_at = o->payload_at;
	o->payload_at = 0; /* its length is set at the end */
	sk_begin(sa, &o->w);
}

void out_begin_clear(struct ike *ike, const struct ike_header *to)
{
	struct ike_header h = { .major = 2, .exchange = to->exchange, .mid = to->mid };

	memcpy(h.spi_i, to->spi_i, IKE_SPI_LEN);
	memcpy(h.spi_r, to->spi_r, IKE_SPI_LEN);
	h.flags = (uint8_t)(FLAG_RESPONSE | ((to->flags & FLAG_INITIATOR) ^ FLAG_INITIATOR));
	begin(ike, &h);
}

void out_notify(struct ike *ike, uint8_t protocol, const void *spi, size_t spi_len, uint16_t type,
		const void *data, size_t len)
{
	struct writer *w = out_payload(ike, PL_NOTIFY);

	write_u8(w, protocol);
	write_u8(w, (uint8_t)spi_len);
	write_u16(w, type);
	write_bytes(w, spi, spi_len);
	write_bytes(w, data, len);
}

void out_ke(struct ike *ike, const struct crypto_ke *ke)
{
	uint8_t public[CRYPTO_KE_MAX];
	size_t len = crypto_ke_public(ke, public);
	struct writer *w = out_payload(ike, PL_KE);

	write_u16(w, crypto_ke_group(ke));
	write_u16(w, 0);
	write_bytes(w, public, len);
}

bool out_finish(struct sa *sa, struct bytes *packet)
{
	struct out *o = &sa->ike->out;
	size_t iv_at, text;

	payload_end(o);
	if (!o->sk_at) {
		header_finish(&o->w);
		*packet = (struct bytes){ o->w.buf, o->w.len };
		return !o->w.failed;
	}
	if (o->w.failed)
		return false;
	iv_at = o->sk_at + GENERIC_HEADER;
	text = iv_at + sk_iv_len(sa);
	if (o->w.buf[EXCHANGE_AT] == EXCH_IKE_INTERMEDIATE)
		inter_auth(sa, sa->initiator, o->w.buf, o->w.buf[o->sk_at],
			   (struct bytes){ o->w.buf + text, o->w.len - text });
	if (frag_needed(sa, o->w.len + sk_overhead(sa)))
		return frag_seal(sa, o->w.buf, o->w.buf[o->sk_at],
				 (struct bytes){ o->w.buf + text, o->w.len - text }, packet);
	if (!sk_finish(sa, &o->w, 0, o->sk_at, iv_at))
		return false;
	*packet = (struct bytes){ o->w.buf, o->w.len };
	return true;
}

void out_finish_clear(struct ike *ike, struct bytes *packet)
{
	payload_end(&ike->out);
	header_finish(&ike->out.w);
	*packet = (struct bytes){ ike->out.w.buf, ike->out.w.len };
}
