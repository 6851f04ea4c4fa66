// SPDX-License-Identifier: GPL-2.0-only
/* Requests about traffic selectors. */
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "compat.h"
#include "net.h"
#include "netdev.h"
#include "netlink.h"
#include "sa.h"
#include "selector.h"

static bool prefix_is_clean(const struct ipsecvif_addr *addr, u8 prefix)
{
	struct in6_addr net;

	if (addr->family == AF_INET)
		return !prefix ? !addr->v4 : !(addr->v4 & ~htonl(~0U << (32 - prefix)));
	ipv6_addr_prefix(&net, &addr->v6, prefix);
	return ipv6_addr_equal(&net, &addr->v6);
}

static int ts_parse_addrs(struct nlattr **tb, const struct nlattr *nest, struct ipsecvif_ts *ts,
			  struct netlink_ext_ack *extack)
{
	if (!tb[IPSECVIF_SEL_A_SRC] || !tb[IPSECVIF_SEL_A_SRC_PREFIX] || !tb[IPSECVIF_SEL_A_DST] ||
	    !tb[IPSECVIF_SEL_A_DST_PREFIX])
		return ipsecvif_nl_refuse(extack, nest,
					  "a selector needs src and dst with prefix lengths");
	ipsecvif_nla_get_addr(tb[IPSECVIF_SEL_A_SRC], &ts->src);
	ipsecvif_nla_get_addr(tb[IPSECVIF_SEL_A_DST], &ts->dst);
	ts->src_prefix = nla_get_u8(tb[IPSECVIF_SEL_A_SRC_PREFIX]);
	ts->dst_prefix = nla_get_u8(tb[IPSECVIF_SEL_A_DST_PREFIX]);
	if (ts->src.family != ts->dst.family)
		return ipsecvif_nl_refuse(extack, nest,
					  "a selector's src and dst are of different families");
	if (ts->src_prefix > ipsecvif_addr_bits(ts->src.family) ||
	    ts->dst_prefix > ipsecvif_addr_bits(ts->dst.family))
		return ipsecvif_nl_refuse(extack, nest,
					  "a selector's prefix is longer than its address");
	if (!prefix_is_clean(&ts->src, ts->src_prefix) ||
	    !prefix_is_clean(&ts->dst, ts->dst_prefix))
		return ipsecvif_nl_refuse(extack, nest,
					  "a selector's address has bits beyond its prefix");
	return 0;
}

static void ts_parse_port(const struct nlattr *min, const struct nlattr *max, u16 *lo, u16 *hi)
{
	*lo = 0;
	*hi = U16_MAX;
	if (min) {
		*lo = ntohs(nla_get_be16(min));
		*hi = max ? ntohs(nla_get_be16(max)) : *lo;
	}
}

static int ts_parse_upper(struct nlattr **tb, const struct nlattr *nest, struct ipsecvif_ts *ts,
			  struct netlink_ext_ack *extack)
{
	bool ports = tb[IPSECVIF_SEL_A_SPORT_MIN] || tb[IPSECVIF_SEL_A_DPORT_MIN];

	if ((tb[IPSECVIF_SEL_A_SPORT_MAX] && !tb[IPSECVIF_SEL_A_SPORT_MIN]) ||
	    (tb[IPSECVIF_SEL_A_DPORT_MAX] && !tb[IPSECVIF_SEL_A_DPORT_MIN]))
		return ipsecvif_nl_refuse(extack, nest,
					  "a selector's port range lacks its lower end");
	if (tb[IPSECVIF_SEL_A_PROTO])
		ts->proto = nla_get_u8(tb[IPSECVIF_SEL_A_PROTO]);
	ts_parse_port(tb[IPSECVIF_SEL_A_SPORT_MIN], tb[IPSECVIF_SEL_A_SPORT_MAX], &ts->sport_min,
		      &ts->sport_max);
	ts_parse_port(tb[IPSECVIF_SEL_A_DPORT_MIN], tb[IPSECVIF_SEL_A_DPORT_MAX], &ts->dport_min,
		      &ts->dport_max);
	if (ts->sport_min > ts->sport_max || ts->dport_min > ts->dport_max)
		return ipsecvif_nl_refuse(extack, nest,
					  "a selector's port range ends before it begins");
	if (ports && !ipsecvif_proto_has_ports(ts->proto))
		return ipsecvif_nl_refuse(extack, nest,
					  "ports need a protocol that has them, as TCP or UDP");
	return 0;
}

