// SPDX-License-Identifier: MIT
/* netadmin: the control socket, and who asks slowly. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <json-c/json.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "selftests/unit/daemon_world.h"
#include "tools/keyer/control.h"

static int dial(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char err[256];
	int fd;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/control", world_dir);
	if (!na->control)
		na->control = control_open(na, sun.sun_path, err, sizeof(err));
	assert_non_null(na->control);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

static void spin(void)
{
	int i;

	for (i = 0; i < 8; i++)
		loop_run_once(na->loop, 0);
}

/* Reads one line as an object; NULL at the end. */
static struct json_object *line_read(int fd)
{
	struct json_object *object;
	static char line[65536];
	size_t n = 0;
	ssize_t got;

	while (n < sizeof(line) - 1) {
		got = recv(fd, line + n, 1, MSG_DONTWAIT);
		if (got <= 0 && !n)
			return NULL;
		assert_int_equal(got, 1);
		if (line[n++] == '\n')
			break;
	}
	line[n] = '\0';
	object = json_tokener_parse(line);
	assert_non_null(object);
	return object;
}

static const char *member(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) ? json_object_get_string(value) : "";
}

static struct json_object *ask_for(const char *request)
{
	struct json_object *answer;
	int fd = dial();

	assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
	spin();
	answer = line_read(fd);
	close(fd);
	spin();
	return answer;
}

static void test_control_requests(void **state)
{
	static const struct {
		const char *request, *code, *words;
	} cases[] = {
		{ "nonsense\n", "bad-request", "no JSON object" },
		{ "[]\n", "bad-request", "no JSON object" },
		{ "{}\n", "bad-request", "no \"cmd\"" },
		{ "{\"cmd\":7}\n", "bad-request", "no \"cmd\"" },
		{ "{\"cmd\":\"fly\"}\n", "bad-request", "'fly'" },
		{ "{\"cmd\":\"tunnel-up\"}\n", "bad-request", "needs a \"name\"" },
		{ "{\"cmd\":\"tunnel-up\",\"name\":\"t\",\"timeout\":0}\n", "bad-request",
		  "'timeout'" },
		{ "{\"cmd\":\"tunnel-list\",\"name\":\"t\"}\n", "bad-request", "'name'" },
		{ "{\"cmd\":\"reload\",\"dry_run\":1}\n", "bad-request", "'dry_run'" },
		{ "{\"cmd\":\"tunnel-show\",\"name\":\"none\"}\n", "no-such-tunnel", "none" },
		{ "{\"cmd\":\"tunnel-up\",\"name\":\"t/none\"}\n", "no-such-child", "none" },
	};
	struct json_object *answer;
	size_t i;

	(void)state;
	tunnel_start("tunnel t {\nstart = respond\n" BODY "}\n");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		answer = ask_for(cases[i].request);
		assert_non_null(answer);
		assert_string_equal(member(answer, "result"), "error");
		assert_string_equal(member(answer, "code"), cases[i].code);
		assert_non_null(strstr(member(answer, "error"), cases[i].words));
		json_object_put(answer);
	}
	answer = ask_for("{\"cmd\":\"version\"}\n");
	assert_string_equal(member(answer, "result"), "ok");
	assert_string_equal(member(answer, "tunnels"), "1");
	json_object_put(answer);
	answer = ask_for("{\"cmd\":\"tunnel-why\",\"name\":\"t\"}\n");
	assert_non_null(strstr(member(answer, "why"), "waits for the peer"));
	json_object_put(answer);
	/* A request without an end is not waited for without an end. */
	{
		static char flood[70000];
		int fd = dial();

		memset(flood, ' ', sizeof(flood));
		(void)!send(fd, flood, sizeof(flood), MSG_DONTWAIT);
		spin();
		answer = line_read(fd);
		assert_string_equal(member(answer, "code"), "bad-request");
		json_object_put(answer);
		close(fd);
		spin();
	}
}

static void test_control_up(void **state)
{
	static const char request[] = "{\"cmd\":\"tunnel-up\",\"name\":\"t\"}\n";
	static const char down[] = "{\"cmd\":\"tunnel-down\",\"name\":\"t\"}\n";
	struct tun *tun = tunnel_start("tunnel t {\nstart = respond\n" BODY "}\n");
	struct json_object *answer;
	int fd;

	(void)state;
	/* It fails, and says why. */
	fd = dial();
	send(fd, request, strlen(request), 0);
	spin();
	assert_null(line_read(fd));
	status_send(tun, IKE_ST_STEP, 0, "", 0);
	spin();
	answer = line_read(fd);
	assert_string_equal(member(answer, "step"), "a sentence");
	assert_string_equal(member(answer, "tunnel"), "t");
	json_object_put(answer);
	status_send(tun, IKE_ST_FAILED, IKE_WHY_NO_PROPOSAL, "", 0);
	spin();
	json_object_put(line_read(fd));
	answer = line_read(fd);
	assert_string_equal(member(answer, "result"), "error");
	assert_string_equal(member(answer, "code"), "no-proposal");
	assert_string_equal(member(answer, "error"), "a sentence");
	json_object_put(answer);
	assert_int_equal(recv(fd, &(char){ 0 }, 1, 0), 0);
	close(fd);

	/* It works; and then it already stands. */
	fd = dial();
	send(fd, request, strlen(request), 0);
	spin();
	bring_up(tun);
	spin();
	while ((answer = line_read(fd)) && !*member(answer, "result"))
		json_object_put(answer);
	assert_non_null(answer);
	assert_string_equal(member(answer, "result"), "ok");
	assert_string_equal(member(answer, "already"), "false");
	json_object_put(answer);
	close(fd);
	answer = ask_for(request);
	assert_string_equal(member(answer, "already"), "true");
	json_object_put(answer);

	/* Down: the answer comes with the peer's. */
	fd = dial();
	send(fd, down, strlen(down), 0);
	spin();
	assert_null(line_read(fd));
	status_send(tun, IKE_ST_IKE_DOWN, IKE_WHY_OPERATOR, "", 0);
	spin();
	while ((answer = line_read(fd)) && !*member(answer, "result"))
		json_object_put(answer);
	assert_string_equal(member(answer, "result"), "ok");
	json_object_put(answer);
	close(fd);
	spin();
}

