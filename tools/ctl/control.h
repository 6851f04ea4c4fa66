/* SPDX-License-Identifier: MIT */
/*
 * The daemon's control socket, Documentation/control-protocol.md, from the
 * client's side.
 */
#ifndef IPSECVIF_CTL_CONTROL_H
#define IPSECVIF_CTL_CONTROL_H

#include "tools/ctl/ctl.h"

/* The longest answer: a show of some ten thousand tunnels. */
#define CONTROL_LINE_MAX (64U << 20)

/**
 * struct control - a request in progress
 * @fd: the socket.
 * @buffer: what was received and not yet handed out.
 * @used: bytes of it.
 * @size: room in it.
 * @taken: bytes of it that were handed out.
 */
struct control {
	int fd;
	char *buffer;
	size_t used;
	size_t size;
	size_t taken;
};

/**
 * control_open - connect to the daemon and send it a request
 * @ctl: the run.
 * @control: receives the connection.
 * @request: the request; freed.
 *
 * Return: CTL_OK, or CTL_FAILED after printing why.
 */
int control_open(struct ctl *ctl, struct control *control, struct json_object *request);

/**
 * control_next - the next answer
 * @ctl: the run.
 * @control: the connection.
 * @wait: block until there is one; otherwise take only what has arrived.
 * @answer: receives the answer, the caller's; NULL if none has arrived.
 *
 * Return: CTL_OK, or CTL_FAILED after printing why there will be none.
 */
int control_next(struct ctl *ctl, struct control *control, bool wait, struct json_object **answer);

/**
 * control_close - hang up
 * @control: the connection.
 */
void control_close(struct control *control);

/**
 * control_run - send a request, print its steps, return its result
 * @ctl: the run.
 * @request: the request; freed.
 * @quiet: print no steps.
 * @result: receives the result line, the caller's, of success or failure; NULL
 *	if there was none.
 *
 * Return: CTL_OK if the result is ok; CTL_FAILED otherwise, after printing the
 * error and its hint.
 */
int control_run(struct ctl *ctl, struct json_object *request, bool quiet,
		struct json_object **result);

/**
 * control_step_print - print a step
 * @ctl: the run.
 * @step: the answer.
 */
void control_step_print(struct ctl *ctl, struct json_object *step);

/**
 * json_text - a string member of an object
 * @object: the object, or NULL.
 * @name: the member.
 *
 * Return: its value, the object's; NULL if there is none, or it is no string.
 */
const char *json_text(struct json_object *object, const char *name);

/**
 * json_member - a member of an object
 * @object: the object, or NULL.
 * @name: the member.
 * @type: the type it must have.
 *
 * Return: the member, the object's; NULL if there is none of the type.
 */
struct json_object *json_member(struct json_object *object, const char *name, enum json_type type);

#endif /* IPSECVIF_CTL_CONTROL_H */
