/* The opener is a stranger to whoever runs it: it may be slow, silent, broken or a liar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vault/opener/run.h"

#define DEMO_PIN "demo1234"

static struct secret *given_bytes(const void *bytes, size_t size)
{
	struct secret *secret = NULL;

	assert_int_equal(secret_new(size, &secret), ERR_OK);
	memcpy(secret_bytes(secret), bytes, size);
	return secret;
}

static struct secret *given_file(const char *path)
{
	static uint8_t bytes[ORIGINAL_SIZE_MAX];
	FILE *file = fopen(path, "rb");
	size_t size;

	assert_non_null(file);
	size = fread(bytes, 1, sizeof bytes, file);
	(void)fclose(file);
	return given_bytes(bytes, size);
}

static struct opener_job given_job(enum opener_mode mode, const char *pin)
{
	struct opener_job job = {.mode = (uint8_t)mode, .pin = given_bytes(pin, strlen(pin))};

	job.original = given_file(KINKO_SOURCE "/tests/originals/openssl-modern.p12");
	return job;
}

static void drop_job(struct opener_job *job)
{
	secret_free(job->pin);
	secret_free(job->new_pin);
	secret_free(job->original);
}

/* The real program, in bin/ beside the folder of the tests. */
static void real_opener(char out_path[PATH_MAX])
{
	char own[PATH_MAX] = "";
	ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);

	assert_true(size > 0);
	*strrchr(own, '/') = '\0';
	(void)snprintf(out_path, PATH_MAX, "%.2000s/../bin/" OPENER_PROGRAM, own);
	if (access(out_path, X_OK) != 0) {
		print_message("skipped: kinko-opener is not built here\n");
		skip();
	}
}

/* A program of one's own instead: a script, and a file it may send. */
struct fake {
	char folder[64];
	char program[128];
	char answer[128];
};

static void write_file(const char *path, const void *bytes, size_t size, mode_t mode)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static struct fake given_fake(const char *script, const void *answer, size_t size)
{
	struct fake fake = {.folder = "/tmp/kinko-opener-XXXXXX"};
	char text[512];

	assert_non_null(mkdtemp(fake.folder));
	(void)snprintf(fake.program, sizeof fake.program, "%s/opener", fake.folder);
	(void)snprintf(fake.answer, sizeof fake.answer, "%s/answer", fake.folder);
	(void)snprintf(text, sizeof text, "#!/bin/sh\ncd %s\n%s\n", fake.folder, script);
	write_file(fake.program, text, strlen(text), 0700);
	write_file(fake.answer, answer, size, 0600);
	return fake;
}

static void drop_fake(struct fake *fake)
{
	(void)unlink(fake->program);
	(void)unlink(fake->answer);
	assert_int_equal(rmdir(fake->folder), 0);
}

static enum err run_fake(enum opener_mode mode, const char *script, const void *answer, size_t size)
{
	struct fake fake = given_fake(script, answer, size);
	struct opener_job job = given_job(mode, DEMO_PIN);
	AUTO(opened) opened = NULL;
	enum err err;

	err_forget();
	err = opener_run_at(fake.program, &job, &opened);
	drop_job(&job);
	drop_fake(&fake);
	return err;
}

static enum err run_script(const char *script)
{
	return run_fake(OPENER_SHOW, script, "", 0);
}

/* What a fake that has this to say leads to. It waits to be killed. */
static enum err run_liar(enum opener_mode mode, struct opened *said)
{
	static uint8_t bytes[64 * 1024];
	struct cursor cursor = cursor_to_write(bytes, sizeof bytes);
	uint32_t size = 0;

	cursor_u32(&cursor, &size);
	opened_code(&cursor, said);
	assert_int_equal(cursor_end(&cursor), ERR_OK);
	size = (uint32_t)(cursor.at - OPENER_FRAME_SIZE);
	struct cursor again = cursor_to_write(bytes, OPENER_FRAME_SIZE);
	cursor_u32(&again, &size);
	return run_fake(mode, "cat answer; exec sleep 60", bytes, cursor.at);
}

static int count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(folder);
	while (readdir(folder) != NULL)
		count++;
	(void)closedir(folder);
	return count;
}

