// SPDX-License-Identifier: MIT
/* A kernel in memory, for tests. It is as strict as the real one where we rely on that. */
#include "tools/keyer/kernel/fake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fake *fake_of(struct kernel *k)
{
	return (struct fake *)k;
}

static int result(struct kernel *k, int ret)
{
	snprintf(k->error, sizeof(k->error), "%s", ret ? strerror(-ret) : "");
	return ret;
}

/* Is this call to fail? */
static bool fails(struct kernel *k, const char *call)
{
	return fake_of(k)->fail && !strcmp(fake_of(k)->fail, call);
}

#define FAIL_IF_TOLD(k, call)                                      \
	do {                                                       \
		if (fails(k, call))                                \
			return result(k, -fake_of(k)->fail_errno); \
	} while (0)

static struct kernel_link *link_find(struct fake *fake, unsigned int ifindex)
{
	unsigned int i;

	for (i = 0; i < fake->n_links; i++)
		if (fake->links[i].ifindex == ifindex)
			return &fake->links[i];
	return NULL;
}

static void fake_close(struct kernel *k)
{
	free(fake_of(k));
}

static int fake_caps(struct kernel *k, struct message_caps *caps)
{
	memset(caps, 0, sizeof(*caps));
	return result(k, 0);
}

static int fake_sock_attach(struct kernel *k, int fd)
{
	(void)fd;
	return result(k, 0);
}

static int fake_dev_set(struct kernel *k, unsigned int ifindex, const struct ipsecvif_dev *dev,
			uint64_t what)
{
	(void)dev;
	(void)what;
	FAIL_IF_TOLD(k, "dev_set");
	return result(k, link_find(fake_of(k), ifindex) ? 0 : -ENODEV);
}

static struct fake_sa *sa_find(struct fake *fake, unsigned int ifindex,
			       const struct ipsecvif_sa_id *id)
{
	unsigned int i;

	for (i = 0; i < fake->n_sas; i++)
		if (fake->sas[i].ifindex == ifindex && fake->sas[i].sa.dir == id->dir &&
		    fake->sas[i].sa.spi == id->spi)
			return &fake->sas[i];
	return NULL;
}

static struct fake_sa *sa_new(struct fake *fake, unsigned int ifindex)
{
	struct fake_sa *sa;

	if (fake->n_sas == FAKE_SAS)
		abort();
	sa = &fake->sas[fake->n_sas++];
	memset(sa, 0, sizeof(*sa));
	sa->ifindex = ifindex;
	return sa;
}

static int fake_spi_alloc(struct kernel *k, unsigned int ifindex, uint8_t proto, uint32_t *spi)
{
	struct fake_sa *sa;

	FAIL_IF_TOLD(k, "spi_alloc");
	if (!link_find(fake_of(k), ifindex))
		return result(k, -ENODEV);
	sa = sa_new(fake_of(k), ifindex);
	sa->reserved = true;
	sa->sa.dir = IPSECVIF_DIR_IN;
	sa->sa.proto = proto;
	sa->sa.spi = *spi = IPSECVIF_SPI_MIN + ++fake_of(k)->last_spi;
	return result(k, 0);
}

static int fake_sa_add(struct kernel *k, unsigned int ifindex, struct ipsecvif_sa *sas,
		       size_t n_sas, const struct ipsecvif_selector *selectors, size_t n_selectors)
{
	struct fake *fake = fake_of(k);
	struct fake_sa *sa;
	size_t i;

	(void)selectors;
	(void)n_selectors;
	FAIL_IF_TOLD(k, "sa_add");
	if (!link_find(fake, ifindex))
		return result(k, -ENODEV);
	for (i = 0; i < n_sas; i++) {
		struct ipsecvif_sa_id id = { .dir = sas[i].dir, .spi = sas[i].spi };

		sa = sa_find(fake, ifindex, &id);
		if (sas[i].dir == IPSECVIF_DIR_IN ? !sa || !sa->reserved : sa != NULL)
			return result(k, -EEXIST);
	}
	for (i = 0; i < n_sas; i++) {
		struct ipsecvif_sa_id id = { .dir = sas[i].dir, .spi = sas[i].spi };

		sa = sa_find(fake, ifindex, &id);
		if (!sa)
			sa = sa_new(fake, ifindex);
		sa->sa = sas[i];
		sa->reserved = false;
	}
	return result(k, 0);
}

static int fake_sa_update(struct kernel *k, unsigned int ifindex, const struct ipsecvif_sa_id *id,
			  const struct ipsecvif_sa *sa, uint64_t what)
{
	struct fake_sa *found = sa_find(fake_of(k), ifindex, id);

	(void)what;
	FAIL_IF_TOLD(k, "sa_update");
	if (!found)
		return result(k, -ENOENT);
	found->sa.src = sa->src;
	found->sa.dst = sa->dst;
	found->sa.encap_sport = sa->encap_sport;
	found->sa.encap_dport = sa->encap_dport;
	return result(k, 0);
}

