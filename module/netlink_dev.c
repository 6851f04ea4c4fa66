// SPDX-License-Identifier: GPL-2.0-only
/* Requests about devices, drops, capabilities and sockets. */
#include <linux/rtnetlink.h>

#include "compat.h"
#include "crypt.h"
#include "net.h"
#include "netdev.h"
#include "netlink.h"
#include "udp.h"

static int caps_fill_alg(struct sk_buff *msg, const struct ipsecvif_alg *alg)
{
	struct nlattr *nest = nla_nest_start(msg, IPSECVIF_A_ALG);
	size_t i;

	if (!nest || nla_put_u8(msg, IPSECVIF_ALG_A_KIND, alg->kind) ||
	    nla_put_string(msg, IPSECVIF_ALG_A_NAME, alg->name) ||
	    (alg->salt && nla_put_u32(msg, IPSECVIF_ALG_A_SALT_BITS, alg->salt * 8)) ||
	    (alg->kind == IPSECVIF_ALG_AUTH && nla_put_flag(msg, IPSECVIF_ALG_A_AH)) ||
	    (alg->legacy && nla_put_flag(msg, IPSECVIF_ALG_A_LEGACY)))
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(alg->key_bits) && alg->key_bits[i]; i++)
		if (nla_put_u32(msg, IPSECVIF_ALG_A_KEY_BITS, alg->key_bits[i]))
			return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(alg->icv_bits) && alg->icv_bits[i]; i++)
		if (nla_put_u32(msg, IPSECVIF_ALG_A_ICV_BITS, alg->icv_bits[i]))
			return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/**
 * ipsecvif_nl_caps_get() - IPSECVIF_CMD_CAPS_GET
 * @skb: the request
 * @info: the request
 */
