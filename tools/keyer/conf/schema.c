// SPDX-License-Identifier: MIT
/* The keys of the configuration: type, default, and what a change takes. */
#include <stdlib.h>
#include <string.h>

#include <linux/ipsecvif.h>

#include "tools/keyer/conf/set.h"

static const char *const df_words[] = { "copy", "set", "clear", NULL };
static const char *const dscp_words[] = { "clear", "copy", NULL };
static const char *const action_words[] = { "none", "clear", "on-demand", "restart", NULL };
static const char *const natt_words[] = { "auto", "always", "never", NULL };
static const char *const unique_words[] = { "replace", "never", "keep", NULL };
static const char *const childless_words[] = { "allow", "prefer", "force", "never", NULL };
static const char *const send_cert_words[] = { "always", "ifasked", "never", NULL };
static const char *const mode_words[] = { "transport", "tunnel", NULL };
static const char *const routes_words[] = { "auto", "none", "all", NULL };
static const char *const rsa_words[] = { "pss", "pkcs1", NULL };
static const char *const tls_words[] = { "1.2", "1.3", NULL };
static const char *const strict_words[] = { "no", "ifuri", "yes", NULL };

/*
 * What a tunnel proposes unless told: with ML-KEM where OpenSSL has it, which holds
 * against quantum computers, too; RFC 8247's best; and then what old peers have.
 */
#define IKE_DEFAULT                                                                            \
	"aes256gcm16-aes128gcm16-prfsha384-prfsha256-x25519-ecp384-ecp256-"                    \
	"ke1_mlkem768-ke1_mlkem1024-ke1_mlkem512, "                                            \
	"aes256gcm16-aes128gcm16-prfsha384-prfsha256-x25519-ecp384-ecp256-modp3072-modp2048, " \
	"aes256-aes128-sha512-sha384-sha256-x25519-ecp384-ecp256-modp4096-modp3072-modp2048"
#define ESP_DEFAULT "aes256gcm16-aes128gcm16", "aes256-aes128-sha256"

#define TUNNEL(member) .offset = offsetof(struct conf_tunnel, member)
#define IKE(member) .base = CONF_BASE_IKE, .offset = offsetof(struct ike_conn_conf, member)
#define CHILD(member) .offset = offsetof(struct conf_child, member)
#define CHILD_IKE(member) .base = CONF_BASE_IKE, .offset = offsetof(struct ike_child_conf, member)
#define JOIN_(a, b) a ", " b
#define JOIN(...) JOIN_(__VA_ARGS__)
#define ADJUST CONF_APPLY_ADJUST
#define REKEY CONF_APPLY_REKEY
#define RESTART CONF_APPLY_RESTART

