// SPDX-License-Identifier: MIT
/* A peer of ours in EAP that says what it likes. */
#include "selftests/fuzz/eap_peer.h"

#include <stdlib.h>
#include <string.h>

void eap_length_set(uint8_t *packet, size_t len)
{
	if (len < 4)
		return;
	packet[2] = (uint8_t)(len >> 8);
	packet[3] = (uint8_t)len;
}

/* Return: bytes of @in. */
static size_t packet_take(uint8_t *in, unsigned int length_bytes, const uint8_t **data,
			  size_t *size)
{
	size_t len = (*data)[0];

	if (length_bytes == 2)
		len = (len << 8 | (*data)[1]) % (EAP_PACKET_MAX + 1);
	*data += length_bytes;
	*size -= length_bytes;
	if (len > *size)
		len = *size;
	memcpy(in, *data, len);
	*data += len;
	*size -= len;
	return len;
}

void eap_peer_talk(struct eap *eap, bool server, unsigned int length_bytes, const uint8_t *data,
		   size_t size)
{
	uint8_t in[EAP_PACKET_MAX], out[EAP_PACKET_MAX], id = 0;
	size_t len, out_len = 0;

	if (server && eap_step(eap, NULL, 0, out, &out_len) == EAP_CONTINUE && out_len > 1)
		id = out[1];
	while (size > length_bytes) {
		len = packet_take(in, length_bytes, &data, &size);
		if (len > 1 && server)
			in[1] = id;
		eap_length_set(in, len);
		out_len = 0;
		if (eap_step(eap, in, len, out, &out_len) != EAP_CONTINUE)
			break;
		if (out_len > sizeof(out))
			abort();
		if (out_len > 1)
			id = out[1];
	}
	eap_identity(eap);
	eap_msk(eap);
	eap_why(eap);
	eap_free(eap);
}
