/* confinement_linux.c - see confinement.h
 *
 * A call stands here because a request, the policy's reading or the end of the daemon was seen to
 * need it, or because the C library documents it as another way of the same thing on another
 * version or machine. Fork, execve, ptrace, kill, mount, bpf and their like stand nowhere.
 */
#include "vault/daemon/confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "vault/base/own.h"

/* --- System calls ------------------------------------------------------------------------------
 */

static const struct call_rule memory_and_time[] = {
	CALL_MAY("brk"),
	CALL_MAY("munmap"),
	CALL_MAY("mremap"),
	CALL_MAY("madvise"),
	CALL_MAY("futex"),
	CALL_MAY("getrandom"),
	CALL_MAY("clock_gettime"),
	CALL_MAY("clock_getres"),
	CALL_MAY("clock_nanosleep"),
	CALL_MAY("gettimeofday"),
	CALL_MAY("nanosleep"),
	CALL_MAY("sched_yield"),
	CALL_MAY("sched_getaffinity"),
	CALL_MAY("rt_sigaction"),
	CALL_MAY("rt_sigprocmask"),
	CALL_MAY("rt_sigreturn"),
	CALL_MAY("rt_sigpending"),
	CALL_MAY("rt_sigtimedwait"),
	CALL_MAY("restart_syscall"),
	CALL_MAY("getpid"),
	CALL_MAY("gettid"),
	CALL_MAY("getuid"),
	CALL_MAY("geteuid"),
	CALL_MAY("getgid"),
	CALL_MAY("getegid"),
	CALL_MAY("uname"),
	CALL_MAY("sysinfo"),
	CALL_MAY("set_robust_list"),
	CALL_MAY("rseq"),
	CALL_MAY("exit"),
	CALL_MAY("exit_group"),
	CALL_MAY("read"),
	CALL_MAY("write"),
	CALL_MAY("close"),
	CALL_MAY("fstat"),
	CALL_MAY("newfstatat"),
	CALL_MAY("statx"),
	CALL_MAY("openat"),
	CALL_MAY("lseek"),
	CALL_MAY("pread64"),
};

/* The daemon makes threads, no processes. What glibc asks with clone3 cannot be looked into: it
 * is told that there is none and asks with clone. */
