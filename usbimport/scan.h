/* scan.h - looks through a stick or folder for files that could be originals.
 *
 * Before the PIN only names, folders and sizes are known. Bounded: 4 levels, 2,000 entries,
 * 1 MiB a file, 5 seconds; never crosses to another file system, never follows a link. Hidden files
 * and the waste baskets and system folders of other systems are passed over.
 *
 * Names on a stick are any bytes but '/' and NUL: they are kept as they are, and whoever shows them
 * escapes them (utf8_escape).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

enum { SCAN_DEPTH_MAX = 4, SCAN_ENTRIES_MAX = 2000 };

struct found {
	char *path;
	uint64_t size;
};

struct skipped {
	char *path;
	const char *why; /* a message id */
};

struct scan {
	size_t count;
	struct found *items; /* .p12 and .pfx (any case): those in Kinko/ first, then by path */
	size_t skipped_count;
	struct skipped *skipped; /* had the right name but were links, devices, too large ... */
	bool is_cut;             /* a limit ended the search: there may be more */
};

/* ERR_STICK_FOLDER: the folder itself cannot be read. ERR_STICK_GONE. */
enum err scan_folder(const char *folder, struct scan **out_scan) MUST_CHECK;
void scan_free(struct scan *scan);
OWN_DEFINE(scan, scan_free)
