"""Request parameters: forms with brackets, checked against what an endpoint takes."""

import functools
import re
from urllib.parse import parse_qsl

from .errors import invalid, missing, unsupported


def decode(text):
    """`a[b]=1&c[]=2&d[0][e]=3` as nested dicts and lists."""
    result = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, _, rest = name.partition("[")
        keys = [head] + re.findall(r"\[([^\]]*)\]", name[len(head) :])
        place = result
        for key, following in zip(keys, keys[1:] + [None], strict=True):
            if key == "":
                key = len(place)
            if following is None:
                place[key] = value
            else:
                if not isinstance(place.get(key), dict):
                    place[key] = {}
                place = place[key]
    return lists(result)


def lists(value):
    """Turns dicts whose keys are 0, 1, 2… into lists."""
    if not isinstance(value, dict):
        return value
    if value and all(str(key).isdigit() for key in value):
        return [lists(value[key]) for key in sorted(value, key=int)]
    return {key: lists(item) for key, item in value.items()}


class Field:
    """One parameter: `kind` is text, int, number, bool, map, list, any, object or objects."""

    def __init__(self, name, kind, required, supported, fields):
        self.name, self.kind, self.required, self.supported, self.fields = name, kind, required, supported, fields


TOKEN = re.compile(r"\s*([\w]+|[{}\[\],:!~])")


@functools.cache
def grammar(text):
    """Reads `name!, active:bool, metadata:map, recurring{interval!}, items[price, quantity:int], ~discounts:any`:
    `!` is required, `~` is Stripe's but not the stand-in's, braces hold an object, brackets a list of them."""
    tokens = TOKEN.findall(text)
    fields, rest = _fields(tokens, 0)
    assert rest == len(tokens), tokens[rest:]
    return fields


def _fields(tokens, at):
    fields = {}
    while at < len(tokens) and tokens[at] not in "}]":
        supported = tokens[at] != "~"
        at += not supported
        name, at, kind, inner, required = tokens[at], at + 1, "text", None, False
        while at < len(tokens) and tokens[at] in ":{[!":
            if tokens[at] == ":":
                kind, at = tokens[at + 1], at + 2
            elif tokens[at] == "!":
                required, at = True, at + 1
            else:
                kind = "object" if tokens[at] == "{" else "objects"
                inner, at = _fields(tokens, at + 1)
                at += 1
        fields[name] = Field(name, kind, required, supported, inner)
        if at < len(tokens) and tokens[at] == ",":
            at += 1
    return fields, at


def checked(params, text, complete=True):
    """The parameters with their types. Empty text unsets, as in Stripe, and becomes None.

    - Raises: StripeError for unknown, missing and malformed ones."""
    return _object(params, grammar(text), "", complete)


def _object(params, fields, path, complete):
    if not isinstance(params, dict):
        raise invalid(f"Invalid object: {path}", path)
    result = {}
    for name, value in params.items():
        full = f"{path}[{name}]" if path else str(name)
        field = fields.get(name)
        if field is None:
            raise invalid(f"Received unknown parameter: {full}", full, "parameter_unknown")
        if not field.supported:
            raise unsupported(f"the parameter {full}")
        result[name] = _value(value, field, full, complete)
    for field in fields.values():
        if field.required and complete and result.get(field.name) in (None, "", [], {}):
            raise missing(f"{path}[{field.name}]" if path else field.name)
    return result


def _value(value, field, path, complete):
    kind = field.kind
    if kind == "any":
        return value
    if kind == "object" and value != "":
        return _object(value, field.fields, path, complete)
    if kind == "objects" and value != "":
        if not isinstance(value, list):
            raise invalid(f"Invalid array: {path}", path)
        return [_object(item, field.fields, f"{path}[{index}]", complete) for index, item in enumerate(value)]
    if kind == "list" and value != "":
        if not isinstance(value, list):
            raise invalid("Invalid array", path)
        return value
    if kind == "map":
        if value == "":
            return {}
        if not isinstance(value, dict) or any(isinstance(item, (dict, list)) for item in value.values()):
            raise invalid(f"Invalid hash: {path} values must be strings", path)
        return value
    if isinstance(value, (dict, list)):
        raise invalid(f"Invalid string: {value}", path)
    if value == "":
        return None
    if kind == "bool":
        # Python SDKs before 13 send Python's own words, and Stripe takes them.
        if value.lower() not in ("true", "false"):
            raise invalid(f"Invalid boolean: {value}", path, "parameter_invalid_boolean")
        return value.lower() == "true"
    if kind == "int":
        if not re.fullmatch(r"-?\d+", value):
            raise invalid(f"Invalid integer: {value}", path, "parameter_invalid_integer")
        return int(value)
    if kind == "number":
        if not re.fullmatch(r"-?\d+(\.\d+)?", value):
            raise invalid(f"Invalid decimal: {value}", path, "parameter_invalid_number")
        return float(value) if "." in value else int(value)
    return value
