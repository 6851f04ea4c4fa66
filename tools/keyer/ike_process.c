// SPDX-License-Identifier: MIT
/*
 * The ike process: it runs the protocol core over the UDP sockets, and turns
 * the core's effects into messages to those who may do what it may not.
 */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/keyer/checks.h"
#include "tools/keyer/child.h"
#include "tools/keyer/crypto/crypto.h"
#include "tools/keyer/ike/iana.h"
#include "tools/keyer/impair.h"
#include "tools/keyer/log.h"
#include "tools/keyer/trust.h"
#include "tools/keyer/udp.h"

enum {
	IKE_DEBUGGED_MAX = 64,
	IKE_SOCKETS = 4, /* two families, two ports */
	IKE_TRIM = 30000, /* ms between two looks at what memory is free ... */
	IKE_TRIM_MUCH = 8 << 20, /* ... and bytes that are worth to be given back */
	IKE_BATCH = 32, /* datagrams of one socket before others get their turn */
};

struct ike_process;

struct ike_socket {
	struct ike_process *process;
	int fd;
	uint16_t family;
	bool natt;
};

struct ike_process {
	struct loop *loop;
	struct channel *netadmin, *keyholder;
	struct loop_timer timer;
	struct loop_timer trim_timer;
	struct ike *ike;
	struct ike_effects *effects;
	struct message_caps caps;
	unsigned int n_debugged;
	uint32_t debugged[IKE_DEBUGGED_MAX]; /* connections of which all is logged */
	unsigned int n_sockets;
	struct ike_socket sockets[IKE_SOCKETS];
	uint8_t packet[IKE_PACKET_MAX];
	struct trust *trust;
	struct checks *checks;
};

static void env_random(void *ctx, uint8_t *buf, size_t len)
{
	(void)ctx;
	child_random(buf, len);
}

/* What the kernel cannot do is not negotiated; groups and ESN are no matter of it. */
static bool env_capable(void *ctx, uint8_t protocol, const struct ike_transform *t)
{
	const struct ike_process *p = ctx;
	const struct ike_transform *alg;
	uint32_t i;

	if (t->type != TR_ENCR && t->type != TR_INTEG)
		return true;
	if (t->type == TR_INTEG && t->id == INTEG_NONE)
		return true;
	for (i = 0; i < p->caps.n; i++) {
		alg = &p->caps.algs[i];
		if (alg->type == t->type && alg->id == t->id &&
		    (protocol != PROTO_AH || p->caps.ah[i]) &&
		    (!alg->key_bits || alg->key_bits == t->key_bits))
			return true;
	}
	return false;
}

static void packet_put(struct ike_process *p, const struct ike_fx_send *send)
{
	bool natt = send->natt || send->keepalive;
	char to[64], why[64];
	unsigned int i;
	int ret = -EAFNOSUPPORT;

	for (i = 0; i < p->n_sockets; i++) {
		if (p->sockets[i].family != send->remote.family || p->sockets[i].natt != natt)
			continue;
		ret = udp_send(p->sockets[i].fd, send, natt && !send->keepalive);
		break;
	}
	if (!ret || ret == -EAGAIN || !log_enabled(LOG_DEBUG))
		return;
	/* Sent again by the core in time; if it never works, silence is the reason told. */
	snprintf(why, sizeof(why), "%s", strerror(-ret));
	log_kv(LOG_DEBUG, "send-failed", "to", ike_addr_print(&send->remote, to, sizeof(to)), "why",
	       why, NULL);
}

static void packet_put_again(void *arg, const struct ike_addr *local, const struct ike_addr *remote,
			     bool natt, uint8_t *data, size_t len)
{
	const struct ike_fx_send send = {
		.local = *local, .remote = *remote, .natt = natt, .data = data, .len = len
	};

	packet_put(arg, &send);
}

static void packet_send(struct ike_process *p, const struct ike_fx_send *send)
{
	if (send->keepalive || impair(true, &send->local, &send->remote, send->natt, send->data,
				      send->len, packet_put_again, p))
		packet_put(p, send);
}

static size_t env_certificate(void *ctx, uint32_t conn, bool second, unsigned int i,
			      const uint8_t **der)
{
	return trust_certificate(((struct ike_process *)ctx)->trust, conn, second, i, der);
}

