/* sandbox_linux.c - see sandbox_linux.h; prctl(2), setrlimit(2) */
#include "vault/opener/sandbox_linux.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

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
	return set_limits(limits, COUNT_OF(limits));
}
