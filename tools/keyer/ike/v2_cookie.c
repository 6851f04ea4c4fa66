// SPDX-License-Identifier: MIT
/*
 * Cookies, RFC 7296 2.6: under load an initiator shows first that it can be
 * reached at its address, and until then we remember nothing of it.
 */
#include <string.h>

#include "tools/keyer/ike/v2.h"

bool cookie_demanded(struct ike *ike)
{
	uint32_t limit = ike->env.cookie_threshold;

	return ike->half_open >= (limit ? limit : COOKIE_THRESHOLD);
}

/* Two secrets: the newer makes cookies, the older is still good for a while. */
static void secret_refresh(struct ike *ike)
{
	if (ike->cookie_version && ike->now - ike->cookie_born < COOKIE_LIFE_MS)
		return;
	ike->cookie_version++;
	ike->cookie_version += !ike->cookie_version;
	ike->cookie_born = ike->now;
	ike_random(ike, ike->cookie_secret[ike->cookie_version & 1], 32);
}

static void cookie_for(struct ike *ike, uint8_t version, const struct ike_ev_packet *p,
		       const struct msg *m, uint8_t out[33])
{
	const struct crypto_part part[] = {
		{ &version, 1 },
		{ m->nonce.p, m->nonce.len },
		{ &p->remote.family, sizeof(p->remote.family) },
		{ p->remote.bytes, sizeof(p->remote.bytes) },
		{ m->h.spi_i, IKE_SPI_LEN },
	};

	out[0] = version;
	crypto_prf(PRF_HMAC_SHA2_256, ike->cookie_secret[version & 1], 32, part, 5, out + 1);
}

void cookie_make(struct ike *ike, const struct ike_ev_packet *p, const struct msg *m,
		 uint8_t out[33])
{
	secret_refresh(ike);
	cookie_for(ike, ike->cookie_version, p, m, out);
}

bool cookie_valid(struct ike *ike, const struct ike_ev_packet *p, const struct msg *m,
		  struct bytes cookie)
{
	uint8_t want[33], age;

	secret_refresh(ike);
	if (cookie.len != sizeof(want) || !cookie.p[0])
		return false;
	age = (uint8_t)(ike->cookie_version - cookie.p[0]);
	if (age > 1)
		return false;
	cookie_for(ike, cookie.p[0], p, m, want);
	return crypto_equal(want, cookie.p, sizeof(want));
}
