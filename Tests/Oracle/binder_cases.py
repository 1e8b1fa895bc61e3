"""Writes the cases of Tests/Conformance/Binder: statements and what PostgreSQL 15 makes of them.

    binder_cases.py SOCKET_FOLDER PORT DATABASE OUTPUT_FOLDER [SEED [SCALE]]

DATABASE must be empty; the types and tables of OUTPUT_FOLDER/schema.sql are made in it. A line of a case file is
`statement TAB answer`: `= types of the columns; types of the parameters`, or `! SQLSTATE message` and, where the
server gives them, `TAB hint TAB detail`. A hint is the number of a line of hints.txt, from 0. SCALE multiplies the number
of cases: larger runs into a folder of their own are tested with BINDER_CASES=FOLDER.
"""

import pathlib
import random
import sys

from describe import Server

COLUMNS = """b s i l r d n np x v vn c nm u j jb by dt tm tz ts tsz ts3 iv ip ia la xa va na ua jba m ma pi e f pr p pa o
ct""".split()
LITERALS = [
    "'1'",
    "'1.5'",
    "'abc'",
    "'true'",
    "'2024-01-15'",
    "'2024-01-15 10:30:00+02'",
    "'10:30'",
    "'1 day'",
    "'{1,2}'",
    "'{a,b}'",
    "'{\"a\": 1}'",
    "'happy'",
    "'c5e0d9f4-8c1e-4b9a-9d34-0f3c6b7f1a11'",
    "'192.168.0.1'",
    "''",
    "NULL",
    "1",
    "-1",
    "1.5",
    "1e3",
    "9999999999",
    "0",
    "true",
    "ARRAY[1,2]",
    "ARRAY['a','b']",
    "ARRAY['a',x]",
    "(1,'a')",
    "ROW(1,2.5)",
]
TYPES = [
    "boolean",
    "smallint",
    "integer",
    "bigint",
    "real",
    "double precision",
    "numeric",
    "numeric(5,2)",
    "text",
    "character varying",
    "varchar(3)",
    "char(4)",
    "name",
    "uuid",
    "json",
    "jsonb",
    "bytea",
    "date",
    "time",
    "timetz",
    "timestamp",
    "timestamptz",
    "timestamp(0)",
    "interval",
    "inet",
    "integer[]",
    "bigint[]",
    "text[]",
    "varchar(3)[]",
    "numeric[]",
    "uuid[]",
    "jsonb[]",
    "mood",
    "mood[]",
    "posint",
    "email",
    "feeling",
    "price",
    "pair",
    "pair[]",
    "oid",
    "citext",
]
OPERATORS = (
    """= <> < <= > >= + - * / % ^ || -> ->> #> #>> @> <@ ? ?| ?& && ~ ~* !~ ~~ ~~* !~~ & | # << >> - #-""".split()
)
PREFIX = ["-", "+", "~", "@", "|/", "!!"]


