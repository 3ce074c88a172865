/* first_start.h - makes the demo: the CA, the server's own certificate, the members' originals
 * and their letters.
 */
#pragma once

#include <stdint.h>

#include "tests/server/ledger.h"
#include "vault/base/err.h"

#define FIRST_START_CA      "ca.crt"      /* what a client's ca-file names */
#define FIRST_START_LETTERS "letters.csv" /* id,pin: the letters to the members */

/* Does nothing when it was done before. Killed anywhere, the next start makes everything anew.
 * `folder` is open; original_algorithms are, too. */
enum err first_start(struct ledger *ledger, int folder, int64_t now) MUST_CHECK;
