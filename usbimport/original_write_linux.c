/* original_write_linux.c - brings an original onto a medium and proves it there (original.h).
 *
 * How an original comes to its name, and what a power cut or a pulled stick leaves behind:
 *
 *   step                                    left behind when it ends here
 *   .NAME.new written and synced            a hidden rest, replaced by the next try
 *   .NAME.new read back and compared        the same
 *   renamed to NAME, never over another     NAME, whole; the next try finds it and goes on
 *   folder synced, NAME read back           NAME, whole
 *   NAME.sha256 the same way                NAME, whole; the next try adds the digest
 *
 * What was there before is never opened for writing.
 */
#include "usbimport/original.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "usbimport/checksum.h"
#include "usbimport/medium.h"

/* Where one file goes. */
struct target {
	int folder;
	const char *name; /* in the folder */
	const char *path; /* for people */
};

static enum err write_below(int root, const char *folder, const char *name,
			    const struct secret *bytes, struct original_written **out_written);

enum err original_write(const char *folder, const char *name, const struct secret *bytes,
			struct original_written **out_written)
{
	AUTO_FD root = -1;

	TRY(medium_open_folder(folder, &root));
	return write_below(root, folder, name, bytes, out_written);
}

static enum err check_is_on(const struct stick *stick, int root);

enum err original_write_to_stick(const struct stick *stick, const char *name,
				 const struct secret *bytes, struct original_written **out_written)
{
	AUTO_FD root = -1;

	if (stick->folder == NULL)
		return err_detail(ERR_STICK_NOT_MOUNTED, "%s", stick->name);
	TRY(medium_open_folder(stick->folder, &root));
	TRY(check_is_on(stick, root));
	return write_below(root, stick->folder, name, bytes, out_written);
}

static enum err check_is_on(const struct stick *stick, int root)
{
	AUTO(stick) now = NULL;
	enum err err = stick_of_fd(root, stick->folder, &now);

	if (err == ERR_STICK_NOT_A_STICK || (err == ERR_OK && now->number != stick->number))
		return err_detail(ERR_STICK_GONE, "%s", stick->name);
	return err;
}

static enum err open_target_folder(int root, const char *folder, const char *name, int *out_inner,
				   const char **out_file_name);
static enum err place_file(const struct target *target, const struct secret *bytes,
			   bool *out_was_there, struct secret **out_read);
static enum err write_checksum(const struct target *original, const struct secret *bytes);

static enum err write_below(int root, const char *folder, const char *name,
			    const struct secret *bytes, struct original_written **out_written)
{
	AUTO(original_written) written = calloc(1, sizeof *written);
	AUTO_FD inner = -1;
	struct target target = {0};

	if (written == NULL || asprintf(&written->path, "%s/%s", folder, name) < 0)
		return ERR_MEMORY;
	TRY(open_target_folder(root, folder, name, &inner, &target.name));
	TRY(medium_lock(inner, folder));
	target.folder = inner;
	target.path = written->path;
	TRY(place_file(&target, bytes, &written->was_there, &written->bytes));
	TRY(write_checksum(&target, bytes));
	*out_written = TAKE(written);
	return ERR_OK;
}

/* "FOLDER/FILE" or "FILE", as original_file_name makes them: no way out of the stick. */
static enum err open_target_folder(int root, const char *folder, const char *name, int *out_inner,
				   const char **out_file_name)
{
	const char *slash = strchr(name, '/');
	const char *file = slash == NULL ? name : slash + 1;
	AUTO_TEXT inner = slash == NULL ? strdup(".") : strndup(name, (size_t)(slash - name));
	AUTO_TEXT path = NULL;

	if (inner == NULL || asprintf(&path, "%s/%s", folder, inner) < 0)
		return ERR_MEMORY;
	if (strchr(file, '/') != NULL || *file == '.' || *file == '\0' || slash == name ||
	    strcmp(inner, "..") == 0)
		return err_note(ERR_INTERNAL, "not a name for an original: %s", name);
	*out_file_name = file;
	return medium_make_folder(root, inner, path, out_inner);
}

static enum err place_new(const struct target *target, const struct secret *bytes,
			  struct secret **out_read);

