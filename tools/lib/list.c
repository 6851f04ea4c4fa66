// SPDX-License-Identifier: MIT
/*
 * Dumps, collected whole before anyone sees them: a change in the middle of a
 * dump has the kernel mark it as interrupted (NLM_F_DUMP_INTR), and then it may
 * have holes and doubles, so that it is thrown away and read anew.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lib/internal.h"

void *list_grow(struct list *list)
{
	void *item;

	if (list->n == list->room) {
		size_t room = list->room ? 2 * list->room : 8;
		void *items = reallocarray(list->items, room, list->size);

		if (!items)
			return NULL;
		list->items = items;
		list->room = room;
	}
	item = (char *)list->items + list->n++ * list->size;
	memset(item, 0, list->size);
	return item;
}

void list_free(struct list *list, void (*fini)(void *item))
{
	size_t i;

	for (i = 0; fini && i < list->n; i++)
		fini((char *)list->items + i * list->size);
	free(list->items);
	list->items = NULL;
	list->n = 0;
	list->room = 0;
}

int dump_run(struct ipsecvif_client *client, uint8_t cmd, unsigned int ifindex, reply_fn *fn,
	     struct list *list, void (*fini)(void *item))
{
	int tries, err;

	for (tries = 0; tries < DUMP_TRIES; tries++) {
		struct nl_msg *msg = request_new(client, cmd, NLM_F_DUMP, ifindex, 0);

		if (!msg)
			return -ENOMEM;
		err = request_run(client, msg, fn, list);
		if (!err)
			return 0;
		list_free(list, fini);
		if (err != -EINTR)
			return err;
	}
	return client_fail(client, -EAGAIN,
			   "the list changed each of the %d times that it was read: try again",
			   DUMP_TRIES);
}
