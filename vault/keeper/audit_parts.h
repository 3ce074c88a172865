/* audit_parts.h - the audit log from inside; included by its own files only.
 */
#pragma once

#include <pthread.h>

#include "vault/keeper/audit_file.h"
#include "vault/keeper/audit_log.h"

struct audit_log {
	int folder;
	struct audit_sealer sealer;
	uint64_t file_entries; /* AUDIT_FILE_ENTRIES */
	size_t files_kept;     /* AUDIT_FILES_KEPT */

	pthread_mutex_t lock; /* guards all that follows */
	struct audit_finding finding;
	int file;        /* where entries go; -1: the next entry begins one */
	uint64_t first;  /* of that file */
	uint64_t room;   /* frames that are allocated in it, the head's too */
	uint64_t oldest; /* entries before it were dropped by age */
	struct audit_mark last;
	struct audit_mark durable;
	uint64_t reserved;
	bool is_short;  /* the last wish for room was refused */
	bool is_broken; /* a sync failed: nobody knows what is on disk */
};

/* A look at the log as it was at one moment. */
struct audit_view {
	const struct audit_sealer *sealer;
	int folder;
	struct audit_files files;
	uint64_t oldest;
	uint64_t last;
};
enum err audit_view_take(struct audit_log *log, struct audit_view *out_view) MUST_CHECK;

/* Fills a new log from what lies in its folder. */
enum err audit_start(struct audit_log *log) MUST_CHECK;
