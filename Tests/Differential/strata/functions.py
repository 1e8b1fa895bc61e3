"""Functions: the built-ins that migrations use most, each overload with fitting arguments, NULL, edges and wrong types."""

import json

from case import Stratum, literal

from .operators import STANDINS
from .pools import INTERNAL, VALUES

# Each with at least five cases.
NAMES = """abs acos age array_append array_cat array_dims array_length array_lower array_ndims array_position array_positions
array_prepend array_remove array_replace array_to_json array_to_string array_upper ascii bit_length btrim cardinality ceil
ceiling char_length character_length chr concat concat_ws cos date_part date_trunc decode degrees div encode exp factorial floor
format gcd get_byte greatest initcap isempty isfinite json_array_length json_build_array json_build_object json_extract_path
json_extract_path_text json_object json_strip_nulls json_typeof jsonb_array_length jsonb_build_array jsonb_build_object
jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object jsonb_path_exists jsonb_path_query_array
jsonb_path_query_first jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls jsonb_typeof justify_days justify_hours
justify_interval lcm left least length ln log lower lpad ltrim make_date make_interval make_time make_timestamp make_timestamptz
md5 mod nullif num_nonnulls num_nulls octet_length overlay pi position power quote_ident quote_literal quote_nullable radians regexp_count
regexp_instr regexp_like regexp_match regexp_replace regexp_split_to_array regexp_substr repeat replace reverse right round
row_to_json rpad rtrim scale sha256 sha512 sign sin split_part sqrt starts_with string_to_array strpos substr substring tan
timezone to_char to_date to_hex to_json to_jsonb to_number to_timestamp translate trim_array trim_scale trunc unistr upper
width_bucket to_tsvector to_tsquery plainto_tsquery array_fill cbrt int4range numrange lower_inc upper_inf
range_merge host masklen network family text jsonb_each_text jsonb_array_elements jsonb_object_keys unnest generate_series
string_agg array_agg jsonb_agg jsonb_object_agg json_agg count sum avg min max bool_and bool_or every stddev variance""".split()

