// SPDX-License-Identifier: MIT
/* The event loop: epoll, and a heap of timers. */
#include "tools/keyer/loop.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
	LOOP_BATCH = 32
};

struct loop_source {
	struct loop *loop;
	struct loop_source *next; /* among the removed */
	int fd;
	bool removed;
	loop_fd_fn *fn;
	void *arg;
};

struct loop {
	int epoll;
	bool stopped;
	int result;
	struct loop_timer **heap; /* heap[1] is due first; heap[0] is unused */
	size_t timers, room;
	struct loop_source *removed; /* freed after the batch that may name them */
};

uint64_t loop_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct loop *loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return NULL;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0) {
		free(loop);
		return NULL;
	}
	return loop;
}

static void loop_reap(struct loop *loop)
{
	struct loop_source *source;

	while ((source = loop->removed)) {
		loop->removed = source->next;
		free(source);
	}
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	loop_reap(loop);
	close(loop->epoll);
	free(loop->heap);
	free(loop);
}

struct loop_source *loop_add(struct loop *loop, int fd, uint32_t events, loop_fd_fn *fn, void *arg)
{
	struct loop_source *source = calloc(1, sizeof(*source));
	struct epoll_event event = { .events = events, .data.ptr = source };

	if (!source)
		return NULL;
	source->loop = loop;
	source->fd = fd;
	source->fn = fn;
	source->arg = arg;
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
		free(source);
		return NULL;
	}
	return source;
}

void loop_modify(struct loop_source *source, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	epoll_ctl(source->loop->epoll, EPOLL_CTL_MOD, source->fd, &event);
}

void loop_remove(struct loop_source *source)
{
	if (!source || source->removed)
		return;
	epoll_ctl(source->loop->epoll, EPOLL_CTL_DEL, source->fd, NULL);
	source->removed = true;
	source->next = source->loop->removed;
	source->loop->removed = source;
}

static void heap_put(struct loop *loop, size_t slot, struct loop_timer *timer)
{
	loop->heap[slot] = timer;
	timer->slot = slot;
}

/* Moves the timer at @slot to where its time belongs. */
static void heap_settle(struct loop *loop, size_t slot)
{
	struct loop_timer *timer = loop->heap[slot];
	size_t child;

	while (slot > 1 && timer->at < loop->heap[slot / 2]->at) {
		heap_put(loop, slot, loop->heap[slot / 2]);
		slot /= 2;
	}
	while ((child = 2 * slot) <= loop->timers) {
		if (child < loop->timers && loop->heap[child + 1]->at < loop->heap[child]->at)
			child++;
		if (loop->heap[child]->at >= timer->at)
			break;
		heap_put(loop, slot, loop->heap[child]);
		slot = child;
	}
	heap_put(loop, slot, timer);
}

static void heap_remove(struct loop *loop, struct loop_timer *timer)
{
	size_t slot = timer->slot;
	struct loop_timer *last;

	if (!slot)
		return;
	last = loop->heap[loop->timers--];
	timer->slot = 0;
	if (last == timer)
		return;
	heap_put(loop, slot, last);
	heap_settle(loop, slot);
}

void loop_timer_init(struct loop_timer *timer, loop_timer_fn *fn, void *arg)
{
	*timer = (struct loop_timer){ .at = LOOP_NEVER, .fn = fn, .arg = arg };
}

void loop_timer_set(struct loop *loop, struct loop_timer *timer, uint64_t at)
{
	heap_remove(loop, timer);
	timer->at = at;
	if (at == LOOP_NEVER)
		return;
	if (loop->timers + 1 >= loop->room) {
		loop->room = loop->room ? 2 * loop->room : 16;
		loop->heap = reallocarray(loop->heap, loop->room, sizeof(struct loop_timer *));
		if (!loop->heap)
			abort();
	}
	heap_put(loop, ++loop->timers, timer);
	heap_settle(loop, loop->timers);
}

static void loop_fire(struct loop *loop)
{
	uint64_t now = loop_now();
	struct loop_timer *timer;

	while (loop->timers && loop->heap[1]->at <= now && !loop->stopped) {
		timer = loop->heap[1];
		heap_remove(loop, timer);
		timer->at = LOOP_NEVER;
		timer->fn(timer->arg);
	}
}

static int loop_timeout(const struct loop *loop, int limit)
{
	uint64_t now, wait;

	if (!loop->timers)
		return limit;
	now = loop_now();
	wait = loop->heap[1]->at > now ? loop->heap[1]->at - now : 0;
	if (wait > INT_MAX)
		wait = INT_MAX;
	return limit >= 0 && (uint64_t)limit < wait ? limit : (int)wait;
}

void loop_run_once(struct loop *loop, int timeout_ms)
{
	struct epoll_event events[LOOP_BATCH];
	struct loop_source *source;
	int i, n;

	n = epoll_wait(loop->epoll, events, LOOP_BATCH, loop_timeout(loop, timeout_ms));
	for (i = 0; i < n && !loop->stopped; i++) {
		source = events[i].data.ptr;
		if (!source->removed)
			source->fn(events[i].events, source->arg);
	}
	loop_reap(loop);
	loop_fire(loop);
	loop_reap(loop);
}

int loop_run(struct loop *loop)
{
	while (!loop->stopped)
		loop_run_once(loop, -1);
	return loop->result;
}

void loop_stop(struct loop *loop, int result)
{
	loop->stopped = true;
	loop->result = result;
}
