// SPDX-License-Identifier: MIT
/*
 * The outer message, as anybody on the network can send it: to a responder that knows
 * nobody, to one in the middle of an exchange, and to an initiator that waits. The
 * first byte says to whom; where a conversation is needed, its SPIs are put in.
 */
#include <string.h>

#include "selftests/fuzz/fuzz.h"
#include "selftests/unit/ike_peers.h"

enum {
	TO_IDLE,
	TO_INITIATOR,
	TO_RESPONDER,
	TO_ESTABLISHED,
	TO_KINDS
};

static uint8_t spis[16];

static bool spis_note(struct world *w, struct item *it)
{
	(void)w;
	memcpy(spis, it->data, sizeof(spis));
	return true;
}

static void packet_give(struct world *w, unsigned int to, const uint8_t *data, size_t size)
{
	struct ike_event event = { .type = IKE_EV_PACKET };

	event.u.packet.local = w->peer[to].addr;
	event.u.packet.remote = w->peer[!to].addr;
	event.u.packet.data = data;
	event.u.packet.len = size;
	world_event(w, to, &event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t packet[8192];
	unsigned int kind;
	struct world *w;

	if (size < 1 || size > sizeof(packet))
		return 0;
	kind = data[0] % TO_KINDS;
	memcpy(packet, data + 1, --size);
	w = world_new(7);
	w->filter = spis_note;
	memset(spis, 0, sizeof(spis));
	if (kind != TO_IDLE)
		world_initiate(w, 0, "");
	if (kind == TO_RESPONDER)
		world_deliver(w, 0);
	else if (kind == TO_ESTABLISHED)
		world_settle(w);
	if (kind != TO_IDLE && size >= 16) {
		memcpy(packet, spis, 8);
		if (kind != TO_INITIATOR)
			memcpy(packet + 8, spis + 8, 8);
	}
	packet_give(w, kind != TO_INITIATOR, packet, size);
	world_settle(w);
	world_free(w);
	return 0;
}
