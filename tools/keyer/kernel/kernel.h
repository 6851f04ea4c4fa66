/* SPDX-License-Identifier: MIT */
/*
 * The kernel, as netadmin sees it: devices, SAs, selectors, addresses, routes.
 *
 *	convert.c  what IKE negotiated to what the module takes; pure
 *	genl.c	   the module's half, over libipsecvif
 *	net*.c	   rtnetlink's half: links and addresses, routes, events
 *	fake.c	   both, in memory, for tests
 *
 * Calls return 0 or a negative errno with a sentence in kernel_error().
 */
#ifndef IPSECVIF_KEYER_KERNEL_H
#define IPSECVIF_KEYER_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/keyer/conf/conf.h"
#include "tools/keyer/ike/ike.h"
#include "tools/keyer/loop.h"
#include "tools/keyer/message.h"
#include "tools/lib/ipsecvif.h"

/*
 * What our routes are marked with ("proto ipsecvif" with the file that
 * packaging/ has for /etc/iproute2/rt_protos.d).
 */
#define KERNEL_RTPROT 73

/*
 * Metric of the unreachable routes that stand behind a tunnel's own, so that its
 * networks never follow a default route in clear. Any usual route of the same
 * network wins over it.
 */
#define KERNEL_BLOCK_METRIC 0xfffffff0U

/* IFLA_IFALIAS of interfaces that we made, so that our successor knows them. */
#define KERNEL_ALIAS "made by ipsecvifd"

enum kernel_limits {
	KERNEL_ERROR_MAX = 512
};

/** struct kernel_link - a network interface */
struct kernel_link {
	unsigned int ifindex; /* 0: there is none of this name */
	char name[IF_NAMESIZE];
	bool ours; /* of kind ipsecvif */
	bool made; /* carries KERNEL_ALIAS */
	bool up; /* administratively */
	uint32_t mtu;
};

/** struct kernel_route - a route that we add or remove */
struct kernel_route {
	struct conf_prefix to;
	unsigned int ifindex;
	uint32_t metric; /* 0: the kernel's default */
	struct ike_addr source; /* preferred; family 0: none */
};

/** struct kernel_lookup - a question for the routing tables */
struct kernel_lookup {
	struct ike_addr to;
	uint32_t fwmark;
	unsigned int underlay; /* ifindex, 0 any */
	unsigned int avoid; /* ifindex of the tunnel itself, which leads nowhere; 0 none */
};

/** struct kernel_handler - what happens in the kernel; called from the loop */
struct kernel_handler {
	void *arg;
	void (*acquire)(void *arg, unsigned int ifindex, const struct ipsecvif_selector *selector);
	/* @sa: dir and SPI are valid. */
	void (*expire)(void *arg, unsigned int ifindex, const struct ipsecvif_sa *sa, bool hard);
	void (*mapping)(void *arg, unsigned int ifindex, const struct ipsecvif_sa *sa,
			const struct ipsecvif_addr *addr, uint16_t port);
	/* Something happened to it; it may even be gone. */
	void (*link)(void *arg, const struct kernel_link *link);
	void (*address_lost)(void *arg, const struct ike_addr *addr);
	/* Addresses or routes, not ours, changed: peers may be reached in another way. */
	void (*paths)(void *arg);
	/* Events were lost, or the subscription ended: look anew. */
	void (*overrun)(void *arg);
};

struct kernel;

/** struct kernel_ops - a backend; see the wrappers below for the meanings. */
struct kernel_ops {
	void (*close)(struct kernel *k);
	int (*caps)(struct kernel *k, struct message_caps *caps);
	int (*sock_attach)(struct kernel *k, int fd);
	int (*dev_set)(struct kernel *k, unsigned int ifindex, const struct ipsecvif_dev *dev,
		       uint64_t what);
	int (*spi_alloc)(struct kernel *k, unsigned int ifindex, uint8_t proto, uint32_t *spi);
	int (*sa_add)(struct kernel *k, unsigned int ifindex, struct ipsecvif_sa *sas, size_t n_sas,
		      const struct ipsecvif_selector *selectors, size_t n_selectors);
	int (*sa_update)(struct kernel *k, unsigned int ifindex, const struct ipsecvif_sa_id *id,
			 const struct ipsecvif_sa *sa, uint64_t what);
	int (*sa_del)(struct kernel *k, unsigned int ifindex, const struct ipsecvif_sa_id *ids,
		      size_t n);
	int (*sa_get)(struct kernel *k, unsigned int ifindex, const struct ipsecvif_sa_id *id,
		      struct ipsecvif_sa *sa);
	int (*flush)(struct kernel *k, unsigned int ifindex);
	int (*selector_add)(struct kernel *k, unsigned int ifindex,
			    const struct ipsecvif_selector *selectors, size_t n);
	int (*selector_del)(struct kernel *k, unsigned int ifindex,
			    const struct ipsecvif_selector *selectors, size_t n);
	int (*link_get)(struct kernel *k, const char *name, unsigned int ifindex,
			struct kernel_link *link);
	int (*link_create)(struct kernel *k, const char *name);
	int (*link_delete)(struct kernel *k, unsigned int ifindex);
	int (*link_up)(struct kernel *k, unsigned int ifindex);
	int (*link_mtu)(struct kernel *k, unsigned int ifindex, uint32_t mtu);
	int (*address)(struct kernel *k, unsigned int ifindex, const struct conf_prefix *address,
		       bool add);
	int (*route)(struct kernel *k, const struct kernel_route *route, bool add);
	int (*routes_flush)(struct kernel *k, unsigned int ifindex);
	int (*block)(struct kernel *k, const struct conf_prefix *to, bool add);
	int (*source)(struct kernel *k, const struct kernel_lookup *lookup,
		      struct ike_addr *source);
	bool (*address_within)(struct kernel *k, const struct ike_ts *ts, size_t n, uint16_t family,
			       struct ike_addr *address);
	size_t (*addresses_of)(struct kernel *k, const char *name, struct ike_addr *addrs,
			       size_t max);
};

