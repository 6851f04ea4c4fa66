// SPDX-License-Identifier: MIT
/*
 * ipsecvif monitor: what happens in the kernel and in the daemon, a line each.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "tools/ctl/args.h"
#include "tools/ctl/control.h"
#include "tools/ctl/output.h"
#include "tools/ctl/sa.h"
#include "tools/ctl/selector.h"

/* What monitor was asked for, and where it listens. */
struct monitor {
	struct ctl *ctl;
	unsigned int ifindex;
	struct ipsecvif_events *events;
	struct control control;
};

static void sa_text(FILE *out, const struct ipsecvif_sa *sa)
{
	char text[IPSECVIF_ADDR_STRLEN];

	fprintf(out, " dir %s spi 0x%08x", ipsecvif_dir_name(sa->dir), sa->spi);
	if (sa->src.family != AF_UNSPEC)
		fprintf(out, " src %s", ipsecvif_addr_format(&sa->src, text));
	if (sa->dst.family != AF_UNSPEC)
		fprintf(out, " dst %s", ipsecvif_addr_format(&sa->dst, text));
}

static void event_detail_text(FILE *out, const struct ipsecvif_event *event)
{
	char text[IPSECVIF_SELECTOR_STRLEN], addr[IPSECVIF_ADDR_STRLEN];

	switch (event->cmd) {
	case IPSECVIF_CMD_ACQUIRE_NTF:
		if (event->has_selector)
			fprintf(out, " %s", ipsecvif_selector_format(&event->selector, text));
		if (event->has_packet)
			fprintf(out, " packet %s", ipsecvif_selector_format(&event->packet, text));
		break;
	case IPSECVIF_CMD_EXPIRE_NTF:
		fprintf(out, " %s limit %s", event->hard ? "hard" : "soft",
			ipsecvif_limit_name(event->limit));
		break;
	case IPSECVIF_CMD_SEQ_NTF:
		fprintf(out, " seq 0x%llx nears its end", (unsigned long long)event->sa.seq);
		break;
	case IPSECVIF_CMD_MAPPING_NTF:
		fprintf(out, " new src %s", ipsecvif_addr_format(&event->new_src, addr));
		if (event->new_sport)
			fprintf(out, " sport %u", event->new_sport);
		break;
	case IPSECVIF_CMD_ICV_NTF:
	case IPSECVIF_CMD_REPLAY_NTF:
		fprintf(out, " packets %llu", (unsigned long long)event->count);
		break;
	case IPSECVIF_CMD_CARRIER_NTF:
		fprintf(out, " %s", event->carrier ? "on" : "off");
		break;
	default:
		break;
	}
}

static const char *event_dev(const struct ipsecvif_event *event, char name[IF_NAMESIZE])
{
	if (event->ifname[0])
		return event->ifname;
	if (!event->ifindex || !if_indextoname(event->ifindex, name))
		snprintf(name, IF_NAMESIZE, "if%u", event->ifindex);
	return name;
}

static void event_text(struct ctl *ctl, const struct ipsecvif_event *event)
{
	char stamp[TIMESTAMP_STRLEN], name[IF_NAMESIZE];
	FILE *out = ctl->out;

	if (ctl->timestamp)
		fprintf(out, "%s ", timestamp_format(stamp));
	fprintf(out, "%s: %s", event_dev(event, name), ipsecvif_event_name(event->cmd));
	if (event->has_sa)
		sa_text(out, &event->sa);
	event_detail_text(out, event);
	fputc('\n', out);
}

