/* SPDX-License-Identifier: MIT */
/* The two ends of EAP in tests: what a keyholder has for each, and certificates for EAP-TLS. */
#ifndef IPSECVIF_UNIT_IKE_EAP_ENDS_H
#define IPSECVIF_UNIT_IKE_EAP_ENDS_H

#include "selftests/unit/ike_ca.h"
#include "tools/keyer/eap/eap.h"

#define EAP_USERS "# who may come\nalice secret of alice\nbob  b0b\n\n"

/** eap_server() - @users: as in their file, or NULL. @second: another method, or 0. */
struct eap_conf *eap_server(const char *users, uint8_t first, uint8_t second);
struct eap_conf *eap_client(const char *name, const char *password, uint8_t method);

/** eap_party() - a CA (@by NULL), or who has a certificate of it, whatever day it is. */
struct party eap_party(const char *subject, const char *alt, const struct party *by);
struct eap_conf *eap_tls_server(const struct party *p, const struct party *ca);
struct eap_conf *eap_tls_client(const char *name, const struct party *p, const struct party *ca);

#endif /* IPSECVIF_UNIT_IKE_EAP_ENDS_H */
