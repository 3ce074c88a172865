/* sandbox_linux.c - see sandbox_linux.h; prctl(2), setrlimit(2), seccomp(2), landlock(7)
 *
 * Nothing is loaded or opened after this: OpenSSL and its providers are there, and random numbers
 * come from getrandom(2). A violation ends the process, and who asked sees an opener that failed.
 */
#include "vault/opener/sandbox_linux.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static enum err failed(const char *call)
{
	return err_note(ERR_INTERNAL, "%s: %s", call, strerror(errno));
}

struct limit {
	__rlimit_resource_t resource;
	rlim_t value;
	const char *name;
};

static enum err set_limits(const struct limit *limits, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct rlimit limit = {.rlim_cur = limits[i].value, .rlim_max = limits[i].value};
		if (setrlimit(limits[i].resource, &limit) != 0)
			return failed(limits[i].name);
	}
	return ERR_OK;
}

static const struct call_rule calls[] = {
	CALL_MAY_WHEN("read", 0, UINT64_MAX, STDIN_FILENO),
	CALL_MAY_WHEN("write", 0, UINT64_MAX, STDOUT_FILENO),
	CALL_MAY_WHEN("mmap", 2, PROT_EXEC, 0),
	CALL_MAY_WHEN("mprotect", 2, PROT_EXEC, 0),
	CALL_MAY("munmap"),
	CALL_MAY("mremap"),
	CALL_MAY("madvise"),
	CALL_MAY("mlock"),
	CALL_MAY("munlock"),
	CALL_MAY("brk"),
	CALL_MAY("futex"),
	CALL_MAY("getrandom"),
	CALL_MAY("clock_gettime"),
	CALL_MAY("gettimeofday"),
	CALL_MAY("getpid"),
	CALL_MAY("gettid"),
	CALL_MAY("sysinfo"), /* qsort of much asks how much memory there is */
	CALL_MAY("rt_sigaction"),
	CALL_MAY("rt_sigprocmask"),
	CALL_MAY("rt_sigreturn"),
	CALL_MAY("restart_syscall"),
	CALL_MAY("exit"),
	CALL_MAY("exit_group"),
};

struct call_list sandbox_calls(void)
{
	return (struct call_list){calls, COUNT_OF(calls)};
}

/* No file at all. A kernel without Landlock still refuses to open any by the list of calls. */
static enum err confine(void)
{
	const struct call_list list = sandbox_calls();
	unsigned version;

	if (!KINKO_SANITIZED) /* which writes its reports to files */
		TRY(confine_files(NULL, 0, false, &version));
	return confine_calls(&list, 1, confine_violation());
}

enum err sandbox_enter(void)
{
	static const struct limit limits[] = {
		{RLIMIT_CORE, 0, "RLIMIT_CORE"},
		{RLIMIT_FSIZE, 0, "RLIMIT_FSIZE"},
		{RLIMIT_NOFILE, SANDBOX_DESCRIPTORS, "RLIMIT_NOFILE"},
		{RLIMIT_NPROC, 0, "RLIMIT_NPROC"},
	};
	/* The soft limit ends it with SIGXCPU, which its parent understands. */
	const struct rlimit cpu = {.rlim_cur = SANDBOX_CPU_SECONDS,
				   .rlim_max = SANDBOX_CPU_SECONDS + 1};
	const struct limit memory = {RLIMIT_AS, (rlim_t)SANDBOX_MEMORY_MIB << 20, "RLIMIT_AS"};

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return failed("PR_SET_DUMPABLE");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return failed("PR_SET_NO_NEW_PRIVS");
	if (setrlimit(RLIMIT_CPU, &cpu) != 0)
		return failed("RLIMIT_CPU");
	if (!KINKO_SANITIZED)
		TRY(set_limits(&memory, 1));
	TRY(set_limits(limits, COUNT_OF(limits)));
	return confine();
}
