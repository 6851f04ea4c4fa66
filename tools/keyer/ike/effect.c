// SPDX-License-Identifier: MIT
/*
 * The list of effects of a step.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/ike/report.h"
#include "tools/keyer/ike/sa.h"

struct ike_effects {
	struct ike_effect **fx;
	size_t n, cap;
};

struct ike_effects *ike_effects_new(void)
{
	return mem_new(sizeof(struct ike_effects));
}

size_t ike_effects_count(const struct ike_effects *fx)
{
	return fx->n;
}

const struct ike_effect *ike_effects_get(const struct ike_effects *fx, size_t i)
{
	return i < fx->n ? fx->fx[i] : NULL;
}

static void effect_free(struct ike_effect *e)
{
	if (e->type == IKE_FX_SEND)
		free((void *)(uintptr_t)e->u.send.data);
	if (e->type == IKE_FX_CHILD_INSTALL)
		explicit_bzero(&e->u.child, sizeof(e->u.child));
	free(e);
}

void ike_effects_clear(struct ike_effects *fx)
{
	for (size_t i = 0; i < fx->n; i++)
		effect_free(fx->fx[i]);
	fx->n = 0;
}

void ike_effects_free(struct ike_effects *fx)
{
	if (!fx)
		return;
	ike_effects_clear(fx);
	free(fx->fx);
	free(fx);
}

/* A line of log is far smaller than what AUTH covers, and there are more of them. */
static size_t effect_size(enum ike_fx_type type)
{
	const struct ike_effect *e = NULL;
	size_t base = offsetof(struct ike_effect, u);

	switch (type) {
	case IKE_FX_SEND:
		return base + sizeof(e->u.send);
	case IKE_FX_AUTH_SIGN:
	case IKE_FX_AUTH_VERIFY:
		return base + sizeof(e->u.auth);
	case IKE_FX_EAP:
		return base + sizeof(e->u.eap);
	case IKE_FX_EAP_END:
		return base + sizeof(e->u.eap_end);
	case IKE_FX_CERT_VERIFY:
		return base + sizeof(e->u.cert);
	case IKE_FX_SPI_REQUEST:
	case IKE_FX_SPI_RELEASE:
		return base + sizeof(e->u.spi);
	case IKE_FX_CHILD_INSTALL:
	case IKE_FX_CHILD_UPDATE:
	case IKE_FX_CHILD_REMOVE:
		return base + sizeof(e->u.child);
	case IKE_FX_PATH:
		return base + sizeof(e->u.path);
	case IKE_FX_CONFIG:
		return base + sizeof(e->u.config);
	case IKE_FX_STATUS:
		return base + sizeof(e->u.status);
	case IKE_FX_LOG:
		return base + sizeof(e->u.log);
	default:
		return sizeof(*e);
	}
}

struct ike_effect *effect_add(struct ike *ike, enum ike_fx_type type)
{
	struct ike_effects *fx = ike->fx;
	struct ike_effect *e = mem_new(effect_size(type));

	if (fx->n == fx->cap) {
		fx->cap = fx->cap ? 2 * fx->cap : 16;
		fx->fx = reallocarray(fx->fx, fx->cap, sizeof(void *));
		if (!fx->fx)
			abort();
	}
	e->type = type;
	fx->fx[fx->n++] = e;
	return e;
}

void effect_send(struct ike *ike, const struct ike_fx_send *send)
{
	struct ike_effect *e = effect_add(ike, IKE_FX_SEND);

	e->u.send = *send;
	e->u.send.data = mem_dup(send->data, send->len);
}
