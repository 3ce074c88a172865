/* user_linux.c - see user.h; getpwnam(3). */
#include "tool/cli/user.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>

#include "tool/cli/compose.h"

/* An account that is gone may still own certificates: then only its number is left. */
static enum err parse_uid(const char *text, uid_t *out_uid)
{
	char *end = NULL;
	unsigned long number;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number >= (uid_t)-1)
		return err_detail(ERR_NOT_FOUND, "--user %s", text);
	*out_uid = (uid_t)number;
	return ERR_OK;
}

enum err user_of_option(const struct options *options, uid_t *out_uid, bool *out_is_given)
{
	const char *name = options->values[OPTION_USER];
	const struct passwd *user;

	*out_is_given = name != NULL;
	if (name == NULL)
		return ERR_OK;
	user = getpwnam(name);
	if (user == NULL)
		return parse_uid(name, out_uid);
	*out_uid = user->pw_uid;
	return ERR_OK;
}

enum err user_name_of(uid_t uid, char **out_name)
{
	const struct passwd *user = getpwuid(uid);

	return user != NULL ? compose(out_name, "%s", user->pw_name)
			    : compose(out_name, "%u", (unsigned)uid);
}
