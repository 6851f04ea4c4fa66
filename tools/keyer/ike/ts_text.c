// SPDX-License-Identifier: MIT
/*
 * Traffic selectors and addresses as text.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/ike/ts.h"

static int fail(char *err, size_t len, const char *why, const char *text)
{
	snprintf(err, len, "\"%.80s\": %s", text, why);
	return -1;
}

static uint16_t addr_parse(const char *text, uint8_t out[16])
{
	memset(out, 0, 16);
	if (inet_pton(AF_INET, text, out) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, text, out) == 1 ? AF_INET6 : 0;
}

static bool number_parse(const char *text, unsigned long max, unsigned long *out)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	*out = strtoul(text, &end, 10);
	return !*end && *out <= max;
}

static const struct {
	const char *name;
	uint8_t proto;
} protocols[] = {
	{ "icmp", 1 }, { "tcp", 6 },	    { "udp", 17 },  { "gre", 47 },
	{ "esp", 50 }, { "ipv6-icmp", 58 }, { "ospf", 89 }, { "sctp", 132 },
};

enum {
	PROTOCOLS = sizeof(protocols) / sizeof(protocols[0])
};

static bool proto_parse(const char *text, uint8_t *proto)
{
	unsigned long v;

	for (unsigned int i = 0; i < PROTOCOLS; i++) {
		if (!strcmp(protocols[i].name, text)) {
			*proto = protocols[i].proto;
			return true;
		}
	}
	if (!strcmp(text, "any"))
		v = 0;
	else if (!number_parse(text, 255, &v))
		return false;
	*proto = (uint8_t)v;
	return true;
}

/* "tcp", "tcp/22", "17/1-100"; @text is written over. */
static const char *upper_parse(char *text, struct ike_ts *ts)
{
	char *port = strchr(text, '/'), *to;
	unsigned long min, max;

	if (port)
		*port++ = 0;
	if (!proto_parse(text, &ts->proto))
		return "unknown protocol in the brackets";
	if (!port || !strcmp(port, "any"))
		return NULL;
	to = strchr(port, '-');
	if (to)
		*to++ = 0;
	if (!number_parse(port, 65535, &min) || !number_parse(to ? to : port, 65535, &max) ||
	    min > max)
		return "a port is a number up to 65535, or two with a dash, the lower first";
	if (!ts->proto)
		return "ports need a protocol, as in [tcp/22]";
	ts->port_min = (uint16_t)min;
	ts->port_max = (uint16_t)max;
	return NULL;
}

static const char *prefix_parse(const char *text, struct ike_ts *ts)
{
	unsigned int bits = ts->family == AF_INET ? 32 : 128;
	unsigned long len;

	if (!number_parse(text, bits, &len))
		return "the prefix length is not a number that fits the address";
	for (unsigned int i = 0; i < bits; i++) {
		uint8_t mask = (uint8_t)(0x80 >> (i % 8));

		if (i < len)
			continue;
		if (ts->min[i / 8] & mask)
			return "the address has bits set beyond its prefix length";
		ts->max[i / 8] |= mask;
	}
	return NULL;
}

static const char *range_parse(const char *text, struct ike_ts *ts)
{
	if (addr_parse(text, ts->max) != ts->family)
		return "the end of the range is not an address of the same family";
	if (memcmp(ts->min, ts->max, 16) > 0)
		return "the range ends before it starts";
	return NULL;
}

