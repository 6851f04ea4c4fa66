/* SPDX-License-Identifier: MIT */
/*
 * Tunnel objects of the control protocol as text.
 */
#ifndef IPSECVIF_CTL_TUNNEL_H
#define IPSECVIF_CTL_TUNNEL_H

#include "tools/ctl/ctl.h"

/**
 * tunnel_text - print a tunnel in full
 * @ctl: the run.
 * @tunnel: the tunnel object; members that are absent are left out.
 */
void tunnel_text(struct ctl *ctl, struct json_object *tunnel);

/**
 * tunnel_line - print a tunnel in one line
 * @ctl: the run.
 * @tunnel: the tunnel object.
 */
void tunnel_line(struct ctl *ctl, struct json_object *tunnel);

#endif /* IPSECVIF_CTL_TUNNEL_H */