int ipsecvif_nl_caps_get(struct sk_buff *skb, struct genl_info *info)
{
	const struct ipsecvif_alg *alg;
	struct sk_buff *msg;
	void *hdr;

	msg = ipsecvif_nl_reply_new(info, &hdr);
	if (!msg)
		return -ENOMEM;
	for (alg = ipsecvif_alg_next(NULL); alg; alg = ipsecvif_alg_next(alg)) {
		if (ipsecvif_alg_usable(alg) && caps_fill_alg(msg, alg)) {
			nlmsg_free(msg);
			return -EMSGSIZE;
		}
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

static int dev_fill_netns(struct sk_buff *msg, struct ipsecvif_dev *vif)
{
	struct net *net = dev_net(vif->dev);

	if (net_eq(net, vif->net))
		return 0;
	return nla_put_s32(msg, IPSECVIF_DEV_A_UNDERLAY_NETNSID, peernet2id(net, vif->net));
}

static int dev_fill(struct sk_buff *msg, struct ipsecvif_dev *vif)
{
	struct ipsecvif_net *inet = ipsecvif_net(vif->net);
	struct net_device *dev = vif->dev;
	struct ipsecvif_addr local, remote;

	spin_lock_bh(&inet->lock);
	local = vif->local;
	remote = vif->remote;
	spin_unlock_bh(&inet->lock);
	if (nla_put_u32(msg, IPSECVIF_DEV_A_IFINDEX, dev->ifindex) ||
	    nla_put_string(msg, IPSECVIF_DEV_A_IFNAME, dev->name) ||
	    ipsecvif_nla_put_addr(msg, IPSECVIF_DEV_A_LOCAL, &local) ||
	    ipsecvif_nla_put_addr(msg, IPSECVIF_DEV_A_REMOTE, &remote) ||
	    nla_put_u32(msg, IPSECVIF_DEV_A_FWMARK, vif->fwmark) ||
	    nla_put_u32(msg, IPSECVIF_DEV_A_UNDERLAY, vif->link) ||
	    nla_put_u8(msg, IPSECVIF_DEV_A_DF, vif->df) ||
	    nla_put_u8(msg, IPSECVIF_DEV_A_TTL, vif->ttl) ||
	    nla_put_u8(msg, IPSECVIF_DEV_A_DSCP, vif->dscp) ||
	    nla_put_u8(msg, IPSECVIF_DEV_A_FLOW_LABEL, vif->flow_label) ||
	    nla_put_u8(msg, IPSECVIF_DEV_A_UDP_CSUM, vif->udp_csum) ||
	    nla_put_u8(msg, IPSECVIF_DEV_A_CARRIER, netif_carrier_ok(dev)) ||
	    nla_put_u32(msg, IPSECVIF_DEV_A_MTU, READ_ONCE(dev->mtu)) ||
	    nla_put_u8(msg, IPSECVIF_DEV_A_MTU_AUTO, READ_ONCE(vif->mtu_auto)) ||
	    nla_put_u32(msg, IPSECVIF_DEV_A_SA_COUNT, READ_ONCE(vif->sa_count)) ||
	    nla_put_u32(msg, IPSECVIF_DEV_A_SELECTOR_COUNT, READ_ONCE(vif->selector_count)) ||
	    nla_put_u32(msg, IPSECVIF_DEV_A_HOLD, READ_ONCE(vif->holds.limit)) ||
	    nla_put_u8(msg, IPSECVIF_DEV_A_STRICT, READ_ONCE(vif->strict.on)))
		return -EMSGSIZE;
	return dev_fill_netns(msg, vif);
}

/**
 * ipsecvif_nl_dev_fill() - put an IPSECVIF_A_DEV into a message
 * @msg: the message
 * @vif: the device
 *
 * Return: 0 or -EMSGSIZE.
 */
int ipsecvif_nl_dev_fill(struct sk_buff *msg, struct ipsecvif_dev *vif)
{
	struct nlattr *nest = nla_nest_start(msg, IPSECVIF_A_DEV);

	if (!nest || dev_fill(msg, vif))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/**
 * ipsecvif_nl_dev_get_doit() - IPSECVIF_CMD_DEV_GET, one device
 * @skb: the request
 * @info: the request
 */
int ipsecvif_nl_dev_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ipsecvif_dev *vif = ipsecvif_nl_dev_get(info);
	struct sk_buff *msg;
	int err = -EMSGSIZE;
	void *hdr;

	if (IS_ERR(vif))
		return PTR_ERR(vif);
	msg = ipsecvif_nl_reply_new(info, &hdr);
	if (!msg) {
		err = -ENOMEM;
	} else if (ipsecvif_nl_dev_fill(msg, vif)) {
		nlmsg_free(msg);
	} else {
		genlmsg_end(msg, hdr);
		err = genlmsg_reply(msg, info);
	}
	dev_put(vif->dev);
	return err;
}

static int dev_dump_one(struct sk_buff *msg, struct netlink_callback *cb, struct ipsecvif_dev *vif)
{
	void *hdr = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&ipsecvif_family, NLM_F_MULTI, IPSECVIF_CMD_DEV_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (ipsecvif_nl_dev_fill(msg, vif)) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

/**
 * ipsecvif_nl_dev_get_dumpit() - IPSECVIF_CMD_DEV_GET, all of the namespace
 * @msg: the reply
 * @cb: where it stands: args[0] devices were told
 */
int ipsecvif_nl_dev_get_dumpit(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct net *net = sock_net(msg->sk);
	struct net_device *dev;
	long n = 0;

	rcu_read_lock();
	for_each_netdev_rcu(net, dev) {
		if (!ipsecvif_dev_is(dev) || n++ < cb->args[0])
			continue;
		if (dev_dump_one(msg, cb, netdev_priv(dev)))
			break;
		cb->args[0] = n;
	}
	rcu_read_unlock();
	return msg->len;
}

static int dev_check_addr(struct nlattr *attr, struct netlink_ext_ack *extack)
{
	struct ipsecvif_addr addr;

	if (!attr)
		return 0;
	ipsecvif_nla_get_addr(attr, &addr);
	if (ipsecvif_addr_multicast(&addr)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "an outer address must be unicast");
		return -EINVAL;
	}
	return 0;
}

static int dev_check_underlay(struct ipsecvif_dev *vif, struct nlattr *attr,
			      struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	bool self;

	if (!attr || !nla_get_u32(attr))
		return 0;
	dev = dev_get_by_index(vif->net, nla_get_u32(attr));
	if (!dev) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "no such device in the underlay namespace");
		return -ENODEV;
	}
	self = dev == vif->dev;
	dev_put(dev);
	if (!self)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "the device can't be its own underlay");
	return -ELOOP;
}

/* The last of what may fail. */
static int dev_set_strict(struct ipsecvif_dev *vif, const struct nlattr *attr,
			  struct netlink_ext_ack *extack)
{
	int err;

