// SPDX-License-Identifier: GPL-2.0-only
/* Installing security associations. Keys go in and never come out. */
#include <linux/slab.h>

#include "comp.h"
#include "compat.h"
#include "event.h"
#include "net.h"
#include "netdev.h"
#include "netlink.h"
#include "sa.h"
#include "selector.h"

/**
 * ipsecvif_nl_sa_wipe() - wipe the keys of a request
 * @info: the request
 *
 * Its buffer is freed unwiped otherwise, and an error's acknowledgment quotes
 * it.
 */
void ipsecvif_nl_sa_wipe(struct genl_info *info)
{
	struct nlattr *sa, *attr;
	int rem, rem_sa;

	nlmsg_for_each_attr(sa, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(sa) != IPSECVIF_A_SA)
			continue;
		nla_for_each_nested(attr, sa, rem_sa) {
			switch (nla_type(attr)) {
			case IPSECVIF_SA_A_AEAD_KEY:
			case IPSECVIF_SA_A_ENC_KEY:
			case IPSECVIF_SA_A_AUTH_KEY:
				memzero_explicit(nla_data(attr), nla_len(attr));
			}
		}
	}
}

static u64 get_u64(const struct nlattr *attr, u64 absent)
{
	return attr ? nla_get_u64(attr) : absent;
}

/**
 * ipsecvif_nl_sa_limits() - read the limits that a request names
 * @tb: an SA's attributes
 * @nest: the nest that they are of
 * @limits: changed where an attribute is present
 * @extack: gets a sentence with an error
 *
 * Return: 0 or -EINVAL.
 */
int ipsecvif_nl_sa_limits(struct nlattr **tb, const struct nlattr *nest,
			  struct ipsecvif_limits *limits, struct netlink_ext_ack *extack)
{
	limits->time_soft = get_u64(tb[IPSECVIF_SA_A_TIME_SOFT], limits->time_soft);
	limits->time_hard = get_u64(tb[IPSECVIF_SA_A_TIME_HARD], limits->time_hard);
	limits->byte_soft = get_u64(tb[IPSECVIF_SA_A_BYTE_SOFT], limits->byte_soft);
	limits->byte_hard = get_u64(tb[IPSECVIF_SA_A_BYTE_HARD], limits->byte_hard);
	limits->packet_soft = get_u64(tb[IPSECVIF_SA_A_PACKET_SOFT], limits->packet_soft);
	limits->packet_hard = get_u64(tb[IPSECVIF_SA_A_PACKET_HARD], limits->packet_hard);
	limits->idle_soft = get_u64(tb[IPSECVIF_SA_A_IDLE_SOFT], limits->idle_soft);
	limits->idle_hard = get_u64(tb[IPSECVIF_SA_A_IDLE_HARD], limits->idle_hard);
	if ((limits->time_hard && limits->time_soft > limits->time_hard) ||
	    (limits->byte_hard && limits->byte_soft > limits->byte_hard) ||
	    (limits->packet_hard && limits->packet_soft > limits->packet_hard) ||
	    (limits->idle_hard && limits->idle_soft > limits->idle_hard))
		return ipsecvif_nl_refuse(extack, nest, "a soft limit lies above its hard limit");
	return 0;
}

/**
 * ipsecvif_nl_sa_encap() - read the UDP ports that a request names
 * @tb: an SA's attributes
 * @nest: the nest that they are of
 * @encap: set if there are any, cleared if they are 0; without any attribute
 *	nothing changes
 * @sport: gets the source port
 * @dport: gets the destination port
 * @extack: gets a sentence with an error
 *
 * Return: 0 or -EINVAL.
 */
int ipsecvif_nl_sa_encap(struct nlattr **tb, const struct nlattr *nest, bool *encap, __be16 *sport,
			 __be16 *dport, struct netlink_ext_ack *extack)
{
	const struct nlattr *s = tb[IPSECVIF_SA_A_ENCAP_SPORT];
	const struct nlattr *d = tb[IPSECVIF_SA_A_ENCAP_DPORT];

	if (!s && !d)
		return 0;
	if (!s || !d || !nla_get_be16(s) != !nla_get_be16(d))
		return ipsecvif_nl_refuse(extack, s ?: d,
					  "ESP in UDP needs both ports, and neither may be 0");
	*encap = nla_get_be16(s);
	*sport = nla_get_be16(s);
	*dport = nla_get_be16(d);
	return 0;
}

