// SPDX-License-Identifier: GPL-2.0-only
/* Included by replay.c: the window's edges, RFC 4303 3.4.3 and appendix A. */
#include <linux/printk.h>

#define EXPECT(condition)                                                                \
	do {                                                                             \
		if (!(condition)) {                                                      \
			pr_err("selftest: replay: %s, line %d\n", #condition, __LINE__); \
			ok = false;                                                      \
		}                                                                        \
	} while (0)

static bool test_window(u32 window)
{
	struct ipsecvif_replay r;
	bool ok = true;
	u64 i;

	if (ipsecvif_replay_init(&r, window, false, 0))
		return false;
	EXPECT(ipsecvif_replay_advance(&r, 0) == IPSECVIF_REPLAY_OLD);
	for (i = 1; i <= 3 * window; i++)
		EXPECT(ipsecvif_replay_advance(&r, i) == IPSECVIF_REPLAY_OK);
	EXPECT(ipsecvif_replay_check(&r, 2 * window) == IPSECVIF_REPLAY_OLD);
	EXPECT(ipsecvif_replay_check(&r, 2 * window + 1) == IPSECVIF_REPLAY_SEEN);
	EXPECT(ipsecvif_replay_check(&r, 3 * window) == IPSECVIF_REPLAY_SEEN);
	/* A gap: what was skipped is new, once. */
	EXPECT(ipsecvif_replay_advance(&r, 4 * window) == IPSECVIF_REPLAY_OK);
	EXPECT(ipsecvif_replay_advance(&r, 3 * window + 1) == IPSECVIF_REPLAY_OK);
	EXPECT(ipsecvif_replay_advance(&r, 3 * window + 1) == IPSECVIF_REPLAY_SEEN);
	EXPECT(ipsecvif_replay_advance(&r, 3 * window) == IPSECVIF_REPLAY_OLD);
	/* A jump far beyond the ring leaves nothing of the old window. */
	EXPECT(ipsecvif_replay_advance(&r, 100 * window + 7) == IPSECVIF_REPLAY_OK);
	for (i = 99 * window + 8; i < 100 * window + 7; i++)
		EXPECT(ipsecvif_replay_advance(&r, i) == IPSECVIF_REPLAY_OK);
	EXPECT(ipsecvif_replay_check(&r, 99 * window + 7) == IPSECVIF_REPLAY_OLD);
	ipsecvif_replay_free(&r);
	return ok;
}

static bool test_esn(void)
{
	struct ipsecvif_replay r;
	bool ok = true;

	if (ipsecvif_replay_init(&r, 64, true, 0))
		return false;
	/* Nothing lies before the first packet. */
	EXPECT(ipsecvif_replay_seq(&r, 1) == 1);
	EXPECT(ipsecvif_replay_seq(&r, U32_MAX) == 0);
	r.top = U32_MAX - 3;
	EXPECT(ipsecvif_replay_seq(&r, U32_MAX) == U32_MAX);
	EXPECT(ipsecvif_replay_seq(&r, 2) == (1ULL << 32) + 2);
	r.top = (1ULL << 32) + 5;
	EXPECT(ipsecvif_replay_seq(&r, U32_MAX - 3) == U32_MAX - 3);
	EXPECT(ipsecvif_replay_seq(&r, 6) == (1ULL << 32) + 6);
	EXPECT(ipsecvif_replay_seq(&r, U32_MAX - 200) == (1ULL << 32) + U32_MAX - 200);
	r.top = (7ULL << 32) + 1000;
	EXPECT(ipsecvif_replay_seq(&r, 1000 - 63) == (7ULL << 32) + 1000 - 63);
	EXPECT(ipsecvif_replay_seq(&r, 1000 - 64) == (8ULL << 32) + 1000 - 64);
	ipsecvif_replay_free(&r);
	return ok;
}

static bool test_resume(void)
{
	struct ipsecvif_replay r;
	bool ok = true;

	if (ipsecvif_replay_init(&r, 128, true, 1000))
		return false;
	EXPECT(ipsecvif_replay_check(&r, 1000) == IPSECVIF_REPLAY_SEEN);
	EXPECT(ipsecvif_replay_check(&r, 900) == IPSECVIF_REPLAY_SEEN);
	EXPECT(ipsecvif_replay_advance(&r, 1001) == IPSECVIF_REPLAY_OK);
	EXPECT(ipsecvif_replay_advance(&r, 1030) == IPSECVIF_REPLAY_OK);
	EXPECT(ipsecvif_replay_advance(&r, 1029) == IPSECVIF_REPLAY_OK);
	ipsecvif_replay_free(&r);
	return ok;
}

/**
 * ipsecvif_replay_selftest() - check the window's edges
 *
 * Return: true if all is well; else each failure is in the log.
 */
bool ipsecvif_replay_selftest(void)
{
	bool ok = test_window(64) & test_window(128) & test_window(4096);

	return ok & test_esn() & test_resume();
}
