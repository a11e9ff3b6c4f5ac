#include "CWriteAhead.h"
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* Below 128 KiB: of a write of that size SQLite's layer for Unix writes nothing, and takes the disk for full. */
enum { CAPACITY = 120 << 10 };

/* A log that is open. The file of the layer below lies behind it. */
typedef struct logfile {
    sqlite3_file base; /* first: SQLite hands it back */
    sqlite3_file *file;
    unsigned char *gathered;
    sqlite3_int64 offset; /* of the first gathered byte in the file */
    int count;
} logfile;

/* Hands over what was gathered. After a failure it is gone: SQLite undoes the commit, and writes it anew if it tries again. */
static int flush(logfile *l) {
    if (l->count == 0) return SQLITE_OK;
    int count = l->count;
    l->count = 0;
    return l->file->pMethods->xWrite(l->file, l->gathered, count, l->offset);
}

static int log_write(sqlite3_file *f, const void *bytes, int count, sqlite3_int64 offset) {
    logfile *l = (logfile *)f;
    int follows = l->count > 0 && offset == l->offset + l->count && count <= CAPACITY - l->count;
    if (!follows) {
        int code = flush(l);
        if (code != SQLITE_OK) return code;
        if (count > CAPACITY) return l->file->pMethods->xWrite(l->file, bytes, count, offset);
        l->offset = offset;
    }
    memcpy(l->gathered + l->count, bytes, (size_t)count);
    l->count += count;
    return SQLITE_OK;
}

static int log_read(sqlite3_file *f, void *bytes, int count, sqlite3_int64 offset) {
    logfile *l = (logfile *)f;
    int code = flush(l);
    return code == SQLITE_OK ? l->file->pMethods->xRead(l->file, bytes, count, offset) : code;
}

static int log_truncate(sqlite3_file *f, sqlite3_int64 size) {
    logfile *l = (logfile *)f;
    int code = flush(l);
    return code == SQLITE_OK ? l->file->pMethods->xTruncate(l->file, size) : code;
}

static int log_sync(sqlite3_file *f, int flags) {
    logfile *l = (logfile *)f;
    int code = flush(l);
    return code == SQLITE_OK ? l->file->pMethods->xSync(l->file, flags) : code;
}

static int log_size(sqlite3_file *f, sqlite3_int64 *size) {
    logfile *l = (logfile *)f;
    int code = flush(l);
    return code == SQLITE_OK ? l->file->pMethods->xFileSize(l->file, size) : code;
}

static int log_close(sqlite3_file *f) {
    logfile *l = (logfile *)f;
    int flushed = flush(l);
    int closed = l->file->pMethods->xClose(l->file);
    free(l->gathered);
    return flushed == SQLITE_OK ? closed : flushed;
}

static int log_lock(sqlite3_file *f, int level) { return ((logfile *)f)->file->pMethods->xLock(((logfile *)f)->file, level); }
static int log_unlock(sqlite3_file *f, int level) { return ((logfile *)f)->file->pMethods->xUnlock(((logfile *)f)->file, level); }

static int log_reserved(sqlite3_file *f, int *is_held) {
    return ((logfile *)f)->file->pMethods->xCheckReservedLock(((logfile *)f)->file, is_held);
}

static int log_control(sqlite3_file *f, int operation, void *argument) {
    return ((logfile *)f)->file->pMethods->xFileControl(((logfile *)f)->file, operation, argument);
}

static int log_sector(sqlite3_file *f) { return ((logfile *)f)->file->pMethods->xSectorSize(((logfile *)f)->file); }

static int log_characteristics(sqlite3_file *f) {
    return ((logfile *)f)->file->pMethods->xDeviceCharacteristics(((logfile *)f)->file);
}

static const sqlite3_io_methods log_methods = {
    .iVersion = 1,
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = log_size,
    .xLock = log_lock,
    .xUnlock = log_unlock,
    .xCheckReservedLock = log_reserved,
    .xFileControl = log_control,
    .xSectorSize = log_sector,
    .xDeviceCharacteristics = log_characteristics,
};

