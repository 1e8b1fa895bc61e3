"""Finds the environment variables that a module reads, from its syntax tree and without running it.

Required: read while the module is imported, by a literal name, with nothing to fall back on. Optional: read with a
default, inside a `try` that handles errors, in a condition that merely chooses, in code that import does not reach,
or a name that the platform itself gives.
"""

import ast
import traceback

from . import code_facts

PLATFORM = {
    "PATH", "HOME", "TZ", "PWD", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "LANGUAGE", "TMPDIR", "TEMP", "TMP",
    "HOSTNAME", "PORT", "HOST", "EDITOR", "PAGER", "DISPLAY", "VIRTUAL_ENV", "CI",
}  # fmt: skip
PLATFORM_PREFIXES = ("LC_", "PYTHON", "XDG_")

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def inspect(code):
    """{"required": names, "optional": names, "syntax_error": text or None, …}, names in the order of their appearance.

    The rest are `code_facts`, which are missing where the module cannot be parsed.
    """
    try:
        tree = ast.parse(code, "module.py")
    except (SyntaxError, ValueError) as error:
        if isinstance(error, SyntaxError) and error.text and len(error.text) > 500:
            error.text = None  # The line itself would bury the message.
        return {"required": [], "optional": [], "syntax_error": "".join(traceback.format_exception_only(error))}
    except (RecursionError, MemoryError):
        return {"required": [], "optional": [], "syntax_error": "the module is nested too deeply"}
    reader = Reader(tree)
    try:
        reader.read()
    except RecursionError:
        pass  # What was found so far stands.
    found = {
        "required": [name for name in reader.found if reader.found[name]],
        "optional": [name for name in reader.found if not reader.found[name]],
        "syntax_error": None,
    }
    try:
        return found | code_facts.facts(tree)
    except RecursionError:
        return found


def is_platform(name):
    return name in PLATFORM or name.startswith(PLATFORM_PREFIXES)


