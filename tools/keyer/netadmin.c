// SPDX-License-Identifier: MIT
/* netadmin: start, children, signals, end. */
#include "tools/keyer/netadmin.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/keyer/child.h"
#include "tools/keyer/log.h"
#include "tools/keyer/notify.h"
#include "tools/keyer/privsep.h"
#include "tools/keyer/spawn.h"
#include "tools/keyer/udp.h"

void na_send(struct netadmin *na, enum netadmin_process process, enum message_type type,
	     const void *data, size_t len, int fd)
{
	if (na->processes[process].channel)
		channel_send(na->processes[process].channel, type, data, len, fd);
}

/* --- children --- */

static void start_when_ready(struct netadmin *na);

/* A child that is flooded by a peer must not flood the log. */
static void child_log(struct process *process, const struct message_log *message)
{
	uint64_t second = loop_now() / 1000;
	char dropped[16];
	bool before;

	if (!message_text_ok(message->line, sizeof(message->line)))
		return;
	if (second != process->log_second) {
		if (process->log_dropped) {
			snprintf(dropped, sizeof(dropped), "%u", process->log_dropped);
			log_kv(LOG_WARNING, "log-limited", "process", process->name, "lines",
			       dropped, NULL);
		}
		process->log_second = second;
		process->log_lines = process->log_dropped = 0;
	}
	if (process->log_lines++ >= NETADMIN_LOG_RATE) {
		process->log_dropped++;
		return;
	}
	before = log_focus(message->focus);
	log_line(message->level < LOG_ERR   ? LOG_ERR :
		 message->level > LOG_DEBUG ? LOG_DEBUG :
					      message->level,
		 message->line);
	log_focus(before);
}

static void resolved(struct netadmin *na, const struct message_resolved *answer)
{
	uint32_t i;

	if (!answer->request || answer->n > IKE_ADDRS_MAX ||
	    !message_text_ok(answer->why, sizeof(answer->why)))
		return;
	for (i = 0; i < answer->n; i++)
		if (answer->addrs[i].family != AF_INET && answer->addrs[i].family != AF_INET6)
			return;
	if (!na->stopping)
		na_resolved(na, answer);
}

/* A CRL or a status, where a certificate says that a CA of ours has signed; http only. */
static void fetch(struct netadmin *na, const struct message_fetch *message)
{
	if (!message_text_ok(message->url, sizeof(message->url)) ||
	    strncasecmp(message->url, "http://", 7) != 0 ||
	    message->request_len > sizeof(message->request)) {
		na_violation(na, "URL");
		return;
	}
	log_kv(LOG_INFO, "fetch", "what", message->request_len ? "ocsp" : "crl", "url",
	       message->url, NULL);
	na_send(na, NA_RESOLVER, MSG_FETCH, message, sizeof(*message), -1);
}

static void fetched(struct netadmin *na, const struct message_fetched *message, int fd)
{
	if (!message_text_ok(message->url, sizeof(message->url)) ||
	    !message_text_ok(message->why, sizeof(message->why)))
		return;
	if (message->why[0])
		log_kv(LOG_WARNING, "fetch", "url", message->url, "error", message->why, NULL);
	na_send(na, NA_IKE, MSG_FETCHED, message, sizeof(*message), fd);
}

static void on_child(enum message_type type, const void *data, size_t len, int fd, void *arg)
{
	struct process *process = arg;
	struct netadmin *na = process->na;

	(void)len;
	if (type == MSG_LOG) {
		child_log(process, data);
	} else if (type == MSG_READY) {
		process->ready = true;
		start_when_ready(na);
	} else if (process == &na->processes[NA_IKE] && type == MSG_FETCH) {
		fetch(na, data);
	} else if (process == &na->processes[NA_IKE]) {
		na_ike_message(na, type, data);
	} else if (process == &na->processes[NA_KEYHOLDER] && type == MSG_SECRET_STATE) {
		na_secret_state(na, data);
	} else if (process == &na->processes[NA_RESOLVER] && type == MSG_RESOLVED) {
		resolved(na, data);
	} else if (process == &na->processes[NA_RESOLVER] && type == MSG_FETCHED) {
		fetched(na, data, fd);
	}
	if (fd >= 0)
		close(fd);
}