	if (!attr)
		return 0;
	rtnl_lock();
	err = ipsecvif_strict_set(vif, nla_get_u8(attr));
	rtnl_unlock();
	if (err)
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "no memory for the hooks, or the device is going");
	return err;
}

static void dev_set_addr(struct ipsecvif_addr *addr, const struct nlattr *attr)
{
	if (!attr)
		return;
	ipsecvif_nla_get_addr(attr, addr);
	if (ipsecvif_addr_any(addr))
		memset(addr, 0, sizeof(*addr));
}

static void dev_apply(struct ipsecvif_dev *vif, struct nlattr **tb)
{
	struct ipsecvif_net *inet = ipsecvif_net(vif->net);

	spin_lock_bh(&inet->lock);
	dev_set_addr(&vif->local, tb[IPSECVIF_DEV_A_LOCAL]);
	dev_set_addr(&vif->remote, tb[IPSECVIF_DEV_A_REMOTE]);
	spin_unlock_bh(&inet->lock);
	if (tb[IPSECVIF_DEV_A_FWMARK])
		WRITE_ONCE(vif->fwmark, nla_get_u32(tb[IPSECVIF_DEV_A_FWMARK]));
	if (tb[IPSECVIF_DEV_A_UNDERLAY])
		WRITE_ONCE(vif->link, nla_get_u32(tb[IPSECVIF_DEV_A_UNDERLAY]));
	if (tb[IPSECVIF_DEV_A_DF])
		WRITE_ONCE(vif->df, nla_get_u8(tb[IPSECVIF_DEV_A_DF]));
	if (tb[IPSECVIF_DEV_A_TTL])
		WRITE_ONCE(vif->ttl, nla_get_u8(tb[IPSECVIF_DEV_A_TTL]));
	if (tb[IPSECVIF_DEV_A_DSCP])
		WRITE_ONCE(vif->dscp, nla_get_u8(tb[IPSECVIF_DEV_A_DSCP]));
	if (tb[IPSECVIF_DEV_A_FLOW_LABEL])
		WRITE_ONCE(vif->flow_label, nla_get_u8(tb[IPSECVIF_DEV_A_FLOW_LABEL]));
	if (tb[IPSECVIF_DEV_A_UDP_CSUM])
		WRITE_ONCE(vif->udp_csum, nla_get_u8(tb[IPSECVIF_DEV_A_UDP_CSUM]));
	if (tb[IPSECVIF_DEV_A_HOLD])
		ipsecvif_holds_set(vif, nla_get_u32(tb[IPSECVIF_DEV_A_HOLD]));
	if (tb[IPSECVIF_DEV_A_MTU_AUTO]) {
		rtnl_lock();
		vif->mtu_auto = true;
		rtnl_unlock();
	}
	if (tb[IPSECVIF_DEV_A_FWMARK] || tb[IPSECVIF_DEV_A_UNDERLAY])
		ipsecvif_dev_routes_reset(vif);
	ipsecvif_dev_paths_changed(vif);
}

/**
 * ipsecvif_nl_dev_set() - IPSECVIF_CMD_DEV_SET
 * @skb: the request
 * @info: the request
 */
int ipsecvif_nl_dev_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[IPSECVIF_DEV_A_MAX + 1];
	struct ipsecvif_dev *vif;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, IPSECVIF_A_DEV)) {
		NL_SET_ERR_MSG(info->extack, "nothing to set: the DEV attribute is missing");
		return -EINVAL;
	}
	err = nla_parse_nested(tb, IPSECVIF_DEV_A_MAX, info->attrs[IPSECVIF_A_DEV],
			       ipsecvif_dev_policy, info->extack);
	if (err)
		return err;
	vif = ipsecvif_nl_dev_get(info);
	if (IS_ERR(vif))
		return PTR_ERR(vif);
	err = dev_check_addr(tb[IPSECVIF_DEV_A_LOCAL], info->extack);
	if (!err)
		err = dev_check_addr(tb[IPSECVIF_DEV_A_REMOTE], info->extack);
	if (!err)
		err = dev_check_underlay(vif, tb[IPSECVIF_DEV_A_UNDERLAY], info->extack);
	if (!err)
		err = dev_set_strict(vif, tb[IPSECVIF_DEV_A_STRICT], info->extack);
	if (!err)
		dev_apply(vif, tb);
	dev_put(vif->dev);
	return err;
}

