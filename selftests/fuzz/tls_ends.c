// SPDX-License-Identifier: MIT
/* The two ends of an EAP-TLS conversation. */
#include "selftests/fuzz/tls_ends.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/fuzz/ca.h"
#include "tools/keyer/crypto/tls.h"

static void bytes_fill(uint8_t *buf, size_t len)
{
	memset(buf, 0x5a, len);
}

static struct pki_bundle *bundle(enum fuzz_who who)
{
	char why[PKI_TEXT_MAX];
	uint8_t *der = NULL;
	int len = i2d_X509(fuzz_cert(who), &der);
	struct pki_bundle *b = pki_bundle_read(PKI_CERTS, der, (size_t)len, why, sizeof(why));

	OPENSSL_free(der);
	return b;
}

static struct pki_key *key(enum fuzz_who who)
{
	char why[PKI_TEXT_MAX];
	uint8_t *der = NULL;
	int len = i2d_PrivateKey(fuzz_key(who), &der);
	struct pki_key *k = pki_key_read(der, (size_t)len, why, sizeof(why));

	OPENSSL_free(der);
	return k;
}

static struct eap_conf *conf_make(bool server, bool tls13)
{
	enum fuzz_who who = server ? FUZZ_GATEWAY : FUZZ_USER;
	struct pki_bundle *own = bundle(who), *ca = bundle(FUZZ_CA);
	struct eap_conf *conf = eap_conf_new();
	struct pki_key *k = key(who);

	conf->random = bytes_fill;
	conf->n_methods = 1;
	conf->methods[0] = EAP_TLS;
	snprintf(conf->identity, sizeof(conf->identity), "user.example.net");
	conf->tls = tls_conf_new();
	if (!own || !ca || !k || tls_conf_certs(conf->tls, own) ||
	    tls_conf_authorities(conf->tls, ca) || tls_conf_key(conf->tls, k))
		abort();
	tls_conf_newest(conf->tls, tls13);
	pki_bundle_put(own);
	pki_bundle_put(ca);
	pki_key_free(k);
	return conf;
}

struct eap *tls_end(bool server, bool tls13)
{
	static struct eap_conf *confs[2][2];

	if (!confs[server][tls13])
		confs[server][tls13] = conf_make(server, tls13);
	return eap_new(confs[server][tls13], server);
}
