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
	struct ipsecvif_addr net;

	ipsecvif_addr_prefix(&net, addr, prefix);
	return ipsecvif_addr_equal(&net, addr);
}

static int range_parse_prefix(const struct nlattr *attr, const struct ipsecvif_addr *addr,
			      struct ipsecvif_range *range, struct netlink_ext_ack *extack)
{
	u8 prefix = nla_get_u8(attr);

	if (prefix > ipsecvif_addr_bits(addr->family))
		return ipsecvif_nl_refuse(extack, attr,
					  "a selector's prefix is longer than its address");
	if (!prefix_is_clean(addr, prefix))
		return ipsecvif_nl_refuse(extack, attr,
					  "a selector's address has bits beyond its prefix");
	ipsecvif_range_set_prefix(range, addr, prefix);
	return 0;
}

static int range_parse_max(const struct nlattr *attr, const struct ipsecvif_addr *addr,
			   struct ipsecvif_range *range, struct netlink_ext_ack *extack)
{
	range->min = *addr;
	ipsecvif_nla_get_addr(attr, &range->max);
	if (range->min.family != range->max.family)
		return ipsecvif_nl_refuse(extack, attr,
					  "a selector's range is of different families");
	if (ipsecvif_addr_cmp(&range->min, &range->max) > 0)
		return ipsecvif_nl_refuse(extack, attr, "a selector's range ends before it begins");
	return 0;
}

/* One side: an address with the prefix that it is of, or the range that it begins. */
static int range_parse(struct nlattr **tb, const struct nlattr *nest, int type, int prefix, int max,
		       struct ipsecvif_range *range, struct netlink_ext_ack *extack)
{
	struct ipsecvif_addr addr;

	if (!tb[type] || (!tb[prefix] && !tb[max]))
		return ipsecvif_nl_refuse(extack, nest,
					  "a selector needs src and dst with prefix lengths");
	if (tb[prefix] && tb[max])
		return ipsecvif_nl_refuse(
			extack, tb[max],
			"a selector's address has a prefix length or a range's end");
	ipsecvif_nla_get_addr(tb[type], &addr);
	return tb[prefix] ? range_parse_prefix(tb[prefix], &addr, range, extack) :
			    range_parse_max(tb[max], &addr, range, extack);
}

static int ts_parse_addrs(struct nlattr **tb, const struct nlattr *nest, struct ipsecvif_ts *ts,
			  struct netlink_ext_ack *extack)
{
	int err = range_parse(tb, nest, IPSECVIF_SEL_A_SRC, IPSECVIF_SEL_A_SRC_PREFIX,
			      IPSECVIF_SEL_A_SRC_MAX, &ts->src, extack);

	if (!err)
		err = range_parse(tb, nest, IPSECVIF_SEL_A_DST, IPSECVIF_SEL_A_DST_PREFIX,
				  IPSECVIF_SEL_A_DST_MAX, &ts->dst, extack);
	if (!err && ts->src.min.family != ts->dst.min.family)
		err = ipsecvif_nl_refuse(extack, nest,
					 "a selector's src and dst are of different families");
	return err;
}

/* A span's ends, in host byte order already. */
static int span_check(const struct nlattr *min, const struct nlattr *max, const char *what,
		      const struct ipsecvif_span *span, struct netlink_ext_ack *extack)
{
	return max && (!min || span->min > span->max) ? ipsecvif_nl_refuse(extack, max, what) : 0;
}

static int span_parse_ports(const struct nlattr *min, const struct nlattr *max,
			    struct ipsecvif_span *span, struct netlink_ext_ack *extack)
{
	span->min = min ? ntohs(nla_get_be16(min)) : 0;
	span->max = max ? ntohs(nla_get_be16(max)) : min ? span->min : U16_MAX;
	return span_check(min, max, "a selector's port range lacks its begin, or ends before it",
			  span, extack);
}