/* Why a child ended, if it did: it may also only have closed its channel. */
static void child_status(struct process *process, char *text, size_t len)
{
	const struct timespec nap = { .tv_nsec = 10 * 1000 * 1000 };
	int status, tries;
	pid_t pid = 0;

	for (tries = 0; tries < 50 && !pid; tries++) {
		pid = waitpid(process->pid, &status, WNOHANG);
		if (!pid)
			nanosleep(&nap, NULL);
	}
	if (pid != process->pid) {
		snprintf(text, len, "it closed its channel");
		return;
	}
	process->pid = 0;
	if (WIFSIGNALED(status))
		snprintf(text, len, "killed by signal %d (%s)%s", WTERMSIG(status),
			 strsignal(WTERMSIG(status)),
			 WTERMSIG(status) == SIGSYS ? ": it tried a forbidden system call" : "");
	else
		snprintf(text, len, "exit status %d", WEXITSTATUS(status));
}

static void on_child_broken(const char *why, void *arg)
{
	struct process *process = arg;
	struct netadmin *na = process->na;
	char status[160];

	child_status(process, status, sizeof(status));
	log_kv(LOG_ERR, "exit", "process", process->name, "error", "a process of the daemon ended",
	       "why", why, "status", status, NULL);
	channel_free(process->channel);
	process->channel = NULL;
	netadmin_stop(na, 1);
}

static int children_fork(struct netadmin *na)
{
	static int (*const mains[NA_PROCESSES])(void *) = {
		[NA_KEYHOLDER] = keyholder_main,
		[NA_IKE] = ike_main,
		[NA_RESOLVER] = resolver_main,
	};
	static const char *const names[NA_PROCESSES] = {
		[NA_KEYHOLDER] = "ipsecvifd-keys",
		[NA_IKE] = "ipsecvifd-ike",
		[NA_RESOLVER] = "ipsecvifd-dns",
	};
	static const char *const short_names[NA_PROCESSES] = {
		[NA_KEYHOLDER] = "keyholder",
		[NA_IKE] = "ike",
		[NA_RESOLVER] = "resolver",
	};
	int ours[NA_PROCESSES], theirs[NA_PROCESSES], between[2], pair[2], keep[2], i, ret;
	struct child_args args;

	ret = channel_pair(between);
	for (i = 0; i < NA_PROCESSES && !ret; i++) {
		ret = channel_pair(pair);
		ours[i] = pair[0];
		theirs[i] = pair[1];
	}
	for (i = 0; i < NA_PROCESSES && !ret; i++) {
		args = (struct child_args){ .netadmin = theirs[i], .peer = -1 };
		if (i != NA_RESOLVER)
			args.peer = between[i == NA_IKE];
		keep[0] = args.netadmin;
		keep[1] = args.peer;
		na->processes[i].name = short_names[i];
		na->processes[i].na = na;
		na->processes[i].pid =
			privsep_fork(names[i], keep, args.peer < 0 ? 1 : 2, mains[i], &args);
		if (na->processes[i].pid < 0)
			ret = na->processes[i].pid;
	}
	if (ret) {
		log_kv(LOG_ERR, "exit", "error", "cannot start the processes", "why",
		       strerror(-ret), NULL);
		return -1;
	}
	close(between[0]);
	close(between[1]);
	for (i = 0; i < NA_PROCESSES; i++) {
		close(theirs[i]);
		na->processes[i].channel = channel_new(na->loop, ours[i], on_child, on_child_broken,
						       &na->processes[i]);
		if (!na->processes[i].channel)
			return -1;
	}
	return 0;
}

/* --- sockets --- */

static int socket_give(struct netadmin *na, uint16_t family, bool natt)
{
	struct message_socket message = { .family = family, .natt = natt };
	char err[256];
	int fd;

	fd = udp_open(family, natt ? UDP_PORT_NATT : UDP_PORT_IKE, err, sizeof(err));
	if (fd < 0) {
		/* A kernel without IPv6 is fine. */
		if (family == AF_INET6 && (fd == -EAFNOSUPPORT || fd == -EADDRNOTAVAIL))
			return 0;
		log_kv(LOG_ERR, "exit", "error", err, NULL);
		return -1;
	}
	if (natt && na->kernel->ops->sock_attach(na->kernel, fd)) {
		log_kv(family == AF_INET ? LOG_ERR : LOG_INFO, "attach", "error",
		       "the module refuses the UDP socket for ESP", "family",
		       family == AF_INET ? "ipv4" : "ipv6", "why", kernel_error(na->kernel), NULL);
		if (family == AF_INET) {
			close(fd);
			return -1;
		}
	}
	na_send(na, NA_IKE, MSG_SOCKET, &message, sizeof(message), fd);
	close(fd);
	return 0;
}