/**
 * ipsecvif_nl_ts_parse() - read a selector
 * @nest: IPSECVIF_A_SELECTOR
 * @ts: gets it
 * @spi: gets the SPI that it is to be bound to, 0 if none
 * @extack: gets a sentence with an error
 *
 * Return: 0 or -EINVAL.
 */
int ipsecvif_nl_ts_parse(const struct nlattr *nest, struct ipsecvif_ts *ts, __be32 *spi,
			 struct netlink_ext_ack *extack)
{
	struct nlattr *tb[IPSECVIF_SEL_A_MAX + 1];
	int err;

	memset(ts, 0, sizeof(*ts));
	*spi = 0;
	err = nla_parse_nested(tb, IPSECVIF_SEL_A_MAX, nest, ipsecvif_selector_policy, extack);
	if (!err)
		err = ts_parse_addrs(tb, nest, ts, extack);
	if (!err)
		err = ts_parse_upper(tb, nest, ts, extack);
	if (!err && tb[IPSECVIF_SEL_A_SPI])
		*spi = nla_get_be32(tb[IPSECVIF_SEL_A_SPI]);
	return err;
}

/**
 * ipsecvif_nl_ts_fill() - write a selector's attributes, without a nest
 * @msg: the message
 * @ts: the selector
 *
 * Return: 0 or -EMSGSIZE.
 */
int ipsecvif_nl_ts_fill(struct sk_buff *msg, const struct ipsecvif_ts *ts)
{
	if (ipsecvif_nla_put_addr(msg, IPSECVIF_SEL_A_SRC, &ts->src) ||
	    nla_put_u8(msg, IPSECVIF_SEL_A_SRC_PREFIX, ts->src_prefix) ||
	    ipsecvif_nla_put_addr(msg, IPSECVIF_SEL_A_DST, &ts->dst) ||
	    nla_put_u8(msg, IPSECVIF_SEL_A_DST_PREFIX, ts->dst_prefix) ||
	    (ts->proto && nla_put_u8(msg, IPSECVIF_SEL_A_PROTO, ts->proto)))
		return -EMSGSIZE;
	if ((ts->sport_min || ts->sport_max != U16_MAX) &&
	    (nla_put_be16(msg, IPSECVIF_SEL_A_SPORT_MIN, htons(ts->sport_min)) ||
	     nla_put_be16(msg, IPSECVIF_SEL_A_SPORT_MAX, htons(ts->sport_max))))
		return -EMSGSIZE;
	if ((ts->dport_min || ts->dport_max != U16_MAX) &&
	    (nla_put_be16(msg, IPSECVIF_SEL_A_DPORT_MIN, htons(ts->dport_min)) ||
	     nla_put_be16(msg, IPSECVIF_SEL_A_DPORT_MAX, htons(ts->dport_max))))
		return -EMSGSIZE;
	return 0;
}

/* One IPSECVIF_A_SELECTOR of a request, prepared. */
struct selector_request {
	struct list_head list;
	struct ipsecvif_ts ts;
	__be32 spi;
	struct ipsecvif_selector *sel; /* NULL once it is the device's */
	struct ipsecvif_binding *binding;
};

static void requests_free(struct list_head *requests)
{
	struct selector_request *r, *next;

	list_for_each_entry_safe(r, next, requests, list) {
		kfree(r->sel);
		kfree(r->binding);
		kfree(r);
	}
}

static int request_prepare(const struct nlattr *attr, struct list_head *requests,
			   struct netlink_ext_ack *extack)
{
	struct selector_request *r = kzalloc(sizeof(*r), GFP_KERNEL);
	int err;