static void the_real_opener_opens_and_leaves_nothing_behind(void **state)
{
	char path[PATH_MAX];
	struct opener_job job = given_job(OPENER_KEY, DEMO_PIN);
	AUTO(opened) opened = NULL;
	int before = count_descriptors();

	(void)state;
	real_opener(path);
	assert_int_equal(opener_run_at(path, &job, &opened), ERR_OK);
	assert_non_null(opened->key);
	assert_string_equal(opened->friendly_name, "司法書士 太郎");
	assert_int_equal(count_descriptors(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	drop_job(&job);
}

/* Whoever started us may have closed them; a pipe then gets their numbers. */
static void it_works_without_the_standard_descriptors(void **state)
{
	char path[PATH_MAX];
	struct opener_job job = given_job(OPENER_KEY, DEMO_PIN);
	int status = -1;

	(void)state;
	real_opener(path);
	pid_t pid = fork();
	if (pid == 0) {
		AUTO(opened) opened = NULL;
		for (int fd = 0; fd <= STDERR_FILENO; fd++)
			(void)close(fd);
		_exit(opener_run_at(path, &job, &opened) == ERR_OK ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	drop_job(&job);
}

static void the_real_openers_failure_comes_back_with_its_detail(void **state)
{
	char path[PATH_MAX];
	struct opener_job job = given_job(OPENER_KEY, "another0");
	AUTO(opened) opened = NULL;

	(void)state;
	real_opener(path);
	assert_int_equal(opener_run_at(path, &job, &opened), ERR_ORIGINAL_PIN);
	secret_free(job.original);
	job.original = given_file(KINKO_SOURCE "/tests/originals/key-rsa-1024.p12");
	memcpy(secret_bytes(job.pin), DEMO_PIN, strlen(DEMO_PIN));
	assert_int_equal(opener_run_at(path, &job, &opened), ERR_ORIGINAL_KEY_KIND);
	assert_string_equal(err_detail_text(), "rsa-1024");
	assert_null(opened);
	drop_job(&job);
}

/* The kernel's word on a waiting opener; only root may look at a process that cannot be dumped. */
static void read_proc(pid_t pid, const char *name, char *out_text, size_t size)
{
	char path[64];
	FILE *file;

	memset(out_text, 0, size);
	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_true(fread(out_text, 1, size - 1, file) < size);
	(void)fclose(file);
}

/* Until these bits stand in a line of its status: that far it has come. */
static void wait_for_status(pid_t pid, const char *name, uint64_t bits)
{
	static char status[8192];

	for (int tries = 0; tries < 3000; tries++) {
		read_proc(pid, "status", status, sizeof status);
		const char *line = strstr(status, name);
		if (line != NULL && (strtoull(line + strlen(name), NULL, 16) & bits) == bits)
			return;
		(void)usleep(10000);
	}
	fail_msg("%s never came", name);
}

/* The last limit it sets. */
static void wait_for_limit(pid_t pid, char *out_limits, size_t size)
{
	for (int tries = 0; tries < 3000; tries++) {
		read_proc(pid, "limits", out_limits, size);
		if (strstr(out_limits, "Max processes             0 ") != NULL)
			break;
		(void)usleep(10000);
	}
	read_proc(pid, "limits", out_limits, size);
}

static void the_real_opener_waits_in_narrow_limits(void **state)
{
	static char limits[8192], environment[16];
	char path[PATH_MAX];
	int job[2], answer[2];
	pid_t pid = -1;

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: needs root to look at another process\n");
		skip();
	}
	real_opener(path);
	assert_int_equal(pipe(job), 0);
	assert_int_equal(pipe(answer), 0);
	assert_int_equal(opener_start(path, job[0], answer[1], &pid), ERR_OK);
	wait_for_status(pid, "NoNewPrivs:\t", 1);
	wait_for_limit(pid, limits, sizeof limits);
	read_proc(pid, "environ", environment, sizeof environment);
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_non_null(strstr(limits, "Max cpu time              5 "));
	assert_non_null(strstr(limits, "Max core file size        0 "));
	assert_non_null(strstr(limits, "Max processes             0 "));
	assert_non_null(strstr(limits, "Max file size             0 "));
	if (!KINKO_SANITIZED)
		assert_non_null(strstr(limits, "Max address space         268435456 "));
	assert_string_equal(environment, "");
	for (int i = 0; i < 2; i++) {
		(void)close(job[i]);
		(void)close(answer[i]);
	}
}

/* The kernel sends this signal when the CPU time is used up; no original may cost that much, so
 * it is sent by hand, and the exchange must read what the opener says of it. */
static void the_real_opener_says_so_when_its_time_is_used_up(void **state)
{
	struct opener_job given = given_job(OPENER_SHOW, DEMO_PIN);
	AUTO(opened) opened = NULL;
	char path[PATH_MAX];
	int job[2], answer[2];
	pid_t pid = -1;

	(void)state;
	real_opener(path);
	assert_int_equal(pipe(job), 0);
	assert_int_equal(pipe(answer), 0);
	assert_int_equal(opener_start(path, job[0], answer[1], &pid), ERR_OK);
	wait_for_status(pid, "SigCgt:\t", UINT64_C(1) << (SIGXCPU - 1));
	(void)close(job[0]);
	(void)close(answer[1]);
	assert_int_equal(kill(pid, SIGXCPU), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	job[0] = open("/dev/null", O_WRONLY | O_CLOEXEC);
	assert_int_equal(opener_exchange(job[0], answer[0], &given, &opened),
			 ERR_ORIGINAL_EXPENSIVE);
	assert_string_equal(err_detail_text(), "CPU");
	(void)close(job[0]);
	(void)close(job[1]);
	(void)close(answer[0]);
	drop_job(&given);
}

static void a_missing_opener_is_named(void **state)
{
	struct opener_job job = given_job(OPENER_SHOW, DEMO_PIN);
	AUTO(opened) opened = NULL;

	(void)state;
	assert_int_equal(opener_run_at("/nonexistent/opener", &job, &opened), ERR_PROGRAM_MISSING);
	assert_string_equal(err_detail_text(), "/nonexistent/opener");
	drop_job(&job);
}

static void an_opener_that_ends_without_a_word_has_failed(void **state)
{
	(void)state;
	assert_int_equal(run_script("exit 0"), ERR_OPENER);
	assert_int_equal(run_script("exit 1"), ERR_OPENER);
	assert_int_equal(run_script("kill -SEGV $$"), ERR_OPENER);
	assert_int_equal(run_script("kill -ABRT $$"), ERR_OPENER);
}

static void an_opener_that_used_up_its_time_says_the_original_is_expensive(void **state)
{
	(void)state;
	assert_int_equal(run_script("kill -XCPU $$"), ERR_ORIGINAL_EXPENSIVE);
}

static void a_silent_opener_is_ended_at_the_deadline(void **state)
{
	time_t before = time(NULL);

	(void)state;
	assert_int_equal(run_script("exec sleep 60"), ERR_ORIGINAL_EXPENSIVE);
	assert_true(time(NULL) - before < OPENER_SECONDS + 10);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void garbage_floods_and_half_answers_are_not_believed(void **state)
{
	(void)state;
	assert_int_equal(run_script("exec cat /dev/zero"), ERR_OPENER);
	assert_int_equal(run_script("printf '\\377\\377\\377\\377'; exec sleep 60"), ERR_OPENER);
	assert_int_equal(run_script("printf '\\0\\0\\0\\012KNKA'"), ERR_OPENER);
	assert_int_equal(run_script("printf '\\0\\0\\0\\04KNKA'; exec sleep 60"), ERR_OPENER);
}

static void a_key_that_was_not_asked_for_is_not_taken(void **state)
{
	AUTO(secret) key = given_bytes("key", 3);
	uint8_t certificate[] = {0x30, 0};
	struct opened said = {.key = key, .certificate = {certificate, sizeof certificate}};

	(void)state;
	assert_int_equal(run_liar(OPENER_KEY, &said), ERR_OK);
	assert_int_equal(run_liar(OPENER_SHOW, &said), ERR_OPENER);
	assert_int_equal(run_liar(OPENER_CHECK, &said), ERR_OPENER);
	assert_int_equal(run_liar(OPENER_PIN, &said), ERR_OPENER);
}

static void an_answer_that_lacks_what_was_asked_for_is_not_taken(void **state)
{
	AUTO(secret) file = given_bytes("file", 4);
	struct opened nothing = {.err = ERR_OK};
	struct opened rebuilt = {.rebuilt = file};

	(void)state;
	assert_int_equal(run_liar(OPENER_KEY, &nothing), ERR_OPENER);
	assert_int_equal(run_liar(OPENER_SHOW, &nothing), ERR_OPENER);
	assert_int_equal(run_liar(OPENER_PIN, &nothing), ERR_OPENER);
	assert_int_equal(run_liar(OPENER_PIN, &rebuilt), ERR_OK);
	assert_int_equal(run_liar(OPENER_SHOW, &rebuilt), ERR_OPENER);
}

static void failures_an_opener_cannot_have_are_not_believed(void **state)
{
	uint8_t certificate[] = {0x30, 0};
	struct opened wrong_pin = {.err = ERR_ORIGINAL_PIN};
	struct opened locked = {.err = ERR_PIN_LOCKED};
	struct opened unknown = {.err = 4711};
	struct opened both = {.err = ERR_ORIGINAL_PIN, .certificate = {certificate, 2}};

	(void)state;
	assert_int_equal(run_liar(OPENER_SHOW, &wrong_pin), ERR_ORIGINAL_PIN);
	assert_int_equal(run_liar(OPENER_SHOW, &locked), ERR_OPENER);
	assert_int_equal(run_liar(OPENER_SHOW, &unknown), ERR_OPENER);
	assert_int_equal(run_liar(OPENER_SHOW, &both), ERR_OPENER);
}

/* A mebibyte does not fit into a pipe: the write meets an opener that is gone. */
static void an_opener_that_does_not_read_raises_no_signal(void **state)
{
	struct fake fake = given_fake("exit 0", "", 0);
	struct opener_job job = given_job(OPENER_SHOW, DEMO_PIN);
	AUTO(opened) opened = NULL;
	sigset_t before, after, pending;

	(void)state;
	secret_free(job.original);
	assert_int_equal(secret_new(ORIGINAL_SIZE_MAX, &job.original), ERR_OK);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigprocmask(SIG_BLOCK, NULL, &before);
	assert_int_equal(opener_run_at(fake.program, &job, &opened), ERR_OPENER);
	(void)sigprocmask(SIG_BLOCK, NULL, &after);
	(void)sigpending(&pending);
	assert_int_equal(sigismember(&before, SIGPIPE), sigismember(&after, SIGPIPE));
	assert_int_equal(sigismember(&pending, SIGPIPE), 0);
	drop_job(&job);
	drop_fake(&fake);
}

static void what_cannot_be_a_job_is_refused_before_anything_runs(void **state)
{
	struct opener_job job = given_job(OPENER_SHOW, DEMO_PIN);
	AUTO(opened) opened = NULL;

	(void)state;
	secret_free(job.original);
	assert_int_equal(secret_new(ORIGINAL_SIZE_MAX + 1, &job.original), ERR_OK);
	assert_int_equal(opener_run_at("/nonexistent", &job, &opened), ERR_ORIGINAL_TOO_LARGE);
	secret_free(job.pin);
	assert_int_equal(secret_new(OPENER_PIN_MAX + 1, &job.pin), ERR_OK);
	secret_free(job.original);
	job.original = NULL;
	assert_int_equal(opener_run_at("/nonexistent", &job, &opened), ERR_PIN_TEXT);
	drop_job(&job);
}

static int start_group(void **state)
{
	(void)state;
	return secret_init() == ERR_OK ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_real_opener_opens_and_leaves_nothing_behind),
		cmocka_unit_test(it_works_without_the_standard_descriptors),
		cmocka_unit_test(the_real_openers_failure_comes_back_with_its_detail),
		cmocka_unit_test(the_real_opener_waits_in_narrow_limits),
		cmocka_unit_test(the_real_opener_says_so_when_its_time_is_used_up),
		cmocka_unit_test(a_missing_opener_is_named),
		cmocka_unit_test(an_opener_that_ends_without_a_word_has_failed),
		cmocka_unit_test(an_opener_that_used_up_its_time_says_the_original_is_expensive),
		cmocka_unit_test(a_silent_opener_is_ended_at_the_deadline),
		cmocka_unit_test(garbage_floods_and_half_answers_are_not_believed),
		cmocka_unit_test(a_key_that_was_not_asked_for_is_not_taken),
		cmocka_unit_test(an_answer_that_lacks_what_was_asked_for_is_not_taken),
		cmocka_unit_test(failures_an_opener_cannot_have_are_not_believed),
		cmocka_unit_test(an_opener_that_does_not_read_raises_no_signal),
		cmocka_unit_test(what_cannot_be_a_job_is_refused_before_anything_runs),
	};

	return cmocka_run_group_tests(tests, start_group, NULL);
}
