// Everything that needs Python.h: the start of the interpreter, and the built-in module `_altan` with the few system
// calls that the worker's Python needs and the standard library lacks.
#define _GNU_SOURCE
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

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

// The next three are system calls that never block. They keep the interpreter's lock: giving it up and asking for it
// again costs more than the call, and with a second thread about, a switch of threads each time.

static PyObject *receive(PyObject *self, PyObject *arguments) {
    int descriptor;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(arguments, "in", &descriptor, &size)) return NULL;
    PyObject *result = PyBytes_FromStringAndSize(NULL, size);
    if (result == NULL) return NULL;
    ssize_t count = recv(descriptor, PyBytes_AS_STRING(result), size, MSG_DONTWAIT);
    if (count < 0) {
        Py_DECREF(result);
        if (errno == EAGAIN || errno == EINTR) Py_RETURN_NONE;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    _PyBytes_Resize(&result, count);
    return result;
}

#define PIECES_AT_ONCE 64

static PyObject *send_pieces(PyObject *self, PyObject *arguments) {
    int descriptor;
    PyObject *pieces;
    if (!PyArg_ParseTuple(arguments, "iO!", &descriptor, &PyList_Type, &pieces)) return NULL;
    Py_ssize_t count = PyList_GET_SIZE(pieces);
    if (count > PIECES_AT_ONCE) count = PIECES_AT_ONCE;
    Py_buffer views[PIECES_AT_ONCE];
    struct iovec vectors[PIECES_AT_ONCE];
    Py_ssize_t held = 0;
    for (; held < count; held++) {
        if (PyObject_GetBuffer(PyList_GET_ITEM(pieces, held), &views[held], PyBUF_SIMPLE) != 0) break;
        vectors[held].iov_base = views[held].buf;
        vectors[held].iov_len = views[held].len;
    }
    ssize_t sent = -1;
    if (held == count) {
        struct msghdr message = {.msg_iov = vectors, .msg_iovlen = count};
        sent = sendmsg(descriptor, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) sent = 0;
        if (sent < 0) PyErr_SetFromErrno(PyExc_OSError);
    }
    while (held > 0) PyBuffer_Release(&views[--held]);
    return sent < 0 ? NULL : PyLong_FromSsize_t(sent);
}

static PyObject *wake(PyObject *self, PyObject *argument) {
    long descriptor = PyLong_AsLong(argument);
    if (descriptor == -1 && PyErr_Occurred()) return NULL;
    // A full pipe is as good: whoever reads it will wake.
    ssize_t written = send((int)descriptor, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)written;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"receive", receive, METH_VARARGS, "What a socket has, b'' at its end, None while there is nothing."},
    {"send", send_pieces, METH_VARARGS, "Sends pieces; returns how many bytes the socket took."},
    {"wake", wake, METH_O, "Writes a byte to a socket."},
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
