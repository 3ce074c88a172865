/* kinko.conf is read whole or refused with the line that is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tool/download/download.h"

struct given {
	char folder[64];
	char path[96];
};

static int start(void **state)
{
	struct given *given = calloc(1, sizeof *given);

	if (given == NULL)
		return -1;
	(void)snprintf(given->folder, sizeof given->folder, "/tmp/kinko-settings-XXXXXX");
	if (mkdtemp(given->folder) == NULL)
		return -1;
	(void)snprintf(given->path, sizeof given->path, "%s/kinko.conf", given->folder);
	*state = given;
	return 0;
}

static int end(void **state)
{
	struct given *given = *state;

	(void)unlink(given->path);
	(void)rmdir(given->folder);
	free(given);
	return 0;
}

static enum err load(const struct given *given, const char *text,
		     struct download_server **out_server)
{
	FILE *file = fopen(given->path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return download_server_load(given->folder, out_server);
}

static void without_a_file_no_server_is_configured(void **state)
{
	const struct given *given = *state;
	AUTO(download_server) server = NULL;

	assert_int_equal(download_server_load(given->folder, &server), ERR_SERVER_UNSET);
	assert_int_equal(download_server_load("/nonexistent/kinko", &server), ERR_SERVER_UNSET);
	assert_int_equal(load(given, "# nothing yet\n[server]\nurl =\n", &server),
			 ERR_SERVER_UNSET);
}

static void all_three_settings_are_read(void **state)
{
	const struct given *given = *state;
	AUTO(download_server) server = NULL;
	char ca_file[128];

	assert_int_equal(load(given,
			      "[server]\nurl = https://example.jp:8443/kinko//\n"
			      "ca-file = ca.crt\nproxy = http://proxy:3128\n",
			      &server),
			 ERR_OK);
	(void)snprintf(ca_file, sizeof ca_file, "%s/ca.crt", given->folder);
	assert_string_equal(server->url, "https://example.jp:8443/kinko");
	assert_string_equal(server->ca_file, ca_file);
	assert_string_equal(server->proxy, "http://proxy:3128");
}

static void what_is_not_set_is_none(void **state)
{
	AUTO(download_server) server = NULL;

	assert_int_equal(
		load(*state, "[server]\nurl=https://[::1]:1\nca-file=/x/ca\nproxy=\n", &server),
		ERR_OK);
	assert_string_equal(server->ca_file, "/x/ca");
	assert_null(server->proxy);
}

static void only_plain_https_addresses_are_taken(void **state)
{
	static const char *const wrong[] = {
		"http://example.jp",
		"ftp://example.jp",
		"example.jp",
		"file:///etc/passwd",
		"https://",
		"https:///x",
		"https://u:p@example.jp",
		"https://u@example.jp",
		"https://example.jp/?q=1",
		"https://example.jp/#x",
		"https://exa mple.jp",
		"https://example.jp:99999",
		"https://example.jp\\@evil.jp",
	};
	char text[256];

	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		AUTO(download_server) server = NULL;
		(void)snprintf(text, sizeof text, "[server]\nurl = %s\n", wrong[i]);
		assert_int_equal(load(*state, text, &server), ERR_SERVER_URL);
		assert_string_equal(err_detail_text(), wrong[i]);
	}
}

static void unknown_words_are_refused_with_their_line(void **state)
{
	static const struct {
		const char *text;
		const char *detail;
	} wrong[] = {
		{"[server]\nurl=https://a\n\nurls=x\n", "kinko.conf: line 4: "},
		{"[servers]\nurl=https://a\n", "kinko.conf: line 2: "},
		{"[server]\nurl=https://a\nproxy=ftp://p\n", "kinko.conf: line 3: "},
		{"[server]\nurl=https://a\nproxy=p:3128\n", "kinko.conf: line 3: "},
		{"[server]\nurl=https://a\nproxy=http://u:p@p:3128\n", "kinko.conf: line 3: "},
		{"[server]\nurl=https://a\nurl=https://b\n", "kinko.conf: line 3: "},
		{"url=https://a\n", "kinko.conf: line 1: "},
	};

	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		AUTO(download_server) server = NULL;
		assert_int_equal(load(*state, wrong[i].text, &server), ERR_CONFIG);
		assert_memory_equal(err_detail_text(), wrong[i].detail, strlen(wrong[i].detail));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(without_a_file_no_server_is_configured, start, end),
		cmocka_unit_test_setup_teardown(all_three_settings_are_read, start, end),
		cmocka_unit_test_setup_teardown(what_is_not_set_is_none, start, end),
		cmocka_unit_test_setup_teardown(only_plain_https_addresses_are_taken, start, end),
		cmocka_unit_test_setup_teardown(unknown_words_are_refused_with_their_line, start,
						end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
