/* What code could do that a client has taken over: from inside the daemon's and the starter's
 * lists of calls. */
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/base/given_calls.h"
#include "tests/unit/base/given_confined.h"
#include "vault/daemon/confinement.h"

static long make_internet_socket(void)
{
	return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static long make_netlink_socket(void)
{
	return syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0);
}

static long bind_socket(void)
{
	return syscall(SYS_bind, STDIN_FILENO, NULL, 0);
}

static long ask_clone3(void)
{
	return syscall(SYS_clone3, NULL, 0);
}

static long read_another_process(void)
{
	return syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0);
}

static long take_a_descriptor(void)
{
	return syscall(SYS_pidfd_getfd, STDIN_FILENO, 0, 0);
}

static long ask_whether_readable(void)
{
	return syscall(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0);
}

static long read_a_limit(void)
{
	struct rlimit limit;

	return syscall(SYS_prlimit64, 0, RLIMIT_CORE, NULL, &limit);
}

static long set_a_limit(void)
{
	const struct rlimit limit = {0, 0};

	return syscall(SYS_prlimit64, 0, RLIMIT_CORE, &limit, NULL);
}

static long become_another_user(void)
{
	return syscall(SYS_setresuid, 0, 0, 0);
}

static long enter_a_namespace(void)
{
	return syscall(SYS_unshare, CLONE_NEWUSER);
}

static long push_into_a_terminal(void)
{
	return syscall(SYS_ioctl, STDIN_FILENO, 0x5412 /* TIOCSTI */, "x");
}

static void the_daemon_makes_no_process_no_code_and_no_network(void **state)
{
	static const struct confined_case cases[] = {
		{"open a file", open_file, 0},
		{"make a socket with a file", make_unix_socket, 0},
		{"make a socket of the internet", make_internet_socket, EACCES},
		{"make a socket of the kernel", make_netlink_socket, EACCES},
		{"bind", bind_socket, CONFINED_KILLED},
		{"execute", execute, CONFINED_KILLED},
		{"make a process", make_process, CONFINED_KILLED},
		{"ask clone3", ask_clone3, ENOSYS},
		{"trace", trace, CONFINED_KILLED},
		{"read another process", read_another_process, CONFINED_KILLED},
		{"take a descriptor", take_a_descriptor, CONFINED_KILLED},
		{"send a signal", send_a_signal, CONFINED_KILLED},
		{"map code", map_code, EACCES},
		{"make code of data", make_code, EACCES},
		{"map data", map_data, 0},
		{"become readable", become_readable, CONFINED_KILLED},
		{"ask whether it is readable", ask_whether_readable, 0},
		{"read a limit", read_a_limit, 0},
		{"set a limit", set_a_limit, CONFINED_KILLED},
		{"become another user", become_another_user, CONFINED_KILLED},
		{"enter a namespace", enter_a_namespace, CONFINED_KILLED},
		{"push into a terminal", push_into_a_terminal, ENOTTY},
	};

	(void)state;
	assert_int_equal(given_confined_cases(confinement_daemon_calls(), CONFINEMENT_LISTS, cases,
					      COUNT_OF(cases)),
			 0);
}

static void the_starter_executes_and_reaches_nobody(void **state)
{
	static const struct confined_case cases[] = {
		{"execute", execute, ENOENT},
		{"make a socket", make_unix_socket, CONFINED_KILLED},
		{"bind", bind_socket, CONFINED_KILLED},
		{"trace", trace, CONFINED_KILLED},
		{"read another process", read_another_process, CONFINED_KILLED},
		{"take a descriptor", take_a_descriptor, CONFINED_KILLED},
		{"become another user", become_another_user, CONFINED_KILLED},
		{"enter a namespace", enter_a_namespace, CONFINED_KILLED},
		{"push into a terminal", push_into_a_terminal, CONFINED_KILLED},
	};

	(void)state;
	assert_int_equal(given_confined_cases(confinement_starter_calls(), CONFINEMENT_LISTS, cases,
					      COUNT_OF(cases)),
			 0);
}

/* Of six zeros, clone makes a process, which the daemon may not, and fcntl and prctl ask what no
 * rule names. */
static void every_call_that_is_not_named_ends_the_daemon(void **state)
{
	static const int others[] = {SYS_clone, SYS_fcntl, SYS_prctl};

	(void)state;
	assert_int_equal(given_every_number(confinement_daemon_calls(), CONFINEMENT_LISTS, others,
					    COUNT_OF(others)),
			 0);
}

static void every_call_that_is_not_named_ends_the_starter(void **state)
{
	(void)state;
	assert_int_equal(
		given_every_number(confinement_starter_calls(), CONFINEMENT_LISTS, NULL, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_daemon_makes_no_process_no_code_and_no_network),
		cmocka_unit_test(the_starter_executes_and_reaches_nobody),
		cmocka_unit_test(every_call_that_is_not_named_ends_the_daemon),
		cmocka_unit_test(every_call_that_is_not_named_ends_the_starter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
