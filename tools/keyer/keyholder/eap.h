/* SPDX-License-Identifier: MIT */
/* EAP in the keyholder: what connections need for it, and conversations. */
#ifndef IPSECVIF_KEYER_KEYHOLDER_EAP_H
#define IPSECVIF_KEYER_KEYHOLDER_EAP_H

#include "tools/keyer/crypto/pki.h"
#include "tools/keyer/message.h"

struct keyholder_eap;

struct keyholder_eap *keyholder_eap_new(void);

/** keyholder_eap_conf() - a connection's EAP begins anew, without any secret. */
void keyholder_eap_conf(struct keyholder_eap *ke, const struct message_eap *conf);
/** keyholder_eap_file() - a file for it. Return: 0, or -1 with a sentence. */
int keyholder_eap_file(struct keyholder_eap *ke, const struct message_secret *message, int fd,
		       char *why, size_t why_len);
/** keyholder_eap_key() - the connection's private key serves EAP-TLS, too. */
void keyholder_eap_key(struct keyholder_eap *ke, uint32_t conn, const struct pki_key *key);
void keyholder_eap_forget(struct keyholder_eap *ke, uint32_t conn);

/** keyholder_eap_step() - a packet of a conversation. @ask: not trusted. */
void keyholder_eap_step(struct keyholder_eap *ke, const struct ike_fx_eap *ask,
			struct ike_ev_eap *reply);
/** keyholder_eap_msk() - EAP_MSK_LEN bytes, after a success; else NULL. */
const uint8_t *keyholder_eap_msk(struct keyholder_eap *ke, uint64_t session, uint32_t conn);
void keyholder_eap_end(struct keyholder_eap *ke, uint64_t session);

#endif /* IPSECVIF_KEYER_KEYHOLDER_EAP_H */
