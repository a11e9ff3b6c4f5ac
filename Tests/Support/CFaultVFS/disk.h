#pragma once
#include "CFaultVFS.h"
#include <sqlite3.h>
#include <stddef.h>

/* A change that was not synced yet. */
typedef struct change {
    struct change *next;
    bool is_truncation;
    uint64_t offset; /* the new size of a truncation */
    size_t count;
    unsigned char bytes[];
} change;

typedef struct content {
    unsigned char *bytes;
    uint64_t count;
    uint64_t capacity;
} content;

/* A file by name. It stays while a handle is open, also when it was deleted. */
typedef struct node {
    struct node *next;
    char *name;
    bool exists;           /* for those who look now */
    bool exists_on_disk;   /* after a cut, at the least */
    bool is_synced;        /* since it was made */
    content now;
    content durable;
    change *first;
    change **last;
    unsigned char **regions; /* shared memory of the write-ahead log's index */
    int region_count;
    int mapped_count; /* handles that have them */
} node;

struct cfault_disk {
    sqlite3_vfs vfs; /* first: SQLite hands it back */
    char name[32];
    node *nodes;
    uint64_t generation; /* raised when power comes back: older handles are dead */
    uint64_t cut_at;
    bool is_off;
    int fail_kinds;
    uint64_t fail_at;
    int fail_code;
    bool fails_persistently;
    bool has_failed;
    uint64_t capacity;
};

/* disk.c */
int disk_admit(cfault_disk *disk, int kind);
node *disk_find(cfault_disk *disk, const char *name);
node *disk_make(cfault_disk *disk, const char *name);
int node_write(cfault_disk *disk, node *file, uint64_t offset, const void *bytes, size_t count);
int node_truncate(node *file, uint64_t count);
void node_sync(cfault_disk *disk, node *file);
void node_forget_regions(node *file);

/* vfs.c */
void vfs_fill(sqlite3_vfs *vfs);