class Reader:
    def __init__(self, tree):
        self.tree = tree
        self.found = {}  # name → whether required
        self.os_names = set()
        self.environ_names = set()
        self.getenv_names = set()
        self.definitions = {}  # name → function or class at module level
        self.assigned = set()  # names that the module itself sets
        self.visited = set()
        self.current_class = None

    def read(self):
        self.learn_names()
        for statement in self.tree.body:
            self.visit(statement, Context())
        # Whatever import did not reach is read later, if at all.
        for node in ast.walk(self.tree):
            name = self.name_read(node)
            if name is not None:
                self.found.setdefault(name, False)

    def learn_names(self):
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name == "os" or (alias.name.startswith("os.") and not alias.asname):
                        self.os_names.add(alias.asname or "os")
            elif isinstance(node, ast.ImportFrom) and node.module == "os":
                for alias in node.names:
                    if alias.name == "environ":
                        self.environ_names.add(alias.asname or alias.name)
                    elif alias.name == "getenv":
                        self.getenv_names.add(alias.asname or alias.name)
        for statement in statements_at_import(self.tree.body):
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                self.definitions[statement.name] = statement
            elif isinstance(statement, ast.Assign) and self.is_environ(statement.value):
                self.environ_names.update(t.id for t in statement.targets if isinstance(t, ast.Name))

    # Recognising a read

    def is_environ(self, node):
        if isinstance(node, ast.Name):
            return node.id in self.environ_names
        return isinstance(node, ast.Attribute) and node.attr == "environ" and self.is_os(node.value)

    def is_os(self, node):
        return isinstance(node, ast.Name) and node.id in self.os_names

    def name_read(self, node):
        """The variable that this node itself reads, or None."""
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and self.is_environ(node.value):
            return literal(node.slice)
        if isinstance(node, ast.Call) and self.is_getter(node.func) and node.args:
            return literal(node.args[0])
        return None

    def is_getter(self, function):
        if isinstance(function, ast.Name):
            return function.id in self.getenv_names
        if not isinstance(function, ast.Attribute):
            return False
        if function.attr == "getenv":
            return self.is_os(function.value)
        return function.attr in ("get", "pop", "setdefault") and self.is_environ(function.value)

    def has_default(self, node):
        if not isinstance(node, ast.Call):
            return False
        defaults = node.args[1:] + [k.value for k in node.keywords if k.arg in ("default", None)]
        return any(not (isinstance(d, ast.Constant) and d.value is None) for d in defaults)

    # Walking what import runs

    def visit(self, node, context):
        name = self.name_read(node)
        if name is not None:
            certain = not (context.guarded or self.has_default(node) or name in self.assigned or name in context.tested)
            self.note(name, certain and not is_platform(name))
        method = getattr(self, "visit_" + type(node).__name__, None)
        if method is None:
            self.visit_children(node, context)
        else:
            method(node, context)

    def note(self, name, required):
        self.found[name] = self.found.get(name, False) or required

    def visit_children(self, node, context):
        for child in ast.iter_child_nodes(node):
            self.visit(child, context)

    def visit_FunctionDef(self, node, context):
        # The body runs when called; decorators and defaults run now.
        for part in node.decorator_list + node.args.defaults + [d for d in node.args.kw_defaults if d]:
            self.visit(part, context)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node, context):
        for part in node.args.defaults:
            self.visit(part, context)

    def visit_Try(self, node, context):
        body = context.inside_try() if node.handlers else context
        for statement in node.body + node.orelse:
            self.visit(statement, body)
        for handler in node.handlers:
            self.visit(handler, context.inside_try())
        for statement in node.finalbody:
            self.visit(statement, context)

    visit_TryStar = visit_Try

    def visit_If(self, node, context):
        if is_main_guard(node.test):
            for statement in node.orelse:
                self.visit(statement, context)
            return
        raises = any(may_raise(s) for s in node.body + node.orelse)
        self.visit(node.test, context if raises else context.inside_try())
        tested = context.testing(self.names_tested(node.test))
        for statement in node.body:
            self.visit(statement, tested)
        for statement in node.orelse:
            self.visit(statement, context)

    def visit_IfExp(self, node, context):
        self.visit(node.test, context.inside_try())
        self.visit(node.body, context.testing(self.names_tested(node.test)))
        self.visit(node.orelse, context)

    def visit_BoolOp(self, node, context):
        # `a or b`: neither alone is needed. In a condition that raises, `not a or not b` needs both.
        if isinstance(node.op, ast.Or) and not any(isinstance(v, (ast.UnaryOp, ast.Compare)) for v in node.values):
            context = context.inside_try()
        self.visit_children(node, context)

    def visit_Assign(self, node, context):
        self.visit(node.value, context)
        for target in node.targets:
            if isinstance(target, ast.Subscript) and self.is_environ(target.value) and literal(target.slice):
                self.assigned.add(literal(target.slice))
            else:
                self.visit(target, context)

    def visit_Call(self, node, context):
        self.visit_children(node, context)
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr == "setdefault" and self.is_environ(function.value):
            if node.args and literal(node.args[0]):
                self.assigned.add(literal(node.args[0]))
        if isinstance(function, ast.Name) and function.id in self.definitions:
            self.enter(self.definitions[function.id], context)
        elif isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            if function.value.id in ("self", "cls") and self.current_class is not None:
                self.enter_method(self.current_class, function.attr, context)
            elif isinstance(self.definitions.get(function.value.id), ast.ClassDef):
                self.enter_method(self.definitions[function.value.id], function.attr, context)

    def enter(self, definition, context):
        if isinstance(definition, ast.ClassDef):
            for name in ("__new__", "__init__", "__post_init__", "model_post_init"):
                self.enter_method(definition, name, context)
        else:
            self.enter_body(definition, None, context)

    def enter_method(self, definition, name, context):
        for statement in definition.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and statement.name == name:
                self.enter_body(statement, definition, context)

    def enter_body(self, function, owner, context):
        key = (id(function), context.guarded)
        if key in self.visited:
            return
        self.visited.add(key)
        outer, self.current_class = self.current_class, owner
        for statement in function.body:
            self.visit(statement, context)
        self.current_class = outer

    def names_tested(self, test):
        """Names whose presence the condition has established: `"X" in os.environ`, `os.getenv("X")`."""
        names = set()
        parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
        for part in parts:
            if (
                isinstance(part, ast.Compare)
                and isinstance(part.ops[0], ast.In)
                and self.is_environ(part.comparators[0])
            ):
                names.add(literal(part.left))
            elif self.name_read(part):
                names.add(self.name_read(part))
        return frozenset(names - {None})


class Context:
    """Where a read stands: whether an error there would be handled, and which names were seen to be set."""

    __slots__ = ("guarded", "tested")

    def __init__(self, guarded=False, tested=frozenset()):
        self.guarded = guarded
        self.tested = tested

    def inside_try(self):
        return Context(True, self.tested)

    def testing(self, names):
        return Context(self.guarded, self.tested | names) if names else self


def literal(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def statements_at_import(body):
    """Statements that run at import, inside `if`, `with`, `for`, `try` too."""
    for statement in body:
        yield statement
        for field in ("body", "orelse", "finalbody"):
            if not isinstance(statement, FUNCTIONS + (ast.ClassDef,)):
                yield from statements_at_import(getattr(statement, field, []))
        for handler in getattr(statement, "handlers", []):
            yield from statements_at_import(handler.body)


def is_main_guard(test):
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def may_raise(statement):
    for node in ast.walk(statement):
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name)):
            if getattr(node.func, "attr", getattr(node.func, "id", "")) in ("exit", "_exit", "abort", "quit"):
                return True
        if isinstance(node, ast.Assert):
            return True
    return False
