/* sandbox.h - what this process gives up for good, and the proof that it did.
 *
 * The order is the caller's: begin before anything else, leave_network and drop_to once what
 * needs the administrator is done, close, then confinement.h before the first byte of a client.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "vault/base/err.h"

/* No core dump, no reading of this memory by others, files for their owner only, and as many
 * descriptors and locked bytes as the system grants. */
enum err sandbox_begin(void) MUST_CHECK;
/* Root only: a network of this process's own, in which there is nothing, and no shared memory of
 * others. The socket's file stays reachable. ERR_INTERNAL where the kernel has none to give. */
enum err sandbox_leave_network(void) MUST_CHECK;
/* Becomes this user in every respect, in this group and `also` in that one. Only root can. */
enum err sandbox_drop_to(uid_t uid, gid_t gid, gid_t also) MUST_CHECK;
/* No capability and no new privilege, whoever this is. */
enum err sandbox_close(void) MUST_CHECK;

/* How many descriptors this process may have open. */
size_t sandbox_descriptor_limit(void);
