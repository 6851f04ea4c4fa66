// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a security association: made without locks, linked under
 * ipsecvif_net.lock, used under RCU, unlinked, and freed when neither a reader
 * nor a packet in the crypto API can hold it.
 */
#include "sa.h"

#include <linux/inetdevice.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <net/xfrm.h>

#include "comp.h"
#include "compat.h"
#include "event.h"
#include "net.h"
#include "netdev.h"
#include "power.h"
#include "route.h"
#include "selector.h"

/* Changes with the set of SAs, for dumps to notice. */
atomic_t ipsecvif_sa_generation = ATOMIC_INIT(1);

static struct kmem_cache *sa_cache;
static struct workqueue_struct *sa_wq;
static siphash_key_t key_secret;

static struct ipsecvif_net *sa_net(const struct ipsecvif_sa *sa)
{
	return ipsecvif_net(sa->vif->net);
}

/* Of one that nobody can find, nor has found. */
static void sa_destroy(struct ipsecvif_sa *sa)
{
	compat_timer_delete_sync(&sa->timer);
	if (sa->steered.total)
		ipsecvif_steer_flush();
	ipsecvif_spread_exit(&sa->order);
	ipsecvif_spi_release(sa_net(sa), sa);
	ipsecvif_crypt_free(&sa->crypt);
	if (sa->comp)
		ipsecvif_comp_put();
	if (sa->watched)
		ipsecvif_watch_put(sa_net(sa));
	ipsecvif_replay_free(&sa->replay);
	ipsecvif_route_reset(sa);
	kfree(rcu_dereference_protected(sa->peer, 1));
	netdev_put(sa->vif->dev, &sa->dev_tracker);
	kmem_cache_free(sa_cache, sa);
}

static void sa_free_work(struct work_struct *work)
{
	struct ipsecvif_sa *sa = container_of(to_rcu_work(work), struct ipsecvif_sa, free_work);

	sa_destroy(sa);
}

/**
 * ipsecvif_sa_hold() - keep an SA beyond the RCU read-side section
 * @sa: found under rcu_read_lock()
 *
 * Return: false if it is being freed.
 */
bool ipsecvif_sa_hold(struct ipsecvif_sa *sa)
{
	return refcount_inc_not_zero(&sa->refs);
}

/**
 * ipsecvif_sa_put() - undo ipsecvif_sa_hold(), or the table's own reference
 * @sa: the SA, freed in its time with the last reference
 *
 * Context: any but hard interrupt.
 */
void ipsecvif_sa_put(struct ipsecvif_sa *sa)
{
	if (refcount_dec_and_test(&sa->refs))
		queue_rcu_work(sa_wq, &sa->free_work);
}

/**
 * ipsecvif_sa_discard() - free an SA that was not linked
 * @sa: from ipsecvif_sa_new() or ipsecvif_sa_new_reserved()
 *
 * Context: process.
 */
void ipsecvif_sa_discard(struct ipsecvif_sa *sa)
{
	ipsecvif_sa_table_del(sa);
	ipsecvif_sa_put(sa);
}

static struct ipsecvif_sa *sa_alloc(struct ipsecvif_dev *vif, u8 dir, u8 proto)
{
	struct ipsecvif_sa *sa = kmem_cache_zalloc(sa_cache, GFP_KERNEL_ACCOUNT);

	if (!sa)
		return NULL;
	sa->vif = vif;
	sa->dir = dir;
	sa->proto = proto;
	sa->slot = -1;
	sa->steer_cpu = -1;
	sa->expires = U64_MAX; /* until it is linked */
	INIT_LIST_HEAD(&sa->bindings);
	INIT_LIST_HEAD(&sa->on_dev);
	INIT_RCU_WORK(&sa->free_work, sa_free_work);
	timer_setup(&sa->timer, ipsecvif_sa_timer, 0);
	ipsecvif_spread_init(&sa->order);
	refcount_set(&sa->refs, 1);
	netdev_hold(vif->dev, &sa->dev_tracker, GFP_KERNEL);

