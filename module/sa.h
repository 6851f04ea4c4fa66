/* SPDX-License-Identifier: GPL-2.0-only */
/* Security associations, RFC 4301 4.1. */
#ifndef IPSECVIF_SA_H
#define IPSECVIF_SA_H

#include <linux/ipsecvif.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include <linux/netdevice.h>

#include "addr.h"
#include "crypt.h"
#include "replay.h"
#include "spread.h"
#include "steer.h"

struct ipsecvif_dev;
struct ipsecvif_net;
struct ipsecvif_sa_tables;

/* A reserved SPI is given back after this long without an SA. */
#define IPSECVIF_RESERVED_SECONDS 300

/* Soft and hard limits; 0 is none. */
struct ipsecvif_limits {
	u64 time_soft, time_hard; /* seconds */
	u64 byte_soft, byte_hard;
	u64 packet_soft, packet_hard;
	u64 idle_soft, idle_hard; /* seconds */
};

/*
 * Where an SA's packets go, or come from. Replaced as a whole (RCU), so that no
 * packet sees half an update.
 */
struct ipsecvif_peer {
	struct rcu_head rcu;
	struct ipsecvif_addr src; /* outer; may be unspecified inbound */
	struct ipsecvif_addr dst;
	bool encap; /* ESP in UDP */
	__be16 sport;
	__be16 dport;
};

/* What events wait to be told of once a second: struct ipsecvif_sa.events. */
enum ipsecvif_sa_event {
	IPSECVIF_SA_EV_SOFT, /* soft limit told */
	IPSECVIF_SA_EV_SEQ, /* sequence number near its end told */
};

/**
 * struct ipsecvif_sa - a security association
 *
 * Found under RCU, by SPI (inbound) or from a selector or device (outbound).
 * One reference belongs to the table, one to each packet that finishes later.
 *
 * @vif: its device; valid as long as the SA can be found, or referenced
 * @spi: as on the wire
 * @dir: enum ipsecvif_dir
 * @proto: IPPROTO_ESP or IPPROTO_AH
 * @mode: enum ipsecvif_mode
 * @reserved: an SPI without keys
 * @linked: it is its device's: requests and packets may find it
 * @dead: past a hard limit or removed: no packet may use it
 * @bound: has, or once had, selectors of its own: without any left it carries
 *	nothing
 * @slot: in the SPI table, or -1
 * @crypt: the transform
 * @peer: outer addresses
 * @route: to its peer, as found last, outbound (route.c)
 * @mtu: largest inner packet by the route seen last, outbound
 * @path_mtu: what a router said of the path, 0 nothing, outbound
 * @path_mtu_until: jiffies: how long to believe it
 * @tfc: bytes to pad inner packets to, 0 none (RFC 4303 2.7)
 * @comp: payloads may be compressed (RFC 3173)
 * @watched: errors about its packets are looked for (watch.c)
 * @cpi: by which compression parameter index, as on the wire
 * @flow_label: of an outer IPv6 header, with IPSECVIF_FLOW_LABEL_SA
 * @seq: outbound: last sequence number used
 * @replay: inbound
 * @order: its packets that finish later
 * @steer_cpu: inbound: the CPU that its packets are given to, or -1
 * @steered: of these
 * @limits: soft and hard
 * @limited: packets or bytes have limits
 * @expires: CLOCK_BOOTTIME seconds of the hard limit in time, U64_MAX none
 * @packets: packets that passed; not per CPU, since @seq and @replay are not
 *	either, and each has to have their line
 * @bytes: their inner bytes
 * @replays: packets dropped as replayed or late
 * @icv_failures: packets that failed the integrity check
 * @last_used: CLOCK_BOOTTIME seconds of the last packet, 0 none
 * @added: CLOCK_BOOTTIME seconds
 * @told: bits of enum ipsecvif_sa_event
 * @idle_told: since when it was idle when that was last told, 0 never
 * @icv_told: jiffies of the last IPSECVIF_CMD_ICV_NTF, and the count then
 * @replay_told: likewise
 * @on_dev: in its device's list, newest first; by ipsecvif_net.lock
 * @on_table: in ipsecvif_sa_tables.out, or .in with an SPI that somebody else chose
 * @on_keys: in ipsecvif_sa_tables.keys, with a @key_id
 * @dev_tracker: its reference on @vif->dev
 * @bindings: struct ipsecvif_binding, RCU
 * @key_id: outbound: keyed hash of a key and salt whose nonces must not repeat,
 *	0 none
 * @timer: time limits
 */
struct ipsecvif_sa {
	/*
	 * Read by each packet: two cache lines, of which each costs its time where there
	 * are many SAs.
	 */
	struct ipsecvif_dev *vif;
	__be32 spi;
	u8 dir;
	u8 proto;
	u8 mode;
	bool reserved;
	bool linked;
	bool dead;
	bool bound;
	bool limited;
	int steer_cpu;
	u32 mtu;
	u32 path_mtu;
	u32 tfc;
	bool comp;
	bool watched;
	__be16 cpi;
	struct ipsecvif_peer __rcu *peer;
	struct ipsecvif_route __rcu *route;
	u64 expires;
	struct list_head bindings;
	struct ipsecvif_crypt crypt;

	/* written by each packet: one line, and the window */
	atomic64_t seq ____cacheline_aligned_in_smp;
	atomic64_t packets;
	atomic64_t bytes;
	u64 last_used;
	struct ipsecvif_replay replay;

	/* written by those that finish later */
	struct ipsecvif_order order;