# What an argument has to be for the call to mean something: by function and position, from 0.
SPECIAL: dict[tuple[str, int], list[str]] = {
    ("date_part", 0): ["year", "month", "day", "hour", "dow", "epoch", "week", "quarter", "second", "nonsense"],
    ("date_trunc", 0): ["year", "quarter", "month", "week", "day", "hour", "minute", "fortnight"],
    ("date_trunc", 2): ["UTC", "America/New_York", "Nowhere/At_all"],
    ("timezone", 0): ["UTC", "Europe/Berlin", "+03", "Nowhere/At_all"],
    ("decode", 0): ["YWJj", "616263", "abc\\134", "xyz!"],
    ("decode", 1): ["base64", "hex", "escape", "base32"],
    ("encode", 1): ["base64", "hex", "escape", "base32"],
    ("format", 0): ["%s", "%I-%L", "%2$s %1$s", "%%", "%10s|", "%-6s|", "%x", "%"],
    ("chr", 0): ["65", "8364", "0", "-1", "1114112"],
    ("repeat", 1): ["0", "3", "-1"],
    ("lpad", 1): ["5", "0", "-1", "2"],
    ("rpad", 1): ["5", "0", "-1", "2"],
    ("factorial", 0): ["0", "5", "20", "-1"],
    ("make_date", 0): ["2024", "-44", "0"], ("make_date", 1): ["2", "13"], ("make_date", 2): ["29", "30", "0"],
    ("make_time", 0): ["0", "23", "24"], ("make_time", 1): ["0", "59", "60"], ("make_time", 2): ["0", "59.5", "61"],
    ("make_timestamp", 0): ["2024", "1999"], ("make_timestamp", 1): ["2", "12"], ("make_timestamp", 2): ["1", "29", "31"],
    ("make_timestamp", 3): ["0", "23"], ("make_timestamp", 4): ["0", "59"], ("make_timestamp", 5): ["0", "59.999999", "60"],
    ("make_timestamptz", 0): ["2024", "1999"], ("make_timestamptz", 1): ["2", "12"], ("make_timestamptz", 2): ["1", "29", "31"],
    ("make_timestamptz", 3): ["0", "23"], ("make_timestamptz", 4): ["0", "59"], ("make_timestamptz", 5): ["0", "59.5", "60"],
    ("make_timestamptz", 6): ["UTC", "Asia/Tokyo", "Nowhere/At_all"],
    ("regexp_replace", 1): ["[a-c]", "(.)(.)", "^", "(", "\\d+"], ("regexp_replace", 3): ["g", "i", "gi", "q", "z"],
    ("regexp_match", 1): ["[a-c]+", "(a)(b)?", "["], ("regexp_match", 2): ["i", "x", "g"],
    ("regexp_like", 1): ["^a", "B", "*"], ("regexp_like", 2): ["i", "c", "z"],
    ("regexp_count", 1): ["a", ".", "("], ("regexp_count", 2): ["1", "3", "0"], ("regexp_count", 3): ["i", "g"],
    ("regexp_instr", 1): ["b", "(c)", "+"], ("regexp_instr", 2): ["1", "2", "0"], ("regexp_instr", 3): ["1", "0"],
    ("regexp_instr", 4): ["0", "1", "2"], ("regexp_instr", 5): ["i", "k"], ("regexp_instr", 6): ["0", "1"],
    ("regexp_substr", 1): ["b.", "(a)(b)", "[a"], ("regexp_substr", 2): ["1", "-1"], ("regexp_substr", 3): ["1", "2"],
    ("regexp_substr", 4): ["i", "y"], ("regexp_substr", 5): ["0", "1"],
    ("regexp_split_to_array", 1): [",", "\\s*", "", "("], ("regexp_split_to_array", 2): ["i", "g"],
    ("split_part", 1): [",", "", "b"], ("split_part", 2): ["1", "-1", "0", "9"],
    ("string_to_array", 1): [",", "", "b"], ("to_date", 1): ["YYYY-MM-DD", "DD Mon YYYY", "YYYYMMDD"],
    ("to_date", 0): ["2024-02-29", "29 Feb 2024", "20240230", "x"],
    ("to_timestamp", 1): ["YYYY-MM-DD HH24:MI:SS", "HH12:MI AM", "YYYY"],
    ("to_number", 0): ["1,234.5", "-12", "$9.99", "x"], ("to_number", 1): ["9,999.9", "S99", "L9.99", "9"],
    ("width_bucket", 3): ["1", "5", "0"], ("width_bucket", 1): ["0"], ("width_bucket", 2): ["10", "0"],
    ("unistr", 0): ["\\0041b", "d\\u0061t", "x\\zz"],
    ("array_fill", 1): ["{2}", "{2,2}", "{0}", "{-1}"], ("array_fill", 2): ["{1}", "{0,5}"],
    ("trim_array", 1): ["1", "0", "-1", "9"], ("get_byte", 1): ["0", "1", "9"], ("round", 1): ["0", "2", "-1"], ("trunc", 1): ["0", "1", "-2"],
    ("jsonb_set", 1): ["{a}", "{a,c}", "{0}", "{}", "{x,y}"], ("jsonb_insert", 1): ["{0}", "{a}", "{a,c,0}"],
    ("jsonb_set_lax", 1): ["{b}", "{a}"], ("jsonb_set_lax", 4): ["use_json_null", "delete_key", "raise_exception", "what"],
    ("int4range", 2): ["[]", "()", "[", "x"], ("numrange", 2): ["[]", "(]", "x"], ("isempty", 0): ["empty", "[1,5)"],
    ("to_tsvector", 0): ["english", "simple", "klingon"], ("to_tsquery", 0): ["cat & dogs", "simple", "a & ", "!x"],
    ("power", 1): ["0", "2", "-1", "0.5"],
}  # fmt: skip
PATHS = ["$", "$.a", "$[*]", "$.a.c[*]", "$[*] ? (@ > 1)", "strict $.zz", "$.a ? (", "$.**"]
FORMATS = {"numeric": ["999.99", "FM0000.0", "S9,999", "9.9EEEE", "RN", "L99"], "timestamp": ["YYYY-MM-DD", "Day, DD Mon YYYY HH24:MI:SS.MS", "IYYY-IW", "FMMonth Q", "J"]}  # fmt: skip
EXTRA = """gen_random_uuid() is not null|length(gen_random_uuid()::text)|random() between 0 and 1|now() = current_timestamp
current_setting('nothing.here', true)|current_setting('nothing.here')|set_config('a.b', 'x', true)|current_setting('server_version_num')::int / 10000
length(extensions.gen_random_bytes(8))|extensions.gen_random_bytes(-1)|extensions.crypt('x', '$2a$06$abcdefghijklmnopqrstuu')
extensions.crypt('x', '$1$abcdefgh')|length(extensions.gen_salt('bf'))|extensions.gen_salt('none')|extensions.digest('a', 'sha1')
extensions.digest('a', 'sha9')|extensions.hmac('a', 'k', 'sha256')|length(extensions.uuid_generate_v4()::text)|auth.uid()|auth.role()|auth.jwt()
auth.uid(1)|storage.foldername('a/b/c.png')|storage.foldername('c.png')|storage.foldername(null)|storage.filename('a/b.png')
extensions.uuid_generate_v5(extensions.uuid_ns_url(), 'x')|pg_notify('c', 'x')|pg_typeof(pg_notify('', 'x'))|nextval('nothing')|currval('nothing')
to_regclass('nothing')|'nothing'::regclass|pg_advisory_xact_lock(1)|coalesce(null, 1)|coalesce(1, 'x')|coalesce()|version() ~ '^PostgreSQL 15'""".replace("\n", "|").split("|")  # fmt: skip
WRONG = ["'x'::uuid", "true", "'{1,2}'::int[]", "1.5", "'2024-01-01'::date", "'{}'::jsonb", "row(1,2)", "'x'", "null"]


