/* facts.h - whether this process is protected as it should be: found out by asking the kernel or
 * by trying, never remembered.
 */
#pragma once

#include <stdbool.h>

struct facts {
	bool is_dumpable;
	bool can_dump_core;
	bool can_gain_privileges;
	bool has_capabilities;
	bool has_syscall_filter;      /* one that kills */
	bool has_file_limits;         /* a folder that everybody may list could not be opened */
	unsigned file_limits_version; /* of Landlock, in this kernel; 0: none */
	bool can_make_network_socket;
	bool can_execute_new_code;  /* memory that was written can become a program */
	bool has_clean_environment; /* nothing of who started it but the language */
};

void facts_find_out(struct facts *out_facts);

/* Whether no interface but the loopback is here. To be asked before the files are out of reach. */
bool facts_has_no_network(void);
