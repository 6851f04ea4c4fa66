/* SPDX-License-Identifier: MIT */
/* The event loop: descriptors, timers and signals of one process. */
#ifndef IPSECVIF_KEYER_LOOP_H
#define IPSECVIF_KEYER_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#define LOOP_NEVER UINT64_MAX

struct loop;
struct loop_source;

typedef void loop_fd_fn(uint32_t events, void *arg);
typedef void loop_timer_fn(void *arg);

/**
 * struct loop_timer - fires once at @at
 * Embedded in its owner, initialised with loop_timer_init().
 */
struct loop_timer {
	uint64_t at;
	size_t slot; /* in the heap, from 1; 0: not armed */
	loop_timer_fn *fn;
	void *arg;
};

/** loop_new() - Return: a loop, or NULL with errno set. */
struct loop *loop_new(void);
void loop_free(struct loop *loop);

/** loop_now() - milliseconds of the monotonic clock. */
uint64_t loop_now(void);

/**
 * loop_add() - watch a descriptor
 * @events: EPOLLIN, EPOLLOUT; errors and hang-ups are always told.
 * Return: the source, or NULL with errno set. The descriptor stays the caller's.
 */
struct loop_source *loop_add(struct loop *loop, int fd, uint32_t events, loop_fd_fn *fn, void *arg);
/** loop_modify() - watch for other events. */
void loop_modify(struct loop_source *source, uint32_t events);
/** loop_remove() - stop watching; safe within any callback. NULL is allowed. */
void loop_remove(struct loop_source *source);

void loop_timer_init(struct loop_timer *timer, loop_timer_fn *fn, void *arg);
/** loop_timer_set() - arm, re-arm, or with LOOP_NEVER disarm. Aborts without memory. */
void loop_timer_set(struct loop *loop, struct loop_timer *timer, uint64_t at);

/** loop_run() - serve until loop_stop(). Return: what loop_stop() was given. */
int loop_run(struct loop *loop);
/** loop_run_once() - wait at most @timeout_ms and serve what is due. */
void loop_run_once(struct loop *loop, int timeout_ms);
void loop_stop(struct loop *loop, int result);

#endif /* IPSECVIF_KEYER_LOOP_H */
