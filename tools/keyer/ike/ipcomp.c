// SPDX-License-Identifier: MIT
/*
 * IPComp (RFC 3173) for a CHILD_SA: IPCOMP_SUPPORTED, RFC 7296 2.22. DEFLATE is
 * what the kernel has.
 */
#include "tools/keyer/ike/sa.h"

enum {
	CPI_MIN = 256, /* RFC 3173 3.3: below are numbers of algorithms ... */
	CPI_END = 61440, /* ... and from here on private use */
};

uint16_t ipcomp_cpi_new(struct ike *ike)
{
	/*
	 * In turn, from somewhere: a peer with XFRM keeps one IPComp state for each of
	 * our CPIs beside our address, also while a rekey has two pairs of SAs.
	 */
	if (!ike->last_cpi)
		ike->last_cpi = (uint16_t)(CPI_MIN + ike_random_below(ike, CPI_END - CPI_MIN));
	else if (++ike->last_cpi == CPI_END)
		ike->last_cpi = CPI_MIN;
	return ike->last_cpi;
}

void ipcomp_write(struct ike *ike, const struct nego *n)
{
	const uint8_t data[3] = { (uint8_t)(n->cpi_in >> 8), (uint8_t)n->cpi_in, IPCOMP_DEFLATE };

	if (n->cpi_in)
		out_notify(ike, 0, NULL, 0, N_IPCOMP_SUPPORTED, data, sizeof(data));
}

/* There may be one for each algorithm; DEFLATE has no attributes. */
uint16_t ipcomp_read(const struct msg *m)
{
	for (unsigned int i = 0; i < m->n_notify; i++) {
		const struct bytes *d = &m->notify[i].data;
		uint16_t cpi;

		if (m->notify[i].type != N_IPCOMP_SUPPORTED || d->len < 3 ||
		    d->p[2] != IPCOMP_DEFLATE)
			continue;
		cpi = (uint16_t)(d->p[0] << 8 | d->p[1]);
		if (cpi >= CPI_MIN || cpi == IPCOMP_DEFLATE)
			return cpi;
	}
	return 0;
}
