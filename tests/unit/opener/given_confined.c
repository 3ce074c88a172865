/* given_confined.c - a process that has confined itself: the tests of the base know how.
 */
#include "tests/unit/base/given_confined.c"