static int drops_fill(struct sk_buff *msg, struct ipsecvif_drops __percpu *drops)
{
	struct nlattr *nest;
	int reason;

	for (reason = 0; reason <= IPSECVIF_DROP_MAX; reason++) {
		nest = nla_nest_start(msg, IPSECVIF_A_DROP);
		if (!nest || nla_put_u32(msg, IPSECVIF_DROP_A_REASON, reason) ||
		    nla_put_string(msg, IPSECVIF_DROP_A_NAME, ipsecvif_drop_name(reason)) ||
		    nla_put_u64_64bit(msg, IPSECVIF_DROP_A_COUNT,
				      ipsecvif_drops_read(drops, reason), IPSECVIF_DROP_A_PAD))
			return -EMSGSIZE;
		nla_nest_end(msg, nest);
	}
	return 0;
}

static int drops_dump_one(struct sk_buff *msg, struct netlink_callback *cb, struct net_device *dev,
			  struct ipsecvif_drops __percpu *drops)
{
	void *hdr = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&ipsecvif_family, NLM_F_MULTI, IPSECVIF_CMD_DROPS_GET);

	if (!hdr)
		return -EMSGSIZE;
	if ((dev && (nla_put_u32(msg, IPSECVIF_A_IFINDEX, dev->ifindex) ||
		     nla_put_string(msg, IPSECVIF_A_IFNAME, dev->name))) ||
	    drops_fill(msg, drops)) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

/* The device that a dump is confined to, NULL for all; referenced. */
static struct ipsecvif_dev *dump_device(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct nlattr **attrs = compat_genl_dump_attrs(cb);

	if (!attrs[IPSECVIF_A_IFINDEX] && !attrs[IPSECVIF_A_IFNAME])
		return NULL;
	return ipsecvif_nl_dev_find(sock_net(msg->sk), attrs, cb->extack);
}

static void drops_dump_all(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct net *net = sock_net(msg->sk);
	struct net_device *dev;
	long n = 0;

	for_each_netdev_rcu(net, dev) {
		struct ipsecvif_dev *vif = netdev_priv(dev);

		if (!ipsecvif_dev_is(dev) || n++ < cb->args[0])
			continue;
		if (drops_dump_one(msg, cb, dev, vif->drops))
			return;
		cb->args[0] = n;
	}
	if (!drops_dump_one(msg, cb, NULL, ipsecvif_net(net)->drops))
		cb->args[1] = 1;
}

/**
 * ipsecvif_nl_drops_dumpit() - IPSECVIF_CMD_DROPS_GET
 * @msg: the reply
 * @cb: where it stands: args[0] devices were told, args[1] that was all
 */
int ipsecvif_nl_drops_dumpit(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct ipsecvif_dev *vif;

	if (cb->args[1])
		return 0;
	vif = dump_device(msg, cb);
	if (IS_ERR(vif))
		return PTR_ERR(vif);
	if (vif) {
		if (!drops_dump_one(msg, cb, vif->dev, vif->drops))
			cb->args[1] = 1;
		dev_put(vif->dev);
		return msg->len;
	}
	rcu_read_lock();
	drops_dump_all(msg, cb);
	rcu_read_unlock();
	return msg->len;
}

/**
 * ipsecvif_nl_sock_attach() - IPSECVIF_CMD_SOCK_ATTACH
 * @skb: the request
 * @info: the request
 */
int ipsecvif_nl_sock_attach(struct sk_buff *skb, struct genl_info *info)
{
	if (GENL_REQ_ATTR_CHECK(info, IPSECVIF_A_SOCK_FD)) {
		NL_SET_ERR_MSG(info->extack, "the file descriptor of the socket is missing");
		return -EINVAL;
	}
	return ipsecvif_udp_attach(genl_info_net(info),
				   nla_get_s32(info->attrs[IPSECVIF_A_SOCK_FD]), info->extack);
}

/**
 * ipsecvif_nl_sock_detach() - IPSECVIF_CMD_SOCK_DETACH
 * @skb: the request
 * @info: the request
 */
int ipsecvif_nl_sock_detach(struct sk_buff *skb, struct genl_info *info)
{
	if (GENL_REQ_ATTR_CHECK(info, IPSECVIF_A_SOCK_FD)) {
		NL_SET_ERR_MSG(info->extack, "the file descriptor of the socket is missing");
		return -EINVAL;
	}
	return ipsecvif_udp_detach(genl_info_net(info),
				   nla_get_s32(info->attrs[IPSECVIF_A_SOCK_FD]), info->extack);
}
