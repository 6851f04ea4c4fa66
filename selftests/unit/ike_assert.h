/* SPDX-License-Identifier: MIT */
/*
 * What tests with the world of ike_peers.h have in common. To be included after cmocka.h.
 */
#ifndef IPSECVIF_IKE_ASSERT_H
#define IPSECVIF_IKE_ASSERT_H

#include "selftests/unit/ike_peers.h"

/** world_setup() - for cmocka: a world as world_new() makes it is the state. */
int world_setup(void **state);
/** world_teardown() - the end of it. */
int world_teardown(void **state);

/** world_propose() - the first proposal of IKE (@protocol PROTO_IKE), or of the first child. */
void world_propose(struct world *w, unsigned int i, uint8_t protocol, const char *text);
/** world_sa() - peer @i's first IKE SA, which may be its only one; NULL. */
struct sa *world_sa(struct world *w, unsigned int i);

/** assert_agree() - world_agree() has nothing to say. */
void assert_agree(struct world *w);
/** assert_pairs() - each peer has so many, and they agree. */
void assert_pairs(struct world *w, unsigned int pairs);
/** assert_says() - is @what in the sentence? */
void assert_says(const char *text, const char *what);

#endif /* IPSECVIF_IKE_ASSERT_H */