static int span_parse_u8(const struct nlattr *min, const struct nlattr *max,
			 struct ipsecvif_span *span, struct netlink_ext_ack *extack)
{
	span->min = min ? nla_get_u8(min) : 0;
	span->max = max ? nla_get_u8(max) : min ? span->min : U16_MAX;
	return span_check(min, max, "a selector's ICMP range lacks its begin, or ends before it",
			  span, extack);
}

static int ts_parse_icmp(struct nlattr **tb, struct ipsecvif_ts *ts, struct netlink_ext_ack *extack)
{
	const struct nlattr *type = tb[IPSECVIF_SEL_A_ICMP_TYPE_MIN];
	const struct nlattr *code = tb[IPSECVIF_SEL_A_ICMP_CODE_MIN];
	int err;

	if (code && !type)
		return ipsecvif_nl_refuse(extack, code, "an ICMP code needs a type");
	err = span_parse_u8(type, tb[IPSECVIF_SEL_A_ICMP_TYPE_MAX], &ts->sport, extack);
	if (!err)
		err = span_parse_u8(code, tb[IPSECVIF_SEL_A_ICMP_CODE_MAX], &ts->dport, extack);
	return err;
}

static int ts_parse_ports(struct nlattr **tb, struct ipsecvif_ts *ts,
			  struct netlink_ext_ack *extack)
{
	int err = span_parse_ports(tb[IPSECVIF_SEL_A_SPORT_MIN], tb[IPSECVIF_SEL_A_SPORT_MAX],
				   &ts->sport, extack);

	if (!err)
		err = span_parse_ports(tb[IPSECVIF_SEL_A_DPORT_MIN], tb[IPSECVIF_SEL_A_DPORT_MAX],
				       &ts->dport, extack);
	return err;
}

static int ts_parse_upper(struct nlattr **tb, const struct nlattr *nest, struct ipsecvif_ts *ts,
			  struct netlink_ext_ack *extack)
{
	u8 icmp = ts->src.min.family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	bool ports = tb[IPSECVIF_SEL_A_SPORT_MIN] || tb[IPSECVIF_SEL_A_SPORT_MAX] ||
		     tb[IPSECVIF_SEL_A_DPORT_MIN] || tb[IPSECVIF_SEL_A_DPORT_MAX];
	bool types = tb[IPSECVIF_SEL_A_ICMP_TYPE_MIN] || tb[IPSECVIF_SEL_A_ICMP_TYPE_MAX] ||
		     tb[IPSECVIF_SEL_A_ICMP_CODE_MIN] || tb[IPSECVIF_SEL_A_ICMP_CODE_MAX];

