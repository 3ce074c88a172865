/* given_keeper.c - the daemon's tests need a vault with a key in it: the keeper's tests know how.
 */
#include "tests/unit/keeper/given.c"
