// SPDX-License-Identifier: MIT
/* The kernel for real: the module over libipsecvif, the rest over net.c. */
#include "tools/keyer/kernel/kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct genl {
	struct kernel k;
	struct ipsecvif_client *client;
	struct ipsecvif_events *events;
	struct loop_source *source;
	struct net *net;
};

static struct genl *genl_of(struct kernel *k)
{
	return (struct genl *)k;
}

/* Keeps the library's sentence as ours. */
static int result(struct kernel *k, int ret)
{
	if (ret < 0)
		snprintf(k->error, sizeof(k->error), "%s",
			 ipsecvif_client_error(genl_of(k)->client));
	else
		k->error[0] = '\0';
	return ret;
}

static int caps_add(const struct ipsecvif_alg *alg, void *arg)
{
	struct message_caps *caps = arg;
	size_t n = convert_alg(alg, &caps->algs[caps->n], MESSAGE_ALGS_MAX - caps->n);

	while (n--)
		caps->ah[caps->n++] = alg->ah;
	return 0;
}

static int genl_caps(struct kernel *k, struct message_caps *caps)
{
	memset(caps, 0, sizeof(*caps));
	return result(k, ipsecvif_caps_get(genl_of(k)->client, caps_add, caps));
}

static int genl_sock_attach(struct kernel *k, int fd)
{
	return result(k, ipsecvif_sock_attach(genl_of(k)->client, fd));
}

static int genl_dev_set(struct kernel *k, unsigned int ifindex, const struct ipsecvif_dev *dev,
			uint64_t what)
{
	return result(k, ipsecvif_dev_set(genl_of(k)->client, ifindex, dev, what));
}

static int genl_spi_alloc(struct kernel *k, unsigned int ifindex, uint8_t proto, uint32_t *spi)
{
	return result(k, ipsecvif_spi_alloc(genl_of(k)->client, ifindex, proto, spi));
}

static int genl_sa_add(struct kernel *k, unsigned int ifindex, struct ipsecvif_sa *sas,
		       size_t n_sas, const struct ipsecvif_selector *selectors, size_t n_selectors)
{
	return result(k, ipsecvif_sa_add(genl_of(k)->client, ifindex, sas, n_sas, selectors,
					 n_selectors));
}

static int genl_sa_update(struct kernel *k, unsigned int ifindex, const struct ipsecvif_sa_id *id,
			  const struct ipsecvif_sa *sa, uint64_t what)
{
	return result(k, ipsecvif_sa_update(genl_of(k)->client, ifindex, id, sa, what));
}

static int genl_sa_del(struct kernel *k, unsigned int ifindex, const struct ipsecvif_sa_id *ids,
		       size_t n)
{
	return result(k, ipsecvif_sa_del(genl_of(k)->client, ifindex, ids, n));
}

static int genl_sa_get(struct kernel *k, unsigned int ifindex, const struct ipsecvif_sa_id *id,
		       struct ipsecvif_sa *sa)
{
	return result(k, ipsecvif_sa_get(genl_of(k)->client, ifindex, id, sa));
}

static int genl_flush(struct kernel *k, unsigned int ifindex)
{
	struct ipsecvif_client *client = genl_of(k)->client;
	int ret = ipsecvif_sa_flush(client, ifindex, IPSECVIF_FLUSH_BOTH);

	if (!ret)
		ret = ipsecvif_selector_flush(client, ifindex);
	return result(k, ret);
}

static int genl_selector_add(struct kernel *k, unsigned int ifindex,
			     const struct ipsecvif_selector *selectors, size_t n)
{
	return result(k, ipsecvif_selector_add(genl_of(k)->client, ifindex, selectors, n));
}

static int genl_selector_del(struct kernel *k, unsigned int ifindex,
			     const struct ipsecvif_selector *selectors, size_t n)
{
	return result(k, ipsecvif_selector_del(genl_of(k)->client, ifindex, selectors, n));
}

static int genl_link_get(struct kernel *k, const char *name, unsigned int ifindex,
			 struct kernel_link *link)
{
	return net_link_get(genl_of(k)->net, name, ifindex, link);
}

static int genl_link_create(struct kernel *k, const char *name)
{
	return net_link_create(genl_of(k)->net, name);
}

static int genl_link_delete(struct kernel *k, unsigned int ifindex)
{
	return net_link_delete(genl_of(k)->net, ifindex);
}

static int genl_link_up(struct kernel *k, unsigned int ifindex)
{
	return net_link_up(genl_of(k)->net, ifindex);
}

static int genl_link_mtu(struct kernel *k, unsigned int ifindex, uint32_t mtu)
{
	struct ipsecvif_dev dev = { .mtu_auto = true };

	if (mtu)
		return net_link_mtu(genl_of(k)->net, ifindex, mtu);
	return genl_dev_set(k, ifindex, &dev, IPSECVIF_BIT(IPSECVIF_DEV_A_MTU_AUTO));
}

