// SPDX-License-Identifier: MIT
/*
 * A second IKE SA of the same peer: INITIAL_CONTACT (RFC 7296 2.4) and the
 * connection's `unique`.
 */
#include <string.h>

#include "tools/keyer/ike/ident.h"
#include "tools/keyer/ike/v2.h"

enum {
	SIMULTANEOUS_MS = 10000
};

static bool same_peer(const struct sa *sa, const struct sa *old)
{
	return old != sa && old->conn == sa->conn && old->state == SA_ESTABLISHED &&
	       old->reported_up && id_equal(sa_who(old), sa_who(sa));
}

/* From another address it could not have the same traffic: two ways for one packet. */
static bool same_place(const struct sa *sa, const struct sa *old)
{
	return sa->remote.family == old->remote.family && sa->remote.port == old->remote.port &&
	       !memcmp(sa->remote.bytes, old->remote.bytes, sizeof(sa->remote.bytes));
}

/*
 * Both ends started at once, so there are two, one begun by each. Were each
 * end to drop the older, they might drop both. The one whose initiator has the
 * lower SPI stays: both ends see the same.
 */
static bool crossed(const struct sa *sa, const struct sa *old)
{
	return sa->initiator != old->initiator && sa->ike->now - old->established < SIMULTANEOUS_MS;
}

bool unique_apply(struct sa *sa)
{
	const struct ike_conn_conf *conf = sa->conn->conf;
	struct sa *old, *next;

	if (conf->unique == IKE_UNIQUE_NEVER)
		return true;
	for (old = LIST_FIRST(&sa->conn->sas); old; old = next) {
		next = LIST_NEXT(old, by_conn);
		if (!same_peer(sa, old) || old->serial == sa->reauth_of)
			continue;
		if (crossed(sa, old)) {
			if (memcmp(sa->spi_i, old->spi_i, IKE_SPI_LEN) > 0 && sa->initiator)
				return false;
			if (memcmp(sa->spi_i, old->spi_i, IKE_SPI_LEN) > 0)
				continue; /* its initiator sees it too, and ends it */
			if (!old->initiator)
				continue;
			sa_delete(old, IKE_WHY_REPLACED, "both ends started at once", "");
			continue;
		}
		if (!sa->initiator && sa->initial_contact) {
			sa_kill(old, IKE_WHY_REPLACED, "the peer has started anew", "");
			sa_rearm(old);
			continue;
		}
		if (conf->unique == IKE_UNIQUE_KEEP)
			return false;
		if (!sa->initiator && same_place(sa, old)) {
			/* it may be a reauthentication, which will end the old one itself */
			old->end_why = IKE_WHY_REPLACED;
			old->end_at = sa->ike->now + REPLACED_MS;
		} else {
			sa_delete(old, IKE_WHY_REPLACED,
				  "replaced by a newer IKE SA of the same peer", "");
		}
		sa_rearm(old);
	}
	return true;
}
