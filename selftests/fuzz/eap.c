// SPDX-License-Identifier: MIT
/*
 * EAP, as server and as client: a conversation in which the peer says what it likes.
 * The first byte says who we are and by which methods, then packets follow, each after
 * its length.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/fuzz/eap_peer.h"
#include "selftests/fuzz/fuzz.h"

static void bytes_fill(uint8_t *buf, size_t len)
{
	memset(buf, 0x5a, len);
}

static struct eap_conf *conf_make(uint8_t how)
{
	static const uint8_t users[] = "user password\nother a longer one\n";
	struct eap_conf *conf = eap_conf_new();
	char why[EAP_WHY_MAX];

	conf->random = bytes_fill;
	conf->n_methods = 2;
	conf->methods[how & 2 ? 0 : 1] = EAP_MD5;
	conf->methods[how & 2 ? 1 : 0] = EAP_MSCHAPV2;
	snprintf(conf->identity, sizeof(conf->identity), "user");
	conf->password_len = 8;
	memcpy(conf->password, "password", 8);
	if (eap_users_read(conf, users, sizeof(users) - 1, why, sizeof(why)))
		abort();
	return conf;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct eap_conf *conf;
	bool server;

	if (size < 1)
		return 0;
	server = data[0] & 1;
	conf = conf_make(data[0]);
	eap_peer_talk(eap_new(conf, server), server, 1, data + 1, size - 1);
	eap_conf_put(conf);
	return 0;
}
