/* SPDX-License-Identifier: MIT */
/* A peer of ours in EAP that says what it likes. */
#ifndef IPSECVIF_FUZZ_EAP_PEER_H
#define IPSECVIF_FUZZ_EAP_PEER_H

#include <stdbool.h>

#include "tools/keyer/eap/eap.h"

/** eap_length_set() - put a packet's Length right, if it has one. */
void eap_length_set(uint8_t *packet, size_t len);
/**
 * eap_peer_talk() - a whole conversation, and the end of @eap
 * @data: packets, each after its length of @length_bytes, 1 or 2. Their own Length is put
 *	right, and to a server their identifiers, for otherwise none would be read.
 */
void eap_peer_talk(struct eap *eap, bool server, unsigned int length_bytes, const uint8_t *data,
		   size_t size);

#endif /* IPSECVIF_FUZZ_EAP_PEER_H */
