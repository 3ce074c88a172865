/* ids_linux.c - see ids.h; getpwnam_r(3) and getgrnam_r(3). */
#include "policy/ids.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

/* A group with thousands of members needs a large buffer; past this it is a fault. */
enum { BUFFER_FIRST = 4096, BUFFER_MAX = 16 * 1024 * 1024 };

/* 0, or an errno; *out_is_found as the C library answered. */
static int look_up_once(enum ids_kind kind, const char *name, char *buffer, size_t size,
			bool *out_is_found, uint32_t *out_id)
{
	struct passwd user;
	struct passwd *found_user = NULL;
	struct group group;
	struct group *found_group = NULL;
	int failed = kind == IDS_USERS ? getpwnam_r(name, &user, buffer, size, &found_user)
				       : getgrnam_r(name, &group, buffer, size, &found_group);

	*out_is_found = found_user != NULL || found_group != NULL;
	if (failed == 0 && *out_is_found)
		*out_id = kind == IDS_USERS ? user.pw_uid : group.gr_gid;
	return failed;
}

/* "The specified name was not found" has many numbers: getpwnam(3), ERRORS. */
static bool means_unknown(int failed)
{
	return failed == 0 || failed == ENOENT || failed == ESRCH || failed == EBADF ||
	       failed == EPERM;
}

enum err ids_look_up(enum ids_kind kind, const char *name, enum ids_answer *out_answer,
		     uint32_t *out_id)
{
	for (size_t size = BUFFER_FIRST; size <= BUFFER_MAX; size *= 2) {
		AUTO_TEXT buffer = malloc(size);
		bool is_found = false;
		int failed;

		if (buffer == NULL)
			return ERR_MEMORY;
		failed = look_up_once(kind, name, buffer, size, &is_found, out_id);
		if (failed == ERANGE || failed == EINTR)
			continue;
		if (!is_found && !means_unknown(failed))
			return err_note(ERR_INTERNAL, "the list of users cannot be read: %s",
					strerror(failed));
		*out_answer = is_found ? IDS_FOUND : IDS_UNKNOWN;
		return ERR_OK;
	}
	return err_note(ERR_INTERNAL, "the entry of a user or group is too large");
}
