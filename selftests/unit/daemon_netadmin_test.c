// SPDX-License-Identifier: MIT
/*
 * netadmin over a kernel in memory. The test plays the ike process, honest and
 * not, and looks at what becomes of SAs, routes, addresses and interfaces.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/keyer/control.h"
#include "tools/keyer/ike/iana.h"
#include "tools/keyer/kernel/fake.h"
#include "tools/keyer/log.h"
#include "tools/keyer/control.h"
#include "tools/keyer/netadmin.h"
#include "tools/keyer/spawn.h"

enum {
	SENT_MAX = 2048
};

static char dir[64];
static struct netadmin *na;
static struct fake *fake;

static struct sent {
	enum netadmin_process process;
	enum message_type type;
	size_t len;
	uint8_t *data;
} sent[SENT_MAX];
static unsigned int n_sent;
static int stopped;

/* What netadmin.c would do. */
void na_send(struct netadmin *netadmin, enum netadmin_process process, enum message_type type,
	     const void *data, size_t len, int fd)
{
	(void)netadmin;
	(void)fd;
	assert_true(message_length_ok(type, len));
	assert_true(n_sent < SENT_MAX);
	sent[n_sent] = (struct sent){ process, type, len, malloc(len + 1) };
	if (len)
		memcpy(sent[n_sent].data, data, len);
	n_sent++;
}

void netadmin_stop(struct netadmin *netadmin, int result)
{
	(void)netadmin;
	(void)result;
	stopped++;
}

static void sent_clear(void)
{
	while (n_sent)
		free(sent[--n_sent].data);
}

/* The last message of this type, or NULL. */
static const void *sent_find(enum message_type type)
{
	unsigned int i = n_sent;

	while (i--)
		if (sent[i].type == type)
			return sent[i].data;
	return NULL;
}

static void file_write(const char *name, const char *text, mode_t mode)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	chmod(path, mode);
}

static struct conf *conf_of(const char *text)
{
	struct conf *conf;
	char message[1024];
	size_t i;

	file_write("etc/t.conf", text, 0644);
	conf = conf_load(na->options.config);
	for (i = 0; i < conf->n_messages; i++)
		if (!conf->messages[i].warning)
			fail_msg("%s",
				 conf_message_print(&conf->messages[i], message, sizeof(message)));
	return conf;
}

static int setup(void **state)
{
	static char etc[128];
	struct kernel_handler handler;

	(void)state;
	strcpy(dir, "/tmp/ipsecvif-na.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(etc, sizeof(etc), "%s/etc", dir);
	mkdir(etc, 0755);
	file_write("etc/a.psk", "secret\n", 0600);
	log_open(true, LOG_ERR - 1);
	na = calloc(1, sizeof(*na));
	na->options.config = etc;
	na->loop = loop_new();
	na->running = true;
	na->spawner = spawner_new(na->loop);
	mss_init(na);
	calls_init(na);
	handler = na_kernel_handler(na);
	fake = fake_open(&handler);
	na->kernel = &fake->k;
	stopped = 0;
	sent_clear();
	return 0;
}

static void tun_end(struct tun *tun, void *arg)
{
	(void)arg;
	na_tun_free(tun);
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	control_close(na->control);
	na->control = NULL;
	na_tun_each(na, tun_end, NULL);
	/* Whatever a test did: nothing of ours stays in the kernel. */
	assert_int_equal(fake->n_sas, 0);
	assert_int_equal(fake->n_selectors, 0);
	assert_int_equal(fake->n_routes, 0);
	assert_int_equal(fake->n_addresses, 0);
	assert_int_equal(fake->n_blocks, 0);
	spawn_finish(na->spawner);
	spawner_free(na->spawner);
	na_texts_free(na);
	conf_free(na->conf);
	kernel_close(na->kernel);
	loop_free(na->loop);
	free(na);
	sent_clear();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) ? -1 : 0;
}

#define BODY                                                                         \
	"address = 10.255.0.1/30\nremote = 192.0.2.9\npsk-file = a.psk\n"            \
	"child lan { local = 10.1.0.0/16\nremote = 10.2.0.0/16, 10.3.0.0-10.3.0.2\n" \
	"metric = 50\nesp = aes256gcm16, aes128-sha256 }\n"

static struct tun *start(const char *text)
{
	na_configure(na, conf_of(text));
	return na_tun_by_name(na, "t");
}

/* --- the ike process, as played here --- */

static void status(struct tun *tun, enum ike_status what, enum ike_reason why, const char *child,
		   uint32_t spi_in)
{
	struct ike_fx_status st = { .what = what, .why = why, .conn = tun->conn, .initiator = true };

	st.local.family = st.remote.family = AF_INET;
	st.local.port = st.remote.port = 500;
	memset(st.spi_i, 1, 8);
	memset(st.spi_r, 2, 8);
	st.spi_in = spi_in;
	snprintf(st.child, sizeof(st.child), "%s", child);
	snprintf(st.text, sizeof(st.text), "a sentence");
	na_ike_message(na, MSG_STATUS, &st);
}

static uint32_t spi_get(struct tun *tun)
{
	struct ike_fx_spi ask = { .request = 7, .conn = tun->conn, .protocol = PROTO_ESP };
	const struct ike_ev_spi *reply;

	strcpy(ask.child, "lan");
	na_ike_message(na, MSG_SPI_REQUEST, &ask);
	reply = sent_find(MSG_SPI);
	assert_non_null(reply);
	assert_true(reply->ok);
	assert_int_equal(reply->request, 7);
	return reply->spi;
}

static struct ike_ts ts4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint8_t e)
{
	struct ike_ts ts = { .family = AF_INET, .port_max = 65535 };
	const uint8_t min[4] = { a, b, c, d }, max[4] = { a, b, c == 0 ? e : c, e };

	memcpy(ts.min, min, 4);
	memcpy(ts.max, max, 4);
	return ts;
}

/* A pair as an honest ike process would ask for. */
static struct ike_fx_child pair_of(struct tun *tun, uint32_t spi_in, uint32_t spi_out)
{
	struct ike_fx_child fx = { .request = 9,
				   .conn = tun->conn,
				   .protocol = PROTO_ESP,
				   .mode = 1,
				   .esn = true,
				   .spi_in = spi_in,
				   .spi_out = htonl(spi_out),
				   .encr = { TR_ENCR, ENCR_AES_GCM_16, 256 },
				   .hard_ms = 3600000,
				   .n_local = 1,
				   .n_remote = 1 };

	strcpy(fx.child, "lan");
	fx.local.family = fx.remote.family = AF_INET;
	fx.local.port = fx.remote.port = 500;
	fx.remote.bytes[0] = 192;
	fx.encr_in.len = fx.encr_out.len = 36;
	fx.local_ts[0] = ts4(10, 1, 0, 0, 255);
	fx.remote_ts[0] = ts4(10, 2, 0, 0, 255);
	return fx;
}

