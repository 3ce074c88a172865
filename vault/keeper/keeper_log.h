/* keeper_log.h - the audit log of an open vault: what was decided about its keys.
 *
 * The keeper seals entries and knows how far the log is on disk; what is worth an entry is the
 * daemon's to say. All functions may be called by many threads at once; a refused vault has no
 * log.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "vault/base/audit_entry.h"
#include "vault/keeper/audit_log.h"
#include "vault/keeper/keeper.h"

/* See audit_log.h. */
enum err keeper_log_reserve(struct keeper *keeper) MUST_CHECK;
void keeper_log_give_back(struct keeper *keeper);
enum err keeper_log_append(struct keeper *keeper, const struct audit_entry *entry,
			   enum audit_place place) MUST_CHECK;
enum err keeper_log_tend(struct keeper *keeper) MUST_CHECK;

/* Writes what is now on disk of the log into the manifest: at a logout, and as the last thing. */
enum err keeper_log_settle(struct keeper *keeper) MUST_CHECK;

/* What this start has found of the last one; see audit_log.h. */
struct audit_finding keeper_log_finding(const struct keeper *keeper);
bool keeper_log_is_short(const struct keeper *keeper);

/* Entries of this user's certificates and of this user's own acts, and no others. */
enum err keeper_log_read(struct keeper *keeper, uid_t uid, uint64_t after, audit_visitor *visit,
			 void *context, struct audit_page *out_page) MUST_CHECK;
enum err keeper_log_report(struct keeper *keeper, struct audit_report *out_report) MUST_CHECK;
