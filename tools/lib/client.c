// SPDX-License-Identifier: MIT
/*
 * The client: one netlink socket, one request at a time.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "tools/lib/internal.h"

/* An SA with 256 selectors is one message; dumps come in 32 KiB at most. */
#define SOCKET_BUFFER (1 << 20)
#define MESSAGE_BUFFER (1 << 16)

/**
 * struct ipsecvif_client - a connection to the module
 * @sock: the socket.
 * @family: the family's number.
 * @group: the event group's number.
 * @error: the sentence of the last failure; empty after a success.
 * @request: the request in the air.
 * @fn: receives its answer.
 * @arg: passed to @fn.
 * @result: negative errno that the answer has come to.
 * @done: the answer is complete.
 */
struct ipsecvif_client {
	struct nl_sock *sock;
	int family;
	int group;
	char error[512];
	struct nl_msg *request;
	reply_fn *fn;
	void *arg;
	int result;
	bool done;
};

int client_fail(struct ipsecvif_client *client, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(client->error, sizeof(client->error), format, args);
	va_end(args);
	return err;
}

const char *ipsecvif_client_error(const struct ipsecvif_client *client)
{
	return client->error;
}

int client_family(const struct ipsecvif_client *client, int *group)
{
	*group = client->group;
	return client->family;
}

/*
 * Skip what isn't the kernel's answer to the request in the air: the rest of an
 * earlier one, or what another process sent us.
 */
static int on_check(struct nl_msg *msg, void *arg)
{
	struct ipsecvif_client *client = arg;

	if (nlmsg_get_src(msg)->nl_pid ||
	    nlmsg_hdr(msg)->nlmsg_seq != nlmsg_hdr(client->request)->nlmsg_seq)
		return NL_SKIP;
	return NL_OK;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct ipsecvif_client *client = arg;
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	int err;

	if (hdr->nlmsg_type != client->family || !genlmsg_valid_hdr(hdr, 0) || !client->fn ||
	    client->result)
		return NL_OK;
	err = client->fn(genlmsg_attrdata(nlmsg_data(hdr), 0), genlmsg_attrlen(nlmsg_data(hdr), 0),
			 client->arg);
	if (err)
		client->result =
			client_fail(client, err, "the kernel's answer: %s", strerror(-err));
	return NL_OK;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct ipsecvif_client *client = arg;

	(void)msg;
	client->done = true;
	return NL_STOP;
}

static void on_refusal(struct ipsecvif_client *client, const struct nlmsghdr *hdr, int err)
{
	const struct nlattr *tlvs;
	int len;

	tlvs = extack_tlvs(hdr, &len);
	extack_text(err, tlvs, len, nlmsg_hdr(client->request), client->error,
		    sizeof(client->error));
	client->result = err;
	client->done = true;
}

/* A dump that fails on its way says so in the message that ends it. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct ipsecvif_client *client = arg;
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	int err = 0;

	client->done = true;
	if (nlmsg_datalen(hdr) >= (int)sizeof(err))
		memcpy(&err, nlmsg_data(hdr), sizeof(err));
	if (err < 0)
		on_refusal(client, hdr, err);
	return NL_STOP;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *arg)
{
	struct ipsecvif_client *client = arg;

	if (from->nl_pid)
		return NL_SKIP;
	on_refusal(client, (struct nlmsghdr *)((char *)error - NLMSG_HDRLEN), error->error);
	return NL_STOP;
}

static int socket_open(struct ipsecvif_client *client)
{
	int on = 1, fd;

	client->sock = nl_socket_alloc();
	if (!client->sock)
		return -ENOMEM;
	if (genl_connect(client->sock))
		return errno ? -errno : -EPROTONOSUPPORT;
	fd = nl_socket_get_fd(client->sock);
	/* Capped: a refusal must not quote the request, which may hold keys. */
	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)))
		return -errno;
	nl_socket_set_buffer_size(client->sock, SOCKET_BUFFER, SOCKET_BUFFER);
	nl_socket_set_msg_buf_size(client->sock, MESSAGE_BUFFER);
	nl_socket_enable_msg_peek(client->sock);
	return 0;
}