static bool install(const struct ike_fx_child *fx)
{
	const struct ike_ev_installed *reply;

	sent_clear();
	na_ike_message(na, MSG_CHILD_INSTALL, fx);
	reply = sent_find(MSG_INSTALLED);
	if (!reply)
		return false;
	assert_int_equal(reply->request, fx->request);
	assert_true(reply->ok || reply->why[0]);
	return reply->ok;
}

static void bring_up(struct tun *tun)
{
	struct ike_fx_child fx;

	status(tun, IKE_ST_IKE_UP, 0, "", 0);
	fx = pair_of(tun, spi_get(tun), 0x12345678);
	assert_true(install(&fx));
	status(tun, IKE_ST_CHILD_UP, 0, "lan", fx.spi_in);
}

/* Of another peer than status(): its IKE SA has SPIs of @n, and had those of @was. */
static void status_of(struct tun *tun, enum ike_status what, enum ike_reason why, uint8_t n,
		      uint8_t was)
{
	struct ike_fx_status st = { .what = what, .why = why, .conn = tun->conn };

	st.local.family = st.remote.family = AF_INET;
	st.local.port = st.remote.port = 500;
	st.remote.bytes[3] = n;
	memset(st.spi_i, n, 8);
	memset(st.spi_r, n, 8);
	memset(st.was_spi_i, was, 8);
	memset(st.was_spi_r, was, 8);
	na_ike_message(na, MSG_STATUS, &st);
}

/* --- tests --- */

static void test_life(void **state)
{
	struct tun *tun = start("tunnel t {\n" BODY "}\n");
	const struct ike_conn_conf *conn = sent_find(MSG_CONN_SET);
	const struct ike_ev_initiate *initiate = sent_find(MSG_INITIATE);
	struct ike_fx_child fx;

	(void)state;
	assert_non_null(conn);
	assert_non_null(sent_find(MSG_SECRET_SET));
	assert_string_equal(conn->name, "t");
	assert_int_equal(conn->id, tun->conn);
	assert_non_null(initiate);
	assert_int_equal(initiate->remote.bytes[0], 192);
	assert_int_equal(fake->n_links, 1);
	assert_true(fake->links[0].up);
	assert_int_equal(fake->n_routes, 0);
	assert_int_equal(fake->n_addresses, 0);
	/* From the beginning nothing leaks: 10.2.0.0/16, 10.3.0.0/31 and 10.3.0.2/32. */
	assert_int_equal(fake->n_blocks, 3);

	bring_up(tun);
	assert_int_equal(fake->n_sas, 2);
	assert_int_equal(fake->n_addresses, 1);
	assert_int_equal(fake->n_routes, 1);
	assert_int_equal(fake->routes[0].metric, 50);
	assert_int_equal(fake->routes[0].to.length, 16);

	/* A rekey: the old pair goes, the route does not blink. */
	fx = pair_of(tun, spi_get(tun), 0x12345679);
	assert_true(install(&fx));
	status(tun, IKE_ST_CHILD_UP, 0, "lan", fx.spi_in);
	assert_int_equal(fake->n_sas, 4);
	fx.spi_in = htonl(IPSECVIF_SPI_MIN + 1);
	na_ike_message(na, MSG_CHILD_REMOVE, &fx);
	status(tun, IKE_ST_CHILD_DOWN, IKE_WHY_OPERATOR, "lan", fx.spi_in);
	assert_int_equal(fake->n_sas, 2);
	assert_int_equal(fake->n_routes, 1);

	status(tun, IKE_ST_IKE_DOWN, IKE_WHY_OPERATOR, "", 0);
	assert_int_equal(fake->n_routes, 0);
	assert_int_equal(fake->n_addresses, 0);
	assert_int_equal(fake->n_blocks, 3);
	assert_int_equal(stopped, 0);
}

/* Each thing that an honest ike process never asks for ends the daemon, and does nothing. */
static void test_taken_over(void **state)
{
	struct tun *tun = start("tunnel t {\n" BODY "}\n");
	struct ike_fx_child good, fx;
	struct ike_fx_status st;
	struct ike_fx_spi ask = { .conn = tun->conn, .protocol = 77 };

	(void)state;
	status(tun, IKE_ST_IKE_UP, 0, "", 0);
	good = pair_of(tun, spi_get(tun), 0x12345678);

#define BAD(change)                               \
	do {                                      \
		fx = good;                        \
		change;                           \
		stopped = 0;                      \
		assert_false(install(&fx));       \
		assert_int_equal(stopped, 1);     \
		assert_int_equal(fake->n_sas, 1); \
	} while (0)

	BAD(fx.spi_in = htonl(IPSECVIF_SPI_MIN + 77));
	BAD(fx.spi_out = htonl(7));
	BAD(fx.n_local = IKE_TS_MAX + 1);
	BAD(fx.encr_in.len = IKE_KEY_MAX + 1);
	BAD(fx.local.family = 77);
	BAD(fx.remote.family = AF_INET6);
	BAD(fx.mode = 2);
	BAD(fx.encap = true; fx.remote.port = 0);
	BAD(memset(fx.child, 'x', sizeof(fx.child)));
#undef BAD

	/* What a reload that crossed could explain is refused, and the daemon goes on. */
#define REFUSED(change)                           \
	do {                                      \
		fx = good;                        \
		change;                           \
		stopped = 0;                      \
		assert_false(install(&fx));       \
		assert_int_equal(stopped, 0);     \
		assert_int_equal(fake->n_sas, 1); \
	} while (0)

	REFUSED(fx.conn += 1);
	REFUSED(strcpy(fx.child, "other"));
	REFUSED(fx.remote_ts[0] = ts4(10, 9, 0, 0, 255));
	REFUSED(fx.remote_ts[0].max[0] = 11);
	REFUSED(fx.n_remote = 0);
	REFUSED(fx.encr.key_bits = 192);
	REFUSED(fx.encr.id = 3);
	REFUSED(fx.encr_in.len = 20);
	REFUSED(fx.protocol = PROTO_AH);
	REFUSED(fx.remote_ts[0].min[3] = 9; fx.remote_ts[0].max[2] = 0; fx.remote_ts[0].max[3] = 8);
#undef REFUSED

	stopped = 0;
	memset(&st, 0, sizeof(st));
	st.what = IKE_ST_FAILED + 1;
	na_ike_message(na, MSG_STATUS, &st);
	assert_int_equal(stopped, 1);
	memset(&st, 0, sizeof(st));
	memset(st.text, 'x', sizeof(st.text));
	na_ike_message(na, MSG_STATUS, &st);
	assert_int_equal(stopped, 2);
	na_ike_message(na, MSG_SPI_REQUEST, &ask);
	assert_int_equal(stopped, 3);
	/* And a message of another's. */
	na_ike_message(na, MSG_SECRET_SET, &st);
	assert_int_equal(stopped, 4);
	/* The honest one still works. */
	assert_true(install(&good));
}

