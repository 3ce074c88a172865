/* facts_linux.c - see facts.h; prctl(2), capget(2), seccomp(2), landlock(7), proc(5). */
#include "vault/daemon/facts.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vault/base/confine.h"
#include "vault/base/own.h"

static bool has_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}};

	if (syscall(SYS_capget, &header, data) != 0)
		return true;
	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		if ((data[i].effective | data[i].permitted | data[i].inheritable) != 0)
			return true;
	return false;
}

/* Everybody may list the root folder, and nothing here ever needs to. */
static bool can_list_root(void)
{
	AUTO_FD root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return root >= 0;
}

static bool can_make_network_socket(void)
{
	AUTO_FD made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return made >= 0;
}

static bool can_execute_new_code(void)
{
	const size_t size = 4096;
	void *page = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return false;
	(void)munmap(page, size);
	return true;
}

/* The language, and what the keeper itself says to the TPM's library. */
static bool is_ours(const char *variable)
{
	return strncmp(variable, "LC_", 3) == 0 || strncmp(variable, "LANG", 4) == 0 ||
	       strcmp(variable, "TSS2_LOG=all+none") == 0;
}

static bool has_clean_environment(void)
{
	for (char **variable = environ; variable != NULL && *variable != NULL; variable++)
		if (!is_ours(*variable))
			return false;
	return true;
}

void facts_find_out(struct facts *out_facts)
{
	struct rlimit core = {1, 1};

	(void)getrlimit(RLIMIT_CORE, &core);
	*out_facts = (struct facts){
		.is_dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0,
		.can_dump_core = core.rlim_cur != 0 || core.rlim_max != 0,
		.can_gain_privileges = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1,
		.has_capabilities = has_capabilities(),
		.has_syscall_filter = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER &&
				      confine_violation() == VIOLATION_KILLS,
		.has_file_limits = !can_list_root(),
		.file_limits_version = confine_files_version(),
		.can_make_network_socket = can_make_network_socket(),
		.can_execute_new_code = can_execute_new_code(),
		.has_clean_environment = has_clean_environment(),
	};
}

/* "Inter-|   Receive ..." twice, then a line for each interface: "    lo: ..." */
bool facts_has_no_network(void)
{
	FILE *file = fopen("/proc/self/net/dev", "re");
	char line[512];
	unsigned count = 0;
	bool is_alone = file != NULL;

	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (count++ >= 2 && strncmp(line + strspn(line, " "), "lo:", 3) != 0)
			is_alone = false;
	if (file != NULL)
		(void)fclose(file);
	return is_alone;
}
