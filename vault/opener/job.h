/* job.h - what is asked of kinko-opener and what it answers: one flat message each way over its
 * two pipes (standard input and output), written and read by the same functions.
 *
 * The opener is a program of its own, executed anew for each original, because an original is
 * hostile input. Only an answer to OPENER_KEY holds a private key, and only the daemon asks that.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/bytes.h"
#include "vault/base/cursor.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/secret.h"
#include "vault/base/vault.h"

#define OPENER_PROGRAM "kinko-opener"

enum {
	OPENER_PIN_MAX = 255,
	OPENER_ANSWER_MAX = 3 * 1024 * 1024,
	OPENER_SECONDS = 10, /* wall clock a caller waits before it kills; CPU is limited to 5 */
	OPENER_JOB_MAX = ORIGINAL_SIZE_MAX + 4096,
	/* Before either message on the pipe: its size, u32, big-endian. */
	OPENER_FRAME_SIZE = 4,
};

enum opener_mode {
	OPENER_KEY = 1,   /* everything, with the key: the daemon's import */
	OPENER_SHOW = 2,  /* certificate, chain, name; no key leaves */
	OPENER_CHECK = 3, /* as SHOW, and the key is proven against the certificate inside */
	OPENER_PIN = 4,   /* the same contents under a new PIN: only the rebuilt file leaves */
};

struct opener_job {
	uint8_t mode; /* enum opener_mode */
	struct secret *pin;
	struct secret *new_pin; /* OPENER_PIN only, else NULL */
	struct secret *original;
};
void opener_job_code(struct cursor *cursor, struct opener_job *job);

struct opened {
	uint32_t err;             /* enum err; everything below is empty unless it is 0 */
	char *detail;             /* for the user's sentence */
	struct secret *key;       /* PKCS#8 DER, unencrypted; OPENER_KEY only */
	struct bytes certificate; /* DER; the one that matches the key */
	struct bytes_list chain;  /* the others, DER, in the order of the file */
	char *friendly_name;      /* "" when none */
	char *protection;         /* for people: "PBES2 AES-256-CBC, HMAC-SHA-256, 2048 rounds" */
	bool is_weakly_protected; /* RC2, RC4, DES, 3DES, MD5/SHA-1 MAC, < 10,000 rounds */
	struct secret *rebuilt;   /* OPENER_PIN only: the new file */
};
void opened_code(struct cursor *cursor, struct opened *opened);
void opened_free(struct opened *opened);
OWN_DEFINE(opened, opened_free)