static int sockets_give(struct netadmin *na)
{
	if (socket_give(na, AF_INET, false) || socket_give(na, AF_INET, true) ||
	    socket_give(na, AF_INET6, false) || socket_give(na, AF_INET6, true))
		return -1;
	return 0;
}

/* --- certificates that are about to expire --- */

static void expiry_tell(const struct tun *tun, const struct conf_cert *cert, int64_t now)
{
	int64_t left = cert ? cert->expires - now : INT64_MAX;
	char days[32];

	if (left > INT64_C(86400) * CONF_CERT_WARN_DAYS)
		return;
	snprintf(days, sizeof(days), "%lld", (long long)(left > 0 ? left / 86400 : 0));
	log_kv(LOG_WARNING, "certificate", "tunnel", tun->conf->name, "subject", cert->subject,
	       "warning", left > 0 ? "it expires soon" : "it has expired", "days", days, NULL);
}

static void expiry_look(struct tun *tun, void *arg)
{
	const int64_t *now = arg;

	if (!tun->conf->enabled)
		return;
	expiry_tell(tun, tun->conf->cert, *now);
	expiry_tell(tun, tun->conf->cert2, *now);
}

static void on_expiry_timer(void *arg)
{
	struct netadmin *na = arg;
	int64_t now = (int64_t)time(NULL);

	na_tun_each(na, expiry_look, &now);
	loop_timer_set(na->loop, &na->expiry_timer, loop_now() + NETADMIN_EXPIRY);
}

/* --- start --- */

static void start_when_ready(struct netadmin *na)
{
	struct conf *conf = na->conf;
	char count[16], err[256];
	int i;

	for (i = 0; i < NA_PROCESSES; i++)
		if (!na->processes[i].ready)
			return;
	if (na->running || na->stopping)
		return;
	na->running = true;
	na->conf = NULL;
	snprintf(count, sizeof(count), "%zu", conf->n_tunnels);
	log_kv(LOG_NOTICE, "start", "config", conf->path, "tunnels", count, NULL);
	na_configure(na, conf);
	on_expiry_timer(na);
	/* Last: who finds the socket finds the tunnels. */
	na->control = control_open(na, na->options.socket, err, sizeof(err));
	if (!na->control) {
		log_kv(LOG_ERR, "exit", "error", err, NULL);
		netadmin_stop(na, 1);
		return;
	}
	notify_manager("READY=1");
	if (na->options.ready_fd >= 0) {
		(void)!write(na->options.ready_fd, "", 1);
		close(na->options.ready_fd);
	}
}

static void reload_by_signal(struct netadmin *na)
{
	struct conf *conf = conf_load(na->options.config);
	struct conf_diff *diff;
	char text[1024];
	size_t i;

	for (i = 0; i < conf->n_messages; i++)
		log_kv(conf->messages[i].warning ? LOG_WARNING : LOG_ERR, "config", "text",
		       conf_message_print(&conf->messages[i], text, sizeof(text)), NULL);
	if (conf->errors) {
		log_kv(LOG_ERR, "reload", "error", "the configuration has errors; nothing changed",
		       NULL);
		conf_free(conf);
		return;
	}
	diff = conf_diff(na->conf, conf);
	na_reload(na, conf, diff);
	conf_diff_free(diff);
	log_kv(LOG_NOTICE, "reload", "result", "ok", NULL);
}

static void on_signal(uint32_t events, void *arg)
{
	struct netadmin *na = arg;
	struct signalfd_siginfo info;

	(void)events;
	while (read(na->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP && na->running && !na->stopping)
			reload_by_signal(na);
		else if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			netadmin_stop(na, 0);
	}
}

