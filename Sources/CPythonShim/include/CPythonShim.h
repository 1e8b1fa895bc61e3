#ifndef ALTAN_CPYTHON_SHIM_TARGET_H
#define ALTAN_CPYTHON_SHIM_TARGET_H

#include <stdint.h>

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

/// The number of the wait status's exit code, or the negated number of the signal that ended it.
int altan_exit_code(int status);

/// Adds the built-in module `_altan` to the interpreter that is about to be initialised.
int altan_add_native_module(void);

#endif
