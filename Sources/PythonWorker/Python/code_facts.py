"""What else a module's syntax tree tells: imports, secrets written into it, blocking calls in coroutines, its router.

Nothing is run, and no value that looks like a secret leaves this file: only what it looks like and where it stands.
"""

import ast
import re

# What keys of well-known providers look like. The host's list, which redacts texts, has the same prefixes.
KEY_PATTERNS = [
    (re.compile(rf"(?<![A-Za-z0-9_]){pattern}"), owner)
    for pattern, owner in [
        (r"[sr]k_(live|test)_[A-Za-z0-9]{8,}", "a key of Stripe"),
        (r"whsec_[A-Za-z0-9+/=_-]{12,}", "a webhook secret of Stripe"),
        (r"sk-ant-[A-Za-z0-9_-]{16,}", "a key of Anthropic"),
        (r"sk-(proj-)?(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{20,}", "a key of OpenAI"),
        (r"SG\.[A-Za-z0-9_.-]{32,}", "a key of SendGrid"),
        (r"AKIA[A-Z0-9]{16}", "a key of AWS"),
        (r"xox[abprs]-[A-Za-z0-9-]{16,}", "a token of Slack"),
        (r"(gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})", "a token of GitHub"),
        (r"glpat-[A-Za-z0-9_-]{16,}", "a token of GitLab"),
        (r"AIza[A-Za-z0-9_-]{30,}", "a key of Google"),
        (r"sb_secret_[A-Za-z0-9_-]{16,}", "a secret key of Supabase"),
        (r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}", "a JSON web token"),
        (r"-----BEGIN [A-Z ]*PRIVATE KEY-----", "a private key"),
        (r"(?i:bearer|basic) [A-Za-z0-9+/=_.-]{16,}", "an authorization header"),
        (r"(?i:postgres(ql)?|mysql|mongodb(\+srv)?|redis|amqp)://[^:/\s]+:[^@/\s{}$]+@", "an address with a password"),
    ]
]
SECRET_NAME = re.compile(r"(?i)(^|_)(api_?key|secret(_key)?|token|password|passwd|private_key|access_key|auth_key)$")
# Values under such names that are no secrets: what an example, a URL or a header's name looks like.
PLACEHOLDER = re.compile(r"(?i)^(https?://|x-|your|example|change|test|dummy|fake|placeholder|<|\{|\$)")

BLOCKING = {
    "time.sleep", "os.system", "os.popen", "os.wait", "input", "urllib.request.urlopen",
    "urllib.request.urlretrieve", "socket.create_connection", "smtplib.SMTP", "smtplib.SMTP_SSL",
    "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output",
    "subprocess.getoutput", "subprocess.getstatusoutput", "psycopg2.connect", "psycopg.connect", "pymysql.connect",
    "sqlite3.connect", "httpx.Client", "requests.Session", "shutil.copytree", "ftplib.FTP",
}  # fmt: skip
BLOCKING_VERBS = {"get", "post", "put", "patch", "delete", "head", "options", "request", "stream"}
BLOCKING_CLIENTS = ("requests", "httpx")
FEATURES = {
    "Form", "File", "UploadFile", "EmailStr", "NameEmail", "Jinja2Templates", "SessionMiddleware", "ZoneInfo",
}  # fmt: skip


def facts(tree):
    """The facts of a parsed module, as JSON takes them."""
    names = Names(tree)
    return {
        "imports": sorted(names.imported),
        "features": sorted(used_features(tree)),
        "exports_router": exports_router(tree, names),
        "secret_literals": list(secret_literals(tree)),
        "blocking_calls": list(blocking_calls(tree, names)),
    }


