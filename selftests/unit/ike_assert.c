// SPDX-License-Identifier: MIT
/* The assertions of ike_assert.h. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "selftests/unit/ike_assert.h"
#include "tools/keyer/ike/core.h"

int world_setup(void **state)
{
	*state = world_new(1);
	return 0;
}

int world_teardown(void **state)
{
	world_free(*state);
	return 0;
}

void world_propose(struct world *w, unsigned int i, uint8_t protocol, const char *text)
{
	struct room *room = &w->peer[i].room;
	char err[256];

	if (ike_proposal_parse(protocol, text,
			       protocol == PROTO_IKE ? &room->proposals[0] :
						       &room->child[0].proposals[0],
			       err, sizeof(err)))
		fail_msg("%s", err);
	world_set(w, i);
}

struct sa *world_sa(struct world *w, unsigned int i)
{
	return TAILQ_FIRST(&w->peer[i].ike->sas);
}

void assert_agree(struct world *w)
{
	const char *why = world_agree(w);

	if (why)
		fail_msg("%s", why);
}

void assert_pairs(struct world *w, unsigned int pairs)
{
	assert_agree(w);
	for (unsigned int i = 0; i < PEERS; i++)
		assert_int_equal(world_pairs(w, i), pairs);
}

void assert_says(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("\"%s\" does not say \"%s\"", text, what);
}
