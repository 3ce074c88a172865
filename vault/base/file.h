/* file.h - small files, read bounded and written durably.
 *
 * Names are relative to an open folder, so that no path can be swapped underneath.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/base/secret.h"

enum file_answer { FILE_PRESENT, FILE_ABSENT };

/* Opens a folder that must exist, be a folder and no symbolic link. ERR_VAULT_FOLDER. */
enum err file_open_folder(const char *path, int *out_folder) MUST_CHECK;
/* Makes it (mode 0700 less umask) when absent; the parent must exist. */
enum err file_make_folder(const char *path, mode_t mode, int *out_folder) MUST_CHECK;

/* A regular file of at most size_max bytes, symbolic links refused. Absent is an answer and
 * not a fault. Too large, not a regular file, unreadable: ERR_DISK with a note. */
enum err file_read(int folder, const char *name, size_t size_max, enum file_answer *out_answer,
		   struct bytes *out_bytes) MUST_CHECK;
enum err file_read_secret(int folder, const char *name, size_t size_max,
			  enum file_answer *out_answer, struct secret **out_secret) MUST_CHECK;

/* Temporary file in the same folder, write, fsync, rename over `name`, fsync of the folder:
 * after a power cut the file is the old or the new one, never a part. */
enum err file_replace(int folder, const char *name, mode_t mode, const void *bytes,
		      size_t size) MUST_CHECK;
/* The same, but refuses when `name` exists (link instead of rename): ERR_DISK with a note. */
enum err file_create(int folder, const char *name, mode_t mode, const void *bytes,
		     size_t size) MUST_CHECK;

/* Writes over a part of a file that is there and has room for it, in place, and waits until it
 * is on the disk. A crash may leave any mixture of the old and the new bytes of that part. */
enum err file_overwrite(int folder, const char *name, size_t offset, const void *bytes,
			size_t size) MUST_CHECK;

bool file_exists(int folder, const char *name);
/* Absent is fine. Durable. */
enum err file_remove(int folder, const char *name) MUST_CHECK;
enum err file_sync_folder(int folder) MUST_CHECK;

/* All of it, whatever the kernel takes at a time; -1 with errno. */
int file_write_all(int fd, const void *bytes, size_t size);
