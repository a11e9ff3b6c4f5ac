// llhttp, the HTTP/1.1 parser of Node.js. Debian's `node-llhttp` installs its header outside the compiler's search
// path, so this header, found first by our sources and by the package's own, leads there.
#if !defined(__linux__)
#error "Stepwell builds on Linux only for now; elsewhere, use a container with Debian 12"
#elif __has_include("/usr/share/include/llhttp/llhttp.h")
#include "/usr/share/include/llhttp/llhttp.h"
#else
#error "llhttp is missing: run `make deps` (Debian: apt-get install node-llhttp)"
#endif