/*
 * A rekey of the peer's: it cannot read the new SA before it has our answer, so
 * the old one sends until the peer ends it, or some time has passed.
 */
static void test_peer_rekeys(void **state)
{
	struct tun *tun = start("tunnel t {\n" BODY "}\n");
	struct ike_fx_child old, fx;

	(void)state;
	bring_up(tun);
	old = pair_of(tun, tun->pairs->spi_in, 0x12345678);
	fx = pair_of(tun, spi_get(tun), 0x12345679);
	fx.replaces_in = old.spi_in;
	assert_true(install(&fx));
	status(tun, IKE_ST_CHILD_UP, 0, "lan", fx.spi_in);
	assert_int_equal(fake->n_sas, 3);
	na_ike_message(na, MSG_CHILD_REMOVE, &old);
	assert_int_equal(fake->n_sas, 2);
	assert_null(tun->pairs->pending);
	/* Again, and the old one never ends. */
	old = fx;
	fx = pair_of(tun, spi_get(tun), 0x1234567a);
	fx.replaces_in = old.spi_in;
	assert_true(install(&fx));
	assert_int_equal(fake->n_sas, 3);
	loop_timer_set(na->loop, &tun->pairs->timer, loop_now());
	loop_run_once(na->loop, 10);
	assert_int_equal(fake->n_sas, 4);
	/* Again, and the outbound SPI is one that is there: the core is told. */
	old = fx;
	fx = pair_of(tun, spi_get(tun), 0x1234567a);
	fx.replaces_in = old.spi_in;
	assert_true(install(&fx));
	sent_clear();
	loop_timer_set(na->loop, &tun->pairs->timer, loop_now());
	loop_run_once(na->loop, 10);
	assert_non_null(sent_find(MSG_EXPIRE));
	/* A rekey of ours: the peer has answered, so it can read. */
	fx = pair_of(tun, spi_get(tun), 0x1234567b);
	fx.replaces_in = old.spi_in;
	fx.initiator = true;
	assert_true(install(&fx));
	assert_null(tun->pairs->pending);
}

static void test_spis(void **state)
{
	struct tun *tun = start("tunnel t {\n" BODY "}\n");
	struct ike_fx_spi ask = { .conn = tun->conn, .protocol = PROTO_ESP };
	const struct ike_ev_spi *reply;
	unsigned int i;

	(void)state;
	for (i = 0; i < NETADMIN_SPIS_MAX; i++)
		ask.spi = spi_get(tun);
	sent_clear();
	na_ike_message(na, MSG_SPI_REQUEST, &ask);
	reply = sent_find(MSG_SPI);
	assert_non_null(reply);
	assert_false(reply->ok);
	assert_int_equal(fake->n_sas, NETADMIN_SPIS_MAX);
	/* Given back twice is once; somebody else's is nothing. */
	na_ike_message(na, MSG_SPI_RELEASE, &ask);
	na_ike_message(na, MSG_SPI_RELEASE, &ask);
	ask.spi = htonl(0xc0000001);
	na_ike_message(na, MSG_SPI_RELEASE, &ask);
	assert_int_equal(fake->n_sas, NETADMIN_SPIS_MAX - 1);
}

static void test_on_demand(void **state)
{
	struct tun *tun = start("tunnel t {\nstart = on-demand\n" BODY "}\n");
	struct ipsecvif_selector met;

	(void)state;
	assert_null(sent_find(MSG_INITIATE));
	/* 10.2.0.0/16, 10.3.0.0/31 and 10.3.0.2/32 */
	assert_int_equal(fake->n_selectors, 3);
	assert_int_equal(fake->n_routes, 3);
	assert_int_equal(fake->n_addresses, 1);
	met = fake->selectors[0].selector;
	na->kernel->handler.acquire(na, fake->links[0].ifindex + 1, &met);
	assert_null(sent_find(MSG_INITIATE));
	na->kernel->handler.acquire(na, fake->links[0].ifindex, &met);
	assert_non_null(sent_find(MSG_INITIATE));
	bring_up(tun);
	assert_int_equal(fake->n_routes, 3);
	status(tun, IKE_ST_IKE_DOWN, IKE_WHY_PEER, "", 0);
	assert_int_equal(fake->n_routes, 3);
	assert_int_equal(fake->n_selectors, 3);
	tun_event(tun, TUNNEL_EV_OPERATOR_DOWN, -1, IKE_WHY_OPERATOR);
	assert_int_equal(fake->n_routes, 0);
	assert_int_equal(fake->n_selectors, 0);
	assert_non_null(sent_find(MSG_CONN_DEL));
}

static void test_link_down(void **state)
{
	struct tun *tun = start("tunnel t {\n" BODY "}\n");
	struct kernel_link link = fake->links[0];

	(void)state;
	bring_up(tun);
	fake->links[0].up = false;
	na->kernel->handler.link(na, &link);
	assert_non_null(sent_find(MSG_TERMINATE));
	assert_int_equal(fake->n_routes, 0);
	status(tun, IKE_ST_IKE_DOWN, IKE_WHY_OPERATOR, "", 0);
	assert_non_null(sent_find(MSG_CONN_DEL));
	assert_int_equal(fake->n_sas, 0);
	sent_clear();
	fake->links[0].up = true;
	na->kernel->handler.link(na, &link);
	assert_non_null(sent_find(MSG_CONN_SET));
	assert_non_null(sent_find(MSG_INITIATE));
	/* And deleted: the kernel took all that was on it. */
	bring_up(tun);
	fake->k.ops->link_delete(&fake->k, link.ifindex);
	na->kernel->handler.link(na, &link);
	assert_null(tun->pairs);
	assert_int_equal(tun->children[0].n_routes, 0);
	assert_int_equal(stopped, 0);
}

/* An interface that somebody else made is used, and stays. */
static void test_foreign_interface(void **state)
{
	struct tun *tun;
	unsigned int ifindex = fake_link_add(fake, "t", true, false);

	(void)state;
	fake->n_sas = 1;
	fake->sas[0].ifindex = ifindex;
	tun = start("tunnel t {\n" BODY "}\n");
	assert_int_equal(fake->n_links, 1);
	assert_true(fake->links[0].up);
	/* What a dead daemon left is gone. */
	assert_int_equal(fake->n_sas, 0);
	na_tun_clear(tun);
	assert_int_equal(fake->n_links, 1);
}

