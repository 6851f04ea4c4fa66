// SPDX-License-Identifier: MIT
/*
 * The control socket, spoken to by a daemon that a test scripts: what it reads
 * is held against the expectation, what it answers is told beforehand.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "selftests/unit/ctl_fake.h"

/* One connection's worth of daemon. */
struct script {
	int listener;
	const char *answer;
	char request[1024];
	pthread_t thread;
};

static char directory[] = "/tmp/ipsecvif-control-XXXXXX";
static char path[64];

/* Byte by byte at first, since a stream has no message boundaries. */
static void *script_play(void *arg)
{
	struct script *script = arg;
	const char *answer = script->answer;
	int fd = accept(script->listener, NULL, NULL);
	size_t used = 0;
	ssize_t n;

	while ((n = read(fd, script->request + used, sizeof(script->request) - 1 - used)) > 0) {
		used += (size_t)n;
		if (script->request[used - 1] == '\n')
			break;
	}
	for (n = 0; n < 40 && *answer; n++)
		if (write(fd, answer++, 1) != 1)
			break;
	if (*answer && write(fd, answer, strlen(answer)) < 0)
		script->request[0] = '\0';
	close(fd);
	return NULL;
}

static void script_start(struct script *script, const char *answer)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memset(script, 0, sizeof(*script));
	script->answer = answer;
	script->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(script->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(script->listener, 1), 0);
	assert_int_equal(pthread_create(&script->thread, NULL, script_play, script), 0);
}

static void script_end(struct script *script)
{
	pthread_join(script->thread, NULL);
	close(script->listener);
	unlink(path);
}

/* Run @words against a daemon that gives @answer; it must have read @request. */
static int converse(const char *words, const char *request, const char *answer)
{
	struct script script;
	char line[256];
	int ret;

	snprintf(line, sizeof(line), "-S %s %s", path, words);
	script_start(&script, answer);
	ret = ctl_line(line);
	script_end(&script);
	assert_string_equal(script.request, request);
	return ret;
}

static void test_up(void **state)
{
	(void)state;
	assert_int_equal(
		converse("tunnel up branch timeout 1m",
			 "{\"cmd\":\"tunnel-up\",\"name\":\"branch\",\"timeout\":60}\n",
			 "{\"step\":\"IKE_SA_INIT sent\",\"tunnel\":\"branch\",\"time\":\"T\"}\n"
			 "{\"step\":\"up\",\"tunnel\":\"branch\",\"child\":\"lan\",\"time\":\"T\"}\n"
			 "{\"result\":\"ok\",\"tunnel\":{\"name\":\"branch\",\"state\":\"up\","
			 "\"interface\":\"ipsec1\",\"since\":61.5,\"remote\":[\"192.0.2.2\"],"
			 "\"children\":[{\"name\":\"lan\",\"state\":\"up\"}]}}\n"),
		0);
	assert_string_equal(ctl_out, "branch: IKE_SA_INIT sent\n"
				     "branch/lan: up\n"
				     "branch: up 1m1s dev ipsec1 remote 192.0.2.2 child lan up\n");
	assert_string_equal(ctl_err, "");
}

static void test_up_fails(void **state)
{
	(void)state;
	assert_int_equal(
		converse(
			"-t tunnel up branch", "{\"cmd\":\"tunnel-up\",\"name\":\"branch\"}\n",
			"{\"step\":\"IKE_AUTH sent\",\"tunnel\":\"branch\",\"time\":\"T\"}\n"
			"{\"result\":\"error\",\"error\":\"the peer refused our key\","
			"\"hint\":\"compare psk-file with the peer's\",\"code\":\"auth-failed\"}\n"),
		CTL_FAILED);
	assert_string_equal(ctl_out, "T branch: IKE_AUTH sent\n");
	assert_string_equal(ctl_err, "Error: the peer refused our key\n"
				     "Hint: compare psk-file with the peer's\n");
}

