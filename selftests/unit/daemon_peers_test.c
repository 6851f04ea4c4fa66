// SPDX-License-Identifier: MIT
/* netadmin: hooks, clamp, debugging, peers of one tunnel, and what a gateway gives. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <unistd.h>

#include "selftests/unit/daemon_world.h"
#include "tools/keyer/control.h"
#include "tools/keyer/spawn.h"

static void file_is(const char *name, const char *wanted)
{
	char path[128], text[2048] = "";
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", world_dir, name);
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
		 world_dir);
	file_write("etc/hook", script, 0755);
	tun = tunnel_start("tunnel t {\non-up = hook\non-down = hook\n" BODY "}\n");
	st.conn = tun->conn;
	memset(st.spi_i, 1, 8);
	memset(st.spi_r, 2, 8);
	st.peer_id.type = IKE_ID_FQDN;
	st.peer_id.len =
		(uint16_t)snprintf((char *)st.peer_id.data, IKE_ID_MAX, "%s", "-x $(id) `id`;*");
	na_ike_message(na, MSG_STATUS, &st);
	fx = pair_of(tun, spi_get(tun), 0x12345678);
	assert_true(install(&fx));
	status_send(tun, IKE_ST_CHILD_UP, 0, "lan", fx.spi_in);
	fx = pair_of(tun, spi_get(tun), 0x12345679);
	assert_true(install(&fx));
	status_send(tun, IKE_ST_CHILD_UP, 0, "lan", fx.spi_in);
	status_send(tun, IKE_ST_IKE_DOWN, IKE_WHY_OPERATOR, "", 0);
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
	tunnel_start("tunnel t {\ninterface = i\n" BODY "}\n");
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
	struct tun *tun = tunnel_start("tunnel t {\n" POOL "}\n");
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
	status_send(tun, IKE_ST_CHILD_DOWN, IKE_WHY_PEER, "lan", first);
	status_of(tun, IKE_ST_IKE_DOWN, IKE_WHY_PEER, 21, 0);
	assert_int_equal(tun->policy.state, TUNNEL_UP);
	assert_int_equal(fake->n_routes, 1);
	assert_true(tun->ike.up);
	assert_int_equal(tun->ike.remote.bytes[3], 12);
	assert_null(tun->others);

	gone.spi_in = second;
	na_ike_message(na, MSG_CHILD_REMOVE, &gone);
	status_send(tun, IKE_ST_CHILD_DOWN, IKE_WHY_PEER, "lan", second);
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
	struct ike_fx_config config = { .n_dns = 2, .n_nbns = 1 };
	struct ike_fx_child fx;
	struct json_object *shown;
	char script[256];
	struct tun *tun;

	(void)state;
	snprintf(script, sizeof(script),
		 "#!/bin/sh\necho $IPSECVIF_EVENT $IPSECVIF_ADDRESS dns $IPSECVIF_DNS "
		 "nbns $IPSECVIF_NBNS >>%s/told\n",
		 world_dir);
	file_write("etc/hook", script, 0755);
	tun = tunnel_start(text);
	config.conn = tun->conn;
	config.addr[0].family = config.dns[0].family = AF_INET;
	memcpy(config.dns[0].bytes, (uint8_t[]){ 10, 2, 0, 53 }, 4);
	config.dns[1].family = AF_INET6;
	config.dns[1].bytes[0] = 0xfd;
	config.dns[1].bytes[15] = 0x53;
	config.nbns[0].family = AF_INET;
	memcpy(config.nbns[0].bytes, (uint8_t[]){ 10, 2, 0, 137 }, 4);
	memcpy(config.addr[0].bytes, (uint8_t[]){ 10, 99, 0, 7 }, 4);
	na_ike_message(na, MSG_CONFIG, &config);
	status_send(tun, IKE_ST_IKE_UP, 0, "", 0);
	assert_int_equal(fake->n_addresses, 0);
	fx = pair_of(tun, spi_get(tun), 0x12345678);
	fx.local_ts[0] = ts4(10, 99, 0, 7, 7);
	assert_true(install(&fx));
	status_send(tun, IKE_ST_CHILD_UP, 0, "lan", fx.spi_in);
	assert_int_equal(fake->n_addresses, 1);
	assert_int_equal(fake->addresses[0].address.length, 32);
	assert_int_equal(fake->addresses[0].address.addr.bytes[3], 7);
	shown = json_tunnel(na, tun->conf, tun, true);
	assert_non_null(strstr(json_object_to_json_string_ext(shown, JSON_C_TO_STRING_PLAIN),
			       "\"addresses\":[\"10.99.0.7\"],\"dns\":[\"10.2.0.53\",\"fd00::53\"],"
			       "\"nbns\":[\"10.2.0.137\"]"));
	json_object_put(shown);
	status_send(tun, IKE_ST_CHILD_DOWN, IKE_WHY_PEER, "lan", fx.spi_in);
	status_send(tun, IKE_ST_IKE_DOWN, IKE_WHY_PEER, "", 0);
	assert_int_equal(fake->n_addresses, 0);
	assert_int_equal(fake->n_routes, 0);
	assert_int_equal(stopped, 0);
	assert_null(tun->given);
	spawn_finish(na->spawner);
	file_is("told", "up 10.99.0.7 dns 10.2.0.53 fd00::53 nbns 10.2.0.137\n"
			"down 10.99.0.7 dns 10.2.0.53 fd00::53 nbns 10.2.0.137\n");

	/* one that was not asked for ends the daemon */
	config.addr[1].family = AF_INET6;
	na_ike_message(na, MSG_CONFIG, &config);
	assert_int_equal(stopped, 1);
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
		 world_dir);
	assert_int_equal(system(command), 0);
	tun = tunnel_start("tunnel t {\nremote = any\nlocal-auth = pubkey\n"
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_hooks),	  TEST(test_clamp),	  TEST(test_several_peers),
		TEST(test_given_address), TEST(test_credentials),
	};

	return cmocka_run_group_tests_name("peers", tests, NULL, NULL);
}