/**
 * ipsecvif_nl_sa_check_addrs() - can an SA have these outer addresses?
 * @src: source
 * @dst: destination
 * @dir: enum ipsecvif_dir
 * @nest: the request's nest
 * @extack: gets a sentence with an error
 *
 * Return: 0, -EINVAL or -EAFNOSUPPORT.
 */
int ipsecvif_nl_sa_check_addrs(const struct ipsecvif_addr *src, const struct ipsecvif_addr *dst,
			       u8 dir, const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	if (src->family && dst->family && src->family != dst->family)
		return ipsecvif_nl_refuse(extack, nest,
					  "src and dst are of different address families");
	if ((src->family == AF_INET6 || dst->family == AF_INET6) && !ipv6_mod_enabled()) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "the kernel runs without IPv6 (ipv6.disable)");
		return -EAFNOSUPPORT;
	}
	if (dir == IPSECVIF_DIR_OUT && ipsecvif_addr_any(dst))
		return ipsecvif_nl_refuse(extack, nest,
					  "an outbound SA needs a dst, or the device a remote");
	if (ipsecvif_addr_multicast(src) || ipsecvif_addr_multicast(dst))
		return ipsecvif_nl_refuse(extack, nest, "an outer address must be unicast");
	if (dst->family == AF_INET6 && ipv6_addr_v4mapped(&dst->v6))
		return ipsecvif_nl_refuse(extack, nest,
					  "an IPv4 address in IPv6 clothes can't be an outer one");
	return 0;
}

/* The device's default for one side has no say if the other side is of another family. */
static void addr_default(const struct nlattr *attr, const struct nlattr *other_attr,
			 const struct ipsecvif_addr *other, struct ipsecvif_addr *addr)
{
	if (attr)
		ipsecvif_nla_get_addr(attr, addr);
	else if (other_attr && other->family != addr->family)
		memset(addr, 0, sizeof(*addr));
}

/* Addresses: the SA's own, else the device's by direction. */
static int parse_addrs(struct nlattr **tb, const struct nlattr *nest, struct ipsecvif_dev *vif,
		       struct ipsecvif_sa_conf *conf, struct netlink_ext_ack *extack)
{
	struct ipsecvif_net *inet = ipsecvif_net(vif->net);
	const struct nlattr *src = tb[IPSECVIF_SA_A_SRC], *dst = tb[IPSECVIF_SA_A_DST];
	bool out = conf->dir == IPSECVIF_DIR_OUT;
	struct ipsecvif_addr given = {};

	spin_lock_bh(&inet->lock);
	conf->src = out ? vif->local : vif->remote;
	conf->dst = out ? vif->remote : vif->local;
	spin_unlock_bh(&inet->lock);
	if (src)
		ipsecvif_nla_get_addr(src, &given);
	addr_default(dst, src, &given, &conf->dst);
	addr_default(src, dst, &conf->dst, &conf->src);
	return ipsecvif_nl_sa_check_addrs(&conf->src, &conf->dst, conf->dir, nest, extack);
}

static int parse_replay(struct nlattr **tb, const struct nlattr *nest,
			struct ipsecvif_sa_conf *conf, struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[IPSECVIF_SA_A_REPLAY_WINDOW];
	u32 window = attr ? nla_get_u32(attr) : 64;

	conf->esn = tb[IPSECVIF_SA_A_FLAGS] &&
		    nla_get_u32(tb[IPSECVIF_SA_A_FLAGS]) & IPSECVIF_SA_F_ESN;
	conf->seq = get_u64(tb[IPSECVIF_SA_A_SEQ], 0);
	if (conf->seq > (conf->esn ? S64_MAX : U32_MAX))
		return ipsecvif_nl_refuse(extack, tb[IPSECVIF_SA_A_SEQ] ?: nest,
					  "the sequence number is past its end");
	if (conf->dir == IPSECVIF_DIR_OUT) {
		if (!attr || !window)
			return 0;
		return ipsecvif_nl_refuse(extack, attr, "an outbound SA has no replay window");
	}
	if (window && window < 32)
		return ipsecvif_nl_refuse(extack, attr ?: nest,
					  "the replay window is 0, or 32 to 4096 packets");
	if (!window && conf->esn)
		return ipsecvif_nl_refuse(extack, attr ?: nest,
					  "ESN needs a replay window (RFC 4303 3.3.3)");
	conf->replay_window = round_up(window, 64);
	return 0;
}

