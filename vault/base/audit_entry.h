/* audit_entry.h - one line of the audit log: who did what with which certificate, and how it ended.
 *
 * The same struct and codec serve the sealed log, the wire and the front ends. Never a secret and
 * never a name out of a certificate: whoever shows an entry looks the label up. Numbers of
 * actions are part of the log and the protocol and never change; their words are read by scripts.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/cursor.h"
#include "vault/base/digest.h"
#include "vault/base/err.h"

/* clang-format off */
/*  name                  number  word */
#define AUDIT_ACTION_TABLE(X) \
  /* What users ask for */ \
  X(AUDIT_LIST,            1, "list") /* only when it was denied */ \
  X(AUDIT_IMPORT,          2, "import") \
  X(AUDIT_LOGIN,           3, "login") \
  X(AUDIT_LOGOUT,          4, "logout") \
  X(AUDIT_SIGN,            5, "sign") \
  X(AUDIT_DECRYPT,         6, "decrypt") \
  X(AUDIT_PIN,             7, "pin") \
  X(AUDIT_USE,             8, "use") \
  X(AUDIT_DELETE,          9, "delete") \
  X(AUDIT_CONFIRM,        10, "confirm") \
  X(AUDIT_PROVEN,         11, "original-proven") \
  X(AUDIT_LOGIN_ENDED,    13, "login-ended") /* by itself; mechanism: how */ \
  X(AUDIT_FURTHER,        12, "further") /* `count` acts that were not written one by one */ \
  /* What the vault itself does */ \
  X(AUDIT_POLICY,         20, "policy-load") \
  X(AUDIT_STOP,           21, "stop") \
  /* What it finds of its log when it starts; count: entries that were not whole, or are gone */ \
  X(AUDIT_UNCLEAN_END,    30, "ended-uncleanly") /* after the entry before this one */ \
  X(AUDIT_LOG_CUT,        31, "log-cut") \
  X(AUDIT_LOG_CHANGED,    32, "log-changed")
/* clang-format on */

enum audit_action {
#define X(name, number, word) name = (number),
	AUDIT_ACTION_TABLE(X)
#undef X
};
const char *audit_action_word(enum audit_action action); /* NULL: a newer vault's */

enum {
	AUDIT_PROGRAM_MAX = 64,
	AUDIT_MECHANISM_MAX = 32,
	AUDIT_RULE_MAX = 160,
	AUDIT_DIGEST_MAX = 64,
};

struct audit_entry {
	uint64_t number; /* from 1, without gaps */
	int64_t at;      /* seconds since 1970, UTC */
	uint32_t uid;    /* who, by the kernel */
	uint32_t pid;    /* by the kernel */
	uint32_t owner;  /* of the certificate; the same as uid without one */
	uint8_t action;  /* enum audit_action */
	uint32_t result; /* enum err */
	uint8_t outcome; /* of an import that succeeded: 1 + enum import_result; else 0 */
	bool has_certificate;
	struct digest certificate;
	uint32_t count;                          /* see the actions; else 0 */
	uint32_t line;                           /* of the rule, in policy.conf */
	char rule[AUDIT_RULE_MAX + 1];           /* that denied it; "" when none did */
	char program[AUDIT_PROGRAM_MAX + 1];     /* as the client calls itself: unproven */
	char mechanism[AUDIT_MECHANISM_MAX + 1]; /* of a signature, of an end; "" without */
	uint8_t digest_size;                     /* 0: none */
	uint8_t digest[AUDIT_DIGEST_MAX];        /* that was signed */
};

/* All but the number. */
void audit_entry_code(struct cursor *cursor, struct audit_entry *entry);
/* "imported", "already-there", "pin-reset" of an import; else the word of the error. */
const char *audit_entry_result_word(const struct audit_entry *entry);
/* Copies valid UTF-8, cut at a character. */
void audit_entry_set_text(char *out_text, size_t size_max, const char *text);

/* What a look through the whole log finds wrong; numbers and words as above. */
/* clang-format off */
#define AUDIT_FAULT_TABLE(X) \
  X(AUDIT_FAULT_EDITED,  1, "edited")  /* they are not what was written */ \
  X(AUDIT_FAULT_REMOVED, 2, "removed") /* they are not there, and later ones are */ \
  X(AUDIT_FAULT_MOVED,   3, "moved")   /* they stand in another order */ \
  X(AUDIT_FAULT_CUT,     4, "cut")     /* the log ends before them */
/* clang-format on */

enum audit_fault_kind {
#define X(name, number, word) name = (number),
	AUDIT_FAULT_TABLE(X)
#undef X
};
const char *audit_fault_word(enum audit_fault_kind kind); /* NULL: a newer vault's */

struct audit_fault {
	uint8_t kind; /* enum audit_fault_kind */
	uint64_t from;
	uint64_t to; /* the last of them */
};

enum { AUDIT_FAULTS_MAX = 64 };

struct audit_report {
	uint64_t first; /* the oldest entry that is kept: older ones were dropped by age */
	uint64_t last;  /* 0: the log is empty */
	uint64_t count; /* entries that are there and right */
	uint32_t unclean_ends;
	bool has_more_faults; /* than are listed */
	uint8_t fault_count;
	struct audit_fault faults[AUDIT_FAULTS_MAX];
};
void audit_report_code(struct cursor *cursor, struct audit_report *report);
