// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic-netlink family: its operations, what each accepts, and what all
 * handlers share. Handlers live in netlink_dev.c, netlink_sa.c and
 * netlink_selector.c; events in event.c.
 */
#include "netlink.h"

#include "compat.h"
#include "net.h"
#include "netdev.h"

/**
 * ipsecvif_nl_refuse() - refuse a request
 * @extack: gets the sentence
 * @attr: the attribute that it is about, or the nest where one is missing
 * @why: the sentence, a constant string
 *
 * Return: -EINVAL.
 */
int ipsecvif_nl_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr, const char *why)
{
	if (extack) {
		extack->_msg = why;
		NL_SET_BAD_ATTR(extack, attr);
	}
	return -EINVAL;
}

/**
 * ipsecvif_nla_validate_addr() - policy: an IPv4 or IPv6 address
 * @attr: the attribute
 * @extack: gets a sentence with an error
 *
 * Return: 0 or -EINVAL.
 */
int ipsecvif_nla_validate_addr(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (nla_len(attr) == sizeof(__be32) || nla_len(attr) == sizeof(struct in6_addr))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "an address has 4 bytes (IPv4) or 16 (IPv6)");
	return -EINVAL;
}

/**
 * ipsecvif_nla_get_addr() - read an address
 * @attr: a valid attribute, or NULL
 * @addr: gets it; family 0 for NULL
 */
void ipsecvif_nla_get_addr(const struct nlattr *attr, struct ipsecvif_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	if (!attr)
		return;
	addr->family = nla_len(attr) == sizeof(__be32) ? AF_INET : AF_INET6;
	memcpy(&addr->v6, nla_data(attr), nla_len(attr));
}

/**
 * ipsecvif_nla_put_addr() - write an address; none of family 0
 * @msg: the message
 * @type: attribute
 * @addr: the address
 *
 * Return: 0 or -EMSGSIZE.
 */
int ipsecvif_nla_put_addr(struct sk_buff *msg, int type, const struct ipsecvif_addr *addr)
{
	if (!addr->family)
		return 0;
	return nla_put(msg, type, ipsecvif_addr_len(addr->family), &addr->v6);
}

/**
 * ipsecvif_nl_dev_find() - the device that a request names
 * @net: the requester's namespace
 * @attrs: top-level attributes
 * @extack: gets a sentence with an error
 *
 * Return: the device, with a reference that the caller drops with dev_put();
 * ERR_PTR(-EINVAL) if none is named, -ENODEV if there is none, -EOPNOTSUPP if it
 * is of another kind.
 */
struct ipsecvif_dev *ipsecvif_nl_dev_find(struct net *net, struct nlattr **attrs,
					  struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = attrs[IPSECVIF_A_IFINDEX] ?: attrs[IPSECVIF_A_IFNAME];
	struct net_device *dev;

	if (!attr) {
		NL_SET_ERR_MSG(extack, "no device is named: give ifindex or ifname");
		return ERR_PTR(-EINVAL);
	}
	if (attrs[IPSECVIF_A_IFINDEX])
		dev = dev_get_by_index(net, nla_get_u32(attr));
	else
		dev = dev_get_by_name(net, nla_data(attr));
	if (!dev) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "no such device in this network namespace");
		return ERR_PTR(-ENODEV);
	}
	if (!ipsecvif_dev_is(dev)) {
		dev_put(dev);
		NL_SET_ERR_MSG_ATTR(extack, attr, "the device is not of kind ipsecvif");
		return ERR_PTR(-EOPNOTSUPP);
	}
	return netdev_priv(dev);
}

/**
 * ipsecvif_nl_dev_get() - ipsecvif_nl_dev_find() for a request that is no dump
 * @info: the request
 */
struct ipsecvif_dev *ipsecvif_nl_dev_get(struct genl_info *info)
{
	return ipsecvif_nl_dev_find(genl_info_net(info), info->attrs, info->extack);
}