static const void *attr_data(const struct nlattr *attr)
{
	return attr ? nla_data(attr) : NULL;
}

static u32 attr_len(const struct nlattr *attr)
{
	return attr ? nla_len(attr) : 0;
}

static u32 attr_u32(const struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

static void parse_crypt(struct nlattr **tb, struct ipsecvif_crypt_conf *crypt)
{
	crypt->aead_name = attr_data(tb[IPSECVIF_SA_A_AEAD_NAME]);
	crypt->aead_key = attr_data(tb[IPSECVIF_SA_A_AEAD_KEY]);
	crypt->aead_key_len = attr_len(tb[IPSECVIF_SA_A_AEAD_KEY]);
	crypt->aead_icv_bits = attr_u32(tb[IPSECVIF_SA_A_AEAD_ICV_BITS]);
	crypt->enc_name = attr_data(tb[IPSECVIF_SA_A_ENC_NAME]);
	crypt->enc_key = attr_data(tb[IPSECVIF_SA_A_ENC_KEY]);
	crypt->enc_key_len = attr_len(tb[IPSECVIF_SA_A_ENC_KEY]);
	crypt->auth_name = attr_data(tb[IPSECVIF_SA_A_AUTH_NAME]);
	crypt->auth_key = attr_data(tb[IPSECVIF_SA_A_AUTH_KEY]);
	crypt->auth_key_len = attr_len(tb[IPSECVIF_SA_A_AUTH_KEY]);
	crypt->auth_trunc_bits = attr_u32(tb[IPSECVIF_SA_A_AUTH_TRUNC_BITS]);
}

static int parse_proto(const struct nlattr *attr, u8 *proto, struct netlink_ext_ack *extack)
{
	*proto = attr ? nla_get_u8(attr) : IPPROTO_ESP;
	if (*proto == IPPROTO_ESP || *proto == IPPROTO_AH)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "the protocol is 50 (ESP) or 51 (AH)");
	return -EPROTONOSUPPORT;
}

/* SPI, direction, protocol and mode: RFC 4301 4.4.2.1. */
static int parse_kind(struct nlattr **tb, const struct nlattr *nest, struct ipsecvif_sa_conf *conf,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *proto = tb[IPSECVIF_SA_A_PROTO], *mode = tb[IPSECVIF_SA_A_MODE];
	const struct nlattr *spi = tb[IPSECVIF_SA_A_SPI], *tfc = tb[IPSECVIF_SA_A_TFC];
	int err;

	if (!tb[IPSECVIF_SA_A_DIR])
		return ipsecvif_nl_refuse(extack, nest, "an SA needs a direction");
	conf->dir = nla_get_u8(tb[IPSECVIF_SA_A_DIR]);
	conf->spi = spi ? nla_get_be32(spi) : 0;
	if (!conf->spi && conf->dir == IPSECVIF_DIR_OUT)
		return ipsecvif_nl_refuse(extack, spi ?: nest,
					  "an outbound SA needs the SPI that the peer chose");
	if (conf->spi && ntohl(conf->spi) < 256)
		return ipsecvif_nl_refuse(extack, spi ?: nest,
					  "SPIs 1 to 255 are reserved (RFC 4303 2.1)");
	err = parse_proto(proto, &conf->proto, extack);
	if (err)
		return err;
	conf->crypt.ah = conf->proto == IPPROTO_AH;
	conf->mode = mode ? nla_get_u8(mode) : IPSECVIF_MODE_TUNNEL;
	conf->tfc = tfc ? nla_get_u32(tfc) : 0;
	if (conf->tfc && (conf->dir != IPSECVIF_DIR_OUT || conf->mode != IPSECVIF_MODE_TUNNEL))
		return ipsecvif_nl_refuse(extack, tfc,
					  "padding (tfc) is for outbound SAs in tunnel mode");
	if (conf->tfc && conf->proto == IPPROTO_AH)
		return ipsecvif_nl_refuse(extack, tfc,
					  "padding (tfc) is ESP's: AH shows the inner length");
	return 0;
}

/**
 * ipsecvif_nl_sa_encap_check() - can a protocol be in UDP?
 * @proto: IPPROTO_ESP or IPPROTO_AH
 * @encap: it is to be
 * @nest: the nest that says so
 * @extack: gets a sentence with an error
 *
 * Return: 0 or -EINVAL.
 */
