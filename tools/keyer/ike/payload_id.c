// SPDX-License-Identifier: MIT
/*
 * The Identification payload, RFC 7296 3.5.
 */
#include <string.h>

#include "tools/keyer/ike/payload.h"

const char *id_payload_parse(struct bytes body, struct ike_id *id)
{
	struct reader r = reader_of(body);
	struct bytes data;

	memset(id, 0, sizeof(*id));
	id->type = read_u8(&r);
	read_bytes(&r, 3); /* reserved */
	data = read_rest(&r);
	if (r.failed || !data.len)
		return "Identification payload is too short";
	if (data.len > IKE_ID_MAX)
		return "Identification payload is too long";
	if (id->type == IKE_ID_ANY)
		return "Identification payload of type 0";
	if ((id->type == IKE_ID_IPV4 && data.len != 4) ||
	    (id->type == IKE_ID_IPV6 && data.len != 16))
		return "the address in an Identification payload has the wrong length";
	id->len = (uint16_t)data.len;
	memcpy(id->data, data.p, data.len);
	return NULL;
}

void id_payload_write(struct writer *w, const struct ike_id *id)
{
	write_u8(w, id->type);
	write_zeros(w, 3);
	write_bytes(w, id->data, id->len);
}
