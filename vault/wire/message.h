/* message.h - what crosses the socket: one flat, big-endian packet each (docs/protocol.md).
 *
 * A packet is a frame followed by the body of a request, a reply or an error. Each body has one
 * codec for both directions. `*_clear` frees what reading allocated; it accepts a zeroed struct.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/audit_entry.h"
#include "vault/base/bytes.h"
#include "vault/base/cursor.h"
#include "vault/base/digest.h"
#include "vault/base/err.h"
#include "vault/base/secret.h"
#include "vault/base/signing.h"
#include "vault/base/vault.h"
#include "vault/cert/entry.h"

enum {
	WIRE_VERSION = 1,
	WIRE_PACKET_MAX = 128 * 1024,
	WIRE_PIECE_MAX = 64 * 1024, /* of an original, in import_data */
	WIRE_PIN_MAX = 255,
	WIRE_TEXT_MAX = 1024,
	WIRE_PAGE_MAX = 250, /* entries in one reply to list */
	WIRE_LOG_MAX = 250,  /* entries in one reply to log */
	WIRE_ITEMS_MAX = 64, /* lines in a reply to status */
	WIRE_NO_TRIES = 255, /* an error that is not about a PIN */
};

enum message_number {
#define MESSAGE(number, name, needs, asks, kind, pace) MESSAGE_##name = (number),
#include "vault/wire/messages.def"
#undef MESSAGE
};

/* "hello", ...; NULL for a number that is no message. */
const char *message_name(uint8_t number);

enum frame_kind { FRAME_REQUEST = 1, FRAME_REPLY = 2, FRAME_ERROR = 3 };

/* Answers carry the request's id and may overtake each other. */
struct frame {
	uint32_t request_id;
	uint8_t kind;   /* enum frame_kind */
	uint8_t number; /* enum message_number */
};
void wire_frame(struct cursor *cursor, struct frame *frame);

struct wire_error {
	uint32_t number;    /* enum err */
	uint8_t tries_left; /* WIRE_NO_TRIES when the error is not about a PIN */
	char *detail;       /* for the user's sentence; "" when none */
};
void wire_error(struct cursor *cursor, struct wire_error *error);
void wire_error_clear(struct wire_error *error);

struct hello_request {
	uint16_t version;
	uint32_t capabilities; /* 0 today; unknown bits are ignored */
	char *program;         /* as the client calls itself: for the log, unproven */
};
struct hello_reply {
	uint16_t version;
	uint32_t capabilities;
	uint8_t vault_state; /* enum vault_state */
	bool is_private;
};

/* status: one line each of protections and footprint. */
struct status_item {
	char *name; /* stable kebab-case word, or a path */
	bool is_on;
	char *detail; /* "" when none */
};
struct status_reply {
	uint8_t vault_state; /* enum vault_state */
	uint32_t refusal;    /* enum err; 0 when ready */
	uint8_t binding;     /* enum vault_binding */
	bool is_private;
	uint8_t protection_count;
	struct status_item protections[WIRE_ITEMS_MAX];
	uint8_t footprint_count; /* name: "user", "state", "socket" ...; detail: where */
	struct status_item footprint[WIRE_ITEMS_MAX];
};

struct list_request {
	bool is_other_owner; /* administrators only */
	uint32_t owner;      /* uid; ignored for one's own */
	uint64_t after;      /* number of the last entry seen; 0 for the first page */
};

/* show, use, delete, confirm: one certificate of one owner. */
struct certificate_request {
	bool is_other_owner; /* delete only */
	uint32_t owner;
	struct digest id;
};
struct entry_reply {
	struct entry entry;
};
struct show_reply {
	struct entry entry;
	struct bytes certificate;
	struct bytes_list chain;
};

struct pin_request {
	struct digest id;
	struct secret *old_pin;
	struct secret *new_pin;
};

/* An original crosses in pieces: begin, data in order, commit. One at a time per connection. */
struct import_begin_request {
	uint32_t size;
	struct digest digest; /* SHA-256 of the whole file */
};
struct import_data_request {
	uint32_t offset; /* where the piece begins: must be what has arrived so far */
	struct secret *piece;
};
struct import_commit_request {
	struct secret *pin;
	bool resets_pin;
	bool activates;
	bool is_download;    /* part of `get`: the policy is asked for "get" too */
	int64_t verified_at; /* a copy proven on removable media; 0: none */
	char *where;
};
struct import_commit_reply {
	uint8_t result;    /* enum import_result */
	uint32_t warnings; /* bits of enum warning */
	struct entry entry;
};

struct login_request {
	struct digest id;
	struct secret *pin;
};
struct login_reply {
	uint32_t idle_seconds; /* after which the vault ends the login by itself */
	uint32_t max_seconds;
};

struct original_proven_request {
	struct digest id;
	struct digest file;
	int64_t at;
	char *where;
};

struct explain_request {
	char *action;
	bool has_certificate;
	struct digest id;
};
struct explain_reply {
	bool is_allowed;
	char *rule;
	uint32_t line;
};

/* The log: entries of one's own certificates and of one's own acts. */
struct log_request {
	uint64_t after; /* `next` of the last page; 0 for the first */
	int64_t since;  /* entries of this moment and later; 0: all */
};
/* What a reply to log begins with; `count` entries (wire_log_entry) follow. */
struct log_head {
	bool has_more;
	uint64_t next;       /* where to go on: also a page without entries may be followed */
	uint32_t unreadable; /* entries on this page that are not as they were written */
	uint16_t count;
};

