// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long an SA lasts: time, idle time, bytes, packets and sequence numbers,
 * each counted without a lock, and what happens at the end (RFC 4301 4.4.2.1).
 * Time is CLOCK_BOOTTIME: a machine's sleep counts.
 */
#include <linux/timer.h>

#include "compat.h"
#include "event.h"
#include "net.h"
#include "netdev.h"
#include "sa.h"

/**
 * ipsecvif_limits_count_traffic() - do any limits concern packets or bytes?
 * @limits: an SA's
 */
bool ipsecvif_limits_count_traffic(const struct ipsecvif_limits *limits)
{
	return limits->byte_soft || limits->byte_hard || limits->packet_soft || limits->packet_hard;
}

/* When a limit of so many seconds is reached; 0 is none. */
static u64 sa_deadline(u64 since, u64 seconds)
{
	return seconds && seconds < U64_MAX - since ? since + seconds : U64_MAX;
}

/* Since when an SA is idle: its last packet, or its beginning. */
static u64 sa_idle_since(const struct ipsecvif_sa *sa)
{
	return READ_ONCE(sa->last_used) ?: sa->added;
}

/* When the timer has to look next; U64_MAX never. */
static u64 sa_next_look(const struct ipsecvif_sa *sa, u64 now)
{
	const struct ipsecvif_limits *limits = &sa->limits;
	u64 since = sa_idle_since(sa);
	u64 next = min(sa->expires, sa_deadline(since, limits->idle_hard));

	if (!test_bit(IPSECVIF_SA_EV_SOFT, &sa->told))
		next = min(next, sa_deadline(sa->added, limits->time_soft));
	/* Once told, it is due again no sooner than after a packet of right now. */
	return min(next, sa_deadline(sa->idle_told == since ? now : since, limits->idle_soft));
}

/**
 * ipsecvif_sa_timer_arm() - let the timer look when the next time limit is due
 * @sa: the SA, locked
 *
 * Packets don't touch the timer: it looks when an SA could be idle at the
 * earliest, and sets itself again.
 */
void ipsecvif_sa_timer_arm(struct ipsecvif_sa *sa)
{
	u64 now = ktime_get_boottime_seconds();
	u64 next = sa_next_look(sa, now);

	if (next == U64_MAX || sa->dead)
		return;
	/* A timer's reach is limited, too. */
	next = next > now ? min_t(u64, next - now, 86400) : 0;
	mod_timer(&sa->timer, jiffies + next * HZ);
}

/**
 * ipsecvif_sa_timers_rearm() - look at the time limits of a device's SAs now
 * @vif: the device
 *
 * Limits count CLOCK_BOOTTIME, which goes on while the machine sleeps; timers
 * count jiffies, which don't.
 *
 * Context: process or softirq, ipsecvif_net.lock not held.
 */
void ipsecvif_sa_timers_rearm(struct ipsecvif_dev *vif)
{
	struct ipsecvif_net *inet = ipsecvif_net(vif->net);
	struct ipsecvif_sa *sa;
	int dir;

	spin_lock_bh(&inet->lock);
	for (dir = 0; dir < ARRAY_SIZE(vif->sas); dir++)
		list_for_each_entry(sa, &vif->sas[dir], on_dev)
			ipsecvif_sa_timer_arm(sa);
	spin_unlock_bh(&inet->lock);
}

static void sa_set_expires(struct ipsecvif_sa *sa)
{
	WRITE_ONCE(sa->expires, sa_deadline(sa->added, sa->reserved ? IPSECVIF_RESERVED_SECONDS :
								      sa->limits.time_hard));
}

/**
 * ipsecvif_sa_lifetime_begin() - its time begins to count
 * @sa: an SA that is being linked
 *
 * Context: ipsecvif_net.lock held.
 */
void ipsecvif_sa_lifetime_begin(struct ipsecvif_sa *sa)
{
	sa->added = ktime_get_boottime_seconds();
	sa_set_expires(sa);
	ipsecvif_sa_timer_arm(sa);
}

/**
 * ipsecvif_sa_timer() - an SA's time limits, and a reservation's
 * @timer: the SA's
 *
 * Context: softirq.
 */
void ipsecvif_sa_timer(struct timer_list *timer)
{
	struct ipsecvif_sa *sa = compat_timer_container_of(sa, timer, timer);
	struct ipsecvif_net *inet = ipsecvif_net(sa->vif->net);
	u64 now = ktime_get_boottime_seconds();
	u64 since = sa_idle_since(sa);

	if (now >= sa->expires) {
		ipsecvif_sa_expire(sa, IPSECVIF_LIMIT_TIME);
		return;
	}
	if (now >= sa_deadline(since, sa->limits.idle_hard)) {
		ipsecvif_sa_expire(sa, IPSECVIF_LIMIT_IDLE);
		return;
	}
	if (now >= sa_deadline(sa->added, sa->limits.time_soft) &&
	    !test_and_set_bit(IPSECVIF_SA_EV_SOFT, &sa->told))
		ipsecvif_event_expire(sa, IPSECVIF_LIMIT_TIME, false);
	if (now >= sa_deadline(since, sa->limits.idle_soft) && sa->idle_told != since) {
		sa->idle_told = since;
		ipsecvif_event_expire(sa, IPSECVIF_LIMIT_IDLE, false);
	}
	spin_lock_bh(&inet->lock);
	ipsecvif_sa_timer_arm(sa);
	spin_unlock_bh(&inet->lock);
}

/**
 * ipsecvif_sa_limits_set() - change an SA's limits
 * @sa: a linked SA
 * @limits: the new ones
 *
 * Context: ipsecvif_net.lock held.
 */
