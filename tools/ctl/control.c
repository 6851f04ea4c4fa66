// SPDX-License-Identifier: MIT
/*
 * The daemon's control socket from the client's side. What comes from there
 * may quote a peer, so it is shown with its control characters made visible.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/ctl/control.h"
#include "tools/ctl/output.h"

struct json_object *json_member(struct json_object *object, const char *name, enum json_type type)
{
	struct json_object *member;

	if (!object || !json_object_object_get_ex(object, name, &member))
		return NULL;
	/* A whole number is a number, too. */
	if (type == json_type_double && json_object_is_type(member, json_type_int))
		return member;
	return json_object_is_type(member, type) ? member : NULL;
}

const char *json_text(struct json_object *object, const char *name)
{
	struct json_object *member = json_member(object, name, json_type_string);

	return member ? json_object_get_string(member) : NULL;
}

static int connect_fail(struct ctl *ctl, const char *path, int err)
{
	if (err == ENOENT || err == ECONNREFUSED)
		return ctl_fail(
			ctl, CTL_FAILED,
			"no daemon answers on %s: start ipsecvifd, or name its socket with -S",
			path);
	if (err == EACCES || err == EPERM)
		return ctl_fail(ctl, CTL_FAILED, "not permitted to use %s: this needs root", path);
	return ctl_fail(ctl, CTL_FAILED, "cannot connect to %s: %s", path, strerror(err));
}

static int control_connect(struct ctl *ctl, struct control *control)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int err;

	if (strlen(ctl->socket) >= sizeof(address.sun_path))
		return ctl_fail(ctl, CTL_USAGE, "the socket's path is too long: %s", ctl->socket);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", ctl->socket);
	control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (control->fd < 0)
		return ctl_fail(ctl, CTL_FAILED, "cannot make a socket: %s", strerror(errno));
	if (connect(control->fd, (struct sockaddr *)&address, sizeof(address))) {
		err = errno;
		close(control->fd);
		control->fd = -1;
		return connect_fail(ctl, ctl->socket, err);
	}
	return CTL_OK;
}

static int all_send(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

int control_open(struct ctl *ctl, struct control *control, struct json_object *request)
{
	const char *text;
	int ret, err;

	memset(control, 0, sizeof(*control));
	control->fd = -1;
	ret = control_connect(ctl, control);
	if (ret) {
		json_object_put(request);
		return ret;
	}
	text = json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN);
	err = all_send(control->fd, text, strlen(text));
	if (!err)
		err = all_send(control->fd, "\n", 1);
	json_object_put(request);
	if (err) {
		control_close(control);
		return ctl_fail(ctl, CTL_FAILED, "the daemon hung up: %s", strerror(-err));
	}
	return CTL_OK;
}

void control_close(struct control *control)
{
	close(control->fd);
	free(control->buffer);
	memset(control, 0, sizeof(*control));
	control->fd = -1;
}

/* Take a whole line off the buffer; NULL if none is there. */
static char *line_take(struct control *control)
{
	char *line, *end;

	if (control->taken == control->used)
		return NULL;
	line = control->buffer + control->taken;
	end = memchr(line, '\n', control->used - control->taken);
	if (!end)
		return NULL;
	*end = '\0';
	control->taken += (size_t)(end + 1 - line);
	return line;
}

/* Receive more; returns the bytes, 0 at the end, or a negative errno. */
static ssize_t more_receive(struct control *control, bool wait)
{
	ssize_t n;

	if (control->taken) {
		memmove(control->buffer, control->buffer + control->taken,
			control->used - control->taken);
		control->used -= control->taken;
		control->taken = 0;
	}
	if (control->used == control->size) {
		size_t size = control->size ? 2 * control->size : 4096;
		char *buffer;

		if (size > CONTROL_LINE_MAX)
			return -EMSGSIZE;
		buffer = realloc(control->buffer, size);
		if (!buffer)
			return -ENOMEM;
		control->buffer = buffer;
		control->size = size;
	}
	do
		n = recv(control->fd, control->buffer + control->used,
			 control->size - control->used, wait ? 0 : MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	control->used += (size_t)n;
	return n;
}

int control_next(struct ctl *ctl, struct control *control, bool wait, struct json_object **answer)
{
	char *line;
	ssize_t n;

	*answer = NULL;
	while (!(line = line_take(control))) {
		n = more_receive(control, wait);
		if (n == -EAGAIN && !wait)
			return CTL_OK;
		if (n < 0)
			return ctl_fail(ctl, CTL_FAILED, "reading the daemon's answer: %s",
					strerror((int)-n));
		if (!n)
			return ctl_fail(ctl, CTL_FAILED,
					"the daemon hung up before it answered: see its log");
	}
	*answer = json_tokener_parse(line);
	if (!json_object_is_type(*answer, json_type_object)) {
		json_object_put(*answer);
		*answer = NULL;
		return ctl_fail(ctl, CTL_FAILED, "the daemon's answer is no JSON object");
	}
	return CTL_OK;
}

void control_step_print(struct ctl *ctl, struct json_object *step)
{
	const char *time = json_text(step, "time"), *tunnel = json_text(step, "tunnel");
	const char *child = json_text(step, "child"), *state = json_text(step, "state");
	const char *level = json_text(step, "level"), *text = json_text(step, "step");
	FILE *out = ctl->out;

	if (ctl->json) {
		fprintf(out, "%s\n",
			json_object_to_json_string_ext(
				step, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
		fflush(out);
		return;
	}
	if (ctl->timestamp && time) {
		print_clean(out, time);
		fputc(' ', out);
	}
	if (tunnel) {
		print_clean(out, tunnel);
		if (child) {
			fputc('/', out);
			print_clean(out, child);
		}
		fputs(": ", out);
	}
	if (level && (!strcmp(level, "error") || !strcmp(level, "warning")))
		fprintf(out, "%s: ", level);
	if (text)
		print_clean(out, text);
	else if (state)
		print_clean(out, state);
	fputc('\n', out);
	fflush(out);
}

/* Print why the daemon refused, and what would help. */
static int refusal_print(struct ctl *ctl, struct json_object *result)
{
	const char *error = json_text(result, "error"), *hint = json_text(result, "hint");
	char *clean = NULL;
	size_t size;
	FILE *memory;

	if (ctl->json) {
		ctl_print_json(ctl, json_object_get(result));
		fflush(ctl->out);
	}
	memory = open_memstream(&clean, &size);
	if (!memory)
		return ctl_fail(ctl, CTL_FAILED, "%s", strerror(errno));
	print_clean(memory, error ? error : "the daemon refused without a reason");
	if (hint) {
		fputs("\nHint: ", memory);
		print_clean(memory, hint);
	}
	fclose(memory);
	ctl_fail(ctl, CTL_FAILED, "%s", clean);
	free(clean);
	return CTL_FAILED;
}

int control_run(struct ctl *ctl, struct json_object *request, bool quiet,
		struct json_object **result)
{
	struct json_object *answer;
	struct control control;
	const char *verdict;
	int ret = control_open(ctl, &control, request);

	*result = NULL;
	while (!ret) {
		ret = control_next(ctl, &control, true, &answer);
		if (ret)
			break;
		verdict = json_text(answer, "result");
		if (verdict) {
			*result = answer;
			if (strcmp(verdict, "ok") != 0)
				ret = refusal_print(ctl, answer);
			break;
		}
		if (!quiet)
			control_step_print(ctl, answer);
		json_object_put(answer);
	}
	if (control.fd >= 0)
		control_close(&control);
	return ret;
}