static const struct conf_key tunnel_keys[] = {
	{ "like", ADJUST, NULL, NULL, .list = false },
	{ "description", ADJUST, conf_set_text, NULL, TUNNEL(description) },
	{ "enabled", ADJUST, conf_set_bool, "yes", TUNNEL(enabled) },
	{ "interface", RESTART, conf_set_interface, NULL, TUNNEL(interface) },
	{ "address", ADJUST, conf_set_addresses, NULL, .list = true },
	{ "mtu", ADJUST, conf_set_mtu, "auto", TUNNEL(mtu), .min = 1280, .max = 65535 },
	{ "mss-clamp", ADJUST, conf_set_bool, "yes", TUNNEL(mss_clamp) },
	{ "on-up", ADJUST, conf_set_path, NULL, TUNNEL(on_up) },
	{ "on-down", ADJUST, conf_set_path, NULL, TUNNEL(on_down) },
	{ "fwmark", RESTART, conf_set_number, "0", TUNNEL(fwmark), .max = UINT32_MAX },
	{ "underlay", RESTART, conf_set_interface, NULL, TUNNEL(underlay) },
	{ "df", ADJUST, conf_set_word, "copy", TUNNEL(df), .words = df_words },
	{ "ttl", ADJUST, conf_set_ttl, "64", TUNNEL(ttl), .min = 1, .max = 255 },
	{ "dscp", ADJUST, conf_set_word, "clear", TUNNEL(dscp), .words = dscp_words },
	{ "local", RESTART, conf_set_local, "any", .list = true },
	{ "remote", RESTART, conf_set_remote, "any", .list = true },
	{ "local-id", RESTART, conf_set_id, "any", .list = true, IKE(local_id) },
	{ "remote-id", RESTART, conf_set_id, "any", .list = true, IKE(remote_id) },
	{ "auth", RESTART, conf_set_auth, "psk", .list = true },
	{ "local-auth", RESTART, conf_set_local_auth, NULL, .list = true },
	{ "remote-auth", RESTART, conf_set_remote_auth, NULL, .list = true },
	{ "local-auth2", RESTART, conf_set_local_auth2, NULL, .list = true },
	{ "remote-auth2", RESTART, conf_set_remote_auth2, NULL, .list = true },
	{ "local-id2", RESTART, conf_set_id2, NULL, .list = true, .min = 0 },
	{ "remote-id2", RESTART, conf_set_id2, NULL, .list = true, .min = 1 },
	{ "eap-id", RESTART, conf_set_text, NULL, TUNNEL(eap_id) },
	{ "eap-password-file", ADJUST, conf_set_files, NULL, .min = CONF_FILE_EAP_PASSWORD },
	{ "eap-users", ADJUST, conf_set_files, NULL, .min = CONF_FILE_EAP_USERS },
	{ "eap-tls-max", ADJUST, conf_set_word, "1.3", TUNNEL(eap_tls13), .words = tls_words },
	{ "eap-only", RESTART, conf_set_bool, "no", IKE(eap_only) },
	{ "psk-file", ADJUST, conf_set_files, NULL, .min = CONF_FILE_PSK },
	{ "ppk-id", RESTART, conf_set_ppk_id, NULL, .list = false },
	{ "ppk-file", ADJUST, conf_set_files, NULL, .min = CONF_FILE_PPK },
	{ "ppk-required", RESTART, conf_set_bool, "no", IKE(ppk_required) },
	{ "key-file", ADJUST, conf_set_files, NULL, .min = CONF_FILE_KEY },
	{ "cert", ADJUST, conf_set_files, NULL, .list = true, .min = CONF_FILE_CERT },
	{ "send-cert", ADJUST, conf_set_word8, "always", IKE(send_cert), .words = send_cert_words },
	{ "key-file2", RESTART, conf_set_files, NULL, .min = CONF_FILE_KEY2 },
	{ "cert2", RESTART, conf_set_files, NULL, .list = true, .min = CONF_FILE_CERT2 },
	{ "ca", ADJUST, conf_set_files, NULL, .list = true, .min = CONF_FILE_CA },
	{ "remote-cert", ADJUST, conf_set_files, NULL, .list = true, .min = CONF_FILE_REMOTE_CERT },
	{ "remote-pubkey", ADJUST, conf_set_files, NULL, .list = true,
	  .min = CONF_FILE_REMOTE_PUBKEY },
	{ "crl", ADJUST, conf_set_files, NULL, .list = true, .min = CONF_FILE_CRL },
	{ "strict-crl", ADJUST, conf_set_word, "no", TUNNEL(strict_crl), .words = strict_words },
	{ "ocsp", ADJUST, conf_set_ocsp, "auto", TUNNEL(ocsp) },
	{ "rsa-padding", ADJUST, conf_set_word, "pss", TUNNEL(rsa), .words = rsa_words },
	{ "pool", RESTART, conf_set_pool, NULL, .list = true },
	{ "pool-dns", RESTART, conf_set_dns, NULL, .list = true },
	{ "pool-nbns", RESTART, conf_set_nbns, NULL, .list = true },
	{ "request", RESTART, conf_set_request, "none", .list = true },
	{ "ike", RESTART, conf_set_ike, IKE_DEFAULT, .list = true },
	{ "fragment-size", ADJUST, conf_set_fragment_size, "1280", .min = 576, .max = 65535 },
	{ "childless", ADJUST, conf_set_word8, "allow", IKE(childless), .words = childless_words },
	{ "reauth", ADJUST, conf_set_duration, "never", IKE(reauth) },
	{ "redirect", ADJUST, conf_set_bool, "yes", IKE(redirect) },
	{ "mobike", ADJUST, conf_set_bool, "yes", IKE(mobike) },
	{ "legacy", ADJUST, conf_set_bool, "no", TUNNEL(legacy) },
	{ "start", ADJUST, conf_set_start, NULL, .list = true },
	{ "close-action", ADJUST, conf_set_word, NULL, TUNNEL(close_action),
	  .words = action_words },
	{ "dpd-action", ADJUST, conf_set_word, NULL, TUNNEL(dpd_action), .words = action_words },
	{ "dpd-delay", ADJUST, conf_set_duration, "30s", IKE(dpd_delay) },
	{ "dpd-timeout", ADJUST, conf_set_duration, "never", IKE(dpd_timeout) },
	{ "keying-tries", ADJUST, conf_set_number, "0", TUNNEL(keying_tries), .max = UINT32_MAX },
	{ "ike-lifetime", ADJUST, conf_set_duration, "8h", IKE(lifetime) },
	{ "rekey", ADJUST, conf_set_bool, "yes", IKE(rekey) },
	{ "rekey-margin", ADJUST, conf_set_margin, "10%", .list = false },
	{ "rekey-fuzz", ADJUST, conf_set_percent, "100%", IKE(fuzz_percent) },
	{ "retransmit-tries", ADJUST, conf_set_number, "5", IKE(retransmit_tries), .max = 100 },
	{ "retransmit-timeout", ADJUST, conf_set_duration, "2s", IKE(retransmit_timeout) },
	{ "retransmit-base", ADJUST, conf_set_factor, "1.8", IKE(retransmit_base_percent) },
	{ "nat-t", RESTART, conf_set_word8, "auto", IKE(natt), .words = natt_words },
	{ "nat-keepalive", ADJUST, conf_set_duration, "20s", IKE(nat_keepalive) },
	{ "unique", ADJUST, conf_set_word8, "replace", IKE(unique), .words = unique_words },
};

