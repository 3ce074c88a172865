/* program.h - where the parts of Kinko lie: in a build tree and after an install alike.
 *
 * Found from the running program's own file, never from the environment, so that nobody can
 * lead a program to a foreign opener or foreign sentences.
 */
#pragma once

#include "vault/base/err.h"

/* A program of ours: beside the running one, else in ../libexec/kinko.
 * ERR_PROGRAM_MISSING with its name. Owned by the caller. */
enum err program_find(const char *name, char **out_path) MUST_CHECK;

/* The module that other programs load: in ../lib or ../lib/pkcs11 beside the running
 * program's folder. ERR_PROGRAM_MISSING. An absolute path without
 * links, owned by the caller. */
#define PROGRAM_MODULE "kinko-pkcs11.so"
enum err program_module(char **out_path) MUST_CHECK;

/* ../share/locale beside the running program's folder. Owned by the caller. */
enum err program_locale_folder(char **out_path) MUST_CHECK;