static const struct call_rule daemon_calls[] = {
	CALL_MAY_WHEN("mmap", 2, PROT_EXEC, 0),
	CALL_FAILS_WHEN("mmap", EACCES, 2, PROT_EXEC, PROT_EXEC),
	CALL_MAY_WHEN("mprotect", 2, PROT_EXEC, 0),
	CALL_FAILS_WHEN("mprotect", EACCES, 2, PROT_EXEC, PROT_EXEC),
	CALL_MAY("mlock"),
	CALL_MAY("munlock"),
	CALL_MAY_WHEN("clone", 0, CLONE_THREAD, CLONE_THREAD),
	CALL_FAILS("clone3", ENOSYS),
	CALL_MAY("membarrier"),

	/* Files: SQLite's, the anchor, the policy, and what NSS reads to know a user. */
	CALL_MAY("open"),
	CALL_MAY("stat"),
	CALL_MAY("lstat"),
	CALL_MAY("access"),
	CALL_MAY("faccessat"),
	CALL_MAY("faccessat2"),
	CALL_MAY("readlink"),
	CALL_MAY("readlinkat"),
	CALL_MAY("getcwd"),
	CALL_MAY("getdents64"),
	CALL_MAY("pwrite64"),
	CALL_MAY("readv"),
	CALL_MAY("writev"),
	CALL_MAY("preadv"),
	CALL_MAY("pwritev"),
	CALL_MAY("fsync"),
	CALL_MAY("fdatasync"),
	CALL_MAY("ftruncate"),
	CALL_MAY("fallocate"),
	CALL_MAY("fadvise64"),
	CALL_MAY("fchmod"),
	CALL_MAY("fchown"),
	CALL_MAY("flock"),
	CALL_MAY("unlink"),
	CALL_MAY("unlinkat"),
	CALL_MAY("rename"),
	CALL_MAY("renameat"),
	CALL_MAY("renameat2"),
	CALL_MAY("linkat"),
	CALL_MAY_WHEN("fcntl", 1, UINT32_MAX, F_DUPFD_CLOEXEC),
	CALL_MAY_WHEN("fcntl", 1, UINT32_MAX, F_GETFD),
	CALL_MAY_WHEN("fcntl", 1, UINT32_MAX, F_SETFD),
	CALL_MAY_WHEN("fcntl", 1, UINT32_MAX, F_GETFL),
	CALL_MAY_WHEN("fcntl", 1, UINT32_MAX, F_SETFL),
	CALL_MAY_WHEN("fcntl", 1, UINT32_MAX, F_GETLK),
	CALL_MAY_WHEN("fcntl", 1, UINT32_MAX, F_SETLK),
	CALL_MAY_WHEN("fcntl", 1, UINT32_MAX, F_SETLKW),
	CALL_MAY_WHEN("fcntl", 1, UINT32_MAX, F_OFD_SETLK),
	/* The C library asks whether its output is a terminal. */
	CALL_MAY_WHEN("ioctl", 1, UINT32_MAX, TCGETS),
	CALL_FAILS_UNLESS("ioctl", ENOTTY, 1, TCGETS),

	/* Clients, and NSS asking a service of this computer: only sockets with a file. */
	CALL_MAY_WHEN("socket", 0, UINT64_MAX, AF_UNIX),
	CALL_FAILS_UNLESS("socket", EACCES, 0, AF_UNIX),
	CALL_MAY("connect"),
	CALL_MAY("listen"),
	CALL_MAY("accept4"),
	CALL_MAY("recvmsg"),
	CALL_MAY("recvfrom"),
	CALL_MAY("sendmsg"),
	CALL_MAY("sendto"),
	CALL_MAY("getsockopt"),
	CALL_MAY("setsockopt"),
	CALL_MAY("getsockname"),
	CALL_MAY("getpeername"),
	CALL_MAY("shutdown"),
	CALL_MAY("pipe2"),
	CALL_MAY("poll"),
	CALL_MAY("ppoll"),
	CALL_MAY("epoll_create1"),
	CALL_MAY("epoll_ctl"),
	CALL_MAY("epoll_wait"),
	CALL_MAY("epoll_pwait"),
	CALL_MAY("timerfd_create"),
	CALL_MAY("timerfd_settime"),
	CALL_MAY("timerfd_gettime"),
	CALL_MAY("signalfd4"),
	CALL_MAY("eventfd2"),

	/* A client's process is watched, a late opener ended; both are known by descriptor. */
	CALL_MAY("pidfd_open"),
	CALL_MAY("pidfd_send_signal"),
	CALL_MAY("wait4"),

	/* What status asks about this process itself. */
	CALL_MAY("capget"),
	CALL_MAY_WHEN("prlimit64", 2, UINT64_MAX, 0),
	CALL_MAY("getrlimit"),
	CALL_MAY_WHEN("prctl", 0, UINT32_MAX, PR_GET_DUMPABLE),
	CALL_MAY_WHEN("prctl", 0, UINT32_MAX, PR_GET_NO_NEW_PRIVS),
	CALL_MAY_WHEN("prctl", 0, UINT32_MAX, PR_GET_SECCOMP),
	CALL_MAY_WHEN("prctl", 0, UINT32_MAX, PR_SET_NAME),
	CALL_MAY("landlock_create_ruleset"),
};

/* The starter's own, and all that a program needs to be executed, to load its libraries and to
 * confine itself further: a filter is inherited and can only grow. */
static const struct call_rule starter_calls[] = {
	CALL_MAY("recvmsg"),
	CALL_MAY("sendmsg"),
	CALL_MAY("poll"),
	CALL_MAY("ppoll"),
	CALL_MAY("clone"),
	CALL_FAILS("clone3", ENOSYS),
	CALL_MAY("pidfd_open"),
	CALL_MAY("wait4"),
	CALL_MAY("kill"),
	CALL_MAY("setsid"),
	CALL_MAY("dup2"),
	CALL_MAY("dup3"),
	CALL_MAY("close_range"),
	CALL_MAY("execve"),

	CALL_MAY("mmap"),
	CALL_MAY("mprotect"),
	CALL_MAY("mlock"),
	CALL_MAY("munlock"),
	CALL_MAY("access"),
	CALL_MAY("faccessat"),
	CALL_MAY("faccessat2"),
	CALL_MAY("readlink"),
	CALL_MAY("readlinkat"),
	CALL_MAY("open"),
	CALL_MAY("stat"),
	CALL_MAY("lstat"),
	CALL_MAY("fcntl"),
	CALL_MAY("arch_prctl"),
	CALL_MAY("set_tid_address"),
	CALL_MAY("prctl"),
	CALL_MAY("prlimit64"),
	CALL_MAY("setrlimit"),
	CALL_MAY("getrlimit"),
	CALL_MAY("seccomp"),
	CALL_MAY("landlock_create_ruleset"),
	CALL_MAY("landlock_add_rule"),
	CALL_MAY("landlock_restrict_self"),
};

#define LIST_OF(rules)                   \
	{                                \
		(rules), COUNT_OF(rules) \
	}

