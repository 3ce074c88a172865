/* input_linux.c - see input.h */
#include "tool/sign/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool/sign/hash.h"

enum { NO_FD = -1, PIECE_SIZE = 256 * 1024, PERMISSIONS = 07777 };

static enum err unreadable(const char *why)
{
	return err_detail(ERR_FILE_READ, "%s", why);
}

enum err input_open(const char *path, struct input *out_input)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return err_detail(ERR_NOT_FOUND, "%s", path);
	if (fd < 0 || fstat(fd, &status) != 0)
		return unreadable(strerror(errno));
	if (!S_ISREG(status.st_mode))
		return unreadable(strerror(S_ISDIR(status.st_mode) ? EISDIR : EINVAL));
	*out_input = (struct input){
		.fd = fd,
		.size = (uint64_t)status.st_size,
		.mode = status.st_mode & PERMISSIONS,
		.owner = status.st_uid,
		.group = status.st_gid,
	};
	fd = NO_FD;
	return ERR_OK;
}

void input_close(struct input *input)
{
	if (input->fd > 0)
		own_close_fd(&input->fd);
	*input = (struct input){0};
}

/* As much as there is, up to `size`. */
static enum err read_at(int fd, void *bytes, size_t size, uint64_t offset, size_t *out_got)
{
	size_t got = 0;

	while (got < size) {
		ssize_t part = pread(fd, (uint8_t *)bytes + got, size - got, (off_t)(offset + got));
		if (part < 0 && errno == EINTR)
			continue;
		if (part < 0)
			return unreadable(strerror(errno));
		if (part == 0)
			break;
		got += (size_t)part;
	}
	*out_got = got;
	return ERR_OK;
}

enum err input_read(const struct input *input, size_t size_max, struct bytes *out_bytes)
{
	AUTO_HELD(bytes) bytes = {0};
	size_t got = 0;

	if (input->size > size_max)
		return unreadable(strerror(EFBIG));
	if (input->size > 0)
		TRY(bytes_zeroed((size_t)input->size, &bytes));
	TRY(read_at(input->fd, bytes.data, bytes.size, 0, &got));
	if (got != bytes.size)
		return unreadable(strerror(EIO));
	*out_bytes = bytes;
	bytes = (struct bytes){0};
	return ERR_OK;
}

enum err input_hash(const struct input *input, enum sign_hash kind, input_progress *progress,
		    void *context, struct bytes *out_digest)
{
	AUTO_HELD(bytes) piece = {0};
	AUTO(hash) hash = NULL;
	uint64_t done = 0;
	size_t got = 0;

	TRY(hash_new(kind, &hash));
	TRY(bytes_zeroed(PIECE_SIZE, &piece));
	do {
		TRY(read_at(input->fd, piece.data, piece.size, done, &got));
		TRY(hash_add(hash, piece.data, got));
		done += got;
		if (progress != NULL && !progress(done, context))
			return ERR_CANCELLED;
	} while (got == piece.size);
	return hash_end(hash, out_digest);
}
