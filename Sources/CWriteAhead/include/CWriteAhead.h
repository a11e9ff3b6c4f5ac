#ifndef CWRITEAHEAD_H
#define CWRITEAHEAD_H

/* A file layer for SQLite that gathers what a commit appends to the write-ahead log, and hands it to the system as one
   write before the log is synced. SQLite itself writes each page in two pieces, a header of 24 bytes and the page: a system
   call each.

   What is gathered is not in the file yet. It is there before anything of this connection reads, measures, cuts, syncs or
   closes the log; another connection looks at the log only as far as the index in shared memory says, which SQLite moves on
   after the sync. So the layer is for connections with synchronous=FULL alone: with less, the index may be ahead of it.

   An error of the gathered write comes back from whatever made it necessary, mostly from the sync, with its own code. */

/* The layer's name over that of another layer (NULL: the operating system's), to be passed to sqlite3_open_v2; it is made at
   the first call and lives as long as the process. NULL when there is no such layer or no memory. Thread-safe. */
const char *cwriteahead_over(const char *base);

#endif
