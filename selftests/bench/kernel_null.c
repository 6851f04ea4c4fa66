// SPDX-License-Identifier: MIT
/*
 * A kernel that takes everything and does nothing: for benchmarks of the daemon alone, on
 * machines where the module can't be loaded. Interfaces are names with a number.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/keyer/ike/iana.h"
#include "tools/keyer/kernel/kernel.h"

struct null_link {
	char name[IF_NAMESIZE];
};

struct null {
	struct kernel k;
	uint32_t last_spi;
	struct null_link *links; /* index: the interface's, less one */
	unsigned int n_links;
};

static struct null *null_of(struct kernel *k)
{
	return (struct null *)k;
}

static void null_close(struct kernel *k)
{
	free(null_of(k)->links);
	free(k);
}

static int null_caps(struct kernel *k, struct message_caps *caps)
{
	static const struct ike_transform algs[] = {
		{ TR_ENCR, ENCR_AES_GCM_16, 0 },
		{ TR_ENCR, ENCR_AES_CBC, 0 },
		{ TR_INTEG, INTEG_HMAC_SHA2_256_128, 0 },
	};

	(void)k;
	memset(caps, 0, sizeof(*caps));
	caps->n = sizeof(algs) / sizeof(algs[0]);
	memcpy(caps->algs, algs, sizeof(algs));
	return 0;
}

static int null_sock_attach(struct kernel *k, int fd)
{
	(void)k;
	(void)fd;
	return 0;
}

static int null_dev_set(struct kernel *k, unsigned int ifindex, const struct ipsecvif_dev *dev,
			uint64_t what)
{
	(void)k;
	(void)ifindex;
	(void)dev;
	(void)what;
	return 0;
}

static int null_spi_alloc(struct kernel *k, unsigned int ifindex, uint8_t proto, uint32_t *spi)
{
	(void)ifindex;
	(void)proto;
	*spi = IPSECVIF_SPI_MIN + ++null_of(k)->last_spi;
	return 0;
}

static int null_sa_add(struct kernel *k, unsigned int ifindex, struct ipsecvif_sa *sas,
		       size_t n_sas, const struct ipsecvif_selector *selectors, size_t n_selectors)
{
	(void)k;
	(void)ifindex;
	(void)sas;
	(void)n_sas;
	(void)selectors;
	(void)n_selectors;
	return 0;
}

static int null_sa_update(struct kernel *k, unsigned int ifindex, const struct ipsecvif_sa_id *id,
			  const struct ipsecvif_sa *sa, uint64_t what)
{
	(void)k;
	(void)ifindex;
	(void)id;
	(void)sa;
	(void)what;
	return 0;
}

static int null_sa_del(struct kernel *k, unsigned int ifindex, const struct ipsecvif_sa_id *ids,
		       size_t n)
{
	(void)k;
	(void)ifindex;
	(void)ids;
	(void)n;
	return 0;
}

static int null_sa_get(struct kernel *k, unsigned int ifindex, const struct ipsecvif_sa_id *id,
		       struct ipsecvif_sa *sa)
{
	(void)k;
	(void)ifindex;
	(void)id;
	(void)sa;
	return -1;
}

static int null_flush(struct kernel *k, unsigned int ifindex)
{
	(void)k;
	(void)ifindex;
	return 0;
}

static int null_selectors(struct kernel *k, unsigned int ifindex,
			  const struct ipsecvif_selector *selectors, size_t n)
{
	(void)k;
	(void)ifindex;
	(void)selectors;
	(void)n;
	return 0;
}

static int null_link_get(struct kernel *k, const char *name, unsigned int ifindex,
			 struct kernel_link *link)
{
	struct null *null = null_of(k);
	unsigned int i;

	memset(link, 0, sizeof(*link));
	for (i = 0; i < null->n_links; i++) {
		if (name ? strcmp(name, null->links[i].name) != 0 : i + 1 != ifindex)
			continue;
		link->ifindex = i + 1;
		memcpy(link->name, null->links[i].name, sizeof(link->name));
		link->ours = link->made = link->up = true;
		break;
	}
	return 0;
}

static int null_link_create(struct kernel *k, const char *name)
{
	struct null *null = null_of(k);

	null->links = reallocarray(null->links, null->n_links + 1, sizeof(*null->links));
	if (!null->links)
		abort();
	strncpy(null->links[null->n_links].name, name, IF_NAMESIZE - 1);
	null->links[null->n_links++].name[IF_NAMESIZE - 1] = '\0';
	return 0;
}

static int null_link(struct kernel *k, unsigned int ifindex)
{
	(void)k;
	(void)ifindex;
	return 0;
}

static int null_link_mtu(struct kernel *k, unsigned int ifindex, uint32_t mtu)
{
	(void)k;
	(void)ifindex;
	(void)mtu;
	return 0;
}

static int null_address(struct kernel *k, unsigned int ifindex, const struct conf_prefix *address,
			bool add)
{
	(void)k;
	(void)ifindex;
	(void)address;
	(void)add;
	return 0;
}

static int null_route(struct kernel *k, const struct kernel_route *route, bool add)
{
	(void)k;
	(void)route;
	(void)add;
	return 0;
}

static int null_block(struct kernel *k, const struct conf_prefix *to, bool add)
{
	(void)k;
	(void)to;
	(void)add;
	return 0;
}

/* The real kernel's answer: what a socket to the peer is bound to. */
static int null_source(struct kernel *k, const struct kernel_lookup *lookup,
		       struct ike_addr *source)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	socklen_t len = sizeof(to);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	(void)k;
	memset(source, 0, sizeof(*source));
	memcpy(&to.sin_addr, lookup->to.bytes, 4);
	ret = fd < 0 || lookup->to.family != AF_INET ||
	      connect(fd, (struct sockaddr *)&to, sizeof(to)) ||
	      getsockname(fd, (struct sockaddr *)&to, &len);
	if (fd >= 0)
		close(fd);
	if (ret)
		return -1;
	source->family = AF_INET;
	memcpy(source->bytes, &to.sin_addr, 4);
	return 0;
}

/* Each is there. */
static bool null_address_within(struct kernel *k, const struct ike_ts *ts, size_t n,
				uint16_t family, struct ike_addr *address)
{
	(void)k;
	if (!n || ts->family != family)
		return false;
	memset(address, 0, sizeof(*address));
	address->family = family;
	memcpy(address->bytes, ts->min, sizeof(address->bytes));
	return true;
}

static const struct kernel_ops null_ops = {
	.close = null_close,
	.caps = null_caps,
	.sock_attach = null_sock_attach,
	.dev_set = null_dev_set,
	.spi_alloc = null_spi_alloc,
	.sa_add = null_sa_add,
	.sa_update = null_sa_update,
	.sa_del = null_sa_del,
	.sa_get = null_sa_get,
	.flush = null_flush,
	.selector_add = null_selectors,
	.selector_del = null_selectors,
	.link_get = null_link_get,
	.link_create = null_link_create,
	.link_delete = null_link,
	.link_up = null_link,
	.link_mtu = null_link_mtu,
	.address = null_address,
	.route = null_route,
	.routes_flush = null_link,
	.block = null_block,
	.source = null_source,
	.address_within = null_address_within,
};

struct kernel *kernel_open(struct loop *loop, const struct kernel_handler *handler, char *err,
			   size_t err_len)
{
	struct null *null = calloc(1, sizeof(*null));

	(void)loop;
	(void)err;
	(void)err_len;
	if (!null)
		abort();
	null->k.ops = &null_ops;
	null->k.handler = *handler;
	return &null->k;
}
