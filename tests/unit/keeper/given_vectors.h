/* given_vectors.h - the golden vectors of tests/vectors: rows one by one, and a whole vault.
 *
 * They are made once by `keeper_test_vectors --make FOLDER` and then never change: what opens
 * them today must open them for ever. docs/store.md describes the formats.
 */
#pragma once

#include "vault/base/secret.h"
#include "vault/keeper/keys.h"

#define VECTORS_ROWS    "rows.txt"
#define VECTORS_PIN     "abcd1234"
#define VECTORS_UID     1001
#define VECTORS_OTHER   1002
#define VECTORS_LABEL   "司法書士 太郎"
#define VECTORS_MACHINE "0123456789abcdef0123456789abcdef"

/* The fixed secrets: bytes 1, 2, 3 ... and 101, 102, 103 ... */
void vectors_fill(uint8_t *bytes, size_t size, uint8_t first);
struct secret *vectors_host_key(void);

void vectors_make(const char *folder);
