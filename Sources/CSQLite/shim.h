#include <sqlite3.h>

/* SQLITE_TRANSIENT is a cast that Swift cannot import: the library copies the bytes before this returns. */
static inline int csqlite_bind_text(sqlite3_stmt *statement, int index, const char *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_text64(statement, index, bytes, count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

/* sqlite3_db_config takes variable arguments, which Swift cannot call. */
static inline int csqlite_set_flag(sqlite3 *connection, int flag, int isOn) {
    return sqlite3_db_config(connection, flag, isOn, (int *)0);
}

/* Counting the library's memory takes a lock with every allocation, and nobody asks for the count. Only before the first
   connection of the process; later the library refuses and goes on counting, which does no harm. */
static inline void csqlite_stop_counting_memory(void) {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

#ifdef __linux__
#include <errno.h>
#include <sys/vfs.h>

/* The kind of file system that holds a path, as in linux/magic.h; Swift's Glibc module lacks statfs.
   Returns 0, or the system's error number. */
static inline int csqlite_file_system_magic(const char *path, unsigned int *magic) {
    struct statfs facts;
    if (statfs(path, &facts) != 0) return errno;
    *magic = (unsigned int)facts.f_type;
    return 0;
}
#endif
