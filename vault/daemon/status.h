/* status.h - how the vault is protected, told as it is, and what it leaves on this computer.
 */
#pragma once

#include "vault/daemon/service.h"
#include "vault/wire/message.h"

/* Fills a zeroed reply; the caller clears it, also on failure. */
enum err status_fill(const struct service *service, struct status_reply *reply) MUST_CHECK;