/** struct kernel - what every backend begins with. */
struct kernel {
	const struct kernel_ops *ops;
	struct kernel_handler handler;
	char error[KERNEL_ERROR_MAX];
};

/**
 * kernel_open() - the kernel of this network namespace
 * @handler: copied.
 * @err: on failure, a sentence.
 * Return: it, or NULL.
 */
struct kernel *kernel_open(struct loop *loop, const struct kernel_handler *handler, char *err,
			   size_t err_len);

static inline void kernel_close(struct kernel *k)
{
	if (k)
		k->ops->close(k);
}

/** kernel_error() - why the last call failed; one sentence. */
static inline const char *kernel_error(const struct kernel *k)
{
	return k->error;
}

/* --- rtnetlink's half (net.c), used by the real backend --- */

struct net;

struct net *net_open(struct loop *loop, struct kernel *k, char *err, size_t err_len);
void net_close(struct net *net);
/** net_link_get() - by @name, or where that is NULL by @ifindex. */
int net_link_get(struct net *net, const char *name, unsigned int ifindex, struct kernel_link *link);
int net_link_create(struct net *net, const char *name);
int net_link_delete(struct net *net, unsigned int ifindex);
int net_link_up(struct net *net, unsigned int ifindex);
int net_link_mtu(struct net *net, unsigned int ifindex, uint32_t mtu);
int net_address(struct net *net, unsigned int ifindex, const struct conf_prefix *address, bool add);
int net_route(struct net *net, const struct kernel_route *route, bool add);
/** net_routes_flush() - remove our routes through a device; 0: our unreachable ones. */
int net_routes_flush(struct net *net, unsigned int ifindex);
/** net_block() - add or remove the unreachable route of a network. */
int net_block(struct net *net, const struct conf_prefix *to, bool add);
int net_source(struct net *net, const struct kernel_lookup *lookup, struct ike_addr *source);
size_t net_addresses_of(struct net *net, const char *name, struct ike_addr *addrs, size_t max);
bool net_address_within(struct net *net, const struct ike_ts *ts, size_t n, uint16_t family,
			struct ike_addr *address);

/* --- conversions (convert.c), pure --- */

/** convert_prefixes() - a range of addresses as prefixes. Return: how many; 0: more than @max. */
size_t convert_prefixes(const struct ike_ts *ts, struct conf_prefix *prefixes, size_t max);

/**
 * convert_selectors() - pairs of traffic selectors as the module's selectors
 * @err: on failure, a sentence.
 * Return: how many, or -1 if there are more than @max or none.
 */
int convert_selectors(const struct ike_ts *local, size_t n_local, const struct ike_ts *remote,
		      size_t n_remote, struct ipsecvif_selector *selectors, size_t max, char *err,
		      size_t err_len);

/**
 * convert_sas() - a negotiated pair as an inbound and an outbound SA
 * @sas: the keys point into @child, which must live as long.
 * @err: on failure, a sentence.
 * Return: 0, or -1 for a transform or key that does not fit.
 */
int convert_sas(const struct ike_fx_child *child, uint32_t replay_window, struct ipsecvif_sa sas[2],
		char *err, size_t err_len);

/** convert_protocol() - IKE's number of AH or ESP as IP's. */
uint8_t convert_protocol(uint8_t protocol);

/** convert_alg() - the transforms of an algorithm of the kernel; returns their number. */
size_t convert_alg(const struct ipsecvif_alg *alg, struct ike_transform *t, size_t max);

void convert_addr_to_lib(const struct ike_addr *from, struct ipsecvif_addr *to);
void convert_addr_from_lib(const struct ipsecvif_addr *from, uint16_t port, struct ike_addr *to);

/** convert_selector_equal() - do two select the same packets? */
bool convert_selector_equal(const struct ipsecvif_selector *a, const struct ipsecvif_selector *b);

#endif /* IPSECVIF_KEYER_KERNEL_H */
