/* sandbox_linux.c - see sandbox.h; prctl(2), capabilities(7), unshare(2). */
#include "vault/daemon/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DESCRIPTORS_WANTED = 8192, LOCKED_BYTES_WANTED = 512 * 1024 * 1024 };

static enum err refused(const char *what)
{
	return err_note(ERR_INTERNAL, "%s: %s", what, strerror(errno));
}

/* The kernel sets it anew at every change of user (prctl(2)), so it is repeated after each. */
static enum err forbid_dumping(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ? refused("PR_SET_DUMPABLE") : ERR_OK;
}

/* A wish: as much as the hard limit allows. Root may raise that too. */
static void raise_limit(__rlimit_resource_t resource, rlim_t wanted)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) != 0)
		return;
	if (geteuid() == 0 && limit.rlim_max != RLIM_INFINITY && limit.rlim_max < wanted &&
	    resource == RLIMIT_MEMLOCK)
		limit.rlim_max = wanted;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	(void)setrlimit(resource, &limit);
}

enum err sandbox_begin(void)
{
	const struct rlimit none = {0, 0};

	TRY(forbid_dumping());
	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return refused("RLIMIT_CORE");
	(void)umask(077);
	raise_limit(RLIMIT_NOFILE, DESCRIPTORS_WANTED);
	raise_limit(RLIMIT_MEMLOCK, LOCKED_BYTES_WANTED);
	return ERR_OK;
}

enum err sandbox_leave_network(void)
{
	return unshare(CLONE_NEWNET | CLONE_NEWIPC) != 0 ? refused("unshare") : ERR_OK;
}

/* Only who has the right can: so before the rights go. For others no_new_privs says the same. */
static void lower_bounding_set(void)
{
	for (unsigned long i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
		(void)prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
}

enum err sandbox_drop_to(uid_t uid, gid_t gid, gid_t also)
{
	lower_bounding_set();
	if (setgroups(also == gid ? 0 : 1, &also) != 0)
		return refused("setgroups");
	if (setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
		return refused("setresuid");
	/* Proof, because a drop that did not take place must never go unnoticed. */
	if (setresuid((uid_t)-1, 0, (uid_t)-1) == 0)
		return err_note(ERR_INTERNAL, "the rights of root could be taken back");
	return forbid_dumping();
}

/* A unit that has none to begin with forbids even the call that drops them. */
static enum err drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct held[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}};
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}};

	lower_bounding_set();
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capget, &header, held) == 0 && memcmp(held, none, sizeof none) == 0)
		return ERR_OK;
	return syscall(SYS_capset, &header, none) != 0 ? refused("capset") : ERR_OK;
}

enum err sandbox_close(void)
{
	TRY(drop_capabilities());
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return refused("PR_SET_NO_NEW_PRIVS");
	return forbid_dumping();
}

size_t sandbox_descriptor_limit(void)
{
	struct rlimit limit = {0, 0};

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	return (size_t)limit.rlim_cur;
}
