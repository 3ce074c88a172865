/* audit_file.h - the files of the audit log: frames at fixed places, room for more kept ahead.
 *
 * A file is called audit-N.log, N being the number of its first entry in 16 hex digits; frame 0
 * is its head, frame i its i-th entry. What was allocated and never written reads as zeros.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"
#include "vault/keeper/audit_seal.h"

enum {
	AUDIT_FILES_MAX = 1024, /* that are looked at */
	AUDIT_AHEAD_FRAMES = 4 * 1024 * 1024 / AUDIT_FRAME_SIZE,
};

/* What is there, by first number, in order. */
struct audit_files {
	size_t count;
	uint64_t firsts[AUDIT_FILES_MAX];
};
enum err audit_files_list(int folder, struct audit_files *out_files) MUST_CHECK;

/* With its head and AUDIT_AHEAD_FRAMES of room, durable, or not at all: ERR_LOG_FULL, ERR_DISK. */
enum err audit_file_create(int folder, uint64_t first, const struct audit_frame *head,
			   int *out_file) MUST_CHECK;
/* To read and write; a regular file and no link. *out_frames: how many it has room for. */
enum err audit_file_open(int folder, uint64_t first, int *out_file,
			 uint64_t *out_frames) MUST_CHECK;
void audit_file_remove(int folder, uint64_t first);

/* Behind its end a file reads as zeros. */
enum err audit_file_read(int file, uint64_t index, struct audit_frame *out_frame) MUST_CHECK;
enum err audit_file_write(int file, uint64_t index, const struct audit_frame *frame) MUST_CHECK;
enum err audit_file_sync(int file) MUST_CHECK;
/* Room for so many frames; false when the disk has none. */
bool audit_file_grow(int file, uint64_t frames);
/* Gives the room behind the last frame back. */
void audit_file_trim(int file, uint64_t frames);
