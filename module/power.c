// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of the SAs when the machine itself is cloned or sleeps.
 *
 * Cloned, or restored from a snapshot: another instance may go on with the same
 * sequence numbers, which are the nonces, so the outbound SAs end.
 *
 * Hibernated: memory goes to a disk, and keys don't, so all SAs end before the
 * image is made, and none is taken until the machine is back.
 *
 * Suspended: SAs stay. Their time goes on, and those whose time is up end at
 * once on resume.
 */
#include "power.h"

#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/suspend.h>
#include <net/net_namespace.h>

#include "net.h"
#include "netdev.h"
#include "sa.h"

static bool power_hibernating;

/**
 * ipsecvif_power_hibernates() - may no key be taken now?
 *
 * Context: ipsecvif_net.lock held, so that what power_pm() removes is all.
 */
bool ipsecvif_power_hibernates(void)
{
	return READ_ONCE(power_hibernating);
}

static void power_each_device(void (*fn)(struct ipsecvif_dev *vif))
{
	struct ipsecvif_dev *vif;
	struct net *net;

	rtnl_lock();
	down_read(&net_rwsem);
	for_each_net(net)
		list_for_each_entry(vif, &ipsecvif_net(net)->devices, on_net)
			fn(vif);
	up_read(&net_rwsem);
	rtnl_unlock();
}

static void device_vmfork(struct ipsecvif_dev *vif)
{
	ipsecvif_sa_expire_all(vif, IPSECVIF_DIR_OUT, IPSECVIF_LIMIT_VMFORK);
}

static void device_hibernate(struct ipsecvif_dev *vif)
{
	ipsecvif_sa_expire_all(vif, IPSECVIF_DIR_OUT, IPSECVIF_LIMIT_HIBERNATE);
	ipsecvif_sa_expire_all(vif, IPSECVIF_DIR_IN, IPSECVIF_LIMIT_HIBERNATE);
}

static int power_vmfork(struct notifier_block *nb, unsigned long action, void *data)
{
	power_each_device(device_vmfork);
	return NOTIFY_DONE;
}

static struct notifier_block vmfork_notifier = { .notifier_call = power_vmfork };

static int power_pm(struct notifier_block *nb, unsigned long action, void *data)
{
	switch (action) {
	case PM_HIBERNATION_PREPARE:
		/* User space still runs, and would answer each event by new SAs. */
		WRITE_ONCE(power_hibernating, true);
		power_each_device(device_hibernate);
		/* Their keys are wiped when they are freed. */
		ipsecvif_sa_barrier();
		break;
	case PM_POST_HIBERNATION:
		WRITE_ONCE(power_hibernating, false);
		fallthrough;
	case PM_POST_SUSPEND:
		power_each_device(ipsecvif_sa_timers_rearm);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block pm_notifier_block = { .notifier_call = power_pm };

/**
 * ipsecvif_power_module_init() - begin to watch
 *
 * Return: 0 or -errno.
 */
int ipsecvif_power_module_init(void)
{
	int err = register_random_vmfork_notifier(&vmfork_notifier);

	if (err)
		return err;
	err = register_pm_notifier(&pm_notifier_block);
	if (err)
		unregister_random_vmfork_notifier(&vmfork_notifier);
	return err;
}

/**
 * ipsecvif_power_module_exit() - watch no more
 */
void ipsecvif_power_module_exit(void)
{
	unregister_pm_notifier(&pm_notifier_block);
	unregister_random_vmfork_notifier(&vmfork_notifier);
}