	if (tb[IPSECVIF_SEL_A_PROTO])
		ts->proto = nla_get_u8(tb[IPSECVIF_SEL_A_PROTO]);
	if (ports && !ipsecvif_proto_has_ports(ts->proto))
		return ipsecvif_nl_refuse(extack, nest,
					  "ports need a protocol that has them, as TCP or UDP");
	if (types && ts->proto != icmp)
		return ipsecvif_nl_refuse(extack, nest,
					  "a type needs ICMP with IPv4, or ICMPv6 with IPv6");
	return types ? ts_parse_icmp(tb, ts, extack) : ts_parse_ports(tb, ts, extack);
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

static int range_fill(struct sk_buff *msg, int type, int prefix, int max,
		      const struct ipsecvif_range *range)
{
	int bits = ipsecvif_range_prefix(range);

	if (ipsecvif_nla_put_addr(msg, type, &range->min))
		return -EMSGSIZE;
	return bits < 0 ? ipsecvif_nla_put_addr(msg, max, &range->max) :
			  nla_put_u8(msg, prefix, bits);
}

static int span_fill_ports(struct sk_buff *msg, int min, int max, const struct ipsecvif_span *span)
{
	if (ipsecvif_span_any(span))
		return 0;
	return nla_put_be16(msg, min, htons(span->min)) ?: nla_put_be16(msg, max, htons(span->max));
}

static int span_fill_u8(struct sk_buff *msg, int min, int max, const struct ipsecvif_span *span)
{
	if (ipsecvif_span_any(span))
		return 0;
	return nla_put_u8(msg, min, span->min) ?: nla_put_u8(msg, max, span->max);
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
	int err;

	if (range_fill(msg, IPSECVIF_SEL_A_SRC, IPSECVIF_SEL_A_SRC_PREFIX, IPSECVIF_SEL_A_SRC_MAX,
		       &ts->src) ||
	    range_fill(msg, IPSECVIF_SEL_A_DST, IPSECVIF_SEL_A_DST_PREFIX, IPSECVIF_SEL_A_DST_MAX,
		       &ts->dst) ||
	    (ts->proto && nla_put_u8(msg, IPSECVIF_SEL_A_PROTO, ts->proto)))
		return -EMSGSIZE;
	if (ipsecvif_proto_has_types(ts->proto)) {
		err = span_fill_u8(msg, IPSECVIF_SEL_A_ICMP_TYPE_MIN, IPSECVIF_SEL_A_ICMP_TYPE_MAX,
				   &ts->sport);
		if (err)
			return err;
		return span_fill_u8(msg, IPSECVIF_SEL_A_ICMP_CODE_MIN, IPSECVIF_SEL_A_ICMP_CODE_MAX,
				    &ts->dport);
	}
	err = span_fill_ports(msg, IPSECVIF_SEL_A_SPORT_MIN, IPSECVIF_SEL_A_SPORT_MAX, &ts->sport);
	if (err)
		return err;
	return span_fill_ports(msg, IPSECVIF_SEL_A_DPORT_MIN, IPSECVIF_SEL_A_DPORT_MAX, &ts->dport);
}

/**
 * ipsecvif_nl_ts_rival() - refuse a selector that another peer has
 * @vif: the device, its underlay locked
 * @ts: the selector
 * @sa: the SA that it is to be bound to
 * @nest: IPSECVIF_A_SELECTOR
 * @extack: gets a sentence that names both SAs, where the kernel can do that
 *
 * Return: 0 or -EEXIST.
 */
int ipsecvif_nl_ts_rival(struct ipsecvif_dev *vif, const struct ipsecvif_ts *ts,
			 const struct ipsecvif_sa *sa, const struct nlattr *nest,
			 struct netlink_ext_ack *extack)
{
	const struct ipsecvif_sa *other = ipsecvif_selector_rival(vif, ts, sa);

	if (!other)
		return 0;
	NL_SET_BAD_ATTR(extack, nest);
	compat_nl_sentence(extack, "the selector overlaps that of an SA with another peer",
			   "the selector of SA 0x%08x overlaps that of 0x%08x, with another peer",
			   ntohl(sa->spi), ntohl(other->spi));
	return -EEXIST;
}

/* One IPSECVIF_A_SELECTOR of a request, prepared. */
struct selector_request {
	struct list_head list;
	const struct nlattr *nest;
	struct ipsecvif_ts ts;
	__be32 spi;
	struct ipsecvif_selector *sel; /* NULL once it is the device's */
	struct ipsecvif_binding *binding;
};

static void requests_free(struct list_head *requests, struct ipsecvif_dev *vif)
{
	struct selector_request *r, *next;

	list_for_each_entry_safe(r, next, requests, list) {
		ipsecvif_selector_free(vif, r->sel);
		kfree(r->binding);
		kfree(r);
	}
}

static int request_parse(const struct nlattr *attr, struct list_head *requests,
			 struct netlink_ext_ack *extack)
{
	struct selector_request *r = kzalloc(sizeof(*r), GFP_KERNEL);

	if (!r)
		return -ENOMEM;
	list_add_tail(&r->list, requests);
	r->nest = attr;
	return ipsecvif_nl_ts_parse(attr, &r->ts, &r->spi, extack);
}

static int requests_parse(struct genl_info *info, struct list_head *requests)
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
		err = request_parse(attr, requests, info->extack);
		if (err)
			return err;
	}
	if (!n) {
		NL_SET_ERR_MSG(info->extack, "no selector is given");
		return -EINVAL;
	}
	return 0;
}

