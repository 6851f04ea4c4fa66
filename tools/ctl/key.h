/* SPDX-License-Identifier: MIT */
/*
 * Keys on the command line.
 */
#ifndef IPSECVIF_CTL_KEY_H
#define IPSECVIF_CTL_KEY_H

#include "tools/ctl/ctl.h"

/**
 * struct key - a key in memory; wiped by its owner
 * @bytes: the key.
 * @len: its length in bytes.
 */
struct key {
	uint8_t bytes[IPSECVIF_KEY_MAX];
	size_t len;
};

/**
 * key_parse - read a key
 * @ctl: the run.
 * @what: whose key, "aead", for the message.
 * @text: 0xHEX; or @FILE, whose one line is 0xHEX or text; or text, whose bytes
 *	are the key. Wiped in place, error or not, unless it is @FILE.
 * @key: receives it.
 *
 * Return: CTL_OK, or CTL_USAGE after printing why, never the key.
 */
int key_parse(struct ctl *ctl, const char *what, char *text, struct key *key);

#endif /* IPSECVIF_CTL_KEY_H */
