// SPDX-License-Identifier: MIT
/*
 * Writes the committed inputs of the targets `packet` and `payload`, from conversations
 * of two peers: seeds DIRECTORY.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/fuzz/world.h"
#include "tools/keyer/ike/iana.h"
#include "tools/keyer/ike/payload.h"
#include "tools/keyer/ike/sa.h"

struct seeds {
	const char *directory;
	unsigned int n_packets, n_payloads;
	uint8_t mode, n_mode; /* 0x80: rounds, 0x40: further exchanges; its messages */
};

static void seed_write(const struct seeds *seeds, const char *target, unsigned int n,
		       const uint8_t *head, size_t head_len, const uint8_t *data, size_t len)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/%02u", seeds->directory, target, n);
	file = fopen(path, "wb");
	if (!file || fwrite(head, 1, head_len, file) != head_len ||
	    fwrite(data, 1, len, file) != len || fclose(file))
		exit(1);
}

static bool record(struct world *w, struct item *it)
{
	struct seeds *seeds = w->ctx;
	bool from_initiator = it->data[19] & FLAG_INITIATOR;
	uint8_t to[2] = { 0 }, copy[65536];
	const struct crypto_aead *key;
	const struct sa *sa;
	size_t len, iv;

	/* The first as the start of all, the second as its answer, later ones within. */
	to[0] = seeds->n_packets == 0 ? 0 : seeds->n_packets == 1 ? 1 : it->to ? 2 : 3;
	if (seeds->n_packets < 6)
		seed_write(seeds, "packet", seeds->n_packets, to, 1, it->data, it->len);
	seeds->n_packets++;
	if (it->data[18] == EXCH_IKE_SA_INIT)
		return true;
	sa = sa_find_spi(w->peer[it->to].ike, it->data + (from_initiator ? 8 : 0), !from_initiator);
	key = !sa ? NULL : from_initiator ? &sa->keys.i : &sa->keys.r;
	if (!key || !key->encr)
		return true;
	iv = crypto_aead_iv_len(key);
	memcpy(copy, it->data, it->len);
	len = it->len - IKE_HEADER_LEN - 4 - iv - crypto_aead_icv_len(key);
	if (crypto_aead_open(key, copy, IKE_HEADER_LEN + 4, len))
		return true;
	to[0] = seeds->mode ? seeds->mode | seeds->n_mode++ : (uint8_t)seeds->n_payloads;
	to[1] = it->data[IKE_HEADER_LEN];
	len -= copy[IKE_HEADER_LEN + 4 + iv + len - 1] + 1U;
	seed_write(seeds, "payload", seeds->n_payloads++, to, 2, copy + IKE_HEADER_LEN + 4 + iv,
		   len);
	return true;
}

static void record_begin(struct world *w, struct seeds *seeds)
{
	w->ctx = seeds;
	w->filter = record;
	world_initiate(w, 0, "");
	world_settle(w);
}

static void record_rekeys(struct world *w)
{
	world_rekey(w, 0, "lan");
	world_settle(w);
	world_rekey(w, 1, "");
	world_settle(w);
}

int main(int argc, char **argv)
{
	struct seeds seeds = { .directory = argc == 2 ? argv[1] : "selftests/fuzz/corpus" };
	struct world *w = fuzz_world(false);

	record_begin(w, &seeds);
	record_rekeys(w);
	world_free(w);

	seeds.mode = 0x80;
	w = fuzz_world(true);
	record_begin(w, &seeds);
	world_free(w);

	seeds.mode = 0x40;
	seeds.n_mode = 0;
	w = fuzz_world(false);
	record_begin(w, &seeds);
	fuzz_further(w);
	record_rekeys(w);
	world_free(w);
	printf("%u packets, %u payloads\n", seeds.n_packets, seeds.n_payloads);
	return 0;
}
