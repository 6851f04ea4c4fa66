/* SPDX-License-Identifier: MIT */
/*
 * Programs that netadmin runs: hooks and nft(8). By their path, without a shell,
 * with an environment of our own, and without waiting for them.
 */
#ifndef IPSECVIF_KEYER_SPAWN_H
#define IPSECVIF_KEYER_SPAWN_H

#include <stddef.h>

#include "tools/keyer/loop.h"

enum spawn_limits {
	SPAWN_RUNNING_MAX = 8, /* programs at once */
	SPAWN_QUEUE_MAX = 65536, /* programs that wait */
	SPAWN_TEXT_MAX = 512, /* of what a program complains of, its NUL included */
	SPAWN_FINISH = 5000, /* ms that those that are left have at the end */
};

struct spawner;

/**
 * typedef spawn_done_fn - a program ended
 * @status: of its exit; 128 and the signal's number if one ended it; -1: it could
 *	not be started.
 * @text: what it wrote to standard error, the beginning; or why it did not start.
 */
typedef void spawn_done_fn(int status, const char *text, void *arg);

/**
 * struct spawn_job - a program to be run; copied
 * @argv: ended by NULL; the first is the program's path.
 * @env: its whole environment, ended by NULL.
 * @input: its standard input, or NULL.
 * @turn: programs of the same turn run one after the other; NULL: any time.
 * @limit: ms after which it is killed, with all that it started.
 */
struct spawn_job {
	const char *const *argv;
	const char *const *env;
	const char *input;
	const char *turn;
	uint64_t limit;
	spawn_done_fn *done;
	void *arg;
};

/** spawner_new() - Return: it, or NULL. */
struct spawner *spawner_new(struct loop *loop);
/** spawner_free() - forgets what waits, and what runs runs on. */
void spawner_free(struct spawner *spawner);
/** spawn() - run it, when its turn comes. Return: 0, or -1 if too many wait. */
int spawn(struct spawner *spawner, const struct spawn_job *job);
/** spawn_finish() - run all that waits, and wait for it, SPAWN_FINISH at most. */
void spawn_finish(struct spawner *spawner);

#endif /* IPSECVIF_KEYER_SPAWN_H */
