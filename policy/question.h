/* question.h - what is asked of the policy, as plain values: who, what, with which certificate.
 * The kernel says who; the daemon fills this in and never copies it from a message.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum action {
	ACTION_NONE, /* always allowed: hello, status, logout */
	ACTION_LIST,
	ACTION_IMPORT,
	ACTION_GET,      /* download into stick and vault */
	ACTION_ORIGINAL, /* download into a folder, change the PIN of a file: normal-folder only */
	ACTION_USE,
	ACTION_DELETE,
	ACTION_PIN,
	ACTION_SIGN,
	ACTION_DECRYPT,
	ACTION_COUNT
};

/* "list", "import", "get", "original", "use", "delete", "pin", "sign", "decrypt"; NULL for
 * ACTION_NONE. */
const char *action_word(enum action action);
/* False when no action has this word. */
bool action_of_word(const char *word, enum action *out_action);

enum { QUESTION_GROUPS_MAX = 256 };

struct question {
	enum action action;
	uid_t uid;
	size_t group_count;
	const gid_t *groups; /* of the process: its own group and the others */
	uid_t owner;         /* of the certificate; equal to uid for one's own */
	/* The certificate, where the action has one (has_certificate). */
	bool has_certificate;
	bool is_expired;
	unsigned rsa_bits; /* 0: not RSA */
	/* Signing (ACTION_SIGN at use): the hash of the signature, or NULL when not yet known. */
	const char *hash;    /* "sha256", ...; Ed25519 is "sha512" (RFC 8032) */
	unsigned batch_size; /* signatures asked for at once; 0 or 1: one */
};