/**
 * ipsecvif_nl_reply_new() - begin a reply
 * @info: the request
 * @hdr: gets the header, for genlmsg_end()
 *
 * Return: the message, or NULL without memory.
 */
struct sk_buff *ipsecvif_nl_reply_new(struct genl_info *info, void **hdr)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);

	if (!msg)
		return NULL;
	*hdr = genlmsg_put_reply(msg, info, &ipsecvif_family, 0, info->genlhdr->cmd);
	if (!*hdr) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

#define POLICY_ADDR NLA_POLICY_VALIDATE_FN(NLA_BINARY, ipsecvif_nla_validate_addr)
#define POLICY_DEVICE                                                              \
	[IPSECVIF_A_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1), [IPSECVIF_A_IFNAME] = { \
		.type = NLA_NUL_STRING, .len = IFNAMSIZ - 1                        \
	}

const struct nla_policy ipsecvif_dev_policy[IPSECVIF_DEV_A_MAX + 1] = {
	[IPSECVIF_DEV_A_LOCAL] = POLICY_ADDR,
	[IPSECVIF_DEV_A_REMOTE] = POLICY_ADDR,
	[IPSECVIF_DEV_A_FWMARK] = { .type = NLA_U32 },
	[IPSECVIF_DEV_A_UNDERLAY] = { .type = NLA_U32 },
	[IPSECVIF_DEV_A_DF] = NLA_POLICY_MAX(NLA_U8, IPSECVIF_DF_CLEAR),
	[IPSECVIF_DEV_A_TTL] = { .type = NLA_U8 },
	[IPSECVIF_DEV_A_DSCP] = NLA_POLICY_MAX(NLA_U8, IPSECVIF_DSCP_COPY),
	[IPSECVIF_DEV_A_MTU_AUTO] = NLA_POLICY_RANGE(NLA_U8, 1, 1),
	[IPSECVIF_DEV_A_HOLD] = NLA_POLICY_MAX(NLA_U32, IPSECVIF_HOLD_MAX),
	[IPSECVIF_DEV_A_STRICT] = NLA_POLICY_MAX(NLA_U8, 1),
	[IPSECVIF_DEV_A_FLOW_LABEL] = NLA_POLICY_MAX(NLA_U8, IPSECVIF_FLOW_LABEL_ZERO),
	[IPSECVIF_DEV_A_UDP_CSUM] = NLA_POLICY_MAX(NLA_U8, 1),
};

#define POLICY_NAME                                                      \
	{                                                                \
		.type = NLA_NUL_STRING, .len = IPSECVIF_ALG_NAME_MAX - 1 \
	}
#define POLICY_KEY NLA_POLICY_RANGE(NLA_BINARY, 1, IPSECVIF_KEY_MAX)

