/* streams.h - the three standard streams, which whoever started us may have closed.
 */
#pragma once

/* First of all: a descriptor that is opened later must never become one of them, or what is
 * printed would go into a socket. What was closed stays useless: writing to it fails. */
void streams_hold(void);
