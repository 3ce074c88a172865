/* device.h - the USB sticks of this computer, as udev and the mount table see them.
 *
 * A stick is removable USB block storage at a place where it is mounted. Kinko never mounts:
 * no program of ours calls mount(2).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

struct stick {
	char *name;   /* file system label, else vendor and model, else the device's name */
	char *device; /* "/dev/sdb1" */
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

/* The stick on which this folder or file lies, by the device number of its file system.
 * ERR_STICK_NOT_A_STICK with the path when it lies elsewhere. */
enum err stick_of_path(const char *path, struct stick **out_stick) MUST_CHECK;
/* By name, device or folder. ERR_STICK_UNKNOWN. */
enum err stick_of_name(const char *name, struct stick **out_stick) MUST_CHECK;
void stick_free(struct stick *stick);
OWN_DEFINE(stick, stick_free)

/* Blocks until udev reports a change of block devices or mounts, the timeout (milliseconds, -1:
 * none) is over, or `cancel_fd` (-1: none) becomes readable: ERR_CANCELLED, ERR_TIMEOUT. */
enum err sticks_wait(int timeout_ms, int cancel_fd) MUST_CHECK;