static const uint8_t *env_authority(void *ctx, uint32_t conn, unsigned int i)
{
	return trust_authority(((struct ike_process *)ctx)->trust, conn, i);
}

static unsigned int debugged_find(const struct ike_process *p, uint32_t conn)
{
	unsigned int i;

	for (i = 0; i < p->n_debugged && p->debugged[i] != conn; i++)
		;
	return i;
}

static void debug_set(struct ike_process *p, uint32_t conn, bool on)
{
	unsigned int i = debugged_find(p, conn);

	if (!on && i < p->n_debugged)
		p->debugged[i] = p->debugged[--p->n_debugged];
	else if (on && i == p->n_debugged && i < IKE_DEBUGGED_MAX)
		p->debugged[p->n_debugged++] = conn;
}

static void log_send(const struct ike_process *p, const struct ike_fx_log *fx)
{
	bool before = log_focus(fx->conn && debugged_find(p, fx->conn) < p->n_debugged);

	log_line((int)fx->level, fx->text);
	log_focus(before);
}

static void effect_do(struct ike_process *p, const struct ike_effect *fx)
{
	struct channel *to = p->netadmin;

	switch (fx->type) {
	case IKE_FX_SEND:
		packet_send(p, &fx->u.send);
		break;
	case IKE_FX_AUTH_SIGN:
		channel_send(p->keyholder, MSG_SIGN, &fx->u.auth, sizeof(fx->u.auth), -1);
		break;
	case IKE_FX_AUTH_VERIFY:
		channel_send(p->keyholder, MSG_VERIFY, &fx->u.auth, sizeof(fx->u.auth), -1);
		break;
	case IKE_FX_EAP:
		channel_send(p->keyholder, MSG_EAP, &fx->u.eap, sizeof(fx->u.eap), -1);
		break;
	case IKE_FX_EAP_END:
		channel_send(p->keyholder, MSG_EAP_END, &fx->u.eap_end, sizeof(fx->u.eap_end), -1);
		break;
	case IKE_FX_CERT_VERIFY:
		checks_begin(p->checks, &fx->u.cert);
		break;
	case IKE_FX_PPK:
		channel_send(p->keyholder, MSG_PPK, &fx->u.ppk, sizeof(fx->u.ppk), -1);
		break;
	case IKE_FX_SPI_REQUEST:
		channel_send(to, MSG_SPI_REQUEST, &fx->u.spi, sizeof(fx->u.spi), -1);
		break;
	case IKE_FX_SPI_RELEASE:
		channel_send(to, MSG_SPI_RELEASE, &fx->u.spi, sizeof(fx->u.spi), -1);
		break;
	case IKE_FX_CHILD_INSTALL:
		channel_send(to, MSG_CHILD_INSTALL, &fx->u.child, sizeof(fx->u.child), -1);
		break;
	case IKE_FX_CHILD_UPDATE:
		channel_send(to, MSG_CHILD_UPDATE, &fx->u.child, sizeof(fx->u.child), -1);
		break;
	case IKE_FX_CHILD_REMOVE:
		channel_send(to, MSG_CHILD_REMOVE, &fx->u.child, sizeof(fx->u.child), -1);
		break;
	case IKE_FX_PATH:
		channel_send(to, MSG_PATH_REQUEST, &fx->u.path, sizeof(fx->u.path), -1);
		break;
	case IKE_FX_CONFIG:
		channel_send(to, MSG_CONFIG, &fx->u.config, sizeof(fx->u.config), -1);
		break;
	case IKE_FX_STATUS:
		channel_send(to, MSG_STATUS, &fx->u.status, sizeof(fx->u.status), -1);
		break;
	case IKE_FX_LOG:
		log_send(p, &fx->u.log);
		break;
	case IKE_FX_SHUTDOWN_DONE:
		channel_send(to, MSG_SHUTDOWN_DONE, NULL, 0, -1);
		break;
	}
}

static void event_step(struct ike_process *p, struct ike_event *event)
{
	size_t i, n;

	event->now = loop_now();
	ike_step(p->ike, event, p->effects);
	n = ike_effects_count(p->effects);
	for (i = 0; i < n; i++)
		effect_do(p, ike_effects_get(p->effects, i));
	ike_effects_clear(p->effects);
}

