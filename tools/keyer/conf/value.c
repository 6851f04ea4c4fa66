// SPDX-License-Identifier: MIT
/* Values: text to durations, sizes, addresses; and the nearest word. */
#include "tools/keyer/conf/internal.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit duration_units[] = {
	{ "", 1000 },	    { "ms", 1 },	  { "s", 1000 },
	{ "m", 60000 },	    { "h", 3600000 },	  { "d", 86400000 },
	{ "w", 604800000 }, { "y", 31536000000 }, { NULL, 0 },
};

static const struct unit size_units[] = {
	{ "", 1 },
	{ "k", 1000 },
	{ "K", 1000 },
	{ "M", 1000000 },
	{ "G", 1000000000 },
	{ "T", 1000000000000 },
	{ "KiB", UINT64_C(1) << 10 },
	{ "MiB", UINT64_C(1) << 20 },
	{ "GiB", UINT64_C(1) << 30 },
	{ "TiB", UINT64_C(1) << 40 },
	{ NULL, 0 },
};

/* Reads "12h" or "1h 30m": numbers with units, added up. */
static int value_units(const char *text, const struct unit *units, uint64_t *sum)
{
	const struct unit *unit;
	const char *p = text;
	unsigned long long n;
	uint64_t part;
	size_t len;
	char *end;

	for (*sum = 0; *p; p = end) {
		while (*p == ' ')
			p++;
		if (!isdigit((unsigned char)*p))
			return -1;
		n = strtoull(p, &end, 10);
		len = strspn(end, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
		for (unit = units; unit->name; unit++)
			if (strlen(unit->name) == len && !memcmp(unit->name, end, len))
				break;
		if (!unit->name || __builtin_mul_overflow(n, unit->factor, &part) ||
		    __builtin_add_overflow(*sum, part, sum) || *sum > INT64_MAX)
			return -1;
		end += len;
	}
	return p == text ? -1 : 0;
}

int value_duration(const char *text, uint64_t *ms, char *err, size_t len)
{
	if (!strcmp(text, "never")) {
		*ms = 0;
		return 0;
	}
	if (!value_units(text, duration_units, ms))
		return 0;
	snprintf(err, len, "'%s' is no duration: a number with ms, s, m, h, d, w or y, or never",
		 text);
	return -1;
}

int value_size(const char *text, uint64_t *bytes, char *err, size_t len)
{
	if (!strcmp(text, "never")) {
		*bytes = 0;
		return 0;
	}
	if (!value_units(text, size_units, bytes))
		return 0;
	snprintf(err, len, "'%s' is no amount: a number with k, M, G, T, KiB to TiB, or never",
		 text);
	return -1;
}

int value_number(const char *text, uint64_t min, uint64_t max, uint64_t *number, char *err,
		 size_t len)
{
	unsigned long long n;
	char *end;

	n = strtoull(text, &end, 0);
	if (isdigit((unsigned char)*text) && !*end && n >= min && n <= max) {
		*number = n;
		return 0;
	}
	snprintf(err, len, "'%s' is no number from %llu to %llu", text, (unsigned long long)min,
		 (unsigned long long)max);
	return -1;
}

int value_bool(const char *text, bool *yes, char *err, size_t len)
{
	if (!strcmp(text, "yes") || !strcmp(text, "true") || !strcmp(text, "on")) {
		*yes = true;
		return 0;
	}
	if (!strcmp(text, "no") || !strcmp(text, "false") || !strcmp(text, "off")) {
		*yes = false;
		return 0;
	}
	snprintf(err, len, "'%s' is neither yes nor no", text);
	return -1;
}

int value_percent(const char *text, uint32_t *percent, char *err, size_t len)
{
	unsigned long n;
	char *end;

	n = strtoul(text, &end, 10);
	if (isdigit((unsigned char)*text) && !strcmp(end, "%") && n <= 100) {
		*percent = (uint32_t)n;
		return 0;
	}
	snprintf(err, len, "'%s' is no share from 0%% to 100%%", text);
	return -1;
}

static bool addr_parse(const char *text, size_t n, uint16_t *family, uint8_t bytes[16])
{
	char copy[INET6_ADDRSTRLEN];

	if (n >= sizeof(copy))
		return false;
	memcpy(copy, text, n);
	copy[n] = '\0';
	memset(bytes, 0, 16);
	if (inet_pton(AF_INET, copy, bytes) == 1)
		*family = AF_INET;
	else if (inet_pton(AF_INET6, copy, bytes) == 1)
		*family = AF_INET6;
	else
		return false;
	return true;
}

static int family_bits(uint16_t family)
{
	return family == AF_INET ? 32 : 128;
}

int value_prefix(const char *text, struct conf_prefix *prefix, char *err, size_t len)
{
	size_t n = strcspn(text, "/");
	uint64_t length;

	memset(prefix, 0, sizeof(*prefix));
	if (!addr_parse(text, n, &prefix->addr.family, prefix->addr.bytes)) {
		snprintf(err, len, "'%s' is no IPv4 or IPv6 address", text);
		return -1;
	}
	length = (uint64_t)family_bits(prefix->addr.family);
	if (text[n] && value_number(text + n + 1, 0, (uint64_t)family_bits(prefix->addr.family),
				    &length, err, len))
		return -1;
	prefix->length = (uint8_t)length;
	return 0;
}

int value_range(const char *text, struct ike_addr_range *range, char *err, size_t len)
{
	size_t n = strcspn(text, "-");
	struct conf_prefix prefix;
	uint16_t family;
	unsigned int i;

	memset(range, 0, sizeof(*range));
	if (text[n] == '-') {
		if (addr_parse(text, n, &range->family, range->min) &&
		    addr_parse(text + n + 1, strlen(text + n + 1), &family, range->max) &&
		    family == range->family && memcmp(range->min, range->max, 16) <= 0)
			return 0;
		snprintf(err, len, "'%s' is no range of addresses", text);
		return -1;
	}
	if (value_prefix(text, &prefix, err, len))
		return -1;
	range->family = prefix.addr.family;
	memcpy(range->min, prefix.addr.bytes, 16);
	memcpy(range->max, prefix.addr.bytes, 16);
	for (i = prefix.length; i < (unsigned int)family_bits(range->family); i++) {
		range->min[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
		range->max[i / 8] |= (uint8_t)(0x80 >> i % 8);
	}
	return 0;
}

unsigned int value_distance(const char *a, const char *b)
{
	enum {
		WIDTH = 48
	};
	unsigned int rows[3][WIDTH + 1], *now = rows[0], *last = rows[1], *before = rows[2], *swap;
	size_t n = strlen(a), m = strlen(b), i, j;
	unsigned int best;

	if (n > WIDTH || m > WIDTH)
		return WIDTH;
	memset(rows, 0, sizeof(rows));
	for (j = 0; j <= m; j++)
		now[j] = (unsigned int)j;
	for (i = 1; i <= n; i++) {
		swap = before;
		before = last;
		last = now;
		now = swap;
		now[0] = (unsigned int)i;
		for (j = 1; j <= m; j++) {
			best = last[j - 1] + (a[i - 1] != b[j - 1]);
			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
	}
	return now[m];
}

const char *value_nearest(const char *text, const char *const *words)
{
	unsigned int best = (unsigned int)strlen(text) / 2 + 1, distance;
	const char *nearest = NULL;

	for (; *words; words++) {
		distance = value_distance(text, *words);
		if (distance < best) {
			best = distance;
			nearest = *words;
		}
	}
	return nearest;
}
