#pragma once
// libcurl; the variadic calls have fixed-argument forms here, since Swift cannot import variadic functions.
#if __has_include(<curl/curl.h>)
#include <curl/curl.h>
#else
#error "libcurl is missing: run `make deps` (Debian: apt-get install libcurl4-openssl-dev)"
#endif
