// SPDX-License-Identifier: MIT
/* The control socket: connections, lines, and who watches what. */
#include "tools/keyer/control.h"

#include <errno.h>
#include <libgen.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/keyer/log.h"

static void client_free(struct client *client)
{
	struct client **at = &client->control->clients;

	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	client->control->n_clients--;
	loop_timer_set(client->control->na->loop, &client->timer, LOOP_NEVER);
	loop_remove(client->source);
	close(client->fd);
	free(client->in);
	free(client->out);
	/* An answer about ten thousand tunnels was many objects, which are free in pieces. */
	if (client->out_room > CONTROL_QUEUE_MAX)
		malloc_trim(0);
	free(client);
}

static void client_flush(struct client *client)
{
	ssize_t sent;

	while (client->out_sent < client->out_len && !client->broken) {
		sent = send(client->fd, client->out + client->out_sent,
			    client->out_len - client->out_sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent > 0)
			client->out_sent += (size_t)sent;
		else if (sent < 0 && errno != EINTR)
			break;
	}
	if (client->out_sent == client->out_len)
		client->out_sent = client->out_len = 0;
	else if (errno != EAGAIN && errno != EWOULDBLOCK)
		client->broken = true;
	loop_modify(client->source, EPOLLIN | (client->out_len ? EPOLLOUT : 0));
}

void client_send(struct client *client, struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(
		object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	size_t len = strlen(text);

	if (client->ended || client->broken)
		goto out;
	if (client->out_len - client->out_sent + len > CONTROL_QUEUE_MAX &&
	    client->out_len != client->out_sent) {
		/* It reads too slowly: it may come again. */
		client->broken = true;
		loop_modify(client->source, EPOLLIN | EPOLLOUT);
		goto out;
	}
	if (client->out_len + len + 1 > client->out_room) {
		client->out_room = client->out_len + len + 4096;
		client->out = realloc(client->out, client->out_room);
		if (!client->out)
			abort();
	}
	memcpy(client->out + client->out_len, text, len);
	client->out_len += len;
	client->out[client->out_len++] = '\n';
	/* Written when the loop is back: the caller may still walk the clients. */
	loop_modify(client->source, EPOLLIN | EPOLLOUT);
out:
	json_object_put(object);
}

void client_ok(struct client *client, struct json_object *object)
{
	struct json_object *result = json_object_new_object();
	struct json_object_iterator at, end;

	json_object_object_add(result, "result", json_object_new_string("ok"));
	if (object) {
		at = json_object_iter_begin(object);
		end = json_object_iter_end(object);
		for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
			json_object_object_add(result, json_object_iter_peek_name(&at),
					       json_object_get(json_object_iter_peek_value(&at)));
		json_object_put(object);
	}
	client_send(client, result);
	client->ended = true;
	client->wait = CONTROL_WAIT_REQUEST;
}

void client_error(struct client *client, const char *code, const char *error, const char *hint,
		  struct json_object *object)
{
	struct json_object *result = object ? object : json_object_new_object();

	json_object_object_add(result, "result", json_object_new_string("error"));
	json_object_object_add(result, "error", json_object_new_string(error));
	if (hint && *hint)
		json_object_object_add(result, "hint", json_object_new_string(hint));
	if (code)
		json_object_object_add(result, "code", json_object_new_string(code));
	client_send(client, result);
	client->ended = true;
	client->wait = CONTROL_WAIT_REQUEST;
}

static void request_parse(struct client *client, const char *line, size_t len)
{
	struct json_tokener *tokener = json_tokener_new_ex(8);
	struct json_object *request;

	if (!tokener)
		abort();
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	request = json_tokener_parse_ex(tokener, line, (int)len);
	if (!request || !json_object_is_type(request, json_type_object) ||
	    json_tokener_get_parse_end(tokener) != len)
		client_error(client, "bad-request", "the request is no JSON object on one line",
			     NULL, NULL);
	else
		control_request(client, request);
	json_object_put(request);
	json_tokener_free(tokener);
}

/* Return: false when the client is gone. */
static bool client_read(struct client *client)
{
	char *newline, late[256];
	ssize_t got;

	/* One request a connection: what follows is only the end. */
	if (client->ended || client->wait != CONTROL_WAIT_REQUEST) {
		got = recv(client->fd, late, sizeof(late), MSG_DONTWAIT);
		return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
	}
	if (!client->in)
		client->in = malloc(CONTROL_REQUEST_MAX + 1);
	if (!client->in)
		abort();
	got = recv(client->fd, client->in + client->in_len,
		   CONTROL_REQUEST_MAX + 1 - client->in_len, MSG_DONTWAIT);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	if (!got)
		return false;
	newline = memchr(client->in + client->in_len, '\n', (size_t)got);
	client->in_len += (size_t)got;
	if (newline)
		request_parse(client, client->in, (size_t)(newline - client->in));
	else if (client->in_len > CONTROL_REQUEST_MAX)
		client_error(client, "bad-request", "the request is longer than 65536 bytes", NULL,
			     NULL);
	return true;
}

static void client_ready(uint32_t events, void *arg)
{
	struct client *client = arg;
	bool alive = true;

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		alive = client_read(client);
	if (alive)
		client_flush(client);
	if (!alive || client->broken || (client->ended && !client->out_len))
		client_free(client);
}

static void client_timer(void *arg)
{
	control_timeout(arg);
}

static void client_refuse(int fd, const char *text)
{
	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

static void control_accept(uint32_t events, void *arg)
{
	struct control *control = arg;
	struct client *client;
	struct ucred peer;
	socklen_t len = sizeof(peer);
	int fd;

	(void)events;
	fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 ||
	    (peer.uid != 0 && peer.uid != geteuid())) {
		client_refuse(fd, "{\"result\":\"error\",\"error\":\"only root may control the "
				  "daemon\"}\n");
		return;
	}
	if (control->n_clients == CONTROL_CLIENTS_MAX) {
		client_refuse(fd, "{\"result\":\"error\",\"error\":\"too many control "
				  "connections\"}\n");
		return;
	}
	client = calloc(1, sizeof(*client));
	if (!client)
		abort();
	client->control = control;
	client->fd = fd;
	client->child = -1;
	loop_timer_init(&client->timer, client_timer, client);
	client->source = loop_add(control->na->loop, fd, EPOLLIN, client_ready, client);
	if (!client->source) {
		close(fd);
		free(client);
		return;
	}
	client->next = control->clients;
	control->clients = client;
	control->n_clients++;
}

/* --- opening --- */

/* Is a daemon alive behind the socket's name? A dead one's is removed. */
int control_claim(const char *path, char *err, size_t err_len)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct stat st;
	int fd, ret;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		snprintf(err, err_len, "the socket's path is longer than %zu bytes",
			 sizeof(sun.sun_path) - 1);
		return -1;
	}
	memcpy(sun.sun_path, path, strlen(path));
	if (lstat(path, &st) < 0)
		return 0;
	if (!S_ISSOCK(st.st_mode)) {
		snprintf(err, err_len, "%s exists and is no socket", path);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ret = connect(fd, (const struct sockaddr *)&sun, sizeof(sun));
	/* One whose queue is full is alive, too. */
	if (!ret || errno == EAGAIN) {
		snprintf(err, err_len, "another daemon answers on %s; use -s for a second one",
			 path);
		ret = -1;
	} else {
		unlink(path);
		ret = 0;
	}
	close(fd);
	return ret;
}

