// The sources that the package installs, compiled here as they are. Strict mode: the loose machine takes bare line feeds
// in chunk sizes and bytes outside ASCII in targets.
#define LLHTTP_STRICT_MODE 1
#include "llhttp.h"
#include "/usr/share/llhttp/llhttp.c"