/* When thousands have new keys at once, what that took is free afterwards, and in pieces. */
static void trim_fire(void *arg)
{
	(void)arg;
	if (mallinfo2().fordblks > IKE_TRIM_MUCH)
		malloc_trim(0);
}

static void answers_feed(void *arg)
{
	struct ike_process *p = arg;
	struct ike_event event;

	while (checks_answer(p->checks, &event.u.auth)) {
		event.type = IKE_EV_AUTH_VERIFIED;
		event_step(p, &event);
	}
	loop_timer_set(p->loop, &p->timer, ike_deadline(p->ike));
	if (!p->trim_timer.slot)
		loop_timer_set(p->loop, &p->trim_timer, loop_now() + IKE_TRIM);
}

static void event_feed(struct ike_process *p, struct ike_event *event)
{
	event_step(p, event);
	answers_feed(p);
}

static void timer_fire(void *arg)
{
	struct ike_event event = { .type = IKE_EV_TICK };

	event_feed(arg, &event);
}

static void packet_take_again(void *arg, const struct ike_addr *local,
			      const struct ike_addr *remote, bool natt, uint8_t *data, size_t len)
{
	struct ike_event event = { .type = IKE_EV_PACKET };

	event.u.packet.local = *local;
	event.u.packet.remote = *remote;
	event.u.packet.natt = natt;
	event.u.packet.data = data;
	event.u.packet.len = len;
	event_feed(arg, &event);
}

static void socket_ready(uint32_t events, void *arg)
{
	struct ike_socket *socket = arg;
	struct ike_process *p = socket->process;
	struct ike_event event;
	int i, ret;

	(void)events;
	for (i = 0; i < IKE_BATCH; i++) {
		memset(&event, 0, sizeof(event));
		event.type = IKE_EV_PACKET;
		ret = udp_receive(socket->fd, socket->natt,
				  socket->natt ? UDP_PORT_NATT : UDP_PORT_IKE, p->packet,
				  sizeof(p->packet), &event.u.packet);
		if (ret < 0)
			return;
		if (ret && impair(false, &event.u.packet.local, &event.u.packet.remote,
				  event.u.packet.natt, event.u.packet.data, event.u.packet.len,
				  packet_take_again, p))
			event_feed(p, &event);
	}
}

static void socket_add(struct ike_process *p, const struct message_socket *message, int fd)
{
	struct ike_socket *socket = &p->sockets[p->n_sockets];

	if (fd < 0 || p->n_sockets == IKE_SOCKETS)
		return;
	*socket = (struct ike_socket){ p, fd, message->family, message->natt };
	p->n_sockets++;
	if (!loop_add(p->loop, fd, EPOLLIN, socket_ready, socket))
		abort();
}

static void conn_set(struct ike_process *p, const void *data, size_t len)
{
	/* The channel's buffer, which is nobody else's until the next message. */
	struct ike_event event = { .type = IKE_EV_CONN_SET,
				   .u.conf = ike_conf_unpack((void *)(uintptr_t)data, len) };

	if (event.u.conf)
		event_feed(p, &event);
}