static void directory_make(const char *path)
{
	char copy[sizeof(((struct sockaddr_un *)0)->sun_path)];

	snprintf(copy, sizeof(copy), "%s", path);
	mkdir(dirname(copy), 0755);
}

struct control *control_open(struct netadmin *na, const char *path, char *err, size_t err_len)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct control *control;
	mode_t mask;
	int fd, ret;

	if (control_claim(path, err, err_len))
		return NULL;
	memcpy(sun.sun_path, path, strlen(path));
	directory_make(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mask = umask(0177);
	ret = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(mask);
	if (ret < 0 || listen(fd, CONTROL_CLIENTS_MAX) < 0) {
		snprintf(err, err_len, "control socket %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	control = calloc(1, sizeof(*control));
	if (!control)
		abort();
	control->na = na;
	control->fd = fd;
	memcpy(control->path, path, strlen(path));
	control->source = loop_add(na->loop, fd, EPOLLIN, control_accept, control);
	if (!control->source)
		abort();
	return control;
}

void control_close(struct control *control)
{
	struct client *client, *next;

	if (!control)
		return;
	for (client = control->clients; client; client = next) {
		next = client->next;
		if (client->wait != CONTROL_WAIT_REQUEST)
			client_error(client, "superseded", "the daemon stops", NULL, NULL);
		client_flush(client);
		client_free(client);
	}
	loop_remove(control->source);
	close(control->fd);
	unlink(control->path);
	free(control);
}

/* --- telling --- */

static const char *level_name(int level)
{
	switch (level) {
	case LOG_NOTICE:
		return "notice";
	case LOG_WARNING:
		return "warning";
	default:
		return level <= LOG_ERR ? "error" : "info";
	}
}

static struct json_object *step_object(struct tun *tun, int child, const char *event, int level,
				       const char *state, const char *text)
{
	struct json_object *step = json_object_new_object();
	size_t len = strlen(text);

	/* A step has no full stop; sentences from elsewhere may. */
	if (len && text[len - 1] == '.')
		len--;
	json_object_object_add(step, "step", json_object_new_string_len(text, (int)len));
	if (tun)
		json_object_object_add(step, "tunnel", json_object_new_string(tun->conf->name));
	if (tun && child >= 0)
		json_object_object_add(step, "child",
				       json_object_new_string(tun->conf->children[child].ike.name));
	json_object_object_add(step, "time", json_time(0));
	json_object_object_add(step, "event", json_object_new_string(event));
	json_object_object_add(step, "level", json_object_new_string(level_name(level)));
	if (state)
		json_object_object_add(step, "state", json_object_new_string(state));
	return step;
}

void control_step(struct control *control, struct tun *tun, int child, const char *event, int level,
		  const char *state, const char *text)
{
	struct json_object *step = NULL;
	struct client *client;

	if (!control)
		return;
	for (client = control->clients; client; client = client->next) {
		if (!client->steps || client->ended || (client->tun && client->tun != tun))
			continue;
		/* Only `monitor` has events besides steps. */
		if (strcmp(event, "step") != 0 && client->wait != CONTROL_WATCH)
			continue;
		if (!step)
			step = step_object(tun, child, event, level, state, text);
		client_send(client, json_object_get(step));
	}
	json_object_put(step);
}

void control_tunnel_changed(struct control *control, struct tun *tun)
{
	struct client *client;

	if (!control)
		return;
	for (client = control->clients; client; client = client->next)
		if (client->tun == tun && !client->ended &&
		    (client->wait == CONTROL_WAIT_UP || client->wait == CONTROL_WAIT_DOWN))
			control_waiting(client);
}

void control_tunnel_gone(struct control *control, struct tun *tun)
{
	struct client *client;

	if (!control)
		return;
	for (client = control->clients; client; client = client->next) {
		if (client->tun != tun)
			continue;
		if (!client->ended)
			client_error(client, "superseded", "a reload changed or removed the tunnel",
				     NULL, NULL);
		client->tun = NULL;
	}
}