const struct nla_policy ipsecvif_sa_policy[IPSECVIF_SA_A_MAX + 1] = {
	[IPSECVIF_SA_A_DIR] = NLA_POLICY_MAX(NLA_U8, IPSECVIF_DIR_OUT),
	[IPSECVIF_SA_A_SPI] = { .type = NLA_U32 },
	[IPSECVIF_SA_A_SRC] = POLICY_ADDR,
	[IPSECVIF_SA_A_DST] = POLICY_ADDR,
	[IPSECVIF_SA_A_PROTO] = { .type = NLA_U8 },
	[IPSECVIF_SA_A_MODE] = NLA_POLICY_MAX(NLA_U8, IPSECVIF_MODE_TUNNEL),
	[IPSECVIF_SA_A_AEAD_NAME] = POLICY_NAME,
	[IPSECVIF_SA_A_AEAD_KEY] = POLICY_KEY,
	[IPSECVIF_SA_A_AEAD_ICV_BITS] = NLA_POLICY_MIN(NLA_U32, 1),
	[IPSECVIF_SA_A_ENC_NAME] = POLICY_NAME,
	[IPSECVIF_SA_A_ENC_KEY] = POLICY_KEY,
	[IPSECVIF_SA_A_AUTH_NAME] = POLICY_NAME,
	[IPSECVIF_SA_A_AUTH_KEY] = POLICY_KEY,
	[IPSECVIF_SA_A_AUTH_TRUNC_BITS] = NLA_POLICY_MIN(NLA_U32, 1),
	[IPSECVIF_SA_A_ENCAP_SPORT] = { .type = NLA_U16 },
	[IPSECVIF_SA_A_ENCAP_DPORT] = { .type = NLA_U16 },
	[IPSECVIF_SA_A_REPLAY_WINDOW] = NLA_POLICY_MAX(NLA_U32, IPSECVIF_REPLAY_WINDOW_MAX),
	[IPSECVIF_SA_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, IPSECVIF_SA_F_ESN | IPSECVIF_SA_F_LEGACY),
	[IPSECVIF_SA_A_TIME_SOFT] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_TIME_HARD] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_BYTE_SOFT] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_BYTE_HARD] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_PACKET_SOFT] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_PACKET_HARD] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_SEQ] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_TFC] = { .type = NLA_U32 },
	[IPSECVIF_SA_A_IDLE_SOFT] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_IDLE_HARD] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_COMP_NAME] = POLICY_NAME,
	[IPSECVIF_SA_A_CPI] = { .type = NLA_U16 },
};

const struct nla_policy ipsecvif_selector_policy[IPSECVIF_SEL_A_MAX + 1] = {
	[IPSECVIF_SEL_A_SRC] = POLICY_ADDR,
	[IPSECVIF_SEL_A_SRC_PREFIX] = NLA_POLICY_MAX(NLA_U8, 128),
	[IPSECVIF_SEL_A_DST] = POLICY_ADDR,
	[IPSECVIF_SEL_A_DST_PREFIX] = NLA_POLICY_MAX(NLA_U8, 128),
	[IPSECVIF_SEL_A_PROTO] = { .type = NLA_U8 },
	[IPSECVIF_SEL_A_SPORT_MIN] = { .type = NLA_U16 },
	[IPSECVIF_SEL_A_SPORT_MAX] = { .type = NLA_U16 },
	[IPSECVIF_SEL_A_DPORT_MIN] = { .type = NLA_U16 },
	[IPSECVIF_SEL_A_DPORT_MAX] = { .type = NLA_U16 },
	[IPSECVIF_SEL_A_SPI] = { .type = NLA_U32 },
	[IPSECVIF_SEL_A_SRC_MAX] = POLICY_ADDR,
	[IPSECVIF_SEL_A_DST_MAX] = POLICY_ADDR,
	[IPSECVIF_SEL_A_ICMP_TYPE_MIN] = { .type = NLA_U8 },
	[IPSECVIF_SEL_A_ICMP_TYPE_MAX] = { .type = NLA_U8 },
	[IPSECVIF_SEL_A_ICMP_CODE_MIN] = { .type = NLA_U8 },
	[IPSECVIF_SEL_A_ICMP_CODE_MAX] = { .type = NLA_U8 },
};

/*
 * What each request may carry at the top. Nests of SAs are parsed by their
 * handlers, not here, so that keys are wiped from a request that is refused.
 */
static const struct nla_policy none_policy[] = {
	[IPSECVIF_A_PAD] = { .type = NLA_REJECT },
};

static const struct nla_policy device_policy[] = { POLICY_DEVICE };

static const struct nla_policy dev_set_policy[] = {
	POLICY_DEVICE,
	[IPSECVIF_A_DEV] = NLA_POLICY_NESTED(ipsecvif_dev_policy),
};

static const struct nla_policy spi_policy[] = {
	POLICY_DEVICE,
	[IPSECVIF_A_PROTO] = { .type = NLA_U8 },
};

