#pragma once
#include <stdbool.h>
#include <stdint.h>

/*
 A disk in memory whose faults a test decides. SQLite reaches it as a file layer ("VFS") of its own, for
 connections that take turns on one thread.

 Like a real disk it promises nothing for what was not synced: when the power is cut, each sector of 512 bytes that was
 written since the file's last sync, each truncation and each deletion happens or does not, as the seed decides; a file
 that was never synced may be gone.
*/
typedef struct cfault_disk cfault_disk;

/* What an operation does; a mask where several are meant. */
enum {
    CFAULT_READ = 1,
    CFAULT_WRITE = 2,
    CFAULT_SYNC = 4,
    CFAULT_TRUNCATE = 8,
    CFAULT_DELETE = 16,
    CFAULT_CHANGES = CFAULT_WRITE | CFAULT_SYNC | CFAULT_TRUNCATE | CFAULT_DELETE
};

/* An empty disk and its file layer, registered with SQLite under the name that cfault_disk_name returns. */
cfault_disk *cfault_disk_create(void);
void cfault_disk_destroy(cfault_disk *disk);
const char *cfault_disk_name(const cfault_disk *disk);

/* The power goes at the n-th change from now (1 is the next), which does not happen any more. Until it is restored
   everything fails. */
void cfault_disk_cut_at(cfault_disk *disk, uint64_t nth);
void cfault_disk_cut_now(cfault_disk *disk);
bool cfault_disk_is_off(const cfault_disk *disk);

/* Decides what of the unsynced changes survived, and lets new connections in; the old ones keep failing. */
void cfault_disk_restore_power(cfault_disk *disk, uint64_t seed);

/* The n-th operation from now of a kind in the mask fails with the code; with persistently, all that follow do too.
   nth 0 ends it. */
void cfault_disk_fail_at(cfault_disk *disk, int kinds, uint64_t nth, int code, bool persistently);

/* Whether the failure that was asked for has happened. */
bool cfault_disk_has_failed(const cfault_disk *disk);

/* All files together grow no larger than this; a write beyond it finds the disk full. */
void cfault_disk_set_capacity(cfault_disk *disk, uint64_t bytes);
uint64_t cfault_disk_bytes(const cfault_disk *disk);
