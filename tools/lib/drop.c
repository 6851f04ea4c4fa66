// SPDX-License-Identifier: MIT
/*
 * Drop reasons: their words, and how often each struck.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lib/internal.h"

const struct ipsecvif_drop_info *ipsecvif_drop_info(uint32_t reason)
{
#define DROP_INFO(symbol, name, meaning, cure) { name, meaning, cure },
	static const struct ipsecvif_drop_info infos[] = { IPSECVIF_DROP_REASONS(DROP_INFO) };
#undef DROP_INFO

	return reason < sizeof(infos) / sizeof(infos[0]) ? &infos[reason] : NULL;
}

/* A device's counters while they are collected. */
struct device_drops {
	unsigned int ifindex;
	char ifname[IF_NAMESIZE];
	struct list drops;
};

static void device_drops_fini(void *item)
{
	struct device_drops *device = item;

	list_free(&device->drops, NULL);
}

static int parse_drop(struct nlattr *nest, struct ipsecvif_drop *drop)
{
	static const struct nla_policy policy[IPSECVIF_DROP_A_MAX + 1] = {
		[IPSECVIF_DROP_A_REASON] = { .type = NLA_U32 },
		[IPSECVIF_DROP_A_NAME] = { .type = NLA_STRING },
		[IPSECVIF_DROP_A_COUNT] = { .type = NLA_U64 },
	};
	struct nlattr *tb[IPSECVIF_DROP_A_MAX + 1];

	if (nla_parse_nested(tb, IPSECVIF_DROP_A_MAX, nest, policy) ||
	    !tb[IPSECVIF_DROP_A_REASON] || !tb[IPSECVIF_DROP_A_COUNT])
		return -EBADMSG;
	drop->reason = nla_get_u32(tb[IPSECVIF_DROP_A_REASON]);
	drop->count = nla_get_u64(tb[IPSECVIF_DROP_A_COUNT]);
	if (tb[IPSECVIF_DROP_A_NAME])
		nla_strlcpy(drop->name, tb[IPSECVIF_DROP_A_NAME], sizeof(drop->name));
	return 0;
}

static int drop_reply(struct nlattr *attr, int len, void *arg)
{
	struct device_drops *device = list_grow(arg);
	struct ipsecvif_drop *drop;
	struct nlattr *nla;
	int rem, err;

	if (!device)
		return -ENOMEM;
	device->drops.size = sizeof(struct ipsecvif_drop);
	nla_for_each_attr(nla, attr, len, rem) {
		switch (nla_type(nla)) {
		case IPSECVIF_A_IFINDEX:
			if (nla_len(nla) < (int)sizeof(uint32_t))
				return -EBADMSG;
			device->ifindex = nla_get_u32(nla);
			break;
		case IPSECVIF_A_IFNAME:
			nla_strlcpy(device->ifname, nla, sizeof(device->ifname));
			break;
		case IPSECVIF_A_DROP:
			drop = list_grow(&device->drops);
			err = drop ? parse_drop(nla, drop) : -ENOMEM;
			if (err)
				return err;
			break;
		default:
			break;
		}
	}
	return 0;
}

int ipsecvif_drops_get(struct ipsecvif_client *client, unsigned int ifindex, ipsecvif_drops_fn *fn,
		       void *arg)
{
	struct list list = { .size = sizeof(struct device_drops) };
	const struct device_drops *devices;
	size_t i;
	int err;

	err = dump_run(client, IPSECVIF_CMD_DROPS_GET, ifindex, drop_reply, &list,
		       device_drops_fini);
	devices = list.items;
	for (i = 0; !err && i < list.n; i++) {
		struct ipsecvif_drops drops = {
			.ifindex = devices[i].ifindex,
			.drops = devices[i].drops.items,
			.n = devices[i].drops.n,
		};

		memcpy(drops.ifname, devices[i].ifname, sizeof(drops.ifname));
		err = fn(&drops, arg);
	}
	list_free(&list, device_drops_fini);
	return err;
}
