// SPDX-License-Identifier: MIT
/* netadmin in a world of the test's making: see daemon_world.h. */
#include "selftests/unit/daemon_world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/keyer/control.h"
#include "tools/keyer/log.h"
#include "tools/keyer/spawn.h"

char world_dir[64];
struct netadmin *na;
struct fake *fake;

struct sent sent[SENT_MAX];
unsigned int n_sent;
int stopped;

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

void sent_clear(void)
{
	while (n_sent)
		free(sent[--n_sent].data);
}

/* The last message of this type, or NULL. */
const void *sent_find(enum message_type type)
{
	unsigned int i = n_sent;

	while (i--)
		if (sent[i].type == type)
			return sent[i].data;
	return NULL;
}

void file_write(const char *name, const char *text, mode_t mode)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", world_dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	chmod(path, mode);
}

struct conf *conf_of(const char *text)
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

int world_setup(void **state)
{
	static char etc[128];
	struct kernel_handler handler;

	(void)state;
	strcpy(world_dir, "/tmp/ipsecvif-na.XXXXXX");
	assert_non_null(mkdtemp(world_dir));
	snprintf(etc, sizeof(etc), "%s/etc", world_dir);
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

int world_teardown(void **state)
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
	snprintf(command, sizeof(command), "rm -rf %s", world_dir);
	return system(command) ? -1 : 0;
}

struct tun *tunnel_start(const char *text)
{
	na_configure(na, conf_of(text));
	return na_tun_by_name(na, "t");
}

/* --- the ike process, as played here --- */

void status_send(struct tun *tun, enum ike_status what, enum ike_reason why, const char *child,
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

uint32_t spi_get(struct tun *tun)
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

struct ike_ts ts4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint8_t e)
{
	struct ike_ts ts = { .family = AF_INET, .port_max = 65535 };
	const uint8_t min[4] = { a, b, c, d }, max[4] = { a, b, c == 0 ? e : c, e };

	memcpy(ts.min, min, 4);
	memcpy(ts.max, max, 4);
	return ts;
}

/* A pair as an honest ike process would ask for. */
struct ike_fx_child pair_of(struct tun *tun, uint32_t spi_in, uint32_t spi_out)
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

bool install(const struct ike_fx_child *fx)
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

void bring_up(struct tun *tun)
{
	struct ike_fx_child fx;

	status_send(tun, IKE_ST_IKE_UP, 0, "", 0);
	fx = pair_of(tun, spi_get(tun), 0x12345678);
	assert_true(install(&fx));
	status_send(tun, IKE_ST_CHILD_UP, 0, "lan", fx.spi_in);
}

/* Of another peer than status_send(): its IKE SA has SPIs of @n, and had those of @was. */
void status_of(struct tun *tun, enum ike_status what, enum ike_reason why, uint8_t n, uint8_t was)
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

void reload(const char *text)
{
	struct conf *conf = conf_of(text);
	struct conf_diff *diff = conf_diff(na->conf, conf);

	sent_clear();
	na_reload(na, conf, diff);
	conf_diff_free(diff);
}

unsigned int sent_count(enum message_type type)
{
	unsigned int i, n = 0;

	for (i = 0; i < n_sent; i++)
		n += sent[i].type == type;
	return n;
}

size_t sent_len(enum message_type type)
{
	unsigned int i = n_sent;

	while (i--)
		if (sent[i].type == type)
			return sent[i].len;
	return 0;
}
