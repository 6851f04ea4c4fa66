// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: what the keyer and scripts learn without asking. Nothing here waits
 * or fails: an event that finds no memory or listener is lost, and none tells
 * more than a second's worth of what a hostile network can cause.
 */
#include "event.h"

#include <linux/jiffies.h>

#include "compat.h"
#include "netdev.h"
#include "netlink.h"
#include "sa.h"
#include "selector.h"

/**
 * ipsecvif_event_is_heard() - does anybody listen for a device's events?
 * @vif: the device
 */
bool ipsecvif_event_is_heard(struct ipsecvif_dev *vif)
{
	return genl_has_listeners(&ipsecvif_family, dev_net(vif->dev), 0);
}

static struct sk_buff *event_begin(struct ipsecvif_dev *vif, u8 cmd, void **hdr)
{
	struct net_device *dev = vif->dev;
	struct sk_buff *msg;

	if (!ipsecvif_event_is_heard(vif))
		return NULL;
	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_ATOMIC | __GFP_NOWARN);
	if (!msg)
		return NULL;
	*hdr = genlmsg_put(msg, 0, 0, &ipsecvif_family, 0, cmd);
	if (!*hdr || nla_put_u32(msg, IPSECVIF_A_IFINDEX, dev->ifindex) ||
	    nla_put_string(msg, IPSECVIF_A_IFNAME, dev->name)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/* Send, or forget what did not fit. */
static void event_end(struct ipsecvif_dev *vif, struct sk_buff *msg, void *hdr, int err)
{
	if (err) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, hdr);
	genlmsg_multicast_netns(&ipsecvif_family, dev_net(vif->dev), msg, 0, 0, GFP_ATOMIC);
}

/* Has a second passed since *@last, and are we the one to tell? */
static bool event_due(unsigned long *last)
{
	unsigned long old = READ_ONCE(*last), now = jiffies ?: 1;

	if (old && time_before(now, old + HZ))
		return false;
	return cmpxchg(last, old, now) == old;
}

