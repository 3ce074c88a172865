/* original.h - one original on a stick or in a folder: read once and bounded, written durably,
 * proven by reading it back from the medium and opening it.
 *
 * Reading follows no symbolic link, takes regular files only and never blocks on a FIFO or a
 * device; what is shown is what is imported, because one open descriptor gives the bytes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "usbimport/device.h"
#include "vault/base/digest.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/secret.h"
#include "vault/base/vault.h"
#include "vault/cert/certificate.h"

struct original {
	char *path;
	struct secret *bytes;
	struct digest digest; /* SHA-256 */
	bool is_on_stick;
	char *where; /* the stick's name when is_on_stick, else "" */
};

/* ERR_ORIGINAL_UNREADABLE, ERR_ORIGINAL_NOT_FILE, ERR_ORIGINAL_TOO_LARGE, ERR_ORIGINAL_CHANGED;
 * ERR_STICK_GONE when the medium stopped answering. The folders above the file may be links: where
 * the file lies is asked of the open descriptor. */
enum err original_read(const char *path, struct original **out_original) MUST_CHECK;
void original_free(struct original *original);
OWN_DEFINE(original, original_free)

/* "Kinko/<user id or serial>-<yyyymmdd>.p12": notBefore in JST, characters outside
 * [A-Za-z0-9._-] as '_'. Relative to the stick's folder. Owned by the caller. */
enum err original_file_name(const struct certificate *certificate, char **out_name) MUST_CHECK;

struct original_written {
	char *path;           /* of the .p12 */
	bool was_there;       /* the same original already lay there */
	struct secret *bytes; /* as they were read back from the medium: prove these */
};

/* Whether an original could be written below `folder` now: exists, room for `size` bytes, and a
 * small file can really be made there (it is removed again). */
enum err original_can_write(const char *folder, size_t size) MUST_CHECK;

/* What all writing answers: ERR_STICK_FULL, ERR_STICK_READ_ONLY, ERR_STICK_GONE,
 * ERR_STICK_FOLDER, ERR_STICK_NAME_TAKEN, ERR_STICK_NOT_PROVEN, with the path.
 *
 * Writes `folder`/`name` (name as from original_file_name) and, beside it, `name`.sha256, which
 * `sha256sum -c` reads; makes the Kinko folder. Temporary file, fsync, rename, fsync of the
 * folder, POSIX_FADV_DONTNEED, read back, compare. Another original of that name is never
 * overwritten: ERR_STICK_OTHER_ORIGINAL; the same one is fine. What failed leaves no temporary
 * file behind where that is possible. The caller then proves it by opening what was read. */
enum err original_write(const char *folder, const char *name, const struct secret *bytes,
			struct original_written **out_written) MUST_CHECK;
/* The same for a stick: refuses (ERR_STICK_GONE) when the folder, once open, does not lie on it
 * any more, so that an original never lands on this computer's disk below an empty mount point. */
enum err original_write_to_stick(const struct stick *stick, const char *name,
				 const struct secret *bytes,
				 struct original_written **out_written) MUST_CHECK;
void original_written_free(struct original_written *written);
OWN_DEFINE(original_written, original_written_free)

/* Writes a rebuilt original over the one that was read (original pin): temporary file beside it,
 * fsync, read back, rename; corrects a `.sha256` beside it. The file keeps its mode.
 * ERR_ORIGINAL_CHANGED: another file lies there by now. ERR_OUTPUT with the path and the reason.
 * Either way what lies there is whole and untouched. */
enum err original_replace(const struct original *original, const struct secret *bytes) MUST_CHECK;
