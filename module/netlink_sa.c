// SPDX-License-Identifier: GPL-2.0-only
/* Requests about security associations that exist. */
#include "compat.h"
#include "event.h"
#include "net.h"
#include "netdev.h"
#include "netlink.h"
#include "sa.h"
#include "selector.h"

/* How a request names an SA. */
struct sa_name {
	u8 dir;
	__be32 spi;
	struct ipsecvif_addr dst;
};

static int parse_name(const struct nlattr *nest, struct sa_name *name, struct nlattr **tb,
		      struct netlink_ext_ack *extack)
{
	int err = nla_parse_nested(tb, IPSECVIF_SA_A_MAX, nest, ipsecvif_sa_policy, extack);

	if (err)
		return err;
	if (!tb[IPSECVIF_SA_A_DIR] || !tb[IPSECVIF_SA_A_SPI])
		return ipsecvif_nl_refuse(extack, nest, "an SA is named by its direction and SPI");
	name->dir = nla_get_u8(tb[IPSECVIF_SA_A_DIR]);
	name->spi = nla_get_be32(tb[IPSECVIF_SA_A_SPI]);
	ipsecvif_nla_get_addr(tb[IPSECVIF_SA_A_DST], &name->dst);
	return 0;
}

/* Under the lock or RCU. */
static struct ipsecvif_sa *name_find(struct ipsecvif_dev *vif, const struct sa_name *name,
				     struct netlink_ext_ack *extack)
{
	bool ambiguous;
	struct ipsecvif_sa *sa =
		ipsecvif_sa_find(vif, name->dir, name->spi, &name->dst, &ambiguous);

	if (sa)
		return sa;
	if (ambiguous) {
		NL_SET_ERR_MSG(extack,
			       "several outbound SAs have this SPI: give the destination, too");
		return ERR_PTR(-EINVAL);
	}
	NL_SET_ERR_MSG(extack, "the device has no such SA");
	return ERR_PTR(-ENOENT);
}

static int fill_bindings(struct sk_buff *msg, const struct ipsecvif_sa *sa)
{
	const struct ipsecvif_binding *binding;
	struct nlattr *nest;

	list_for_each_entry_rcu(binding, &sa->bindings, on_sa) {
		nest = nla_nest_start(msg, IPSECVIF_SA_A_SELECTOR);
		if (!nest || ipsecvif_nl_ts_fill(msg, &binding->sel->ts))
			return -EMSGSIZE;
		nla_nest_end(msg, nest);
	}
	return 0;
}

static int fill_limits(struct sk_buff *msg, const struct ipsecvif_limits *limits)
{
	const struct {
		int type;
		u64 value;
	} all[] = {
		{ IPSECVIF_SA_A_TIME_SOFT, limits->time_soft },
		{ IPSECVIF_SA_A_TIME_HARD, limits->time_hard },
		{ IPSECVIF_SA_A_BYTE_SOFT, limits->byte_soft },
		{ IPSECVIF_SA_A_BYTE_HARD, limits->byte_hard },
		{ IPSECVIF_SA_A_PACKET_SOFT, limits->packet_soft },
		{ IPSECVIF_SA_A_PACKET_HARD, limits->packet_hard },
		{ IPSECVIF_SA_A_IDLE_SOFT, limits->idle_soft },
		{ IPSECVIF_SA_A_IDLE_HARD, limits->idle_hard },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i].value &&
		    nla_put_u64_64bit(msg, all[i].type, all[i].value, IPSECVIF_SA_A_PAD))
			return -EMSGSIZE;
	return 0;
}

static int fill_algs(struct sk_buff *msg, const struct ipsecvif_crypt *crypt)
{
	u32 icv = crypt->icv * 8;

	if (!crypt->alg)
		return nla_put_string(msg, IPSECVIF_SA_A_AUTH_NAME, crypt->auth->name) ?:
			       nla_put_u32(msg, IPSECVIF_SA_A_AUTH_TRUNC_BITS, icv);
	if (!crypt->auth)
		return nla_put_string(msg, IPSECVIF_SA_A_AEAD_NAME, crypt->alg->name) ?:
			       nla_put_u32(msg, IPSECVIF_SA_A_AEAD_ICV_BITS, icv);
	return nla_put_string(msg, IPSECVIF_SA_A_ENC_NAME, crypt->alg->name)	       ?:
		       nla_put_string(msg, IPSECVIF_SA_A_AUTH_NAME, crypt->auth->name) ?:
		       nla_put_u32(msg, IPSECVIF_SA_A_AUTH_TRUNC_BITS, icv);
}

