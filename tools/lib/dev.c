// SPDX-License-Identifier: MIT
/*
 * Devices: what they are set to and how they stand.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lib/internal.h"

static uint32_t u32_or_zero(const struct nlattr *nla)
{
	return nla ? nla_get_u32(nla) : 0;
}

static uint8_t u8_or_zero(const struct nlattr *nla)
{
	return nla ? nla_get_u8(nla) : 0;
}

int parse_dev(struct nlattr *nest, struct ipsecvif_dev *dev)
{
	static const struct nla_policy policy[IPSECVIF_DEV_A_MAX + 1] = {
		[IPSECVIF_DEV_A_IFINDEX] = { .type = NLA_U32 },
		[IPSECVIF_DEV_A_IFNAME] = { .type = NLA_STRING },
		[IPSECVIF_DEV_A_FWMARK] = { .type = NLA_U32 },
		[IPSECVIF_DEV_A_UNDERLAY] = { .type = NLA_U32 },
		[IPSECVIF_DEV_A_DF] = { .type = NLA_U8 },
		[IPSECVIF_DEV_A_TTL] = { .type = NLA_U8 },
		[IPSECVIF_DEV_A_DSCP] = { .type = NLA_U8 },
		[IPSECVIF_DEV_A_CARRIER] = { .type = NLA_U8 },
		[IPSECVIF_DEV_A_MTU] = { .type = NLA_U32 },
		[IPSECVIF_DEV_A_MTU_AUTO] = { .type = NLA_U8 },
		[IPSECVIF_DEV_A_SA_COUNT] = { .type = NLA_U32 },
		[IPSECVIF_DEV_A_SELECTOR_COUNT] = { .type = NLA_U32 },
		[IPSECVIF_DEV_A_UNDERLAY_NETNSID] = { .type = NLA_S32 },
		[IPSECVIF_DEV_A_FLOW_LABEL] = { .type = NLA_U8 },
		[IPSECVIF_DEV_A_UDP_CSUM] = { .type = NLA_U8 },
		[IPSECVIF_DEV_A_HOLD] = { .type = NLA_U32 },
		[IPSECVIF_DEV_A_STRICT] = { .type = NLA_U8 },
	};
	struct nlattr *tb[IPSECVIF_DEV_A_MAX + 1];

	memset(dev, 0, sizeof(*dev));
	if (nla_parse_nested(tb, IPSECVIF_DEV_A_MAX, nest, policy) ||
	    parse_addr(tb[IPSECVIF_DEV_A_LOCAL], &dev->local) ||
	    parse_addr(tb[IPSECVIF_DEV_A_REMOTE], &dev->remote))
		return -EBADMSG;
	dev->ifindex = u32_or_zero(tb[IPSECVIF_DEV_A_IFINDEX]);
	if (tb[IPSECVIF_DEV_A_IFNAME])
		nla_strlcpy(dev->ifname, tb[IPSECVIF_DEV_A_IFNAME], sizeof(dev->ifname));
	dev->fwmark = u32_or_zero(tb[IPSECVIF_DEV_A_FWMARK]);
	dev->underlay = u32_or_zero(tb[IPSECVIF_DEV_A_UNDERLAY]);
	dev->df = u8_or_zero(tb[IPSECVIF_DEV_A_DF]);
	dev->ttl = u8_or_zero(tb[IPSECVIF_DEV_A_TTL]);
	dev->dscp = u8_or_zero(tb[IPSECVIF_DEV_A_DSCP]);
	dev->flow_label = u8_or_zero(tb[IPSECVIF_DEV_A_FLOW_LABEL]);
	dev->udp_csum = u8_or_zero(tb[IPSECVIF_DEV_A_UDP_CSUM]);
	dev->carrier = u8_or_zero(tb[IPSECVIF_DEV_A_CARRIER]);
	dev->mtu = u32_or_zero(tb[IPSECVIF_DEV_A_MTU]);
	dev->mtu_auto = u8_or_zero(tb[IPSECVIF_DEV_A_MTU_AUTO]);
	dev->sa_count = u32_or_zero(tb[IPSECVIF_DEV_A_SA_COUNT]);
	dev->selector_count = u32_or_zero(tb[IPSECVIF_DEV_A_SELECTOR_COUNT]);
	dev->hold = u32_or_zero(tb[IPSECVIF_DEV_A_HOLD]);
	dev->strict = u8_or_zero(tb[IPSECVIF_DEV_A_STRICT]);
	if (tb[IPSECVIF_DEV_A_UNDERLAY_NETNSID]) {
		dev->underlay_elsewhere = true;
		dev->underlay_netnsid = nla_get_s32(tb[IPSECVIF_DEV_A_UNDERLAY_NETNSID]);
	}
	return 0;
}

static int dev_reply(struct nlattr *attr, int len, void *arg)
{
	struct list *list = arg;
	struct nlattr *nla;
	int rem, err;

	nla_for_each_attr(nla, attr, len, rem) {
		struct ipsecvif_dev *dev;

		if (nla_type(nla) != IPSECVIF_A_DEV)
			continue;
		dev = list_grow(list);
		if (!dev)
			return -ENOMEM;
		err = parse_dev(nla, dev);
		if (err)
			return err;
	}
	return 0;
}

int ipsecvif_dev_get(struct ipsecvif_client *client, unsigned int ifindex, struct ipsecvif_dev *dev)
{
	struct list list = { .size = sizeof(*dev) };
	struct nl_msg *msg = request_new(client, IPSECVIF_CMD_DEV_GET, 0, ifindex, 0);
	int err;

	if (!msg)
		return -ENOMEM;
	err = request_run(client, msg, dev_reply, &list);
	if (!err && !list.n)
		err = client_fail(client, -EBADMSG, "the kernel answered without a device");
	if (!err)
		*dev = *(struct ipsecvif_dev *)list.items;
	list_free(&list, NULL);
	return err;
}

int ipsecvif_dev_dump(struct ipsecvif_client *client, ipsecvif_dev_fn *fn, void *arg)
{
	struct list list = { .size = sizeof(struct ipsecvif_dev) };
	const struct ipsecvif_dev *devs;
	size_t i;
	int err;

	err = dump_run(client, IPSECVIF_CMD_DEV_GET, 0, dev_reply, &list, NULL);
	devs = list.items;
	for (i = 0; !err && i < list.n; i++)
		err = fn(&devs[i], arg);
	list_free(&list, NULL);
	return err;
}

/* The unspecified address of the family in use, or of either, clears it. */
static int put_addr_or_clear(struct nl_msg *msg, int type, const struct ipsecvif_addr *addr)
{
	static const struct ipsecvif_addr none = { .family = AF_INET };

	return put_addr(msg, type, addr->family == AF_UNSPEC ? &none : addr);
}