int ipsecvif_nl_sa_encap_check(u8 proto, bool encap, const struct nlattr *nest,
			       struct netlink_ext_ack *extack)
{
	if (!encap || proto != IPPROTO_AH)
		return 0;
	return ipsecvif_nl_refuse(extack, nest,
				  "AH can't pass a NAT, whose addresses it covers: use ESP in UDP");
}

/* IPComp: RFC 3173 3.3 says which parameter indexes there are. */
static int parse_comp(struct nlattr **tb, struct ipsecvif_sa_conf *conf,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *name = tb[IPSECVIF_SA_A_COMP_NAME], *cpi = tb[IPSECVIF_SA_A_CPI];
	unsigned int value = cpi ? ntohs(nla_get_be16(cpi)) : IPSECVIF_COMP_CPI;

	if (!name && cpi)
		return ipsecvif_nl_refuse(extack, cpi, "a CPI goes with a compression algorithm");
	if (!name)
		return 0;
	if (strcmp(nla_data(name), "deflate")) {
		NL_SET_ERR_MSG_ATTR(extack, name,
				    "unknown compression algorithm: there is deflate");
		return -EOPNOTSUPP;
	}
	if (value != IPSECVIF_COMP_CPI && value < IPSECVIF_COMP_CPI_MIN)
		return ipsecvif_nl_refuse(extack, cpi,
					  "the CPI is 2, deflate's own, or from 256 to 65535");
	if (conf->tfc)
		return ipsecvif_nl_refuse(extack, name,
					  "compression shows what padding (tfc) is to hide");
	conf->comp = true;
	conf->cpi = htons(value);
	return 0;
}

static int parse_sa(const struct nlattr *nest, struct ipsecvif_dev *vif,
		    struct ipsecvif_sa_conf *conf, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[IPSECVIF_SA_A_MAX + 1];
	int err;

	err = nla_parse_nested(tb, IPSECVIF_SA_A_MAX, nest, ipsecvif_sa_policy, extack);
	if (!err)
		err = parse_kind(tb, nest, conf, extack);
	if (!err)
		err = parse_addrs(tb, nest, vif, conf, extack);
	if (!err)
		err = ipsecvif_nl_sa_encap(tb, nest, &conf->encap, &conf->sport, &conf->dport,
					   extack);
	if (!err)
		err = ipsecvif_nl_sa_encap_check(conf->proto, conf->encap, nest, extack);
	if (!err)
		err = parse_comp(tb, conf, extack);
	if (!err)
		err = parse_replay(tb, nest, conf, extack);
	if (!err)
		err = ipsecvif_nl_sa_limits(tb, nest, &conf->limits, extack);
	if (err)
		return err;
	parse_crypt(tb, &conf->crypt);
	conf->crypt.esn = conf->esn;
	conf->crypt.legacy = attr_u32(tb[IPSECVIF_SA_A_FLAGS]) & IPSECVIF_SA_F_LEGACY;
	return 0;
}

/**
 * struct sa_batch - what an SA_ADD installs, all of it or nothing
 * @sa: by direction; NULL if the request has none
 * @selectors: struct sa_selector
 */
struct sa_batch {
	struct ipsecvif_sa *sa[2];
	struct list_head selectors;
};

struct sa_selector {
	struct list_head list;
	const struct nlattr *nest;
	struct ipsecvif_selector *sel; /* NULL once it is the device's */
	struct ipsecvif_binding *binding[2]; /* likewise */
};

static void batch_free(struct sa_batch *batch)
{
	struct sa_selector *s, *next;
	int dir;

	list_for_each_entry_safe(s, next, &batch->selectors, list) {
		kfree(s->sel);
		kfree(s->binding[IPSECVIF_DIR_IN]);
		kfree(s->binding[IPSECVIF_DIR_OUT]);
		kfree(s);
	}
	for (dir = 0; dir < ARRAY_SIZE(batch->sa); dir++)
		if (batch->sa[dir])
			ipsecvif_sa_destroy(batch->sa[dir]);
}

static int batch_add_sa(struct sa_batch *batch, struct ipsecvif_dev *vif, const struct nlattr *nest,
			struct netlink_ext_ack *extack)
{
	struct ipsecvif_sa_conf conf = {};
	struct ipsecvif_sa *sa;
	int err;