/* Memory for what is to be added, before the lock. */
static int requests_alloc(struct list_head *requests, struct ipsecvif_dev *vif)
{
	struct selector_request *r;

	list_for_each_entry(r, requests, list) {
		r->sel = ipsecvif_selector_new(vif, &r->ts);
		if (!r->sel)
			return -ENOMEM;
		if (!r->spi)
			continue;
		r->binding = kzalloc(sizeof(*r->binding), GFP_KERNEL_ACCOUNT);
		if (!r->binding)
			return -ENOMEM;
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

static int request_check_add(struct ipsecvif_dev *vif, const struct selector_request *r,
			     struct netlink_ext_ack *extack)
{
	const struct ipsecvif_sa *sa;

	if (!r->spi) {
		if (!ipsecvif_selector_find(vif, &r->ts))
			return 0;
		NL_SET_ERR_MSG_ATTR(extack, r->nest, "the device has this selector already");
		return -EEXIST;
	}
	sa = request_sa(vif, r->spi);
	if (!sa) {
		NL_SET_ERR_MSG_ATTR(extack, r->nest,
				    "the device has no SA with the selector's SPI, or several");
		return -ENOENT;
	}
	return ipsecvif_nl_ts_rival(vif, &r->ts, sa, r->nest, extack);
}

/* Selectors of one request must not dispute each other's traffic either. */
static int requests_check_rivals(struct ipsecvif_dev *vif, struct list_head *requests,
				 const struct selector_request *r, struct netlink_ext_ack *extack)
{
	const struct ipsecvif_sa *sa = r->spi ? request_sa(vif, r->spi) : NULL;
	const struct selector_request *earlier;

	list_for_each_entry(earlier, requests, list) {
		if (earlier == r)
			break;
		if (!sa || !earlier->spi ||
		    !ipsecvif_sa_other_peer(sa, request_sa(vif, earlier->spi)) ||
		    !ipsecvif_ts_ambiguous(&r->ts, &earlier->ts))
			continue;
		NL_SET_ERR_MSG_ATTR(extack, r->nest,
				    "selectors of the request, of two peers, overlap");
		return -EEXIST;
	}
	return 0;
}

static int requests_check_add(struct ipsecvif_dev *vif, struct list_head *requests,
			      struct netlink_ext_ack *extack)
{
	const struct selector_request *r;
	int err = 0;

	if (vif->dying) {
		NL_SET_ERR_MSG(extack, "the device is being removed");
		return -ENODEV;
	}
	list_for_each_entry(r, requests, list) {
		err = request_check_add(vif, r, extack);
		if (!err)
			err = requests_check_rivals(vif, requests, r, extack);
		if (err)
			break;
	}
	return err;
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
	err = requests_parse(info, &requests);
	if (!err)
		err = requests_alloc(&requests, vif);
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
	if (!err)
		ipsecvif_holds_release(vif);
out:
	requests_free(&requests, vif);
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
	err = requests_parse(info, &requests);
	if (err)
		goto out;
	spin_lock_bh(&inet->lock);
	list_for_each_entry(r, &requests, list)
		if (!ipsecvif_selector_find(vif, &r->ts)) {
			NL_SET_ERR_MSG_ATTR(info->extack, r->nest,
					    "the device has no such selector");
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
	requests_free(&requests, vif);
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
	u32 held = READ_ONCE(sel->hold.packets.qlen);
	struct nlattr *nest = nla_nest_start(msg, IPSECVIF_A_SELECTOR);

	if (!nest || ipsecvif_nl_ts_fill(msg, &sel->ts) ||
	    (out && nla_put_be32(msg, IPSECVIF_SEL_A_SPI, out->spi)) ||
	    (sel->automatic && nla_put_flag(msg, IPSECVIF_SEL_A_AUTO)) ||
	    nla_put_u64_64bit(msg, IPSECVIF_SEL_A_PACKETS, atomic64_read(&sel->packets),
			      IPSECVIF_SEL_A_PAD) ||
	    (held && nla_put_u32(msg, IPSECVIF_SEL_A_HELD, held)))
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
