/* vault.h - the few words that the daemon and every front end share about a vault. Their numbers
 * cross the wire, their words are read by scripts; neither ever changes.
 */
#pragma once

#include <stdint.h>

/* What the vault takes in, wherever it passes. */
enum {
	CERTIFICATE_SIZE_MAX = 64 * 1024,
	ORIGINAL_SIZE_MAX = 1024 * 1024, /* a PKCS#12 file */
};

enum vault_state {
	VAULT_READY = 0,
	VAULT_MACHINE_CHANGED = 1, /* other machine; host key missing, damaged or foreign */
	VAULT_ROLLED_BACK = 2,
	VAULT_DAMAGED = 3, /* damaged or incomplete */
};
const char *vault_state_word(enum vault_state state); /* "ready", "machine-changed", ... */

enum vault_binding { VAULT_BINDING_HOST = 0, VAULT_BINDING_TPM = 1 };
const char *vault_binding_word(enum vault_binding binding); /* "host", "tpm" */

enum import_result { IMPORT_IMPORTED = 0, IMPORT_ALREADY_THERE = 1, IMPORT_PIN_RESET = 2 };
const char *import_result_word(enum import_result result); /* "imported", ... */

enum warning {
	WARNING_EXPIRED = 1 << 0,
	WARNING_NOT_YET_VALID = 1 << 1,
	WARNING_WEAK_SIGNATURE = 1 << 2,
	WARNING_ON_THIS_COMPUTER = 1 << 3, /* the front end's, not the vault's */
	WARNING_WEAK_PROTECTION = 1 << 4,  /* the original's own protection is old and weak */
	WARNING_COUNT = 5,                 /* how many bits there are */
};
/* The word of one bit: "expired", "not-yet-valid", "weak-signature",
 * "original-on-this-computer", "weak-protection". */
const char *warning_word(enum warning warning);