	err = parse_sa(nest, vif, &conf, extack);
	if (err)
		return err;
	if (batch->sa[conf.dir])
		return ipsecvif_nl_refuse(extack, nest,
					  "a request has at most one SA for each direction");
	sa = ipsecvif_sa_new(vif, &conf, extack);
	if (IS_ERR(sa))
		return PTR_ERR(sa);
	batch->sa[conf.dir] = sa;
	return 0;
}

static int batch_add_selector(struct sa_batch *batch, const struct nlattr *nest,
			      struct netlink_ext_ack *extack)
{
	struct sa_selector *s = kzalloc(sizeof(*s), GFP_KERNEL);
	struct ipsecvif_ts ts;
	__be32 spi;
	int err;

	if (!s)
		return -ENOMEM;
	list_add_tail(&s->list, &batch->selectors);
	s->nest = nest;
	err = ipsecvif_nl_ts_parse(nest, &ts, &spi, extack);
	if (err)
		return err;
	if (spi)
		return ipsecvif_nl_refuse(extack, nest,
					  "a selector that comes with SAs has no SPI");
	s->sel = ipsecvif_selector_new(&ts);
	s->binding[0] = kzalloc(sizeof(*s->binding[0]), GFP_KERNEL_ACCOUNT);
	s->binding[1] = kzalloc(sizeof(*s->binding[1]), GFP_KERNEL_ACCOUNT);
	return s->sel && s->binding[0] && s->binding[1] ? 0 : -ENOMEM;
}

static int batch_parse(struct sa_batch *batch, struct ipsecvif_dev *vif, struct genl_info *info)
{
	struct nlattr *attr;
	int rem, err = 0, n = 0;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) == IPSECVIF_A_SA)
			err = batch_add_sa(batch, vif, attr, info->extack);
		else if (nla_type(attr) == IPSECVIF_A_SELECTOR &&
			 ++n <= IPSECVIF_SELECTORS_PER_REQUEST)
			err = batch_add_selector(batch, attr, info->extack);
		if (err)
			return err;
	}
	if (n > IPSECVIF_SELECTORS_PER_REQUEST) {
		NL_SET_ERR_MSG(info->extack, "more than 256 selectors in a request");
		return -E2BIG;
	}
	if (!batch->sa[IPSECVIF_DIR_IN] && !batch->sa[IPSECVIF_DIR_OUT]) {
		NL_SET_ERR_MSG(info->extack, "no SA is given");
		return -EINVAL;
	}
	return 0;
}

static void batch_bind(struct sa_batch *batch, struct ipsecvif_dev *vif)
{
	struct ipsecvif_selector *sel;
	struct sa_selector *s;
	int dir;

	list_for_each_entry(s, &batch->selectors, list) {
		sel = ipsecvif_selector_find(vif, &s->sel->ts);
		if (!sel) {
			sel = s->sel;
			s->sel = NULL;
			sel->automatic = true;
			ipsecvif_selector_link(vif, sel);
		}
		for (dir = 0; dir < ARRAY_SIZE(batch->sa); dir++) {
			if (!batch->sa[dir])
				continue;
			ipsecvif_selector_bind(sel, batch->sa[dir], s->binding[dir]);
			s->binding[dir] = NULL;
		}
	}
}

static int batch_check(struct sa_batch *batch, struct ipsecvif_dev *vif,
		       struct netlink_ext_ack *extack)
{
	const struct sa_selector *s;
	int dir, err = 0;

	for (dir = 0; dir < ARRAY_SIZE(batch->sa) && !err; dir++) {
		if (!batch->sa[dir])
			continue;
		err = ipsecvif_sa_check(batch->sa[dir], extack);
		list_for_each_entry(s, &batch->selectors, list)
			if (!err)
				err = ipsecvif_nl_ts_rival(vif, &s->sel->ts, batch->sa[dir],
							   s->nest, extack);
	}
	return err;
}

/* Under the lock: check all, then change all. */
static int batch_commit(struct sa_batch *batch, struct ipsecvif_dev *vif,
			struct netlink_ext_ack *extack)
{
	struct ipsecvif_net *inet = ipsecvif_net(vif->net);
	int dir, err;

