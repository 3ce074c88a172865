/* What code could do that an original has taken over: from inside the opener's list of calls. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/base/given_calls.h"
#include "tests/unit/base/given_confined.h"
#include "vault/opener/sandbox_linux.h"

static long open_the_old_way(void)
{
	return syscall(SYS_open, "/dev/null", O_WRONLY);
}

static long make_thread(void)
{
	return syscall(SYS_clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, NULL, NULL, NULL, NULL);
}

static long write_answer(void)
{
	return syscall(SYS_write, STDOUT_FILENO, "x", 1);
}

static long write_to_its_input(void)
{
	return syscall(SYS_write, STDIN_FILENO, "x", 1);
}

static long write_elsewhere(void)
{
	return syscall(SYS_write, STDERR_FILENO, "x", 1);
}

static long read_job(void)
{
	char byte;

	return syscall(SYS_read, STDIN_FILENO, &byte, 1);
}

static long read_elsewhere(void)
{
	char byte;

	return syscall(SYS_read, 7, &byte, 1);
}

static long raise_a_limit(void)
{
	return syscall(SYS_prlimit64, 0, 0, NULL, NULL);
}

static void reading_writing_and_memory_are_left_and_nothing_else(void **state)
{
	static const struct confined_case cases[] = {
		{"open a file", open_file, CONFINED_KILLED},
		{"open the old way", open_the_old_way, CONFINED_KILLED},
		{"make a socket", make_unix_socket, CONFINED_KILLED},
		{"execute", execute, CONFINED_KILLED},
		{"make a process", make_process, CONFINED_KILLED},
		{"make a thread", make_thread, CONFINED_KILLED},
		{"trace", trace, CONFINED_KILLED},
		{"send a signal", send_a_signal, CONFINED_KILLED},
		{"map code", map_code, CONFINED_KILLED},
		{"make code of data", make_code, CONFINED_KILLED},
		{"map data", map_data, 0},
		{"write the answer", write_answer, 0},
		{"write to the input", write_to_its_input, CONFINED_KILLED},
		{"write elsewhere", write_elsewhere, CONFINED_KILLED},
		{"read the job", read_job, 0},
		{"read elsewhere", read_elsewhere, CONFINED_KILLED},
		{"become readable", become_readable, CONFINED_KILLED},
		{"raise a limit", raise_a_limit, CONFINED_KILLED},
	};
	const struct call_list list = sandbox_calls();

	(void)state;
	assert_int_equal(given_confined_cases(&list, 1, cases, COUNT_OF(cases)), 0);
}

/* A write of six zeros goes to the input, which is not its to write. */
static void every_other_call_of_the_kernel_ends_it(void **state)
{
	static const int others[] = {SYS_write};
	const struct call_list list = sandbox_calls();

	(void)state;
	assert_int_equal(given_every_number(&list, 1, others, COUNT_OF(others)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_writing_and_memory_are_left_and_nothing_else),
		cmocka_unit_test(every_other_call_of_the_kernel_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
