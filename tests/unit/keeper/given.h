/* given.h - what the keeper's tests begin with: an empty place for a vault, keys, certificates. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vault/cert/entry.h"
#include "vault/keeper/keeper.h"

enum { GIVEN_UID = 1001, GIVEN_OTHER_UID = 1002, GIVEN_TRIES = 5 };

/* A place on disk, and the settings of a keeper there. */
struct place_for_vault {
	char path[64];
	int state, anchor;
	struct secret *host_key;
	struct keeper_settings settings;
};

/* Exactly one Argon2id pass over 8 KiB: tests are about the order of things, not the cost. */
extern const struct keeper_cost given_cost;

void given_process(void); /* keeper_init, once */
struct place_for_vault *given_place(void);
void given_place_gone(struct place_for_vault *place);
/* Opens and expects it to be ready. */
struct keeper *given_keeper(struct place_for_vault *place);

/* A key and its self-signed certificate. */
struct given_identity {
	struct secret *key;
	struct bytes certificate;
	struct digest id;
};
enum given_kind {
	GIVEN_P256,
	GIVEN_RSA,
	GIVEN_ED25519,
	GIVEN_P384,
	GIVEN_P521,
	GIVEN_RSA_FOR_CIPHER, /* its key usage has keyEncipherment */
};
struct given_identity *given_identity(enum given_kind kind, const char *common_name);
void given_identity_gone(struct given_identity *identity);

struct secret *given_pin(const char *text);

/* Imports under GIVEN_UID or `uid` and expects the result. */
void given_imported(struct keeper *keeper, uid_t uid, const struct given_identity *identity,
		    const char *pin, enum import_result expected);
enum err given_import(struct keeper *keeper, uid_t uid, const struct given_identity *identity,
		      const char *pin, const char *friendly_name, bool resets, bool activates,
		      enum import_result *out_result, uint32_t *out_warnings,
		      struct entry *out_entry);
/* A login that is closed again at once. */
enum err given_login(struct keeper *keeper, uid_t uid, const struct given_identity *identity,
		     const char *pin, uint8_t *out_tries_left);
/* The one that every application sees; false: none. */
bool given_active(struct keeper *keeper, uid_t uid, struct digest *out_id);
uint8_t given_tries_left(struct keeper *keeper, uid_t uid, const struct given_identity *identity);

/* All names and contents of the place, as one digest: equal means untouched. */
struct digest given_contents(const struct place_for_vault *place);
/* Copies all files of one place over those of another. */
void given_copy(const struct place_for_vault *from, const struct place_for_vault *to);
/* A proper anchor, but not of this vault, in place of its own. */
void given_other_anchor(const struct place_for_vault *place);
