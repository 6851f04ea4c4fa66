// SPDX-License-Identifier: MIT
/*
 * The Traffic Selector payload, RFC 7296 3.13.
 */
#include <string.h>
#include <sys/socket.h>

#include "tools/keyer/ike/payload.h"

static bool ts_ordered(const struct ike_ts *ts, size_t len)
{
	return memcmp(ts->min, ts->max, len) <= 0;
}

const char *ts_payload_parse(struct bytes body, struct ts_list *list)
{
	struct reader r = reader_of(body);
	uint8_t n = read_u8(&r);

	memset(list, 0, sizeof(*list));
	read_bytes(&r, 3);
	for (unsigned int i = 0; i < n; i++) {
		uint8_t type = read_u8(&r), proto = read_u8(&r);
		uint16_t len = read_u16(&r);
		struct ike_ts ts = { .proto = proto };
		size_t alen = type == TS_IPV4_ADDR_RANGE ? 4 : 16;
		struct bytes min, max;

		if (r.failed || len < 4 || reader_left(&r) < len - 4u)
			return "a traffic selector is longer than its payload";
		if (type != TS_IPV4_ADDR_RANGE && type != TS_IPV6_ADDR_RANGE) {
			read_bytes(&r, len - 4u); /* of a kind we can't narrow to: skipped */
			continue;
		}
		if (len != 8 + 2 * alen)
			return "a traffic selector is not as long as its type says";
		ts.family = type == TS_IPV4_ADDR_RANGE ? AF_INET : AF_INET6;
		ts.port_min = read_u16(&r);
		ts.port_max = read_u16(&r);
		min = read_bytes(&r, alen);
		max = read_bytes(&r, alen);
		memcpy(ts.min, min.p, min.len);
		memcpy(ts.max, max.p, max.len);
		if (!ts_ordered(&ts, alen))
			return "a traffic selector ends before it starts";
		/* 65535-0 is "OPAQUE" (3.13.1), which no packet of ours has */
		if (ts.port_min > ts.port_max && !(ts.port_min == 65535 && ts.port_max == 0))
			return "a traffic selector's ports end before they start";
		if (ts.port_min <= ts.port_max && list->n < IKE_TS_MAX)
			list->ts[list->n++] = ts;
	}
	if (r.failed || reader_left(&r))
		return "the traffic selectors are not as many as their payload says";
	return NULL;
}

void ts_payload_write(struct writer *w, const struct ts_list *list)
{
	write_u8(w, list->n);
	write_zeros(w, 3);
	for (unsigned int i = 0; i < list->n; i++) {
		const struct ike_ts *ts = &list->ts[i];
		size_t alen = ts->family == AF_INET ? 4 : 16;

		write_u8(w, ts->family == AF_INET ? TS_IPV4_ADDR_RANGE : TS_IPV6_ADDR_RANGE);
		write_u8(w, ts->proto);
		write_u16(w, (uint16_t)(8 + 2 * alen));
		write_u16(w, ts->port_min);
		write_u16(w, ts->port_max);
		write_bytes(w, ts->min, alen);
		write_bytes(w, ts->max, alen);
	}
}
