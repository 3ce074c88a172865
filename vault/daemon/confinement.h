/* confinement.h - the system calls and files that daemon and starter keep once they are ready;
 * everything else is gone for good (vault/base/confine.h).
 */
#pragma once

#include "vault/base/confine.h"
#include "vault/daemon/setup.h"

/* The daemon's, before the first byte of a client and before there are other threads. Libraries,
 * sentences and names that are looked up later must have been looked up once before.
 * *out_version: Landlock's; 0 where the kernel has none and files are not limited. */
enum err confine_daemon(const struct folders *folders, unsigned *out_version) MUST_CHECK;

/* The starter's: it executes this program, with the libraries it needs, and nothing else. */
enum err confine_starter(const char *program) MUST_CHECK;

/* The calls themselves, CONFINEMENT_LISTS lists each, so that tests can prove them one by one. */
enum { CONFINEMENT_LISTS = 2 };
const struct call_list *confinement_daemon_calls(void);
const struct call_list *confinement_starter_calls(void);
