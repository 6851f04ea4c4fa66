// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long an SA lasts: time, bytes, packets and sequence numbers, each counted
 * without a lock, and what happens at the end (RFC 4301 4.4.2.1).
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

/* When the timer has to look next, in seconds from now; 0 never. */
static u64 sa_next_deadline(const struct ipsecvif_sa *sa, u64 age)
{
	u64 next = U64_MAX;

	if (sa->reserved)
		next = IPSECVIF_RESERVED_SECONDS;
	if (sa->limits.time_hard)
		next = sa->limits.time_hard;
	if (sa->limits.time_soft && !test_bit(IPSECVIF_SA_EV_SOFT, &sa->told))
		next = min(next, sa->limits.time_soft);
	if (next == U64_MAX)
		return 0;
	return next > age ? next - age : 1;
}

/**
 * ipsecvif_sa_timer_arm() - let the timer look when the next time limit is due
 * @sa: the SA, locked
 */
void ipsecvif_sa_timer_arm(struct ipsecvif_sa *sa)
{
	/* A timer's reach is limited; it looks, and sets itself again. */
	u64 seconds =
		min_t(u64, sa_next_deadline(sa, ktime_get_boottime_seconds() - sa->added), 86400);

	if (seconds && !sa->dead)
		mod_timer(&sa->timer, jiffies + seconds * HZ);
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
	u64 age = ktime_get_boottime_seconds() - sa->added;
	u64 hard = sa->reserved ? IPSECVIF_RESERVED_SECONDS : sa->limits.time_hard;

	if (hard && age >= hard) {
		ipsecvif_sa_expire(sa, IPSECVIF_LIMIT_TIME);
		return;
	}
	if (sa->limits.time_soft && age >= sa->limits.time_soft &&
	    !test_and_set_bit(IPSECVIF_SA_EV_SOFT, &sa->told))
		ipsecvif_event_expire(sa, IPSECVIF_LIMIT_TIME, false);
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
	if (!sa->limited) {
		u64 packets, bytes;

		ipsecvif_sa_totals(sa, &packets, &bytes);
		atomic64_set(&sa->sum_packets, packets);
		atomic64_set(&sa->sum_bytes, bytes);
	}
	sa->limits = *limits;
	WRITE_ONCE(sa->limited, ipsecvif_limits_count_traffic(limits));
	clear_bit(IPSECVIF_SA_EV_SOFT, &sa->told);
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
 * ipsecvif_sa_expire_out() - end all outbound SAs of a device
 * @vif: the device
 * @limit: why
 *
 * Context: process or softirq, ipsecvif_net.lock not held.
 */
void ipsecvif_sa_expire_out(struct ipsecvif_dev *vif, enum ipsecvif_limit limit)
{
	struct ipsecvif_net *inet = ipsecvif_net(vif->net);
	struct ipsecvif_sa *sa, *next;

	spin_lock_bh(&inet->lock);
	list_for_each_entry_safe(sa, next, &vif->sas[IPSECVIF_DIR_OUT], on_dev) {
		ipsecvif_event_expire(sa, limit, true);
		ipsecvif_sa_unlink(sa);
	}
	spin_unlock_bh(&inet->lock);
}

/* Hold the sums against the limits, the soft ones first. */
static bool sa_limits_check(struct ipsecvif_sa *sa, u64 packets, u64 bytes)
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
	if (limits->packet_hard && packets > limits->packet_hard) {
		ipsecvif_sa_expire(sa, IPSECVIF_LIMIT_PACKETS);
		return false;
	}
	if (limits->byte_hard && bytes > limits->byte_hard) {
		ipsecvif_sa_expire(sa, IPSECVIF_LIMIT_BYTES);
		return false;
	}
	return true;
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
	struct ipsecvif_sa_stats *stats = this_cpu_ptr(sa->stats);
	u64 now = ktime_get_boottime_seconds();

	if (unlikely(READ_ONCE(sa->limited)) &&
	    !sa_limits_check(sa, atomic64_add_return(packets, &sa->sum_packets),
			     atomic64_add_return(bytes, &sa->sum_bytes)))
		return false;
	u64_stats_update_begin(&stats->syncp);
	u64_stats_add(&stats->packets, packets);
	u64_stats_add(&stats->bytes, bytes);
	u64_stats_update_end(&stats->syncp);
	/* Once a second, so that CPUs don't fight over the line. */
	if (READ_ONCE(sa->last_used) != now)
		WRITE_ONCE(sa->last_used, now);
	return true;
}

/**
 * ipsecvif_sa_totals() - an SA's traffic so far
 * @sa: the SA
 * @packets: gets the packets
 * @bytes: gets their inner bytes
 *
 * Context: any.
 */
void ipsecvif_sa_totals(const struct ipsecvif_sa *sa, u64 *packets, u64 *bytes)
{
	int cpu;

	*packets = 0;
	*bytes = 0;
	for_each_possible_cpu(cpu) {
		const struct ipsecvif_sa_stats *stats = per_cpu_ptr(sa->stats, cpu);
		unsigned int start;
		u64 p, b;

		do {
			start = u64_stats_fetch_begin(&stats->syncp);
			p = u64_stats_read(&stats->packets);
			b = u64_stats_read(&stats->bytes);
		} while (u64_stats_fetch_retry(&stats->syncp, start));
		*packets += p;
		*bytes += b;
	}
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
