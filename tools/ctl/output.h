/* SPDX-License-Identifier: MIT */
/*
 * Pieces of output that several objects share.
 */
#ifndef IPSECVIF_CTL_OUTPUT_H
#define IPSECVIF_CTL_OUTPUT_H

#include "tools/ctl/ctl.h"

/* Bytes that hold any duration as text. */
#define DURATION_STRLEN 32
/* Bytes that hold any time stamp as text. */
#define TIMESTAMP_STRLEN 32

void json_add_string(struct json_object *object, const char *name, const char *value);
void json_add_uint(struct json_object *object, const char *name, uint64_t value);
void json_add_bool(struct json_object *object, const char *name, bool value);
/* An SPI is a string, "0xd0000001", as in the daemon's control protocol. */
void json_add_spi(struct json_object *object, const char *name, uint32_t spi);
/* An absent address is left out. */
void json_add_addr(struct json_object *object, const char *name, const struct ipsecvif_addr *addr);
void json_add_prefix(struct json_object *object, const char *name, const struct ipsecvif_addr *addr,
		     uint8_t prefix);

/**
 * duration_format - seconds as text
 * @seconds: the duration.
 * @text: receives "3d4h", "1h2m", "2m3s" or "3s": the two largest units.
 *
 * Return: @text.
 */
const char *duration_format(uint64_t seconds, char text[DURATION_STRLEN]);

/**
 * timestamp_format - the time now
 * @text: receives UTC, RFC 3339, with milliseconds.
 *
 * Return: @text.
 */
const char *timestamp_format(char text[TIMESTAMP_STRLEN]);

/**
 * print_clean - print a string of another's making
 * @out: where to.
 * @text: NULL is shown as ?; control characters in it are shown as \xNN, so that nobody's
 *	identity drives the reader's terminal.
 */
void print_clean(FILE *out, const char *text);

#endif /* IPSECVIF_CTL_OUTPUT_H */
