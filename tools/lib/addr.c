// SPDX-License-Identifier: MIT
/*
 * Addresses and networks: text, bytes, attributes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lib/internal.h"

int ipsecvif_addr_parse(const char *text, struct ipsecvif_addr *addr)
{
	struct ipsecvif_addr parsed = { .family = AF_INET };

	if (inet_pton(AF_INET, text, parsed.bytes) != 1) {
		parsed.family = AF_INET6;
		if (inet_pton(AF_INET6, text, parsed.bytes) != 1)
			return -EINVAL;
	}
	*addr = parsed;
	return 0;
}

/* A decimal number without sign, space or leading zero. */
static int prefix_length_parse(const char *text, unsigned int max, uint8_t *prefix)
{
	unsigned long value;
	char *end;

	if (text[0] < '0' || text[0] > '9' || (text[0] == '0' && text[1]))
		return -EINVAL;
	value = strtoul(text, &end, 10);
	if (*end || value > max)
		return -EINVAL;
	*prefix = (uint8_t)value;
	return 0;
}

int ipsecvif_prefix_parse(const char *text, sa_family_t family, struct ipsecvif_addr *addr,
			  uint8_t *prefix)
{
	struct ipsecvif_addr parsed = { .family = family == AF_INET6 ? AF_INET6 : AF_INET };
	char head[IPSECVIF_ADDR_STRLEN];
	const char *slash;
	uint8_t length;
	size_t len;

	if (!strcmp(text, "any") || !strcmp(text, "default") || !strcmp(text, "all")) {
		*addr = parsed;
		*prefix = 0;
		return 0;
	}
	slash = strchr(text, '/');
	len = slash ? (size_t)(slash - text) : strlen(text);
	if (len >= sizeof(head))
		return -EINVAL;
	memcpy(head, text, len);
	head[len] = '\0';
	if (ipsecvif_addr_parse(head, &parsed))
		return -EINVAL;
	length = parsed.family == AF_INET ? 32 : 128;
	if (slash && prefix_length_parse(slash + 1, length, &length))
		return -EINVAL;
	*addr = parsed;
	*prefix = length;
	return 0;
}

int ipsecvif_range_parse(const char *text, struct ipsecvif_addr *min, struct ipsecvif_addr *max)
{
	struct ipsecvif_addr first, last;
	char head[IPSECVIF_ADDR_STRLEN];
	const char *dash = strchr(text, '-');
	size_t len = dash ? (size_t)(dash - text) : sizeof(head);

	if (len >= sizeof(head))
		return -EINVAL;
	memcpy(head, text, len);
	head[len] = '\0';
	if (ipsecvif_addr_parse(head, &first) || ipsecvif_addr_parse(dash + 1, &last) ||
	    first.family != last.family || memcmp(first.bytes, last.bytes, sizeof(first.bytes)) > 0)
		return -EINVAL;
	*min = first;
	*max = last;
	return 0;
}

const char *ipsecvif_addr_format(const struct ipsecvif_addr *addr, char text[IPSECVIF_ADDR_STRLEN])
{
	if (addr->family == AF_UNSPEC ||
	    !inet_ntop(addr->family, addr->bytes, text, IPSECVIF_ADDR_STRLEN))
		snprintf(text, IPSECVIF_ADDR_STRLEN, "any");
	return text;
}

int ipsecvif_addr_from_bytes(const void *bytes, size_t len, struct ipsecvif_addr *addr)
{
	if (len != 4 && len != 16)
		return -EINVAL;
	memset(addr, 0, sizeof(*addr));
	addr->family = len == 4 ? AF_INET : AF_INET6;
	memcpy(addr->bytes, bytes, len);
	return 0;
}

size_t ipsecvif_addr_len(const struct ipsecvif_addr *addr)
{
	switch (addr->family) {
	case AF_INET:
		return 4;
	case AF_INET6:
		return 16;
	default:
		return 0;
	}
}

bool ipsecvif_addr_equal(const struct ipsecvif_addr *a, const struct ipsecvif_addr *b)
{
	return a->family == b->family && !memcmp(a->bytes, b->bytes, ipsecvif_addr_len(a));
}

bool ipsecvif_addr_mask(struct ipsecvif_addr *addr, uint8_t prefix)
{
	size_t len = ipsecvif_addr_len(addr);
	bool had_host_bits = false;
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned int kept = prefix > 8 * i ? prefix - 8 * (unsigned int)i : 0;
		uint8_t mask = kept >= 8 ? 0xff : (uint8_t)(0xff00 >> kept);

		if (addr->bytes[i] & ~mask)
			had_host_bits = true;
		addr->bytes[i] &= mask;
	}
	return had_host_bits;
}

/* An absent address is not put. */
int put_addr(struct nl_msg *msg, int type, const struct ipsecvif_addr *addr)
{
	size_t len = ipsecvif_addr_len(addr);

	return len ? nla_put(msg, type, (int)len, addr->bytes) : 0;
}

/* An absent attribute leaves the address absent. */
int parse_addr(const struct nlattr *nla, struct ipsecvif_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	if (!nla)
		return 0;
	return ipsecvif_addr_from_bytes(nla_data(nla), (size_t)nla_len(nla), addr);
}
