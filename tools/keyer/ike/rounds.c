// SPDX-License-Identifier: MIT
/*
 * Rounds of IKE_AUTH: each side proves itself once, or twice (RFC 4739), each at
 * its own pace. What a message is to bring next follows from what was done.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/ike/ident.h"
#include "tools/keyer/ike/v2.h"

bool rounds_offered(const struct ike_conn_conf *conf)
{
	return conf->local_auth2 || conf->remote_auth2;
}

bool rounds_possible(struct ike *ike, const struct ike_addr *local, const struct ike_addr *remote)
{
	const struct conn *c;

	for (c = ike->n_two_rounds ? TAILQ_FIRST(&ike->conns) : NULL; c; c = TAILQ_NEXT(c, link)) {
		if (c->two_rounds && conn_fits(c, local, remote))
			return true;
	}
	return false;
}

bool rounds_agree(struct sa *sa, const struct msg *m)
{
	if (!rounds_offered(sa->conn->conf) || msg_notify_find(m, N_MULTIPLE_AUTH_SUPPORTED))
		return true;
	sa_kill(sa, IKE_WHY_AUTH,
		"the peer knows no second round of authentication (RFC 4739), and this tunnel has "
		"one",
		"configure the peer for two rounds, or remove local-auth2 and remote-auth2");
	return false;
}

struct sa_rounds *rounds_begin(struct sa *sa)
{
	if (!sa->rounds)
		sa->rounds = mem_new(sizeof(*sa->rounds));
	return sa->rounds;
}

void rounds_free(struct sa *sa)
{
	if (!sa->rounds)
		return;
	nego_free(sa, sa->rounds->nego);
	free(sa->rounds);
	sa->rounds = NULL;
}

uint8_t rounds_mine(const struct sa *sa)
{
	const struct ike_conn_conf *conf = sa->conn->conf;
	unsigned int done = sa->rounds ? sa->rounds->mine : 0;

	return done == 0 ? conf->local_auth : done == 1 ? conf->local_auth2 : 0;
}

uint8_t rounds_theirs(const struct sa *sa)
{
	const struct ike_conn_conf *conf = sa->conn->conf;
	unsigned int done = sa->rounds ? sa->rounds->theirs : 0;

	return done == 0 ? conf->remote_auth : done == 1 ? conf->remote_auth2 : 0;
}

const struct ike_id *rounds_local_id(const struct sa *sa)
{
	return sa->rounds && sa->rounds->local_id.len ? &sa->rounds->local_id : &sa->local_id;
}

const struct ike_id *rounds_peer_id(const struct sa *sa)
{
	return sa->rounds && sa->rounds->peer_id.len ? &sa->rounds->peer_id : &sa->peer_id;
}

void rounds_next_id(struct sa *sa)
{
	const struct ike_id *id = ike_id2(sa->conn->conf, false);

	if (sa->rounds->mine)
		sa->rounds->local_id = id->type == IKE_ID_ANY ? sa->local_id : *id;
}

bool rounds_peer_id_read(struct sa *sa, const struct ike_id *id, char *text, char *hint)
{
	bool second = sa->rounds && sa->rounds->theirs;
	const struct ike_conn_conf *conf = sa->conn->conf;
	const struct ike_id *want = second ? ike_id2(conf, true) : &conf->remote_id;
	char is[IKE_TEXT_MAX / 3], should[IKE_TEXT_MAX / 3];

	*(second ? &sa->rounds->peer_id : &sa->peer_id) = *id;
	if (id_matches(want, id))
		return true;
	ike_id_print(id, is, sizeof(is));
	ike_id_print(want, should, sizeof(should));
	snprintf(text, IKE_TEXT_MAX, "the peer calls itself %s%s, and remote-id%s is %s", is,
		 second ? " in its second round of authentication" : "", second ? "2" : "", should);
	snprintf(hint, IKE_TEXT_MAX, "set remote-id%s = %s here, or the peer's own identity to %s",
		 second ? "2" : "", is, should);
	return false;
}

bool rounds_check(struct sa *sa, const struct msg *m, char *text, char *hint)
{
	bool another = msg_notify_find(m, N_ANOTHER_AUTH_FOLLOWS) != NULL;
	bool first = !sa->rounds || !sa->rounds->theirs;
	bool due = first && sa->conn->conf->remote_auth2;
	char id[IKE_TEXT_MAX / 3];

	if (another == due) {
		rounds_begin(sa)->more = another;
		return true;
	}
	ike_id_print(rounds_peer_id(sa), id, sizeof(id));
	if (due) {
		snprintf(text, IKE_TEXT_MAX,
			 "%s proves itself by %s alone: the second round of authentication, %s, is "
			 "missing",
			 id, auth_name(m->auth_method), auth_name(sa->conn->conf->remote_auth2));
		snprintf(hint, IKE_TEXT_MAX,
			 "give the peer a second round of authentication, or remove remote-auth2");
		return false;
	}
	snprintf(text, IKE_TEXT_MAX, "%s wants a %s round of authentication (RFC 4739)%s", id,
		 first ? "second" : "third", first ? ", and remote-auth2 is not set" : "");
	snprintf(hint, IKE_TEXT_MAX, "take that round from the peer%s",
		 first ? ", or set remote-auth2" : "");
	return false;
}

void rounds_verified(struct sa *sa)
{
	char id[IKE_TEXT_MAX / 2];

	if (++sa->rounds->theirs == 2)
		step(sa, "the peer has proved itself a second time, as %s",
		     ike_id_print(rounds_peer_id(sa), id, sizeof(id)));
}

bool rounds_done(const struct sa *sa)
{
	return !sa->rounds->more && !rounds_mine(sa);
}

void rounds_sent(struct sa *sa)
{
	if (sa->rounds->mine++ == 0 && sa->conn->conf->local_auth2)
		out_notify(sa->ike, 0, NULL, 0, N_ANOTHER_AUTH_FOLLOWS, NULL, 0);
}
