/* SPDX-License-Identifier: MIT */
/* The two peers of the targets `payload` and `seeds`: simple, or with all of IKE_AUTH. */
#ifndef IPSECVIF_FUZZ_WORLD_H
#define IPSECVIF_FUZZ_WORLD_H

#include <stdio.h>
#include <string.h>

#include "selftests/unit/ike_peers.h"

static inline void fuzz_random(uint8_t *buf, size_t len)
{
	memset(buf, 7, len);
}

/** fuzz_world() - @rounds: each side proves itself twice (RFC 4739), the caller by EAP, too. */
static inline struct world *fuzz_world(bool rounds)
{
	static char users[] = "alice secret\n";
	struct world *w = world_new(11);
	char why[EAP_WHY_MAX];

	for (unsigned int i = 0; rounds && i < PEERS; i++) {
		struct eap_conf *eap = w->peer[i].eap_conf = eap_conf_new();
		struct ike_conn_conf *conf = &w->peer[i].conf;

		eap->random = fuzz_random;
		eap->methods[eap->n_methods++] = EAP_MD5;
		eap->password_len = 6;
		memcpy(eap->password, "secret", 6);
		snprintf(eap->identity, sizeof(eap->identity), "alice");
		if (i)
			eap_users_read(eap, (uint8_t *)users, strlen(users), why, sizeof(why));
		conf->local_auth2 = i ? IKE_AUTH_PSK : IKE_AUTH_EAP;
		conf->remote_auth2 = i ? IKE_AUTH_EAP : IKE_AUTH_PSK;
		world_set(w, i);
	}
	return w;
}

/** fuzz_further() - the next rekeys have further key exchanges (RFC 9370), and IPComp. */
static inline void fuzz_further(struct world *w)
{
	char err[256];

	for (unsigned int i = 0; i < PEERS; i++) {
		ike_proposal_parse(1, "aes256gcm16-prfsha256-x25519-ke1_ecp256",
				   &w->peer[i].room.proposals[0], err, sizeof(err));
		ike_proposal_parse(3, "aes128gcm16-x25519-ke1_ecp256",
				   &w->peer[i].room.child[0].proposals[0], err, sizeof(err));
		w->peer[i].room.children[0].compress = true;
		world_set(w, i);
	}
}

#endif /* IPSECVIF_FUZZ_WORLD_H */
