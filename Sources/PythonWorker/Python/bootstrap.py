"""Makes the worker's own modules importable from memory. Run with `sources`, module name to source text, and for a
zygote with `environment`, the folder of the base environment (else it is empty)."""

import importlib.abc
import importlib.util
import sys


class MemoryFinder(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds the package `altan_worker`, whose modules are part of the binary."""

    package = "altan_worker"

    def __init__(self, sources):
        self.sources = sources
        self.bundle = None

    def find_spec(self, fullname, path=None, target=None):
        if fullname == self.package:
            return importlib.util.spec_from_loader(fullname, self, is_package=True)
        if fullname.startswith(self.package + ".") and fullname.rpartition(".")[2] in self.sources:
            return importlib.util.spec_from_loader(fullname, self)
        return None

    def is_package(self, fullname):
        return fullname == self.package

    def get_code(self, fullname):
        if self.bundle and (code := self.bundle.own.get(fullname.rpartition(".")[2])):
            return code
        return compile(self.get_source(fullname), f"<{fullname}>", "exec", dont_inherit=True)

    def get_source(self, fullname):
        return "" if fullname == self.package else self.sources[fullname.rpartition(".")[2]]


finder = MemoryFinder(sources)  # noqa: F821
sys.meta_path.insert(0, finder)
if environment:  # noqa: F821
    from altan_worker.bundle import Bundle

    finder.bundle = Bundle(environment, sources)  # noqa: F821
    finder.bundle.__enter__()
