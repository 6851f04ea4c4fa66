/* SPDX-License-Identifier: MIT */
/* libipsecvif: addresses (addr.c). The conventions are in ipsecvif.h. */
#ifndef IPSECVIF_LIB_ADDR_H
#define IPSECVIF_LIB_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Bytes that hold any address as text, with its NUL. */
#define IPSECVIF_ADDR_STRLEN INET6_ADDRSTRLEN
/* The same with "/128" after it. */
#define IPSECVIF_PREFIX_STRLEN (INET6_ADDRSTRLEN + 4)

/**
 * struct ipsecvif_addr - an IPv4 or IPv6 address, or none
 * @family: AF_INET, AF_INET6, or AF_UNSPEC for none.
 * @bytes: the address in network byte order; the first 4 bytes for IPv4. The
 *	rest is zero, so that two addresses compare with memcmp().
 */
struct ipsecvif_addr {
	sa_family_t family;
	uint8_t bytes[16];
};

/**
 * ipsecvif_addr_parse - read a numeric address
 * @text: "192.0.2.1" or "2001:db8::1".
 * @addr: where to write it; untouched on error.
 *
 * Return: 0, or -EINVAL if @text is no numeric address.
 */
int ipsecvif_addr_parse(const char *text, struct ipsecvif_addr *addr);

/**
 * ipsecvif_prefix_parse - read a network, such as "10.1.0.0/16"
 * @text: an address, optionally with "/length"; or "default" or "any", which
 *	is 0.0.0.0/0, or ::/0 if @family is AF_INET6.
 * @family: the family wanted for "any", AF_UNSPEC if either.
 * @addr: where to write the address; host bits are kept as written.
 * @prefix: where to write the length in bits; the full one if absent.
 *
 * Return: 0, or -EINVAL if @text is no network.
 */
int ipsecvif_prefix_parse(const char *text, sa_family_t family, struct ipsecvif_addr *addr,
			  uint8_t *prefix);

/**
 * ipsecvif_range_parse - read a range of addresses, such as "10.1.0.5-10.1.0.9"
 * @text: two addresses of one family, the second not below the first.
 * @min: where to write the first; untouched on error, as is @max.
 * @max: where to write the last.
 *
 * Return: 0, or -EINVAL if @text is no range.
 */
int ipsecvif_range_parse(const char *text, struct ipsecvif_addr *min, struct ipsecvif_addr *max);

/**
 * ipsecvif_addr_format - write an address as text
 * @addr: the address; none is written as "any".
 * @text: at least IPSECVIF_ADDR_STRLEN bytes.
 *
 * Return: @text.
 */
const char *ipsecvif_addr_format(const struct ipsecvif_addr *addr, char text[IPSECVIF_ADDR_STRLEN]);

/**
 * ipsecvif_addr_from_bytes - make an address of an attribute's payload
 * @bytes: 4 or 16 bytes in network order.
 * @len: their number, which is the family.
 * @addr: where to write it.
 *
 * Return: 0, or -EINVAL for any other @len.
 */
int ipsecvif_addr_from_bytes(const void *bytes, size_t len, struct ipsecvif_addr *addr);

/**
 * ipsecvif_addr_len - the length of an address in bytes
 * @addr: the address.
 *
 * Return: 4, 16, or 0 for none.
 */
size_t ipsecvif_addr_len(const struct ipsecvif_addr *addr);

/**
 * ipsecvif_addr_equal - are two addresses the same?
 * @a: an address.
 * @b: another.
 *
 * Return: true if family and bytes agree.
 */
bool ipsecvif_addr_equal(const struct ipsecvif_addr *a, const struct ipsecvif_addr *b);

/**
 * ipsecvif_addr_mask - clear the host bits of an address
 * @addr: the address, changed in place.
 * @prefix: length of its network part in bits.
 *
 * Return: true if a host bit was set.
 */
bool ipsecvif_addr_mask(struct ipsecvif_addr *addr, uint8_t prefix);

#endif /* IPSECVIF_LIB_ADDR_H */