int ike_ts_parse(const char *text, struct ike_ts *ts, char *err, size_t err_len)
{
	struct ike_ts out = { .port_max = 65535 };
	char copy[160], *upper, *sep, kind = 0;
	const char *why = NULL;

	if (strlen(text) >= sizeof(copy))
		return fail(err, err_len, "too long for a traffic selector", text);
	memcpy(copy, text, strlen(text) + 1);
	upper = strchr(copy, '[');
	if (upper) {
		size_t n;

		*upper++ = 0;
		n = strlen(upper);
		if (!n || upper[n - 1] != ']')
			return fail(err, err_len, "the bracket is not closed", text);
		upper[n - 1] = 0;
		why = upper_parse(upper, &out);
		if (why)
			return fail(err, err_len, why, text);
	}
	sep = strpbrk(copy, "/-");
	if (sep) {
		kind = *sep;
		*sep++ = 0;
	}
	if (!strcmp(text, "dynamic") || !strncmp(text, "dynamic[", 8)) {
		*ts = out;
		return 0;
	}
	out.family = addr_parse(copy, out.min);
	if (!out.family)
		return fail(err, err_len, "not an address, prefix or range of addresses", text);
	memcpy(out.max, out.min, 16);
	if (kind == '/')
		why = prefix_parse(sep, &out);
	else if (kind == '-')
		why = range_parse(sep, &out);
	if (why)
		return fail(err, err_len, why, text);
	*ts = out;
	return 0;
}

/* The prefix length, or -1 if the range is none. */
static int range_prefix(const struct ike_ts *ts)
{
	int bits = ts->family == AF_INET ? 32 : 128, len = 0;

	while (len < bits && !((ts->min[len / 8] ^ ts->max[len / 8]) & (0x80 >> (len % 8))))
		len++;
	for (int i = len; i < bits; i++) {
		uint8_t mask = (uint8_t)(0x80 >> (i % 8));

		if ((ts->min[i / 8] & mask) || !(ts->max[i / 8] & mask))
			return -1;
	}
	return len;
}

static void upper_print(const struct ike_ts *ts, char *buf, size_t len)
{
	bool ports = ts->port_min != 0 || ts->port_max != 65535;
	char proto[16];

	buf[0] = 0;
	if (!ts->proto && !ports)
		return;
	snprintf(proto, sizeof(proto), "%u", ts->proto);
	for (unsigned int i = 0; i < PROTOCOLS; i++) {
		if (protocols[i].proto == ts->proto)
			snprintf(proto, sizeof(proto), "%s", protocols[i].name);
	}
	if (!ports)
		snprintf(buf, len, "[%s]", proto);
	else if (ts->port_min == ts->port_max)
		snprintf(buf, len, "[%s/%u]", proto, ts->port_min);
	else
		snprintf(buf, len, "[%s/%u-%u]", proto, ts->port_min, ts->port_max);
}

char *ike_ts_print(const struct ike_ts *ts, char *buf, size_t len)
{
	char min[INET6_ADDRSTRLEN] = "?", max[INET6_ADDRSTRLEN] = "?", upper[40];
	int family = ts->family == AF_INET ? AF_INET : AF_INET6, prefix = range_prefix(ts);

	inet_ntop(family, ts->min, min, sizeof(min));
	inet_ntop(family, ts->max, max, sizeof(max));
	upper_print(ts, upper, sizeof(upper));
	if (!ts->family) {
		snprintf(buf, len, "dynamic%s", upper);
		return buf;
	}
	if (prefix >= 0)
		snprintf(buf, len, "%s/%d%s", min, prefix, upper);
	else
		snprintf(buf, len, "%s-%s%s", min, max, upper);
	return buf;
}

bool ike_ts_dynamic(const struct ike_ts *ts, size_t n)
{
	return !n || !ts[0].family;
}

char *ts_list_print(const struct ts_list *list, char *buf, size_t len)
{
	size_t at = 0;

	if (len)
		buf[0] = 0;
	for (unsigned int i = 0; i < list->n && at < len; i++) {
		char one[160];

		at += (size_t)snprintf(buf + at, len - at, "%s%s", i ? ", " : "",
				       ike_ts_print(&list->ts[i], one, sizeof(one)));
	}
	return buf;
}

char *ike_addr_print(const struct ike_addr *a, char *buf, size_t len)
{
	char text[INET6_ADDRSTRLEN] = "any";

	if (a->family == AF_INET || a->family == AF_INET6)
		inet_ntop(a->family, a->bytes, text, sizeof(text));
	if (!a->port)
		snprintf(buf, len, "%s", text);
	else
		snprintf(buf, len, a->family == AF_INET6 ? "[%s]:%u" : "%s:%u", text, a->port);
	return buf;
}
