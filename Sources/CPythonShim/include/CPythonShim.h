#ifndef ALTAN_CPYTHON_SHIM_TARGET_H
#define ALTAN_CPYTHON_SHIM_TARGET_H

#include <spawn.h>

/// Sends `count` descriptors along with `length` bytes. Returns what sendmsg returns. SCM_RIGHTS needs macros that
/// Swift cannot import.
long altan_send_descriptors(int socket, const void *bytes, unsigned long length, const int *descriptors, int count);

/// Asks the kernel to send this process `signal` when the thread that started it ends. prctl is variadic.
int altan_parent_death_signal(int signal);

/// Makes descendants whose parent ended children of this process, so that it can end them too.
int altan_become_subreaper(void);

/// Closes every descriptor from `first` on.
int altan_close_from(unsigned int first);

/// A connected pair of sockets that no exec inherits. SOCK_STREAM and SOCK_SEQPACKET are enumerations in glibc.
int altan_socket_pair(int sequential, int pair[2]);

/// A pipe that no exec inherits. pipe2 is an extension of GNU's, as are the next two.
int altan_pipe(int pair[2]);

/// Has posix_spawn close every descriptor from `first` on.
int altan_spawn_close_from(posix_spawn_file_actions_t *actions, int first);

/// Removes a file, or a folder with everything in it, following no link.
int altan_remove_tree(const char *path);

/// The number of the wait status's exit code, or the negated number of the signal that ended it.
int altan_exit_code(int status);

/// The version that this program was compiled against and needs at run time: "3.11".
const char *altan_python_version(void);

/// Writes the path of the libpython that is loaded. Returns 0, or -1 where the loader does not tell.
int altan_python_library(char *path, unsigned long size);

/// Starts an interpreter of its own kind: isolated from environment and user, UTF-8 everywhere, no site module, no
/// signal handlers, with the standard library below `home`. Returns NULL, or why it could not start.
const char *altan_python_start(const char *home, const char *executable);

/// From now on, free memory beyond a megabyte at the end of a thread's heap goes back at once. By itself the limit rises to
/// twice the longest block that was ever freed, and `altan_give_back_memory` reaches no thread's end but the first's.
void altan_bound_free_memory(void);

/// Gives memory back that nothing uses: free blocks of the heap, and pages of the program that were read while it
/// started. What of those is needed again comes back from the page cache.
void altan_give_back_memory(void);

#endif
