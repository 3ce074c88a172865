/* What reads a stranger's document can do nothing but answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tool/sign/apart.h"
#include "vault/base/own.h"
#include "vault/base/secret.h"

enum { ANSWER_MAX = 1024 * 1024 };

static enum err do_apart(apart_work *work, const void *task, struct bytes *out_answer)
{
	return apart_do(work, task, ANSWER_MAX, ERR_PDF_BROKEN, out_answer);
}

static enum err answer_in_full(const void *task, struct bytes *out_answer)
{
	(void)task;
	TRY(bytes_zeroed(ANSWER_MAX, out_answer));
	memset(out_answer->data, 'x', out_answer->size);
	return ERR_OK;
}

static void an_answer_comes_back_whole(void **state)
{
	AUTO_HELD(bytes) answer = {0};

	(void)state;
	assert_int_equal(do_apart(answer_in_full, NULL, &answer), ERR_OK);
	assert_int_equal(answer.size, ANSWER_MAX);
	assert_int_equal(answer.data[0], 'x');
	assert_int_equal(answer.data[ANSWER_MAX - 1], 'x');
}

static enum err answer_nothing(const void *task, struct bytes *out_answer)
{
	(void)task;
	(void)out_answer;
	return ERR_OK;
}

static enum err fail_with(const void *task, struct bytes *out_answer)
{
	(void)out_answer;
	(void)err_note(ERR_PDF_PAGE, "a note with \xFF in it");
	return err_detail(ERR_PDF_PAGE, "%s", (const char *)task);
}

static void a_failure_comes_back_with_its_detail(void **state)
{
	AUTO_HELD(bytes) answer = {0};
	AUTO_TEXT lengthy = malloc(5001);

	(void)state;
	assert_int_equal(do_apart(answer_nothing, NULL, &answer), ERR_OK);
	assert_int_equal(answer.size, 0);
	assert_int_equal(do_apart(fail_with, "九", &answer), ERR_PDF_PAGE);
	assert_string_equal(err_detail_text(), "九");
	assert_string_equal(err_note_text(), "a note with \\xFF in it");
	memset(lengthy, 'a', 5000);
	lengthy[5000] = '\0';
	assert_int_equal(do_apart(fail_with, lengthy, &answer), ERR_PDF_PAGE);
	err_forget();
}

static enum err answer_too_much(const void *task, struct bytes *out_answer)
{
	(void)task;
	return bytes_zeroed(ANSWER_MAX + 64 * 1024, out_answer);
}

static enum err crash(const void *task, struct bytes *out_answer)
{
	(void)task;
	(void)out_answer;
	(void)signal(SIGSEGV, SIG_DFL);
	(void)kill(getpid(), SIGSEGV);
	for (;;)
		_exit(0); /* a good end without an answer is none */
}

static enum err leave(const void *task, struct bytes *out_answer)
{
	(void)task;
	(void)out_answer;
	_exit(0);
}

static void what_crashes_or_says_too_much_has_no_answer(void **state)
{
	AUTO_HELD(bytes) answer = {0};

	(void)state;
	assert_int_equal(do_apart(crash, NULL, &answer), ERR_PDF_BROKEN);
	assert_int_equal(do_apart(leave, NULL, &answer), ERR_PDF_BROKEN);
	assert_int_equal(do_apart(answer_too_much, NULL, &answer), ERR_PDF_BROKEN);
	assert_null(answer.data);
	err_forget();
}

static enum err count_descriptors(const void *task, struct bytes *out_answer)
{
	const int *highest = task;
	uint8_t open_count = 0;

	for (int fd = 0; fd <= *highest; fd++)
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			open_count++;
	return bytes_copy(&open_count, 1, out_answer);
}

static enum err open_a_file(const void *task, struct bytes *out_answer)
{
	uint8_t was_opened = open("/etc/passwd", O_RDONLY) >= 0;

	(void)task;
	return bytes_copy(&was_opened, 1, out_answer);
}

static enum err open_a_socket(const void *task, struct bytes *out_answer)
{
	(void)task;
	(void)socket(AF_UNIX, SOCK_STREAM, 0);
	return bytes_copy("", 1, out_answer);
}

static enum err start_a_program(const void *task, struct bytes *out_answer)
{
	(void)task;
	(void)execl("/bin/true", "true", (char *)NULL);
	return bytes_copy("", 1, out_answer);
}

static enum err use_all_memory(const void *task, struct bytes *out_answer)
{
	uint8_t was_had = mmap(NULL, (size_t)4 << 30, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED;

	(void)task;
	return bytes_copy(&was_had, 1, out_answer);
}

/* By the list of calls, by Landlock and by its limits. */
static void assert_confined(void)
{
	AUTO_HELD(bytes) file = {0};
	AUTO_HELD(bytes) memory = {0};
	AUTO_HELD(bytes) nothing = {0};
	int highest = 9;

	assert_int_equal(do_apart(open_a_file, NULL, &file), ERR_OK);
	assert_int_equal(file.data[0], 0);
	assert_int_equal(do_apart(use_all_memory, NULL, &memory), ERR_OK);
	assert_int_equal(memory.data[0], 0);
	assert_int_equal(do_apart(open_a_socket, NULL, &nothing), ERR_PDF_BROKEN);
	assert_int_equal(do_apart(start_a_program, NULL, &nothing), ERR_PDF_BROKEN);
	assert_int_equal(do_apart(count_descriptors, &highest, &nothing), ERR_PDF_BROKEN);
	err_forget();
}

/* Sanitizers need more calls, files and memory than this process may have: what they leave to be
 * proven is that no descriptor goes with it but standard output, which is the pipe, and error. */
static void assert_without_descriptors(void)
{
	AUTO_HELD(bytes) answer = {0};
	AUTO_FD fd = open("/dev/null", O_RDONLY);
	int highest = 40;

	assert_true(fd > STDERR_FILENO);
	assert_int_equal(do_apart(count_descriptors, &highest, &answer), ERR_OK);
	assert_int_equal(answer.data[0], 2);
}

static void it_reaches_nothing_that_this_process_has(void **state)
{
	(void)state;
	if (KINKO_SANITIZED)
		assert_without_descriptors();
	else
		assert_confined();
}

static enum err look_at_secret(const void *task, struct bytes *out_answer)
{
	const struct secret *secret = task;

	return bytes_copy(secret_view(secret), secret_size(secret), out_answer);
}

static void a_secret_that_stays_here_is_not_there(void **state)
{
	static const uint8_t zeros[8] = {0};
	AUTO_HELD(bytes) before = {0};
	AUTO_HELD(bytes) after = {0};
	AUTO(secret) secret = NULL;

	(void)state;
	assert_int_equal(secret_init(), ERR_OK);
	assert_int_equal(secret_new(8, &secret), ERR_OK);
	memcpy(secret_bytes(secret), "demo1234", 8);
	assert_int_equal(do_apart(look_at_secret, secret, &before), ERR_OK);
	assert_memory_equal(before.data, "demo1234", 8);
	secret_stays_here(secret);
	assert_int_equal(do_apart(look_at_secret, secret, &after), ERR_OK);
	assert_memory_equal(after.data, zeros, 8);
	assert_memory_equal(secret_view(secret), "demo1234", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_comes_back_whole),
		cmocka_unit_test(a_failure_comes_back_with_its_detail),
		cmocka_unit_test(what_crashes_or_says_too_much_has_no_answer),
		cmocka_unit_test(it_reaches_nothing_that_this_process_has),
		cmocka_unit_test(a_secret_that_stays_here_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
