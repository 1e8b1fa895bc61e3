#ifndef ALTAN_CSQLITE_SHIM_H
#define ALTAN_CSQLITE_SHIM_H

/* The session API (undo logs) is declared only when both of these are set. */
#define SQLITE_ENABLE_SESSION 1
#define SQLITE_ENABLE_PREUPDATE_HOOK 1
#include <sqlite3.h>

/* SQLITE_TRANSIENT is a casting macro, which Swift cannot import. */
static inline sqlite3_destructor_type csqlite_transient(void) { return SQLITE_TRANSIENT; }

/* sqlite3_db_config is variadic, which Swift cannot call: the form that takes an on/off flag. */
static inline int csqlite_db_config_flag(sqlite3 *db, int option, int value) {
    return sqlite3_db_config(db, option, value, (int *)0);
}

/* sqlite3_config is variadic, which Swift cannot call: switches off the count of allocated memory, which takes a lock for
   every allocation. Before the first connection only. */
static inline int csqlite_disable_memory_statistics(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

/* sqlite3_test_control is variadic, which Swift cannot call: switches off full scans of a covering index (0x20), which
   would return rows in the index's order where Postgres scans the table. */
static inline int csqlite_disable_covering_scans(sqlite3 *db) {
    return sqlite3_test_control(SQLITE_TESTCTRL_OPTIMIZATIONS, db, 0x20);
}

#endif
