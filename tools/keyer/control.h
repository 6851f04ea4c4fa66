/* SPDX-License-Identifier: MIT */
/* What the files of the control socket share; see Documentation/control-protocol.md. */
#ifndef IPSECVIF_KEYER_CONTROL_H
#define IPSECVIF_KEYER_CONTROL_H

#include <json-c/json.h>

#include "tools/keyer/netadmin.h"

enum control_limits {
	CONTROL_CLIENTS_MAX = 64,
	CONTROL_REQUEST_MAX = 65536, /* bytes */
	CONTROL_QUEUE_MAX = 1024 * 1024, /* bytes that wait for a slow client */
};

/** enum control_wait - what a client's request still waits for */
enum control_wait {
	CONTROL_WAIT_REQUEST,
	CONTROL_WAIT_UP,
	CONTROL_WAIT_DOWN,
	CONTROL_WATCH
};

/** struct client - a connection */
struct client {
	struct client *next;
	struct control *control;
	int fd;
	struct loop_source *source;
	struct loop_timer timer;
	enum control_wait wait;
	struct tun *tun; /* waited for, or watched; NULL: all */
	int child; /* -1: all */
	bool steps; /* wants to see steps */
	unsigned int rounds; /* of attempts when `tunnel-up` began ... */
	uint64_t since; /* ... at this loop_now() */
	bool ended; /* the result is queued: close when it is sent */
	bool broken;
	char *in;
	size_t in_len;
	char *out;
	size_t out_len, out_sent, out_room;
};

struct control {
	struct netadmin *na;
	int fd;
	struct loop_source *source;
	struct client *clients;
	unsigned int n_clients;
	char path[108];
};

/* --- control.c --- */

/** client_send() - queue one line; takes over @object. */
void client_send(struct client *client, struct json_object *object);
/** client_ok() - end a request well. @object: more members, or NULL; taken over. */
void client_ok(struct client *client, struct json_object *object);
/** client_error() - end a request with an error. @object: more members, or NULL. */
void client_error(struct client *client, const char *code, const char *error, const char *hint,
		  struct json_object *object);

/* --- control_cmd.c --- */

/** control_request() - carry out a request */
void control_request(struct client *client, struct json_object *request);
/** control_waiting() - the tunnel changed: is the client's wait over? */
void control_waiting(struct client *client);
/** control_timeout() - the request's time is up. */
void control_timeout(struct client *client);

/* --- control_json.c --- */

/** json_tunnel() - a tunnel object. @full: with SAs and their counters. */
struct json_object *json_tunnel(struct netadmin *na, const struct conf_tunnel *conf,
				struct tun *tun, bool full);
/** json_time() - RFC 3339, UTC, milliseconds. @ms: of the wall clock; 0: now. */
struct json_object *json_time(uint64_t ms);

#endif /* IPSECVIF_KEYER_CONTROL_H */
