// SPDX-License-Identifier: MIT
/* Configurations in a directory of the test's own. */
#include "selftests/unit/conf_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char conf_dir[64];

void file_write(const char *name, const char *text, mode_t mode)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", conf_dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	fchmod(fd, mode);
	close(fd);
}

int conf_setup(void **state)
{
	(void)state;
	strcpy(conf_dir, "/tmp/ipsecvif-conf.XXXXXX");
	if (!mkdtemp(conf_dir))
		return -1;
	file_write("a.psk", "secret\n", 0600);
	file_write("open.psk", "secret\n", 0644);
	return 0;
}

int conf_teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", conf_dir);
	return system(command) ? -1 : 0;
}

struct conf *load(const char *text)
{
	char path[128];

	file_write("t.conf", text, 0644);
	snprintf(path, sizeof(path), "%s/t.conf", conf_dir);
	return conf_load(path);
}

void assert_clean(const struct conf *conf)
{
	char text[1024];
	size_t i;

	for (i = 0; i < conf->n_messages; i++)
		print_message("%s\n", conf_message_print(&conf->messages[i], text, sizeof(text)));
	assert_int_equal(conf->errors, 0);
}

/* Is there an error at this place whose text contains @words? */
void assert_error(const struct conf *conf, unsigned int line, unsigned int column,
		  const char *words)
{
	char text[1024];
	size_t i;

	for (i = 0; i < conf->n_messages; i++)
		if (!conf->messages[i].warning && conf->messages[i].pos.line == line &&
		    conf->messages[i].pos.column == column && strstr(conf->messages[i].text, words))
			return;
	for (i = 0; i < conf->n_messages; i++)
		print_message("%s\n", conf_message_print(&conf->messages[i], text, sizeof(text)));
	fail_msg("no error at %u:%u with '%s'", line, column, words);
}

void assert_warning(const struct conf *conf, const char *words)
{
	size_t i;

	for (i = 0; i < conf->n_messages; i++)
		if (conf->messages[i].warning && strstr(conf->messages[i].text, words))
			return;
	fail_msg("no warning with '%s'", words);
}

void run(const char *format, ...)
{
	char command[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	assert_int_equal(system(command), 0);
}

void certs_make(void)
{
	run("cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
	    "-keyout k.key -out c.pem -subj /O=Test/CN=gw -addext "
	    "subjectAltName=DNS:gw.example.com -days 100 2>/dev/null && "
	    "openssl pkey -in k.key -pubout -out k.pub && chmod 600 k.key && "
	    "openssl req -x509 -key k.key -out soon.pem -subj /O=Test/CN=soon -days 3 && "
	    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
	    "-keyout k2.key -out c2.pem -subj /O=Test/CN=other -days 100 2>/dev/null && "
	    "chmod 600 k2.key",
	    conf_dir);
}