static void test_wrong_interface(void **state)
{
	struct tun *tun;

	(void)state;
	fake_link_add(fake, "t", false, true);
	tun = start("tunnel t {\n" BODY "}\n");
	assert_non_null(tun->problem);
	assert_non_null(strstr(tun->problem->sentence, "not of kind ipsecvif"));
	assert_null(sent_find(MSG_CONN_SET));
}

static void test_shared_interface(void **state)
{
	(void)state;
	na_configure(na, conf_of("tunnel t {\ninterface = i\n" BODY
				 "}\ntunnel u {\ninterface = i\nremote = 192.0.2.8\n"
				 "psk-file = a.psk\nchild lan { remote = 10.9.0.0/16 }\n}\n"));
	assert_int_equal(fake->n_links, 1);
	/* One of u, three of t. */
	assert_int_equal(fake->n_blocks, 4);
	na_tun_clear(na_tun_by_name(na, "t"));
	assert_int_equal(fake->n_links, 1);
	assert_int_equal(fake->n_blocks, 1);
	na_tun_clear(na_tun_by_name(na, "u"));
	assert_int_equal(fake->n_links, 0);
}

static void reload(const char *text)
{
	struct conf *conf = conf_of(text);
	struct conf_diff *diff = conf_diff(na->conf, conf);

	sent_clear();
	na_reload(na, conf, diff);
	conf_diff_free(diff);
}

static void test_reload(void **state)
{
	struct tun *tun = start("tunnel t {\n" BODY "}\n");
	uint32_t conn = tun->conn;
	unsigned int ifindex = fake->links[0].ifindex;

	(void)state;
	bring_up(tun);
	/* The same again. */
	reload("tunnel t {\n" BODY "}\n");
	assert_int_equal(n_sent, 0);
	assert_int_equal(fake->n_sas, 2);
	/* A knob: told in place. */
	reload("tunnel t {\ndpd-delay = 5s\n" BODY "}\n");
	assert_ptr_equal(na_tun_by_name(na, "t"), tun);
	assert_int_equal(tun->conn, conn);
	assert_non_null(sent_find(MSG_CONN_SET));
	assert_null(sent_find(MSG_CONN_DEL));
	assert_int_equal(fake->n_sas, 2);
	assert_int_equal(fake->n_routes, 1);
	/* Another tunnel beside it: this one does not notice. */
	reload("tunnel t {\ndpd-delay = 5s\n" BODY
	       "}\ntunnel u {\nremote = 192.0.2.8\npsk-file = a.psk\nchild c { }\n}\n");
	assert_int_equal(fake->n_links, 2);
	assert_int_equal(fake->n_sas, 2);
	/* An identity: a new IKE SA, on the same interface. */
	reload("tunnel t {\nlocal-id = me@example.com\n" BODY "}\n");
	assert_int_equal(fake->n_links, 1);
	assert_int_equal(fake->links[0].ifindex, ifindex);
	assert_int_equal(fake->n_sas, 0);
	assert_non_null(sent_find(MSG_CONN_DEL));
	assert_non_null(sent_find(MSG_INITIATE));
	assert_true(na_tun_by_name(na, "t")->conn > conn);
	assert_int_equal(fake->n_blocks, 3);
	/* All gone. */
	reload("# nothing\n");
	assert_int_equal(fake->n_links, 0);
}

static void test_no_route(void **state)
{
	struct tun *tun;

	(void)state;
	fake->unreachable = true;
	tun = start("tunnel t {\n" BODY "}\n");
	assert_null(sent_find(MSG_INITIATE));
	assert_non_null(tun->problem);
	assert_non_null(strstr(tun->problem->sentence, "192.0.2.9"));
	assert_string_equal(tun->problem->code, "no-address");
	assert_true(tunnel_deadline(&tun->policy) != TUNNEL_NEVER);
}

/* An address that is not there, as on the idle one of two gateways. */
static void test_no_local(void **state)
{
	struct tun *tun;

	(void)state;
	fake->no_address = true;
	tun = start("tunnel t {\nlocal = 192.0.2.1\n" BODY "}\n");
	assert_null(sent_find(MSG_INITIATE));
	assert_non_null(tun->problem);
	assert_non_null(strstr(tun->problem->sentence, "192.0.2.1"));
	fake->no_address = false;
	tun_event(tun, TUNNEL_EV_OPERATOR_UP, -1, 0);
	assert_non_null(sent_find(MSG_INITIATE));
}

static unsigned int calls_sent(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < n_sent; i++)
		n += sent[i].type == MSG_INITIATE;
	return n;
}

/* Of many tunnels a number is called at once; the next when one is through, or slow. */
static void test_many_calls(void **state)
{
	enum {
		MANY = 2 * NETADMIN_CALLS_MAX + 20
	};
	static char text[MANY * 256];
	uint64_t begin;
	unsigned int i;
	size_t at = 0;
	char name[16];
	struct tun *last;

	(void)state;
	for (i = 0; i < MANY; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
				       "tunnel t%03u {\nremote = 192.0.2.9\nremote-id = p%u\n"
				       "interface = ipsec0\nstart = start\npsk-file = a.psk\n"
				       "child c { remote = 10.%u.%u.0/24\nblock = no }\n}\n",
				       i, i, 10 + i / 256, i % 256);
	na_configure(na, conf_of(text));
	assert_int_equal(calls_sent(), NETADMIN_CALLS_MAX);
	assert_int_equal(na->calls.n_active, NETADMIN_CALLS_MAX);
	/* Two are decided, one way or the other. */
	status(na_tun_by_name(na, "t000"), IKE_ST_IKE_UP, IKE_WHY_NONE, "", 0);
	status(na_tun_by_name(na, "t001"), IKE_ST_FAILED, IKE_WHY_AUTH, "", 0);
	loop_run_once(na->loop, 0);
	assert_int_equal(calls_sent(), NETADMIN_CALLS_MAX + 2);
	/* One that waits is given up, and one is wanted by the operator. */
	snprintf(name, sizeof(name), "t%03u", MANY - 1);
	last = na_tun_by_name(na, name);
	assert_int_equal(last->call, CALL_WAITS);
	tun_event(na_tun_by_name(na, "t100"), TUNNEL_EV_OPERATOR_DOWN, -1, 0);
	assert_int_equal(na_tun_by_name(na, "t100")->call, CALL_NONE);
	tun_event(last, TUNNEL_EV_OPERATOR_UP, -1, 0);
	assert_int_equal(last->call, CALL_ACTIVE);
	assert_int_equal(calls_sent(), NETADMIN_CALLS_MAX + 3);
	/* The others say nothing: after a second that is no reason to wait. */
	begin = loop_now();
	while (calls_sent() < 2 * NETADMIN_CALLS_MAX && loop_now() < begin + 10000)
		loop_run_once(na->loop, 100);
	assert_true(loop_now() >= begin + NETADMIN_CALL_MS / 2);
	begin = loop_now();
	while (!TAILQ_EMPTY(&na->calls.waiting) && loop_now() < begin + 10000)
		loop_run_once(na->loop, 100);
	assert_true(calls_sent() >= MANY - 1);
}

