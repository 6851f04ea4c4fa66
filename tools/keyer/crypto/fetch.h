/* SPDX-License-Identifier: MIT */
/* Getting a CRL by http: it blocks, and is for a thread of the resolver alone. */
#ifndef IPSECVIF_KEYER_FETCH_H
#define IPSECVIF_KEYER_FETCH_H

#include <stddef.h>

/**
 * fetch_http() - get what is at a URL, a DER structure, into a file in memory
 * @why: on failure, one sentence.
 * Return: a descriptor that can be read from 0 on, or -1. Neither takes longer
 * than some seconds once the name is resolved.
 */
int fetch_http(const char *url, char *why, size_t why_len);

#endif /* IPSECVIF_KEYER_FETCH_H */
