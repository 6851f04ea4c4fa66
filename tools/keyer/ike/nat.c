// SPDX-License-Identifier: MIT
/*
 * NAT detection, RFC 7296 2.23.
 */
#include <string.h>
#include <sys/socket.h>

#include "tools/keyer/ike/v2.h"

enum {
	NATD_LEN = 20
};

static void natd_hash(const uint8_t *spi_i, const uint8_t *spi_r, const struct ike_addr *a,
		      uint8_t out[NATD_LEN])
{
	const uint8_t port[2] = { (uint8_t)(a->port >> 8), (uint8_t)a->port };
	const struct crypto_part part[] = { { spi_i, IKE_SPI_LEN },
					    { spi_r, IKE_SPI_LEN },
					    { a->bytes, a->family == AF_INET ? 4 : 16 },
					    { port, 2 } };

	crypto_sha1(part, 4, out);
}

void nat_write(struct sa *sa, const uint8_t *spi_i, const uint8_t *spi_r)
{
	uint8_t hash[NATD_LEN];

	if (sa->natt_policy == IKE_NATT_NEVER)
		return;
	natd_hash(spi_i, spi_r, &sa->local, hash);
	if (sa->natt_policy == IKE_NATT_ALWAYS) /* nobody's address: the peer sees a NAT */
		ike_random(sa->ike, hash, sizeof(hash));
	out_notify(sa->ike, 0, NULL, 0, N_NAT_DETECTION_SOURCE_IP, hash, sizeof(hash));
	natd_hash(spi_i, spi_r, &sa->remote, hash);
	out_notify(sa->ike, 0, NULL, 0, N_NAT_DETECTION_DESTINATION_IP, hash, sizeof(hash));
}

void nat_read(struct sa *sa, const struct msg *m)
{
	uint8_t ours[NATD_LEN], theirs[NATD_LEN];
	bool source = false, source_fits = false, dest = false, dest_fits = false;

	natd_hash(m->h.spi_i, m->h.spi_r, &sa->local, ours);
	natd_hash(m->h.spi_i, m->h.spi_r, &sa->remote, theirs);
	for (unsigned int i = 0; i < m->n_notify; i++) {
		const struct msg_notify *n = &m->notify[i];

		if (n->data.len != NATD_LEN)
			continue;
		if (n->type == N_NAT_DETECTION_SOURCE_IP) {
			source = true;
			source_fits |= !memcmp(n->data.p, theirs, NATD_LEN);
		} else if (n->type == N_NAT_DETECTION_DESTINATION_IP) {
			dest = true;
			dest_fits |= !memcmp(n->data.p, ours, NATD_LEN);
		}
	}
	sa->natt_seen = source && dest;
	if (!sa->natt_seen || sa->natt_policy == IKE_NATT_NEVER)
		return;
	sa->nat_remote = !source_fits;
	sa->nat_local = !dest_fits || sa->natt_policy == IKE_NATT_ALWAYS;
}
