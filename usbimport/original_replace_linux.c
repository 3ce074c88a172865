/* original_replace_linux.c - puts a rebuilt original in the place of the old one (original.h).
 *
 * The old file is whole until the new one has been proven beside it, and the name never lacks one.
 */
#include "usbimport/original.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "usbimport/checksum.h"
#include "usbimport/medium.h"

static enum err split(const char *path, char **out_folder, const char **out_name);
static enum err replace_in(int folder, const char *name, const struct original *original,
			   const struct secret *bytes);
static enum err correct_checksum(int folder, const char *name, const char *path,
				 const struct secret *bytes);

/* Here the medium may be any folder: the stick's own failures become "could not be written". */
static enum err as_output(enum err err, const char *path)
{
	AUTO_TEXT reason = NULL;

	if (err == ERR_OK || err == ERR_MEMORY || err == ERR_ORIGINAL_NOT_FILE ||
	    err == ERR_ORIGINAL_UNREADABLE || err == ERR_ORIGINAL_CHANGED)
		return err;
	reason = strdup(err == ERR_STICK_FOLDER ? err_detail_text() : path);
	if (reason == NULL)
		return ERR_MEMORY;
	return err_note(err_detail(ERR_OUTPUT, "%s", reason), "%s", err_word(err));
}

enum err original_replace(const struct original *original, const struct secret *bytes)
{
	const char *path = original->path;
	AUTO_TEXT parent = NULL;
	const char *name = NULL;
	AUTO_FD folder = -1;

	TRY(split(path, &parent, &name));
	TRY(as_output(medium_open_folder(parent, &folder), path));
	TRY(as_output(medium_lock(folder, path), path));
	TRY(as_output(replace_in(folder, name, original, bytes), path));
	return as_output(correct_checksum(folder, name, path, bytes), path);
}

static enum err split(const char *path, char **out_folder, const char **out_name)
{
	const char *slash = strrchr(path, '/');

	*out_name = slash == NULL ? path : slash + 1;
	if (slash == NULL)
		*out_folder = strdup(".");
	else
		*out_folder = slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
	return *out_folder == NULL ? ERR_MEMORY : ERR_OK;
}

static enum err replace_in(int folder, const char *name, const struct original *original,
			   const struct secret *bytes)
{
	const char *path = original->path;
	struct stat old;

	if (fstatat(folder, name, &old, AT_SYMLINK_NOFOLLOW) != 0)
		return err_detail(ERR_ORIGINAL_UNREADABLE, "%s (%s)", path, strerror(errno));
	if (!S_ISREG(old.st_mode))
		return err_detail(ERR_ORIGINAL_NOT_FILE, "%s", path);
	return medium_replace(folder, name, old.st_mode & 0777, path, original->bytes, bytes);
}

static enum err correct_checksum(int folder, const char *name, const char *path,
				 const struct secret *bytes)
{
	AUTO_TEXT checksum = NULL;
	AUTO_TEXT checksum_path = NULL;
	AUTO(secret) line = NULL;
	struct stat there;

	if (asprintf(&checksum, "%s.sha256", name) < 0 ||
	    asprintf(&checksum_path, "%s.sha256", path) < 0)
		return ERR_MEMORY;
	if (fstatat(folder, checksum, &there, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT || errno == ENAMETOOLONG
			       ? ERR_OK
			       : medium_failure(errno, checksum_path);
	if (!S_ISREG(there.st_mode))
		return ERR_OK; /* none of ours */
	TRY(checksum_line(name, bytes, &line));
	return medium_replace(folder, checksum, there.st_mode & 0777, checksum_path, NULL, line);
}
