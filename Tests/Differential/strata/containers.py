"""jsonb and arrays: paths, containment, changes, expansion, JSON path; literals, subscripts, slices, ANY and ALL."""

from case import Stratum, literal

from .pools import INVALID

DOCUMENTS = ['{"a": 1, "b": {"c": [1, 2, {"d": null}]}, "e": "x"}', '[1, "two", null, [3], {"a": 4}]', "[]", "{}", '"text"', "3.140", "null", "true", '{"": 0, "a b": [], "é": "\\u00e9"}', '[1, 2, 2, 3]']  # fmt: skip
STEPS = ["'a'", "'b'", "0", "-1", "'0'", "'missing'", "99", "null::text", "1.5", "true"]
PATHS = ["{a}", "{b,c}", "{b,c,0}", "{b,c,-1,d}", "{1}", "{3,0}", "{}", "{x,y}", "{b,c,x}", "{a"]
PARTS = ['{"a": 1}', "[1]", "[2, 1]", '"two"', "1", "{}", "[]", '{"b": {}}', "null", "{bad"]
JSONPATHS = ["$", "$.a", "$.b.c[*]", "$.b.c[0 to 1]", "$[last]", "$.* ? (@.type() == \"number\")", "$[*] ? (@ > 1 && @ < 3)", "$.b.c.size()", "$.**.d", "$.a + 1", "-$.a", "$.e starts with \"x\"", "$.e like_regex \"^X\" flag \"i\"", "strict $.zz", "$.a.double()", "$.keyvalue()", "$ ? (exists (@.a))", "$[", "$.a ? (@ > $min)", "lax $.e.double()"]  # fmt: skip
ARRAYS = ["'{1,2,3}'::int[]", "'{}'::int[]", "'{NULL,2}'::int[]", "'{{1,2},{3,4}}'::int[]", "'[0:2]={7,8,9}'::int[]", "array['a','b',null]", "null::text[]", "array[1.5,2]", "array[array['x'],array['y']]"]  # fmt: skip
LITERALS = ['{"a b",c}', '{a,"",NULL,"NULL",null}', "{ a , b }", '{"a\\"b","c\\\\d"}', "{{a,b},{c,d}}", "{{{1}}}", "[2:3]={a,b}", "[1:2][1:1]={{a},{b}}", "{{},{}}", "{a}x", "{a b,c}", "{,}", "{{a},b}", "[1:1]={a,b}", "[5:4]={}", '{"unclosed}', "{a\\,b}", "{{a},{b,c}}"]  # fmt: skip
CONSTRUCTIONS = ["jsonb_build_object({})", "jsonb_build_array({})", "json_build_object({})", "json_build_array({})", "array[{}]", "to_jsonb(array[{}])", "jsonb_agg({})"]  # fmt: skip
ITEMS = ["1", "'a'", "1, 'a'", "'a', 1", "'a', null", "null, 1", "'k', array[1,2], 'l', row(1,'x')", "1, 2.5", "'a', 'b', 'c'", "true, false", "", "'d', '2024-01-01'::date, 't', '12:00'::time"]  # fmt: skip


