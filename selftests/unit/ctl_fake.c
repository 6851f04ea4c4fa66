// SPDX-License-Identifier: MIT
/*
 * The kernel that isn't there, and the command run against it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/genl/genl.h>

#include "selftests/unit/ctl_fake.h"

struct fake fake;
char *ctl_out;
char *ctl_err;

struct ipsecvif_client {
	char error[512];
};

static struct ipsecvif_client the_client;

void fake_reset(void)
{
	size_t i;

	for (i = 0; i < fake.n_replies; i++)
		nlmsg_free(fake.replies[i].msg);
	memset(&fake, 0, sizeof(fake));
}

struct nl_msg *fake_reply(uint8_t cmd)
{
	struct fake_reply *reply;

	assert_true(fake.n_replies < FAKE_REPLIES);
	reply = &fake.replies[fake.n_replies++];
	reply->cmd = cmd;
	reply->msg = nlmsg_alloc_size(1 << 16);
	assert_non_null(reply->msg);
	return reply->msg;
}

struct nlattr *fake_attr(size_t i, int type)
{
	assert_true(i < fake.n_requests);
	return nla_find((struct nlattr *)fake.requests[i], fake.request_lens[i], type);
}

size_t fake_request(uint8_t cmd)
{
	size_t i;

	for (i = fake.n_requests; i-- > 0;)
		if (fake.cmds[i] == cmd)
			return i;
	fail_msg("no request %u came", cmd);
	return 0;
}

/* --- what client.c would be --- */

int ipsecvif_client_open(struct ipsecvif_client **clientp)
{
	*clientp = fake.open_error ? NULL : &the_client;
	return fake.open_error;
}

void ipsecvif_client_close(struct ipsecvif_client *client)
{
	(void)client;
}

const char *ipsecvif_open_error(int err)
{
	return err == -ENOENT ? "the kernel module is not loaded: modprobe ipsecvif" : "?";
}

const char *ipsecvif_client_error(const struct ipsecvif_client *client)
{
	return client->error;
}

int client_fail(struct ipsecvif_client *client, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(client->error, sizeof(client->error), format, args);
	va_end(args);
	return err;
}

int client_family(const struct ipsecvif_client *client, int *group)
{
	(void)client;
	*group = 7;
	return 42;
}

struct nl_msg *request_new(struct ipsecvif_client *client, uint8_t cmd, int flags,
			   unsigned int ifindex, size_t room)
{
	struct nl_msg *msg = nlmsg_alloc_size(REQUEST_ROOM + room);

	client->error[0] = '\0';
	assert_non_null(genlmsg_put(msg, 0, 0, 42, 0, flags, cmd, 1));
	if (ifindex)
		assert_int_equal(nla_put_u32(msg, IPSECVIF_A_IFINDEX, ifindex), 0);
	return msg;
}

int request_too_big(struct ipsecvif_client *client, struct nl_msg *msg)
{
	nlmsg_free(msg);
	return client_fail(client, -EMSGSIZE, "too big");
}

static void request_keep(struct nl_msg *msg)
{
	struct genlmsghdr *genl = nlmsg_data(nlmsg_hdr(msg));
	size_t i = fake.n_requests;

	assert_true(i < FAKE_REQUESTS);
	fake.cmds[i] = genl->cmd;
	fake.request_lens[i] = genlmsg_attrlen(genl, 0);
	memcpy(fake.requests[i], genlmsg_attrdata(genl, 0), (size_t)fake.request_lens[i]);
	fake.n_requests++;
}

int request_run(struct ipsecvif_client *client, struct nl_msg *msg, reply_fn *fn, void *arg)
{
	uint8_t cmd = ((struct genlmsghdr *)nlmsg_data(nlmsg_hdr(msg)))->cmd;
	size_t i;
	int err = 0;

	request_keep(msg);
	nlmsg_free(msg);
	if (fake.error && (!fake.error_cmd || fake.error_cmd == cmd))
		return client_fail(client, fake.error, "%s", fake.error_text);
	for (i = 0; !err && fn && i < fake.n_replies; i++) {
		struct nlmsghdr *hdr = nlmsg_hdr(fake.replies[i].msg);

		if (fake.replies[i].cmd == cmd)
			err = fn(nlmsg_attrdata(hdr, 0), nlmsg_attrlen(hdr, 0), arg);
	}
	if (!err && fake.interrupts) {
		fake.interrupts--;
		return -EINTR;
	}
	return err ? client_fail(client, err, "bad answer") : 0;
}

/* --- the command --- */

int ctl_line(const char *line)
{
	char words[4096], *argv[128] = { (char *)"ipsecvif" };
	struct ctl ctl = { 0 };
	size_t out_size, err_size;
	const char *error;
	int argc, ret;

	free(ctl_out);
	free(ctl_err);
	snprintf(words, sizeof(words), "%s", line);
	argc = batch_split(words, argv + 1, 126, &error);
	assert_true(argc >= 0);
	ctl.out = open_memstream(&ctl_out, &out_size);
	ctl.err = open_memstream(&ctl_err, &err_size);
	ret = ctl_main(&ctl, argc + 1, argv);
	fclose(ctl.out);
	fclose(ctl.err);
	return ret;
}

void ctl_expect(const char *line, int code, const char *text)
{
	int ret = ctl_line(line);

	if (ret != code || !strstr(ctl_err, text))
		fail_msg("%s\nended with %d and said: %s", line, ret, ctl_err);
	/* One sentence a line. */
	if (code && !strstr(line, "-force") && !strstr(text, "Note: ")) {
		assert_non_null(strstr(ctl_err, "Error: "));
		assert_string_not_equal(ctl_err, "Error: \n");
	}
}

int ctl_teardown(void **state)
{
	(void)state;
	fake_reset();
	free(ctl_out);
	free(ctl_err);
	ctl_out = ctl_err = NULL;
	return 0;
}
