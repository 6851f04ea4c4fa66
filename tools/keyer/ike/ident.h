/* SPDX-License-Identifier: MIT */
/*
 * Identities, RFC 7296 3.5.
 */
#ifndef IPSECVIF_KEYER_IDENT_H
#define IPSECVIF_KEYER_IDENT_H

#include "tools/keyer/ike/ike.h"

bool id_equal(const struct ike_id *a, const struct ike_id *b);
/** id_of_addr() - ID_IPV4_ADDR or ID_IPV6_ADDR. */
struct ike_id id_of_addr(const struct ike_addr *a);

#endif /* IPSECVIF_KEYER_IDENT_H */