static int put_dev(struct nl_msg *msg, const struct ipsecvif_dev *dev, uint64_t what)
{
	struct nlattr *nest = nla_nest_start(msg, IPSECVIF_A_DEV);
	int err = 0;

	if (!nest)
		return -EMSGSIZE;
	if (what & IPSECVIF_BIT(IPSECVIF_DEV_A_LOCAL))
		err |= put_addr_or_clear(msg, IPSECVIF_DEV_A_LOCAL, &dev->local);
	if (what & IPSECVIF_BIT(IPSECVIF_DEV_A_REMOTE))
		err |= put_addr_or_clear(msg, IPSECVIF_DEV_A_REMOTE, &dev->remote);
	if (what & IPSECVIF_BIT(IPSECVIF_DEV_A_FWMARK))
		err |= nla_put_u32(msg, IPSECVIF_DEV_A_FWMARK, dev->fwmark);
	if (what & IPSECVIF_BIT(IPSECVIF_DEV_A_UNDERLAY))
		err |= nla_put_u32(msg, IPSECVIF_DEV_A_UNDERLAY, dev->underlay);
	if (what & IPSECVIF_BIT(IPSECVIF_DEV_A_DF))
		err |= nla_put_u8(msg, IPSECVIF_DEV_A_DF, (uint8_t)dev->df);
	if (what & IPSECVIF_BIT(IPSECVIF_DEV_A_TTL))
		err |= nla_put_u8(msg, IPSECVIF_DEV_A_TTL, dev->ttl);
	if (what & IPSECVIF_BIT(IPSECVIF_DEV_A_DSCP))
		err |= nla_put_u8(msg, IPSECVIF_DEV_A_DSCP, (uint8_t)dev->dscp);
	if (what & IPSECVIF_BIT(IPSECVIF_DEV_A_FLOW_LABEL))
		err |= nla_put_u8(msg, IPSECVIF_DEV_A_FLOW_LABEL, (uint8_t)dev->flow_label);
	if (what & IPSECVIF_BIT(IPSECVIF_DEV_A_UDP_CSUM))
		err |= nla_put_u8(msg, IPSECVIF_DEV_A_UDP_CSUM, dev->udp_csum);
	if (what & IPSECVIF_BIT(IPSECVIF_DEV_A_MTU_AUTO))
		err |= nla_put_u8(msg, IPSECVIF_DEV_A_MTU_AUTO, dev->mtu_auto);
	if (what & IPSECVIF_BIT(IPSECVIF_DEV_A_HOLD))
		err |= nla_put_u32(msg, IPSECVIF_DEV_A_HOLD, dev->hold);
	if (what & IPSECVIF_BIT(IPSECVIF_DEV_A_STRICT))
		err |= nla_put_u8(msg, IPSECVIF_DEV_A_STRICT, dev->strict);
	nla_nest_end(msg, nest);
	return err;
}

int ipsecvif_dev_set(struct ipsecvif_client *client, unsigned int ifindex,
		     const struct ipsecvif_dev *dev, uint64_t what)
{
	struct nl_msg *msg = request_new(client, IPSECVIF_CMD_DEV_SET, 0, ifindex, 0);

	if (!msg)
		return -ENOMEM;
	if (put_dev(msg, dev, what))
		return request_too_big(client, msg);
	return request_run(client, msg, NULL, NULL);
}
