/* device.h - the USB sticks of this computer, as udev and the mount table see them.
 *
 * A stick is removable USB block storage with a file system, at the place where it is mounted.
 * Kinko never mounts: no program of ours calls mount(2).
 *
 *   counts                                           does not count
 *   stick, portable disk, card reader on USB         internal disks, card slots not on USB
 *   an encrypted volume that lies on one (opened)    a USB disk that carries /, /home, /usr ...
 *                                                    CD drives; what another user has mounted
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

struct stick {
	char *name; /* file system label, else vendor and model, else the device's name; escaped */
	char *device; /* "/dev/sdb1" */
	dev_t number; /* its device number, as the mount table names it */
	char *folder; /* where it is mounted; NULL: it is not */
	bool is_read_only;
	uint64_t size_bytes; /* of the partition */
	uint64_t free_bytes; /* 0 when not mounted */
};

struct sticks {
	size_t count;
	struct stick *items; /* in the order of the device names */
};

enum err sticks_find(struct sticks **out_sticks) MUST_CHECK;
void sticks_free(struct sticks *sticks);
OWN_DEFINE(sticks, sticks_free)

/* The stick on which this folder or file really lies (links are followed), by the mount it is
 * reached through. ERR_STICK_NOT_A_STICK with the path when it lies elsewhere; ERR_STICK_FOLDER
 * when there is nothing at the path. */
enum err stick_of_path(const char *path, struct stick **out_stick) MUST_CHECK;
/* The same for what is open: no path can be swapped underneath. `path` is for the sentence. */
enum err stick_of_fd(int fd, const char *path, struct stick **out_stick) MUST_CHECK;
/* By name, device or folder. ERR_STICK_UNKNOWN; two sticks of one name: ERR_STICK_SEVERAL. */
enum err stick_of_name(const char *name, struct stick **out_stick) MUST_CHECK;
void stick_free(struct stick *stick);
OWN_DEFINE(stick, stick_free)

/* A watch sees every change since it was opened: open it, look with sticks_find, wait. */
struct sticks_watch;

enum err sticks_watch_open(struct sticks_watch **out_watch) MUST_CHECK;
/* Blocks until udev reports a change of block devices or mounts, the timeout (milliseconds, -1:
 * none) is over, or `cancel_fd` (-1: none) becomes readable: ERR_CANCELLED, ERR_TIMEOUT. */
enum err sticks_watch_wait(struct sticks_watch *watch, int timeout_ms, int cancel_fd) MUST_CHECK;
void sticks_watch_close(struct sticks_watch *watch);
OWN_DEFINE(sticks_watch, sticks_watch_close)
