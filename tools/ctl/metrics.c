// SPDX-License-Identifier: MIT
/*
 * ipsecvif metrics: the tunnels' states and counters as Prometheus reads them, for
 * node_exporter's textfile collector.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/ctl/args.h"
#include "tools/ctl/control.h"
#include "tools/ctl/output.h"

/* A label's value: Prometheus escapes backslash, quote and newline. */
static void label_print(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	for (; value && *value; value++) {
		if (*value == '\\' || *value == '"')
			fputc('\\', out);
		fputc((unsigned char)*value < 0x20 ? '_' : *value, out);
	}
	fputc('"', out);
}

static void labels_print(FILE *out, struct json_object *tunnel, struct json_object *child)
{
	fputc('{', out);
	label_print(out, "tunnel", json_text(tunnel, "name"));
	if (child) {
		fputc(',', out);
		label_print(out, "child", json_text(child, "name"));
	}
	fputs(",", out);
	label_print(out, "interface", json_text(tunnel, "interface"));
	fputc('}', out);
}

static bool is_up(struct json_object *object)
{
	const char *state = json_text(object, "state");

	return state && (!strcmp(state, "up") || !strcmp(state, "rekeying"));
}

/* A number of an object, or of an object in it. Return: false if it is not there. */
static bool number_find(struct json_object *object, const char *within, const char *name,
			double *number)
{
	struct json_object *value;

	if (within)
		object = json_member(object, within, json_type_object);
	if (!object || !json_object_object_get_ex(object, name, &value))
		return false;
	*number = json_object_get_double(value);
	return true;
}

/**
 * struct metric - a family of metrics
 * @child: one for each child, not for each tunnel.
 * @within, @member: of the tunnel or child object; NULL: whether it is up.
 */
static const struct metric {
	const char *name, *type, *help;
	bool child;
	const char *within, *member;
} metrics[] = {
	{ "tunnel_up", "gauge", "Whether the IKE SA stands.", false, NULL, NULL },
	{ "tunnel_state_seconds", "gauge", "Time since the tunnel's state changed.", false, NULL,
	  "since" },
	{ "tunnel_established_seconds", "gauge", "Age of the IKE SA.", false, "ike",
	  "established" },
	{ "tunnel_failed_attempts", "gauge", "Attempts that failed since the last success.", false,
	  "retry", "count" },
	{ "child_up", "gauge", "Whether the child has its SAs.", true, NULL, NULL },
	{ "child_receive_bytes_total", "counter", "Received by the SA pair in use.", true, NULL,
	  "bytes_in" },
	{ "child_transmit_bytes_total", "counter", "Sent by the SA pair in use.", true, NULL,
	  "bytes_out" },
	{ "child_receive_packets_total", "counter", "Received by the SA pair in use.", true, NULL,
	  "packets_in" },
	{ "child_transmit_packets_total", "counter", "Sent by the SA pair in use.", true, NULL,
	  "packets_out" },
	{ "child_lifetime_seconds", "gauge", "Time left to the SA pair in use.", true, NULL,
	  "lifetime_in" },
};

static void sample_print(FILE *out, const struct metric *metric, struct json_object *tunnel,
			 struct json_object *child)
{
	struct json_object *object = child ? child : tunnel;
	double number;

	if (!metric->member)
		number = is_up(object);
	else if (!number_find(object, metric->within, metric->member, &number))
		return;
	fprintf(out, "ipsecvif_%s", metric->name);
	labels_print(out, tunnel, child);
	/* Counters are integers, and all that JSON can say of them. */
	fprintf(out, " %.17g\n", number);
}

static void metric_print(FILE *out, const struct metric *metric, struct json_object *tunnels)
{
	struct json_object *tunnel, *children;
	size_t i, j;

	fprintf(out, "# HELP ipsecvif_%s %s\n# TYPE ipsecvif_%s %s\n", metric->name, metric->help,
		metric->name, metric->type);
	for (i = 0; i < json_object_array_length(tunnels); i++) {
		tunnel = json_object_array_get_idx(tunnels, i);
		if (!metric->child) {
			sample_print(out, metric, tunnel, NULL);
			continue;
		}
		children = json_member(tunnel, "children", json_type_array);
		for (j = 0; children && j < json_object_array_length(children); j++)
			sample_print(out, metric, tunnel, json_object_array_get_idx(children, j));
	}
}

static void metrics_print(FILE *out, struct json_object *tunnels)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(metrics); i++)
		metric_print(out, &metrics[i], tunnels);
}

/* A reader never sees half of it: the file takes the old one's place when it is whole. */
static int metrics_write(struct ctl *ctl, const char *path, struct json_object *tunnels)
{
	size_t len = strlen(path) + sizeof(".XXXXXX");
	char *temporary = malloc(len);
	FILE *out;
	int fd, wrong;

	if (!temporary)
		return ctl_fail(ctl, CTL_FAILED, "out of memory");
	snprintf(temporary, len, "%s.XXXXXX", path);
	fd = mkstemp(temporary);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out) {
		wrong = errno;
		free(temporary);
		return ctl_fail(ctl, CTL_FAILED, "%s: %s", path, strerror(wrong));
	}
	metrics_print(out, tunnels);
	fchmod(fd, 0644);
	wrong = ferror(out) | fclose(out);
	if (wrong || rename(temporary, path)) {
		wrong = errno;
		unlink(temporary);
	}
	free(temporary);
	return wrong ? ctl_fail(ctl, CTL_FAILED, "%s: %s", path, strerror(wrong)) : CTL_OK;
}

int metrics_command(struct ctl *ctl, struct args *args)
{
	struct json_object *request, *result, *tunnels;
	const char *path = args_word(ctl, args);
	int ret = args_end(ctl, args);

	if (ret)
		return ret;
	request = json_object_new_object();
	json_add_string(request, "cmd", "tunnel-show");
	ret = control_run(ctl, request, true, &result);
	tunnels = ret ? NULL : json_member(result, "tunnels", json_type_array);
	if (!ret && !tunnels)
		ret = ctl_fail(ctl, CTL_FAILED, "the daemon's answer has no tunnels in it");
	else if (!ret && path)
		ret = metrics_write(ctl, path, tunnels);
	else if (!ret)
		metrics_print(ctl->out, tunnels);
	json_object_put(result);
	return ret;
}
