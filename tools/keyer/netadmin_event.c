// SPDX-License-Identifier: MIT
/* The kernel's events: packets that wait, SAs that end, peers that moved. */
#include <arpa/inet.h>
#include <string.h>

#include "tools/keyer/log.h"
#include "tools/keyer/netadmin.h"

struct acquired {
	unsigned int ifindex;
	const struct ipsecvif_selector *selector;
};

/* The child whose trap the packet met: all tunnels of an interface may have some. */
static void tun_acquire(struct tun *tun, void *arg)
{
	const struct acquired *acquired = arg;
	const struct tun_child *child;
	unsigned int i;
	size_t j;

	if (!tun->iface || tun->iface->ifindex != acquired->ifindex)
		return;
	for (i = 0; i < tun->policy.n_children; i++) {
		child = &tun->children[i];
		for (j = 0; j < child->n_trap; j++) {
			if (!convert_selector_equal(&child->trap[j], acquired->selector))
				continue;
			tun_event(tun, TUNNEL_EV_ACQUIRE, (int)i, IKE_WHY_NONE);
			return;
		}
	}
}

static void on_acquire(void *arg, unsigned int ifindex, const struct ipsecvif_selector *selector)
{
	struct acquired acquired = { ifindex, selector };
	struct netadmin *na = arg;

	if (!na->stopping)
		na_tun_each(na, tun_acquire, &acquired);
}

struct sought {
	unsigned int ifindex;
	uint32_t spi; /* as on the wire */
	bool in;
	struct tun *tun;
	struct pair *pair;
};

static void tun_seek(struct tun *tun, void *arg)
{
	struct sought *sought = arg;
	struct pair *pair;

	if (sought->pair || !tun->iface || tun->iface->ifindex != sought->ifindex)
		return;
	for (pair = tun->pairs; pair; pair = pair->next) {
		if ((sought->in ? pair->spi_in : pair->spi_out) != sought->spi)
			continue;
		sought->tun = tun;
		sought->pair = pair;
		return;
	}
}

static bool pair_seek(struct netadmin *na, unsigned int ifindex, const struct ipsecvif_sa *sa,
		      struct sought *sought)
{
	*sought = (struct sought){ .ifindex = ifindex,
				   .spi = htonl(sa->spi),
				   .in = sa->dir == IPSECVIF_DIR_IN };
	if (!na->stopping)
		na_tun_each(na, tun_seek, sought);
	return sought->pair && sought->tun->conn;
}

static void on_expire(void *arg, unsigned int ifindex, const struct ipsecvif_sa *sa, bool hard)
{
	struct ike_ev_child event = { .hard = hard };
	struct netadmin *na = arg;
	struct sought sought;

	if (!pair_seek(na, ifindex, sa, &sought))
		return;
	event.spi_in = sought.pair->spi_in;
	event.spi_out = sought.pair->spi_out;
	log_kv(LOG_INFO, hard ? "expired" : "expiring", "tunnel", sought.tun->conf->name, "child",
	       sought.tun->conf->children[sought.pair->child].ike.name, NULL);
	na_send(na, NA_IKE, MSG_EXPIRE, &event, sizeof(event), -1);
}

static void on_mapping(void *arg, unsigned int ifindex, const struct ipsecvif_sa *sa,
		       const struct ipsecvif_addr *addr, uint16_t port)
{
	struct ike_ev_child event = { 0 };
	struct netadmin *na = arg;
	struct sought sought;

	if (!pair_seek(na, ifindex, sa, &sought))
		return;
	event.spi_in = sought.pair->spi_in;
	event.spi_out = sought.pair->spi_out;
	convert_addr_from_lib(addr, port, &event.seen);
	na_send(na, NA_IKE, MSG_MAPPING, &event, sizeof(event), -1);
}

static void on_link(void *arg, const struct kernel_link *link)
{
	iface_link_event(arg, link);
}

static void on_address_lost(void *arg, const struct ike_addr *addr)
{
	struct netadmin *na = arg;

	if (!na->stopping)
		na_send(na, NA_IKE, MSG_ADDRESS_LOST, addr, sizeof(*addr), -1);
}

/* Links are read anew; what else was lost comes again, or is timed out by the core. */
static void on_overrun(void *arg)
{
	struct netadmin *na = arg;
	struct kernel_link link;
	struct iface *iface, *next;

	log_kv(LOG_WARNING, "overrun", "why", "the kernel had to discard events", NULL);
	for (iface = na->ifaces; iface; iface = next) {
		next = iface->next;
		if (na->kernel->ops->link_get(na->kernel, iface->ifindex ? NULL : iface->name,
					      iface->ifindex, &link))
			continue;
		if (!link.ifindex)
			link.ifindex = iface->ifindex;
		if (link.ifindex)
			iface_link_event(na, &link);
	}
}

struct kernel_handler na_kernel_handler(struct netadmin *na)
{
	return (struct kernel_handler){
		.arg = na,
		.acquire = on_acquire,
		.expire = on_expire,
		.mapping = on_mapping,
		.link = on_link,
		.address_lost = on_address_lost,
		.overrun = on_overrun,
	};
}
