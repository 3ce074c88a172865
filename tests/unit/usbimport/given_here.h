/* given_here.h - a fresh folder and the bytes of an original for each test of TEST_HERE.
 */
#pragma once

#include "vault/base/secret.h"

extern char *here_folder;
extern struct secret *here_bytes; /* 3000 of them */

/* "FOLDER/NAME" */
const char *here(const char *name);

int here_make(void **state);
int here_remove(void **state);
#define TEST_HERE(name) cmocka_unit_test_setup_teardown(name, here_make, here_remove)