static void test_names(void **state)
{
	struct tun *tun = start("tunnel t {\nremote = peer.example.net, 192.0.2.9\n"
				"psk-file = a.psk\nchild lan { }\n}\n");
	const struct message_resolve *ask = sent_find(MSG_RESOLVE);
	struct message_resolved answer = { 0 };
	const struct ike_conn_conf *conn;

	(void)state;
	assert_non_null(ask);
	assert_string_equal(ask->name, "peer.example.net");
	answer.request = ask->request;
	strcpy(answer.why, "no such name");
	tun_resolved(tun, &answer);
	assert_int_equal(tun->policy.state, TUNNEL_WAITING);
	assert_int_equal(tun->policy.remote, 1);
	/* The second is an address; when it is silent, the name is asked for again. */
	tun_event(tun, TUNNEL_EV_TIMER, -1, 0);
	assert_non_null(sent_find(MSG_INITIATE));
	status(tun, IKE_ST_FAILED, IKE_WHY_TIMEOUT, "", 0);
	assert_int_equal(tun->policy.remote, 0);
	sent_clear();
	tun_event(tun, TUNNEL_EV_OPERATOR_UP, -1, 0);
	ask = sent_find(MSG_RESOLVE);
	assert_non_null(ask);
	answer.request = ask->request;
	answer.n = 2;
	answer.addrs[0].family = answer.addrs[1].family = AF_INET;
	answer.addrs[0].bytes[0] = 198;
	answer.addrs[1].bytes[0] = 199;
	tun_resolved(tun, &answer);
	/* The peer may call from there, too. */
	conn = sent_find(MSG_CONN_SET);
	assert_non_null(conn);
	assert_int_equal(conn->n_remote, 3);
	assert_non_null(sent_find(MSG_INITIATE));
	/* Its other address is tried before another remote. */
	sent_clear();
	status(tun, IKE_ST_FAILED, IKE_WHY_TIMEOUT, "", 0);
	assert_non_null(sent_find(MSG_INITIATE));
	assert_int_equal(((const struct ike_ev_initiate *)sent_find(MSG_INITIATE))->remote.bytes[0],
			 199);
}

/* --- the control socket --- */

static int dial(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char err[256];
	int fd;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/control", dir);
	if (!na->control)
		na->control = control_open(na, sun.sun_path, err, sizeof(err));
	assert_non_null(na->control);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

static void spin(void)
{
	int i;

	for (i = 0; i < 8; i++)
		loop_run_once(na->loop, 0);
}

/* Reads one line as an object; NULL at the end. */
static struct json_object *line_read(int fd)
{
	struct json_object *object;
	static char line[65536];
	size_t n = 0;
	ssize_t got;

	while (n < sizeof(line) - 1) {
		got = recv(fd, line + n, 1, MSG_DONTWAIT);
		if (got <= 0 && !n)
			return NULL;
		assert_int_equal(got, 1);
		if (line[n++] == '\n')
			break;
	}
	line[n] = '\0';
	object = json_tokener_parse(line);
	assert_non_null(object);
	return object;
}

static const char *member(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) ? json_object_get_string(value) : "";
}

static struct json_object *ask_for(const char *request)
{
	struct json_object *answer;
	int fd = dial();

	assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
	spin();
	answer = line_read(fd);
	close(fd);
	spin();
	return answer;
}

static void test_control_requests(void **state)
{
	static const struct {
		const char *request, *code, *words;
	} cases[] = {
		{ "nonsense\n", "bad-request", "no JSON object" },
		{ "[]\n", "bad-request", "no JSON object" },
		{ "{}\n", "bad-request", "no \"cmd\"" },
		{ "{\"cmd\":7}\n", "bad-request", "no \"cmd\"" },
		{ "{\"cmd\":\"fly\"}\n", "bad-request", "'fly'" },
		{ "{\"cmd\":\"tunnel-up\"}\n", "bad-request", "needs a \"name\"" },
		{ "{\"cmd\":\"tunnel-up\",\"name\":\"t\",\"timeout\":0}\n", "bad-request",
		  "'timeout'" },
		{ "{\"cmd\":\"tunnel-list\",\"name\":\"t\"}\n", "bad-request", "'name'" },
		{ "{\"cmd\":\"reload\",\"dry_run\":1}\n", "bad-request", "'dry_run'" },
		{ "{\"cmd\":\"tunnel-show\",\"name\":\"none\"}\n", "no-such-tunnel", "none" },
		{ "{\"cmd\":\"tunnel-up\",\"name\":\"t/none\"}\n", "no-such-child", "none" },
	};
	struct json_object *answer;
	size_t i;

	(void)state;
	start("tunnel t {\nstart = respond\n" BODY "}\n");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		answer = ask_for(cases[i].request);
		assert_non_null(answer);
		assert_string_equal(member(answer, "result"), "error");
		assert_string_equal(member(answer, "code"), cases[i].code);
		assert_non_null(strstr(member(answer, "error"), cases[i].words));
		json_object_put(answer);
	}
	answer = ask_for("{\"cmd\":\"version\"}\n");
	assert_string_equal(member(answer, "result"), "ok");
	assert_string_equal(member(answer, "tunnels"), "1");
	json_object_put(answer);
	answer = ask_for("{\"cmd\":\"tunnel-why\",\"name\":\"t\"}\n");
	assert_non_null(strstr(member(answer, "why"), "waits for the peer"));
	json_object_put(answer);
	/* A request without an end is not waited for without an end. */
	{
		static char flood[70000];
		int fd = dial();

		memset(flood, ' ', sizeof(flood));
		(void)!send(fd, flood, sizeof(flood), MSG_DONTWAIT);
		spin();
		answer = line_read(fd);
		assert_string_equal(member(answer, "code"), "bad-request");
		json_object_put(answer);
		close(fd);
		spin();
	}
}