class Generator:
    def __init__(self, seed, functions):
        self.random = random.Random(seed)
        self.functions = functions

    def pick(self, items):
        return self.random.choice(items)

    def atom(self):
        return self.pick(COLUMNS) if self.random.random() < 0.6 else self.pick(LITERALS)

    def operator(self):
        if self.random.random() < 0.03:
            return f"SELECT {self.pick(PREFIX)} {self.atom()} FROM t"
        return f"SELECT {self.atom()} {self.pick(OPERATORS)} {self.atom()} FROM t"

    def related(self):
        """An operator between things that more often fit."""
        groups = [
            ["s", "i", "l", "r", "d", "n", "np", "pi", "pr", "1", "1.5", "'1'", "9999999999", "o"],
            ["x", "v", "vn", "c", "nm", "e", "'abc'", "''", "ct", "m"],
            ["dt", "tm", "tz", "ts", "tsz", "ts3", "iv", "'2024-01-15'", "'1 day'", "'10:30'", "1"],
            ["j", "jb", "'{\"a\": 1}'", "'abc'", "1", "xa", "'{a,b}'"],
            ["ia", "la", "na", "'{1,2}'", "ARRAY[1,2]", "1", "i", "l"],
            ["xa", "va", "'{a,b}'", "ARRAY['a','b']", "x", "v", "'a'"],
            ["m", "f", "'happy'", "ma", "x"],
            ["u", "'c5e0d9f4-8c1e-4b9a-9d34-0f3c6b7f1a11'", "ua", "x"],
        ]
        group = self.pick(groups)
        return f"SELECT {self.pick(group)} {self.pick(OPERATORS)} {self.pick(group)} FROM t"

    def cast(self):
        return f"SELECT ({self.atom()})::{self.pick(TYPES)} FROM t"

    def assignment(self):
        if self.random.random() < 0.5:
            return f"UPDATE t SET {self.pick(COLUMNS)} = {self.atom()}"
        return f"INSERT INTO t (id, {self.pick(COLUMNS)}) VALUES (1, {self.pick(LITERALS)})"

    def construct(self):
        a, b, c = self.atom(), self.atom(), self.atom()
        return self.pick(
            [
                f"SELECT CASE WHEN b THEN {a} ELSE {b} END FROM t",
                f"SELECT CASE WHEN b THEN {a} WHEN true THEN {b} END FROM t",
                f"SELECT CASE {a} WHEN {b} THEN {c} END FROM t",
                f"SELECT COALESCE({a}, {b}) FROM t",
                f"SELECT COALESCE({a}, {b}, {c}) FROM t",
                f"SELECT ARRAY[{a}, {b}] FROM t",
                f"SELECT ARRAY[{a}, {b}]::{self.pick(TYPES)}[] FROM t",
                f"SELECT GREATEST({a}, {b}) FROM t",
                f"SELECT NULLIF({a}, {b}) FROM t",
                f"SELECT {a} FROM t UNION ALL SELECT {b} FROM t",
                f"SELECT {a} FROM t UNION SELECT {b} FROM t",
                f"SELECT {a} FROM t INTERSECT SELECT {b} FROM t",
                f"SELECT {a} IN ({b}, {c}) FROM t",
                f"SELECT {a} NOT IN ({b}, {c}) FROM t",
                f"SELECT {a} = ANY ({b}) FROM t",
                f"SELECT {a} BETWEEN {b} AND {c} FROM t",
                f"SELECT {a} IS DISTINCT FROM {b} FROM t",
                f"SELECT {a} IN (SELECT {b} FROM t) FROM t",
                f"VALUES ({self.pick(LITERALS)}), ({self.pick(LITERALS)})",
                f"SELECT ({a})[{b}] FROM t",
                f"SELECT 1 FROM t WHERE {a}",
                f"SELECT NOT {a} FROM t",
                f"SELECT ({a}, {b}) = ({c}, {a}) FROM t",
                f"SELECT ({a}, {b}) < ({c}, {a}) FROM t",
                f"SELECT 1 FROM t ORDER BY {a}",
                f"SELECT DISTINCT {a} FROM t",
                f"SELECT {a}, count(*) FROM t GROUP BY {a}" if "(" not in a else "SELECT count(*)",
                f"SELECT 1 FROM t LIMIT {self.pick(LITERALS)}",
            ]
        )

    def function(self):
        name, arities = self.pick(self.functions)
        count = self.pick(arities) if self.random.random() < 0.93 else self.random.randint(0, 3)
        return f"SELECT {name}({', '.join(self.atom() for _ in range(count))}) FROM t"

    def expression(self, depth):
        if depth == 0 or self.random.random() < 0.15:
            return self.atom()

        def sub():
            return self.expression(depth - 1)

        kind = self.random.randint(0, 9)
        if kind < 3:
            return f"({sub()} {self.pick(OPERATORS[:12])} {sub()})"
        if kind < 5:
            return f"({sub()})::{self.pick(TYPES)}"
        if kind == 5:
            return f"COALESCE({sub()}, {sub()})"
        if kind == 6:
            return f"CASE WHEN {sub()} IS NULL THEN {sub()} ELSE {sub()} END"
        if kind == 7:
            return (
                f"{self.pick(['lower', 'length', 'abs', 'max', 'count', 'to_json', 'concat', 'sum', 'round'])}({sub()})"
            )
        if kind == 8:
            return f"ARRAY[{sub()}, {sub()}]"
        return f"({sub()} || {sub()})"

    def nested(self):
        return f"SELECT {self.expression(3)} FROM t"

    def parameter(self):
        a = self.atom()
        return self.pick(
            [
                f"SELECT {a} {self.pick(OPERATORS)} $1 FROM t",
                f"SELECT $1 {self.pick(OPERATORS)} {a} FROM t",
                f"SELECT 1 FROM t WHERE {a} = ANY ($1)",
                f"SELECT 1 FROM t WHERE {a} IN ($1, $2)",
                f"SELECT COALESCE($1, {a}) FROM t",
                f"SELECT CASE WHEN $1 THEN $2 ELSE {a} END FROM t",
                f"UPDATE t SET {self.pick(COLUMNS)} = $1 WHERE {self.pick(COLUMNS)} = $2",
                f"INSERT INTO t (id, {self.pick(COLUMNS)}) VALUES ($1, $2)",
                f"SELECT $1::{self.pick(TYPES)}, $1",
                f"SELECT $1 IS NULL, {a} = $1 FROM t",
                "SELECT $1, $2 + 1",
                f"SELECT $1 || {a} FROM t LIMIT $2",
                f"SELECT {self.pick(self.functions)[0]}($1) FROM t",
                f"SELECT {a} = $1, {self.pick(COLUMNS)} = $1 FROM t",
            ]
        )

    SOURCES = {
        "posts p": "p",
        "posts p JOIN users u ON p.user_id = u.id": "pu",
        "posts p LEFT JOIN users u ON u.id = p.user_id": "pu",
        "posts p, users u": "pu",
        "posts p JOIN users u USING (id)": "pu",
        "posts p NATURAL JOIN comments c": "pc",
        "posts p JOIN comments c USING (id)": "pc",
        "posts p FULL JOIN comments c USING (id, body)": "pc",
        "posts p RIGHT JOIN comments c ON c.post_id = p.id": "pc",
        "posts p CROSS JOIN LATERAL (SELECT p.likes AS n) x": "p",
        "posts p JOIN users u ON p.likes = u.id": "pu",
        "(SELECT id, name, age, tags, email FROM users) u": "u",
        "(VALUES (1, 'a'), (2, NULL)) AS v(id, name)": "",
        "users u, unnest(u.tags) AS tag": "u",
        "users u, LATERAL unnest(tags) WITH ORDINALITY AS y(tag, n)": "u",
        "jsonb_to_recordset('[]') AS p(id int, title text)": "",
        "generate_series(1, 3) AS id": "",
        "json_each('{}') AS p": "",
        "posts": "",
        "posts p JOIN users p ON true": "p",
        "postz p": "p",
        "users u JOIN posts p ON p.user_id = u.id LEFT JOIN comments c ON c.post_id = p.id": "puc",
        "(posts p JOIN users u ON p.user_id = u.id) AS z": "",
        "users AS u(key, label)": "",
    }
    FIELDS = {
        "p": "p.id p.user_id p.title likes published created_at meta title p.body user_id p.likes".split(),
        "u": "u.id u.name u.email age tags name email u.age u.tags".split(),
        "c": "c.id c.post_id c.author score c.body post_id author c.score".split(),
        "": ["id", "title", "name", "key", "value", "label"],
    }

    def query(self):
        r = self.random
        source = self.pick(list(self.SOURCES))
        names = self.SOURCES[source]
        fields = sum((self.FIELDS[n] for n in names), []) or self.FIELDS[""]

        def column():
            if r.random() < 0.05:
                return self.pick(["p.nam", "u.ag", "id", "x.y", "p", "u", "titel", "z.id", "created"])
            return self.pick(fields)

        def value():
            kind = r.randint(0, 11)
            if kind < 6:
                return column()
            if kind == 6:
                return f"lower({column()}::text)"
            if kind == 7:
                return f"{column()} {self.pick(['+', '||', '-', '='])} {self.pick([column(), '1', chr(39) + 'x' + chr(39)])}"
            if kind == 8:
                return f"{column()}::{self.pick(['text', 'jsonb', 'varchar(5)', 'int'])}"
            if kind == 9:
                return f"coalesce({column()}, {self.pick([column(), 'NULL', '0'])})"
            if kind == 10:
                return f"CASE WHEN {column()} IS NULL THEN {column()} END"
            return f"to_jsonb({column()})->>'a'"

        def aggregate():
            c = column()
            return self.pick(
                [
                    "count(*)",
                    f"count({c})",
                    f"sum({c})",
                    f"max({c})",
                    f"array_agg({c})",
                    f"avg({c})",
                    f"string_agg({c}::text, ',')",
                    f"count(DISTINCT {c})",
                    f"json_agg({c} ORDER BY {column()})",
                    f"count(*) FILTER (WHERE {c} IS NULL)",
                    f"bool_or({c} IS NULL)",
                    f"jsonb_object_agg({c}, {column()})",
                    f"percentile_cont(0.5) WITHIN GROUP (ORDER BY {c})",
                    f"string_agg(DISTINCT {c}::text, ',' ORDER BY {c}::text)",
                ]
            )

        def window():
            return self.pick(
                [
                    f"row_number() OVER (ORDER BY {column()})",
                    f"rank() OVER (PARTITION BY {column()} ORDER BY {column()})",
                    f"sum({column()}) OVER (PARTITION BY {column()})",
                    f"lag({column()}, 1) OVER (ORDER BY {column()})",
                    "rank()",
                    "count(*) OVER w",
                    f"lower({column()}::text) OVER ()",
                    f"first_value({column()}) OVER (w ORDER BY {column()})",
                    f"max(sum({column()})) OVER ()",
                ]
            )

        def condition():
            return self.pick(
                [
                    f"{column()} IS NOT NULL",
                    f"{column()} = {column()}",
                    f"{column()} > {self.pick(['1', chr(39) + 'a' + chr(39), 'NULL'])}",
                    f"{value()} IS NOT DISTINCT FROM {value()}",
                    f"{column()} IN ({column()}, {column()})",
                    column(),
                    f"EXISTS (SELECT 1 FROM comments c2 WHERE c2.post_id = {column()})",
                    f"{column()} IN (SELECT {self.pick(['id', 'age', 'name', 'id, age', 'nope'])} FROM users u2)",
                    f"{column()} = ALL (SELECT likes FROM posts p2)",
                    f"{aggregate()} > 1",
                    f"({column()}, {column()}) IN (SELECT p2.id, p2.title FROM posts p2)",
                    f"NOT {column()} ~~ '%x%'",
                ]
            )

        kind = r.randint(0, 14)
        where = f" WHERE {condition()}" if r.random() < 0.4 else ""
        if kind < 3:
            order = f" ORDER BY {self.pick([column(), '1', '2', 'x', value()])}" if r.random() < 0.4 else ""
            star = self.pick([value(), "*", "1"] + [f"{n}.*" for n in names])
            return f"SELECT {value()} AS x, {star} FROM {source}{where}{order}"
        if kind < 6:
            key = self.pick([column(), column(), value(), "1", "x", f"{names[:1] or 'p'}.id"])
            shown = key if key not in ("1", "x") and r.random() < 0.7 else value()
            having = f" HAVING {aggregate()} > 1" if r.random() < 0.2 else ""
            order = f" ORDER BY {self.pick([aggregate(), '1', column(), 'x'])}" if r.random() < 0.3 else ""
            return f"SELECT {shown} AS x, {aggregate()} FROM {source}{where} GROUP BY {key}{having}{order}"
        if kind == 6:
            return f"SELECT {aggregate()}, {aggregate()} FROM {source}{where}"
        if kind == 7:
            return f"SELECT {value()}, {window()} FROM {source}" + self.pick(
                ["", f" WINDOW w AS (PARTITION BY {column()})"]
            )
        if kind == 8:
            return f"WITH x AS (SELECT {value()} AS a, {column()} FROM {source}{where}) SELECT {self.pick(['a', 'x.*', 'x', 'b', 'x.a', 'count(a)'])} FROM x"
        if kind == 9:
            return f"SELECT {column()}, (SELECT {self.pick(['count(*)', 'max(c2.score)', 'c2.body', 'c2.nope', column()])} FROM comments c2 WHERE c2.post_id = {column()}) FROM {source}"
        if kind == 10:
            return f"SELECT {value()} FROM {source} {self.pick(['UNION', 'UNION ALL', 'EXCEPT'])} SELECT {value()} FROM {source} ORDER BY {self.pick(['1', '2', 'title', 'id'])}"
        if kind == 11:
            a, b = column(), value()
            return f"SELECT DISTINCT {self.pick(['', f'ON ({a}) '])}{b}, {a} FROM {source} ORDER BY {self.pick([a, '1', b, column()])}"
        if kind == 12:
            return f"SELECT {value()} FROM {source} WHERE {condition()} AND ({condition()} OR {condition()})"
        if kind == 13:
            return (
                f"WITH RECURSIVE x(a, b) AS (SELECT {self.pick(['1', 'id', value()])}, {value()} FROM {source} "
                f"UNION ALL SELECT {self.pick(['a + 1', 'a', 'x.b'])}, {self.pick(['b', 'NULL', 'a'])} FROM x) SELECT * FROM x"
            )
        fields = self.FIELDS["p"]
        likes = self.pick(["likes", "1", "title", "NULL", "excluded.likes", "posts.likes", "p.likes"])
        return self.pick(
            [
                f"INSERT INTO posts (id, {self.pick(['title', 'likes', 'user_id', 'nope', 'id'])}) SELECT {value()}, {value()} FROM posts p{where}",
                f"INSERT INTO posts (id, title) VALUES (1, 'x') ON CONFLICT ({self.pick(['id', 'title', 'user_id, title', 'nope'])}) DO UPDATE SET likes = {likes} RETURNING {self.pick(['*', 'id, title', 'excluded.id'])}",
                f"UPDATE posts p SET {self.pick(['title', 'likes', 'meta', 'nope', 'id'])} = {self.pick([value(), 'DEFAULT', 'u.age', 'u.name'])} FROM users u WHERE {column()} = {self.pick(['u.id', 'u.name', column()])} RETURNING {self.pick([value(), 'u.*', 'p'])}",
                f"DELETE FROM posts p USING users u WHERE {column()} = {self.pick(['u.id', column()])} RETURNING p.*",
                f"INSERT INTO posts VALUES ({self.pick(['1', '1, NULL', 'DEFAULT, DEFAULT', chr(39) + 'a' + chr(39)])}, {self.pick(['NULL', '1', chr(39) + 'x' + chr(39)])})",
                f"INSERT INTO users (id, name) VALUES ({self.pick(['gen_random_uuid()', '1', 'NULL'])}, 'a'), ({self.pick(['NULL', 'DEFAULT', '1.5'])}, {self.pick(['1', chr(39) + 'b' + chr(39), '1, 2'])}) RETURNING {self.pick(['id', 'users.name', 'nme', '*'])}",
            ]
        )