def fill(stratum: Stratum, ask) -> None:
    for document in DOCUMENTS:
        value = literal(document, "jsonb")
        for operator in ["->", "->>"]:
            for step in stratum.sample(STEPS, 5):
                stratum.expression(f"{value} {operator} {step}")
        for operator in ["#>", "#>>", "#-"]:
            for path in stratum.sample(PATHS, 3):
                stratum.expression(f"{value} {operator} {literal(path)}")
        for operator in ["@>", "<@", "||", "-", "=", "<"]:
            stratum.expression(f"{value} {operator} {literal(stratum.pick(PARTS), 'jsonb')}")
        for operator, right in [("?", "'a'"), ("?|", "array['a','two']"), ("?&", "array['a','b']"), ("-", "'a'"), ("-", "0"), ("-", "array['a','e']")]:  # fmt: skip
            stratum.expression(f"{value} {operator} {right}")
        for path in stratum.sample(PATHS, 3):
            stratum.expression(f"jsonb_set({value}, {literal(path)}, '\"new\"', {stratum.pick(['true', 'false'])})")
            stratum.expression(f"jsonb_insert({value}, {literal(path)}, '\"new\"', {stratum.pick(['true', 'false'])})")
        for path in stratum.sample(JSONPATHS, 5):
            stratum.expression(f"jsonb_path_query_array({value}, {literal(path)})")
            stratum.expression(f"{value} {stratum.pick(['@?', '@@'])} {literal(path, 'jsonpath')}")
        for name in ["jsonb_array_elements", "jsonb_array_elements_text", "jsonb_each", "jsonb_each_text", "jsonb_object_keys", "jsonb_array_length"]:  # fmt: skip
            stratum.query(f"select {name}({value})::text as v")
        stratum.query(f"select * from jsonb_to_record({value}) as r(a int, b jsonb, e text)")
        stratum.query(f"select * from jsonb_to_recordset({value}) as r(a int)")
        for subscript in stratum.sample(["['a']", "[0]", "['b']['c']", "[1.5]", "[-1]", "[0:1]"], 2):
            stratum.expression(f"({value}){subscript}")
    for document in [
        *stratum.sample(INVALID["json"], 6),
        '{"b":1, "a" : 2, "b":3}',
        " [1 , 2 ] ",
        '"\\ud83d\\ude00"',
        '"\\ud83d"',
    ]:
        stratum.expression(literal(document, "json"))
        stratum.expression(f"{literal(document, 'json')} -> 'b'")
        stratum.expression(literal(document, "jsonb"))
    for construction in CONSTRUCTIONS:
        for items in stratum.sample(ITEMS, 8):
            stratum.expression(construction.format(items))
    _arrays(stratum)


def _arrays(stratum: Stratum) -> None:
    for text in LITERALS:
        stratum.expression(literal(text, "text[]"))
    for array in ARRAYS:
        for subscript in stratum.sample(
            ["[1]", "[0]", "[-1]", "[1:2]", "[2:]", "[:1]", "[2][1]", "[1:1][2:2]", "[null]", "['x']", "[3:1]"], 6
        ):
            stratum.expression(f"({array}){subscript}")
        for name in ["array_length({}, 1)", "array_length({}, 2)", "array_upper({}, 1)", "cardinality({})", "array_dims({})", "array_ndims({})", "array_to_string({}, ',', '*')", "array_to_json({})", "to_jsonb({})", "array_length({})"]:  # fmt: skip
            stratum.expression(name.format(array))
        element = "'a'" if "'a'" in array or "text" in array else "'x'" if "'x'" in array else "2"
        for template in ["array_append({0}, {1})", "array_prepend({1}, {0})", "array_remove({0}, {1})", "array_replace({0}, {1}, null)", "array_position({0}, {1})", "array_positions({0}, {1})", "{0} || {1}", "{1} = any ({0})", "{1} <> all ({0})", "{1} < any ({0})"]:  # fmt: skip
            stratum.expression(template.format(array, element))
        for other in stratum.sample(ARRAYS, 4):
            stratum.expression(f"{array} {stratum.pick(['||', '@>', '<@', '&&', '=', '<', '>='])} {other}")
        stratum.query(f"select * from unnest({array}) with ordinality as u(v, n)")
        stratum.expression(f"(select array_agg(v order by v desc nulls last) from unnest({array}) v)")
        stratum.expression(f"trim_array({array}, {stratum.pick(['1', '5', '-1'])})")
    for items in ["1, 'x'", "1, 2.5", "'a', null", "array[1], array[2,3]", "array[1], 2", "null", "", "'1', 2", "date '2024-01-01', 'x'", "row(1,2), row(3,4)"]:  # fmt: skip
        stratum.expression(f"array[{items}]")
    for values in [
        "select 1 union select 2 order by 1",
        "select null::text",
        "select 1 where false",
        "select 1, 2",
        "select array[1]",
    ]:
        stratum.expression(f"array({values})")
    for left, right in [("{1,2}", "{a,b}"), ("{1}", "{a,b,c}"), ("{}", "{a}")]:
        stratum.query(f"select * from unnest({literal(left, 'int[]')}, {literal(right, 'text[]')}) as u(a, b)")
