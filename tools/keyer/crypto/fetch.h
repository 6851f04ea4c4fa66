/* SPDX-License-Identifier: MIT */
/* Getting a CRL or a status by http: it blocks, and is for a thread of the resolver alone. */
#ifndef IPSECVIF_KEYER_FETCH_H
#define IPSECVIF_KEYER_FETCH_H

#include <stddef.h>
#include <stdint.h>

/**
 * fetch_http() - get what is at a URL, a DER structure, into a file in memory
 * @request: what is to be posted there, a question of OCSP; or NULL for a CRL.
 * @why: on failure, one sentence.
 * Return: a descriptor that can be read from 0 on, or -1. Neither takes longer
 * than some seconds once the name is resolved.
 */
int fetch_http(const char *url, const uint8_t *request, size_t len, char *why, size_t why_len);

#endif /* IPSECVIF_KEYER_FETCH_H */