	if (!r)
		return -ENOMEM;
	list_add_tail(&r->list, requests);
	err = ipsecvif_nl_ts_parse(attr, &r->ts, &r->spi, extack);
	if (err)
		return err;
	r->sel = ipsecvif_selector_new(&r->ts);
	r->binding = kzalloc(sizeof(*r->binding), GFP_KERNEL_ACCOUNT);
	return r->sel && r->binding ? 0 : -ENOMEM;
}

static int requests_prepare(struct genl_info *info, struct list_head *requests)
{
	struct nlattr *attr;
	int rem, err, n = 0;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != IPSECVIF_A_SELECTOR)
			continue;
		if (++n > IPSECVIF_SELECTORS_PER_REQUEST) {
			NL_SET_ERR_MSG(info->extack, "more than 256 selectors in a request");
			return -E2BIG;
		}
		err = request_prepare(attr, requests, info->extack);
		if (err)
			return err;
	}
	if (!n) {
		NL_SET_ERR_MSG(info->extack, "no selector is given");
		return -EINVAL;
	}
	return 0;
}

/* The SA that a selector names: an outbound one, else an inbound one. */
static struct ipsecvif_sa *request_sa(struct ipsecvif_dev *vif, __be32 spi)
{
	const struct ipsecvif_addr any = {};
	struct ipsecvif_sa *sa;
	bool ambiguous;

	sa = ipsecvif_sa_find(vif, IPSECVIF_DIR_OUT, spi, &any, &ambiguous);
	if (!sa && !ambiguous)
		sa = ipsecvif_sa_find(vif, IPSECVIF_DIR_IN, spi, &any, &ambiguous);
	return sa && ipsecvif_sa_usable(sa) ? sa : NULL;
}

static int requests_check_add(struct ipsecvif_dev *vif, struct list_head *requests,
			      struct netlink_ext_ack *extack)
{
	const struct selector_request *r;

	if (vif->dying) {
		NL_SET_ERR_MSG(extack, "the device is being removed");
		return -ENODEV;
	}
	list_for_each_entry(r, requests, list) {
		const struct ipsecvif_selector *sel = ipsecvif_selector_find(vif, &r->ts);

		if (r->spi && !request_sa(vif, r->spi)) {
			NL_SET_ERR_MSG(extack,
				       "the device has no SA with the selector's SPI, or several");
			return -ENOENT;
		}
		if (sel && !r->spi) {
			NL_SET_ERR_MSG(extack, "the device has this selector already");
			return -EEXIST;
		}
	}
	return 0;
}

static void request_add(struct ipsecvif_dev *vif, struct selector_request *r)
{
	struct ipsecvif_selector *sel = ipsecvif_selector_find(vif, &r->ts);

	if (!sel) {
		sel = r->sel;
		r->sel = NULL;
		ipsecvif_selector_link(vif, sel);
	}
	sel->automatic = false;
	if (r->spi) {
		ipsecvif_selector_bind(sel, request_sa(vif, r->spi), r->binding);
		r->binding = NULL;
	}
}

/**
 * ipsecvif_nl_selector_add() - IPSECVIF_CMD_SELECTOR_ADD
 * @skb: the request
 * @info: the request
 */
int ipsecvif_nl_selector_add(struct sk_buff *skb, struct genl_info *info)
{
	struct selector_request *r;
	struct ipsecvif_net *inet;
	struct ipsecvif_dev *vif;
	LIST_HEAD(requests);
	int err;

	vif = ipsecvif_nl_dev_get(info);
	if (IS_ERR(vif))
		return PTR_ERR(vif);
	inet = ipsecvif_net(vif->net);
	err = requests_prepare(info, &requests);
	if (err)
		goto out;
	spin_lock_bh(&inet->lock);
	err = requests_check_add(vif, &requests, info->extack);
	if (!err) {
		list_for_each_entry(r, &requests, list)
			request_add(vif, r);
		ipsecvif_dev_update(vif);
	}
	spin_unlock_bh(&inet->lock);
out:
	requests_free(&requests);
	dev_put(vif->dev);
	return err;
}