/* Only the log is gathered; of every other file the layer below takes the whole place. */
static int layer_open(sqlite3_vfs *layer, sqlite3_filename name, sqlite3_file *f, int flags, int *opened) {
    sqlite3_vfs *below = layer->pAppData;
    if (!(flags & SQLITE_OPEN_WAL)) return below->xOpen(below, name, f, flags, opened);
    logfile *l = (logfile *)f;
    *l = (logfile){.file = (sqlite3_file *)(l + 1)};
    l->gathered = malloc(CAPACITY);
    if (!l->gathered) return SQLITE_NOMEM;
    int code = below->xOpen(below, name, l->file, flags, opened);
    if (code == SQLITE_OK) {
        l->base.pMethods = &log_methods;
        return SQLITE_OK;
    }
    /* A file that could not be opened may want to be closed all the same. */
    if (l->file->pMethods) l->file->pMethods->xClose(l->file);
    free(l->gathered);
    return code;
}

static int layer_delete(sqlite3_vfs *layer, const char *name, int syncs) {
    sqlite3_vfs *below = layer->pAppData;
    return below->xDelete(below, name, syncs);
}

static int layer_access(sqlite3_vfs *layer, const char *name, int flags, int *result) {
    sqlite3_vfs *below = layer->pAppData;
    return below->xAccess(below, name, flags, result);
}

static int layer_path(sqlite3_vfs *layer, const char *name, int size, char *path) {
    sqlite3_vfs *below = layer->pAppData;
    return below->xFullPathname(below, name, size, path);
}

static int layer_randomness(sqlite3_vfs *layer, int count, char *bytes) {
    sqlite3_vfs *below = layer->pAppData;
    return below->xRandomness(below, count, bytes);
}

static int layer_sleep(sqlite3_vfs *layer, int microseconds) {
    sqlite3_vfs *below = layer->pAppData;
    return below->xSleep(below, microseconds);
}

static int layer_time(sqlite3_vfs *layer, sqlite3_int64 *milliseconds) {
    sqlite3_vfs *below = layer->pAppData;
    return below->xCurrentTimeInt64(below, milliseconds);
}

static int layer_error(sqlite3_vfs *layer, int count, char *text) {
    sqlite3_vfs *below = layer->pAppData;
    return below->xGetLastError ? below->xGetLastError(below, count, text) : 0;
}

/* Registered; the caller holds the lock. */
static const char *make(sqlite3_vfs *below) {
    char *name = sqlite3_mprintf("stepwell-%s", below->zName);
    if (!name) return NULL;
    sqlite3_vfs *there = sqlite3_vfs_find(name);
    if (there && there->pAppData == below) {
        sqlite3_free(name);
        return there->zName;
    }
    sqlite3_vfs *layer = calloc(1, sizeof *layer);
    if (!layer) {
        sqlite3_free(name);
        return NULL;
    }
    *layer = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = (int)sizeof(logfile) + below->szOsFile,
        .mxPathname = below->mxPathname,
        .zName = name,
        .pAppData = below,
        .xOpen = layer_open,
        .xDelete = layer_delete,
        .xAccess = layer_access,
        .xFullPathname = layer_path,
        .xRandomness = layer_randomness,
        .xSleep = layer_sleep,
        .xGetLastError = layer_error,
        .xCurrentTimeInt64 = layer_time,
    };
    if (sqlite3_vfs_register(layer, 0) == SQLITE_OK) return name;
    sqlite3_free(name);
    free(layer);
    return NULL;
}

const char *cwriteahead_over(const char *base) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    sqlite3_vfs *below = sqlite3_vfs_find(base);
    if (!below) return NULL;
    pthread_mutex_lock(&lock);
    const char *name = make(below);
    pthread_mutex_unlock(&lock);
    return name;
}
