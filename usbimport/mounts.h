/* mounts.h - what is mounted where, as the kernel tells this process (proc_pid_mountinfo(5)).
 *
 * Every name comes back as it is: the kernel writes space, tab, line end and backslash in octal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

struct mount {
	uint64_t id;
	dev_t device; /* 0:N for file systems without a device of their own: tmpfs, FUSE, btrfs */
	char *root;   /* which part of the file system: "/" but for bind mounts */
	char *folder; /* where */
	char *type;
	char *source;
	bool is_read_only; /* the mount or the file system below it */
};

struct mounts {
	size_t count;
	struct mount *items; /* in the kernel's order: oldest first */
};

enum err mounts_read(struct mounts **out_mounts) MUST_CHECK;
/* The same from a text. A line that cannot be understood is ERR_INTERNAL with a note. */
enum err mounts_parse(const char *text, struct mounts **out_mounts) MUST_CHECK;
void mounts_free(struct mounts *mounts);
OWN_DEFINE(mounts, mounts_free)

/* Whether this mount shows the block device: by its number; btrfs, which has numbers of its own,
 * by its name. (FUSE may claim any name, so names count for nothing else.) */
bool mount_is_of(const struct mount *mount, dev_t number, const char *device);
/* Where the device is mounted: the whole of it rather than a part, then the shortest way from the
 * root, then the oldest. NULL: nowhere. */
const struct mount *mounts_find_device(const struct mounts *mounts, dev_t number,
				       const char *device);
const struct mount *mounts_find_id(const struct mounts *mounts, uint64_t id);

/* The mount through which this descriptor was opened. ERR_INTERNAL: the kernel cannot say
 * (statx(2), STATX_MNT_ID). */
enum err mount_id_of_fd(int fd, uint64_t *out_id) MUST_CHECK;
