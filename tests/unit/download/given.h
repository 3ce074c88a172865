/* given.h - answers of a server, ready made.
 */
#pragma once

#include "tool/download/reply.h"

/* An answer with these header lines (without line ends; NULL ends the list) and this body. */
struct reply *given_reply(long status, const char *const *headers, const char *body);
/* A problem body with this code. */
struct reply *given_problem(long status, const char *code);
