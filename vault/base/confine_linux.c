/* confine_linux.c - see confine.h; seccomp(2) through libseccomp, landlock(7).
 *
 * Landlock's numbers are written out: the C library's headers may be older than the kernel.
 */
#include "vault/base/confine.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vault/base/own.h"

static enum err refused(const char *what, int error)
{
	return err_note(ERR_INTERNAL, "%s: %s", what, strerror(error));
}

/* --- System calls ------------------------------------------------------------------------------
 */

enum call_violation confine_violation(void)
{
	return KINKO_SANITIZED ? VIOLATION_PASSES : VIOLATION_KILLS;
}

static int add_rule(scmp_filter_ctx filter, const struct call_rule *rule)
{
	uint32_t action =
		rule->refusal == 0 ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO((uint32_t)rule->refusal);
	int call = seccomp_syscall_resolve_name(rule->name);

	if (call == __NR_SCMP_ERROR)
		return -ENOSYS;
	switch (rule->which) {
	case CALL_ANY:
		return seccomp_rule_add(filter, action, call, 0);
	case CALL_WHEN:
		return seccomp_rule_add(
			filter, action, call, 1,
			SCMP_CMP64(rule->argument, SCMP_CMP_MASKED_EQ, rule->mask, rule->value));
	case CALL_UNLESS:
		return seccomp_rule_add(filter, action, call, 1,
					SCMP_CMP64(rule->argument, SCMP_CMP_NE, rule->value));
	}
	return -EINVAL;
}

/* Where everything may be made anyway, only refusals are rules. */
static enum err add_list(scmp_filter_ctx filter, const struct call_list *list,
			 enum call_violation violation)
{
	for (size_t i = 0; i < list->count; i++) {
		if (violation == VIOLATION_PASSES && list->rules[i].refusal == 0)
			continue;
		int answer = add_rule(filter, &list->rules[i]);
		if (answer != 0)
			return refused(list->rules[i].name, -answer);
	}
	return ERR_OK;
}

static enum err load(scmp_filter_ctx filter, const struct call_list *lists, size_t count,
		     enum call_violation violation)
{
	int answer = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	if (answer != 0)
		return refused("SCMP_FLTATR_CTL_TSYNC", -answer);
	for (size_t i = 0; i < count; i++)
		TRY(add_list(filter, &lists[i], violation));
	answer = seccomp_load(filter);
	return answer != 0 ? refused("seccomp_load", -answer) : ERR_OK;
}

enum err confine_calls(const struct call_list *lists, size_t count, enum call_violation violation)
{
	scmp_filter_ctx filter = seccomp_init(
		violation == VIOLATION_PASSES ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS);
	enum err err;

	if (filter == NULL)
		return refused("seccomp_init", ENOMEM);
	err = load(filter, lists, count, violation);
	seccomp_release(filter);
	return err;
}

/* --- Files -------------------------------------------------------------------------------------
 */

/* linux/landlock.h, as far as version 7 */
enum {
	LL_EXECUTE = 1 << 0,
	LL_WRITE_FILE = 1 << 1,
	LL_READ_FILE = 1 << 2,
	LL_READ_DIR = 1 << 3,
	LL_REMOVE_FILE = 1 << 5,
	LL_MAKE_REG = 1 << 8,
	LL_TRUNCATE = 1 << 14,
	LL_ALL_OF_1 = (1 << 13) - 1,
	LL_ALL_OF_2 = (1 << 14) - 1, /* linking and renaming between folders */
	LL_ALL_OF_3 = (1 << 15) - 1, /* truncating */
	LL_ALL_OF_5 = (1 << 16) - 1, /* ioctl of devices */
	LL_TCP = (1 << 2) - 1,       /* 4: bind and connect */
	LL_ABSTRACT = 1 << 0,        /* 6: sockets of abstract name */
	LL_SIGNAL = 1 << 1,          /* 6 */
	LL_FLAG_VERSION = 1 << 0,
	LL_RULE_PATH_BENEATH = 1,
	LL_OF_A_FILE = LL_EXECUTE | LL_WRITE_FILE | LL_READ_FILE | LL_TRUNCATE,
};

struct ruleset {
	uint64_t files;
	uint64_t network; /* since version 4 */
	uint64_t scope;   /* since version 6 */
};

struct path_beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

unsigned confine_files_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LL_FLAG_VERSION);

	return version < 0 ? 0 : (unsigned)version;
}

static uint64_t all_of(unsigned version)
{
	if (version >= 5)
		return LL_ALL_OF_5;
	if (version >= 3)
		return LL_ALL_OF_3;
	return version == 2 ? LL_ALL_OF_2 : LL_ALL_OF_1;
}

/* An older kernel refuses fields that it does not know. */
static size_t ruleset_size(unsigned version)
{
	if (version >= 6)
		return sizeof(struct ruleset);
	return version >= 4 ? offsetof(struct ruleset, scope) : offsetof(struct ruleset, network);
}

static uint64_t rights(unsigned what)
{
	static const struct {
		unsigned bit;
		uint64_t rights;
	} table[] = {
		{FILES_READ, LL_READ_FILE},
		{FILES_LIST, LL_READ_DIR},
		{FILES_RUN, LL_EXECUTE | LL_READ_FILE},
		{FILES_WRITE, LL_WRITE_FILE | LL_TRUNCATE},
		{FILES_CHANGE, LL_WRITE_FILE | LL_TRUNCATE | LL_MAKE_REG | LL_REMOVE_FILE},
		{FILES_REMOVE, LL_REMOVE_FILE},
	};
	uint64_t sum = 0;

	for (size_t i = 0; i < COUNT_OF(table); i++)
		sum |= (what & table[i].bit) != 0 ? table[i].rights : 0;
	return sum;
}

static enum err allow(int ruleset, const struct file_rule *rule, uint64_t known)
{
	struct path_beneath beneath = {.allowed = rights(rule->what) & known,
				       .parent = rule->place};
	struct stat status;

	if (rule->place < 0)
		return ERR_OK;
	if (fstat(rule->place, &status) != 0)
		return refused("fstat", errno);
	if (!S_ISDIR(status.st_mode))
		beneath.allowed &= LL_OF_A_FILE;
	return syscall(SYS_landlock_add_rule, ruleset, LL_RULE_PATH_BENEATH, &beneath, 0) != 0
		       ? refused("landlock_add_rule", errno)
		       : ERR_OK;
}

/* Every thread is a folder there, and a folder has a link from each one in it (proc(5)). */
static bool has_other_threads(void)
{
	struct stat threads;

	return stat("/proc/self/task", &threads) == 0 && threads.st_nlink > 2 + 1;
}

enum err confine_files(const struct file_rule *rules, size_t count, bool may_signal,
		       unsigned *out_version)
{
	unsigned version = confine_files_version();
	struct ruleset wanted = {.files = all_of(version),
				 .network = LL_TCP,
				 .scope = LL_ABSTRACT | (may_signal ? 0U : LL_SIGNAL)};
	AUTO_FD ruleset = -1;

	*out_version = 0;
	if (version == 0)
		return ERR_OK;
	if (has_other_threads())
		return err_note(ERR_INTERNAL, "landlock: a thread would not be confined");
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &wanted, ruleset_size(version), 0);
	if (ruleset < 0)
		return refused("landlock_create_ruleset", errno);
	for (size_t i = 0; i < count; i++)
		TRY(allow(ruleset, &rules[i], wanted.files));
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		return refused("landlock_restrict_self", errno);
	*out_version = version;
	return ERR_OK;
}
