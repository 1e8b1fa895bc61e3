"""What importing needs, in one file: the code of the base environment's and the standard library's modules, of the
worker's own, and the programs of regular expressions. Written once, into the environment's folder, and read when a
zygote starts.

To look for six hundred files, to read them, and to compile a hundred regular expressions takes a quarter of the time of
the imports. A module comes from the bundle while its source is as old and as long as it was, as from Python's own
`.pyc` files. What is in doubt (another interpreter, other worker code, a damaged file) is imported as ever, and the
bundle is written anew.
"""

import _imp
import _sre
import marshal
import mmap
import os
import re
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import MAGIC_NUMBER, spec_from_file_location

# Where regular expressions are compiled; elsewhere in Pythons before 3.11, where that is left as it is.
COMPILER = getattr(re, "_compiler", None)
NAME = "imports-"
KEPT = 3


def digest(data):
    return _imp.source_hash(0x616C74616E, data)


def age(path):
    """What Python's own files know a source by."""
    found = os.stat(path)
    return int(found.st_mtime) & 0xFFFFFFFF, found.st_size & 0xFFFFFFFF


class Bundle:
    """As a context manager: finds modules and regular expressions in the bundle inside, and only there. A service may
    bring other versions of what was not imported yet."""

    def __init__(self, folder, sources):
        self.folder, self.sources = folder, sources
        key = repr((folder, sys.version, MAGIC_NUMBER, sys.path, sorted(sources.items())))
        self.path = os.path.join(folder, NAME + digest(key.encode()).hex())
        self.own, self.modules, self.patterns, self.data = {}, {}, {}, b""
        self.is_whole = self.read()
        self.met = set()  # Regular expressions that were not in it.

    def read(self):
        """Whether there is a bundle that can be used."""
        try:
            with open(self.path, "rb") as file:
                data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            check, size = bytes(data[:8]), int.from_bytes(data[8:16], "little")
            index = data[16 : 16 + size]
            if digest(index) != check:
                return False
            self.own, self.modules, self.patterns = marshal.loads(index)
            self.data = data[16 + size :]
            return True
        except (OSError, ValueError):
            return False

    def __enter__(self):
        sys.meta_path.insert(0, self)
        if COMPILER:
            self.compiler, COMPILER.compile = COMPILER.compile, self.compile

    def __exit__(self, *_):
        sys.meta_path.remove(self)
        if COMPILER:
            COMPILER.compile = self.compiler

    def close(self):
        """Lets go of what was read. Nothing more is imported from it."""
        self.own, self.modules, self.patterns, self.data = {}, {}, {}, b""

    def find_spec(self, name, path=None, target=None):
        if name not in self.modules:
            return None
        origin, is_package, known, check, start, end = self.modules[name]
        code = self.data[start:end]
        try:
            if age(origin) != known or digest(code) != check:
                raise ValueError
        except (OSError, ValueError):
            self.is_whole = False
            return None
        loader = SourceFileLoader(name, origin)
        # For this once: afterwards it is a loader like any other.
        loader.get_code = lambda _: (loader.__dict__.pop("get_code"), marshal.loads(code))[1]
        places = [os.path.dirname(origin)] if is_package else None
        return spec_from_file_location(name, origin, loader=loader, submodule_search_locations=places)

    def compile(self, pattern, flags=0):
        """In the place of the compiler of regular expressions."""
        if isinstance(pattern, (str, bytes)):
            if known := self.patterns.get((pattern, int(flags))):
                return _sre.compile(pattern, *known)
            self.met.add((pattern, int(flags)))
        return self.compiler(pattern, flags)

    # Writing

    def write(self):
        """Writes what this process has imported; whole, whoever else does it at the same time."""
        own = {name: compile_own(name, source) for name, source in self.sources.items()}
        modules, data = {}, []
        place = 0
        for name, module in sorted(sys.modules.items()):
            if (entry := self.entry(module)) and entry[0] == name:
                _, origin, is_package, known, code = entry
                modules[name] = (origin, is_package, known, digest(code), place, place + len(code))
                data.append(code)
                place += len(code)
        index = marshal.dumps((own, modules, {key: program(*key) for key in self.met}))
        scratch = f"{self.path}.{os.getpid()}"
        with open(scratch, "wb") as file:
            file.write(digest(index) + len(index).to_bytes(8, "little") + index)
            file.writelines(data)
        os.replace(scratch, self.path)
        others = [os.path.join(self.folder, name) for name in os.listdir(self.folder) if name.startswith(NAME)]
        for old in sorted(others, key=os.path.getmtime)[:-KEPT]:
            os.unlink(old)

    def entry(self, module):
        """Name, source, whether it is a package, the source's age, and the code, of a module that came from a file with
        compiled code beside it; else None."""
        spec = getattr(module, "__spec__", None)
        if spec is None or type(spec.loader) is not SourceFileLoader or not spec.cached:
            return None
        try:
            with open(spec.cached, "rb") as file:
                head, code = file.read(16), file.read()
        except OSError:
            return None
        known = int.from_bytes(head[8:12], "little"), int.from_bytes(head[12:16], "little")
        if head[:4] != MAGIC_NUMBER or head[4:8] != bytes(4) or age(spec.origin) != known:
            return None
        return spec.name, spec.origin, spec.submodule_search_locations is not None, known, code


def compile_own(name, source):
    return compile(source, f"<altan_worker.{name}>", "exec", dont_inherit=True)


def program(pattern, flags):
    """What the compiler of regular expressions gives to `_sre`, behind the pattern."""
    parsed = re._parser.parse(pattern, flags)
    names = parsed.state.groupdict
    groups = [None] * parsed.state.groups
    for name, number in names.items():
        groups[number] = name
    code = [int(part) for part in COMPILER._code(parsed, flags)]
    return int(flags | parsed.state.flags), code, parsed.state.groups - 1, dict(names), tuple(groups)