	return sa;
}

static int sa_set_peer(struct ipsecvif_sa *sa, const struct ipsecvif_sa_conf *conf)
{
	const struct ipsecvif_peer peer = {
		.src = conf->src,
		.dst = conf->dst,
		.encap = conf->encap,
		.sport = conf->sport,
		.dport = conf->dport,
	};

	return ipsecvif_sa_peer_set(sa, &peer, GFP_KERNEL_ACCOUNT);
}

/*
 * Identify a key with its salt, without keeping it, where nonces must not
 * repeat. Not by algorithm: GCM, GMAC and CTR run the same counters.
 */
static u64 sa_key_id(const struct ipsecvif_alg *alg, const struct ipsecvif_crypt_conf *conf)
{
	const u8 *key = conf->aead_name ? conf->aead_key : conf->enc_key;
	u32 len = conf->aead_name ? conf->aead_key_len : conf->enc_key_len;

	return alg && alg->counter ? siphash(key, len, &key_secret) ?: 1 : 0;
}

/* Outbound AH over IPv6, which an SA of IPv4 may become, does not get its errors else. */
static int sa_watch(struct ipsecvif_sa *sa)
{
	int err = ipsecvif_watch_get(sa_net(sa));

	sa->watched = !err;
	return err;
}

static int sa_set_comp(struct ipsecvif_sa *sa, __be16 cpi)
{
	int err = ipsecvif_comp_get();

	sa->comp = !err;
	sa->cpi = cpi;
	return err;
}

/* An SPI that XFRM uses stays XFRM's. */
static int sa_check_xfrm(struct ipsecvif_sa *sa, __be32 spi, u8 family,
			 struct netlink_ext_ack *extack)
{
	struct xfrm_state *x = xfrm_state_lookup_byspi(sa->vif->net, spi, family);

	if (!x)
		return 0;
	xfrm_state_put(x);
	NL_SET_ERR_MSG(extack, "an XFRM state of this namespace has this SPI");
	return -EEXIST;
}

static int sa_init_in(struct ipsecvif_sa *sa, const struct ipsecvif_sa_conf *conf,
		      struct netlink_ext_ack *extack)
{
	int err = ipsecvif_replay_init(&sa->replay, conf->replay_window, conf->esn, conf->seq);

	if (err)
		return err;
	sa->spi = conf->spi;
	if (!conf->spi)
		return ipsecvif_spi_reserve(sa_net(sa), sa, extack);
	return sa_check_xfrm(sa, conf->spi, conf->dst.family ?: AF_INET, extack);
}

/**
 * ipsecvif_sa_new() - make an SA, not yet to be found
 * @vif: its device
 * @conf: what it is to be; the caller wipes the keys
 * @extack: gets a sentence with an error
 *
 * Context: process, may sleep; genl requests are serialised.
 * Return: the SA, to be linked or destroyed, or an ERR_PTR().
 */
struct ipsecvif_sa *ipsecvif_sa_new(struct ipsecvif_dev *vif, const struct ipsecvif_sa_conf *conf,
				    struct netlink_ext_ack *extack)
{
	struct ipsecvif_sa *sa = sa_alloc(vif, conf->dir, conf->proto);
	int err;