/**
 * ipsecvif_nl_selector_del() - IPSECVIF_CMD_SELECTOR_DEL
 * @skb: the request
 * @info: the request
 */
int ipsecvif_nl_selector_del(struct sk_buff *skb, struct genl_info *info)
{
	struct ipsecvif_selector *sel;
	struct selector_request *r;
	struct ipsecvif_net *inet;
	struct ipsecvif_dev *vif;
	LIST_HEAD(requests);
	int err;

	vif = ipsecvif_nl_dev_get(info);
	if (IS_ERR(vif))
		return PTR_ERR(vif);
	inet = ipsecvif_net(vif->net);
	err = requests_prepare(info, &requests);
	if (err)
		goto out;
	spin_lock_bh(&inet->lock);
	list_for_each_entry(r, &requests, list)
		if (!ipsecvif_selector_find(vif, &r->ts)) {
			NL_SET_ERR_MSG(info->extack, "the device has no such selector");
			err = -ENOENT;
		}
	if (!err)
		list_for_each_entry(r, &requests, list) {
			sel = ipsecvif_selector_find(vif, &r->ts);
			if (sel) /* named twice */
				ipsecvif_selector_unlink(vif, sel);
		}
	spin_unlock_bh(&inet->lock);
out:
	requests_free(&requests);
	dev_put(vif->dev);
	return err;
}

/**
 * ipsecvif_nl_selector_flush() - IPSECVIF_CMD_SELECTOR_FLUSH
 * @skb: the request
 * @info: the request
 */
int ipsecvif_nl_selector_flush(struct sk_buff *skb, struct genl_info *info)
{
	struct ipsecvif_dev *vif = ipsecvif_nl_dev_get(info);
	struct ipsecvif_net *inet;

	if (IS_ERR(vif))
		return PTR_ERR(vif);
	inet = ipsecvif_net(vif->net);
	spin_lock_bh(&inet->lock);
	ipsecvif_selector_flush(vif);
	spin_unlock_bh(&inet->lock);
	dev_put(vif->dev);
	return 0;
}

static int selector_fill(struct sk_buff *msg, struct ipsecvif_selector *sel)
{
	const struct ipsecvif_sa *out = rcu_dereference(sel->out);
	struct nlattr *nest = nla_nest_start(msg, IPSECVIF_A_SELECTOR);

	if (!nest || ipsecvif_nl_ts_fill(msg, &sel->ts) ||
	    (out && nla_put_be32(msg, IPSECVIF_SEL_A_SPI, out->spi)) ||
	    (sel->automatic && nla_put_flag(msg, IPSECVIF_SEL_A_AUTO)) ||
	    nla_put_u64_64bit(msg, IPSECVIF_SEL_A_PACKETS, atomic64_read(&sel->packets),
			      IPSECVIF_SEL_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int selector_dump_one(struct sk_buff *msg, struct netlink_callback *cb,
			     struct ipsecvif_dev *vif, struct ipsecvif_selector *sel)
{
	void *hdr = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&ipsecvif_family, NLM_F_MULTI, IPSECVIF_CMD_SELECTOR_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_u32(msg, IPSECVIF_A_IFINDEX, vif->dev->ifindex) || selector_fill(msg, sel)) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

/**
 * ipsecvif_nl_selector_dumpit() - IPSECVIF_CMD_SELECTOR_GET
 * @msg: the reply
 * @cb: where it stands: args[0] selectors were told
 */
int ipsecvif_nl_selector_dumpit(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct ipsecvif_dev *vif =
		ipsecvif_nl_dev_find(sock_net(msg->sk), compat_genl_dump_attrs(cb), cb->extack);
	struct ipsecvif_selector *sel;
	long n = 0;

	if (IS_ERR(vif))
		return PTR_ERR(vif);
	rcu_read_lock();
	list_for_each_entry_rcu(sel, &vif->selectors, on_dev) {
		if (n++ < cb->args[0])
			continue;
		if (selector_dump_one(msg, cb, vif, sel))
			break;
		cb->args[0] = n;
	}
	rcu_read_unlock();
	dev_put(vif->dev);
	return msg->len;
}
