/* audit_log.h - the audit log: append-only, sealed, chained, bounded.
 *
 *   the log ends       compared with the manifest       at the next start
 *   with a stop        at its number                    nothing to say
 *   with any entry     at or behind it                  "ended uncleanly after" that entry
 *   with a torn frame  behind it                        the frame is cut off; the same
 *   before             its number                       "cut": a gap that stays visible
 *   with a wrong one   before its number                "changed": the file is left as it is
 *
 * After a cut or a change the next entry gets the number behind all that are known, in a file of
 * its own, chained to what the manifest remembers. May be used by many threads at once.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/audit_entry.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/keeper/audit_seal.h"

enum {
	AUDIT_FILE_ENTRIES = 16384, /* 8 MiB: then the next file begins */
	AUDIT_FILES_KEPT = 32,      /* older ones are removed */
};

/* An entry of the log, by its place in the chain; number 0: none. */
struct audit_mark {
	uint64_t number;
	struct digest hash;
};

/* What was found at the start, or since then by a report: AUDIT_UNCLEAN_END, AUDIT_LOG_CUT or
 * AUDIT_LOG_CHANGED; 0: nothing. */
struct audit_finding {
	uint8_t action;
	uint64_t number; /* unclean: the last whole entry; else the first that is gone or wrong */
	uint32_t count;  /* entries or parts of them that were lost */
};

struct audit_log;

/* `folder` is borrowed. Writes nothing but the cut of a torn end. */
enum err audit_log_open(int folder, const struct audit_sealer *sealer,
			const struct audit_mark *durable, struct audit_log **out_log) MUST_CHECK;
void audit_log_free(struct audit_log *log);
OWN_DEFINE(audit_log, audit_log_free)

struct audit_finding audit_log_finding(struct audit_log *log);
/* The disk is full: what is left ahead serves on. */
bool audit_log_is_short(struct audit_log *log);

/* A place for an entry that is written after the deed, so that the deed cannot go unwritten.
 * ERR_LOG_FULL: there is none. */
enum err audit_log_reserve(struct audit_log *log) MUST_CHECK;
void audit_log_give_back(struct audit_log *log);
enum audit_place { AUDIT_RESERVED, AUDIT_UNRESERVED };
/* Handed to the kernel when it returns; the number is given here. */
enum err audit_log_append(struct audit_log *log, const struct audit_entry *entry,
			  enum audit_place place) MUST_CHECK;

/* On disk when it returns; *out_mark is the last entry that is. */
enum err audit_log_sync(struct audit_log *log, struct audit_mark *out_mark) MUST_CHECK;
/* Once a second: on disk, and room ahead again. */
enum err audit_log_tend(struct audit_log *log) MUST_CHECK;

/* Entries with a number > after, at most so many frames looked at. *out_next: where to go on. */
struct audit_page {
	uint64_t next;
	bool has_more;
	uint32_t unreadable; /* frames that are not entries of this log */
};
typedef bool audit_visitor(const struct audit_entry *entry, void *context); /* false: no more */
enum err audit_log_read(struct audit_log *log, uint64_t after, uint64_t frames_max,
			audit_visitor *visit, void *context,
			struct audit_page *out_page) MUST_CHECK;
/* The whole chain. What is wrong with it is a finding from then on. */
enum err audit_log_report(struct audit_log *log, struct audit_report *out_report) MUST_CHECK;