	if (!sa)
		return ERR_PTR(-ENOMEM);
	sa->mode = conf->mode;
	sa->tfc = conf->tfc;
	sa->flow_label = htonl(get_random_u32()) & IPV6_FLOWLABEL_MASK;
	sa->limits = conf->limits;
	sa->limited = ipsecvif_limits_count_traffic(&conf->limits);
	err = ipsecvif_crypt_init(&sa->crypt, &conf->crypt, extack);
	if (!err && conf->comp)
		err = sa_set_comp(sa, conf->cpi);
	if (!err && conf->proto == IPPROTO_AH && conf->dir == IPSECVIF_DIR_OUT)
		err = sa_watch(sa);
	if (!err)
		err = sa_set_peer(sa, conf);
	if (err)
		goto err;
	if (conf->dir == IPSECVIF_DIR_IN) {
		err = sa_init_in(sa, conf, extack);
	} else {
		sa->spi = conf->spi;
		sa->key_id = sa_key_id(sa->crypt.alg, &conf->crypt);
		atomic64_set(&sa->seq, conf->seq);
	}
	if (!err)
		err = ipsecvif_sa_table_add(sa);
	if (err)
		goto err;
	return sa;
err:
	sa_destroy(sa);
	return ERR_PTR(err);
}

/**
 * ipsecvif_sa_new_reserved() - reserve an inbound SPI
 * @vif: the device
 * @proto: IPPROTO_ESP or IPPROTO_AH
 * @extack: gets a sentence with an error
 *
 * Context: as ipsecvif_sa_new().
 * Return: an SA without keys, to be linked or destroyed, or an ERR_PTR().
 */
struct ipsecvif_sa *ipsecvif_sa_new_reserved(struct ipsecvif_dev *vif, u8 proto,
					     struct netlink_ext_ack *extack)
{
	struct ipsecvif_sa *sa = sa_alloc(vif, IPSECVIF_DIR_IN, proto);
	int err;

	if (!sa)
		return ERR_PTR(-ENOMEM);
	sa->reserved = true;
	err = ipsecvif_spi_reserve(sa_net(sa), sa, extack);
	if (err) {
		sa_destroy(sa);
		return ERR_PTR(err);
	}
	return sa;
}

/* The reservation that an inbound SA with an explicit SPI of our range takes up. */
static struct ipsecvif_sa *sa_reservation(const struct ipsecvif_sa *sa)
{
	struct ipsecvif_sa *old = ipsecvif_spi_find(sa->vif->net, sa->spi);

	return old && old->reserved && old->vif == sa->vif ? old : NULL;
}

static int sa_check_in(struct ipsecvif_sa *sa, struct netlink_ext_ack *extack)
{
	if (sa->slot >= 0)
		return 0; /* chosen a moment ago */
	if (ipsecvif_spi_is_ours(sa->spi)) {
		if (sa_reservation(sa))
			return 0;
		if (!ipsecvif_spi_find(sa->vif->net, sa->spi)) {
			NL_SET_ERR_MSG(extack,
				       "SPIs from 0xd0000000 to 0xdfffffff must be reserved first");
			return -EINVAL;
		}
	} else if (!ipsecvif_spi_find(sa->vif->net, sa->spi)) {
		return 0;
	}
	NL_SET_ERR_MSG(extack, "an inbound SA of this namespace has this SPI");
	return -EEXIST;
}

static int sa_check_out(struct ipsecvif_sa *sa, struct netlink_ext_ack *extack)
{
	const struct ipsecvif_peer *peer = rcu_dereference_protected(sa->peer, 1);
	struct ipsecvif_net *inet = sa_net(sa);
	bool ambiguous;

	if (ipsecvif_sa_find(sa->vif, sa->dir, sa->spi, &peer->dst, &ambiguous)) {
		NL_SET_ERR_MSG(extack,
			       "the device has an outbound SA with this SPI and destination");
		return -EEXIST;
	}
	if (!sa->key_id || !ipsecvif_sa_table_has_key(&inet->tables, sa->key_id))
		return 0;
	NL_SET_ERR_MSG(extack,
		       "another outbound SA has this key and salt, and would repeat its nonces");
	return -EEXIST;
}

/**
 * ipsecvif_sa_check() - can an SA be linked?
 * @sa: from ipsecvif_sa_new()
 * @extack: gets a sentence with an error
 *
 * Context: ipsecvif_net.lock held, until ipsecvif_sa_link().
 * Return: 0, -EEXIST, -EINVAL, -ENODEV when the device is going, or -EBUSY when
 * the machine is about to hibernate.
 */
