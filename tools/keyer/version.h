/* SPDX-License-Identifier: MIT */
/* The version that the daemon tells; a packager may set another. */
#ifndef IPSECVIF_KEYER_VERSION_H
#define IPSECVIF_KEYER_VERSION_H

#ifndef IPSECVIF_VERSION
#define IPSECVIF_VERSION "0.1"
#endif

#endif /* IPSECVIF_KEYER_VERSION_H */
