// Counts how often a process asks the kernel to make something durable. Preloaded into the server; the count is the first
// eight bytes of the file that STEPWELL_BENCH_SYNCS names, shared with whoever reads it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static atomic_ullong *count;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("STEPWELL_BENCH_SYNCS");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *shared = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (shared != MAP_FAILED) count = shared;
}

static void note(void) {
    if (count) atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
}

static int forward(const char *name, int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    note();
    return real(file);
}

int fsync(int file) { return forward("fsync", file); }
int fdatasync(int file) { return forward("fdatasync", file); }
int syncfs(int file) { return forward("syncfs", file); }

int msync(void *address, size_t length, int flags) {
    int (*real)(void *, size_t, int) = (int (*)(void *, size_t, int))dlsym(RTLD_NEXT, "msync");
    if (flags & MS_SYNC) note();
    return real(address, length, flags);
}
