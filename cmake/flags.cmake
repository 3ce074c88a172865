# How everything is compiled: warnings are errors, and the hardening of a program that holds
# keys. See docs/architecture.md.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_EXTENSIONS ON) # two of them: the cleanup attribute and statement expressions
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
include(CheckPIESupported)
check_pie_supported()

add_compile_definitions(_GNU_SOURCE _FILE_OFFSET_BITS=64)
add_compile_options(
  -Wall -Wextra -Werror -Wshadow -Wconversion -Wmissing-prototypes -Wstrict-prototypes -Wcast-qual
  -Wswitch-enum -Wformat=2 -Wvla -Wundef -Wpointer-arith -Wwrite-strings
  -fno-strict-aliasing -fno-common -fvisibility=hidden)

set(KINKO_SANITIZE "" CACHE STRING "address or thread: sanitizers for tests; empty: a hardened build")
if(KINKO_SANITIZE STREQUAL "address")
  # _FORTIFY_SOURCE and AddressSanitizer check the same calls and get in each other's way.
  set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(KINKO_SANITIZE STREQUAL "thread")
  set(sanitize -fsanitize=thread)
endif()
if(KINKO_SANITIZE)
  add_compile_options(${sanitize} -fno-omit-frame-pointer -g -O1)
  add_link_options(${sanitize})
  # Sanitizers reserve terabytes of address space: limits on it cannot be set beside them.
  add_compile_definitions(KINKO_SANITIZED=1)
else()
  add_compile_definitions(KINKO_SANITIZED=0)
  add_compile_options(
    -O2 -g -fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
    -ftrivial-auto-var-init=zero -fcf-protection=full)
  add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code,--as-needed)
endif()