static void test_control_up(void **state)
{
	static const char request[] = "{\"cmd\":\"tunnel-up\",\"name\":\"t\"}\n";
	static const char down[] = "{\"cmd\":\"tunnel-down\",\"name\":\"t\"}\n";
	struct tun *tun = start("tunnel t {\nstart = respond\n" BODY "}\n");
	struct json_object *answer;
	int fd;

	(void)state;
	/* It fails, and says why. */
	fd = dial();
	send(fd, request, strlen(request), 0);
	spin();
	assert_null(line_read(fd));
	status(tun, IKE_ST_STEP, 0, "", 0);
	spin();
	answer = line_read(fd);
	assert_string_equal(member(answer, "step"), "a sentence");
	assert_string_equal(member(answer, "tunnel"), "t");
	json_object_put(answer);
	status(tun, IKE_ST_FAILED, IKE_WHY_NO_PROPOSAL, "", 0);
	spin();
	json_object_put(line_read(fd));
	answer = line_read(fd);
	assert_string_equal(member(answer, "result"), "error");
	assert_string_equal(member(answer, "code"), "no-proposal");
	assert_string_equal(member(answer, "error"), "a sentence");
	json_object_put(answer);
	assert_int_equal(recv(fd, &(char){ 0 }, 1, 0), 0);
	close(fd);

	/* It works; and then it already stands. */
	fd = dial();
	send(fd, request, strlen(request), 0);
	spin();
	bring_up(tun);
	spin();
	while ((answer = line_read(fd)) && !*member(answer, "result"))
		json_object_put(answer);
	assert_non_null(answer);
	assert_string_equal(member(answer, "result"), "ok");
	assert_string_equal(member(answer, "already"), "false");
	json_object_put(answer);
	close(fd);
	answer = ask_for(request);
	assert_string_equal(member(answer, "already"), "true");
	json_object_put(answer);

	/* Down: the answer comes with the peer's. */
	fd = dial();
	send(fd, down, strlen(down), 0);
	spin();
	assert_null(line_read(fd));
	status(tun, IKE_ST_IKE_DOWN, IKE_WHY_OPERATOR, "", 0);
	spin();
	while ((answer = line_read(fd)) && !*member(answer, "result"))
		json_object_put(answer);
	assert_string_equal(member(answer, "result"), "ok");
	json_object_put(answer);
	close(fd);
	spin();
}

static void test_control_reload(void **state)
{
	struct json_object *answer;

	(void)state;
	start("tunnel t {\n" BODY "}\n");
	sent_clear();
	file_write("etc/t.conf", "tunnel t {\ndpd-delay = 1s\n" BODY "}\n", 0644);
	answer = ask_for("{\"cmd\":\"reload\",\"dry_run\":true}\n");
	assert_string_equal(member(answer, "result"), "ok");
	assert_non_null(strstr(member(answer, "changes"), "\"adjust\""));
	json_object_put(answer);
	assert_int_equal(n_sent, 0);
	file_write("etc/u.conf", "tunnel u {\nremte = 1\n}\n", 0644);
	answer = ask_for("{\"cmd\":\"reload\"}\n");
	assert_string_equal(member(answer, "code"), "config");
	assert_non_null(strstr(member(answer, "error"), "u.conf:2:1"));
	json_object_put(answer);
	assert_int_equal(n_sent, 0);
	file_write("etc/u.conf", "# nothing\n", 0644);
	answer = ask_for("{\"cmd\":\"reload\"}\n");
	assert_string_equal(member(answer, "result"), "ok");
	json_object_put(answer);
	assert_non_null(sent_find(MSG_CONN_SET));
}

/* A monitor that does not read is dropped; the daemon does not wait for it. */
static void test_control_slow(void **state)
{
	static const char request[] = "{\"cmd\":\"monitor\"}\n";
	struct tun *tun = start("tunnel t {\nstart = respond\n" BODY "}\n");
	int fd = dial(), i;

	(void)state;
	send(fd, request, strlen(request), 0);
	spin();
	for (i = 0; i < 40000; i++) {
		status(tun, IKE_ST_STEP, 0, "", 0);
		if (i % 64 == 0)
			loop_run_once(na->loop, 0);
	}
	spin();
	close(fd);
	json_object_put(ask_for("{\"cmd\":\"version\"}\n"));
}

/* --- hooks, clamp, debug --- */

static void file_is(const char *name, const char *wanted)
{
	char path[128], text[2048] = "";
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "r");
	assert_non_null(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	fclose(file);
	assert_string_equal(text, wanted);
}

/* A program hears of each child once, not of rekeys, and nothing of a peer's runs. */
static void test_hooks(void **state)
{
	struct ike_fx_status st = { .what = IKE_ST_IKE_UP };
	struct ike_fx_child fx;
	char script[512];
	struct tun *tun;

	(void)state;
	snprintf(script, sizeof(script),
		 "#!/bin/sh\necho $IPSECVIF_EVENT $IPSECVIF_TUNNEL/$IPSECVIF_CHILD "
		 "$IPSECVIF_INTERFACE $IPSECVIF_REMOTE_ID $IPSECVIF_LOCAL_TS "
		 "$IPSECVIF_REMOTE_TS >>%s/told\n",
		 dir);
	file_write("etc/hook", script, 0755);
	tun = start("tunnel t {\non-up = hook\non-down = hook\n" BODY "}\n");
	st.conn = tun->conn;
	memset(st.spi_i, 1, 8);
	memset(st.spi_r, 2, 8);
	st.peer_id.type = IKE_ID_FQDN;
	st.peer_id.len =
		(uint16_t)snprintf((char *)st.peer_id.data, IKE_ID_MAX, "%s", "-x $(id) `id`;*");
	na_ike_message(na, MSG_STATUS, &st);
	fx = pair_of(tun, spi_get(tun), 0x12345678);
	assert_true(install(&fx));
	status(tun, IKE_ST_CHILD_UP, 0, "lan", fx.spi_in);
	fx = pair_of(tun, spi_get(tun), 0x12345679);
	assert_true(install(&fx));
	status(tun, IKE_ST_CHILD_UP, 0, "lan", fx.spi_in);
	status(tun, IKE_ST_IKE_DOWN, IKE_WHY_OPERATOR, "", 0);
	spawn_finish(na->spawner);
	file_is("told", "up t/lan t _x_x20__id__x20_id___ 10.1.0.0/16 10.2.0.0/16\n"
			"down t/lan t _x_x20__id__x20_id___ 10.1.0.0/16 10.2.0.0/16\n");
}

static void test_clamp(void **state)
{
	struct kernel_link link = { 0 };
	struct json_object *rules;
	char *text;

	(void)state;
	start("tunnel t {\ninterface = i\n" BODY "}\n");
	assert_int_equal(na->mss_timer.at, LOOP_NEVER);
	na->ifaces->mtu = 1400;
	mss_changed(na);
	assert_int_not_equal(na->mss_timer.at, LOOP_NEVER);
	text = mss_ruleset(na);
	rules = json_tokener_parse(text);
	assert_non_null(rules);
	assert_non_null(strstr(text, "\"right\":\"i\""));
	assert_non_null(strstr(text, "\"value\":1360"));
	assert_non_null(strstr(text, "\"value\":1340"));
	json_object_put(rules);
	free(text);
	/* Without it, ours goes and nothing comes. */
	na->ifaces->mss = false;
	text = mss_ruleset(na);
	assert_null(strstr(text, "chain"));
	assert_non_null(strstr(text, "delete"));
	free(text);
	link.ifindex = na->ifaces->ifindex;
	iface_link_event(na, &link);
}

