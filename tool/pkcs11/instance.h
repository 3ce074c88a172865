/* instance.h - the module between C_Initialize and C_Finalize. PKCS#11 gives a library no handle to
 * keep its state behind, so here, and nowhere else, is a variable of the whole process.
 *
 *   state        entered by                      left by
 *   none         load, C_Finalize, fork (child)  C_Initialize -> ready
 *   ready        C_Initialize                    C_Finalize, fork (child) -> none
 *
 * A child after fork() has none, whatever its parent had, and leaves what its parent had alone:
 * locks in it may be held by threads that the child has not.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include "tool/pkcs11/session.h"
#include "tool/pkcs11/slots.h"

struct instance {
	pid_t process;
	unsigned references; /* calls that are going on, and one while ready */
	struct slots *slots;
	struct sessions *sessions;
	pthread_mutex_t lock; /* of what follows */
	bool is_over;         /* C_Finalize was called */
	pthread_cond_t over;
};

/* CKR_CRYPTOKI_ALREADY_INITIALIZED, CKR_HOST_MEMORY. */
CK_RV instance_begin(void);
/* CKR_CRYPTOKI_NOT_INITIALIZED. */
CK_RV instance_end(void);

/* NULL: not initialized in this process. */
struct instance *instance_enter(void);
void instance_leave(struct instance *instance); /* accepts NULL */

/* Sleeps; true at once when C_Finalize is called meanwhile. */
bool instance_wait(struct instance *instance, unsigned milliseconds);
