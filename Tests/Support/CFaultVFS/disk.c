#include "disk.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { sector = 512 };

static void content_resize(content *c, uint64_t count) {
    if (count > c->capacity) {
        uint64_t capacity = count * 2;
        c->bytes = realloc(c->bytes, capacity);
        if (!c->bytes) abort();
        c->capacity = capacity;
    }
    if (count > c->count) memset(c->bytes + c->count, 0, count - c->count);
    c->count = count;
}

static void content_write(content *c, uint64_t offset, const void *bytes, size_t count) {
    if (offset + count > c->count) content_resize(c, offset + count);
    memcpy(c->bytes + offset, bytes, count);
}

static void content_copy(content *to, const content *from) {
    to->count = 0;
    if (from->count) content_write(to, 0, from->bytes, from->count);
}

/* splitmix64: one number after the other from a seed. */
static uint64_t random_next(uint64_t *state) {
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static void node_note(node *file, bool is_truncation, uint64_t offset, const void *bytes, size_t count) {
    change *c = malloc(sizeof(change) + count);
    if (!c) abort();
    *c = (change){.is_truncation = is_truncation, .offset = offset, .count = count};
    if (count) memcpy(c->bytes, bytes, count);
    *file->last = c;
    file->last = &c->next;
}

static void node_forget_changes(node *file) {
    for (change *c = file->first; c;) {
        change *next = c->next;
        free(c);
        c = next;
    }
    file->first = NULL;
    file->last = &file->first;
}

int node_write(cfault_disk *disk, node *file, uint64_t offset, const void *bytes, size_t count) {
    uint64_t end = offset + count;
    if (end > file->now.count && cfault_disk_bytes(disk) + (end - file->now.count) > disk->capacity) return SQLITE_FULL;
    content_write(&file->now, offset, bytes, count);
    node_note(file, false, offset, bytes, count);
    return SQLITE_OK;
}

int node_truncate(node *file, uint64_t count) {
    content_resize(&file->now, count);
    node_note(file, true, count, NULL, 0);
    return SQLITE_OK;
}

/* Makes creations and deletions durable, as a sync of the directory does. */
static void directory_sync(cfault_disk *disk) {
    for (node *n = disk->nodes; n; n = n->next) {
        n->exists_on_disk = n->exists;
        if (n->exists) continue;
        node_forget_changes(n);
        content_resize(&n->durable, 0);
    }
}

/* SQLite's own layer for Unix syncs the directory with the first sync of a new journal or log, and this store does it when
   it makes the data file. */
void node_sync(cfault_disk *disk, node *file) {
    for (change *c = file->first; c; c = c->next) {
        if (c->is_truncation) content_resize(&file->durable, c->offset);
        else content_write(&file->durable, c->offset, c->bytes, c->count);
    }
    node_forget_changes(file);
    if (file->exists && !file->is_synced) {
        directory_sync(disk);
        file->is_synced = true;
    }
}

void node_forget_regions(node *file) {
    for (int i = 0; i < file->region_count; i++) free(file->regions[i]);
    free(file->regions);
    file->regions = NULL;
    file->region_count = 0;
    file->mapped_count = 0;
}

/* Lets each unsynced change happen or not: with a probability that is the file's own, so that all, none and every mixture
   come up. */
static void node_settle(node *file, uint64_t *random) {
    uint64_t sixteenths = random_next(random) % 17;
    for (change *c = file->first; c; c = c->next) {
        if (c->is_truncation) {
            if (random_next(random) % 16 < sixteenths) content_resize(&file->durable, c->offset);
            continue;
        }
        for (size_t done = 0; done < c->count;) {
            size_t part = sector - (size_t)((c->offset + done) % sector);
            if (part > c->count - done) part = c->count - done;
            if (random_next(random) % 16 < sixteenths)
                content_write(&file->durable, c->offset + done, c->bytes + done, part);
            done += part;
        }
    }
    /* A deletion or creation that was not synced is a change of the directory, and as open. */
    if (file->exists != file->exists_on_disk && random_next(random) % 2) file->exists_on_disk = file->exists;
    file->exists = file->exists_on_disk;
    if (!file->exists) content_resize(&file->durable, 0);
    node_forget_changes(file);
    content_copy(&file->now, &file->durable);
    node_forget_regions(file);
}

node *disk_find(cfault_disk *disk, const char *name) {
    for (node *n = disk->nodes; n; n = n->next)
        if (!strcmp(n->name, name)) return n;
    return NULL;
}

node *disk_make(cfault_disk *disk, const char *name) {
    node *n = calloc(1, sizeof(node));
    if (!n || !(n->name = strdup(name))) abort();
    n->last = &n->first;
    n->next = disk->nodes;
    disk->nodes = n;
    return n;
}

/* Whether an operation may happen; otherwise the code with which it fails. */
int disk_admit(cfault_disk *disk, int kind) {
    if (disk->is_off) return SQLITE_IOERR;
    if ((kind & CFAULT_CHANGES) && disk->cut_at && --disk->cut_at == 0) {
        disk->is_off = true;
        return SQLITE_IOERR;
    }
    if ((kind & disk->fail_kinds) && disk->fail_at) {
        if (disk->fail_at > 1) {
            disk->fail_at--;
            return SQLITE_OK;
        }
        if (!disk->fails_persistently) disk->fail_at = 0;
        disk->has_failed = true;
        return disk->fail_code;
    }
    return SQLITE_OK;
}

cfault_disk *cfault_disk_create(void) {
    static atomic_uint count;
    cfault_disk *disk = calloc(1, sizeof(cfault_disk));
    if (!disk) abort();
    snprintf(disk->name, sizeof disk->name, "fault-%u", atomic_fetch_add(&count, 1));
    disk->capacity = UINT64_MAX;
    vfs_fill(&disk->vfs);
    disk->vfs.zName = disk->name;
    sqlite3_vfs_register(&disk->vfs, 0);
    return disk;
}

void cfault_disk_destroy(cfault_disk *disk) {
    sqlite3_vfs_unregister(&disk->vfs);
    for (node *n = disk->nodes; n;) {
        node *next = n->next;
        node_forget_changes(n);
        node_forget_regions(n);
        free(n->now.bytes);
        free(n->durable.bytes);
        free(n->name);
        free(n);
        n = next;
    }
    free(disk);
}

const char *cfault_disk_name(const cfault_disk *disk) { return disk->name; }
void cfault_disk_cut_at(cfault_disk *disk, uint64_t nth) { disk->cut_at = nth; }
void cfault_disk_cut_now(cfault_disk *disk) { disk->is_off = true; }
bool cfault_disk_is_off(const cfault_disk *disk) { return disk->is_off; }
void cfault_disk_set_capacity(cfault_disk *disk, uint64_t bytes) { disk->capacity = bytes; }
bool cfault_disk_has_failed(const cfault_disk *disk) { return disk->has_failed; }

void cfault_disk_restore_power(cfault_disk *disk, uint64_t seed) {
    for (node *n = disk->nodes; n; n = n->next) node_settle(n, &seed);
    disk->generation++;
    disk->cut_at = 0;
    disk->is_off = false;
}

void cfault_disk_fail_at(cfault_disk *disk, int kinds, uint64_t nth, int code, bool persistently) {
    disk->fail_kinds = kinds;
    disk->fail_at = nth;
    disk->fail_code = code;
    disk->fails_persistently = persistently;
    disk->has_failed = false;
}

uint64_t cfault_disk_bytes(const cfault_disk *disk) {
    uint64_t sum = 0;
    for (const node *n = disk->nodes; n; n = n->next)
        if (n->exists) sum += n->now.count;
    return sum;
}