int ipsecvif_sa_check(struct ipsecvif_sa *sa, struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&sa_net(sa)->lock);
	if (sa->vif->dying) {
		NL_SET_ERR_MSG(extack, "the device is being removed");
		return -ENODEV;
	}
	if (ipsecvif_power_hibernates()) {
		NL_SET_ERR_MSG(extack,
			       "the machine is about to hibernate: no key may reach its disk");
		return -EBUSY;
	}
	return sa->dir == IPSECVIF_DIR_IN ? sa_check_in(sa, extack) : sa_check_out(sa, extack);
}

/**
 * ipsecvif_sa_link() - let packets find an SA
 * @sa: checked; its selectors are bound already
 *
 * Context: ipsecvif_net.lock held.
 */
void ipsecvif_sa_link(struct ipsecvif_sa *sa)
{
	struct ipsecvif_dev *vif = sa->vif;
	struct ipsecvif_net *inet = sa_net(sa);

	if (sa->dir == IPSECVIF_DIR_IN) {
		struct ipsecvif_sa *old = sa->slot < 0 ? sa_reservation(sa) : NULL;

		if (old) {
			sa->slot = old->slot;
			old->slot = -1;
			ipsecvif_spi_insert(inet, sa);
			ipsecvif_sa_unlink(old);
		} else {
			ipsecvif_spi_insert(inet, sa);
		}
	} else {
		vif->out_count++;
		WRITE_ONCE(vif->transport_count,
			   vif->transport_count + (sa->mode == IPSECVIF_MODE_TRANSPORT));
		vif->out_unbound += !sa->bound;
	}
	WRITE_ONCE(sa->linked, true);
	list_add_rcu(&sa->on_dev, &vif->sas[sa->dir]);
	vif->sa_count++;
	atomic_inc(&ipsecvif_sa_generation);
	ipsecvif_sa_lifetime_begin(sa);
	ipsecvif_dev_update(vif);
}

/**
 * ipsecvif_sa_unlink() - let no packet find an SA any more
 * @sa: a linked one; freed in its time. A packet already on its way through it
 *	may still finish
 *
 * Context: ipsecvif_net.lock held.
 */
void ipsecvif_sa_unlink(struct ipsecvif_sa *sa)
{
	struct ipsecvif_dev *vif = sa->vif;

	lockdep_assert_held(&sa_net(sa)->lock);
	WRITE_ONCE(sa->dead, true);
	WRITE_ONCE(sa->linked, false);
	ipsecvif_sa_table_del(sa);
	if (sa->dir == IPSECVIF_DIR_IN) {
		ipsecvif_spi_remove(sa_net(sa), sa);
	} else {
		vif->out_count--;
		WRITE_ONCE(vif->transport_count,
			   vif->transport_count - (sa->mode == IPSECVIF_MODE_TRANSPORT));
		vif->out_unbound -= !sa->bound;
	}
	list_del_rcu(&sa->on_dev);
	vif->sa_count--;
	atomic_inc(&ipsecvif_sa_generation);
	ipsecvif_selector_unbind_sa(sa);
	ipsecvif_dev_update(vif);
	ipsecvif_sa_put(sa);
}

/**
 * ipsecvif_sa_find() - a device's SA by its name
 * @vif: the device
 * @dir: enum ipsecvif_dir
 * @spi: as on the wire
 * @dst: outbound: its destination, or of family 0: whichever
 * @ambiguous: set when @dst was needed
 *
 * Context: ipsecvif_net.lock held, or rcu_read_lock().
 * Return: the SA, or NULL.
 */