static void test_up_json(void **state)
{
	(void)state;
	assert_int_equal(converse("-j tunnel up b", "{\"cmd\":\"tunnel-up\",\"name\":\"b\"}\n",
				  "{\"step\":\"s\",\"time\":\"T\"}\n{\"result\":\"ok\"}\n"),
			 0);
	assert_string_equal(ctl_out, "{\"step\":\"s\",\"time\":\"T\"}\n{\"result\":\"ok\"}\n");
}

static void test_several_peers(void **state)
{
	static const char answer[] =
		"{\"result\":\"ok\",\"tunnels\":[{\"name\":\"b\",\"state\":\"up\","
		"\"interface\":\"ipsec1\",\"peers_up\":2,\"ike\":{\"version\":2},\"children\":"
		"[{\"name\":\"lan\",\"state\":\"up\"}],\"peers\":[{\"version\":2,\"remote\":"
		"{\"address\":\"192.0.2.2\",\"id\":\"alice\"},\"children\":[{\"name\":\"lan\","
		"\"ts_local\":[\"10.1.0.0/16\"],\"ts_remote\":[\"10.99.0.10/32\"]}]},"
		"{\"version\":2,\"remote\":{\"address\":\"192.0.2.3\",\"id\":\"bob\"},"
		"\"children\":[]}]}]}\n";

	(void)state;
	assert_int_equal(
		converse("tunnel show b", "{\"cmd\":\"tunnel-show\",\"name\":\"b\"}\n", answer), 0);
	assert_string_equal(ctl_out, "b: up dev ipsec1 peers 2\n"
				     "\tike v2\n remote 192.0.2.2 alice\n"
				     "\tchild lan\n\t    src 10.1.0.0/16 dst 10.99.0.10/32\n"
				     "\tike v2\n remote 192.0.2.3 bob\n");
	assert_int_equal(converse("tunnel list", "{\"cmd\":\"tunnel-list\"}\n", answer), 0);
	assert_string_equal(ctl_out, "b: up dev ipsec1 peers 2 child lan up\n");
}

static void test_list_show_why(void **state)
{
	static const char answer[] =
		"{\"result\":\"ok\",\"tunnels\":[{\"name\":\"b\",\"state\":\"up\",\"since\":5,"
		"\"interface\":\"ipsec1\",\"ike\":{\"version\":2,\"role\":\"initiator\","
		"\"proposal\":\"aes256-sha256-x25519\",\"established\":5,\"rekey_in\":3600,"
		"\"local\":{\"address\":\"192.0.2.1\",\"port\":4500,\"id\":\"gw@example.com\"},"
		"\"remote\":{\"address\":\"2001:db8::2\",\"port\":4500,\"id\":\"\\u001b[31mevil\"},"
		"\"nat\":{\"local\":true,\"remote\":false,\"encap\":true}},"
		"\"children\":[{\"name\":\"lan\",\"state\":\"up\",\"spi_in\":\"0xd0000001\","
		"\"spi_out\":\"0xc0000001\",\"proposal\":\"aes256gcm16\",\"ts_local\":"
		"[\"10.1.0.0/16\",\"10.9.0.0/16\"],\"ts_remote\":[\"10.2.0.0/16\"],\"bytes_in\":1,"
		"\"packets_in\":2,\"bytes_out\":3,\"packets_out\":4,\"rekey_in\":60}],"
		"\"last_error\":{\"time\":\"T\",\"sentence\":\"s\",\"hint\":\"h\"}}]}\n";

	(void)state;
	assert_int_equal(converse("tunnel list", "{\"cmd\":\"tunnel-list\"}\n", answer), 0);
	assert_string_equal(ctl_out, "b: up 5s dev ipsec1 child lan up: s\n");
	assert_int_equal(
		converse("tunnel show b", "{\"cmd\":\"tunnel-show\",\"name\":\"b\"}\n", answer), 0);
	assert_string_equal(
		ctl_out, "b: up 5s dev ipsec1\n"
			 "\tike v2 initiator aes256-sha256-x25519 established 5s rekey in 1h"
			 " nat local encap espinudp\n"
			 "\t    local 192.0.2.1:4500 gw@example.com"
			 " remote [2001:db8::2]:4500 \\x1b[31mevil\n"
			 "\tchild lan up aes256gcm16 spi in 0xd0000001 out 0xc0000001 rekey in 1m\n"
			 "\t    src 10.1.0.0/16,10.9.0.0/16 dst 10.2.0.0/16\n"
			 "\t    in 1(bytes), 2(packets) out 3(bytes), 4(packets)\n"
			 "\tlast error T: s: h\n");
	assert_int_equal(converse("tunnel why b", "{\"cmd\":\"tunnel-why\",\"name\":\"b\"}\n",
				  "{\"result\":\"ok\",\"tunnel\":{\"state\":\"waiting\"},"
				  "\"why\":[\"one\",\"two\"],\"hint\":\"do\"}\n"),
			 0);
	assert_string_equal(ctl_out, "b: waiting\n\tone\n\ttwo\n\thint: do\n");
}

