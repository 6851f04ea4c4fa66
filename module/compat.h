/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every difference between the kernels that we build for, as typed inline
 * wrappers: the rest of the module has no #if of its own. Kbuild's probes
 * decide, not version numbers, since distribution kernels carry newer
 * interfaces.
 */
#ifndef IPSECVIF_COMPAT_H
#define IPSECVIF_COMPAT_H

#include <crypto/aead.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/timer.h>
#include <net/genetlink.h>

/* Upstream 6.5 moved skb_gso_segment(), 6.12 the unaligned accessors. */
#ifdef IPSECVIF_HAVE_NET_GSO_H
#include <net/gso.h>
#endif
#ifdef IPSECVIF_HAVE_LINUX_UNALIGNED_H
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* Upstream 6.12: NETIF_F_LLTX became a bit of the device. */
static inline void compat_dev_set_lltx(struct net_device *dev)
{
#ifdef IPSECVIF_HAVE_DEV_LLTX
	dev->lltx = true;
#else
	dev->features |= NETIF_F_LLTX;
#endif
}

/* Upstream 6.7: the core allocates and frees dev->tstats. */
static inline int compat_dev_tstats_init(struct net_device *dev)
{
#ifdef IPSECVIF_HAVE_PCPU_STAT_TYPE
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	return 0;
#else
	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	return dev->tstats ? 0 : -ENOMEM;
#endif
}

static inline void compat_dev_tstats_free(struct net_device *dev)
{
#ifndef IPSECVIF_HAVE_PCPU_STAT_TYPE
	free_percpu(dev->tstats);
	dev->tstats = NULL;
#endif
}

/* Upstream 6.3: completions get the data pointer itself. */
#ifdef IPSECVIF_HAVE_CRYPTO_CB_VOID
#define compat_crypto_cb_arg void
#else
#define compat_crypto_cb_arg struct crypto_async_request
#endif

static inline void *compat_crypto_cb_data(compat_crypto_cb_arg *arg)
{
#ifdef IPSECVIF_HAVE_CRYPTO_CB_VOID
	return arg;
#else
	return arg->data;
#endif
}

/* Upstream 6.2 / 6.15. */
static inline int compat_timer_delete_sync(struct timer_list *timer)
{
#ifdef IPSECVIF_HAVE_TIMER_DELETE_SYNC
	return timer_delete_sync(timer);
#else
	return del_timer_sync(timer);
#endif
}

/* Upstream 6.16. */
#ifdef IPSECVIF_HAVE_TIMER_CONTAINER_OF
#define compat_timer_container_of timer_container_of
#else
#define compat_timer_container_of from_timer
#endif

/* Upstream 6.6. */
static inline struct nlattr **compat_genl_dump_attrs(struct netlink_callback *cb)
{
#ifdef IPSECVIF_HAVE_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/* Upstream 6.2: a sentence of the request's own; before, a constant one. */
static inline __printf(3, 4) void compat_nl_sentence(struct netlink_ext_ack *extack,
						     const char *plain, const char *fmt, ...)
{
#ifdef IPSECVIF_HAVE_EXTACK_BUF
	va_list args;

	va_start(args, fmt);
	vsnprintf(extack->_msg_buf, sizeof(extack->_msg_buf), fmt, args);
	va_end(args);
	extack->_msg = extack->_msg_buf;
#else
	extack->_msg = plain;
#endif
}

#endif /* IPSECVIF_COMPAT_H */
