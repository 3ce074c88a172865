/* medium.h - files on a medium that may be full, locked, or pulled out at any moment.
 *
 * Every function works below an open folder, so that no path can be swapped underneath, and
 * answers with the failures of err.h that say what happened to the stick; `path` is only for the
 * sentence.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "vault/base/err.h"
#include "vault/base/secret.h"

/* ERR_STICK_FULL, _READ_ONLY, _GONE, or ERR_STICK_FOLDER with the reason: what an errno means. */
enum err medium_failure(int number, const char *path);
bool medium_is_gone(int number);

/* Opens a regular file for reading, and nothing else: opening a FIFO or a device would already do
 * something to it, and a link is never followed. -1 with errno; errno is 0 when something else has
 * this name. */
int medium_open_plain(int folder, const char *name, struct stat *out_status);

/* A folder that exists. ERR_STICK_FOLDER. */
enum err medium_open_folder(const char *path, int *out_folder) MUST_CHECK;
/* A folder inside it, made (0700) and synced when absent; no link, on the same file system. */
enum err medium_make_folder(int folder, const char *name, const char *path,
			    int *out_inner) MUST_CHECK;
/* One writer a folder at a time: waits a few seconds. ERR_TIMEOUT. Ends with the descriptor. */
enum err medium_lock(int folder, const char *path) MUST_CHECK;
enum err medium_sync_folder(int folder, const char *path) MUST_CHECK;

/* A new file with these bytes, on the medium when this returns. What lay there of an earlier try
 * is replaced, never followed. Failing removes it where that is possible. */
enum err medium_write_new(int folder, const char *name, mode_t mode, const char *path,
			  const struct secret *bytes) MUST_CHECK;

enum medium_answer { MEDIUM_SAME, MEDIUM_DIFFERENT, MEDIUM_ABSENT };

/* Compares a file, as the medium gives it back (not the page cache), with the bytes.
 * Anything but a plain file: ERR_STICK_NAME_TAKEN. `out_read` (may be NULL) gets what was read
 * when it is MEDIUM_SAME. */
enum err medium_compare(int folder, const char *name, const char *path, const struct secret *bytes,
			enum medium_answer *out_answer, struct secret **out_read) MUST_CHECK;
/* The same where only "same" is right: ERR_STICK_NOT_PROVEN. */
enum err medium_prove(int folder, const char *name, const char *path, const struct secret *bytes,
		      struct secret **out_read) MUST_CHECK;

/* Gives `from` its final name; MEDIUM_DIFFERENT when that name is taken (by whatever), and
 * MEDIUM_SAME when it was free. */
enum err medium_rename_new(int folder, const char *from, const char *to, const char *path,
			   enum medium_answer *out_answer) MUST_CHECK;

/* Gives the file `name` these bytes, or leaves it as it is: written and proven under another name
 * in the folder, then renamed over it. `replaced` (NULL: anything): what it must hold at the last
 * moment before that, else ERR_ORIGINAL_CHANGED. */
enum err medium_replace(int folder, const char *name, mode_t mode, const char *path,
			const struct secret *replaced, const struct secret *bytes) MUST_CHECK;
/* The name under which `name` is written first. Owned by the caller. */
enum err medium_temporary_name(const char *name, char **out_name) MUST_CHECK;