class Names:
    """What names of the module stand for: `t` for `time` after `import time as t`."""

    def __init__(self, tree):
        self.imported = set()
        self.meaning = {}
        self.has_star = False
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self.imported.add(alias.name)
                    top = alias.name.split(".")[0]
                    self.meaning[alias.asname or top] = alias.name if alias.asname else top
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                self.imported.add(node.module)
                for alias in node.names:
                    if alias.name == "*":
                        self.has_star = True
                    else:
                        self.imported.add(f"{node.module}.{alias.name}")
                        self.meaning[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def dotted(self, node):
        """The full name that an expression means, or None: `t.sleep` is `time.sleep`."""
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        return ".".join([self.meaning.get(node.id, node.id), *reversed(parts)])


def used_features(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in FEATURES:
            yield node.id
        elif isinstance(node, ast.Attribute) and (node.attr in FEATURES or node.attr == "form"):
            yield node.attr
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names if alias.name in FEATURES)


def exports_router(tree, names):
    """Whether anything at module level binds `router`; what it is shows only when the module runs."""
    if names.has_star or "router" in names.meaning:
        return True
    for node in module_level(tree.body):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.For | ast.NamedExpr):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if isinstance(node, ast.AnnAssign) and node.value is None:
                continue
            bound = (part for target in targets for part in ast.walk(target))
            if any(isinstance(part, ast.Name) and part.id == "router" for part in bound):
                return True
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            # `def f(): global router; …` binds it when it is called.
            if any(isinstance(part, ast.Global) and "router" in part.names for part in ast.walk(node)):
                return True
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("exec", "globals", "vars", "locals"):
            # `globals()["router"] = …`: only running it tells.
            return True
    return False


def module_level(body):
    """Everything but the insides of functions and classes."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for child in ast.iter_child_nodes(statement):
            yield from module_level([child])


def secret_literals(tree):
    """{"line", "what"} of every text that looks like a secret: by its own look, or by the name that it is given."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            owner = next((owner for pattern, owner in KEY_PATTERNS if pattern.search(node.value)), None)
            if owner:
                found.setdefault((node.lineno, node.col_offset), owner)
        for name, value in named_values(node):
            if is_secret_text(name, value):
                found.setdefault((value.lineno, value.col_offset), f"a value for {name}")
    return [{"line": line, "what": what} for (line, _), what in sorted(found.items())]


def named_values(node):
    """(name, expression) pairs in which an expression is given a name."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield target_name(target), node.value
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield target_name(node.target), node.value
    elif isinstance(node, ast.keyword) and node.arg:
        yield node.arg, node.value
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, value
    elif isinstance(node, ast.arguments):
        positional = node.posonlyargs + node.args
        for argument, default in zip(positional[len(positional) - len(node.defaults) :], node.defaults, strict=True):
            yield argument.arg, default
        for argument, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
            if default is not None:
                yield argument.arg, default
    elif isinstance(node, ast.Call) and len(node.args) == 2:
        # `os.environ.get("API_KEY", "…")`
        if getattr(node.func, "attr", getattr(node.func, "id", "")) in ("get", "getenv", "setdefault"):
            if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                yield node.args[0].value, node.args[1]


def target_name(target):
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        return target.attr
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    return ""


def is_secret_text(name, value):
    if not (name and isinstance(value, ast.Constant) and isinstance(value.value, str)):
        return False
    text = value.value
    if not SECRET_NAME.search(name.replace("-", "_")) or PLACEHOLDER.match(text) or len(text) < 8:
        return False
    # A word or a name of something is no secret; a mix of letters and digits, or something long, may be.
    mixed = any(c.isdigit() for c in text) and any(c.isalpha() for c in text)
    return " " not in text and (mixed or len(text) >= 24) and not re.fullmatch(r"[A-Z][A-Z0-9_]*", text)


def blocking_calls(tree, names):
    """{"line", "call", "function"} of calls that block, made by a coroutine itself or by a function it calls."""
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node in tree.body}
    seen = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef):
            for line, call in calls_in(node.body, names, functions, set()):
                if (line, call, node.name) not in seen:
                    seen.add((line, call, node.name))
                    yield {"line": line, "call": call, "function": node.name}


def calls_in(body, names, functions, entered):
    for statement in body:
        for node in own_nodes(statement):
            if not isinstance(node, ast.Call):
                continue
            name = names.dotted(node.func)
            if name is None:
                continue
            if is_blocking(name):
                yield node.lineno, name
            elif name in functions and name not in entered:
                entered.add(name)
                yield from calls_in(functions[name].body, names, functions, entered)


def own_nodes(node):
    """The node and what runs with it: not the bodies of functions that it merely defines."""
    yield node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
        return
    for child in ast.iter_child_nodes(node):
        yield from own_nodes(child)


def is_blocking(name):
    if name in BLOCKING:
        return True
    client, _, verb = name.rpartition(".")
    return client in BLOCKING_CLIENTS and verb in BLOCKING_VERBS
