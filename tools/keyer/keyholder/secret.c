// SPDX-License-Identifier: MIT
/* A secret's file: its content, or 0x hexadecimal, or 0s base64. */
#include "tools/keyer/keyholder/secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int refuse(struct secret *secret, char *why, size_t why_len, const char *sentence)
{
	explicit_bzero(secret, sizeof(*secret));
	snprintf(why, why_len, "%s", sentence);
	return -1;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 32) >= 'a' && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}

/* Decodes in place: the output is never ahead of the input. */
static int hex_decode(struct secret *secret, size_t from)
{
	size_t n = 0;
	int high, low;

	if ((secret->len - from) % 2 || secret->len == from)
		return -1;
	for (; from < secret->len; from += 2) {
		high = hex_digit(secret->data[from]);
		low = hex_digit(secret->data[from + 1]);
		if (high < 0 || low < 0)
			return -1;
		secret->data[n++] = (uint8_t)(high << 4 | low);
	}
	secret->len = n;
	return 0;
}

static int base64_digit(uint8_t c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static int base64_decode(struct secret *secret, size_t from)
{
	uint32_t bits = 0;
	size_t n = 0, end = secret->len;
	int digit, have = 0;

	while (end > from && secret->data[end - 1] == '=')
		end--;
	if (end == from || secret->len - end > 2 || (end - from) % 4 == 1)
		return -1;
	for (; from < end; from++) {
		digit = base64_digit(secret->data[from]);
		if (digit < 0)
			return -1;
		bits = bits << 6 | (uint32_t)digit;
		have += 6;
		if (have >= 8) {
			have -= 8;
			secret->data[n++] = (uint8_t)(bits >> have);
		}
	}
	secret->len = n;
	return 0;
}

int secret_read(int fd, struct secret *secret, char *why, size_t why_len)
{
	uint8_t more;
	ssize_t got;

	for (secret->len = 0; secret->len < SECRET_MAX; secret->len += (size_t)got) {
		got = read(fd, secret->data + secret->len, SECRET_MAX - secret->len);
		if (got < 0 && errno == EINTR)
			got = 0;
		else if (got < 0)
			return refuse(secret, why, why_len, "the secret cannot be read");
		else if (!got)
			break;
	}
	if (secret->len == SECRET_MAX && read(fd, &more, 1) > 0)
		return refuse(secret, why, why_len, "the secret is longer than 4096 bytes");
	if (secret->len && secret->data[secret->len - 1] == '\n')
		secret->len--;
	if (secret->len && secret->data[secret->len - 1] == '\r')
		secret->len--;
	if (!secret->len)
		return refuse(secret, why, why_len, "the secret is empty");
	if (memchr(secret->data, '\n', secret->len))
		return refuse(
			secret, why, why_len,
			"the secret has more than one line; write binary ones as 0x... or 0s...");
	if (secret->len > 2 && !memcmp(secret->data, "0x", 2) && hex_decode(secret, 2))
		return refuse(secret, why, why_len, "the secret after 0x is no hexadecimal");
	if (secret->len > 2 && !memcmp(secret->data, "0s", 2) && base64_decode(secret, 2))
		return refuse(secret, why, why_len, "the secret after 0s is no base64");
	return 0;
}