static void test_rekey(void **state)
{
	const struct ike_ev_terminate *rekey;
	struct json_object *answer;
	struct tun *tun = start("tunnel t {\nstart = respond\n" BODY "}\n");

	(void)state;
	answer = ask_for("{\"cmd\":\"tunnel-rekey\",\"name\":\"t\"}\n");
	assert_non_null(strstr(member(answer, "error"), "not up"));
	json_object_put(answer);
	assert_null(sent_find(MSG_REKEY));
	bring_up(tun);
	answer = ask_for("{\"cmd\":\"tunnel-rekey\",\"name\":\"t\"}\n");
	assert_string_equal(member(answer, "result"), "ok");
	json_object_put(answer);
	rekey = sent_find(MSG_REKEY);
	assert_non_null(rekey);
	assert_int_equal(rekey->conn, tun->conn);
	assert_string_equal(rekey->child, "");
	answer = ask_for("{\"cmd\":\"tunnel-rekey\",\"name\":\"t/lan\"}\n");
	json_object_put(answer);
	rekey = sent_find(MSG_REKEY);
	assert_string_equal(rekey->child, "lan");
}

static void test_debug(void **state)
{
	const struct message_debug *debug;
	struct json_object *answer;
	struct tun *tun = start("tunnel t {\n" BODY "}\n");

	(void)state;
	answer = ask_for("{\"cmd\":\"tunnel-debug\",\"name\":\"t\",\"on\":1}\n");
	assert_string_equal(member(answer, "code"), "bad-request");
	json_object_put(answer);
	answer = ask_for("{\"cmd\":\"tunnel-debug\",\"name\":\"t\",\"on\":true}\n");
	assert_string_equal(member(answer, "result"), "ok");
	json_object_put(answer);
	debug = sent_find(MSG_DEBUG);
	assert_non_null(debug);
	assert_int_equal(debug->conn, tun->conn);
	assert_true(debug->on);
}

#define POOL                                                                        \
	"remote = any\npsk-file = a.psk\npool = 10.99.0.0/24\nchild lan { local = " \
	"10.1.0.0/16\nesp = aes256gcm16 }\n"

/* A client's pair: only its own address. */
static uint32_t client_pair(struct tun *tun, uint8_t host)
{
	struct ike_fx_status up = { .what = IKE_ST_CHILD_UP, .conn = tun->conn, .child = "lan" };
	struct ike_fx_child fx = pair_of(tun, spi_get(tun), 0x12340000 + host);

	fx.initiator = false;
	fx.local_ts[0] = ts4(10, 1, 0, 0, 255);
	fx.remote_ts[0] = ts4(10, 99, 0, host, host);
	memcpy(fx.remote_ts[0].max, fx.remote_ts[0].min, 4);
	assert_true(install(&fx));
	memset(up.spi_i, host, sizeof(up.spi_i));
	memset(up.spi_r, host, sizeof(up.spi_r));
	up.spi_in = fx.spi_in;
	na_ike_message(na, MSG_STATUS, &up);
	return fx.spi_in;
}

/* Of the @i-th peer that is shown: its address, and what its only child is for. */
static void peer_shown(struct json_object *shown, size_t i, const char *address, const char *ts)
{
	struct json_object *peers, *peer, *remote, *children, *child;

	assert_true(json_object_object_get_ex(shown, "peers", &peers));
	peer = json_object_array_get_idx(peers, i);
	assert_true(json_object_object_get_ex(peer, "remote", &remote));
	assert_string_equal(json_object_get_string(json_object_object_get(remote, "address")),
			    address);
	assert_true(json_object_object_get_ex(peer, "children", &children));
	assert_int_equal(json_object_array_length(children), 1);
	child = json_object_array_get_idx(children, 0);
	assert_string_equal(json_object_get_string(json_object_array_get_idx(
				    json_object_object_get(child, "ts_remote"), 0)),
			    ts);
}

static void two_peers_shown(struct tun *tun)
{
	struct json_object *shown = json_tunnel(na, tun->conf, tun, true), *count;

	assert_true(json_object_object_get_ex(shown, "peers_up", &count));
	assert_int_equal(json_object_get_int(count), 2);
	peer_shown(shown, 0, "0.0.0.12", "10.99.0.12/32");
	peer_shown(shown, 1, "0.0.0.11", "10.99.0.11/32");
	json_object_put(shown);
	shown = json_tunnel(na, tun->conf, tun, false);
	assert_false(json_object_object_get_ex(shown, "peers", NULL));
	json_object_put(shown);
}

/* Several peers use one tunnel: it is up while one of them is there. */
static void test_several_peers(void **state)
{
	struct tun *tun = start("tunnel t {\n" POOL "}\n");
	uint32_t first, second;
	struct ike_fx_child gone = { .conn = tun->conn, .protocol = PROTO_ESP };
	struct json_object *shown;

	(void)state;
	strcpy(gone.child, "lan");
	status_of(tun, IKE_ST_IKE_UP, 0, 11, 0);
	first = client_pair(tun, 11);
	assert_int_equal(tun->policy.state, TUNNEL_UP);
	/* the pool is routed, not the clients */
	assert_int_equal(fake->n_routes, 1);
	assert_int_equal(fake->routes[0].to.length, 24);
	status_of(tun, IKE_ST_IKE_UP, 0, 12, 0);
	second = client_pair(tun, 12);
	assert_int_equal(fake->n_routes, 1);
	assert_int_equal(tun->ike.remote.bytes[3], 12);
	two_peers_shown(tun);

	/* the first one rekeys, so that it is known by other SPIs, and goes */
	status_of(tun, IKE_ST_IKE_REKEYED, 0, 21, 11);
	shown = json_tunnel(na, tun->conf, tun, true);
	peer_shown(shown, 0, "0.0.0.21", "10.99.0.11/32");
	peer_shown(shown, 1, "0.0.0.12", "10.99.0.12/32");
	json_object_put(shown);
	gone.spi_in = first;
	na_ike_message(na, MSG_CHILD_REMOVE, &gone);
	status(tun, IKE_ST_CHILD_DOWN, IKE_WHY_PEER, "lan", first);
	status_of(tun, IKE_ST_IKE_DOWN, IKE_WHY_PEER, 21, 0);
	assert_int_equal(tun->policy.state, TUNNEL_UP);
	assert_int_equal(fake->n_routes, 1);
	assert_true(tun->ike.up);
	assert_int_equal(tun->ike.remote.bytes[3], 12);
	assert_null(tun->others);

	gone.spi_in = second;
	na_ike_message(na, MSG_CHILD_REMOVE, &gone);
	status(tun, IKE_ST_CHILD_DOWN, IKE_WHY_PEER, "lan", second);
	status_of(tun, IKE_ST_IKE_DOWN, IKE_WHY_PEER, 12, 0);
	assert_int_not_equal(tun->policy.state, TUNNEL_UP);
	assert_int_equal(fake->n_routes, 0);
	assert_false(tun->ike.up);
	assert_int_equal(stopped, 0);
}

