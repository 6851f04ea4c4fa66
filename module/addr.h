/* SPDX-License-Identifier: GPL-2.0-only */
/* An IPv4 or IPv6 address. */
#ifndef IPSECVIF_ADDR_H
#define IPSECVIF_ADDR_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/socket.h>
#include <net/ipv6.h>

/**
 * struct ipsecvif_addr - an address of either family
 * @family: AF_INET, AF_INET6, or 0: none
 * @v4: IPv4, the first of the 16 bytes
 * @v6: IPv6
 */
struct ipsecvif_addr {
	u8 family;
	union {
		__be32 v4;
		struct in6_addr v6;
	};
};

static inline unsigned int ipsecvif_addr_len(u8 family)
{
	return family == AF_INET ? sizeof(__be32) : sizeof(struct in6_addr);
}

static inline unsigned int ipsecvif_addr_bits(u8 family)
{
	return ipsecvif_addr_len(family) * 8;
}

/* Bytes of an IP header of this family, without options. */
static inline unsigned int ipsecvif_addr_header(u8 family)
{
	return family == AF_INET6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
}

static inline bool ipsecvif_addr_equal(const struct ipsecvif_addr *a, const struct ipsecvif_addr *b)
{
	if (a->family != b->family)
		return false;
	return a->family == AF_INET ? a->v4 == b->v4 : ipv6_addr_equal(&a->v6, &b->v6);
}

/* As memcmp(), of two addresses of one family. */
static inline int ipsecvif_addr_cmp(const struct ipsecvif_addr *a, const struct ipsecvif_addr *b)
{
	u32 x, y;

	if (a->family != AF_INET)
		return memcmp(&a->v6, &b->v6, sizeof(a->v6));
	x = ntohl(a->v4);
	y = ntohl(b->v4);
	return x < y ? -1 : x > y;
}

/* The network that an address is in, of @len bits: host bits 0. */
static inline void ipsecvif_addr_prefix(struct ipsecvif_addr *net, const struct ipsecvif_addr *addr,
					u8 len)
{
	net->family = addr->family;
	if (addr->family == AF_INET)
		net->v4 = addr->v4 & inet_make_mask(len);
	else
		ipv6_addr_prefix(&net->v6, &addr->v6, len);
}

/* Unspecified, or no address at all. */
static inline bool ipsecvif_addr_any(const struct ipsecvif_addr *a)
{
	switch (a->family) {
	case AF_INET:
		return !a->v4;
	case AF_INET6:
		return ipv6_addr_any(&a->v6);
	default:
		return true;
	}
}

static inline bool ipsecvif_addr_multicast(const struct ipsecvif_addr *a)
{
	return a->family == AF_INET6 ? ipv6_addr_is_multicast(&a->v6) :
				       a->family && ipv4_is_multicast(a->v4);
}

#endif /* IPSECVIF_ADDR_H */
