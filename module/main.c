// SPDX-License-Identifier: GPL-2.0-only
/* Loading and unloading: everything in order, and in its exact reverse. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <net/genetlink.h>
#include <net/rtnetlink.h>

#include "ah.h"
#include "comp.h"
#include "crypt.h"
#include "esp.h"
#include "mux.h"
#include "net.h"
#include "netdev.h"
#include "netlink.h"
#include "power.h"
#include "replay.h"
#include "sa.h"
#include "segment.h"
#include "selector.h"
#include "spread.h"
#include "steer.h"
#include "udp.h"

unsigned int ipsecvif_net_id;

static int __net_init net_init(struct net *net)
{
	struct ipsecvif_net *inet = ipsecvif_net(net);
	int err;

	inet->net = net;
	spin_lock_init(&inet->lock);
	spin_lock_init(&inet->sockets_lock);
	INIT_LIST_HEAD(&inet->devices);
	INIT_LIST_HEAD(&inet->sockets);
	inet->drops = ipsecvif_drops_alloc();
	if (!inet->drops)
		return -ENOMEM;
	err = ipsecvif_spi_net_init(inet);
	if (err)
		goto err_drops;
	err = ipsecvif_sa_tables_init(&inet->tables);
	if (err)
		goto err_spi;
	return 0;
err_spi:
	ipsecvif_spi_net_exit(inet);
err_drops:
	free_percpu(inet->drops);
	return err;
}

/* After the last device of the namespace: no packet looks up an SPI any more. */
static void __net_exit net_exit(struct net *net)
{
	struct ipsecvif_net *inet = ipsecvif_net(net);

	ipsecvif_udp_net_exit(inet);
	/* SAs on their way out still give their slots back. */
	ipsecvif_sa_barrier();
	ipsecvif_sa_tables_exit(&inet->tables);
	ipsecvif_spi_net_exit(inet);
	free_percpu(inet->drops);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
	.id = &ipsecvif_net_id,
	.size = sizeof(struct ipsecvif_net),
};

/* Devices end with their underlay, wherever they moved. */
static void __net_exit net_device_exit_batch(struct list_head *nets)
{
	struct net *net;
	LIST_HEAD(kill);

	rtnl_lock();
	list_for_each_entry(net, nets, exit_list)
		ipsecvif_netdev_net_exit(net, &kill);
	unregister_netdevice_many(&kill);
	rtnl_unlock();
}

/*
 * Two sets, since a namespace ends in this order: our devices, all others, what
 * their packets looked at.
 */
static struct pernet_operations net_device_ops = { .exit_batch = net_device_exit_batch };

/* Run at load in a build with IPSECVIF_SELFTEST=1; a failure refuses the load. */
static int __init main_selftest(void)
{
#ifdef IPSECVIF_SELFTEST
	if (!(ipsecvif_replay_selftest() & ipsecvif_selector_selftest() &
	      ipsecvif_index_selftest() & ipsecvif_segment_selftest() & ipsecvif_esp_selftest() &
	      ipsecvif_ah_selftest() & ipsecvif_comp_selftest()))
		return -EINVAL;
	pr_info("selftests passed\n");
#endif
	return 0;
}

static int __init ipsecvif_init(void)
{
	int err;

	err = ipsecvif_crypt_module_init();
	if (err)
		return err;
	err = ipsecvif_spread_module_init();
	if (err)
		goto err_crypt;
	err = ipsecvif_steer_module_init();
	if (err)
		goto err_spread;
	err = ipsecvif_ah_module_init();
	if (err)
		goto err_steer;
	err = ipsecvif_sa_module_init();
	if (err)
		goto err_ah;
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto err_sa;
	err = register_pernet_device(&net_device_ops);
	if (err)
		goto err_net;
	err = main_selftest();
	if (err)
		goto err_net_device;
	err = ipsecvif_netlink_module_init();
	if (err)
		goto err_net_device;
	err = ipsecvif_netdev_module_init();
	if (err)
		goto err_netlink;
	err = ipsecvif_power_module_init();
	if (err)
		goto err_netdev;
	err = ipsecvif_mux_module_init();
	if (err)
		goto err_power;
	return 0;

err_power:
	ipsecvif_power_module_exit();
err_netdev:
	ipsecvif_netdev_module_exit();
err_netlink:
	ipsecvif_netlink_module_exit();
err_net_device:
	unregister_pernet_device(&net_device_ops);
err_net:
	unregister_pernet_subsys(&net_ops);
err_sa:
	ipsecvif_sa_module_exit();
err_ah:
	ipsecvif_ah_module_exit();
err_steer:
	ipsecvif_steer_module_exit();
err_spread:
	ipsecvif_spread_module_exit();
err_crypt:
	ipsecvif_crypt_module_exit();
	return err;
}

static void __exit ipsecvif_exit(void)
{
	ipsecvif_mux_module_exit();
	ipsecvif_power_module_exit();
	ipsecvif_netdev_module_exit();
	ipsecvif_netlink_module_exit();
	unregister_pernet_device(&net_device_ops);
	unregister_pernet_subsys(&net_ops);
	ipsecvif_sa_module_exit();
	ipsecvif_ah_module_exit();
	ipsecvif_steer_module_exit();
	ipsecvif_spread_module_exit();
	ipsecvif_crypt_module_exit();
}

module_init(ipsecvif_init);
module_exit(ipsecvif_exit);

MODULE_DESCRIPTION("Route-based IPsec interface");
MODULE_LICENSE("GPL");
MODULE_ALIAS_RTNL_LINK("ipsecvif");
MODULE_ALIAS_GENL_FAMILY(IPSECVIF_GENL_NAME);
MODULE_SOFTDEP("pre: gcm cbc authenc authencesn");
MODULE_VERSION(IPSECVIF_VERSION);
