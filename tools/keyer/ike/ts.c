// SPDX-License-Identifier: MIT
/*
 * Narrowing of traffic selectors, RFC 7296 2.9.
 */
#include <string.h>
#include <sys/socket.h>

#include "tools/keyer/ike/ts.h"

static size_t addr_len(const struct ike_ts *ts)
{
	return ts->family == AF_INET ? 4 : 16;
}

bool ts_intersect(const struct ike_ts *a, const struct ike_ts *b, struct ike_ts *out)
{
	size_t len = addr_len(a);
	struct ike_ts ts = { .family = a->family };

	if (a->family != b->family || (a->proto && b->proto && a->proto != b->proto))
		return false;
	ts.proto = a->proto ? a->proto : b->proto;
	ts.port_min = a->port_min > b->port_min ? a->port_min : b->port_min;
	ts.port_max = a->port_max < b->port_max ? a->port_max : b->port_max;
	memcpy(ts.min, memcmp(a->min, b->min, len) > 0 ? a->min : b->min, len);
	memcpy(ts.max, memcmp(a->max, b->max, len) < 0 ? a->max : b->max, len);
	if (ts.port_min > ts.port_max || memcmp(ts.min, ts.max, len) > 0)
		return false;
	*out = ts;
	return true;
}

bool ts_equal(const struct ike_ts *a, const struct ike_ts *b)
{
	size_t len = addr_len(a);

	return a->family == b->family && a->proto == b->proto && a->port_min == b->port_min &&
	       a->port_max == b->port_max && !memcmp(a->min, b->min, len) &&
	       !memcmp(a->max, b->max, len);
}

bool ts_covers(const struct ike_ts *a, const struct ike_ts *b)
{
	struct ike_ts both;

	return ts_intersect(a, b, &both) && ts_equal(&both, b);
}

bool ts_list_equal(const struct ts_list *a, const struct ts_list *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned int i = 0; i < a->n; i++) {
		if (!ts_equal(&a->ts[i], &b->ts[i]))
			return false;
	}
	return true;
}

static bool list_covers_one(const struct ts_list *a, const struct ike_ts *ts)
{
	for (unsigned int i = 0; i < a->n; i++) {
		if (ts_covers(&a->ts[i], ts))
			return true;
	}
	return false;
}

bool ts_list_covers(const struct ts_list *a, const struct ts_list *b)
{
	for (unsigned int i = 0; i < b->n; i++) {
		if (!list_covers_one(a, &b->ts[i]))
			return false;
	}
	return true;
}

struct ike_ts ts_of_addr(const struct ike_addr *a)
{
	struct ike_ts ts = { .family = a->family, .port_max = 65535 };

	memcpy(ts.min, a->bytes, addr_len(&ts));
	memcpy(ts.max, a->bytes, addr_len(&ts));
	return ts;
}

void ts_list_of_conf(const struct ike_ts *ts, unsigned int n, const struct ike_addr *outer,
		     struct ts_list *out)
{
	memset(out, 0, sizeof(*out));
	if (!n) {
		out->ts[0] = ts_of_addr(outer);
		out->n = 1;
		return;
	}
	out->n = (uint8_t)(n < IKE_TS_MAX ? n : IKE_TS_MAX);
	for (unsigned int i = 0; i < out->n; i++) {
		out->ts[i] = ts[i];
		if (ts[i].family)
			continue;
		out->ts[i] = ts_of_addr(outer);
		out->ts[i].proto = ts[i].proto;
		out->ts[i].port_min = ts[i].port_min;
		out->ts[i].port_max = ts[i].port_max;
	}
}

bool ts_is_packet(const struct ike_ts *ts)
{
	return !memcmp(ts->min, ts->max, addr_len(ts)) && ts->proto && ts->port_min == ts->port_max;
}

/* Add one, unless another covers it; drop those that it covers. */
static void list_add(struct ts_list *list, const struct ike_ts *ts)
{
	unsigned int n = 0;

	if (list_covers_one(list, ts))
		return;
	for (unsigned int i = 0; i < list->n; i++) {
		if (!ts_covers(ts, &list->ts[i]))
			list->ts[n++] = list->ts[i];
	}
	if (n < IKE_TS_MAX)
		list->ts[n++] = *ts;
	list->n = (uint8_t)n;
}

bool ts_narrow(const struct ts_list *conf, const struct ts_list *offer, struct ts_list *out)
{
	struct ts_list list = { 0 };

	/* offers in their order, so that the first one's part is kept if room is short */
	for (unsigned int o = 0; o < offer->n; o++) {
		for (unsigned int c = 0; c < conf->n; c++) {
			struct ike_ts both;

			if (ts_intersect(&conf->ts[c], &offer->ts[o], &both))
				list_add(&list, &both);
		}
	}
	if (offer->n && ts_is_packet(&offer->ts[0])) {
		for (unsigned int i = 1; i < list.n; i++) {
			struct ike_ts ts = list.ts[i];

			if (!ts_covers(&ts, &offer->ts[0]))
				continue;
			memmove(&list.ts[1], &list.ts[0], i * sizeof(ts));
			list.ts[0] = ts;
			break;
		}
	}
	*out = list;
	return list.n > 0;
}
