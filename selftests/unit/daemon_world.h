/* SPDX-License-Identifier: MIT */
/*
 * netadmin over a kernel in memory, with a configuration directory of its own. The
 * test plays the ike process, honest and not.
 */
#ifndef IPSECVIF_UNIT_DAEMON_WORLD_H
#define IPSECVIF_UNIT_DAEMON_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/stat.h>

#include "tools/keyer/ike/iana.h"
#include "tools/keyer/kernel/fake.h"
#include "tools/keyer/netadmin.h"

/* A tunnel's content, with one child. */
#define BODY                                                                         \
	"address = 10.255.0.1/30\nremote = 192.0.2.9\npsk-file = a.psk\n"            \
	"child lan { local = 10.1.0.0/16\nremote = 10.2.0.0/16, 10.3.0.0-10.3.0.2\n" \
	"metric = 50\nesp = aes256gcm16, aes128-sha256 }\n"

enum {
	SENT_MAX = 2048
};

/** struct sent - a message to another process, as netadmin sent it */
struct sent {
	enum netadmin_process process;
	enum message_type type;
	size_t len;
	uint8_t *data;
};

extern struct sent sent[SENT_MAX];
extern unsigned int n_sent;
extern struct netadmin *na;
extern struct fake *fake;
extern char world_dir[64]; /* what a test writes its files to */
extern int stopped; /* how often netadmin_stop() was called */

void sent_clear(void);
/** sent_find() - the last message of this type, or NULL. */
const void *sent_find(enum message_type type);
/** file_write() - in world_dir. */
void file_write(const char *name, const char *text, mode_t mode);
/** conf_of() - a configuration of this text, which has no error. */
struct conf *conf_of(const char *text);
/** world_setup(), world_teardown() - of each test; at its end the kernel has nothing of ours. */
int world_setup(void **state);
int world_teardown(void **state);
/** tunnel_start() - configure; Return: tunnel t. */
struct tun *tunnel_start(const char *text);
/* What the ike process says: */

void status_send(struct tun *tun, enum ike_status what, enum ike_reason why, const char *child,
		 uint32_t spi_in);
uint32_t spi_get(struct tun *tun);
struct ike_ts ts4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint8_t e);
/** pair_of() - as an honest ike process would ask for. */
struct ike_fx_child pair_of(struct tun *tun, uint32_t spi_in, uint32_t spi_out);
bool install(const struct ike_fx_child *fx);
void bring_up(struct tun *tun);
/** status_of() - of another peer: its IKE SA has SPIs of @n, and had those of @was. */
void status_of(struct tun *tun, enum ike_status what, enum ike_reason why, uint8_t n, uint8_t was);
void reload(const char *text);
unsigned int sent_count(enum message_type type);
/** sent_len() - of the last message of this type. */
size_t sent_len(enum message_type type);

#endif
