/* given_calls.h - what code that has taken a process over would try first, as system calls for
 * given_confined_cases.
 */
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline long open_file(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);
}

static inline long make_unix_socket(void)
{
	return syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
}

static inline long execute(void)
{
	char *const nothing[] = {NULL};

	return syscall(SYS_execve, "/nonexistent", nothing, nothing);
}

static inline long make_process(void)
{
	return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static inline long trace(void)
{
	return syscall(SYS_ptrace, PTRACE_ATTACH, getpid(), 0, 0);
}

static inline long send_a_signal(void)
{
	return syscall(SYS_kill, getpid(), 0);
}

static inline long map(int protection)
{
	return syscall(SYS_mmap, NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == -1
		       ? -1
		       : 0;
}

static inline long map_code(void)
{
	return map(PROT_READ | PROT_EXEC);
}

static inline long map_data(void)
{
	return map(PROT_READ | PROT_WRITE);
}

static inline long make_code(void)
{
	long page = syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC);
}

static inline long become_readable(void)
{
	return syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
}
