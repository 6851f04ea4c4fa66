/* SPDX-License-Identifier: GPL-2.0-only */
/* Integrity alone: AH, ESP without encryption, GMAC. */
#ifndef IPSECVIF_MAC_H
#define IPSECVIF_MAC_H

#include <linux/types.h>

struct ipsecvif_crypt;
struct ipsecvif_crypt_conf;
struct ipsecvif_crypt_work;
struct netlink_ext_ack;
struct scatterlist;

enum ipsecvif_mac_limits {
	IPSECVIF_MAC_REQSIZE_MAX = 1024, /* of a per-CPU request */
};

/* mac.c */
int ipsecvif_mac_init(struct ipsecvif_crypt *crypt, const struct ipsecvif_crypt_conf *conf,
		      struct netlink_ext_ack *extack);
void ipsecvif_mac_free(struct ipsecvif_crypt *crypt);
const char *ipsecvif_mac_driver(const struct ipsecvif_crypt *crypt);
void ipsecvif_mac_set(struct ipsecvif_crypt_work *work, struct scatterlist *sg,
		      unsigned int aad_len, unsigned int len);
void ipsecvif_mac_set_aead(struct ipsecvif_crypt_work *work, struct scatterlist *sg,
			   unsigned int aad_len, unsigned int len);
int ipsecvif_mac_perform(struct ipsecvif_crypt_work *work);

#endif /* IPSECVIF_MAC_H */