static void test_reload(void **state)
{
	(void)state;
	assert_int_equal(
		converse("reload --dry-run", "{\"cmd\":\"reload\",\"dry_run\":true}\n",
			 "{\"result\":\"ok\",\"changes\":[{\"tunnel\":\"b\",\"child\":\"lan\","
			 "\"action\":\"rekey\",\"what\":[\"esp\",\"lifetime\"]}],\"unchanged\":3,"
			 "\"dry_run\":true}\n"),
		0);
	assert_string_equal(ctl_out, "would rekey b/lan: esp, lifetime\nunchanged: 3\n");
	assert_int_equal(
		converse("reload", "{\"cmd\":\"reload\"}\n",
			 "{\"result\":\"error\",\"error\":\"f:1:2: bad\",\"code\":\"config\","
			 "\"errors\":[\"f:1:2: bad\",\"f:3:4: worse\"]}\n"),
		CTL_FAILED);
	assert_string_equal(ctl_err, "Error: f:1:2: bad\nError: f:3:4: worse\n");
}

static void test_rekey(void **state)
{
	(void)state;
	assert_int_equal(converse("tunnel rekey b/c",
				  "{\"cmd\":\"tunnel-rekey\",\"name\":\"b\\/c\"}\n",
				  "{\"result\":\"ok\"}\n"),
			 0);
	ctl_expect("tunnel rekey", CTL_USAGE, "which tunnel");
}

static void test_debug(void **state)
{
	(void)state;
	assert_int_equal(converse("tunnel debug b on",
				  "{\"cmd\":\"tunnel-debug\",\"name\":\"b\",\"on\":true}\n",
				  "{\"result\":\"ok\"}\n"),
			 0);
	ctl_expect("tunnel debug b", CTL_USAGE, "on or off");
	ctl_expect("tunnel debug b maybe", CTL_USAGE, "maybe");
}

static void test_metrics(void **state)
{
	static const char answer[] =
		"{\"result\":\"ok\",\"tunnels\":[{\"name\":\"a\\\"b\",\"state\":\"up\","
		"\"interface\":\"i\",\"since\":2.5,\"ike\":{\"established\":7},"
		"\"children\":[{\"name\":\"lan\",\"state\":\"down\",\"bytes_in\":"
		"9007199254740991}]},{\"name\":\"c\",\"state\":\"waiting\"},7]}\n";

	(void)state;
	assert_int_equal(converse("metrics", "{\"cmd\":\"tunnel-show\"}\n", answer), 0);
	assert_contains(ctl_out, "# TYPE ipsecvif_tunnel_up gauge\n"
				 "ipsecvif_tunnel_up{tunnel=\"a\\\"b\",interface=\"i\"} 1\n"
				 "ipsecvif_tunnel_up{tunnel=\"c\",interface=\"\"} 0\n");
	assert_contains(ctl_out,
			"ipsecvif_child_up{tunnel=\"a\\\"b\",child=\"lan\",interface=\"i\"} "
			"0\n");
	assert_contains(ctl_out,
			"ipsecvif_child_receive_bytes_total{tunnel=\"a\\\"b\",child=\"lan\","
			"interface=\"i\"} 9007199254740991\n");
	assert_contains(ctl_out, "ipsecvif_tunnel_established_seconds{tunnel=\"a\\\"b\","
				 "interface=\"i\"} 7\n");
}

