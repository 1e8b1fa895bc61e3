#ifndef ALTAN_CPYTHON_SHIM_H
#define ALTAN_CPYTHON_SHIM_H
/* glibc's feature macros must be settled before pyconfig.h sets its own, or debug builds
   see two definitions of fd_set. */
#include <features.h>
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#endif
