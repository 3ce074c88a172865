/* status.c - see status.h
 *
 * Names are stable words that the front end translates; details are places and figures. A
 * protection is `on` only when this process has just seen that it is.
 */
#include "vault/daemon/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/daemon/facts.h"
#include "vault/opener/job.h"

struct lines {
	struct status_item *items;
	uint8_t *count;
	enum err err;
};

static void add(struct lines *lines, const char *name, bool is_on, const char *format, ...)
	PRINTF_LIKE(4, 5);

static void add(struct lines *lines, const char *name, bool is_on, const char *format, ...)
{
	struct status_item item = {.name = strdup(name), .is_on = is_on};
	va_list list;
	int size;

	if (lines->err != ERR_OK || *lines->count == WIRE_ITEMS_MAX) {
		free(item.name);
		return;
	}
	va_start(list, format);
	size = vasprintf(&item.detail, format, list);
	va_end(list);
	if (item.name == NULL || size < 0) {
		free(item.name);
		lines->err = ERR_MEMORY;
		return;
	}
	lines->items[(*lines->count)++] = item;
}

static void add_vault_protections(struct lines *lines, const struct service *service)
{
	const struct keeper *keeper = service->keeper;
	bool is_tied_to_tpm = keeper_binding(keeper) == VAULT_BINDING_TPM;
	bool is_private = service->place->is_private;
	unsigned unlocked = secret_unlocked_count();

	add(lines, "copy-proof", !is_private && keeper_state(keeper) == VAULT_READY, "%s", "");
	add(lines, "own-system-user", !is_private, "%s", is_private ? "" : PLACE_USER);
	add(lines, "bound-to-machine", keeper_state(keeper) == VAULT_READY, "%s",
	    vault_binding_word(keeper_binding(keeper)));
	add(lines, "machine-compared",
	    keeper_machine_was_compared(keeper) && !keeper_machine_differs(keeper), "%s", "");
	add(lines, "rollback-anchor", keeper_state(keeper) == VAULT_READY, "%s",
	    is_tied_to_tpm ? "TPM" : service->place->anchor);
	if (is_tied_to_tpm)
		add(lines, "tpm-writes", true, "%s", "");
	add(lines, "secrets-locked-in-memory", unlocked == 0, "%u", unlocked);
	add(lines, "keys-in-secure-heap", keeper_keys_are_locked(), "%s", "");
}

/* The detail says what is wrong, since which entry and with how many; it stands in the log too. */
static void add_log_protections(struct lines *lines, const struct keeper *keeper)
{
	struct audit_finding finding = keeper_log_finding(keeper);
	bool is_ready = keeper_state(keeper) == VAULT_READY;
	bool is_whole = finding.action == 0 || finding.action == AUDIT_UNCLEAN_END;

	if (is_whole)
		add(lines, "log-whole", is_ready, "%s", "");
	else
		add(lines, "log-whole", false, "%s: %llu, %u",
		    audit_action_word((enum audit_action)finding.action),
		    (unsigned long long)finding.number, finding.count);
	add(lines, "log-room", is_ready && !keeper_log_is_short(keeper), "%s", "");
}

static void add_process_protections(struct lines *lines, const struct service *service)
{
	struct facts facts;

	facts_find_out(&facts);
	add(lines, "memory-unreadable", !facts.is_dumpable, "%s", "");
	add(lines, "no-core-dump", !facts.can_dump_core && !facts.is_dumpable, "%s", "");
	add(lines, "no-capabilities", !facts.has_capabilities, "%s", "");
	add(lines, "no-new-privileges", !facts.can_gain_privileges, "%s", "");
	add(lines, "no-new-code", !facts.can_execute_new_code, "%s", "");
	add(lines, "syscall-filter", facts.has_syscall_filter, "seccomp%s",
	    facts.has_syscall_filter ? "" : ", not enforced");
	add(lines, "file-access-limits", facts.has_file_limits, "landlock abi %u",
	    facts.file_limits_version);
	add(lines, "no-network", !facts.can_make_network_socket, "%s",
	    service->has_own_network ? "own namespace" : "");
	add(lines, "environment-ignored", facts.has_clean_environment, "%s", "");
	add(lines, "originals-opened-apart", true, "%s", OPENER_PROGRAM);
}

static void add_path(struct lines *lines, const char *name, const char *folder, const char *file)
{
	char path[4096];
	struct stat status;

	(void)snprintf(path, sizeof path, "%s%s%s", folder, file[0] == '\0' ? "" : "/", file);
	add(lines, name, lstat(path, &status) == 0, "%s", path);
}

/* Where a package or ./run install may have put the unit. */
static void add_unit(struct lines *lines)
{
	static const char *const folders[] = {"/etc/systemd/system", "/lib/systemd/system",
					      "/usr/local/lib/systemd/system"};

	for (size_t i = 0; i < COUNT_OF(folders); i++) {
		char path[256];
		(void)snprintf(path, sizeof path, "%s/kinkod.service", folders[i]);
		if (access(path, F_OK) == 0)
			add_path(lines, "service", folders[i], "kinkod.service");
	}
}

static void add_programs(struct lines *lines, const struct service *service)
{
	char path[4096];
	ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);

	if (size > 0) {
		path[size] = '\0';
		add(lines, "program", true, "%s", path);
	}
	add_path(lines, "opener", service->opener_path, "");
}

/* `is_on`: whether it is there now. */
static void add_footprint(struct lines *lines, const struct service *service)
{
	const struct place *place = service->place;

	add(lines, "user", true, "%s", service->user_name);
	add_path(lines, "socket", place->socket, "");
	add_path(lines, "state", place->state, "");
	add_path(lines, "anchor", place->anchor, "");
	add_path(lines, "host-key", place->config, PLACE_HOST_KEY);
	add_path(lines, "policy", place->config, PLACE_POLICY);
	add_path(lines, "settings", place->config, PLACE_SETTINGS);
	if (!place->is_private)
		add_unit(lines);
	add_programs(lines, service);
}

enum err status_fill(const struct service *service, struct status_reply *reply)
{
	const struct keeper *keeper = service->keeper;
	struct lines protections = {.items = reply->protections, .count = &reply->protection_count};
	struct lines footprint = {.items = reply->footprint, .count = &reply->footprint_count};

	reply->vault_state = (uint8_t)keeper_state(keeper);
	reply->refusal = (uint32_t)keeper_refusal(keeper);
	reply->binding = (uint8_t)keeper_binding(keeper);
	reply->is_private = service->place->is_private;
	add_vault_protections(&protections, service);
	add_log_protections(&protections, keeper);
	add_process_protections(&protections, service);
	add_footprint(&footprint, service);
	TRY(protections.err);
	return footprint.err;
}