def fill(stratum: Stratum, ask) -> None:
    overloads = _overloads(ask)
    for name in NAMES:
        before = len(stratum.cases)
        for types, variadic in stratum.sample(overloads.get(name, [(["text"], False)]), 6):
            for _ in range(2):
                stratum.expression(
                    _call(name, [_argument(stratum, name, types, at) for at in range(len(types))], variadic)
                )
            if types:
                at = stratum.random.randrange(len(types))
                arguments = [_argument(stratum, name, types, n) for n in range(len(types))]
                stratum.expression(_call(name, arguments[:at] + ["null"] + arguments[at + 1 :], variadic))
                stratum.expression(_call(name, arguments[:at] + [stratum.pick(WRONG)] + arguments[at + 1 :], variadic))
        stratum.expression(_call(name, [], False))
        while len(stratum.cases) < before + 5:
            stratum.expression(_call(name, [stratum.pick(WRONG) for _ in range(stratum.random.randint(1, 3))], False))
    for expression in EXTRA:
        stratum.expression(expression)


def _call(name: str, arguments: list[str], variadic: bool) -> str:
    if name in ("position", "overlay") and len(arguments) > 1:
        return f"position({arguments[0]} in {arguments[1]})" if name == "position" else _overlay(arguments)
    if variadic:
        arguments = arguments[:-1] + [f"variadic {arguments[-1]}"]
    return f"{name}({', '.join(arguments)})"


def _overlay(arguments: list[str]) -> str:
    return f"overlay({arguments[0]} placing {arguments[1]} from {' for '.join(arguments[2:]) or '1'})"


def _argument(stratum: Stratum, name: str, types: list[str], at: int) -> str:
    pool = SPECIAL.get((name, at))
    if types[at] == "jsonpath":
        return literal(stratum.pick(PATHS), "jsonpath")
    if types[at] == "regconfig":
        return literal(stratum.pick(SPECIAL["to_tsvector", 0]), "regconfig")
    if name == "to_char" and at == 1:
        return literal(stratum.pick(FORMATS["numeric" if types[0] in ("integer", "bigint", "numeric", "real", "double precision") else "timestamp"]))  # fmt: skip
    if pool and types[at] not in ("integer[]", "text[]") or pool and pool[0].startswith("{"):
        return literal(stratum.pick(pool), types[at]) if types[at] != "text" else literal(stratum.pick(pool))
    if types[at] == '"any"':
        return stratum.pick(
            ["1", "'x'::text", "1.50", "true", "'2024-01-01'::date", "'{\"a\": 1}'::jsonb", "array[1,2]"]
        )
    return literal(stratum.pick(VALUES[types[at]]), types[at])


def _overloads(ask) -> dict[str, list[tuple[list[str], bool]]]:
    rows = ask(f"""select json_build_array(proname, (select coalesce(json_agg(t.typname order by n), '[]')
            from unnest(proargtypes) with ordinality a(o, n) join pg_type t on t.oid = o), provariadic <> 0)::text
        from pg_proc where pronamespace = 'pg_catalog'::regnamespace and prokind in ('f', 'a')
            and proname = any ('{{{",".join(NAMES)}}}') order by proname, proargtypes::text""").rows
    found: dict[str, list[tuple[list[str], bool]]] = {
        "greatest": [(["integer", "numeric"], False), (["text", "text"], False), (["date", "timestamptz"], False)],
        "least": [(["integer", "bigint", "integer"], False), (["text", "text"], False), (["jsonb", "jsonb"], False)],
        "nullif": [(["integer", "integer"], False), (["text", "text"], False), (["integer", "text"], False)],
    }
    for name, types, variadic in map(json.loads, rows):
        named = [_named(type_name) for type_name in types]
        if all(each in VALUES or each in ('"any"', "jsonpath", "regconfig") for each in named):
            found.setdefault(name, []).append((named, variadic and '"any"' not in named))
    return found


def _named(type_name: str) -> str | None:
    if type_name == "any":
        return '"any"'
    return STANDINS.get(type_name, INTERNAL.get(type_name, type_name))
