/* faulty_stick.h - what a test tells the file system faulty_stick to do wrong, and when.
 *
 * The faults are a file of int64 numbers in this order, shared by mmap(2): a change counts from the
 * next operation on. Counters go down; -1 is "never".
 */
#pragma once

#include <stdint.h>

enum fault {
	FAULT_OPERATIONS_LEFT, /* then everything fails with FAULT_ERRNO: the stick is gone */
	FAULT_WRITTEN_LEFT,    /* bytes; then writing fails with FAULT_ERRNO */
	FAULT_READ_LEFT,       /* bytes; what goes beyond fails with FAULT_ERRNO */
	FAULT_FLIP_AT,         /* this byte of every file is read back with one bit wrong */
	FAULT_SYNC,            /* not -1: fsync of files and folders fails with FAULT_ERRNO */
	FAULT_READ_ONLY,       /* not -1: every change fails with EROFS */
	FAULT_OLD_RENAME,      /* not -1: rename takes no flags (EINVAL) */
	FAULT_RIVAL,           /* not -1: another file gets the new name just before a rename */
	FAULT_RENAMED,         /* not -1: counts the renames, upwards */
	FAULT_PAUSE_MS,        /* before each read; -1: none */
	FAULT_ERRNO,
	FAULT_COUNT,
};