static enum err place_file(const struct target *target, const struct secret *bytes,
			   bool *out_was_there, struct secret **out_read)
{
	enum medium_answer there = MEDIUM_ABSENT;

	TRY(medium_compare(target->folder, target->name, target->path, bytes, &there, out_read));
	if (there == MEDIUM_DIFFERENT)
		return err_detail(ERR_STICK_OTHER_ORIGINAL, "%s", target->path);
	*out_was_there = there == MEDIUM_SAME;
	if (there == MEDIUM_SAME)
		return medium_sync_folder(target->folder, target->path);
	return place_new(target, bytes, out_read);
}

static enum err name_and_prove(const struct target *target, const char *temporary,
			       const struct secret *bytes, struct secret **out_read)
{
	enum medium_answer answer = MEDIUM_DIFFERENT;

	TRY(medium_prove(target->folder, temporary, target->path, bytes, NULL));
	TRY(medium_rename_new(target->folder, temporary, target->name, target->path, &answer));
	if (answer == MEDIUM_DIFFERENT)
		return err_detail(ERR_STICK_OTHER_ORIGINAL, "%s", target->path);
	enum err err = medium_sync_folder(target->folder, target->path);
	if (err == ERR_OK)
		err = medium_prove(target->folder, target->name, target->path, bytes, out_read);
	/* It is ours and of this run; a copy that is not proven is better absent. */
	if (err != ERR_OK)
		(void)unlinkat(target->folder, target->name, 0);
	return err;
}

static enum err place_new(const struct target *target, const struct secret *bytes,
			  struct secret **out_read)
{
	AUTO_TEXT temporary = NULL;

	TRY(medium_temporary_name(target->name, &temporary));
	TRY(medium_write_new(target->folder, temporary, 0600, target->path, bytes));
	enum err err = name_and_prove(target, temporary, bytes, out_read);
	if (err != ERR_OK)
		(void)unlinkat(target->folder, temporary, 0);
	return err;
}

/* A digest beside it that differs is of no use to anybody: it is replaced. */
static enum err write_checksum(const struct target *original, const struct secret *bytes)
{
	AUTO(secret) line = NULL;
	AUTO_TEXT name = NULL;
	AUTO_TEXT path = NULL;
	enum medium_answer there = MEDIUM_ABSENT;

	TRY(checksum_line(original->name, bytes, &line));
	if (asprintf(&name, "%s.sha256", original->name) < 0 ||
	    asprintf(&path, "%s.sha256", original->path) < 0)
		return ERR_MEMORY;
	TRY(medium_compare(original->folder, name, path, line, &there, NULL));
	if (there == MEDIUM_SAME)
		return ERR_OK;
	return medium_replace(original->folder, name, 0600, path, NULL, line);
}

static enum err try_to_write(int folder, const char *path);
static enum err check_room(int folder, const char *path, size_t size);

enum err original_can_write(const char *folder, size_t size)
{
	AUTO_FD root = -1;
	AUTO_FD inner = -1;
	AUTO_TEXT path = NULL;

	if (asprintf(&path, "%s/Kinko", folder) < 0)
		return ERR_MEMORY;
	TRY(medium_open_folder(folder, &root));
	inner = openat(root, "Kinko", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (inner < 0 && errno != ENOENT)
		return medium_failure(errno, path);
	TRY(check_room(root, folder, size));
	return inner < 0 ? try_to_write(root, folder) : try_to_write(inner, path);
}

/* The original, its digest and the folder each take whole blocks. */
static enum err check_room(int folder, const char *path, size_t size)
{
	struct statvfs room;

	if (fstatvfs(folder, &room) != 0)
		return medium_failure(errno, path);
	if ((room.f_flag & ST_RDONLY) != 0)
		return medium_failure(EROFS, path);
	if (room.f_frsize != 0 && room.f_bavail < size / room.f_frsize + 3)
		return medium_failure(ENOSPC, path);
	return ERR_OK;
}

static enum err try_to_write(int folder, const char *path)
{
	static const char NAME[] = ".kinko-can-write.new";
	AUTO(secret) bytes = NULL;

	TRY(secret_new(sizeof NAME, &bytes));
	TRY(medium_write_new(folder, NAME, 0600, path, bytes));
	if (unlinkat(folder, NAME, 0) != 0)
		return medium_failure(errno, path);
	return ERR_OK;
}

void original_written_free(struct original_written *written)
{
	if (written == NULL)
		return;
	free(written->path);
	secret_free(written->bytes);
	free(written);
}