static int fill_peer(struct sk_buff *msg, const struct ipsecvif_sa *sa)
{
	const struct ipsecvif_peer *peer = rcu_dereference(sa->peer);

	if (ipsecvif_nla_put_addr(msg, IPSECVIF_SA_A_SRC, &peer->src) ||
	    ipsecvif_nla_put_addr(msg, IPSECVIF_SA_A_DST, &peer->dst))
		return -EMSGSIZE;
	if (!peer->encap)
		return 0;
	return nla_put_be16(msg, IPSECVIF_SA_A_ENCAP_SPORT, peer->sport) ?:
		       nla_put_be16(msg, IPSECVIF_SA_A_ENCAP_DPORT, peer->dport);
}

static int fill_u64(struct sk_buff *msg, int type, u64 value)
{
	return nla_put_u64_64bit(msg, type, value, IPSECVIF_SA_A_PAD);
}

static int fill_out(struct sk_buff *msg, const struct ipsecvif_sa *sa)
{
	u32 mtu = READ_ONCE(sa->mtu);

	if ((mtu && nla_put_u32(msg, IPSECVIF_SA_A_MTU, mtu)) ||
	    (sa->tfc && nla_put_u32(msg, IPSECVIF_SA_A_TFC, sa->tfc)))
		return -EMSGSIZE;
	return 0;
}

static int fill_counters(struct sk_buff *msg, const struct ipsecvif_sa *sa)
{
	u64 now = ktime_get_boottime_seconds(), used = READ_ONCE(sa->last_used);
	bool out = sa->dir == IPSECVIF_DIR_OUT;
	u64 spread = ipsecvif_spread_total(&sa->order);
	u64 steered = READ_ONCE(sa->steered.total);

	if (fill_u64(msg, IPSECVIF_SA_A_PACKETS, atomic64_read(&sa->packets)) ||
	    fill_u64(msg, IPSECVIF_SA_A_BYTES, atomic64_read(&sa->bytes)) ||
	    fill_u64(msg, IPSECVIF_SA_A_AGE, now - sa->added) ||
	    (used && fill_u64(msg, IPSECVIF_SA_A_IDLE, now - used)) ||
	    (spread && fill_u64(msg, IPSECVIF_SA_A_SPREAD, spread)) ||
	    (steered && fill_u64(msg, IPSECVIF_SA_A_STEERED, steered)) ||
	    fill_u64(msg, IPSECVIF_SA_A_SEQ,
		     out ? atomic64_read(&sa->seq) : READ_ONCE(sa->replay.top)))
		return -EMSGSIZE;
	if (out)
		return fill_out(msg, sa);
	return nla_put_u32(msg, IPSECVIF_SA_A_REPLAY_WINDOW, sa->replay.window)		 ?:
		       fill_u64(msg, IPSECVIF_SA_A_REPLAYS, atomic64_read(&sa->replays)) ?:
		       fill_u64(msg, IPSECVIF_SA_A_ICV_FAILURES, atomic64_read(&sa->icv_failures));
}

static int fill_comp(struct sk_buff *msg, const struct ipsecvif_sa *sa)
{
	if (!sa->comp)
		return 0;
	return nla_put_string(msg, IPSECVIF_SA_A_COMP_NAME, "deflate") ?:
		       nla_put_be16(msg, IPSECVIF_SA_A_CPI, sa->cpi);
}

static u32 sa_flags(const struct ipsecvif_sa *sa)
{
	return (sa->crypt.esn ? IPSECVIF_SA_F_ESN : 0) |
	       (sa->crypt.legacy ? IPSECVIF_SA_F_LEGACY : 0) |
	       (sa->reserved ? IPSECVIF_SA_F_RESERVED : 0) |
	       (READ_ONCE(sa->dead) ? IPSECVIF_SA_F_EXPIRED : 0);
}

/**
 * ipsecvif_nl_sa_fill() - put an IPSECVIF_A_SA into a message; never a key
 * @msg: the message
 * @sa: the SA, under rcu_read_lock() or locked
 *
 * Return: 0 or -EMSGSIZE.
 */
