/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic-netlink family. */
#ifndef IPSECVIF_NETLINK_H
#define IPSECVIF_NETLINK_H

#include <linux/ipsecvif.h>
#include <net/genetlink.h>

#include "addr.h"
#include "selector.h"

struct ipsecvif_dev;
struct ipsecvif_limits;
struct ipsecvif_sa_conf;
struct ipsecvif_sa;

extern struct genl_family ipsecvif_family;
extern const struct nla_policy ipsecvif_dev_policy[IPSECVIF_DEV_A_MAX + 1];
extern const struct nla_policy ipsecvif_sa_policy[IPSECVIF_SA_A_MAX + 1];
extern const struct nla_policy ipsecvif_selector_policy[IPSECVIF_SEL_A_MAX + 1];

/* netlink.c */
int ipsecvif_netlink_module_init(void);
void ipsecvif_netlink_module_exit(void);
int ipsecvif_nl_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr, const char *why);
int ipsecvif_nla_validate_addr(const struct nlattr *attr, struct netlink_ext_ack *extack);
void ipsecvif_nla_get_addr(const struct nlattr *attr, struct ipsecvif_addr *addr);
int ipsecvif_nla_put_addr(struct sk_buff *msg, int type, const struct ipsecvif_addr *addr);
struct ipsecvif_dev *ipsecvif_nl_dev_get(struct genl_info *info);
struct ipsecvif_dev *ipsecvif_nl_dev_find(struct net *net, struct nlattr **attrs,
					  struct netlink_ext_ack *extack);
struct sk_buff *ipsecvif_nl_reply_new(struct genl_info *info, void **hdr);

/* netlink_dev.c */
int ipsecvif_nl_dev_fill(struct sk_buff *msg, struct ipsecvif_dev *vif);
int ipsecvif_nl_caps_get(struct sk_buff *skb, struct genl_info *info);
int ipsecvif_nl_dev_get_doit(struct sk_buff *skb, struct genl_info *info);
int ipsecvif_nl_dev_get_dumpit(struct sk_buff *msg, struct netlink_callback *cb);
int ipsecvif_nl_dev_set(struct sk_buff *skb, struct genl_info *info);
int ipsecvif_nl_drops_dumpit(struct sk_buff *msg, struct netlink_callback *cb);
int ipsecvif_nl_sock_attach(struct sk_buff *skb, struct genl_info *info);
int ipsecvif_nl_sock_detach(struct sk_buff *skb, struct genl_info *info);

/* netlink_sa_parse.c */
int ipsecvif_nl_sa_proto(const struct nlattr *attr, u8 *proto, struct netlink_ext_ack *extack);
int ipsecvif_nl_sa_encap_check(u8 proto, bool encap, const struct nlattr *nest,
			       struct netlink_ext_ack *extack);
int ipsecvif_nl_sa_limits(struct nlattr **tb, const struct nlattr *nest,
			  struct ipsecvif_limits *limits, struct netlink_ext_ack *extack);
int ipsecvif_nl_sa_encap(struct nlattr **tb, const struct nlattr *nest, bool *encap, __be16 *sport,
			 __be16 *dport, struct netlink_ext_ack *extack);
int ipsecvif_nl_sa_check_addrs(const struct ipsecvif_addr *src, const struct ipsecvif_addr *dst,
			       u8 dir, const struct nlattr *nest, struct netlink_ext_ack *extack);
int ipsecvif_nl_sa_parse(const struct nlattr *nest, struct ipsecvif_dev *vif,
			 struct ipsecvif_sa_conf *conf, struct netlink_ext_ack *extack);

/* netlink_sa_add.c */
void ipsecvif_nl_sa_wipe(struct genl_info *info);
int ipsecvif_nl_spi_alloc(struct sk_buff *skb, struct genl_info *info);
int ipsecvif_nl_sa_add(struct sk_buff *skb, struct genl_info *info);

/* netlink_sa.c */
int ipsecvif_nl_sa_fill(struct sk_buff *msg, const struct ipsecvif_sa *sa);
int ipsecvif_nl_sa_get_doit(struct sk_buff *skb, struct genl_info *info);
int ipsecvif_nl_sa_get_dumpit(struct sk_buff *msg, struct netlink_callback *cb);
int ipsecvif_nl_sa_update(struct sk_buff *skb, struct genl_info *info);
int ipsecvif_nl_sa_del(struct sk_buff *skb, struct genl_info *info);
int ipsecvif_nl_sa_flush(struct sk_buff *skb, struct genl_info *info);

/* netlink_selector.c */
int ipsecvif_nl_ts_parse(const struct nlattr *nest, struct ipsecvif_ts *ts, __be32 *spi,
			 struct netlink_ext_ack *extack);
int ipsecvif_nl_ts_fill(struct sk_buff *msg, const struct ipsecvif_ts *ts);
int ipsecvif_nl_ts_rival(struct ipsecvif_dev *vif, const struct ipsecvif_ts *ts,
			 const struct ipsecvif_sa *sa, const struct nlattr *nest,
			 struct netlink_ext_ack *extack);
int ipsecvif_nl_selector_add(struct sk_buff *skb, struct genl_info *info);
int ipsecvif_nl_selector_del(struct sk_buff *skb, struct genl_info *info);
int ipsecvif_nl_selector_dumpit(struct sk_buff *msg, struct netlink_callback *cb);
int ipsecvif_nl_selector_flush(struct sk_buff *skb, struct genl_info *info);

#endif /* IPSECVIF_NETLINK_H */
