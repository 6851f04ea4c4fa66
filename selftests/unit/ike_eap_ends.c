// SPDX-License-Identifier: MIT
/* The ends of EAP in tests. */
#include "selftests/unit/ike_eap_ends.h"

#include <stdio.h>
#include <string.h>

#include "tools/keyer/crypto/tls.h"

static uint8_t counter;

static void count_random(uint8_t *buf, size_t len)
{
	while (len--)
		*buf++ = (uint8_t)(counter += 37);
}

struct eap_conf *eap_server(const char *users, uint8_t first, uint8_t second)
{
	struct eap_conf *conf = eap_conf_new();
	char why[256];

	conf->random = count_random;
	conf->methods[conf->n_methods++] = first;
	if (second)
		conf->methods[conf->n_methods++] = second;
	if (users)
		assert_int_equal(eap_users_read(conf, (const uint8_t *)users, strlen(users), why,
						sizeof(why)),
				 0);
	return conf;
}

struct eap_conf *eap_client(const char *name, const char *password, uint8_t method)
{
	struct eap_conf *conf = eap_conf_new();

	conf->random = count_random;
	conf->methods[conf->n_methods++] = method;
	snprintf(conf->identity, sizeof(conf->identity), "%s", name);
	conf->password_len = strlen(password);
	memcpy(conf->password, password, conf->password_len);
	return conf;
}

struct party eap_party(const char *subject, const char *alt, const struct party *by)
{
	/* TLS looks at the clock of the day */
	struct wish wish = { .kind = "rsa:2048",
			     .subject = subject,
			     .alt = alt,
			     .ca = !by,
			     .from = NOW - 20 * 365 * DAY,
			     .to = NOW + 100 * 365 * DAY };

	return issue(&wish, by);
}

static struct tls_conf *tls_of(const struct party *p, const struct party *ca)
{
	struct tls_conf *tls = tls_conf_new();
	struct pki_bundle *own = bundle(&p, 1), *anchors = bundle(&ca, 1);
	struct pki_key *key = private(p);

	assert_int_equal(tls_conf_key(tls, key), 0);
	assert_int_equal(tls_conf_certs(tls, own), 0);
	assert_int_equal(tls_conf_authorities(tls, anchors), 0);
	pki_key_free(key);
	pki_bundle_put(own);
	pki_bundle_put(anchors);
	return tls;
}

struct eap_conf *eap_tls_client(const char *name, const struct party *p, const struct party *ca)
{
	struct eap_conf *conf = eap_client(name, "", EAP_TLS);

	conf->tls = tls_of(p, ca);
	return conf;
}

struct eap_conf *eap_tls_server(const struct party *p, const struct party *ca)
{
	struct eap_conf *conf = eap_server(NULL, EAP_TLS, 0);

	conf->tls = tls_of(p, ca);
	return conf;
}
