/* database_file_linux.c - see database_file.h */
#include "vault/store/database_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/base/own.h"

/* Far above any real vault; a sparse giant is refused before it is walked through. */
#define DATABASE_SIZE_MAX ((off_t)8 * 1024 * 1024 * 1024)

/* SQLite opens by path only. The folder's real path has no symbolic link left in it, and
 * SQLITE_OPEN_NOFOLLOW refuses one that appears later. */
enum err database_file_path(int folder, const char *name, char **out_path)
{
	char link[64];
	char path[PATH_MAX];
	ssize_t size;
	size_t needed;
	char *whole;

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
	size = readlink(link, path, sizeof path);
	if (size <= 0 || (size_t)size >= sizeof path)
		return err_note(ERR_DISK, "cannot name the vault's folder: %s", strerror(errno));
	path[size] = '\0';
	needed = (size_t)size + 1 + strlen(name) + 1;
	whole = malloc(needed);
	if (whole == NULL)
		return ERR_MEMORY;
	(void)snprintf(whole, needed, "%s/%s", path, name);
	*out_path = whole;
	return ERR_OK;
}

static enum err refuse(const char *name, const char *why)
{
	return err_note(ERR_VAULT_DAMAGED, "%s %s", name, why);
}

static enum err check_one(const char *name, const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		return refuse(name, "is not a regular file");
	if (status->st_nlink != 1)
		return refuse(name, "has a second name");
	if (status->st_uid != geteuid())
		return refuse(name, "belongs to another user");
	if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return refuse(name, "may be written by others");
	if (status->st_size > DATABASE_SIZE_MAX)
		return refuse(name, "is larger than any vault");
	return ERR_OK;
}

enum err database_file_check(int folder)
{
	struct stat status;

	if (fstatat(folder, DATABASE_NAME, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return refuse(DATABASE_NAME, "is missing");
	TRY(check_one(DATABASE_NAME, &status));
	if (fstatat(folder, DATABASE_NAME_LOG, &status, AT_SYMLINK_NOFOLLOW) == 0)
		TRY(check_one(DATABASE_NAME_LOG, &status));
	/* SQLite would roll it back into the database without asking. */
	if (file_exists(folder, DATABASE_NAME_JOURNAL))
		return refuse(DATABASE_NAME_JOURNAL, "is not ours");
	return ERR_OK;
}

bool database_file_has_log(int folder)
{
	struct stat status;

	return fstatat(folder, DATABASE_NAME_LOG, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       status.st_size > 0;
}

enum err database_file_begin(int folder)
{
	static const char *const leftovers[] = {DATABASE_NAME_NEW, DATABASE_NAME_NEW "-wal",
						DATABASE_NAME_NEW "-journal",
						DATABASE_NAME_NEW "-shm"};

	for (size_t i = 0; i < COUNT_OF(leftovers); i++)
		TRY(file_remove(folder, leftovers[i]));
	return file_create(folder, DATABASE_NAME_NEW, S_IRUSR | S_IWUSR, NULL, 0);
}

enum err database_file_finish(int folder)
{
	AUTO_FD file = openat(folder, DATABASE_NAME_NEW, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (file < 0 || fsync(file) != 0 ||
	    renameat(folder, DATABASE_NAME_NEW, folder, DATABASE_NAME) != 0)
		return err_note(ERR_DISK, "cannot finish the new database: %s", strerror(errno));
	return file_sync_folder(folder);
}
