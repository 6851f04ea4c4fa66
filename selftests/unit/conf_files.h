/* SPDX-License-Identifier: MIT */
/* Configurations in a directory of the test's own, which has two secrets: a.psk, open.psk. */
#ifndef IPSECVIF_UNIT_CONF_FILES_H
#define IPSECVIF_UNIT_CONF_FILES_H

#include <sys/stat.h>

#include "tools/keyer/conf/internal.h"

/* A tunnel's lines; and its last child, with what closes it. */
#define TUNNEL "remote = 192.0.2.1\npsk-file = a.psk\nchild c { remote = 10.2.0.0/16 }\n"
#define CHILD "child c { remote = 10.2.0.0/16 }\n}\n"

#define TEST(f) cmocka_unit_test_setup_teardown(f, conf_setup, conf_teardown)

extern char conf_dir[64];

int conf_setup(void **state);
int conf_teardown(void **state);
void file_write(const char *name, const char *text, mode_t mode);
/** run() - a command of the shell, as of printf(), which must succeed. */
void run(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** load() - the configuration t.conf with this text. */
struct conf *load(const char *text);
/**
 * certs_make() - k.key, its certificates c.pem and soon.pem (which expires), and k.pub;
 * and k2.key, with the certificate c2.pem
 */
void certs_make(void);

void assert_clean(const struct conf *conf);
/** assert_error() - is there an error at this place whose text contains @words? */
void assert_error(const struct conf *conf, unsigned int line, unsigned int column,
		  const char *words);
void assert_warning(const struct conf *conf, const char *words);

#endif /* IPSECVIF_UNIT_CONF_FILES_H */
