// SPDX-License-Identifier: GPL-2.0-only
/*
 * Anti-replay. A packet is held against the window twice: without the lock
 * before the costly integrity check, which spares most of a flood, and with it
 * afterwards, which is the check that counts.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "replay.h"

#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/slab.h>

/**
 * ipsecvif_replay_init() - set up a window
 * @replay: to initialise; it must not be copied afterwards
 * @window: packets, a multiple of 64; 0 switches the check off
 * @esn: RFC 4303 2.2.1
 * @top: highest sequence number already received, 0 for a new SA; everything
 *	up to it counts as seen
 *
 * Context: process, may sleep. Free with ipsecvif_replay_free().
 * Return: 0 or -ENOMEM.
 */
int ipsecvif_replay_init(struct ipsecvif_replay *replay, u32 window, bool esn, u64 top)
{
	u32 words = roundup_pow_of_two(window / 64 + 1);

	memset(replay, 0, sizeof(*replay));
	spin_lock_init(&replay->lock);
	replay->top = top;
	replay->window = window;
	replay->mask = words - 1;
	replay->esn = esn;
	replay->ring = replay->few;
	if (words > ARRAY_SIZE(replay->few))
		replay->ring = kcalloc(words, sizeof(u64), GFP_KERNEL);
	if (!replay->ring)
		return -ENOMEM;
	if (top)
		memset(replay->ring, 0xff, words * sizeof(u64));
	/* Bits right of top, in its own word, are yet to come. */
	if (top && (top % 64) != 63)
		replay->ring[(top / 64) & replay->mask] = GENMASK_ULL(top % 64, 0);
	return 0;
}

/**
 * ipsecvif_replay_free() - undo ipsecvif_replay_init()
 * @replay: the window
 *
 * Context: process.
 */
void ipsecvif_replay_free(struct ipsecvif_replay *replay)
{
	if (replay->ring != replay->few)
		kfree(replay->ring);
	replay->ring = NULL;
}

/**
 * ipsecvif_replay_seq() - the whole sequence number behind a packet's 32 bits
 * @replay: the window
 * @low: as on the wire, in host byte order
 *
 * RFC 4303 A2.1: with ESN, the value nearest to the window; a wrong guess fails
 * the integrity check, which covers the upper half.
 *
 * Context: any, without the lock: @replay->top may be moving, and an old value
 * is as good as a packet that came a little earlier.
 * Return: the number, or 0 (never valid) if it would lie before the first.
 */
u64 ipsecvif_replay_seq(const struct ipsecvif_replay *replay, u32 low)
{
	u64 top;
	u32 bottom, high;

	if (!replay->esn)
		return low;

	top = READ_ONCE(replay->top);
	high = upper_32_bits(top);
	bottom = lower_32_bits(top) - replay->window + 1;

	if (lower_32_bits(top) >= replay->window - 1) {
		/* The window lies in one subspace. */
		if (low < bottom)
			high++;
	} else if (low >= bottom) {
		/* It straddles two, and this is in the lower one. */
		if (!high)
			return 0;
		high--;
	}
	return (u64)high << 32 | low;
}

static enum ipsecvif_replay_verdict window_check(const struct ipsecvif_replay *replay, u64 top,
						 u64 seq)
{
	if (unlikely(!replay->window))
		return IPSECVIF_REPLAY_OK;
	if (unlikely(!seq))
		return IPSECVIF_REPLAY_OLD;
	if (likely(seq > top))
		return IPSECVIF_REPLAY_OK;
	if (top - seq >= replay->window)
		return IPSECVIF_REPLAY_OLD;
	if (READ_ONCE(replay->ring[(seq / 64) & replay->mask]) & BIT_ULL(seq % 64))
		return IPSECVIF_REPLAY_SEEN;
	return IPSECVIF_REPLAY_OK;
}

/**
 * ipsecvif_replay_check() - cheap check before the integrity check
 * @replay: the window
 * @seq: from ipsecvif_replay_seq()
 *
 * Context: softirq, without the lock; its verdict is provisional.
 * Return: what the window says.
 */
enum ipsecvif_replay_verdict ipsecvif_replay_check(const struct ipsecvif_replay *replay, u64 seq)
{
	return window_check(replay, READ_ONCE(replay->top), seq);
}

/**
 * ipsecvif_replay_advance() - check again and mark as received
 * @replay: the window
 * @seq: of a packet whose integrity was verified
 *
 * Context: softirq or process with BHs off.
 * Return: what the window says; only with IPSECVIF_REPLAY_OK was it marked.
 */
enum ipsecvif_replay_verdict ipsecvif_replay_advance(struct ipsecvif_replay *replay, u64 seq)
{
	enum ipsecvif_replay_verdict verdict;

	spin_lock(&replay->lock);
	verdict = window_check(replay, replay->top, seq);
	if (verdict != IPSECVIF_REPLAY_OK)
		goto out;
	if (seq > replay->top) {
		u64 word = replay->top / 64;
		u64 n = min_t(u64, seq / 64 - word, replay->mask + 1);

		while (n--)
			WRITE_ONCE(replay->ring[++word & replay->mask], 0);
		/* A jump of more than the ring cleared each word, so any start will do. */
		WRITE_ONCE(replay->top, seq);
	}
	replay->ring[(seq / 64) & replay->mask] |= BIT_ULL(seq % 64);
out:
	spin_unlock(&replay->lock);
	return verdict;
}

#ifdef IPSECVIF_SELFTEST
#include "selftest/replay_test.c"
#endif
