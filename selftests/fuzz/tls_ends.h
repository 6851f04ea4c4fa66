/* SPDX-License-Identifier: MIT */
/* The two ends of an EAP-TLS conversation. */
#ifndef IPSECVIF_FUZZ_TLS_ENDS_H
#define IPSECVIF_FUZZ_TLS_ENDS_H

#include "tools/keyer/eap/eap.h"

/** tls_end() - a server or a client, with key, certificates and the CA; made anew. */
struct eap *tls_end(bool server, bool tls13);

#endif /* IPSECVIF_FUZZ_TLS_ENDS_H */
