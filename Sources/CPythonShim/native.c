// The built-in module `_altan`: the few system calls that the worker's Python needs and the standard library lacks.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

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

int altan_add_native_module(void) { return PyImport_AppendInittab("_altan", make_module); }