static void event_json(struct ctl *ctl, const struct ipsecvif_event *event)
{
	struct json_object *object = json_object_new_object();
	char stamp[TIMESTAMP_STRLEN], name[IF_NAMESIZE];

	json_add_string(object, "event", ipsecvif_event_name(event->cmd));
	json_add_string(object, "time", timestamp_format(stamp));
	json_add_string(object, "dev", event_dev(event, name));
	if (event->has_sa) {
		json_add_string(object, "dir", ipsecvif_dir_name(event->sa.dir));
		json_add_spi(object, "spi", event->sa.spi);
		json_add_addr(object, "src", &event->sa.src);
		json_add_addr(object, "dst", &event->sa.dst);
	}
	if (event->has_selector)
		json_object_object_add(object, "selector", selector_json(&event->selector));
	if (event->has_packet)
		json_object_object_add(object, "packet", selector_json(&event->packet));
	if (event->cmd == IPSECVIF_CMD_EXPIRE_NTF) {
		json_add_string(object, "limit", ipsecvif_limit_name(event->limit));
		json_add_bool(object, "hard", event->hard);
	}
	if (event->cmd == IPSECVIF_CMD_SEQ_NTF)
		json_add_uint(object, "seq", event->sa.seq);
	json_add_addr(object, "new_src", &event->new_src);
	if (event->new_sport)
		json_add_uint(object, "new_sport", event->new_sport);
	if (event->count)
		json_add_uint(object, "count", event->count);
	if (event->cmd == IPSECVIF_CMD_CARRIER_NTF)
		json_add_bool(object, "carrier", event->carrier);
	fprintf(ctl->out, "%s\n",
		json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
							       JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

static void on_event(const struct ipsecvif_event *event, void *arg)
{
	struct monitor *monitor = arg;

	if (monitor->ifindex && event->ifindex != monitor->ifindex)
		return;
	/* Of a module newer than this command. */
	if (!strcmp(ipsecvif_event_name(event->cmd), "?"))
		return;
	if (monitor->ctl->json)
		event_json(monitor->ctl, event);
	else
		event_text(monitor->ctl, event);
	fflush(monitor->ctl->out);
}

static int kernel_read(struct monitor *monitor)
{
	int n = ipsecvif_events_dispatch(monitor->events, on_event, monitor);

	if (n == -ENOBUFS) {
		ctl_note(monitor->ctl,
			 "events came faster than they were read, and some were lost");
		return CTL_OK;
	}
	if (n < 0)
		return ctl_fail(monitor->ctl, CTL_FAILED, "reading the module's events: %s",
				strerror(-n));
	return CTL_OK;
}

static int daemon_read(struct monitor *monitor)
{
	struct json_object *answer;
	int ret;

	for (;;) {
		ret = control_next(monitor->ctl, &monitor->control, false, &answer);
		if (ret || !answer)
			return ret;
		if (json_text(answer, "error")) {
			ret = ctl_fail(monitor->ctl, CTL_FAILED, "the daemon: %s",
				       json_text(answer, "error"));
			json_object_put(answer);
			return ret;
		}
		control_step_print(monitor->ctl, answer);
		json_object_put(answer);
	}
}

/* Until nobody is left to listen to, or a signal ends it. */
static int monitor_loop(struct monitor *monitor)
{
	int ret = CTL_OK;

	while (monitor->events || monitor->control.fd >= 0) {
		struct pollfd fds[2] = {
			{ .fd = monitor->events ? ipsecvif_events_fd(monitor->events) : -1,
			  .events = POLLIN },
			{ .fd = monitor->control.fd, .events = POLLIN },
		};

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return ctl_fail(monitor->ctl, CTL_FAILED, "%s", strerror(errno));
		if (fds[0].revents && kernel_read(monitor))
			return CTL_FAILED;
		if (fds[1].revents && daemon_read(monitor)) {
			/* The kernel's part goes on without the daemon. */
			control_close(&monitor->control);
			ret = CTL_FAILED;
		}
	}
	return ret;
}

static int kernel_listen(struct monitor *monitor)
{
	int ret = ctl_connect(monitor->ctl);

	if (ret)
		return ret;
	return ctl_kernel(monitor->ctl,
			  ipsecvif_events_open(monitor->ctl->client, &monitor->events));
}

static int daemon_listen(struct monitor *monitor)
{
	struct json_object *request = json_object_new_object();

	json_add_string(request, "cmd", "monitor");
	return control_open(monitor->ctl, &monitor->control, request);
}

enum monitor_source {
	SOURCE_ALL,
	SOURCE_KERNEL,
	SOURCE_TUNNEL
};

/* Both by default; then one of the two that is absent is only noted. */
static int monitor_listen(struct monitor *monitor, enum monitor_source source)
{
	int kernel = CTL_OK, daemon = CTL_OK;

	monitor->control.fd = -1;
	if (source != SOURCE_TUNNEL)
		kernel = kernel_listen(monitor);
	if (source == SOURCE_KERNEL)
		return kernel;
	/* Manual keying works without a daemon: don't complain about that. */
	if (source == SOURCE_ALL && access(monitor->ctl->socket, F_OK))
		return kernel;
	daemon = daemon_listen(monitor);
	if (source == SOURCE_TUNNEL)
		return daemon;
	return kernel && daemon ? kernel : CTL_OK;
}

static int monitor_run(struct ctl *ctl, unsigned int ifindex, enum monitor_source source)
{
	struct monitor monitor = { .ctl = ctl, .ifindex = ifindex, .control.fd = -1 };
	int ret = monitor_listen(&monitor, source);

	if (!ret)
		ret = monitor_loop(&monitor);
	ipsecvif_events_close(monitor.events);
	if (monitor.control.fd >= 0)
		control_close(&monitor.control);
	return ret;
}

int monitor_command(struct ctl *ctl, struct args *args)
{
	static const struct word sources[] = {
		WORD("all", SOURCE_ALL),
		WORD("kernel", SOURCE_KERNEL),
		WORD("tunnel", SOURCE_TUNNEL),
		WORD_FULL("dev", -2),
		WORDS_END,
	};
	static const struct param params[] = { { "dev", parse_dev_value, false } };
	unsigned int ifindex = 0;
	int source = SOURCE_ALL, ret;
	const char *word;

	if (args->argc && strcmp(args->argv[0], "dev") != 0) {
		word = args_word(ctl, args);
		source = word ? word_find(ctl, sources, "source", word) : SOURCE_ALL;
		if (source < 0)
			return CTL_USAGE;
	}
	ret = params_parse(ctl, args, params, ARRAY_SIZE(params), &ifindex);
	/* A device's events are the kernel's. */
	if (!ret && ifindex && source == SOURCE_TUNNEL)
		return ctl_fail(ctl, CTL_USAGE,
				"\"dev\" picks events of the kernel, not of tunnels");
	if (ifindex)
		source = SOURCE_KERNEL;
	return ret ? ret : monitor_run(ctl, ifindex, (enum monitor_source)source);
}