/* What a gateway gives us is on the interface exactly as long as the tunnel is up. */
static void test_given_address(void **state)
{
	static const char text[] =
		"tunnel t {\nremote = 192.0.2.9\npsk-file = a.psk\nrequest = ip4\non-up = hook\n"
		"on-down = hook\nchild lan { remote = 10.2.0.0/16\nesp = aes256gcm16 }\n}\n";
	struct ike_fx_config config = { .n_dns = 2 };
	struct ike_fx_child fx;
	struct json_object *shown;
	char script[256];
	struct tun *tun;

	(void)state;
	snprintf(script, sizeof(script),
		 "#!/bin/sh\necho $IPSECVIF_EVENT $IPSECVIF_ADDRESS dns $IPSECVIF_DNS >>%s/told\n",
		 dir);
	file_write("etc/hook", script, 0755);
	tun = start(text);
	config.conn = tun->conn;
	config.addr[0].family = config.dns[0].family = AF_INET;
	memcpy(config.dns[0].bytes, (uint8_t[]){ 10, 2, 0, 53 }, 4);
	config.dns[1].family = AF_INET6;
	config.dns[1].bytes[0] = 0xfd;
	config.dns[1].bytes[15] = 0x53;
	memcpy(config.addr[0].bytes, (uint8_t[]){ 10, 99, 0, 7 }, 4);
	na_ike_message(na, MSG_CONFIG, &config);
	status(tun, IKE_ST_IKE_UP, 0, "", 0);
	assert_int_equal(fake->n_addresses, 0);
	fx = pair_of(tun, spi_get(tun), 0x12345678);
	fx.local_ts[0] = ts4(10, 99, 0, 7, 7);
	assert_true(install(&fx));
	status(tun, IKE_ST_CHILD_UP, 0, "lan", fx.spi_in);
	assert_int_equal(fake->n_addresses, 1);
	assert_int_equal(fake->addresses[0].address.length, 32);
	assert_int_equal(fake->addresses[0].address.addr.bytes[3], 7);
	shown = json_tunnel(na, tun->conf, tun, true);
	assert_non_null(
		strstr(json_object_to_json_string_ext(shown, JSON_C_TO_STRING_PLAIN),
		       "\"addresses\":[\"10.99.0.7\"],\"dns\":[\"10.2.0.53\",\"fd00::53\"]"));
	json_object_put(shown);
	status(tun, IKE_ST_CHILD_DOWN, IKE_WHY_PEER, "lan", fx.spi_in);
	status(tun, IKE_ST_IKE_DOWN, IKE_WHY_PEER, "", 0);
	assert_int_equal(fake->n_addresses, 0);
	assert_int_equal(fake->n_routes, 0);
	assert_int_equal(stopped, 0);
	assert_null(tun->dns);
	spawn_finish(na->spawner);
	file_is("told", "up 10.99.0.7 dns 10.2.0.53 fd00::53\n"
			"down 10.99.0.7 dns 10.2.0.53 fd00::53\n");

	/* one that was not asked for ends the daemon */
	config.addr[1].family = AF_INET6;
	na_ike_message(na, MSG_CONFIG, &config);
	assert_int_equal(stopped, 1);
}

static unsigned int sent_count(enum message_type type)
{
	unsigned int i, n = 0;

	for (i = 0; i < n_sent; i++)
		n += sent[i].type == type;
	return n;
}

/* Keys go to the keyholder, certificates to ike, before the connection does. */
static void test_credentials(void **state)
{
	const struct message_eap *eap;
	char command[512];
	struct tun *tun;
	unsigned int i;

	(void)state;
	snprintf(command, sizeof(command),
		 "cd %s/etc && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
		 "-nodes -keyout k.key -out c.pem -subj /CN=gw -days 100 2>/dev/null && "
		 "chmod 600 k.key && echo alice x >users && chmod 600 users",
		 dir);
	assert_int_equal(system(command), 0);
	tun = start("tunnel t {\nremote = any\nlocal-auth = pubkey\n"
		    "remote-auth = eap-tls, eap-mschapv2\ncert = c.pem\nkey-file = k.key\n"
		    "ca = c.pem\neap-users = users\nchild lan { }\n}\n");
	assert_int_equal(sent_count(MSG_TRUST), 1);
	assert_int_equal(sent_count(MSG_TRUST_FILE), 2);
	/* key, users, and for EAP-TLS the certificates */
	assert_int_equal(sent_count(MSG_SECRET_SET), 4);
	eap = sent_find(MSG_EAP_CONF);
	assert_non_null(eap);
	assert_int_equal(eap->n_methods, 2);
	assert_int_equal(eap->methods[0], EAP_TLS);
	for (i = 0; i < n_sent; i++) {
		if (sent[i].type == MSG_SECRET_SET || sent[i].type == MSG_EAP_CONF)
			assert_int_equal(sent[i].process, NA_KEYHOLDER);
		if (sent[i].type == MSG_TRUST || sent[i].type == MSG_TRUST_FILE)
			assert_int_equal(sent[i].process, NA_IKE);
	}
	assert_int_equal(sent[n_sent - 1].type, MSG_CONN_SET);
	assert_int_equal(tun->conf->ike->remote_auth, IKE_AUTH_EAP);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_life),
		TEST(test_several_peers),
		TEST(test_given_address),
		TEST(test_credentials),
		TEST(test_taken_over),
		TEST(test_peer_rekeys),
		TEST(test_spis),
		TEST(test_on_demand),
		TEST(test_link_down),
		TEST(test_foreign_interface),
		TEST(test_wrong_interface),
		TEST(test_shared_interface),
		TEST(test_reload),
		TEST(test_no_route),
		TEST(test_no_local),
		TEST(test_many_calls),
		TEST(test_names),
		TEST(test_control_requests),
		TEST(test_control_up),
		TEST(test_control_reload),
		TEST(test_control_slow),
		TEST(test_hooks),
		TEST(test_clamp),
		TEST(test_rekey),
		TEST(test_debug),
	};

	return cmocka_run_group_tests_name("netadmin", tests, NULL, NULL);
}