static void test_control_reload(void **state)
{
	struct json_object *answer;

	(void)state;
	tunnel_start("tunnel t {\n" BODY "}\n");
	sent_clear();
	file_write("etc/t.conf", "tunnel t {\ndpd-delay = 1s\n" BODY "}\n", 0644);
	answer = ask_for("{\"cmd\":\"reload\",\"dry_run\":true}\n");
	assert_string_equal(member(answer, "result"), "ok");
	assert_non_null(strstr(member(answer, "changes"), "\"adjust\""));
	json_object_put(answer);
	assert_int_equal(n_sent, 0);
	file_write("etc/u.conf", "tunnel u {\nremte = 1\n}\n", 0644);
	answer = ask_for("{\"cmd\":\"reload\"}\n");
	assert_string_equal(member(answer, "code"), "config");
	assert_non_null(strstr(member(answer, "error"), "u.conf:2:1"));
	json_object_put(answer);
	assert_int_equal(n_sent, 0);
	file_write("etc/u.conf", "# nothing\n", 0644);
	answer = ask_for("{\"cmd\":\"reload\"}\n");
	assert_string_equal(member(answer, "result"), "ok");
	json_object_put(answer);
	assert_non_null(sent_find(MSG_CONN_SET));
}

/* A monitor that does not read is dropped; the daemon does not wait for it. */
static void test_control_slow(void **state)
{
	static const char request[] = "{\"cmd\":\"monitor\"}\n";
	struct tun *tun = tunnel_start("tunnel t {\nstart = respond\n" BODY "}\n");
	int fd = dial(), i;

	(void)state;
	send(fd, request, strlen(request), 0);
	spin();
	for (i = 0; i < 40000; i++) {
		status_send(tun, IKE_ST_STEP, 0, "", 0);
		if (i % 64 == 0)
			loop_run_once(na->loop, 0);
	}
	spin();
	close(fd);
	json_object_put(ask_for("{\"cmd\":\"version\"}\n"));
}

static void test_rekey(void **state)
{
	const struct ike_ev_terminate *rekey;
	struct json_object *answer;
	struct tun *tun = tunnel_start("tunnel t {\nstart = respond\n" BODY "}\n");

	(void)state;
	answer = ask_for("{\"cmd\":\"tunnel-rekey\",\"name\":\"t\"}\n");
	assert_non_null(strstr(member(answer, "error"), "not up"));
	json_object_put(answer);
	assert_null(sent_find(MSG_REKEY));
	bring_up(tun);
	answer = ask_for("{\"cmd\":\"tunnel-rekey\",\"name\":\"t\"}\n");
	assert_string_equal(member(answer, "result"), "ok");
	json_object_put(answer);
	rekey = sent_find(MSG_REKEY);
	assert_non_null(rekey);
	assert_int_equal(rekey->conn, tun->conn);
	assert_string_equal(rekey->child, "");
	answer = ask_for("{\"cmd\":\"tunnel-rekey\",\"name\":\"t/lan\"}\n");
	json_object_put(answer);
	rekey = sent_find(MSG_REKEY);
	assert_string_equal(rekey->child, "lan");
}

static void test_debug(void **state)
{
	const struct message_debug *debug;
	struct json_object *answer;
	struct tun *tun = tunnel_start("tunnel t {\n" BODY "}\n");

	(void)state;
	answer = ask_for("{\"cmd\":\"tunnel-debug\",\"name\":\"t\",\"on\":1}\n");
	assert_string_equal(member(answer, "code"), "bad-request");
	json_object_put(answer);
	answer = ask_for("{\"cmd\":\"tunnel-debug\",\"name\":\"t\",\"on\":true}\n");
	assert_string_equal(member(answer, "result"), "ok");
	json_object_put(answer);
	debug = sent_find(MSG_DEBUG);
	assert_non_null(debug);
	assert_int_equal(debug->conn, tun->conn);
	assert_true(debug->on);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_control_requests), TEST(test_control_up), TEST(test_control_reload),
		TEST(test_control_slow),     TEST(test_rekey),	    TEST(test_debug),
	};

	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
