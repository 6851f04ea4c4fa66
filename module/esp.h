/* SPDX-License-Identifier: GPL-2.0-only */
/* Encapsulating Security Payload, RFC 4303: the format. */
#ifndef IPSECVIF_ESP_H
#define IPSECVIF_ESP_H

#include <linux/ip.h>
#include <linux/ipsecvif.h>
#include <linux/skbuff.h>

#include "crypt.h"
#include "drop.h"

struct ipsecvif_sa;

/* Bytes before the IV: SPI and sequence number. */
#define IPSECVIF_ESP_HLEN 8

/*
 * Bytes of a packet that are pulled before its SA is known: with an IV of 8 bytes, so that
 * the cipher finds the rest in one piece where it is in a page.
 */
#define IPSECVIF_ESP_PULL (IPSECVIF_ESP_HLEN + 8)

/* Bytes before the payload: SPI, sequence number, IV. */
static inline unsigned int ipsecvif_esp_header(const struct ipsecvif_crypt *crypt)
{
	return IPSECVIF_ESP_HLEN + crypt->alg->iv;
}

/* esp.c */
unsigned int ipsecvif_esp_payload(const struct ipsecvif_crypt *crypt, unsigned int room);
int ipsecvif_esp_encrypt(struct ipsecvif_sa *sa, struct sk_buff **pskb, u64 seq,
			 unsigned int headroom, ipsecvif_crypt_done done);
unsigned int ipsecvif_esp_len(const struct ipsecvif_crypt *crypt, unsigned int payload);
int ipsecvif_esp_encrypt_at(struct ipsecvif_sa *sa, u8 *esp, unsigned int payload, u8 next_header,
			    u64 seq);
int ipsecvif_esp_decrypt(struct ipsecvif_sa *sa, struct sk_buff *skb, u64 seq,
			 ipsecvif_crypt_done done);
int ipsecvif_esp_trim(struct ipsecvif_sa *sa, struct sk_buff *skb,
		      enum ipsecvif_drop_reason *reason);
#ifdef IPSECVIF_SELFTEST
bool ipsecvif_esp_selftest(void);
#endif

#endif /* IPSECVIF_ESP_H */
