/* given_audit.h - an audit log in a folder of its own, and what a thief or a power cut does to it.
 */
#pragma once

#include "tests/unit/keeper/given.h"

#include "vault/keeper/audit_parts.h"

struct given_audit {
	struct place_for_vault *where;
	struct keys *keys;
	struct audit_sealer sealer;
	struct audit_mark durable; /* as the manifest would say */
	struct audit_log *log;
};

struct given_audit *given_audit(void);
void given_audit_gone(struct given_audit *given);

/* Closes the log, as a clean stop does or as a kill does, and opens it again. */
void given_audit_stopped(struct given_audit *given);
void given_audit_killed(struct given_audit *given);
void given_audit_opened(struct given_audit *given);
/* The same with the entry that tells what was found. */
void given_audit_started(struct given_audit *given);

/* The same with ten entries. */
struct given_audit *given_ten(void);
void given_audit_entries(struct given_audit *given, size_t count);
struct audit_report given_audit_report(struct given_audit *given);
/* Everything is right, up to this entry. */
void given_audit_is_whole(struct given_audit *given, uint64_t last);
/* Exactly one fault, of these entries. */
void given_audit_has_fault(struct given_audit *given, enum audit_fault_kind kind, uint64_t from,
			   uint64_t to);

/* The file that begins with an entry, and its frames, as bytes. */
int given_audit_file(const struct given_audit *given, uint64_t first);
void given_audit_read(const struct given_audit *given, uint64_t first, uint64_t index,
		      struct audit_frame *out_frame);
void given_audit_write(const struct given_audit *given, uint64_t first, uint64_t index,
		       const struct audit_frame *frame);
