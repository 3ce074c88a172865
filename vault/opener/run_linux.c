/* run_linux.c - see run.h */
#include "vault/opener/run.h"