static const struct nla_policy sa_policy[] = {
	POLICY_DEVICE,
	[IPSECVIF_A_SA] = { .type = NLA_NESTED },
};

static const struct nla_policy sa_add_policy[] = {
	POLICY_DEVICE,
	[IPSECVIF_A_SA] = { .type = NLA_NESTED },
	[IPSECVIF_A_SELECTOR] = { .type = NLA_NESTED },
};

static const struct nla_policy selector_policy[] = {
	POLICY_DEVICE,
	[IPSECVIF_A_SELECTOR] = { .type = NLA_NESTED },
};

static const struct nla_policy sock_policy[] = {
	[IPSECVIF_A_SOCK_FD] = { .type = NLA_S32 },
};

#define OP(_cmd, _policy, _doit, _dumpit)                                                          \
	{                                                                                          \
		.cmd = IPSECVIF_CMD_##_cmd, .policy = _policy, .maxattr = ARRAY_SIZE(_policy) - 1, \
		.doit = _doit, .dumpit = _dumpit, .flags = GENL_UNS_ADMIN_PERM,                    \
	}

static const struct genl_ops netlink_ops[] = {
	OP(CAPS_GET, none_policy, ipsecvif_nl_caps_get, NULL),
	OP(DEV_GET, device_policy, ipsecvif_nl_dev_get_doit, ipsecvif_nl_dev_get_dumpit),
	OP(DEV_SET, dev_set_policy, ipsecvif_nl_dev_set, NULL),
	OP(SPI_ALLOC, spi_policy, ipsecvif_nl_spi_alloc, NULL),
	OP(SA_ADD, sa_add_policy, ipsecvif_nl_sa_add, NULL),
	OP(SA_GET, sa_policy, ipsecvif_nl_sa_get_doit, ipsecvif_nl_sa_get_dumpit),
	OP(SA_UPDATE, sa_policy, ipsecvif_nl_sa_update, NULL),
	OP(SA_DEL, sa_policy, ipsecvif_nl_sa_del, NULL),
	OP(SA_FLUSH, sa_policy, ipsecvif_nl_sa_flush, NULL),
	OP(SELECTOR_ADD, selector_policy, ipsecvif_nl_selector_add, NULL),
	OP(SELECTOR_DEL, selector_policy, ipsecvif_nl_selector_del, NULL),
	OP(SELECTOR_GET, device_policy, NULL, ipsecvif_nl_selector_dumpit),
	OP(SELECTOR_FLUSH, device_policy, ipsecvif_nl_selector_flush, NULL),
	OP(SOCK_ATTACH, sock_policy, ipsecvif_nl_sock_attach, NULL),
	OP(SOCK_DETACH, sock_policy, ipsecvif_nl_sock_detach, NULL),
	OP(DROPS_GET, device_policy, NULL, ipsecvif_nl_drops_dumpit),
};

static const struct genl_multicast_group netlink_groups[] = {
	{ .name = IPSECVIF_GENL_MCGRP_EVENTS, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

struct genl_family ipsecvif_family __ro_after_init = {
	.name = IPSECVIF_GENL_NAME,
	.version = IPSECVIF_GENL_VERSION,
	.netnsok = true,
	.module = THIS_MODULE,
	.ops = netlink_ops,
	.n_ops = ARRAY_SIZE(netlink_ops),
	.resv_start_op = IPSECVIF_CMD_UNSPEC + 1,
	.mcgrps = netlink_groups,
	.n_mcgrps = ARRAY_SIZE(netlink_groups),
};

/**
 * ipsecvif_netlink_module_init() - register the family
 *
 * Return: 0 or -errno.
 */
int ipsecvif_netlink_module_init(void)
{
	return genl_register_family(&ipsecvif_family);
}

/**
 * ipsecvif_netlink_module_exit() - unregister the family
 */
void ipsecvif_netlink_module_exit(void)
{
	genl_unregister_family(&ipsecvif_family);
}
