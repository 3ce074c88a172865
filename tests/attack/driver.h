/* driver.h - a keeper that does what an attack says, line by line: what the whole daemon could
 * only show slowly. The vault's real code, with the least stretching that libsodium accepts, a
 * disk that fails when told, and a count of PIN evaluations that the vault knows nothing of.
 *
 * One request a line, words between blanks; one answer a line. What cannot be, ends the driver:
 * an attack that gets no answer has failed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/unit/keeper/given.h"
#include "tests/unit/keeper/given_tpm.h"

enum { WORDS_MAX = 16, NAMES_MAX = 8, NAME_SIZE = 16, ANSWER_SIZE = 1024, LINE_SIZE = 65536 };

/* A certificate that the driver has the key of, to import it again. */
struct named {
	char name[NAME_SIZE];
	struct given_identity *identity;
	uid_t owner;  /* of the last import */
	char pin[32]; /* that opens it */
};

struct driver {
	struct place_for_vault *place;
	struct keeper *keeper; /* NULL: closed */
	struct given_tpm *given_tpm;
	struct tpm *tpm;
	size_t count;
	struct named named[NAMES_MAX];
};

struct request {
	size_t count;
	char *words[WORDS_MAX];
	char *answer; /* ANSWER_SIZE */
};

/* The word, or the driver ends: the attack is written wrongly. */
const char *request_word(const struct request *request, size_t at);
unsigned long request_number(const struct request *request, size_t at);

struct named *driver_named(struct driver *driver, const char *name);

/* What a request does; its answer is written. */
typedef void request_run(struct driver *driver, struct request *request);

request_run driver_open, driver_close;
/* Acts on an open vault; see driver_acts.c. */
request_run driver_act;
bool driver_is_act(const char *word);
/* killed KIND NTH ACT...: in a child that opens the vault and is stopped at its n-th call. */
request_run driver_killed;
/* failed KIND NTH ERRNO ACT...: a call of this process fails. */
request_run driver_failed;
/* probe: opened, listed, logged in, signed, closed. "ok DIGEST" or what was refused. */
request_run driver_probe;
/* flip FILE FROM TO STEP SEED|all: one bit of every byte (or all 8), each probed; see there. */
request_run driver_flip;
/* cut FILE FROM TO: every length of the file, each probed. */
request_run driver_cut;
/* timing UID NAME COUNT PIN PIN: Welch's t of two wrong PINs. */
request_run driver_timing;
request_run driver_row; /* see driver_row.c */
/* tpm VERB: on, power, cut, cut-before-move, clear, lockout, password NEW, keep, put-back. */
request_run driver_tpm;