struct ipsecvif_sa *ipsecvif_sa_find(struct ipsecvif_dev *vif, u8 dir, __be32 spi,
				     const struct ipsecvif_addr *dst, bool *ambiguous)
{
	struct ipsecvif_net *inet = ipsecvif_net(vif->net);
	struct ipsecvif_sa *sa, *found = NULL;
	struct rhlist_head *pos;

	*ambiguous = false;
	if (dir == IPSECVIF_DIR_IN) {
		sa = ipsecvif_spi_find(vif->net, spi);
		return sa && sa->vif == vif ? sa : NULL;
	}
	rcu_read_lock();
	rhl_for_each_entry_rcu(sa, pos, ipsecvif_sa_table_out(&inet->tables, spi), on_table) {
		if (!READ_ONCE(sa->linked) || sa->vif != vif)
			continue;
		if (!dst->family) {
			*ambiguous = found;
			found = sa;
		} else if (ipsecvif_addr_equal(&rcu_dereference(sa->peer)->dst, dst)) {
			found = sa;
			break;
		}
	}
	rcu_read_unlock();
	return *ambiguous ? NULL : found;
}

/**
 * ipsecvif_sa_peer_set() - change an SA's outer addresses and ports
 * @sa: the SA
 * @peer: the new ones; @rcu is not used
 * @gfp: how to allocate
 *
 * Context: process; genl requests are serialised.
 * Return: 0 or -ENOMEM.
 */
int ipsecvif_sa_peer_set(struct ipsecvif_sa *sa, const struct ipsecvif_peer *peer, gfp_t gfp)
{
	struct ipsecvif_peer *new = kmemdup(peer, sizeof(*peer), gfp);
	struct ipsecvif_peer *old;

	if (!new)
		return -ENOMEM;
	old = rcu_replace_pointer(sa->peer, new, 1);
	if (old)
		kfree_rcu(old, rcu);
	WRITE_ONCE(sa->path_mtu, 0);
	ipsecvif_route_reset(sa);
	return 0;
}

/**
 * ipsecvif_sa_flush() - remove a device's SAs
 * @vif: the device
 * @dir: enum ipsecvif_dir, or -1 for both
 *
 * Context: process or softirq.
 */
void ipsecvif_sa_flush(struct ipsecvif_dev *vif, int dir)
{
	struct ipsecvif_net *inet = ipsecvif_net(vif->net);
	struct ipsecvif_sa *sa, *next;
	int d;

	spin_lock_bh(&inet->lock);
	for (d = 0; d < ARRAY_SIZE(vif->sas); d++)
		if (dir < 0 || dir == d)
			list_for_each_entry_safe(sa, next, &vif->sas[d], on_dev) {
				if (!sa->reserved)
					ipsecvif_event_sa(sa, false);
				ipsecvif_sa_unlink(sa);
			}
	spin_unlock_bh(&inet->lock);
}

/**
 * ipsecvif_sa_barrier() - wait until every unlinked SA is freed
 *
 * Context: process, may sleep; packets of these SAs have left the crypto API.
 */
void ipsecvif_sa_barrier(void)
{
	rcu_barrier();
	flush_workqueue(sa_wq);
}

/**
 * ipsecvif_sa_module_init() - what all SAs share
 *
 * Return: 0 or -ENOMEM.
 */
int ipsecvif_sa_module_init(void)
{
	get_random_bytes(&key_secret, sizeof(key_secret));
	sa_cache = kmem_cache_create("ipsecvif_sa", sizeof(struct ipsecvif_sa), 0,
				     SLAB_HWCACHE_ALIGN, NULL);
	if (!sa_cache)
		return -ENOMEM;
	sa_wq = alloc_workqueue("ipsecvif_free", WQ_UNBOUND, 0);
	if (!sa_wq) {
		kmem_cache_destroy(sa_cache);
		return -ENOMEM;
	}
	return 0;
}

/**
 * ipsecvif_sa_module_exit() - undo ipsecvif_sa_module_init()
 *
 * Context: process, after the last device; waits for the last SA.
 */
void ipsecvif_sa_module_exit(void)
{
	rcu_barrier();
	destroy_workqueue(sa_wq);
	kmem_cache_destroy(sa_cache);
}