/* With the open login's key. `input` is the digest; for Ed25519 the message. */
struct sign_request {
	struct digest id;
	uint8_t scheme; /* enum sign_scheme */
	uint8_t hash;   /* enum sign_hash */
	struct bytes input;
};
/* ECDSA: r | s, both as long as the curve's order. */
struct sign_reply {
	struct bytes signature;
};

/* RSA-OAEP (RFC 8017, 7.1.2), MGF1 with the same hash, no label. */
struct decrypt_request {
	struct digest id;
	uint8_t hash; /* enum sign_hash */
	struct bytes input;
};
struct decrypt_reply {
	struct secret *plain; /* NULL: nothing was enciphered */
};

struct empty_message {
	uint8_t none;
};

void wire_hello_request(struct cursor *cursor, struct hello_request *request);
void wire_hello_reply(struct cursor *cursor, struct hello_reply *reply);
void wire_status_reply(struct cursor *cursor, struct status_reply *reply);
void wire_list_request(struct cursor *cursor, struct list_request *request);
/* What a reply to list begins with; `count` entries (entry_code) follow, at most WIRE_PAGE_MAX:
 * pages are written and read entry by entry. */
void wire_list_head(struct cursor *cursor, bool *has_more, uint16_t *count);
void wire_certificate_request(struct cursor *cursor, struct certificate_request *request);
void wire_entry_reply(struct cursor *cursor, struct entry_reply *reply);
void wire_show_reply(struct cursor *cursor, struct show_reply *reply);
void wire_pin_request(struct cursor *cursor, struct pin_request *request);
void wire_import_begin_request(struct cursor *cursor, struct import_begin_request *request);
void wire_import_data_request(struct cursor *cursor, struct import_data_request *request);
void wire_import_commit_request(struct cursor *cursor, struct import_commit_request *request);
void wire_import_commit_reply(struct cursor *cursor, struct import_commit_reply *reply);
void wire_login_request(struct cursor *cursor, struct login_request *request);
void wire_login_reply(struct cursor *cursor, struct login_reply *reply);
void wire_original_proven_request(struct cursor *cursor, struct original_proven_request *request);
void wire_explain_request(struct cursor *cursor, struct explain_request *request);
void wire_explain_reply(struct cursor *cursor, struct explain_reply *reply);
void wire_log_request(struct cursor *cursor, struct log_request *request);
void wire_log_head(struct cursor *cursor, struct log_head *head);
void wire_log_entry(struct cursor *cursor, struct audit_entry *entry);
void wire_log_verify_reply(struct cursor *cursor, struct audit_report *report);
void wire_sign_request(struct cursor *cursor, struct sign_request *request);
void wire_sign_reply(struct cursor *cursor, struct sign_reply *reply);
void wire_decrypt_request(struct cursor *cursor, struct decrypt_request *request);
void wire_decrypt_reply(struct cursor *cursor, struct decrypt_reply *reply);

void hello_request_clear(struct hello_request *request);
void status_reply_clear(struct status_reply *reply);
void entry_reply_clear(struct entry_reply *reply);
void show_reply_clear(struct show_reply *reply);
void pin_request_clear(struct pin_request *request);
void import_data_request_clear(struct import_data_request *request);
void import_commit_request_clear(struct import_commit_request *request);
void import_commit_reply_clear(struct import_commit_reply *reply);
void login_request_clear(struct login_request *request);
void original_proven_request_clear(struct original_proven_request *request);
void explain_request_clear(struct explain_request *request);
void explain_reply_clear(struct explain_reply *reply);
void sign_request_clear(struct sign_request *request);
void sign_reply_clear(struct sign_reply *reply);
void decrypt_request_clear(struct decrypt_request *request);
void decrypt_reply_clear(struct decrypt_reply *reply);
OWN_DEFINE_HELD(wire_error, wire_error_clear)
OWN_DEFINE_HELD(hello_request, hello_request_clear)
OWN_DEFINE_HELD(status_reply, status_reply_clear)
OWN_DEFINE_HELD(entry_reply, entry_reply_clear)
OWN_DEFINE_HELD(show_reply, show_reply_clear)
OWN_DEFINE_HELD(pin_request, pin_request_clear)
OWN_DEFINE_HELD(import_data_request, import_data_request_clear)
OWN_DEFINE_HELD(import_commit_request, import_commit_request_clear)
OWN_DEFINE_HELD(import_commit_reply, import_commit_reply_clear)
OWN_DEFINE_HELD(login_request, login_request_clear)
OWN_DEFINE_HELD(original_proven_request, original_proven_request_clear)
OWN_DEFINE_HELD(explain_request, explain_request_clear)
OWN_DEFINE_HELD(explain_reply, explain_reply_clear)
OWN_DEFINE_HELD(sign_request, sign_request_clear)
OWN_DEFINE_HELD(sign_reply, sign_reply_clear)
OWN_DEFINE_HELD(decrypt_request, decrypt_request_clear)
OWN_DEFINE_HELD(decrypt_reply, decrypt_reply_clear)