static const struct call_list daemon_lists[CONFINEMENT_LISTS] = {LIST_OF(memory_and_time),
								 LIST_OF(daemon_calls)};
static const struct call_list starter_lists[CONFINEMENT_LISTS] = {LIST_OF(memory_and_time),
								  LIST_OF(starter_calls)};

const struct call_list *confinement_daemon_calls(void)
{
	return daemon_lists;
}

const struct call_list *confinement_starter_calls(void)
{
	return starter_lists;
}

/* --- Files -------------------------------------------------------------------------------------
 */

enum { PLACES_MAX = 64 };

/* Places that stay reachable, each with a descriptor of its own; one too many is left out, which
 * takes away and never gives. */
struct places {
	struct file_rule rules[PLACES_MAX];
	size_t count;
};

static void places_clear(struct places *places)
{
	for (size_t i = 0; i < places->count; i++)
		own_close_fd(&places->rules[i].place);
}
OWN_DEFINE_HELD(places, places_clear)

static void add_place(struct places *places, int place, unsigned what)
{
	if (places->count == PLACES_MAX)
		own_close_fd(&place);
	else
		places->rules[places->count++] = (struct file_rule){place, what};
}

static void add_path(struct places *places, const char *path, unsigned what)
{
	add_place(places, open(path, O_PATH | O_CLOEXEC), what);
}

static void add_folder(struct places *places, int folder, unsigned what)
{
	add_place(places, fcntl(folder, F_DUPFD_CLOEXEC, 0), what);
}

/* Sanitizers write their reports wherever a test wants them, and read programs to name lines. */
static enum err confine(const struct places *places, const struct call_list *calls, bool may_signal,
			unsigned *out_version)
{
	*out_version = 0;
	if (!KINKO_SANITIZED)
		TRY(confine_files(places->rules, places->count, may_signal, out_version));
	return confine_calls(calls, CONFINEMENT_LISTS, confine_violation());
}

enum err confine_daemon(const struct folders *folders, unsigned *out_version)
{
	AUTO_HELD(places) places = {.count = 0};

	add_folder(&places, folders->state, FILES_READ | FILES_LIST | FILES_CHANGE);
	add_folder(&places, folders->anchor, FILES_READ | FILES_LIST | FILES_CHANGE);
	add_folder(&places, folders->config, FILES_READ | FILES_LIST);
	add_folder(&places, folders->run, FILES_REMOVE);
	add_path(&places, "/dev/null", FILES_READ | FILES_WRITE);
	add_path(&places, "/dev/urandom", FILES_READ);
	add_path(&places, "/dev/tpmrm0", FILES_READ | FILES_WRITE); /* opened anew after trouble */
	add_path(&places, "/sys/devices/system/cpu", FILES_READ);
	/* Who a name of the policy is: files of the whole folder, since tools replace them, and
	 * what services of this computer keep for asking them. */
	add_path(&places, "/etc", FILES_READ | FILES_LIST);
	add_path(&places, "/run/systemd/userdb", FILES_READ | FILES_LIST);
	add_path(&places, "/var/lib/sss/mc", FILES_READ);
	/* The opener belongs to the starter's confinement, and the daemon ends it by a signal. */
	return confine(&places, daemon_lists, true, out_version);
}

/* The folder of a library that this process has loaded: the opener uses no others. */
static int add_library(struct dl_phdr_info *object, size_t size, void *context)
{
	char path[PATH_MAX];
	char *slash;

	(void)size;
	if (object->dlpi_name == NULL || object->dlpi_name[0] != '/' ||
	    realpath(object->dlpi_name, path) == NULL || (slash = strrchr(path, '/')) == NULL)
		return 0;
	*slash = '\0';
	add_path(context, path, FILES_READ);
	return 0;
}

/* The loader, which the kernel executes with the program: that of this program is that of every
 * other (ELF, PT_INTERP). The first object is the program itself. */
static int add_loader(struct dl_phdr_info *object, size_t size, void *context)
{
	(void)size;
	for (size_t i = 0; i < object->dlpi_phnum; i++)
		if (object->dlpi_phdr[i].p_type == PT_INTERP)
			add_path(context,
				 (const char *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr),
				 FILES_RUN);
	return 1;
}

enum err confine_starter(const char *program)
{
	AUTO_HELD(places) places = {.count = 0};
	unsigned version;

	add_path(&places, program, FILES_RUN);
	(void)dl_iterate_phdr(add_loader, &places);
	(void)dl_iterate_phdr(add_library, &places);
	add_path(&places, "/etc/ld.so.cache", FILES_READ);
	return confine(&places, starter_lists, false, &version);
}
