/* given_confined.c - see given_confined.h */
#include "tests/unit/base/given_confined.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_NOT_CONFINED = 250, PATIENCE_MICROSECONDS = 300000 };

/* No call that waits for ever, and nothing in reach that a call of zeros could harm: descriptor 0
 * is a file of this process's own, in memory. */
static void prepare(const struct call_list *lists, size_t count)
{
	const struct itimerval patience = {.it_value = {.tv_usec = PATIENCE_MICROSECONDS}};
	int own = memfd_create("own", MFD_CLOEXEC);

	if (dup2(own, STDIN_FILENO) < 0 || dup2(own, STDOUT_FILENO) < 0 ||
	    dup2(own, STDERR_FILENO) < 0)
		_exit(EXIT_NOT_CONFINED);
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)signal(SIGALRM, SIG_DFL);
	if (setitimer(ITIMER_REAL, &patience, NULL) != 0 ||
	    confine_calls(lists, count, VIOLATION_KILLS) != ERR_OK)
		_exit(EXIT_NOT_CONFINED);
}

/* AddressSanitizer prepares for every function that does not return by further calls. */
static void leave(int status)
{
	(void)syscall(SYS_exit_group, status);
}

/* The status that wait says; an abort where the process could not be confined at all. */
static int end_of(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid ||
	    (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NOT_CONFINED))
		abort();
	return status;
}

static bool is_killed(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

int given_confined(const struct call_list *lists, size_t count, confined_call *call)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		prepare(lists, count);
		leave(call() < 0 ? errno : 0);
	}
	status = end_of(pid);
	if (is_killed(status))
		return CONFINED_KILLED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static bool number_passes(const struct call_list *lists, size_t count, int number)
{
	pid_t pid = fork();

	if (pid == 0) {
		prepare(lists, count);
		(void)syscall(number, 0, 0, 0, 0, 0, 0);
		leave(0);
	}
	return !is_killed(end_of(pid));
}

static bool is_named(const struct call_list *lists, size_t count, int number)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < lists[i].count; j++)
			if (seccomp_syscall_resolve_name(lists[i].rules[j].name) == number)
				return true;
	return false;
}

size_t given_confined_cases(const struct call_list *lists, size_t count,
			    const struct confined_case *cases, size_t case_count)
{
	size_t wrong = 0;

	for (size_t i = 0; i < case_count; i++) {
		int end = given_confined(lists, count, cases[i].call);
		if (end == cases[i].end)
			continue;
		(void)printf("%s: %d, expected %d\n", cases[i].what, end, cases[i].end);
		wrong++;
	}
	return wrong;
}

/* uretprobe and uprobe of x86-64: new kernels ask no filter about them, and outside of a probe that
 * the administrator has set they end the process themselves. */
static bool is_beyond_filters(int number)
{
	enum { URETPROBE = 335, UPROBE = 336 };

	return number == URETPROBE || number == UPROBE;
}

size_t given_every_number(const struct call_list *lists, size_t count, const int *others,
			  size_t other_count)
{
	size_t wrong = 0;

	for (int number = 0; number < SYSTEM_CALLS_MAX; number++) {
		bool expected = is_named(lists, count, number);
		bool passes = number_passes(lists, count, number);
		for (size_t i = 0; i < other_count; i++)
			expected = expected && others[i] != number;
		if (passes == expected || is_beyond_filters(number))
			continue;
		(void)printf("system call %d %s\n", number, passes ? "passes" : "is killed");
		wrong++;
	}
	return wrong;
}
