// Everything that needs Python.h: the start of the interpreter, and the built-in module `_altan` with the few system
// calls that the worker's Python needs and the standard library lacks.
#define _GNU_SOURCE
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>

#include "include/CPythonShim.h"

static PyObject *parent_death_signal(PyObject *self, PyObject *argument) {
    long number = PyLong_AsLong(argument);
    if (number == -1 && PyErr_Occurred()) return NULL;
    if (altan_parent_death_signal((int)number) != 0) return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

static PyObject *become_subreaper(PyObject *self, PyObject *unused) {
    if (altan_become_subreaper() != 0) return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

static PyObject *close_from(PyObject *self, PyObject *argument) {
    long number = PyLong_AsLong(argument);
    if (number == -1 && PyErr_Occurred()) return NULL;
    if (altan_close_from((unsigned int)number) != 0) return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"parent_death_signal", parent_death_signal, METH_O, "Receive this signal when the parent ends."},
    {"become_subreaper", become_subreaper, METH_NOARGS, "Adopt orphaned descendants."},
    {"close_from", close_from, METH_O, "Close every descriptor from this one on."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "_altan", .m_size = -1, .m_methods = methods};

static PyObject *make_module(void) { return PyModule_Create(&definition); }

#define STRING(x) #x
#define VERSION(major, minor) STRING(major) "." STRING(minor)

const char *altan_python_version(void) { return VERSION(PY_MAJOR_VERSION, PY_MINOR_VERSION); }

int altan_python_library(char *path, unsigned long size) {
    Dl_info info;
    char resolved[PATH_MAX];
    if (dladdr((void *)Py_GetVersion, &info) == 0 || realpath(info.dli_fname, resolved) == NULL) return -1;
    return snprintf(path, size, "%s", resolved) < (int)size ? 0 : -1;
}

const char *altan_python_start(const char *home, const char *executable) {
    PyPreConfig preparation;
    PyPreConfig_InitIsolatedConfig(&preparation);
    preparation.utf8_mode = 1;
    PyStatus status = Py_PreInitialize(&preparation);
    if (PyStatus_Exception(status)) return status.err_msg;
    if (PyImport_AppendInittab("_altan", make_module) != 0) return "out of memory";

    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config.install_signal_handlers = 0;
    status = PyConfig_SetBytesString(&config, &config.home, home);
    if (!PyStatus_Exception(status)) status = PyConfig_SetBytesString(&config, &config.executable, executable);
    if (!PyStatus_Exception(status)) status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    return PyStatus_Exception(status) ? status.err_msg : NULL;
}
