// SPDX-License-Identifier: MIT
/* Interfaces: made or found, shared by tunnels, followed up and down. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/log.h"
#include "tools/keyer/netadmin.h"

struct iface *iface_find(struct netadmin *na, unsigned int ifindex)
{
	struct index_link *link = ifindex ? index_first(&na->ifaces_by_index, ifindex) : NULL;

	return link ? index_entry(link, struct iface, by_index) : NULL;
}

static struct iface *iface_by_name(struct netadmin *na, const char *name)
{
	struct index_link *link;
	struct iface *iface;

	for (link = index_first(&na->ifaces_by_name, index_hash(0, name, strlen(name))); link;
	     link = index_next(link)) {
		iface = index_entry(link, struct iface, by_name);
		if (!strcmp(iface->name, name))
			return iface;
	}
	return NULL;
}

/* The interface has another index, or with 0 is gone. */
static void iface_reindex(struct netadmin *na, struct iface *iface, unsigned int ifindex)
{
	iface->ifindex = ifindex;
	index_remove(&iface->by_index);
	if (ifindex)
		index_add(&na->ifaces_by_index, &iface->by_index, ifindex);
}

void iface_join(struct tun *tun, struct iface *iface)
{
	tun->iface = iface;
	if (!iface)
		return;
	tun->next_of_iface = iface->tuns;
	tun->at_of_iface = &iface->tuns;
	if (iface->tuns)
		iface->tuns->at_of_iface = &tun->next_of_iface;
	iface->tuns = tun;
}

struct iface *iface_leave(struct tun *tun)
{
	struct iface *iface = tun->iface;

	if (!iface)
		return NULL;
	*tun->at_of_iface = tun->next_of_iface;
	if (tun->next_of_iface)
		tun->next_of_iface->at_of_iface = tun->at_of_iface;
	tun->iface = NULL;
	return iface;
}

/* Finds the interface or makes it. Return: 0, or -1 with a sentence. */
static int iface_open(struct netadmin *na, struct iface *iface, char *err, size_t err_len)
{
	struct kernel *k = na->kernel;
	struct kernel_link link;
	int ret;

	ret = k->ops->link_get(k, iface->name, 0, &link);
	if (!ret && !link.ifindex) {
		ret = k->ops->link_create(k, iface->name);
		if (!ret)
			ret = k->ops->link_get(k, iface->name, 0, &link);
		iface->made = !ret;
	} else if (!ret && link.ours) {
		/* One of our predecessor's, whose end was not in order. */
		iface->made = link.made;
		na->mss_there = true;
	}
	if (ret) {
		snprintf(err, err_len, "interface %s cannot be made: %s", iface->name,
			 kernel_error(k));
		return -1;
	}
	if (!link.ours) {
		snprintf(err, err_len, "interface %s exists and is not of kind ipsecvif",
			 iface->name);
		return -1;
	}
	iface->ifindex = link.ifindex;
	iface->up = link.up;
	iface->mtu = link.mtu;
	/* What an earlier daemon left on it belongs to no tunnel of this one. */
	if (k->ops->flush(k, iface->ifindex)) {
		snprintf(err, err_len, "interface %s cannot be flushed: %s", iface->name,
			 kernel_error(k));
		return -1;
	}
	k->ops->routes_flush(k, iface->ifindex);
	return 0;
}

int iface_set(struct netadmin *na, struct iface *iface, const struct conf_tunnel *conf, char *err,
	      size_t err_len)
{
	struct kernel *k = na->kernel;
	struct ipsecvif_dev dev = {
		.fwmark = conf->fwmark,
		.df = (enum ipsecvif_df)conf->df,
		.ttl = (uint8_t)conf->ttl,
		.dscp = (enum ipsecvif_dscp)conf->dscp,
	};
	uint64_t what = IPSECVIF_BIT(IPSECVIF_DEV_A_FWMARK) | IPSECVIF_BIT(IPSECVIF_DEV_A_DF) |
			IPSECVIF_BIT(IPSECVIF_DEV_A_TTL) | IPSECVIF_BIT(IPSECVIF_DEV_A_DSCP) |
			IPSECVIF_BIT(IPSECVIF_DEV_A_UNDERLAY);

	if (!iface->ifindex)
		return 0;
	iface->mss = conf->mss_clamp;
	mss_changed(na);
	if (*conf->underlay) {
		dev.underlay = if_nametoindex(conf->underlay);
		if (!dev.underlay) {
			snprintf(err, err_len, "underlay interface %s does not exist",
				 conf->underlay);
			return -1;
		}
	}
	if (k->ops->dev_set(k, iface->ifindex, &dev, what) ||
	    k->ops->link_mtu(k, iface->ifindex, conf->mtu)) {
		snprintf(err, err_len, "interface %s refuses its settings: %s", iface->name,
			 kernel_error(k));
		return -1;
	}
	return 0;
}