static void on_netadmin(enum message_type type, const void *data, size_t len, int fd, void *arg)
{
	struct ike_process *p = arg;
	struct ike_event event;

	memset(&event, 0, sizeof(event));
	if (type == MSG_TRUST_FILE)
		trust_add(p->trust, data, fd);
	else if (type == MSG_FETCHED)
		checks_fetched(p->checks, data, fd);
	if (fd >= 0 && type != MSG_SOCKET)
		close(fd);
	switch (type) {
	case MSG_SOCKET:
		socket_add(p, data, fd);
		return;
	case MSG_CAPS:
		memcpy(&p->caps, data, sizeof(p->caps));
		return;
	case MSG_CONN_SET:
		conn_set(p, data, len);
		return;
	case MSG_TRUST:
		trust_begin(p->trust, data);
		return;
	case MSG_DEBUG:
		debug_set(p, ((const struct message_debug *)data)->conn,
			  ((const struct message_debug *)data)->on);
		return;
	case MSG_CONN_DEL:
		trust_forget(p->trust, ((const struct message_conn *)data)->conn);
		event.type = IKE_EV_CONN_DEL;
		event.u.conn = ((const struct message_conn *)data)->conn;
		debug_set(p, event.u.conn, false);
		break;
	case MSG_INITIATE:
		event.type = IKE_EV_INITIATE;
		memcpy(&event.u.initiate, data, len);
		break;
	case MSG_TERMINATE:
	case MSG_REKEY:
		event.type = type == MSG_REKEY ? IKE_EV_REKEY : IKE_EV_TERMINATE;
		memcpy(&event.u.terminate, data, len);
		break;
	case MSG_SPI:
		event.type = IKE_EV_SPI;
		memcpy(&event.u.spi, data, len);
		break;
	case MSG_INSTALLED:
		event.type = IKE_EV_INSTALLED;
		memcpy(&event.u.installed, data, len);
		break;
	case MSG_EXPIRE:
	case MSG_MAPPING:
		event.type = type == MSG_EXPIRE ? IKE_EV_CHILD_EXPIRE : IKE_EV_MAPPING;
		memcpy(&event.u.child, data, len);
		break;
	case MSG_ADDRESS_LOST:
		event.type = IKE_EV_ADDRESS_LOST;
		memcpy(&event.u.address, data, len);
		break;
	case MSG_ROAM:
		event.type = IKE_EV_ROAM;
		memcpy(&event.u.roam, data, len);
		break;
	case MSG_PATH:
		event.type = IKE_EV_PATH;
		memcpy(&event.u.path, data, len);
		break;
	case MSG_SHUTDOWN:
		event.type = IKE_EV_SHUTDOWN;
		break;
	default:
		return;
	}
	event_feed(p, &event);
}

static void on_keyholder(enum message_type type, const void *data, size_t len, int fd, void *arg)
{
	struct ike_event event;

	if (fd >= 0)
		close(fd);
	memset(&event, 0, sizeof(event));
	if (type == MSG_SIGNED)
		event.type = IKE_EV_AUTH_SIGNED;
	else if (type == MSG_VERIFIED)
		event.type = IKE_EV_AUTH_VERIFIED;
	else if (type == MSG_EAP_ANSWER)
		event.type = IKE_EV_EAP;
	else if (type == MSG_PPK_MIXED)
		event.type = IKE_EV_PPK;
	else
		return;
	memcpy(&event.u, data, len);
	event_feed(arg, &event);
	explicit_bzero(&event, sizeof(event));
}

/* The library reads its configuration and seeds itself while files can be opened. */
static void crypto_warm(void)
{
	static const uint16_t groups[] = { KE_X25519, KE_ECP256, KE_ECP384, KE_MODP2048 };
	struct crypto_part part = { "x", 1 };
	struct crypto_aead gcm = { .encr = ENCR_AES_GCM_16, .encr_len = 36 };
	uint8_t out[CRYPTO_DIGEST_MAX], message[64] = { 0 };
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		crypto_ke_free(crypto_ke_new(groups[i]));
	crypto_prf(PRF_HMAC_SHA2_256, (const uint8_t *)"x", 1, &part, 1, out);
	crypto_aead_seal(&gcm, message, 16, 16);
}

int ike_main(void *arg)
{
	const struct child_args *args = arg;
	static struct ike_process p;
	char err[256];
	struct ike_env env = { .ctx = &p,
			       .random = env_random,
			       .capable = env_capable,
			       .certificate = env_certificate,
			       .authority = env_authority };

	p.loop = loop_new();
	if (!p.loop)
		return 1;
	p.netadmin = channel_new(p.loop, args->netadmin, on_netadmin, child_broken, &p);
	p.keyholder = channel_new(p.loop, args->peer, on_keyholder, child_broken, &p);
	p.trust = trust_new();
	p.checks = checks_new(p.loop, p.netadmin, p.trust, answers_feed, &p);
	p.ike = ike_new(&env);
	p.effects = ike_effects_new();
	if (!p.netadmin || !p.keyholder || !p.ike || !p.effects || !p.trust || !p.checks)
		return 1;
	loop_timer_init(&p.timer, timer_fire, &p);
	loop_timer_init(&p.trim_timer, trim_fire, &p);
	if (impair_open(p.loop, err, sizeof(err))) {
		log_kv(LOG_ERR, "exit", "error", err, NULL);
		return 1;
	}
	crypto_warm();
	child_begin(PRIVSEP_IKE, p.netadmin);
	return loop_run(p.loop);
}