void ipsecvif_sa_limits_set(struct ipsecvif_sa *sa, const struct ipsecvif_limits *limits)
{
	sa->limits = *limits;
	WRITE_ONCE(sa->limited, ipsecvif_limits_count_traffic(limits));
	clear_bit(IPSECVIF_SA_EV_SOFT, &sa->told);
	sa->idle_told = 0;
	sa_set_expires(sa);
	ipsecvif_sa_timer_arm(sa);
}

/**
 * ipsecvif_sa_expire() - end an SA that reached a hard limit
 * @sa: found under rcu_read_lock(), or by its timer
 * @limit: which
 *
 * Context: softirq or process, ipsecvif_net.lock not held.
 */
void ipsecvif_sa_expire(struct ipsecvif_sa *sa, enum ipsecvif_limit limit)
{
	struct ipsecvif_net *inet = ipsecvif_net(sa->vif->net);
	bool first;

	spin_lock_bh(&inet->lock);
	first = !sa->dead;
	if (first) {
		if (!sa->reserved)
			ipsecvif_event_expire(sa, limit, true);
		ipsecvif_sa_unlink(sa);
	}
	spin_unlock_bh(&inet->lock);
}

/**
 * ipsecvif_sa_expire_all() - end a device's SAs; reserved SPIs stay
 * @vif: the device
 * @dir: enum ipsecvif_dir
 * @limit: why
 *
 * Context: process or softirq, ipsecvif_net.lock not held.
 */
void ipsecvif_sa_expire_all(struct ipsecvif_dev *vif, int dir, enum ipsecvif_limit limit)
{
	struct ipsecvif_net *inet = ipsecvif_net(vif->net);
	struct ipsecvif_sa *sa, *next;

	spin_lock_bh(&inet->lock);
	list_for_each_entry_safe(sa, next, &vif->sas[dir], on_dev) {
		if (sa->reserved)
			continue;
		ipsecvif_event_expire(sa, limit, true);
		ipsecvif_sa_unlink(sa);
	}
	spin_unlock_bh(&inet->lock);
}

/* Tell of a soft limit, once; returns the hard one that is passed, or -1. */
static int sa_limits_check(struct ipsecvif_sa *sa, u64 packets, u64 bytes)
{
	const struct ipsecvif_limits *limits = &sa->limits;

	if ((limits->packet_soft && packets >= limits->packet_soft) ||
	    (limits->byte_soft && bytes >= limits->byte_soft)) {
		if (!test_and_set_bit(IPSECVIF_SA_EV_SOFT, &sa->told))
			ipsecvif_event_expire(sa,
					      limits->packet_soft &&
							      packets >= limits->packet_soft ?
						      IPSECVIF_LIMIT_PACKETS :
						      IPSECVIF_LIMIT_BYTES,
					      false);
	}
	if (limits->packet_hard && packets > limits->packet_hard)
		return IPSECVIF_LIMIT_PACKETS;
	return limits->byte_hard && bytes > limits->byte_hard ? IPSECVIF_LIMIT_BYTES : -1;
}

/**
 * ipsecvif_sa_account() - count packets, and hold them against the limits
 * @sa: the SA
 * @packets: that are about to pass
 * @bytes: their inner bytes
 *
 * Context: BHs off, under rcu_read_lock().
 * Return: false if they must not pass: the SA is past a hard limit, and gone.
 */
bool ipsecvif_sa_account(struct ipsecvif_sa *sa, unsigned int packets, unsigned int bytes)
{
	u64 now = ktime_get_boottime_seconds(), all_packets, all_bytes;
	int limit;

	/* The timer is late after the machine's sleep. */
	if (unlikely(now >= READ_ONCE(sa->expires))) {
		ipsecvif_sa_expire(sa, IPSECVIF_LIMIT_TIME);
		return false;
	}
	all_packets = atomic64_add_return(packets, &sa->packets);
	all_bytes = atomic64_add_return(bytes, &sa->bytes);
	if (unlikely(READ_ONCE(sa->limited))) {
		limit = sa_limits_check(sa, all_packets, all_bytes);
		if (limit >= 0) {
			atomic64_sub(packets, &sa->packets);
			atomic64_sub(bytes, &sa->bytes);
			ipsecvif_sa_expire(sa, limit);
			return false;
		}
	}
	/* Once a second, so that CPUs don't fight over the line. */
	if (READ_ONCE(sa->last_used) != now)
		WRITE_ONCE(sa->last_used, now);
	return true;
}

/**
 * ipsecvif_sa_seq_reserve() - take sequence numbers
 * @sa: an outbound SA
 * @n: how many, in a row
 *
 * RFC 4303 3.3.3: a sequence number never repeats; the SA ends before it would.
 *
 * Context: BHs off, under rcu_read_lock(). No lock: CPUs share one atomic.
 * Return: the first, or 0 when they are used up.
 */
u64 ipsecvif_sa_seq_reserve(struct ipsecvif_sa *sa, unsigned int n)
{
	u64 last = atomic64_add_return(n, &sa->seq);
	u64 max = sa->crypt.esn ? S64_MAX : U32_MAX;
	u64 near = max - (sa->crypt.esn ? 1ULL << 40 : 1ULL << 28);

	if (likely(last < near))
		return last - n + 1;
	if (last > max) {
		ipsecvif_sa_expire(sa, IPSECVIF_LIMIT_SEQ);
		return 0;
	}
	if (!test_and_set_bit(IPSECVIF_SA_EV_SEQ, &sa->told))
		ipsecvif_event_seq(sa);
	return last - n + 1;
}
