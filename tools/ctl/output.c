// SPDX-License-Identifier: MIT
/*
 * Pieces of output that several objects share.
 */
#include <time.h>

#include "tools/ctl/output.h"

void json_add_string(struct json_object *object, const char *name, const char *value)
{
	json_object_object_add(object, name, json_object_new_string(value));
}

void json_add_uint(struct json_object *object, const char *name, uint64_t value)
{
	json_object_object_add(object, name, json_object_new_uint64(value));
}

void json_add_bool(struct json_object *object, const char *name, bool value)
{
	json_object_object_add(object, name, json_object_new_boolean(value));
}

void json_add_spi(struct json_object *object, const char *name, uint32_t spi)
{
	char text[16];

	snprintf(text, sizeof(text), "0x%08x", spi);
	json_add_string(object, name, text);
}

void json_add_addr(struct json_object *object, const char *name, const struct ipsecvif_addr *addr)
{
	char text[IPSECVIF_ADDR_STRLEN];

	if (addr->family != AF_UNSPEC)
		json_add_string(object, name, ipsecvif_addr_format(addr, text));
}

void json_add_prefix(struct json_object *object, const char *name, const struct ipsecvif_addr *addr,
		     uint8_t prefix)
{
	char text[IPSECVIF_PREFIX_STRLEN + 4], head[IPSECVIF_ADDR_STRLEN];

	snprintf(text, sizeof(text), "%s/%u", ipsecvif_addr_format(addr, head), prefix);
	json_add_string(object, name, text);
}

const char *duration_format(uint64_t seconds, char text[DURATION_STRLEN])
{
	static const struct {
		uint64_t seconds;
		char letter;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(units) - 1 && seconds < units[i].seconds; i++)
		;
	if (i == ARRAY_SIZE(units) - 1 || !(seconds % units[i].seconds / units[i + 1].seconds))
		snprintf(text, DURATION_STRLEN, "%llu%c",
			 (unsigned long long)(seconds / units[i].seconds), units[i].letter);
	else
		snprintf(text, DURATION_STRLEN, "%llu%c%llu%c",
			 (unsigned long long)(seconds / units[i].seconds), units[i].letter,
			 (unsigned long long)(seconds % units[i].seconds / units[i + 1].seconds),
			 units[i + 1].letter);
	return text;
}

const char *timestamp_format(char text[TIMESTAMP_STRLEN])
{
	struct timespec now;
	struct tm tm;
	size_t used;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	used = strftime(text, TIMESTAMP_STRLEN, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + used, TIMESTAMP_STRLEN - used, ".%03ldZ", now.tv_nsec / 1000000);
	return text;
}

void print_clean(FILE *out, const char *text)
{
	if (!text)
		text = "?";
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
}