struct iface *iface_get(struct netadmin *na, const struct conf_tunnel *conf, char *err,
			size_t err_len)
{
	struct iface *iface = iface_by_name(na, conf->interface);
	struct kernel *k = na->kernel;

	if (iface) {
		if (iface_set(na, iface, conf, err, err_len))
			return NULL;
		iface->users++;
		return iface;
	}
	iface = calloc(1, sizeof(*iface));
	if (!iface)
		abort();
	snprintf(iface->name, sizeof(iface->name), "%s", conf->interface);
	if (iface_open(na, iface, err, err_len) || iface_set(na, iface, conf, err, err_len))
		goto fail;
	if (!iface->up && k->ops->link_up(k, iface->ifindex)) {
		snprintf(err, err_len, "interface %s cannot be set up: %s", iface->name,
			 kernel_error(k));
		goto fail;
	}
	iface->up = true;
	iface->users = 1;
	iface->next = na->ifaces;
	iface->at = &na->ifaces;
	if (na->ifaces)
		na->ifaces->at = &iface->next;
	na->ifaces = iface;
	iface_reindex(na, iface, iface->ifindex);
	index_add(&na->ifaces_by_name, &iface->by_name,
		  index_hash(0, iface->name, strlen(iface->name)));
	mss_changed(na);
	return iface;
fail:
	if (iface->made && iface->ifindex)
		k->ops->link_delete(k, iface->ifindex);
	free(iface);
	return NULL;
}

void iface_put(struct netadmin *na, struct iface *iface)
{
	if (!iface || --iface->users)
		return;
	*iface->at = iface->next;
	if (iface->next)
		iface->next->at = iface->at;
	index_remove(&iface->by_index);
	index_remove(&iface->by_name);
	mss_changed(na);
	if (iface->made && iface->ifindex &&
	    na->kernel->ops->link_delete(na->kernel, iface->ifindex))
		log_kv(LOG_WARNING, "interface", "name", iface->name, "error",
		       kernel_error(na->kernel), NULL);
	free(iface);
}

/* An interface that was deleted is there again, made by somebody. */
static void iface_returned(struct netadmin *na, struct iface *iface, const struct kernel_link *link)
{
	char err[KERNEL_ERROR_MAX + 64];
	const struct conf_tunnel *conf = NULL;
	size_t i;

	for (i = 0; i < na->conf->n_tunnels && !conf; i++)
		if (na->conf->tunnels[i]->enabled &&
		    !strcmp(na->conf->tunnels[i]->interface, iface->name))
			conf = na->conf->tunnels[i];
	iface_reindex(na, iface, link->ifindex);
	iface->made = link->made;
	if (conf && iface_set(na, iface, conf, err, sizeof(err)))
		log_kv(LOG_WARNING, "interface", "name", iface->name, "error", err, NULL);
	log_kv(LOG_NOTICE, "interface", "name", iface->name, "state", "returned", NULL);
}

void iface_link_event(struct netadmin *na, const struct kernel_link *link)
{
	struct iface *iface = iface_find(na, link->ifindex);
	struct kernel_link now;
	struct tun *tun, *next;
	bool gone, up;

	/* Events lag behind: what counts is how it is, not how it was told. */
	if ((!iface && !link->ours) ||
	    na->kernel->ops->link_get(na->kernel, NULL, link->ifindex, &now))
		return;
	gone = !now.ifindex;
	link = gone ? link : &now;
	if (!iface && !gone && link->ours) {
		iface = iface_by_name(na, link->name);
		if (!iface || iface->ifindex)
			return;
		iface_returned(na, iface, link);
	}
	if (!iface || na->stopping)
		return;
	up = link->up && !gone;
	if (gone || link->mtu != iface->mtu) {
		iface->mtu = gone ? 0 : link->mtu;
		mss_changed(na);
	}
	if (gone) {
		log_kv(LOG_NOTICE, "interface", "name", iface->name, "state", "deleted", NULL);
		iface_reindex(na, iface, 0);
		iface->made = false;
	} else if (up == iface->up) {
		return;
	} else {
		log_kv(LOG_NOTICE, "interface", "name", iface->name, "state", up ? "up" : "down",
		       NULL);
	}
	iface->up = up;
	for (tun = iface->tuns; tun; tun = next) {
		next = tun->next_of_iface;
		if (gone)
			tun_forget_kernel(tun);
		tun_event(tun, up ? TUNNEL_EV_LINK_UP : TUNNEL_EV_LINK_DOWN, -1, IKE_WHY_OPERATOR);
	}
}