static int fake_sa_del(struct kernel *k, unsigned int ifindex, const struct ipsecvif_sa_id *ids,
		       size_t n)
{
	struct fake *fake = fake_of(k);
	struct fake_sa *sa;
	size_t i;

	for (i = 0; i < n; i++)
		if (!sa_find(fake, ifindex, &ids[i]))
			return result(k, -ENOENT);
	for (i = 0; i < n; i++) {
		sa = sa_find(fake, ifindex, &ids[i]);
		*sa = fake->sas[--fake->n_sas];
	}
	return result(k, 0);
}

static int fake_sa_get(struct kernel *k, unsigned int ifindex, const struct ipsecvif_sa_id *id,
		       struct ipsecvif_sa *sa)
{
	struct fake_sa *found = sa_find(fake_of(k), ifindex, id);

	if (!found)
		return result(k, -ENOENT);
	*sa = found->sa;
	return result(k, 0);
}

static int fake_flush(struct kernel *k, unsigned int ifindex)
{
	struct fake *fake = fake_of(k);
	unsigned int i;

	for (i = fake->n_sas; i-- > 0;)
		if (fake->sas[i].ifindex == ifindex)
			fake->sas[i] = fake->sas[--fake->n_sas];
	for (i = fake->n_selectors; i-- > 0;)
		if (fake->selectors[i].ifindex == ifindex)
			fake->selectors[i] = fake->selectors[--fake->n_selectors];
	return result(k, 0);
}

static struct fake_selector *selector_find(struct fake *fake, unsigned int ifindex,
					   const struct ipsecvif_selector *selector)
{
	unsigned int i;

	for (i = 0; i < fake->n_selectors; i++)
		if (fake->selectors[i].ifindex == ifindex &&
		    convert_selector_equal(&fake->selectors[i].selector, selector))
			return &fake->selectors[i];
	return NULL;
}

static int fake_selector_add(struct kernel *k, unsigned int ifindex,
			     const struct ipsecvif_selector *selectors, size_t n)
{
	struct fake *fake = fake_of(k);
	size_t i;

	for (i = 0; i < n; i++)
		if (selector_find(fake, ifindex, &selectors[i]))
			return result(k, -EEXIST);
	for (i = 0; i < n; i++)
		fake->selectors[fake->n_selectors++] =
			(struct fake_selector){ ifindex, selectors[i] };
	return result(k, 0);
}

static int fake_selector_del(struct kernel *k, unsigned int ifindex,
			     const struct ipsecvif_selector *selectors, size_t n)
{
	struct fake *fake = fake_of(k);
	struct fake_selector *found;
	size_t i;

	for (i = 0; i < n; i++)
		if (!selector_find(fake, ifindex, &selectors[i]))
			return result(k, -ENOENT);
	for (i = 0; i < n; i++) {
		found = selector_find(fake, ifindex, &selectors[i]);
		*found = fake->selectors[--fake->n_selectors];
	}
	return result(k, 0);
}

static int fake_link_get(struct kernel *k, const char *name, unsigned int ifindex,
			 struct kernel_link *link)
{
	struct fake *fake = fake_of(k);
	unsigned int i;

	memset(link, 0, sizeof(*link));
	for (i = 0; i < fake->n_links; i++)
		if (name ? !strcmp(fake->links[i].name, name) : fake->links[i].ifindex == ifindex)
			*link = fake->links[i];
	return result(k, 0);
}

unsigned int fake_link_add(struct fake *fake, const char *name, bool ours, bool up)
{
	struct kernel_link *link = &fake->links[fake->n_links++];

	memset(link, 0, sizeof(*link));
	snprintf(link->name, sizeof(link->name), "%s", name);
	link->ifindex = ++fake->last_ifindex;
	link->ours = ours;
	link->up = up;
	return link->ifindex;
}

static int fake_link_create(struct kernel *k, const char *name)
{
	struct fake *fake = fake_of(k);

	FAIL_IF_TOLD(k, "link_create");
	fake_link_add(fake, name, true, false);
	fake->links[fake->n_links - 1].made = true;
	return result(k, 0);
}

static int fake_link_delete(struct kernel *k, unsigned int ifindex)
{
	struct fake *fake = fake_of(k);
	struct kernel_link *link = link_find(fake, ifindex);
	unsigned int i;

	if (!link)
		return result(k, -ENODEV);
	fake_flush(k, ifindex);
	for (i = fake->n_routes; i-- > 0;)
		if (fake->routes[i].ifindex == ifindex)
			fake->routes[i] = fake->routes[--fake->n_routes];
	for (i = fake->n_addresses; i-- > 0;)
		if (fake->addresses[i].ifindex == ifindex)
			fake->addresses[i] = fake->addresses[--fake->n_addresses];
	*link = fake->links[--fake->n_links];
	return result(k, 0);
}

static int fake_link_up(struct kernel *k, unsigned int ifindex)
{
	struct kernel_link *link = link_find(fake_of(k), ifindex);

	if (!link)
		return result(k, -ENODEV);
	link->up = true;
	return result(k, 0);
}

