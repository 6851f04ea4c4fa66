// SPDX-License-Identifier: MIT
/*
 * UDP sockets that the module takes ESP out of (RFC 3948).
 */
#include <errno.h>

#include "tools/lib/internal.h"

static int sock_send(struct ipsecvif_client *client, uint8_t cmd, int fd)
{
	struct nl_msg *msg = request_new(client, cmd, 0, 0, 0);

	if (!msg)
		return -ENOMEM;
	if (nla_put_s32(msg, IPSECVIF_A_SOCK_FD, fd))
		return request_too_big(client, msg);
	return request_run(client, msg, NULL, NULL);
}

int ipsecvif_sock_attach(struct ipsecvif_client *client, int fd)
{
	return sock_send(client, IPSECVIF_CMD_SOCK_ATTACH, fd);
}

int ipsecvif_sock_detach(struct ipsecvif_client *client, int fd)
{
	return sock_send(client, IPSECVIF_CMD_SOCK_DETACH, fd);
}
