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

static void batch_free(struct sa_batch *batch, struct ipsecvif_dev *vif)
{
	struct sa_selector *s, *next;
	int dir;

	list_for_each_entry_safe(s, next, &batch->selectors, list) {
		ipsecvif_selector_free(vif, s->sel);
		kfree(s->binding[IPSECVIF_DIR_IN]);
		kfree(s->binding[IPSECVIF_DIR_OUT]);
		kfree(s);
	}
	for (dir = 0; dir < ARRAY_SIZE(batch->sa); dir++)
		if (batch->sa[dir])
			ipsecvif_sa_discard(batch->sa[dir]);
}

static int batch_add_sa(struct sa_batch *batch, struct ipsecvif_dev *vif, const struct nlattr *nest,
			struct netlink_ext_ack *extack)
{
	struct ipsecvif_sa_conf conf = {};
	struct ipsecvif_sa *sa;
	int err;

	err = ipsecvif_nl_sa_parse(nest, vif, &conf, extack);
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

static int batch_add_selector(struct sa_batch *batch, struct ipsecvif_dev *vif,
			      const struct nlattr *nest, struct netlink_ext_ack *extack)
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
	s->sel = ipsecvif_selector_new(vif, &ts);
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
			err = batch_add_selector(batch, vif, attr, info->extack);
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
	ipsecvif_dev_paths_changed(vif);
	ipsecvif_holds_release(vif);
	err = genlmsg_reply(msg, info);
out:
	batch_free(&batch, vif);
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

	err = ipsecvif_nl_sa_proto(info->attrs[IPSECVIF_A_PROTO], &proto, info->extack);
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
		ipsecvif_sa_discard(sa);
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
