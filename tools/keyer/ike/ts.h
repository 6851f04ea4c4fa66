/* SPDX-License-Identifier: MIT */
/*
 * Traffic selectors: RFC 7296 2.9.
 */
#ifndef IPSECVIF_KEYER_TS_H
#define IPSECVIF_KEYER_TS_H

#include "tools/keyer/ike/payload.h"

/** ts_intersect() - what both cover; false if nothing. */
bool ts_intersect(const struct ike_ts *a, const struct ike_ts *b, struct ike_ts *out);
/** ts_covers() - is all of @b within @a? */
bool ts_covers(const struct ike_ts *a, const struct ike_ts *b);
bool ts_equal(const struct ike_ts *a, const struct ike_ts *b);
bool ts_list_equal(const struct ts_list *a, const struct ts_list *b);
/** ts_list_covers() - is each of @b within one of @a? */
bool ts_list_covers(const struct ts_list *a, const struct ts_list *b);
/** ts_of_addr() - all traffic of one address. */
struct ike_ts ts_of_addr(const struct ike_addr *a);
/** ts_list_of_conf() - a child's configured selectors; none mean the address @outer. */
void ts_list_of_conf(const struct ike_ts *ts, unsigned int n, const struct ike_addr *outer,
		     struct ts_list *out);
/**
 * ts_narrow() - the subset of an offer that is configured.
 * Selectors within others are left out, and what contains the first one
 * offered, if that is for one packet (2.9), comes first.
 * Return: false if nothing is left.
 */
bool ts_narrow(const struct ts_list *conf, const struct ts_list *offer, struct ts_list *out);
/** ts_is_packet() - of one address, protocol and port: taken from a packet? */
bool ts_is_packet(const struct ike_ts *ts);
/** ts_list_print() - comma-separated; returns @buf. */
char *ts_list_print(const struct ts_list *list, char *buf, size_t len);

#endif /* IPSECVIF_KEYER_TS_H */