	spin_lock_bh(&inet->lock);
	err = batch_check(batch, vif, extack);
	if (err)
		goto out;
	batch_bind(batch, vif);
	for (dir = 0; dir < ARRAY_SIZE(batch->sa); dir++) {
		if (!batch->sa[dir])
			continue;
		ipsecvif_sa_link(batch->sa[dir]);
		ipsecvif_event_sa(batch->sa[dir], true);
		batch->sa[dir] = NULL;
	}
out:
	spin_unlock_bh(&inet->lock);
	return err;
}

static int put_reply_id(struct sk_buff *msg, u8 dir, __be32 spi)
{
	struct nlattr *nest = nla_nest_start(msg, IPSECVIF_A_SA);

	if (!nest || nla_put_u8(msg, IPSECVIF_SA_A_DIR, dir) ||
	    nla_put_be32(msg, IPSECVIF_SA_A_SPI, spi))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/* The reply is made before the change, so that the change can't fail after it. */
static struct sk_buff *batch_reply(const struct sa_batch *batch, struct genl_info *info)
{
	struct sk_buff *msg;
	void *hdr;
	int dir;

	msg = ipsecvif_nl_reply_new(info, &hdr);
	if (!msg)
		return NULL;
	for (dir = 0; dir < ARRAY_SIZE(batch->sa); dir++)
		if (batch->sa[dir] && put_reply_id(msg, dir, batch->sa[dir]->spi)) {
			nlmsg_free(msg);
			return NULL;
		}
	genlmsg_end(msg, hdr);
	return msg;
}

/**
 * ipsecvif_nl_sa_add() - IPSECVIF_CMD_SA_ADD
 * @skb: the request
 * @info: the request
 */
int ipsecvif_nl_sa_add(struct sk_buff *skb, struct genl_info *info)
{
	struct sa_batch batch = { .selectors = LIST_HEAD_INIT(batch.selectors) };
	struct ipsecvif_dev *vif;
	struct sk_buff *msg;
	int err;

	vif = ipsecvif_nl_dev_get(info);
	if (IS_ERR(vif)) {
		ipsecvif_nl_sa_wipe(info);
		return PTR_ERR(vif);
	}
	err = batch_parse(&batch, vif, info);
	if (err)
		goto out;
	msg = batch_reply(&batch, info);
	if (!msg) {
		err = -ENOMEM;
		goto out;
	}
	err = batch_commit(&batch, vif, info->extack);
	if (err) {
		nlmsg_free(msg);
		goto out;
	}
	ipsecvif_dev_mtu_auto(vif);
	ipsecvif_holds_release(vif);
	err = genlmsg_reply(msg, info);
out:
	batch_free(&batch);
	ipsecvif_nl_sa_wipe(info);
	dev_put(vif->dev);
	return err;
}

/**
 * ipsecvif_nl_spi_alloc() - IPSECVIF_CMD_SPI_ALLOC
 * @skb: the request
 * @info: the request
 */
int ipsecvif_nl_spi_alloc(struct sk_buff *skb, struct genl_info *info)
{
	struct ipsecvif_dev *vif;
	struct ipsecvif_net *inet;
	struct ipsecvif_sa *sa;
	struct sk_buff *msg;
	void *hdr;
	u8 proto;
	int err;

	err = parse_proto(info->attrs[IPSECVIF_A_PROTO], &proto, info->extack);
	if (err)
		return err;
	vif = ipsecvif_nl_dev_get(info);
	if (IS_ERR(vif))
		return PTR_ERR(vif);
	inet = ipsecvif_net(vif->net);
	err = -ENOMEM;
	msg = ipsecvif_nl_reply_new(info, &hdr);
	if (!msg)
		goto out;
	sa = ipsecvif_sa_new_reserved(vif, proto, info->extack);
	if (IS_ERR(sa)) {
		err = PTR_ERR(sa);
		goto out_msg;
	}
	spin_lock_bh(&inet->lock);
	err = ipsecvif_sa_check(sa, info->extack);
	if (!err)
		err = nla_put_be32(msg, IPSECVIF_A_SPI, sa->spi);
	if (!err)
		ipsecvif_sa_link(sa);
	spin_unlock_bh(&inet->lock);
	if (err) {
		ipsecvif_sa_destroy(sa);
		goto out_msg;
	}
	genlmsg_end(msg, hdr);
	dev_put(vif->dev);
	return genlmsg_reply(msg, info);
out_msg:
	nlmsg_free(msg);
out:
	dev_put(vif->dev);
	return err;
}
