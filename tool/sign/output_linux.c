/* output_linux.c - see output.h
 *
 * A file beside the one that is wanted, written, made durable and only then given its name
 * (rename(2) is one step for everybody who looks).
 */
#include "tool/sign/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/base/digest.h"
#include "vault/base/file.h"

enum { NO_FD = -1, RANDOM_SIZE = 6, NAME_SIZE = 2 * RANDOM_SIZE + 1 };

/* A file on its way to its name. */
struct temporary {
	int folder;
	int fd;
	char name[sizeof ".kinko-" + NAME_SIZE];
	bool is_there;
};

static void temporary_clear(struct temporary *temporary)
{
	if (temporary->is_there)
		(void)unlinkat(temporary->folder, temporary->name, 0);
	if (temporary->fd >= 0)
		(void)close(temporary->fd);
	if (temporary->folder >= 0)
		(void)close(temporary->folder);
}
OWN_DEFINE_HELD(temporary, temporary_clear)

static enum err failed(void)
{
	return err_detail(ERR_OUTPUT, "%s", strerror(errno));
}

/* The folder of a path; *out_name points into it. */
static enum err open_folder(const char *path, int *out_folder, const char **out_name)
{
	const char *slash = strrchr(path, '/');
	AUTO_TEXT folder = slash == NULL   ? strdup(".")
			   : slash == path ? strdup("/")
					   : strndup(path, (size_t)(slash - path));

	if (folder == NULL)
		return ERR_MEMORY;
	*out_name = slash == NULL ? path : slash + 1;
	*out_folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *out_folder < 0 ? failed() : ERR_OK;
}

static enum err make_temporary(struct temporary *temporary)
{
	uint8_t bytes[RANDOM_SIZE];
	char hex[NAME_SIZE];

	random_fill(bytes, sizeof bytes);
	hex_of(bytes, sizeof bytes, hex);
	(void)snprintf(temporary->name, sizeof temporary->name, ".kinko-%s", hex);
	temporary->fd = openat(temporary->folder, temporary->name,
			       O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	temporary->is_there = temporary->fd >= 0;
	return temporary->is_there ? ERR_OK : failed();
}

/* Owner first: giving a file away may take permissions from it. */
static enum err set_access(const struct output *output, int fd)
{
	if (output->has_owner && fchown(fd, output->owner, output->group) != 0 && errno != EPERM)
		return failed();
	return fchmod(fd, output->mode) == 0 ? ERR_OK : failed();
}

/* Some file systems of sticks and servers know only one of the two ways not to overwrite. */
static enum err give_name(const struct output *output, struct temporary *temporary,
			  const char *name)
{
	unsigned how = output->may_replace ? 0 : RENAME_NOREPLACE;
	int result = renameat2(temporary->folder, temporary->name, temporary->folder, name, how);

	if (result == 0) {
		temporary->is_there = false;
		return ERR_OK;
	}
	if (!output->may_replace && (errno == EINVAL || errno == ENOSYS))
		result = linkat(temporary->folder, temporary->name, temporary->folder, name, 0);
	if (result != 0 && errno == EEXIST)
		return err_detail(ERR_OUTPUT_EXISTS, "%s", output->path);
	return result == 0 ? ERR_OK : failed();
}

enum err output_write(const struct output *output, const struct bytes *pieces, size_t piece_count)
{
	AUTO_HELD(temporary) temporary = {.folder = NO_FD, .fd = NO_FD};
	const char *name = NULL;

	TRY(open_folder(output->path, &temporary.folder, &name));
	if (!output->may_replace && output_exists(output->path))
		return err_detail(ERR_OUTPUT_EXISTS, "%s", output->path);
	TRY(make_temporary(&temporary));
	TRY(output_write_fd(temporary.fd, pieces, piece_count));
	TRY(set_access(output, temporary.fd));
	if (fsync(temporary.fd) != 0)
		return failed();
	TRY(give_name(output, &temporary, name));
	return fsync(temporary.folder) == 0 || errno == EINVAL ? ERR_OK : failed();
}

bool output_exists(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

enum err output_write_fd(int fd, const struct bytes *pieces, size_t piece_count)
{
	for (size_t i = 0; i < piece_count; i++)
		if (file_write_all(fd, pieces[i].data, pieces[i].size) != 0)
			return failed();
	return ERR_OK;
}
