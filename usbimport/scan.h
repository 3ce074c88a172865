/* scan.h - looks through a stick or folder for files that could be originals.
 *
 * Before the PIN only names, folders and sizes are known. Bounded: 4 levels, 2,000 entries,
 * 1 MiB a file, 5 seconds; never crosses to another file system, never follows a link.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

enum { SCAN_DEPTH_MAX = 4, SCAN_ENTRIES_MAX = 2000 };

struct found {
	char *path;
	uint64_t size;
};

struct scan {
	size_t count;
	struct found *items;  /* .p12 and .pfx (any case) in the order of their paths */
	size_t skipped_count; /* had the right name but were links, devices, too large ... */
	char **skipped;       /* "PATH: why", message ids for why */
	int is_cut;           /* a limit ended the search */
};

enum err scan_folder(const char *folder, struct scan **out_scan) MUST_CHECK;
void scan_free(struct scan *scan);
OWN_DEFINE(scan, scan_free)