static int genl_address(struct kernel *k, unsigned int ifindex, const struct conf_prefix *address,
			bool add)
{
	return net_address(genl_of(k)->net, ifindex, address, add);
}

static int genl_route(struct kernel *k, const struct kernel_route *route, bool add)
{
	return net_route(genl_of(k)->net, route, add);
}

static int genl_routes_flush(struct kernel *k, unsigned int ifindex)
{
	return net_routes_flush(genl_of(k)->net, ifindex);
}

static int genl_block(struct kernel *k, const struct conf_prefix *to, bool add)
{
	return net_block(genl_of(k)->net, to, add);
}

static int genl_source(struct kernel *k, const struct kernel_lookup *lookup,
		       struct ike_addr *source)
{
	return net_source(genl_of(k)->net, lookup, source);
}

static size_t genl_addresses_of(struct kernel *k, const char *name, struct ike_addr *addrs,
				size_t max)
{
	return net_addresses_of(genl_of(k)->net, name, addrs, max);
}

static bool genl_address_within(struct kernel *k, const struct ike_ts *ts, size_t n,
				uint16_t family, struct ike_addr *address)
{
	return net_address_within(genl_of(k)->net, ts, n, family, address);
}

static void on_event(const struct ipsecvif_event *event, void *arg)
{
	struct genl *genl = arg;
	const struct kernel_handler *h = &genl->k.handler;

	switch (event->cmd) {
	case IPSECVIF_CMD_ACQUIRE_NTF:
		if (event->has_selector)
			h->acquire(h->arg, event->ifindex, &event->selector);
		break;
	case IPSECVIF_CMD_EXPIRE_NTF:
		/* A pause in the traffic is no reason for new keys. */
		if (event->has_sa && (event->hard || event->limit != IPSECVIF_LIMIT_IDLE))
			h->expire(h->arg, event->ifindex, &event->sa, event->hard);
		break;
	case IPSECVIF_CMD_SEQ_NTF:
		if (event->has_sa)
			h->expire(h->arg, event->ifindex, &event->sa, false);
		break;
	case IPSECVIF_CMD_MAPPING_NTF:
		if (event->has_sa)
			h->mapping(h->arg, event->ifindex, &event->sa, &event->new_src,
				   event->new_sport);
		break;
	default:
		break;
	}
}

static void events_ready(uint32_t events, void *arg)
{
	struct genl *genl = arg;
	int ret;

	(void)events;
	ret = ipsecvif_events_dispatch(genl->events, on_event, genl);
	if (ret < 0 && ret != -EAGAIN && ret != -EINTR)
		genl->k.handler.overrun(genl->k.handler.arg);
}

static void genl_close(struct kernel *k)
{
	struct genl *genl = genl_of(k);

	loop_remove(genl->source);
	ipsecvif_events_close(genl->events);
	ipsecvif_client_close(genl->client);
	net_close(genl->net);
	free(genl);
}

static const struct kernel_ops genl_ops = {
	.close = genl_close,
	.caps = genl_caps,
	.sock_attach = genl_sock_attach,
	.dev_set = genl_dev_set,
	.spi_alloc = genl_spi_alloc,
	.sa_add = genl_sa_add,
	.sa_update = genl_sa_update,
	.sa_del = genl_sa_del,
	.sa_get = genl_sa_get,
	.flush = genl_flush,
	.selector_add = genl_selector_add,
	.selector_del = genl_selector_del,
	.link_get = genl_link_get,
	.link_create = genl_link_create,
	.link_delete = genl_link_delete,
	.link_up = genl_link_up,
	.link_mtu = genl_link_mtu,
	.address = genl_address,
	.route = genl_route,
	.routes_flush = genl_routes_flush,
	.block = genl_block,
	.source = genl_source,
	.address_within = genl_address_within,
	.addresses_of = genl_addresses_of,
};

struct kernel *kernel_open(struct loop *loop, const struct kernel_handler *handler, char *err,
			   size_t err_len)
{
	struct genl *genl = calloc(1, sizeof(*genl));
	int ret;

	if (!genl) {
		snprintf(err, err_len, "out of memory");
		return NULL;
	}
	genl->k.ops = &genl_ops;
	genl->k.handler = *handler;
	ret = ipsecvif_client_open(&genl->client);
	if (ret) {
		snprintf(err, err_len, "%s", ipsecvif_open_error(ret));
		goto fail;
	}
	ret = ipsecvif_events_open(genl->client, &genl->events);
	if (ret) {
		snprintf(err, err_len, "%s", ipsecvif_client_error(genl->client));
		goto fail;
	}
	genl->net = net_open(loop, &genl->k, err, err_len);
	if (!genl->net)
		goto fail;
	genl->source =
		loop_add(loop, ipsecvif_events_fd(genl->events), EPOLLIN, events_ready, genl);
	if (genl->source)
		return &genl->k;
	snprintf(err, err_len, "%s", strerror(errno));
fail:
	genl_close(&genl->k);
	return NULL;
}
