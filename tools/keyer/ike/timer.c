// SPDX-License-Identifier: MIT
/*
 * A binary heap of timers: the one due first is at the top.
 */
#include <stdlib.h>

#include "tools/keyer/ike/sa.h"

static void place(struct timers *ts, struct timer *t, size_t i)
{
	ts->heap[i] = t;
	t->index = i;
}

static void sift_up(struct timers *ts, size_t i)
{
	struct timer *t = ts->heap[i];

	while (i && ts->heap[(i - 1) / 2]->at > t->at) {
		place(ts, ts->heap[(i - 1) / 2], i);
		i = (i - 1) / 2;
	}
	place(ts, t, i);
}

static void sift_down(struct timers *ts, size_t i)
{
	struct timer *t = ts->heap[i];

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= ts->n)
			break;
		if (child + 1 < ts->n && ts->heap[child + 1]->at < ts->heap[child]->at)
			child++;
		if (ts->heap[child]->at >= t->at)
			break;
		place(ts, ts->heap[child], i);
		i = child;
	}
	place(ts, t, i);
}

void timer_init(struct timer *t)
{
	t->at = NEVER;
	t->index = 0;
}

static void timer_out(struct timers *ts, struct timer *t)
{
	struct timer *last = ts->heap[--ts->n];
	size_t i = t->index;

	if (last == t)
		return;
	place(ts, last, i);
	sift_up(ts, i);
	sift_down(ts, last->index);
}

void timer_set(struct timers *ts, struct timer *t, uint64_t at)
{
	if (t->at != NEVER)
		timer_out(ts, t);
	t->at = at;
	if (at == NEVER)
		return;
	if (ts->n == ts->cap) {
		ts->cap = ts->cap ? 2 * ts->cap : 16;
		ts->heap = reallocarray(ts->heap, ts->cap, sizeof(void *));
		if (!ts->heap)
			abort();
	}
	place(ts, t, ts->n++);
	sift_up(ts, t->index);
}

struct timer *timer_first(const struct timers *ts)
{
	return ts->n ? ts->heap[0] : NULL;
}

void timers_free(struct timers *ts)
{
	free(ts->heap);
	ts->heap = NULL;
	ts->n = ts->cap = 0;
}
