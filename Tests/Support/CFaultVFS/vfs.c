#include "disk.h"
#include <stdlib.h>
#include <string.h>

/* An open file. It is dead once the power was restored after a cut. */
typedef struct handle {
    sqlite3_file base; /* first: SQLite hands it back */
    cfault_disk *disk;
    node *file;
    uint64_t generation;
    bool deletes_on_close;
    bool is_mapped;
} handle;

static int admit(handle *h, int kind) {
    if (h->generation != h->disk->generation) return SQLITE_IOERR;
    return disk_admit(h->disk, kind);
}

static int file_close(sqlite3_file *f) {
    handle *h = (handle *)f;
    if (h->deletes_on_close && h->generation == h->disk->generation) h->file->exists = h->file->exists_on_disk = false;
    return SQLITE_OK;
}

static int file_read(sqlite3_file *f, void *bytes, int count, sqlite3_int64 offset) {
    handle *h = (handle *)f;
    if (admit(h, CFAULT_READ) != SQLITE_OK) return SQLITE_IOERR_READ;
    uint64_t size = h->file->now.count, start = (uint64_t)offset;
    uint64_t there = start >= size ? 0 : size - start;
    if (there > (uint64_t)count) there = (uint64_t)count;
    if (there) memcpy(bytes, h->file->now.bytes + start, there);
    if (there == (uint64_t)count) return SQLITE_OK;
    memset((char *)bytes + there, 0, (size_t)count - there);
    return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *f, const void *bytes, int count, sqlite3_int64 offset) {
    handle *h = (handle *)f;
    int code = admit(h, CFAULT_WRITE);
    if (code != SQLITE_OK) return code == SQLITE_IOERR ? SQLITE_IOERR_WRITE : code;
    return node_write(h->disk, h->file, (uint64_t)offset, bytes, (size_t)count);
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size) {
    handle *h = (handle *)f;
    int code = admit(h, CFAULT_TRUNCATE);
    if (code != SQLITE_OK) return code == SQLITE_IOERR ? SQLITE_IOERR_TRUNCATE : code;
    return node_truncate(h->file, (uint64_t)size);
}

static int file_sync(sqlite3_file *f, int flags) {
    (void)flags;
    handle *h = (handle *)f;
    int code = admit(h, CFAULT_SYNC);
    if (code != SQLITE_OK) return code == SQLITE_IOERR ? SQLITE_IOERR_FSYNC : code;
    node_sync(h->disk, h->file);
    return SQLITE_OK;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *size) {
    handle *h = (handle *)f;
    if (admit(h, 0) != SQLITE_OK) return SQLITE_IOERR_FSTAT;
    *size = (sqlite3_int64)h->file->now.count;
    return SQLITE_OK;
}

/* Connections take turns on one thread: there is nobody to lock out. */
static int file_lock(sqlite3_file *f, int level) { return (void)f, (void)level, SQLITE_OK; }
static int file_reserved(sqlite3_file *f, int *is_held) { return (void)f, *is_held = 0, SQLITE_OK; }
static int shm_lock(sqlite3_file *f, int first, int count, int flags) {
    return (void)f, (void)first, (void)count, (void)flags, SQLITE_OK;
}
static void shm_barrier(sqlite3_file *f) { (void)f; }

static int file_control(sqlite3_file *f, int operation, void *argument) {
    (void)f, (void)operation, (void)argument;
    return SQLITE_NOTFOUND;
}

static int sector_size(sqlite3_file *f) { return (void)f, 512; }

/* As SQLite assumes of disks by default: a sector that is being written does not damage its neighbours. */
static int characteristics(sqlite3_file *f) { return (void)f, SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

static int shm_map(sqlite3_file *f, int region, int count, int extend, void volatile **memory) {
    handle *h = (handle *)f;
    node *file = h->file;
    if (!h->is_mapped) file->mapped_count++;
    h->is_mapped = true;
    *memory = NULL;
    if (region >= file->region_count) {
        if (!extend) return SQLITE_OK;
        file->regions = realloc(file->regions, sizeof(unsigned char *) * (size_t)(region + 1));
        if (!file->regions) return SQLITE_NOMEM;
        while (file->region_count <= region) {
            unsigned char *made = calloc(1, (size_t)count);
            if (!made) return SQLITE_NOMEM;
            file->regions[file->region_count++] = made;
        }
    }
    *memory = file->regions[region];
    return SQLITE_OK;
}

static int shm_unmap(sqlite3_file *f, int deletes) {
    (void)deletes;
    handle *h = (handle *)f;
    bool was_mapped = h->is_mapped;
    h->is_mapped = false;
    if (was_mapped && h->generation == h->disk->generation && --h->file->mapped_count == 0) node_forget_regions(h->file);
    return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_lock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *f, int flags, int *opened) {
    cfault_disk *disk = (cfault_disk *)vfs;
    handle *h = (handle *)f;
    h->base.pMethods = NULL;
    if (disk->is_off) return SQLITE_IOERR;
    /* Files without a name are SQLite's own temporary ones; deleted files give their node to the next of that name. */
    node *file = name ? disk_find(disk, name) : NULL;
    if (!file || !file->exists) {
        if (!(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
        if (!file) file = disk_make(disk, name ? name : "");
        file->exists = true;
        file->is_synced = false;
    }
    *h = (handle){.base = {&methods}, .disk = disk, .file = file, .generation = disk->generation};
    h->deletes_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    if (opened) *opened = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int syncs) {
    cfault_disk *disk = (cfault_disk *)vfs;
    node *file = disk_find(disk, name);
    if (!file || !file->exists) return SQLITE_IOERR_DELETE_NOENT;
    int code = disk_admit(disk, CFAULT_DELETE);
    if (code != SQLITE_OK) return code == SQLITE_IOERR ? SQLITE_IOERR_DELETE : code;
    file->exists = false;
    if (syncs) file->exists_on_disk = false;
    node_truncate(file, 0);
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
    (void)flags;
    cfault_disk *disk = (cfault_disk *)vfs;
    if (disk->is_off) return SQLITE_IOERR_ACCESS;
    node *file = disk_find(disk, name);
    *result = file && file->exists;
    return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *name, int count, char *path) {
    (void)vfs;
    if (strlen(name) >= (size_t)count) return SQLITE_CANTOPEN;
    strcpy(path, name);
    return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int count, char *bytes) {
    (void)vfs;
    sqlite3_vfs *system = sqlite3_vfs_find(NULL);
    return system->xRandomness(system, count, bytes);
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) { return (void)vfs, microseconds; }

static int vfs_time(sqlite3_vfs *vfs, sqlite3_int64 *time) {
    (void)vfs;
    sqlite3_vfs *system = sqlite3_vfs_find(NULL);
    return system->xCurrentTimeInt64(system, time);
}

void vfs_fill(sqlite3_vfs *vfs) {
    *vfs = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = sizeof(handle),
        .mxPathname = 512,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTimeInt64 = vfs_time,
    };
}