SKIPPED = {"set_config", "pg_sleep", "query_to_xml", "plpgsql_validator", "extract"}


def kept_functions(server):
    """Names with the argument counts they take, for random calls."""
    rows = server.query("""
        SELECT p.proname, string_agg(DISTINCT p.pronargs::text, ',')
        FROM pg_proc p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind IN ('f', 'a') AND p.proname !~ '^(pg_|_|bin|has_|ri_|lo_|xml|gist|gin|brin|spg|hash|range_|array_sub|jsonb_sub|raw_|inet_|in_range|mxid|table|schema|database|cursor|query_to|ts_|tsq|tsv|to_ts_|circle|poly|path|point|line|lseg|box|dist|is[a-z]*$|euc|koi|win|utf8|iso|sjis|big5|mic|uhc|johab|shift|gb|ascii_to|latin|loread|lowrite|current_setting|set_config|nextval|setval|currval|dsimple|dis?pell|prsd|thesaurus|unicode|multirange|binary)'
          AND NOT EXISTS (SELECT FROM unnest(p.proargtypes::oid[] || p.prorettype) a(o)
                          WHERE a.o::regtype::text ~ '^(internal|cstring|trigger|event_trigger|.*handler|point|box|circle|polygon|path|line|lseg|tsvector|tsquery|money|xml|.*range.*|macaddr.*|bit.*|pg_.*|reg.*|xid.*|cid|tid|.*char"?|txid.*|aclitem.*|refcursor)$')
        GROUP BY 1 ORDER BY 1""")
    data = pathlib.Path(__file__).parents[2] / "Sources/PostgresEngine/Binder/Builtins/BuiltinCatalogData.swift"
    omitted = set(data.read_text().split("let omittedFunctions")[1].split())
    return [
        (name, [int(n) for n in counts.split(",")])
        for name, counts in rows
        if name not in SKIPPED and name not in omitted
    ]


