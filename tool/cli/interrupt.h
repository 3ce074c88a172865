/* interrupt.h - Ctrl-C, and being asked to end.
 *
 * The first signal only makes a descriptor readable: prompts, downloads and waiting for a stick
 * watch it, so that the work stops between two steps and the terminal is left as it was. When
 * that takes too long, or at a second signal, a watching thread ends the program.
 */
#pragma once

#include <stdbool.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

struct interrupt;

/* `give_up` says the last words, in the watching thread, before it ends the program. Must be
 * called before any other thread is made. */
enum err interrupt_open(void (*give_up)(void *context), void *context,
			struct interrupt **out_interrupt) MUST_CHECK;
int interrupt_fd(const struct interrupt *interrupt); /* readable once it happened */
bool interrupt_happened(const struct interrupt *interrupt);
void interrupt_close(struct interrupt *interrupt);
OWN_DEFINE(interrupt, interrupt_close)
