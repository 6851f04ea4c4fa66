/* SPDX-License-Identifier: GPL-2.0-only */
/* Anti-replay: inbound sequence numbers, RFC 4303 3.4.3 and appendix A. */
#ifndef IPSECVIF_REPLAY_H
#define IPSECVIF_REPLAY_H

#include <linux/spinlock.h>
#include <linux/types.h>

/**
 * struct ipsecvif_replay - an inbound SA's window
 * @lock: guards @top and @ring against the other CPUs that receive for the SA;
 *	taken with BHs off, after the ICV was verified
 * @mask: words of @ring - 1, a power of two - 1
 * @top: highest authentic sequence number; 0 before the first packet
 * @window: packets, a multiple of 64, or 0: no check
 * @esn: sequence numbers have 64 bits, of which the packet carries the lower
 * @ring: one bit a sequence number (RFC 6479): a word more than the window,
 *	so that advancing clears whole words
 * @few: the ring of a small window
 */
struct ipsecvif_replay {
	spinlock_t lock; /* top and ring */
	u32 mask;
	u64 top;
	u32 window;
	bool esn;
	u64 *ring;
	u64 few[4];
};

/**
 * enum ipsecvif_replay_verdict - what the window says
 * @IPSECVIF_REPLAY_OK: new
 * @IPSECVIF_REPLAY_OLD: left of the window, or zero
 * @IPSECVIF_REPLAY_SEEN: a duplicate
 */
enum ipsecvif_replay_verdict {
	IPSECVIF_REPLAY_OK,
	IPSECVIF_REPLAY_OLD,
	IPSECVIF_REPLAY_SEEN,
};

/* replay.c */
int ipsecvif_replay_init(struct ipsecvif_replay *replay, u32 window, bool esn, u64 top);
void ipsecvif_replay_free(struct ipsecvif_replay *replay);
u64 ipsecvif_replay_seq(const struct ipsecvif_replay *replay, u32 low);
enum ipsecvif_replay_verdict ipsecvif_replay_check(const struct ipsecvif_replay *replay, u64 seq);
enum ipsecvif_replay_verdict ipsecvif_replay_advance(struct ipsecvif_replay *replay, u64 seq);
#ifdef IPSECVIF_SELFTEST
bool ipsecvif_replay_selftest(void);
#endif

#endif /* IPSECVIF_REPLAY_H */
