// SPDX-License-Identifier: MIT
/*
 * What stands inside the Encrypted payload: a peer that has keys, and means harm. The
 * first byte says in which message, its highest bit that there are two rounds of
 * authentication, the next one that rekeys have further key exchanges; the second of
 * which type its first payload is, and the rest takes the place of what the honest one
 * had.
 */
#include <stdlib.h>
#include <string.h>

#include "selftests/fuzz/fuzz.h"
#include "selftests/fuzz/world.h"
#include "tools/keyer/ike/iana.h"
#include "tools/keyer/ike/payload.h"
#include "tools/keyer/ike/sa.h"

enum {
	MESSAGES = 9, /* of the conversation below that are encrypted */
	MESSAGES_ROUNDS = 10, /* of IKE_AUTH with two rounds */
	MESSAGES_FURTHER = 14, /* with IKE_FOLLOWUP_KE */
	ROUNDS = 0x80,
	FURTHER = 0x40,
	PLAIN_MAX = 4096,
};

struct swap {
	unsigned int nth, count;
	const uint8_t *data;
	size_t size;
};

static const struct crypto_aead *key_of(struct world *w, const struct item *it)
{
	bool from_initiator = it->data[19] & FLAG_INITIATOR;
	struct sa *sa = sa_find_spi(w->peer[it->to].ike, it->data + (from_initiator ? 8 : 0),
				    !from_initiator);

	return !sa ? NULL : from_initiator ? &sa->keys.i : &sa->keys.r;
}

/* Puts another content into a message, under the right key. */
static bool message_swap(struct world *w, struct item *it)
{
	struct swap *s = w->ctx;
	const size_t aad = IKE_HEADER_LEN + 4;
	const struct crypto_aead *key;
	size_t iv, icv, block, pad, len;
	uint8_t *packet;

	if (it->data[18] == EXCH_IKE_SA_INIT || s->count++ != s->nth)
		return true;
	key = key_of(w, it);
	if (!key || !key->encr)
		return true;
	iv = crypto_aead_iv_len(key);
	icv = crypto_aead_icv_len(key);
	block = crypto_aead_block(key);
	pad = (block - (s->size + 1) % block) % block;
	len = s->size + pad + 1;
	packet = calloc(1, aad + iv + len + icv);
	if (!packet)
		abort();
	memcpy(packet, it->data, aad + iv);
	memcpy(packet + aad + iv, s->data, s->size);
	packet[aad + iv + len - 1] = (uint8_t)pad;
	/* The payload's type before it, its length, the message's. */
	packet[IKE_HEADER_LEN] = s->data[-1];
	packet[IKE_HEADER_LEN + 2] = (uint8_t)((4 + iv + len + icv) >> 8);
	packet[IKE_HEADER_LEN + 3] = (uint8_t)(4 + iv + len + icv);
	packet[24] = packet[25] = 0;
	packet[26] = (uint8_t)((aad + iv + len + icv) >> 8);
	packet[27] = (uint8_t)(aad + iv + len + icv);
	crypto_aead_seal(key, packet, aad, len);
	free(it->data);
	it->data = packet;
	it->len = aad + iv + len + icv;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct swap swap = { .data = data + 2 };
	struct world *w;
	unsigned int child, ike; /* the first messages of the rekeys */
	bool rounds, further;

	if (size < 2 || size - 2 > PLAIN_MAX)
		return 0;
	rounds = data[0] & ROUNDS;
	further = !rounds && data[0] & FURTHER;
	child = rounds ? UINT8_MAX : 2;
	ike = rounds ? UINT8_MAX : further ? 8 : 6;
	swap.nth = rounds  ? (data[0] & ~ROUNDS) % MESSAGES_ROUNDS :
		   further ? (data[0] & ~FURTHER) % MESSAGES_FURTHER :
			     data[0] % MESSAGES;
	swap.size = size - 2;
	w = fuzz_world(rounds);
	w->ctx = &swap;
	w->filter = message_swap;
	world_initiate(w, 0, "");
	world_settle(w);
	if (further)
		fuzz_further(w);
	if (swap.nth >= child) {
		world_rekey(w, 0, "lan");
		world_settle(w);
	}
	if (swap.nth >= ike) {
		world_rekey(w, 1, "");
		world_settle(w);
	}
	/* Whatever came of it ends: nothing may stay half done. */
	w->filter = NULL;
	world_terminate(w, 0, "");
	world_terminate(w, 1, "");
	world_run(w, 600000);
	if (world_pairs(w, 0) + world_pairs(w, 1) || w->peer[0].n_reserved || w->peer[1].n_reserved)
		abort();
	world_free(w);
	return 0;
}
