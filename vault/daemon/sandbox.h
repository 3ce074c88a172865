/* sandbox.h - what this process gives up for good, and the proof that it did.
 *
 * The order is the caller's: begin before anything else, drop_to once what needs the
 * administrator is done, close before the first byte of a client.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "vault/base/err.h"

/* No core dump, no reading of this memory by others, files for their owner only, and as many
 * descriptors and locked bytes as the system grants. */
enum err sandbox_begin(void) MUST_CHECK;
/* Becomes this user in every respect. Only root can. */
enum err sandbox_drop_to(uid_t uid, gid_t gid) MUST_CHECK;
/* No capability and no new privilege, whoever this is. */
enum err sandbox_close(void) MUST_CHECK;

/* As the kernel reports it, not as this program remembers it. */
struct sandbox_facts {
	bool is_dumpable;
	bool can_dump_core;
	bool can_gain_privileges;
	bool has_capabilities;
	bool has_syscall_filter;
	bool has_file_limits;
};
void sandbox_read_facts(struct sandbox_facts *out_facts);
/* How many descriptors this process may have open. */
size_t sandbox_descriptor_limit(void);
