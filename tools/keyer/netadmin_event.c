// SPDX-License-Identifier: MIT
/* The kernel's events: packets that wait, SAs that end, peers that moved. */
#include <arpa/inet.h>
#include <string.h>

#include "tools/keyer/log.h"
#include "tools/keyer/netadmin.h"

/* The first tunnel whose trap the packet met: several of an interface may have the same. */
static void on_acquire(void *arg, unsigned int ifindex, const struct ipsecvif_selector *selector)
{
	struct netadmin *na = arg;
	struct index_link *link;
	struct trap *trap;

	if (na->stopping)
		return;
	for (link = index_first(&na->traps, trap_key(ifindex, selector)); link;
	     link = index_next(link)) {
		trap = index_entry(link, struct trap, link);
		if (trap->tun->iface->ifindex != ifindex ||
		    !convert_selector_equal(&trap->selector, selector))
			continue;
		/* This may be the end of the trap. */
		tun_event(trap->tun, TUNNEL_EV_ACQUIRE, (int)trap->child, IKE_WHY_NONE);
		return;
	}
}

/* The pair of an SA that an event names, if it is one of ours that ike knows. */
static struct pair *pair_seek(struct netadmin *na, unsigned int ifindex,
			      const struct ipsecvif_sa *sa)
{
	const bool in = sa->dir == IPSECVIF_DIR_IN;
	struct index_link *link;
	struct pair *pair;

	if (na->stopping)
		return NULL;
	for (link = index_first(in ? &na->pairs_in : &na->pairs_out, htonl(sa->spi)); link;
	     link = index_next(link)) {
		pair = in ? index_entry(link, struct pair, by_in) :
			    index_entry(link, struct pair, by_out);
		if (pair->tun->iface && pair->tun->iface->ifindex == ifindex)
			return pair->tun->conn ? pair : NULL;
	}
	return NULL;
}

static void on_expire(void *arg, unsigned int ifindex, const struct ipsecvif_sa *sa, bool hard)
{
	struct ike_ev_child event = { .hard = hard };
	struct netadmin *na = arg;
	const struct pair *pair = pair_seek(na, ifindex, sa);

	if (!pair)
		return;
	event.spi_in = pair->spi_in;
	event.spi_out = pair->spi_out;
	log_kv(LOG_INFO, hard ? "expired" : "expiring", "tunnel", pair->tun->conf->name, "child",
	       pair->tun->conf->children[pair->child].ike.name, NULL);
	na_send(na, NA_IKE, MSG_EXPIRE, &event, sizeof(event), -1);
}

static void on_mapping(void *arg, unsigned int ifindex, const struct ipsecvif_sa *sa,
		       const struct ipsecvif_addr *addr, uint16_t port)
{
	struct ike_ev_child event = { 0 };
	struct netadmin *na = arg;
	const struct pair *pair = pair_seek(na, ifindex, sa);

	if (!pair)
		return;
	event.spi_in = pair->spi_in;
	event.spi_out = pair->spi_out;
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

static void tun_paths(struct tun *tun, void *arg)
{
	(void)arg;
	tun_locals_check(tun);
	tun_roam(tun);
}

void na_paths_timer(void *arg)
{
	struct netadmin *na = arg;

	loop_timer_set(na->loop, &na->paths_timer, LOOP_NEVER);
	if (!na->stopping)
		na_tun_each(na, tun_paths, NULL);
}

/* Changes come in swarms: look once, a moment after the first of them. */
static void on_paths(void *arg)
{
	struct netadmin *na = arg;

	if (!na->stopping && !na->paths_timer.slot)
		loop_timer_set(na->loop, &na->paths_timer, loop_now() + NETADMIN_PATHS);
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
		.paths = on_paths,
		.overrun = on_overrun,
	};
}