def main(folder, port, database, output, seed=1, scale=1):
    output = pathlib.Path(output)
    server = Server(folder, port, database)
    server.query("CREATE SCHEMA IF NOT EXISTS extensions")
    server.query("CREATE EXTENSION IF NOT EXISTS citext SCHEMA extensions")
    server.query("SET search_path = public, extensions")
    if not server.query("SELECT 1 FROM pg_class WHERE relname = 't' AND relkind = 'r'"):
        server.query((output / "schema.sql").read_text())
    generator = Generator(int(seed), kept_functions(server))
    plan = {
        "operators": [(generator.operator, 280), (generator.related, 480)],
        "casts": [(generator.cast, 300)],
        "assignments": [(generator.assignment, 220)],
        "constructs": [(generator.construct, 450)],
        "functions": [(generator.function, 430)],
        "nested": [(generator.nested, 120)],
        "parameters": [(generator.parameter, 250)],
        "queries": [(generator.query, 320)],
    }
    hints, types = [], {}

    def type_name(oid, modifier=-1):
        key = (oid, modifier)
        if key not in types:
            types[key] = server.query(f"SELECT format_type({oid}, {modifier if modifier >= 0 else 'NULL'})")[0][0]
        return types[key]

    def answer(sql):
        found = server.describe(sql)
        if " ON CONFLICT " in sql and not isinstance(found, dict):
            # Arbiters are looked for when the statement is planned.
            try:
                server.query(f"EXPLAIN {sql}")
            except RuntimeError as error:
                found = error.args[0]
        if isinstance(found, dict):
            hint = found.get("H", "")
            if hint:
                if hint not in hints:
                    hints.append(hint)
                hint = str(hints.index(hint))
            line = f"! {found['C']} {found['M']}"
            if hint or "D" in found:
                line += f"\t{hint}"
            return line + (f"\t{found['D']}" if "D" in found else "")
        parameters, columns = found
        line = "= " + "|".join(type_name(o, m) for _, o, m in columns)
        return line + ("; " + "|".join(type_name(o) for o in parameters) if parameters else "")

    def one_line(sql):
        return " ".join(sql.split())

    for name, parts in plan.items():
        seen = {}
        for make, count in parts:
            for _ in range(int(count * float(scale))):
                sql = one_line(make())
                if sql not in seen:
                    seen[sql] = answer(sql)
        (output / f"{name}.tsv").write_text("".join(f"{sql}\t{text}\n" for sql, text in sorted(seen.items())))
    written = (output / "written.sql").read_text().splitlines() if (output / "written.sql").exists() else []
    (output / "written.tsv").write_text(
        "".join(f"{sql}\t{answer(sql)}\n" for sql in written if sql and not sql.startswith("--"))
    )
    (output / "hints.txt").write_text("".join(f"{hint}\n" for hint in hints))


if __name__ == "__main__":
    main(*sys.argv[1:7])
