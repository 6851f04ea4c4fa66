/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's own life: cloned, put to sleep, woken up. */
#ifndef IPSECVIF_POWER_H
#define IPSECVIF_POWER_H

#include <linux/types.h>

/* power.c */
bool ipsecvif_power_hibernates(void);
int ipsecvif_power_module_init(void);
void ipsecvif_power_module_exit(void);

#endif /* IPSECVIF_POWER_H */
