/* SPDX-License-Identifier: MIT */
/* A kernel in memory, for tests: it keeps what it is told, and fails on demand. */
#ifndef IPSECVIF_KEYER_FAKE_H
#define IPSECVIF_KEYER_FAKE_H

#include "tools/keyer/kernel/kernel.h"

enum fake_limits {
	FAKE_LINKS = 8,
	FAKE_SAS = 256,
	FAKE_SELECTORS = 512,
	FAKE_ROUTES = 128
};

struct fake_sa {
	unsigned int ifindex;
	struct ipsecvif_sa sa;
	bool reserved;
};

struct fake_selector {
	unsigned int ifindex;
	struct ipsecvif_selector selector;
};

struct fake_address {
	unsigned int ifindex;
	struct conf_prefix address;
};

struct fake {
	struct kernel k;
	unsigned int last_ifindex;
	uint32_t last_spi;
	unsigned int n_links, n_sas, n_selectors, n_addresses, n_routes, n_blocks;
	struct kernel_link links[FAKE_LINKS];
	struct fake_sa sas[FAKE_SAS];
	struct fake_selector selectors[FAKE_SELECTORS];
	struct fake_address addresses[FAKE_ROUTES];
	struct kernel_route routes[FAKE_ROUTES];
	struct conf_prefix blocks[FAKE_ROUTES];
	const char *fail; /* the call of this name fails, with this errno */
	int fail_errno;
	uint32_t mtu;
	bool unreachable; /* no route to any peer */
	/* The addresses of wan0, for `local = wan0`. */
	struct ike_addr wan[4];
	size_t n_wan;
	bool no_address; /* no address is on the machine; else each is */
};

/** fake_open() - Return: an empty kernel; kernel_close() frees it. */
struct fake *fake_open(const struct kernel_handler *handler);

/** fake_link_add() - a link as somebody else would make it. Return: its index. */
unsigned int fake_link_add(struct fake *fake, const char *name, bool ours, bool up);

#endif /* IPSECVIF_KEYER_FAKE_H */
