/* The process that executes the opener: fresh, empty, and gone when told. */
#include "tests/unit/daemon/given.h"

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/daemon/peer.h"
#include "vault/daemon/starter.h"

static struct starter *given_starter(const char *program)
{
	const struct starter_settings settings = {.program = program};
	struct starter *starter = NULL;

	assert_int_equal(starter_new(&settings, &starter), ERR_OK);
	return starter;
}

static const struct started none = {.to_opener = -1, .from_opener = -1, .process = -1};

static size_t read_all(int fd, char *out_text, size_t capacity)
{
	size_t size = 0;
	ssize_t got;

	while (size < capacity - 1 && (got = read(fd, out_text + size, capacity - 1 - size)) > 0)
		size += (size_t)got;
	out_text[size] = '\0';
	return size;
}

static void what_goes_in_comes_out_of_the_program(void **state)
{
	AUTO(starter) starter = given_starter("/bin/cat");
	char text[64];

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		AUTO_HELD(started) started = none;
		assert_int_equal(starter_start(starter, &started), ERR_OK);
		assert_int_equal(file_write_all(started.to_opener, "an original", 11), 0);
		own_close_fd(&started.to_opener);
		started.to_opener = -1;
		assert_int_equal(read_all(started.from_opener, text, sizeof text), 11);
		assert_string_equal(text, "an original");
	}
}

static void the_program_starts_with_an_empty_environment(void **state)
{
	AUTO(starter) starter = given_starter("/usr/bin/env");
	AUTO_HELD(started) started = none;
	char text[256];

	(void)state;
	assert_int_equal(setenv("KINKO_TEST_SECRET", "1", 1), 0);
	assert_int_equal(starter_start(starter, &started), ERR_OK);
	assert_int_equal(read_all(started.from_opener, text, sizeof text), 0);
}

/* Waits for the process to be there, then looks at it from outside. */
static void read_proc(pid_t pid, const char *name, char *out_text, size_t capacity)
{
	char path[64];
	FILE *file;
	size_t size = 0;

	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	file = fopen(path, "re");
	if (file != NULL) {
		size = fread(out_text, 1, capacity - 1, file);
		(void)fclose(file);
	}
	out_text[size] = '\0';
}

static pid_t pid_of(int process)
{
	char path[64];
	char line[128];
	int pid = -1;
	FILE *file;

	(void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", process);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof line, file) != NULL)
		(void)sscanf(line, "Pid: %d", &pid);
	(void)fclose(file);
	return (pid_t)pid;
}

static void the_program_is_the_first_to_go_when_memory_is_short(void **state)
{
	AUTO(starter) starter = given_starter("/bin/cat");
	AUTO_HELD(started) started = none;
	char text[64] = "";

	(void)state;
	assert_int_equal(starter_start(starter, &started), ERR_OK);
	for (unsigned i = 0; i < 200 && strcmp(text, "1000\n") != 0; i++) {
		(void)usleep(10 * 1000);
		read_proc(pid_of(started.process), "oom_score_adj", text, sizeof text);
	}
	assert_string_equal(text, "1000\n");
}

static size_t count_descriptors_of(pid_t pid)
{
	char path[64];
	DIR *names;
	const struct dirent *name;
	size_t count = 0;

	(void)snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	names = opendir(path);
	while (names != NULL && (name = readdir(names)) != NULL)
		count += name->d_name[0] != '.';
	if (names != NULL)
		(void)closedir(names);
	return count;
}

static void the_program_has_nothing_open_but_its_pipes_and_standard_error(void **state)
{
	AUTO_FD inherited = dup(STDOUT_FILENO); /* not close-on-exec: a careless descriptor */
	AUTO(starter) starter = given_starter("/bin/cat");
	AUTO_HELD(started) started = none;
	char name[32] = "";

	(void)state;
	assert_true(inherited >= 0);
	assert_int_equal(starter_start(starter, &started), ERR_OK);
	for (unsigned i = 0; i < 200 && strcmp(name, "cat\n") != 0; i++) {
		(void)usleep(10 * 1000);
		read_proc(pid_of(started.process), "comm", name, sizeof name);
	}
	(void)usleep(50 * 1000); /* its loader has closed what it opened */
	assert_int_equal(count_descriptors_of(pid_of(started.process)), 3);
}

static bool ends_within(int process, int milliseconds)
{
	struct pollfd ended = {.fd = process, .events = POLLIN};

	return poll(&ended, 1, milliseconds) == 1;
}

static void a_program_that_hangs_is_killed(void **state)
{
	AUTO(starter) starter = given_starter("/bin/cat");
	struct started started = none;
	AUTO_FD process = -1;

	(void)state;
	assert_int_equal(starter_start(starter, &started), ERR_OK);
	process = dup(started.process);
	assert_false(ends_within(process, 50));
	started_end(&started);
	assert_true(ends_within(process, 5000));
	assert_int_equal(started.process, -1);
}

static void a_program_that_is_not_there_is_an_end_of_file(void **state)
{
	AUTO(starter) starter = given_starter("/no/such/program");
	AUTO_HELD(started) started = none;
	char text[16];

	(void)state;
	assert_int_equal(starter_start(starter, &started), ERR_OK);
	assert_int_equal(read_all(started.from_opener, text, sizeof text), 0);
}

static void the_starter_ends_when_its_owner_lets_go(void **state)
{
	struct starter *starter = given_starter("/bin/cat");
	struct started started = none;
	AUTO_FD process = -1;

	(void)state;
	assert_int_equal(starter_start(starter, &started), ERR_OK);
	process = dup(started.process);
	started_end(&started);
	starter_free(starter); /* waits for its end */
	assert_true(ends_within(process, 5000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_in_comes_out_of_the_program),
		cmocka_unit_test(the_program_starts_with_an_empty_environment),
		cmocka_unit_test(the_program_is_the_first_to_go_when_memory_is_short),
		cmocka_unit_test(the_program_has_nothing_open_but_its_pipes_and_standard_error),
		cmocka_unit_test(a_program_that_hangs_is_killed),
		cmocka_unit_test(a_program_that_is_not_there_is_an_end_of_file),
		cmocka_unit_test(the_starter_ends_when_its_owner_lets_go),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
