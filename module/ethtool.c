// SPDX-License-Identifier: GPL-2.0-only
/* What ethtool tells of a device: ethtool -i, ethtool -S. */
#include <linux/ethtool.h>

#include "drop.h"
#include "netdev.h"
#include "sa.h"

/* Beside the drops. */
enum ethtool_stat {
	STAT_SAS_IN, /* reserved SPIs included */
	STAT_SAS_OUT,
	STAT_SELECTORS,
	STAT_DROPS, /* the first of them */
	STATS = STAT_DROPS + __IPSECVIF_DROP_MAX,
};

static const char ethtool_names[STAT_DROPS][ETH_GSTRING_LEN] = {
	[STAT_SAS_IN] = "sas-in",
	[STAT_SAS_OUT] = "sas-out",
	[STAT_SELECTORS] = "selectors",
};

static void ethtool_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, IPSECVIF_LINK_KIND, sizeof(info->driver));
	strscpy(info->version, IPSECVIF_VERSION, sizeof(info->version));
}

static int ethtool_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? STATS : -EOPNOTSUPP;
}

static void ethtool_strings(struct net_device *dev, u32 set, u8 *data)
{
	int reason;

	if (set != ETH_SS_STATS)
		return;
	memcpy(data, ethtool_names, sizeof(ethtool_names));
	data += sizeof(ethtool_names);
	for (reason = 0; reason < __IPSECVIF_DROP_MAX; reason++)
		ethtool_sprintf(&data, "drop-%s", ipsecvif_drop_name(reason));
}

static void ethtool_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	struct ipsecvif_dev *vif = netdev_priv(dev);
	u32 out = READ_ONCE(vif->out_count);
	int reason;

	data[STAT_SAS_OUT] = out;
	data[STAT_SAS_IN] = READ_ONCE(vif->sa_count) - out;
	data[STAT_SELECTORS] = READ_ONCE(vif->selector_count);
	for (reason = 0; reason < __IPSECVIF_DROP_MAX; reason++)
		data[STAT_DROPS + reason] = ipsecvif_drops_read(vif->drops, reason);
}

const struct ethtool_ops ipsecvif_ethtool_ops = {
	.get_drvinfo = ethtool_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_sset_count = ethtool_sset_count,
	.get_strings = ethtool_strings,
	.get_ethtool_stats = ethtool_stats,
};
