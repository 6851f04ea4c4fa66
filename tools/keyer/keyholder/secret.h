/* SPDX-License-Identifier: MIT */
/* A secret's file: its content, or 0x hexadecimal, or 0s base64. */
#ifndef IPSECVIF_KEYER_SECRET_H
#define IPSECVIF_KEYER_SECRET_H

#include <stddef.h>
#include <stdint.h>

enum secret_limits {
	SECRET_MAX = 4096
};

/** struct secret - wiped by its owner with explicit_bzero(). */
struct secret {
	size_t len;
	uint8_t data[SECRET_MAX];
};

/**
 * secret_read() - read a secret from a file
 * @fd: of the file; stays the caller's.
 * @why: on failure, one sentence without a word of the secret.
 *
 * One newline at the end does not count. 0x and 0s are strongSwan's spellings.
 * Return: 0, or -1.
 */
int secret_read(int fd, struct secret *secret, char *why, size_t why_len);

#endif /* IPSECVIF_KEYER_SECRET_H */
