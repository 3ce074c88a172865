/* interface.h - the answers of C_GetInfo for each version of the standard: a program that took the
 * list of 2.40 hears 2.40.
 */
#pragma once

#include "tool/pkcs11/cryptoki.h"

CK_RV C_GetInfo_2(CK_INFO_PTR info);
CK_RV C_GetInfo_3(CK_INFO_PTR info);
