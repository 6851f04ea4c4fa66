/* SPDX-License-Identifier: MIT */
/*
 * Identities, RFC 7296 3.5.
 */
#ifndef IPSECVIF_KEYER_IDENT_H
#define IPSECVIF_KEYER_IDENT_H

#include "tools/keyer/ike/ike.h"

/** id_matches() - does @id fit what is configured: the same, any, or a pattern with `*`? */
bool id_matches(const struct ike_id *want, const struct ike_id *id);
/** id_is_pattern() - does it stand for more than one identity? */
bool id_is_pattern(const struct ike_id *id);
bool id_equal(const struct ike_id *a, const struct ike_id *b);
/** id_of_addr() - ID_IPV4_ADDR or ID_IPV6_ADDR. */
struct ike_id id_of_addr(const struct ike_addr *a);

#endif /* IPSECVIF_KEYER_IDENT_H */
