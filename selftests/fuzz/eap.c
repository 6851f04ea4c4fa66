// SPDX-License-Identifier: MIT
/*
 * EAP, as server and as client: a conversation in which the peer says what it likes.
 * The first byte says who we are and by which methods, then packets follow, each after
 * its length; their identifiers are put right, for otherwise none would be read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/fuzz/fuzz.h"
#include "tools/keyer/eap/eap.h"

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
	uint8_t in[EAP_PACKET_MAX], out[EAP_PACKET_MAX], id = 0;
	struct eap_conf *conf;
	struct eap *eap;
	size_t len, out_len = 0;
	bool server;

	if (size < 1)
		return 0;
	server = data[0] & 1;
	conf = conf_make(data[0]);
	eap = eap_new(conf, server);
	data++;
	size--;
	if (server && eap_step(eap, NULL, 0, out, &out_len) == EAP_CONTINUE && out_len > 1)
		id = out[1];
	while (size > 1) {
		len = data[0];
		data++;
		size--;
		if (len > size)
			len = size;
		memcpy(in, data, len);
		data += len;
		size -= len;
		if (len > 1 && server)
			in[1] = id;
		if (len > 3) {
			in[2] = 0;
			in[3] = (uint8_t)len;
		}
		out_len = 0;
		if (eap_step(eap, in, len, out, &out_len) != EAP_CONTINUE || out_len > sizeof(out))
			break;
		if (out_len > 1)
			id = out[1];
	}
	eap_identity(eap);
	eap_msk(eap);
	eap_why(eap);
	eap_free(eap);
	eap_conf_put(conf);
	return 0;
}