static int family_find(struct ipsecvif_client *client)
{
	client->family = genl_ctrl_resolve(client->sock, IPSECVIF_GENL_NAME);
	if (client->family < 0)
		return client->family == -NLE_NOMEM ? -ENOMEM : -ENOENT;
	client->group =
		genl_ctrl_resolve_grp(client->sock, IPSECVIF_GENL_NAME, IPSECVIF_GENL_MCGRP_EVENTS);
	return 0;
}

int ipsecvif_client_open(struct ipsecvif_client **clientp)
{
	struct ipsecvif_client *client;
	int err;

	*clientp = NULL;
	client = calloc(1, sizeof(*client));
	if (!client)
		return -ENOMEM;
	err = socket_open(client);
	if (!err)
		err = family_find(client);
	if (err) {
		ipsecvif_client_close(client);
		return err;
	}
	nl_socket_modify_cb(client->sock, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_check, client);
	nl_socket_modify_cb(client->sock, NL_CB_VALID, NL_CB_CUSTOM, on_valid, client);
	nl_socket_modify_cb(client->sock, NL_CB_ACK, NL_CB_CUSTOM, on_ack, client);
	nl_socket_modify_cb(client->sock, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, client);
	nl_socket_modify_err_cb(client->sock, NL_CB_CUSTOM, on_error, client);
	*clientp = client;
	return 0;
}

void ipsecvif_client_close(struct ipsecvif_client *client)
{
	if (!client)
		return;
	nl_socket_free(client->sock);
	free(client);
}

const char *ipsecvif_open_error(int err)
{
	switch (-err) {
	case ENOENT:
		return "the kernel module is not loaded: modprobe ipsecvif";
	case EPROTONOSUPPORT:
		return "this kernel has no generic netlink";
	default:
		return strerror(-err);
	}
}

struct nl_msg *request_new(struct ipsecvif_client *client, uint8_t cmd, int flags,
			   unsigned int ifindex, size_t room)
{
	struct nl_msg *msg = nlmsg_alloc_size(REQUEST_ROOM + room);

	client->error[0] = '\0';
	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, client->family, 0, flags, cmd,
				 IPSECVIF_GENL_VERSION))
		goto no_memory;
	if (ifindex && nla_put_u32(msg, IPSECVIF_A_IFINDEX, ifindex))
		goto no_memory;
	return msg;

no_memory:
	nlmsg_free(msg);
	client_fail(client, -ENOMEM, "%s", strerror(ENOMEM));
	return NULL;
}

/* Keys must not stay behind in freed memory. What is put into a request stays in it. */
static void request_free(struct nl_msg *msg)
{
	explicit_bzero(nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	nlmsg_free(msg);
}

int request_too_big(struct ipsecvif_client *client, struct nl_msg *msg)
{
	request_free(msg);
	return client_fail(client, -EMSGSIZE, "the request does not fit one netlink message");
}

/* Read until the answer is complete. */
static int answer_read(struct ipsecvif_client *client)
{
	bool interrupted = false;
	int err;

	while (!client->done) {
		err = nl_recvmsgs_default(client->sock);
		if (err == -NLE_DUMP_INTR)
			interrupted = true;
		else if (err < 0 && !client->done)
			return client_fail(client, -EIO, "reading the kernel's answer: %s",
					   nl_geterror(err));
	}
	if (interrupted && !client->result)
		return -EINTR;
	return client->result;
}

int request_run(struct ipsecvif_client *client, struct nl_msg *msg, reply_fn *fn, void *arg)
{
	int err;

	client->request = msg;
	client->fn = fn;
	client->arg = arg;
	client->result = 0;
	client->done = false;
	err = nl_send_auto(client->sock, msg);
	if (err < 0)
		err = client_fail(client, -EIO, "sending to the kernel: %s", nl_geterror(err));
	else
		err = answer_read(client);
	client->request = NULL;
	request_free(msg);
	return err;
}