static int fake_link_mtu(struct kernel *k, unsigned int ifindex, uint32_t mtu)
{
	(void)ifindex;
	fake_of(k)->mtu = mtu;
	return result(k, 0);
}

static int fake_address(struct kernel *k, unsigned int ifindex, const struct conf_prefix *address,
			bool add)
{
	struct fake *fake = fake_of(k);
	unsigned int i;

	for (i = 0; i < fake->n_addresses; i++)
		if (fake->addresses[i].ifindex == ifindex &&
		    conf_prefix_equal(&fake->addresses[i].address, address))
			break;
	if (add && i < fake->n_addresses)
		return result(k, -EEXIST);
	if (!add && i == fake->n_addresses)
		return result(k, -EADDRNOTAVAIL);
	if (add)
		fake->addresses[fake->n_addresses++] = (struct fake_address){ ifindex, *address };
	else
		fake->addresses[i] = fake->addresses[--fake->n_addresses];
	return result(k, 0);
}

static int fake_route(struct kernel *k, const struct kernel_route *route, bool add)
{
	struct fake *fake = fake_of(k);
	unsigned int i;

	for (i = 0; i < fake->n_routes; i++)
		if (fake->routes[i].metric == route->metric &&
		    conf_prefix_equal(&fake->routes[i].to, &route->to))
			break;
	if (add && i < fake->n_routes)
		return result(k, -EEXIST);
	if (!add && i == fake->n_routes)
		return result(k, -ESRCH);
	if (add)
		fake->routes[fake->n_routes++] = *route;
	else
		fake->routes[i] = fake->routes[--fake->n_routes];
	return result(k, 0);
}

static int fake_routes_flush(struct kernel *k, unsigned int ifindex)
{
	struct fake *fake = fake_of(k);
	unsigned int i;

	for (i = fake->n_routes; i-- > 0;)
		if (fake->routes[i].ifindex == ifindex)
			fake->routes[i] = fake->routes[--fake->n_routes];
	return result(k, 0);
}

static int fake_block(struct kernel *k, const struct conf_prefix *to, bool add)
{
	struct fake *fake = fake_of(k);
	unsigned int i;

	for (i = 0; i < fake->n_blocks; i++)
		if (conf_prefix_equal(&fake->blocks[i], to))
			break;
	if (add == (i < fake->n_blocks))
		return result(k, add ? -EEXIST : -ESRCH);
	if (add)
		fake->blocks[fake->n_blocks++] = *to;
	else
		fake->blocks[i] = fake->blocks[--fake->n_blocks];
	return result(k, 0);
}

static int fake_source(struct kernel *k, const struct kernel_lookup *lookup,
		       struct ike_addr *source)
{
	memset(source, 0, sizeof(*source));
	if (fake_of(k)->unreachable)
		return result(k, -ENETUNREACH);
	source->family = lookup->to.family;
	source->bytes[0] = 192;
	source->bytes[3] = 1;
	return result(k, 0);
}

static size_t fake_addresses_of(struct kernel *k, const char *name, struct ike_addr *addrs,
				size_t max)
{
	const struct fake *fake = fake_of(k);
	size_t n = strcmp(name, "wan0") ? 0 : fake->n_wan < max ? fake->n_wan : max;

	memcpy(addrs, fake->wan, n * sizeof(addrs[0]));
	return n;
}

static bool fake_address_within(struct kernel *k, const struct ike_ts *ts, size_t n,
				uint16_t family, struct ike_addr *address)
{
	size_t i;

	for (i = 0; i < n && !fake_of(k)->no_address; i++) {
		/* Only single addresses, so that routes stay without a preferred source. */
		if (ts[i].family != family || memcmp(ts[i].min, ts[i].max, 16) != 0)
			continue;
		memset(address, 0, sizeof(*address));
		address->family = family;
		memcpy(address->bytes, ts[i].min, 16);
		return true;
	}
	return false;
}

static const struct kernel_ops fake_ops = {
	.close = fake_close,
	.caps = fake_caps,
	.sock_attach = fake_sock_attach,
	.dev_set = fake_dev_set,
	.spi_alloc = fake_spi_alloc,
	.sa_add = fake_sa_add,
	.sa_update = fake_sa_update,
	.sa_del = fake_sa_del,
	.sa_get = fake_sa_get,
	.flush = fake_flush,
	.selector_add = fake_selector_add,
	.selector_del = fake_selector_del,
	.link_get = fake_link_get,
	.link_create = fake_link_create,
	.link_delete = fake_link_delete,
	.link_up = fake_link_up,
	.link_mtu = fake_link_mtu,
	.address = fake_address,
	.route = fake_route,
	.routes_flush = fake_routes_flush,
	.block = fake_block,
	.source = fake_source,
	.address_within = fake_address_within,
	.addresses_of = fake_addresses_of,
};

struct fake *fake_open(const struct kernel_handler *handler)
{
	struct fake *fake = calloc(1, sizeof(*fake));

	if (!fake)
		abort();
	fake->k.ops = &fake_ops;
	fake->k.handler = *handler;
	return fake;
}
