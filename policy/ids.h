/* ids.h - a list of users or groups as numbers.
 *
 * Names become numbers once, when the policy is loaded: a decision never asks the system who
 * somebody is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

/* uid_t and gid_t are both 32 bits wide on Linux. */
struct ids {
	size_t count;
	uint32_t *items;
};

enum ids_kind { IDS_USERS, IDS_GROUPS };
enum ids_answer { IDS_FOUND, IDS_UNKNOWN };

/* An unknown name is an answer and not a fault. */
enum err ids_look_up(enum ids_kind kind, const char *name, enum ids_answer *out_answer,
		     uint32_t *out_id) MUST_CHECK;

enum err ids_add(struct ids *ids, uint32_t id) MUST_CHECK;
bool ids_hold(const struct ids *ids, uint32_t id);
void ids_clear(struct ids *ids);
OWN_DEFINE_HELD(ids, ids_clear)
