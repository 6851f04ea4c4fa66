// SPDX-License-Identifier: MIT
/*
 * Memory that is there, and is wiped when it held a secret.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/ike/sa.h"

void *mem_new(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		abort();
	return p;
}

void *mem_dup(const void *p, size_t len)
{
	void *copy = mem_new(len);

	if (len)
		memcpy(copy, p, len);
	return copy;
}

void mem_wipe_free(void *p, size_t len)
{
	if (!p)
		return;
	explicit_bzero(p, len);
	free(p);
}

void packet_set(struct packet *p, const void *data, size_t len)
{
	uint8_t *copy = mem_dup(data, len);

	free(p->data);
	p->data = copy;
	p->len = len;
}

void packet_drop(struct packet *p)
{
	free(p->data);
	p->data = NULL;
	p->len = 0;
}

void ike_random(struct ike *ike, void *buf, size_t len)
{
	ike->env.random(ike->env.ctx, buf, len);
}

uint64_t ike_random_below(struct ike *ike, uint64_t n)
{
	uint64_t v;

	if (!n)
		return 0;
	ike_random(ike, &v, sizeof(v));
	return v % n; /* the bias is of no matter for spreading rekeys */
}