static void test_psk(void **state)
{
	char line[128], file[96];
	struct stat st;

	(void)state;
	ctl_expect("psk", CTL_USAGE, "psk help");
	assert_int_equal(ctl_line("psk generate"), 0);
	assert_int_equal(strlen(ctl_out), 45);
	snprintf(line, sizeof(line), "%s", ctl_out);
	assert_int_equal(ctl_line("psk generate"), 0);
	assert_string_not_equal(line, ctl_out);
	snprintf(file, sizeof(file), "%s/psk", directory);
	snprintf(line, sizeof(line), "psk generate %s", file);
	assert_int_equal(ctl_line(line), 0);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 45);
	ctl_expect(line, CTL_FAILED, "exists");
	unlink(file);
}

/* Whatever a broken daemon sends ends in a sentence. */
static void test_broken_daemon(void **state)
{
	(void)state;
	assert_int_equal(converse("tunnel list", "{\"cmd\":\"tunnel-list\"}\n", ""), CTL_FAILED);
	assert_contains(ctl_err, "the daemon hung up before it answered");
	assert_int_equal(converse("tunnel list", "{\"cmd\":\"tunnel-list\"}\n", "nonsense\n"),
			 CTL_FAILED);
	assert_contains(ctl_err, "is no JSON object");
	assert_int_equal(converse("tunnel list", "{\"cmd\":\"tunnel-list\"}\n",
				  "{\"result\":\"ok\",\"tunnels\":[{\"name\":7,\"children\":{},"
				  "\"since\":\"x\",\"last_error\":[]},5,null]}\n"),
			 0);
	assert_int_equal(converse("tunnel show", "{\"cmd\":\"tunnel-show\"}\n",
				  "{\"result\":\"ok\",\"tunnels\":[{\"name\":\"b\",\"ike\":[],"
				  "\"children\":[1,null,{\"ts_local\":[1,null]}]},null]}\n"),
			 0);
	assert_int_equal(converse("tunnel list", "{\"cmd\":\"tunnel-list\"}\n",
				  "{\"result\":\"error\"}\n"),
			 CTL_FAILED);
	assert_contains(ctl_err, "without a reason");
}

static void test_no_daemon(void **state)
{
	char line[256], far[256];

	(void)state;
	snprintf(line, sizeof(line), "-S %s tunnel list", path);
	ctl_expect(line, CTL_FAILED, "start ipsecvifd, or name its socket with -S");
	memset(far, 'x', 200);
	far[200] = '\0';
	snprintf(line, sizeof(line), "-S /%.200s tunnel list", far);
	ctl_expect(line, CTL_USAGE, "path is too long");
}

static int group_setup(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/control", directory);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_up, ctl_teardown),
		cmocka_unit_test_teardown(test_up_fails, ctl_teardown),
		cmocka_unit_test_teardown(test_up_json, ctl_teardown),
		cmocka_unit_test_teardown(test_list_show_why, ctl_teardown),
		cmocka_unit_test_teardown(test_several_peers, ctl_teardown),
		cmocka_unit_test_teardown(test_reload, ctl_teardown),
		cmocka_unit_test_teardown(test_rekey, ctl_teardown),
		cmocka_unit_test_teardown(test_debug, ctl_teardown),
		cmocka_unit_test_teardown(test_metrics, ctl_teardown),
		cmocka_unit_test_teardown(test_psk, ctl_teardown),
		cmocka_unit_test_teardown(test_broken_daemon, ctl_teardown),
		cmocka_unit_test_teardown(test_no_daemon, ctl_teardown),
	};

	return cmocka_run_group_tests_name("ctl_control", tests, group_setup, group_teardown);
}
