/* owner_linux.c - see owner.h; setresuid(2). */
#include "vault/daemon/owner.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "vault/base/place.h"

enum err owner_of_system(struct owner *out_owner)
{
	const struct passwd *user = getpwnam(PLACE_USER);

	if (user == NULL)
		return ERR_NO_USER;
	if (geteuid() != 0 && geteuid() != user->pw_uid)
		return ERR_NEED_ROOT;
	*out_owner = (struct owner){
		.uid = user->pw_uid, .gid = user->pw_gid, .must_drop = geteuid() == 0};
	return ERR_OK;
}

struct owner owner_of_private(void)
{
	return (struct owner){.uid = geteuid(), .gid = getegid(), .must_drop = false};
}

static enum err become(uid_t uid, gid_t gid)
{
	/* Whichever way: the step that needs root comes while this is root. */
	if (geteuid() != 0 && seteuid(0) != 0)
		return err_note(ERR_INTERNAL, "seteuid: %s", strerror(errno));
	if (setegid(gid) != 0 || seteuid(uid) != 0)
		return err_note(ERR_INTERNAL, "setegid, seteuid: %s", strerror(errno));
	return ERR_OK;
}

enum err owner_begin(const struct owner *owner)
{
	return owner->must_drop ? become(owner->uid, owner->gid) : ERR_OK;
}

enum err owner_end(const struct owner *owner)
{
	return owner->must_drop ? become(0, 0) : ERR_OK;
}