/* The packet's own selector: addresses, protocol, ports or type and code. */
static int event_put_flow(struct sk_buff *msg, struct sk_buff *skb)
{
	struct ipsecvif_ts ts = { .sport.max = U16_MAX, .dport.max = U16_MAX };
	struct ipsecvif_flow flow;
	struct nlattr *nest;

	if (!ipsecvif_flow_parse(skb, &flow, false))
		return 0;
	ts.src = (struct ipsecvif_range){ flow.src, flow.src };
	ts.dst = (struct ipsecvif_range){ flow.dst, flow.dst };
	ts.proto = flow.proto;
	if (flow.has_upper) {
		ts.sport = (struct ipsecvif_span){ flow.sport, flow.sport };
		ts.dport = (struct ipsecvif_span){ flow.dport, flow.dport };
	}
	nest = nla_nest_start(msg, IPSECVIF_A_PACKET_SELECTOR);
	if (!nest || ipsecvif_nl_ts_fill(msg, &ts))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/**
 * ipsecvif_event_acquire() - a packet needs an SA
 * @vif: the device
 * @sel: the selector that it matched
 * @skb: the packet
 *
 * Context: under rcu_read_lock().
 */
void ipsecvif_event_acquire(struct ipsecvif_dev *vif, struct ipsecvif_selector *sel,
			    struct sk_buff *skb)
{
	struct sk_buff *msg;
	struct nlattr *nest;
	void *hdr;
	int err;

	if (!event_due(&sel->acquire_at))
		return;
	msg = event_begin(vif, IPSECVIF_CMD_ACQUIRE_NTF, &hdr);
	if (!msg)
		return;
	nest = nla_nest_start(msg, IPSECVIF_A_SELECTOR);
	err = nest ? ipsecvif_nl_ts_fill(msg, &sel->ts) : -EMSGSIZE;
	if (!err) {
		nla_nest_end(msg, nest);
		err = event_put_flow(msg, skb);
	}
	event_end(vif, msg, hdr, err);
}

/**
 * ipsecvif_event_expire() - an SA reached a limit
 * @sa: the SA
 * @limit: which
 * @hard: the hard one: the SA is gone
 *
 * Context: under rcu_read_lock(), or with the SA locked or referenced.
 */
void ipsecvif_event_expire(struct ipsecvif_sa *sa, enum ipsecvif_limit limit, bool hard)
{
	struct sk_buff *msg;
	void *hdr;
	int err;

	rcu_read_lock();
	msg = event_begin(sa->vif, IPSECVIF_CMD_EXPIRE_NTF, &hdr);
	if (msg) {
		err = ipsecvif_nl_sa_fill(msg, sa) ?: nla_put_u8(msg, IPSECVIF_A_LIMIT, limit);
		if (!err && hard)
			err = nla_put_flag(msg, IPSECVIF_A_HARD);
		event_end(sa->vif, msg, hdr, err);
	}
	rcu_read_unlock();
}

static void event_plain(struct ipsecvif_sa *sa, u8 cmd)
{
	struct sk_buff *msg;
	void *hdr;

	rcu_read_lock();
	msg = event_begin(sa->vif, cmd, &hdr);
	if (msg)
		event_end(sa->vif, msg, hdr, ipsecvif_nl_sa_fill(msg, sa));
	rcu_read_unlock();
}

/**
 * ipsecvif_event_seq() - an SA's sequence number nears its end
 * @sa: the SA
 */
void ipsecvif_event_seq(struct ipsecvif_sa *sa)
{
	event_plain(sa, IPSECVIF_CMD_SEQ_NTF);
}

/**
 * ipsecvif_event_sa() - an SA came, or goes by request
 * @sa: the SA
 * @added: it came
 */
void ipsecvif_event_sa(struct ipsecvif_sa *sa, bool added)
{
	event_plain(sa, added ? IPSECVIF_CMD_SA_ADD_NTF : IPSECVIF_CMD_SA_DEL_NTF);
}

/**
 * ipsecvif_event_mapping() - an SA's peer speaks from a new address
 * @sa: the inbound SA
 * @src: outer source of an authentic, fresh packet
 * @sport: its UDP source port
 *
 * Context: softirq, under rcu_read_lock().
 */
void ipsecvif_event_mapping(struct ipsecvif_sa *sa, const struct ipsecvif_addr *src, __be16 sport)
{
	struct sk_buff *msg;
	void *hdr;
	int err;

	if (!event_due(&sa->mapping_told_at))
		return;
	msg = event_begin(sa->vif, IPSECVIF_CMD_MAPPING_NTF, &hdr);
	if (!msg)
		return;
	err = ipsecvif_nl_sa_fill(msg, sa)				  ?:
		      ipsecvif_nla_put_addr(msg, IPSECVIF_A_NEW_SRC, src) ?:
		      nla_put_be16(msg, IPSECVIF_A_NEW_SPORT, sport);
	event_end(sa->vif, msg, hdr, err);
}

/* Something bad happened @total times to an SA, @told of which were told. */
static void event_counted(struct ipsecvif_sa *sa, u8 cmd, unsigned long *last, u64 *told, u64 total)
{
	struct sk_buff *msg;
	void *hdr;
	int err;

	if (!event_due(last))
		return;
	msg = event_begin(sa->vif, cmd, &hdr);
	if (!msg)
		return;
	err = ipsecvif_nl_sa_fill(msg, sa) ?:
		      nla_put_u64_64bit(msg, IPSECVIF_A_COUNT, total - *told, IPSECVIF_A_PAD);
	*told = total;
	event_end(sa->vif, msg, hdr, err);
}

/**
 * ipsecvif_event_icv() - an SA's packet failed the integrity check
 * @sa: the SA, its counter up to date
 *
 * Context: softirq, under rcu_read_lock().
 */
void ipsecvif_event_icv(struct ipsecvif_sa *sa)
{
	event_counted(sa, IPSECVIF_CMD_ICV_NTF, &sa->icv_told_at, &sa->icv_told,
		      atomic64_read(&sa->icv_failures));
}

/**
 * ipsecvif_event_replay() - an SA's packet was replayed or late
 * @sa: the SA, its counter up to date
 *
 * Context: softirq, under rcu_read_lock().
 */
void ipsecvif_event_replay(struct ipsecvif_sa *sa)
{
	event_counted(sa, IPSECVIF_CMD_REPLAY_NTF, &sa->replay_told_at, &sa->replay_told,
		      atomic64_read(&sa->replays));
}

/**
 * ipsecvif_event_carrier() - a device's carrier changed
 * @vif: the device
 * @on: now
 */
void ipsecvif_event_carrier(struct ipsecvif_dev *vif, bool on)
{
	struct sk_buff *msg;
	void *hdr;

	msg = event_begin(vif, IPSECVIF_CMD_CARRIER_NTF, &hdr);
	if (msg)
		event_end(vif, msg, hdr, nla_put_u8(msg, IPSECVIF_A_CARRIER, on));
}
