/* given.h - originals from tests/originals, and opening them in this process.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vault/opener/job.h"
#include "vault/opener/library.h"

#define DEMO_PIN  "demo1234"
#define DEMO_NAME "司法書士 太郎"

/* setup and teardown of a group: *state is the struct library. */
int given_library(void **state);
int drop_library(void **state);

struct secret *given_file(const char *name); /* "chain.p12" */
struct secret *given_secret(const void *bytes, size_t size);
struct secret *given_pin(const char *pin); /* NULL for "" */

/* Opens and forgets: only the error counts. */
enum err opening(const struct library *library, enum opener_mode mode, const char *pin,
		 const struct secret *original);
/* Opens what must open. */
struct opened *opened_original(const struct library *library, enum opener_mode mode,
			       const char *pin, const struct secret *original);
/* Seconds of CPU this process used. */
double cpu_seconds(void);