	/* written by drops and by control */
	atomic64_t replays ____cacheline_aligned_in_smp;
	struct ipsecvif_limits limits;
	unsigned long path_mtu_until;
	__be32 flow_label;
	s32 slot;
	struct ipsecvif_steered steered;
	atomic64_t icv_failures;
	unsigned long icv_told_at;
	unsigned long replay_told_at;
	unsigned long mapping_told_at;
	u64 icv_told;
	u64 replay_told;
	unsigned long told;
	u64 idle_told;
	u64 added;
	u64 key_id;
	struct list_head on_dev;
	struct rhlist_head on_table;
	struct rhlist_head on_keys;
	netdevice_tracker dev_tracker;
	struct timer_list timer;
	refcount_t refs;
	struct rcu_work free_work;
};

/* What a request asks for. */
struct ipsecvif_sa_conf {
	__be32 spi; /* 0: the kernel chooses (inbound) */
	u8 dir;
	u8 mode;
	u8 proto;
	u32 tfc;
	bool comp;
	__be16 cpi;
	struct ipsecvif_addr src, dst;
	bool encap;
	__be16 sport, dport;
	u32 replay_window;
	bool esn;
	u64 seq;
	struct ipsecvif_limits limits;
	struct ipsecvif_crypt_conf crypt;
};

/* spi.c: the inbound SPI table of an underlay */
struct ipsecvif_sa *ipsecvif_spi_find(struct net *net, __be32 spi);
bool ipsecvif_spi_is_ours(__be32 spi);
int ipsecvif_spi_reserve(struct ipsecvif_net *inet, struct ipsecvif_sa *sa,
			 struct netlink_ext_ack *extack);
void ipsecvif_spi_release(struct ipsecvif_net *inet, struct ipsecvif_sa *sa);
void ipsecvif_spi_insert(struct ipsecvif_net *inet, struct ipsecvif_sa *sa);
void ipsecvif_spi_remove(struct ipsecvif_net *inet, struct ipsecvif_sa *sa);
int ipsecvif_spi_net_init(struct ipsecvif_net *inet);
void ipsecvif_spi_net_exit(struct ipsecvif_net *inet);

/* sa_table.c */
int ipsecvif_sa_tables_init(struct ipsecvif_sa_tables *tables);
void ipsecvif_sa_tables_exit(struct ipsecvif_sa_tables *tables);
int ipsecvif_sa_table_add(struct ipsecvif_sa *sa);
void ipsecvif_sa_table_del(struct ipsecvif_sa *sa);
struct ipsecvif_sa *ipsecvif_sa_table_in(struct ipsecvif_sa_tables *tables, __be32 spi);
struct rhlist_head *ipsecvif_sa_table_out(struct ipsecvif_sa_tables *tables, __be32 spi);
bool ipsecvif_sa_table_has_key(struct ipsecvif_sa_tables *tables, u64 key_id);

/* sa.c */
extern atomic_t ipsecvif_sa_generation;
int ipsecvif_sa_module_init(void);
void ipsecvif_sa_module_exit(void);
struct ipsecvif_sa *ipsecvif_sa_new(struct ipsecvif_dev *vif, const struct ipsecvif_sa_conf *conf,
				    struct netlink_ext_ack *extack);
struct ipsecvif_sa *ipsecvif_sa_new_reserved(struct ipsecvif_dev *vif, u8 proto,
					     struct netlink_ext_ack *extack);
void ipsecvif_sa_discard(struct ipsecvif_sa *sa);
int ipsecvif_sa_check(struct ipsecvif_sa *sa, struct netlink_ext_ack *extack);
void ipsecvif_sa_link(struct ipsecvif_sa *sa);
void ipsecvif_sa_unlink(struct ipsecvif_sa *sa);
bool ipsecvif_sa_hold(struct ipsecvif_sa *sa);
void ipsecvif_sa_put(struct ipsecvif_sa *sa);
struct ipsecvif_sa *ipsecvif_sa_find(struct ipsecvif_dev *vif, u8 dir, __be32 spi,
				     const struct ipsecvif_addr *dst, bool *ambiguous);
int ipsecvif_sa_peer_set(struct ipsecvif_sa *sa, const struct ipsecvif_peer *peer, gfp_t gfp);
void ipsecvif_sa_flush(struct ipsecvif_dev *vif, int dir);
void ipsecvif_sa_barrier(void);

/* lifetime.c */
bool ipsecvif_limits_count_traffic(const struct ipsecvif_limits *limits);
void ipsecvif_sa_timer(struct timer_list *timer);
void ipsecvif_sa_timer_arm(struct ipsecvif_sa *sa);
void ipsecvif_sa_timers_rearm(struct ipsecvif_dev *vif);
void ipsecvif_sa_lifetime_begin(struct ipsecvif_sa *sa);
void ipsecvif_sa_limits_set(struct ipsecvif_sa *sa, const struct ipsecvif_limits *limits);
void ipsecvif_sa_expire(struct ipsecvif_sa *sa, enum ipsecvif_limit limit);
bool ipsecvif_sa_account(struct ipsecvif_sa *sa, unsigned int packets, unsigned int bytes);
u64 ipsecvif_sa_seq_reserve(struct ipsecvif_sa *sa, unsigned int n);
void ipsecvif_sa_expire_all(struct ipsecvif_dev *vif, int dir, enum ipsecvif_limit limit);

/**
 * ipsecvif_sa_usable() - may a packet use it?
 * @sa: the SA
 *
 * Context: any, under rcu_read_lock() or ipsecvif_net.lock.
 */
static inline bool ipsecvif_sa_usable(const struct ipsecvif_sa *sa)
{
	return !READ_ONCE(sa->dead) && !sa->reserved;
}

#endif /* IPSECVIF_SA_H */