static const struct conf_key child_keys[] = {
	{ "local", REKEY, conf_set_child_local, "0.0.0.0/0, ::/0", .list = true },
	{ "remote", REKEY, conf_set_child_remote, "0.0.0.0/0, ::/0", .list = true },
	{ "mode", REKEY, conf_set_word8, "tunnel", CHILD_IKE(mode), .words = mode_words },
	{ "split", REKEY, conf_set_bool, "no", CHILD(split) },
	{ "esp", REKEY, conf_set_esp, JOIN(ESP_DEFAULT), .list = true },
	{ "ah", REKEY, conf_set_ah, NULL, .list = true }, /* behind esp, which it replaces */
	{ "compress", REKEY, conf_set_bool, "no", CHILD_IKE(compress) },
	{ "sha256-96", REKEY, conf_set_bool, "no", CHILD_IKE(sha256_96) },
	{ "esn", REKEY, conf_set_bool, "yes", CHILD_IKE(esn) },
	{ "lifetime", ADJUST, conf_set_duration, "1h", CHILD_IKE(lifetime) },
	{ "rekey", ADJUST, conf_set_bool, "yes", CHILD_IKE(rekey) },
	{ "rekey-margin", ADJUST, conf_set_margin, "10%", .list = false },
	{ "rekey-fuzz", ADJUST, conf_set_percent, "100%", CHILD_IKE(fuzz_percent) },
	{ "life-bytes", ADJUST, conf_set_size, "never", CHILD_IKE(bytes) },
	{ "life-packets", ADJUST, conf_set_size, "never", CHILD_IKE(packets) },
	{ "replay-window", ADJUST, conf_set_replay, "64", CHILD(replay_window),
	  .max = IPSECVIF_REPLAY_WINDOW_MAX },
	{ "metric", ADJUST, conf_set_number, "0", CHILD(metric), .max = UINT32_MAX },
	{ "block", ADJUST, conf_set_bool, "yes", CHILD(block) },
	{ "routes", ADJUST, conf_set_word, "auto", CHILD(routes), .words = routes_words },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
_Static_assert(COUNT(tunnel_keys) <= CONF_KEYS_MAX, "the keys of a tunnel fit");
_Static_assert(COUNT(child_keys) <= CONF_KEYS_MAX, "the keys of a child fit");

const struct conf_key *conf_keys(enum conf_scope scope, size_t *n)
{
	*n = scope == CONF_SCOPE_TUNNEL ? COUNT(tunnel_keys) : COUNT(child_keys);
	return scope == CONF_SCOPE_TUNNEL ? tunnel_keys : child_keys;
}

int conf_key_find(enum conf_scope scope, const char *name)
{
	const struct conf_key *keys;
	size_t i, n;

	keys = conf_keys(scope, &n);
	for (i = 0; i < n; i++)
		if (!strcmp(keys[i].name, name))
			return (int)i;
	return -1;
}

bool conf_key_is_file(const struct conf_key *key)
{
	return key->set == conf_set_files;
}

int conf_key_index(const char *name)
{
	return conf_key_find(CONF_SCOPE_TUNNEL, name);
}

const char *conf_key_nearest(enum conf_scope scope, const char *name)
{
	const char *words[CONF_KEYS_MAX + 1];
	const struct conf_key *keys;
	size_t i, n;

	keys = conf_keys(scope, &n);
	for (i = 0; i < n; i++)
		words[i] = keys[i].name;
	words[n] = NULL;
	return value_nearest(name, words);
}
