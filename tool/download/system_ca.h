/* system_ca.h - where this system keeps the certificates of the CAs it trusts.
 */
#pragma once

/* NULL when there are none. Never asks the environment. */
const char *system_ca_file(void);