static int signals_open(struct netadmin *na)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	na->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (na->signal_fd < 0 || !loop_add(na->loop, na->signal_fd, EPOLLIN, on_signal, na))
		return -1;
	return 0;
}

static void on_stop_timer(void *arg)
{
	struct netadmin *na = arg;

	log_kv(LOG_WARNING, "stop", "why", "not every peer confirmed the end", NULL);
	loop_stop(na->loop, na->result);
}

void netadmin_stop(struct netadmin *na, int result)
{
	if (na->stopping) {
		/* Told twice, or a child died on the way: don't wait for peers. */
		if (result > na->result)
			na->result = result;
		loop_stop(na->loop, na->result);
		return;
	}
	na->stopping = true;
	na->result = result;
	notify_manager("STOPPING=1");
	log_kv(LOG_NOTICE, "stop", NULL);
	control_step(na->control, NULL, -1, "stop", LOG_NOTICE, NULL, "the daemon stops");
	if (!na->processes[NA_IKE].channel || !na->running || result) {
		loop_stop(na->loop, result);
		return;
	}
	na_send(na, NA_IKE, MSG_SHUTDOWN, NULL, 0, -1);
	loop_timer_set(na->loop, &na->stop_timer, loop_now() + NETADMIN_SHUTDOWN);
}

static void tun_clear_each(struct tun *tun, void *arg)
{
	(void)arg;
	na_tun_clear(tun);
	free(tun);
}

static void netadmin_end(struct netadmin *na)
{
	char status[160];
	int i;

	control_close(na->control);
	na->control = NULL;
	na_tun_each(na, tun_clear_each, NULL);
	mss_end(na);
	spawn_finish(na->spawner);
	spawner_free(na->spawner);
	kernel_close(na->kernel);
	/* Without a channel the children end by themselves. */
	for (i = 0; i < NA_PROCESSES; i++)
		channel_free(na->processes[i].channel);
	for (i = 0; i < NA_PROCESSES; i++)
		if (na->processes[i].pid > 0)
			child_status(&na->processes[i], status, sizeof(status));
	na_texts_free(na);
	conf_free(na->conf);
	loop_free(na->loop);
}

static int netadmin_start(struct netadmin *na)
{
	struct kernel_handler handler = na_kernel_handler(na);
	struct message_caps caps;
	char err[KERNEL_ERROR_MAX];

	if (signals_open(na) || children_fork(na))
		return -1;
	na->kernel = kernel_open(na->loop, &handler, err, sizeof(err));
	if (!na->kernel) {
		log_kv(LOG_ERR, "exit", "error", "no access to the module", "why", err, NULL);
		return -1;
	}
	/* What a daemon left that did not end in order. */
	na->kernel->ops->routes_flush(na->kernel, 0);
	if (control_claim(na->options.socket, err, sizeof(err))) {
		log_kv(LOG_ERR, "exit", "error", err, NULL);
		return -1;
	}
	if (na->kernel->ops->caps(na->kernel, &caps)) {
		log_kv(LOG_ERR, "exit", "error", "the module does not tell its algorithms", "why",
		       kernel_error(na->kernel), NULL);
		return -1;
	}
	na_send(na, NA_IKE, MSG_CAPS, &caps, sizeof(caps), -1);
	if (sockets_give(na))
		return -1;
	if (privsep_confine_parent(err, sizeof(err))) {
		log_kv(LOG_ERR, "exit", "error", "cannot drop privileges", "why", err, NULL);
		return -1;
	}
	return 0;
}

int netadmin_run(const struct options *options, struct conf *conf)
{
	static struct netadmin na;
	int result = 1;

	na.options = *options;
	na.conf = conf;
	na.started = loop_now();
	na.loop = loop_new();
	if (!na.loop)
		return 1;
	loop_timer_init(&na.stop_timer, on_stop_timer, &na);
	loop_timer_init(&na.expiry_timer, on_expiry_timer, &na);
	mss_init(&na);
	calls_init(&na);
	na.spawner = spawner_new(na.loop);
	loop_timer_init(&na.paths_timer, na_paths_timer, &na);
	if (!netadmin_start(&na))
		result = loop_run(na.loop);
	netadmin_end(&na);
	return result;
}
