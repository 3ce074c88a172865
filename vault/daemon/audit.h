/* audit.h - what of all that happens is written into the audit log, and when it is on disk.
 *
 *   decision                          entry                      when there is no room
 *   key used or changed               before the answer leaves   nothing is done (log-full)
 *   refused, or nothing was changed   before the answer leaves,  it is refused all the same
 *                                     at a rate (audit_rate.h)
 *   login ended                       before the answer leaves   it ends; the operator is told
 *   policy read, start, stop          at once                    the operator is told
 *
 * A thread of its own brings entries to disk within a second; changes of the vault do so
 * themselves. May be used by many threads at once.
 */
#pragma once

#include <sys/types.h>

#include "vault/base/audit_entry.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/keeper/keeper.h"
#include "vault/keeper/keeper_log.h"

struct audit;

/* The keeper is borrowed. Writes what this start has found, and that the policy was read. The
 * thread it makes has the rights of the one that calls it. */
enum err audit_new(struct keeper *keeper, struct audit **out_audit) MUST_CHECK;
/* A clean stop: all that was counted, the stop itself, and the manifest knows it. */
void audit_free(struct audit *audit);
OWN_DEFINE(audit, audit_free)

/* A place for the entry of a deed; given back by audit_deed. */
enum err audit_reserve(struct audit *audit) MUST_CHECK;
/* The entry of what was done, in the reserved place; `is_rated`: as a refusal is written. */
enum err audit_deed(struct audit *audit, const struct audit_entry *entry, bool is_rated) MUST_CHECK;
/* What was refused, or changed nothing: at a rate. */
void audit_refusal(struct audit *audit, const struct audit_entry *entry);
/* A login has ended, by itself or by a logout. */
void audit_end(struct audit *audit, const struct audit_entry *entry);
/* The policy was read again because this process asked for it; `detail` says what was wrong. */
void audit_policy(struct audit *audit, uid_t uid, pid_t pid, enum err err, const char *detail);
/* A logout: the manifest remembers how far the log goes. */
void audit_settle(struct audit *audit);
