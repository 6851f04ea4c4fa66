/* SPDX-License-Identifier: MIT */
/* libipsecvif: selectors (selector.c). The conventions are in ipsecvif.h. */
#ifndef IPSECVIF_LIB_SELECTOR_H
#define IPSECVIF_LIB_SELECTOR_H

#include <linux/ipsecvif.h>

#include "tools/lib/ipsecvif_addr.h"

struct ipsecvif_client;

/* Bytes that hold a network or a range of addresses as text. */
#define IPSECVIF_SIDE_STRLEN (2 * INET6_ADDRSTRLEN)
/* Bytes that hold any selector as ipsecvif_selector_format() writes it. */
#define IPSECVIF_SELECTOR_STRLEN 320

/**
 * struct ipsecvif_ports - a range of ports
 * @min: lowest.
 * @max: highest. {0, 0} in a request and {0, 65535} anywhere are any port.
 */
struct ipsecvif_ports {
	uint16_t min;
	uint16_t max;
};

/**
 * struct ipsecvif_icmp - ranges of ICMP or ICMPv6 types and codes
 * @typed: only types from @type_min to @type_max; else any, with any code.
 * @coded: only codes from @code_min to @code_max; else any.
 * @type_min: lowest type.
 * @type_max: highest type.
 * @code_min: lowest code.
 * @code_max: highest code.
 */
struct ipsecvif_icmp {
	bool typed;
	bool coded;
	uint8_t type_min;
	uint8_t type_max;
	uint8_t code_min;
	uint8_t code_max;
};

/**
 * struct ipsecvif_selector - a traffic selector as an outbound packet meets it
 * @src: network on our side; host bits must be 0. Required.
 * @src_max: @src begins a range, and this is its last address; AF_UNSPEC if it
 *	is a network.
 * @src_prefix: the network's length in bits; 0 is a value.
 * @dst: network on the peer's side, of the same family. Required.
 * @dst_max: the last of a range that @dst begins.
 * @dst_prefix: the network's length in bits; 0 is a value.
 * @proto: upper-layer protocol; 0 any.
 * @sport: ports on our side; needs a @proto that has ports.
 * @dport: ports on the peer's side.
 * @icmp: types and codes; needs a @proto of ICMP or ICMPv6.
 * @spi: the outbound SA that it is bound to, or uses now; 0 none.
 * @automatic: came with an SA and goes with it. Reply only.
 * @packets: outbound packets that matched. Reply only.
 * @held: packets that wait for an SA. Reply only.
 */
struct ipsecvif_selector {
	struct ipsecvif_addr src;
	struct ipsecvif_addr src_max;
	uint8_t src_prefix;
	struct ipsecvif_addr dst;
	struct ipsecvif_addr dst_max;
	uint8_t dst_prefix;
	uint8_t proto;
	struct ipsecvif_ports sport;
	struct ipsecvif_ports dport;
	struct ipsecvif_icmp icmp;
	uint32_t spi;
	bool automatic;
	uint64_t packets;
	uint32_t held;
};

/**
 * typedef ipsecvif_selector_fn - receives a selector
 * @selector: valid during the call.
 * @arg: the caller's.
 *
 * Return: 0 to go on; anything else ends the walk and is its result.
 */
typedef int ipsecvif_selector_fn(const struct ipsecvif_selector *selector, void *arg);

/**
 * ipsecvif_selector_add - add selectors to a device, all or none
 * @client: the client.
 * @ifindex: the device.
 * @selectors: what to add.
 * @n: their number, 1 to IPSECVIF_SELECTORS_PER_REQUEST.
 *
 * Return: 0; -EEXIST if one is there already; -ENOENT if the SA it names is
 * not; -E2BIG if there are too many; another negative errno.
 */
int ipsecvif_selector_add(struct ipsecvif_client *client, unsigned int ifindex,
			  const struct ipsecvif_selector *selectors, size_t n);

/**
 * ipsecvif_selector_del - remove selectors of a device, all or none
 * @client: the client.
 * @ifindex: the device.
 * @selectors: what to remove; @spi, @automatic and @packets are ignored.
 * @n: their number, 1 to IPSECVIF_SELECTORS_PER_REQUEST.
 *
 * Return: 0; -ENOENT if one is not there; another negative errno.
 */
int ipsecvif_selector_del(struct ipsecvif_client *client, unsigned int ifindex,
			  const struct ipsecvif_selector *selectors, size_t n);

/**
 * ipsecvif_selector_dump - read a device's selectors in the order of matching
 * @client: the client.
 * @ifindex: the device.
 * @fn: called for each after all have been read, so it may use @client.
 * @arg: passed to @fn.
 *
 * Return: 0, the non-zero result of @fn, or a negative errno.
 */
int ipsecvif_selector_dump(struct ipsecvif_client *client, unsigned int ifindex,
			   ipsecvif_selector_fn *fn, void *arg);

/**
 * ipsecvif_selector_flush - remove all selectors of a device
 * @client: the client.
 * @ifindex: the device, which then carries whatever is routed into it.
 *
 * Return: 0 or a negative errno.
 */
int ipsecvif_selector_flush(struct ipsecvif_client *client, unsigned int ifindex);

/**
 * ipsecvif_selector_side_format - write one side of a selector
 * @addr: @src or @dst of the selector.
 * @max: its @src_max or @dst_max.
 * @prefix: its @src_prefix or @dst_prefix.
 * @text: at least IPSECVIF_SIDE_STRLEN bytes.
 *
 * Return: @text, such as "10.1.0.0/16" or "10.1.0.5-10.1.0.9".
 */
const char *ipsecvif_selector_side_format(const struct ipsecvif_addr *addr,
					  const struct ipsecvif_addr *max, uint8_t prefix,
					  char text[IPSECVIF_SIDE_STRLEN]);

/**
 * ipsecvif_selector_format - write a selector as the command takes it
 * @selector: the selector.
 * @text: at least IPSECVIF_SELECTOR_STRLEN bytes.
 *
 * Return: @text, such as "src 10.1.0.0/16 dst 10.2.0.0/16 proto tcp dport 80".
 */
const char *ipsecvif_selector_format(const struct ipsecvif_selector *selector,
				     char text[IPSECVIF_SELECTOR_STRLEN]);

#endif /* IPSECVIF_LIB_SELECTOR_H */