int ipsecvif_nl_sa_fill(struct sk_buff *msg, const struct ipsecvif_sa *sa)
{
	struct nlattr *nest = nla_nest_start(msg, IPSECVIF_A_SA);

	if (!nest || nla_put_u32(msg, IPSECVIF_SA_A_IFINDEX, sa->vif->dev->ifindex) ||
	    nla_put_u8(msg, IPSECVIF_SA_A_DIR, sa->dir) ||
	    nla_put_be32(msg, IPSECVIF_SA_A_SPI, sa->spi) ||
	    nla_put_u8(msg, IPSECVIF_SA_A_PROTO, sa->proto) ||
	    nla_put_u32(msg, IPSECVIF_SA_A_FLAGS, sa_flags(sa)))
		return -EMSGSIZE;
	if (!sa->reserved &&
	    (nla_put_u8(msg, IPSECVIF_SA_A_MODE, sa->mode) || fill_peer(msg, sa) ||
	     fill_algs(msg, &sa->crypt) || fill_comp(msg, sa) || fill_limits(msg, &sa->limits) ||
	     fill_counters(msg, sa) ||
	     nla_put_string(msg, IPSECVIF_SA_A_DRIVER, ipsecvif_crypt_driver(&sa->crypt)) ||
	     fill_bindings(msg, sa)))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int get_one(struct sk_buff *msg, struct ipsecvif_dev *vif, const struct sa_name *name,
		   struct netlink_ext_ack *extack)
{
	struct ipsecvif_sa *sa;
	int err;

	rcu_read_lock();
	sa = name_find(vif, name, extack);
	err = IS_ERR(sa) ? PTR_ERR(sa) : ipsecvif_nl_sa_fill(msg, sa);
	rcu_read_unlock();
	return err;
}

/**
 * ipsecvif_nl_sa_get_doit() - IPSECVIF_CMD_SA_GET, one SA
 * @skb: the request
 * @info: the request
 */
int ipsecvif_nl_sa_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[IPSECVIF_SA_A_MAX + 1];
	struct ipsecvif_dev *vif;
	struct sk_buff *msg;
	struct sa_name name;
	void *hdr;
	int err;

	if (!info->attrs[IPSECVIF_A_SA]) {
		NL_SET_ERR_MSG(info->extack, "no SA is named");
		return -EINVAL;
	}
	err = parse_name(info->attrs[IPSECVIF_A_SA], &name, tb, info->extack);
	if (err)
		return err;
	vif = ipsecvif_nl_dev_get(info);
	if (IS_ERR(vif))
		return PTR_ERR(vif);
	msg = ipsecvif_nl_reply_new(info, &hdr);
	err = msg ? get_one(msg, vif, &name, info->extack) : -ENOMEM;
	dev_put(vif->dev);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

static int dump_one(struct sk_buff *msg, struct netlink_callback *cb, const struct ipsecvif_sa *sa)
{
	void *hdr = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&ipsecvif_family, NLM_F_MULTI, IPSECVIF_CMD_SA_GET);

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (ipsecvif_nl_sa_fill(msg, sa)) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

/* Go on with a device where the last message ended: after cb->args[1] SAs. */
static int dump_device(struct sk_buff *msg, struct netlink_callback *cb, struct ipsecvif_dev *vif)
{
	struct ipsecvif_sa *sa;
	long n = 0;
	int dir;

	for (dir = 0; dir < ARRAY_SIZE(vif->sas); dir++) {
		list_for_each_entry_rcu(sa, &vif->sas[dir], on_dev) {
			if (n++ < cb->args[1])
				continue;
			if (dump_one(msg, cb, sa))
				return -EMSGSIZE;
			cb->args[1] = n;
		}
	}
	cb->args[1] = 0;
	return 0;
}

static void dump_all(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct net_device *dev;
	long n = 0;

	for_each_netdev_rcu(sock_net(msg->sk), dev) {
		if (!ipsecvif_dev_is(dev) || n++ < cb->args[0])
			continue;
		if (dump_device(msg, cb, netdev_priv(dev)))
			return;
		cb->args[0] = n;
	}
}

/**
 * ipsecvif_nl_sa_get_dumpit() - IPSECVIF_CMD_SA_GET, all of a device or namespace
 * @msg: the reply
 * @cb: where it stands: args[0] devices and args[1] SAs of the next were told;
 *	args[2]: the one device that was named is done
 */
int ipsecvif_nl_sa_get_dumpit(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct nlattr **attrs = compat_genl_dump_attrs(cb);
	struct ipsecvif_dev *vif;

	cb->seq = atomic_read(&ipsecvif_sa_generation);
	if (!attrs[IPSECVIF_A_IFINDEX] && !attrs[IPSECVIF_A_IFNAME]) {
		rcu_read_lock();
		dump_all(msg, cb);
		rcu_read_unlock();
		return msg->len;
	}
	if (cb->args[2])
		return 0;
	vif = ipsecvif_nl_dev_find(sock_net(msg->sk), attrs, cb->extack);
	if (IS_ERR(vif))
		return PTR_ERR(vif);
	rcu_read_lock();
	cb->args[2] = !dump_device(msg, cb, vif);
	rcu_read_unlock();
	dev_put(vif->dev);
	return msg->len;
}

/* What identifies an SA, or keys it, does not change. */
static int update_check(struct nlattr **tb, const struct nlattr *nest,
			struct netlink_ext_ack *extack)
{
	static const int changeable[] = {
		IPSECVIF_SA_A_DIR,	 IPSECVIF_SA_A_SPI,	    IPSECVIF_SA_A_SRC,
		IPSECVIF_SA_A_DST,	 IPSECVIF_SA_A_ENCAP_SPORT, IPSECVIF_SA_A_ENCAP_DPORT,
		IPSECVIF_SA_A_TIME_SOFT, IPSECVIF_SA_A_TIME_HARD,   IPSECVIF_SA_A_BYTE_SOFT,
		IPSECVIF_SA_A_BYTE_HARD, IPSECVIF_SA_A_PACKET_SOFT, IPSECVIF_SA_A_PACKET_HARD,
		IPSECVIF_SA_A_IDLE_SOFT, IPSECVIF_SA_A_IDLE_HARD,
	};
	int type, i;

	for (type = 1; type <= IPSECVIF_SA_A_MAX; type++) {
		if (!tb[type])
			continue;
		for (i = 0; i < ARRAY_SIZE(changeable); i++)
			if (changeable[i] == type)
				break;
		if (i == ARRAY_SIZE(changeable))
			return ipsecvif_nl_refuse(
				extack, tb[type],
				"only addresses, encapsulation and limits change");
	}
	return 0;
}

/* Under the lock: check all, then change all. */
static int update_apply(struct ipsecvif_sa *sa, struct nlattr **tb, const struct nlattr *nest,
			struct netlink_ext_ack *extack)
{
	struct ipsecvif_limits limits = sa->limits;
	struct ipsecvif_peer peer;
	int err;

	if (!ipsecvif_sa_usable(sa)) {
		NL_SET_ERR_MSG(extack, "the SPI is only reserved: there is no SA to update");
		return -ENOENT;
	}
	peer = *rcu_dereference_protected(sa->peer, 1);
	if (tb[IPSECVIF_SA_A_SRC])
		ipsecvif_nla_get_addr(tb[IPSECVIF_SA_A_SRC], &peer.src);
	if (tb[IPSECVIF_SA_A_DST])
		ipsecvif_nla_get_addr(tb[IPSECVIF_SA_A_DST], &peer.dst);
	err = ipsecvif_nl_sa_check_addrs(&peer.src, &peer.dst, sa->dir, nest, extack);
	if (!err)
		err = ipsecvif_nl_sa_encap(tb, nest, &peer.encap, &peer.sport, &peer.dport, extack);
	if (!err)
		err = ipsecvif_nl_sa_encap_check(sa->proto, peer.encap, nest, extack);
	if (!err)
		err = ipsecvif_nl_sa_limits(tb, nest, &limits, extack);
	if (!err)
		err = ipsecvif_sa_peer_set(sa, &peer, GFP_ATOMIC);
	if (!err)
		ipsecvif_sa_limits_set(sa, &limits);
	return err;
}

/**
 * ipsecvif_nl_sa_update() - IPSECVIF_CMD_SA_UPDATE
 * @skb: the request
 * @info: the request
 */
int ipsecvif_nl_sa_update(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *nest = info->attrs[IPSECVIF_A_SA];
	struct nlattr *tb[IPSECVIF_SA_A_MAX + 1];
	struct ipsecvif_net *inet;
	struct ipsecvif_dev *vif;
	struct ipsecvif_sa *sa;
	struct sa_name name;
	int err;

	if (!nest) {
		NL_SET_ERR_MSG(info->extack, "no SA is given");
		return -EINVAL;
	}
	err = parse_name(nest, &name, tb, info->extack);
	if (!err)
		err = update_check(tb, nest, info->extack);
	ipsecvif_nl_sa_wipe(info);
	if (err)
		return err;
	vif = ipsecvif_nl_dev_get(info);
	if (IS_ERR(vif))
		return PTR_ERR(vif);
	inet = ipsecvif_net(vif->net);
	/* Here DST is what the SA's is to become, not its name. */
	memset(&name.dst, 0, sizeof(name.dst));

	spin_lock_bh(&inet->lock);
	sa = name_find(vif, &name, info->extack);
	err = IS_ERR(sa) ? PTR_ERR(sa) : update_apply(sa, tb, nest, info->extack);
	spin_unlock_bh(&inet->lock);
	if (!err)
		ipsecvif_dev_paths_changed(vif);
	dev_put(vif->dev);
	return err;
}

static int del_named(struct ipsecvif_dev *vif, const struct sa_name *names, int n,
		     struct netlink_ext_ack *extack)
{
	struct ipsecvif_net *inet = ipsecvif_net(vif->net);
	struct ipsecvif_sa *sa[2];
	int i, err = 0;

	spin_lock_bh(&inet->lock);
	for (i = 0; i < n && !err; i++) {
		sa[i] = name_find(vif, &names[i], extack);
		err = PTR_ERR_OR_ZERO(sa[i]);
	}
	if (!err && n == 2 && sa[0] == sa[1])
		n = 1;
	for (i = 0; i < n && !err; i++) {
		if (!sa[i]->reserved)
			ipsecvif_event_sa(sa[i], false);
		ipsecvif_sa_unlink(sa[i]);
	}
	spin_unlock_bh(&inet->lock);
	return err;
}

/**
 * ipsecvif_nl_sa_del() - IPSECVIF_CMD_SA_DEL
 * @skb: the request
 * @info: the request
 */
int ipsecvif_nl_sa_del(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[IPSECVIF_SA_A_MAX + 1], *attr;
	struct ipsecvif_dev *vif;
	struct sa_name names[2];
	int rem, err, n = 0;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != IPSECVIF_A_SA)
			continue;
		if (n == ARRAY_SIZE(names)) {
			NL_SET_ERR_MSG(info->extack, "a request removes at most two SAs");
			return -E2BIG;
		}
		err = parse_name(attr, &names[n++], tb, info->extack);
		if (err)
			return err;
	}
	if (!n) {
		NL_SET_ERR_MSG(info->extack, "no SA is given");
		return -EINVAL;
	}
	vif = ipsecvif_nl_dev_get(info);
	if (IS_ERR(vif))
		return PTR_ERR(vif);
	err = del_named(vif, names, n, info->extack);
	ipsecvif_guard_flush(vif);
	dev_put(vif->dev);
	return err;
}

/**
 * ipsecvif_nl_sa_flush() - IPSECVIF_CMD_SA_FLUSH
 * @skb: the request
 * @info: the request
 */
int ipsecvif_nl_sa_flush(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[IPSECVIF_SA_A_MAX + 1] = {};
	struct ipsecvif_dev *vif;
	int dir = -1, err;

	if (info->attrs[IPSECVIF_A_SA]) {
		err = nla_parse_nested(tb, IPSECVIF_SA_A_MAX, info->attrs[IPSECVIF_A_SA],
				       ipsecvif_sa_policy, info->extack);
		if (err)
			return err;
		if (tb[IPSECVIF_SA_A_DIR])
			dir = nla_get_u8(tb[IPSECVIF_SA_A_DIR]);
	}
	vif = ipsecvif_nl_dev_get(info);
	if (IS_ERR(vif))
		return PTR_ERR(vif);
	ipsecvif_sa_flush(vif, dir);
	ipsecvif_guard_flush(vif);
	dev_put(vif->dev);
	return 0;
}
