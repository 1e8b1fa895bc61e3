-- Statements chosen by hand, one a line; binder_cases.py records the server's answers in written.tsv.
SELECT titel FROM posts
SELECT posts.titel FROM posts
SELECT p.title FROM posts
SELECT posts.title FROM posts p
SELECT nam FROM posts, users
SELECT 1 FROM posts p, (SELECT p.id) x
SELECT 1 FROM posts p, LATERAL (SELECT p.id) x
SELECT ids FROM posts, comments
SELECT id.x FROM posts
SELECT posts.id.x FROM posts
SELECT (p).title, (p).nope FROM posts p
SELECT p.title.x FROM posts p
SELECT public.posts.title FROM posts
SELECT other.posts.title FROM posts
SELECT * FROM nowhere
SELECT * FROM public.nowhere
SELECT * FROM nowhere.posts
SELECT *
SELECT x.* FROM posts
SELECT posts.*, users FROM posts, users
INSERT INTO posts (titel) VALUES ('a')
UPDATE posts SET titel = 'a'
UPDATE posts SET title = 1, title = 2
DELETE FROM posts WHERE titel = 'a'
INSERT INTO posts (id, id) VALUES (1, 2)
INSERT INTO posts (id) VALUES (1, 2)
INSERT INTO posts (id, title) VALUES (1)
INSERT INTO posts VALUES (1), (1, 2)
INSERT INTO posts DEFAULT VALUES RETURNING *
INSERT INTO posts (likes) VALUES ('abc')
INSERT INTO posts (likes) VALUES (now())
INSERT INTO posts (meta) VALUES ('{bad')
INSERT INTO posts (title) SELECT 1
INSERT INTO posts (meta) SELECT '{"a":1}'
INSERT INTO posts (meta) SELECT 'x' UNION SELECT 'y'
INSERT INTO posts (id) SELECT name FROM users
INSERT INTO posts (id, title) VALUES (1, 'x') ON CONFLICT DO NOTHING
INSERT INTO posts (id, title) VALUES (1, 'x') ON CONFLICT DO UPDATE SET title = 'y'
INSERT INTO posts (id, title) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET title = excluded.title, likes = posts.likes + 1 WHERE posts.likes < 3 RETURNING id
INSERT INTO posts (id, title) VALUES (1, 'x') ON CONFLICT ON CONSTRAINT posts_pkey DO NOTHING
INSERT INTO posts (id, title) VALUES (1, 'x') ON CONFLICT ON CONSTRAINT nope DO NOTHING
INSERT INTO posts (id, title) VALUES (1, 'x') ON CONFLICT (likes) DO NOTHING
INSERT INTO posts AS p (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET likes = p.likes + excluded.likes
WITH n AS (SELECT 1 AS a) INSERT INTO posts (id) SELECT a FROM n RETURNING (SELECT max(a) FROM n)
WITH n AS (SELECT id FROM users) UPDATE posts SET title = 'x' FROM n WHERE n.id = posts.user_id
WITH n AS (SELECT id FROM users) DELETE FROM posts USING n WHERE n.id = user_id AND EXISTS (SELECT FROM n WHERE n.id = user_id)
SELECT count(*) FROM posts WHERE count(*) > 1
SELECT title FROM posts GROUP BY user_id
SELECT p.title, count(*) FROM posts p GROUP BY p.id
SELECT p.* FROM posts p JOIN comments c ON c.post_id = p.id GROUP BY p.id
SELECT title || 'x', count(*) FROM posts GROUP BY title || 'x'
SELECT title FROM posts HAVING count(*) > 1
SELECT 1 FROM posts HAVING true
SELECT sum(count(*)) FROM posts
SELECT count(*) FROM posts GROUP BY count(*)
SELECT count(*) AS n FROM posts GROUP BY n
SELECT count(*) AS n FROM posts GROUP BY 1
SELECT (SELECT count(p.likes)) FROM posts p
SELECT user_id, (SELECT p.title) FROM posts p GROUP BY user_id
SELECT id FROM posts LIMIT id
SELECT id FROM posts LIMIT 'a'
SELECT id FROM posts LIMIT '10' OFFSET NULL
SELECT id FROM posts LIMIT 1.5
SELECT id FROM posts ORDER BY 5
SELECT id FROM posts ORDER BY 'a'
SELECT id, likes AS id FROM posts ORDER BY id
SELECT meta AS j FROM posts ORDER BY j
SELECT j FROM t ORDER BY j
SELECT DISTINCT j FROM t
SELECT j FROM t GROUP BY j
SELECT j FROM t UNION SELECT j FROM t
SELECT j FROM t UNION ALL SELECT j FROM t
SELECT array_agg(j ORDER BY j) FROM t
SELECT count(DISTINCT j) FROM t
SELECT DISTINCT title FROM posts ORDER BY likes
SELECT DISTINCT ON (user_id) user_id, title FROM posts ORDER BY title
SELECT DISTINCT ON (user_id) user_id, title FROM posts ORDER BY user_id, title DESC NULLS LAST
SELECT rank() OVER (PARTITION BY j) FROM t
SELECT rank() FROM t
SELECT lower(x) OVER () FROM t
SELECT lower(DISTINCT x) FROM t
SELECT lower(x ORDER BY x) FROM t
SELECT lower(*) FROM t
SELECT lower(x) FILTER (WHERE true) FROM t
SELECT count() FROM t
SELECT count(DISTINCT i) OVER () FROM t
SELECT sum(i) OVER nope FROM t
SELECT sum(i) OVER (w PARTITION BY i) FROM t WINDOW w AS (ORDER BY i)
SELECT sum(i) OVER (w ORDER BY x) FROM t WINDOW w AS (PARTITION BY b)
SELECT i FROM t WHERE rank() OVER () > 1
SELECT sum(rank() OVER ()) FROM t
SELECT sum(i) FILTER (WHERE i) FROM t
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY i) FROM t
SELECT percentile_cont(0.5) FROM t
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY x) FROM t
SELECT mode() WITHIN GROUP (ORDER BY m) FROM t
SELECT max(i) WITHIN GROUP (ORDER BY i) FROM t
SELECT string_agg(x, ',' ORDER BY x DESC) FROM t
SELECT string_agg(x ORDER BY x, ',') FROM t
SELECT string_agg(DISTINCT x, ',' ORDER BY i) FROM t
SELECT generate_series(1, 3)
SELECT generate_series(1, i) FROM t WHERE generate_series(1, 2) > 1
SELECT CASE WHEN b THEN generate_series(1, 3) END FROM t
SELECT coalesce(unnest(ia), 0) FROM t
SELECT unnest(ia), unnest(xa), unnest(ma) FROM t
SELECT * FROM unnest(ARRAY[1, 2]) WITH ORDINALITY
SELECT * FROM unnest(ARRAY[1, 2], ARRAY['a']) AS u(a, b)
SELECT a.b FROM generate_series(1, 2) AS a(b)
SELECT a FROM generate_series(1, 2) a
SELECT elem FROM jsonb_array_elements('[1]') elem
SELECT elem->>'a', value FROM jsonb_array_elements('[1]') AS elem
SELECT key, value FROM jsonb_each('{}')
SELECT kv FROM jsonb_each_text('{}') kv
SELECT * FROM jsonb_to_record('{}') AS x(a int, b text[])
SELECT * FROM jsonb_to_record('{}')
SELECT * FROM jsonb_populate_record(NULL::pair, '{}')
SELECT (jsonb_populate_record(NULL::pair, '{}')).*
SELECT * FROM json_populate_recordset(NULL::posts, '[]')
SELECT * FROM jsonb_array_elements('[1]') AS x(a, b)
SELECT * FROM generate_series(1, 2) AS x(a int)
SELECT * FROM lower('A')
SELECT * FROM count(*)
SELECT * FROM (SELECT 1 AS a) x JOIN (SELECT 1 AS a) y USING (a)
SELECT * FROM posts p JOIN users u USING (nope)
SELECT * FROM posts p JOIN users u USING (id, id)
SELECT x.id FROM (posts p JOIN comments c ON c.post_id = p.id) x
SELECT id FROM posts p JOIN comments c ON c.post_id = p.id
SELECT id FROM posts p LEFT JOIN comments c USING (id)
SELECT id, body FROM posts p FULL JOIN comments c USING (id, body)
SELECT * FROM posts p NATURAL JOIN comments
SELECT p.id FROM posts p JOIN users u ON p.title
SELECT p.id FROM posts p JOIN users u ON q.id = 1
SELECT 1 FROM posts, posts
SELECT 1 FROM posts p RIGHT JOIN LATERAL (SELECT p.id) x ON true
SELECT * FROM (VALUES (1, 'a'), (2.5, 'b')) v
SELECT * FROM (VALUES (1), ('x')) v
VALUES (1, 2), (3)
SELECT a FROM (SELECT 1, 2) AS x(a, b, c)
WITH a AS (SELECT 1), a AS (SELECT 2) SELECT 1
WITH a(x, y) AS (SELECT 1) SELECT 1
WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT x, y FROM a, b
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT n FROM r
WITH RECURSIVE r(n) AS (SELECT '1' UNION ALL SELECT n || 'x' FROM r) SELECT * FROM r
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1.5 FROM r) SELECT * FROM r
WITH RECURSIVE r AS (SELECT * FROM r) SELECT * FROM r
WITH RECURSIVE r AS (SELECT 1 FROM r UNION SELECT 2) SELECT * FROM r
WITH RECURSIVE r AS (SELECT id, 1 AS depth FROM comments UNION ALL SELECT c.id, r.depth + 1 FROM comments c JOIN r ON r.id = c.post_id) SELECT id, max(depth) FROM r GROUP BY id
SELECT '1' UNION SELECT '2' UNION SELECT 3
SELECT 1 UNION SELECT 2.5 UNION SELECT NULL
SELECT 1, 2 UNION SELECT 1
SELECT title FROM posts UNION SELECT name FROM users ORDER BY lower(title)
SELECT title FROM posts UNION SELECT name FROM users ORDER BY titel
SELECT title FROM posts UNION SELECT name FROM users ORDER BY name
SELECT title FROM posts UNION SELECT name FROM users ORDER BY 1 LIMIT 2
SELECT NULL UNION SELECT now()
SELECT i IN ('1.5') FROM t
SELECT i IN (1.0, '1.5') FROM t
SELECT v IN ('a', 'b'), x IN ('a') FROM t
SELECT m IN ('sad', 'nope') FROM t
SELECT i = ANY ('{1,2}'), x = ANY ('{a}'), m = ANY ('{sad}') FROM t
SELECT (i, x) IN ((1, 'a'), (2, 'b')) FROM t
SELECT (i, x) IN (SELECT likes, title FROM posts) FROM t
SELECT (i, x) IN (SELECT likes FROM posts) FROM t
SELECT i IN (SELECT likes, title FROM posts) FROM t
SELECT v IN (SELECT x FROM t) FROM t
SELECT i IN (SELECT x FROM t) FROM t
SELECT (SELECT 1, 2)
SELECT (SELECT i) + 1 FROM t
SELECT ARRAY(SELECT title FROM posts), ARRAY(SELECT tags FROM users)
SELECT EXISTS (SELECT 1), NOT EXISTS (SELECT FROM posts)
SELECT i > ALL (SELECT likes FROM posts) FROM t
SELECT CASE 'x' WHEN 'y' THEN 1 ELSE 2.5 END
SELECT CASE WHEN b THEN 1 WHEN NOT b THEN 'x' END FROM t
SELECT CASE i WHEN 'a' THEN 1 END FROM t
SELECT ARRAY[]
SELECT ARRAY[]::int[]
SELECT ARRAY[1, NULL, '2'], ARRAY[[1, 2], [3, 4]], ARRAY['{1}'::int[], '{2}']
SELECT ARRAY[1, 'x']
SELECT ia[1], ia[1:2], xa['1'], ia['x'] FROM t
SELECT ia[1.5], i[1], jb['a'], jb[1]['b'], x[1] FROM t
SELECT jb[1:2] FROM t
SELECT (p).a, (p).b, p.a FROM t
SELECT (t.p).a, (p).nope FROM t
SELECT i.a FROM t
SELECT (i).a FROM t
SELECT ROW(1, 'a')::pair, ROW(1)::pair
SELECT ROW(1, 2, 3)::pair
SELECT ROW(1, true)::pair
SELECT (1, 'a')::pair = p FROM t
SELECT (i, x) = (1, 'a'), (i, x) < (1, 'a'), (i, l, s) >= (1, 2, 3) FROM t
SELECT (i, x) = (1, 2) FROM t
SELECT (i, x) ~~ (1, 2) FROM t
SELECT (i, x) = (1, 'a', 2) FROM t
SELECT (i, x) IS DISTINCT FROM (1, 'a') FROM t
SELECT j IS DISTINCT FROM NULL, j IS NOT DISTINCT FROM NULL FROM t
SELECT j IS DISTINCT FROM '{}' FROM t
SELECT j = '{}' FROM t
SELECT jb = '{}' FROM t
SELECT i BETWEEN '1' AND 2.5, i NOT BETWEEN SYMMETRIC 1 AND 2 FROM t
SELECT dt BETWEEN '2024-01-01' AND now() FROM t
SELECT x COLLATE "C", x COLLATE "nope" FROM t
SELECT i COLLATE "C" FROM t
SELECT now(), current_timestamp, current_date, localtime, localtimestamp, current_user, session_user, current_time
SELECT true, NULL, 'a', 1, 1.5, 99999999999, 1e5, -1, B'101'
SELECT pi + 1, pi::text, e || 'x', lower(e), f = 'sad', m = f, array[pi] FROM t
SELECT pi = pi, max(pi), coalesce(pi, 1), CASE WHEN b THEN pi END FROM t GROUP BY pi, b
SELECT nullif(i, '1'), nullif('a', x), nullif(1, 2.5), nullif('a', 'b') FROM t
SELECT jsonb_set(jb, '{a}', '1'), jsonb_build_object('a', 1, 'b', now()), to_jsonb(t) FROM t
SELECT jsonb_set(target => jb, path => '{a}', new_value => '1') FROM t
SELECT jsonb_path_exists(jb, '$.a'), jsonb_path_query_array(jb, '$.a', silent => true) FROM t
SELECT make_interval(days => 3), make_interval(hours => '1', nope => 2)
SELECT make_interval(3, days => 1, 2)
SELECT make_interval(days => 3, days => 2)
SELECT concat(1, 'a', NULL), format('%s', 1), concat_ws(',', VARIADIC ARRAY['a']), concat(VARIADIC 'a')
SELECT greatest(1, 2.5, '3'), least('a', 'b'), greatest(i, j) FROM t
SELECT date_trunc('day', tsz), date_trunc('day', dt), date_part('year', ts), extract(year FROM dt) FROM t
SELECT dt + 1, dt - dt, dt + iv, ts - ts, tsz - iv, tm + iv, dt + tm, iv * 2, ts - dt FROM t
SELECT dt + '1 day', dt - '2024-01-01', now() - '1 day', tsz + '1 day' FROM t
SELECT round(n, 2), round(d), round(i), round(d, 2) FROM t
SELECT i / 2, i / 2.0, l * s, s + s, d + n, n ^ 2, i ^ 2, |/ d, @ i FROM t
SELECT sum(i), sum(l), sum(n), sum(d), sum(r), sum(s), avg(i), avg(d), sum(iv), avg(iv) FROM t
SELECT max(v), min(c), max(x), max(dt), max(m), max(u) FROM t
SELECT max(ia), max(ip), max(iv), max(tsz) FROM t
SELECT array_agg(i), array_agg(ia), array_agg(v), json_agg(t), jsonb_object_agg(x, i) FROM t
SELECT array_append(ia, 1), array_append(ia, '1'), array_append(ia, 1.5), array_cat(ia, '{1}'), ia || 1, 1 || ia, ia || ia FROM t
SELECT array_position(xa, 'a'), array_position(va, x), cardinality(ia), array_length(xa, 1), array_to_string(ia, ',') FROM t
SELECT array_remove(xa, v), array_replace(ia, 1, 2), unnest(va) FROM t
SELECT xa @> ARRAY['a'], xa @> '{a}', va @> '{a}', va && xa, xa = va FROM t
SELECT jb -> 'a', jb ->> 'a', jb -> 1, jb #> '{a,b}', jb @> '{}', jb ? 'a', jb || '{}', jb - 'a', jb - 1, jb #- '{a}' FROM t
SELECT j -> 'a' ->> 'b', j ->> x, j ->> i, jb - xa, jb ?| xa, jb ?| '{a}' FROM t
SELECT x || i, x || NULL, 'a' || 'b', i || i, x || jb, v || v, c || x FROM t
SELECT x LIKE 'a%', x ILIKE v, v NOT LIKE 'a', c LIKE 'a', nm LIKE 'a', i LIKE 'a' FROM t
SELECT x ~ 'a', x !~* v, x SIMILAR TO 'a', i ~ 'a' FROM t
SELECT substring(x FROM 1 FOR 2), substring(x FROM 'a'), position('a' IN x), trim(x), overlay(x PLACING 'a' FROM 1) FROM t
SELECT left(x, 1), right(v, '1'), lpad(x, 5), split_part(x, ',', 1), replace(x, 'a', 'b'), upper(c), length(c), initcap(nm) FROM t
SELECT text(i), int4('1'), int4(x), numeric(i), date(ts), timestamptz(dt), varchar(x), bool(i) FROM t
SELECT u::text, i::boolean, b::int, x::uuid, d::int, '12'::int + 1, 'x'::date FROM t
SELECT i::uuid FROM t
SELECT u::int FROM t
SELECT b::numeric FROM t
SELECT j::jsonb, jb::text, jb::int, jb::boolean, jb::uuid FROM t
SELECT xa::int[], va::text[], ia::text[], ia::bigint[], '{1}'::int[]::text FROM t
SELECT xa::int FROM t
SELECT m::text::mood, x::mood, v::mood, i::mood FROM t
SELECT 'a'::nope
SELECT 'a'::nope.nope
SELECT 'a'::varchar(0)
SELECT 1::numeric(1001)
SELECT 1::int(3)
SELECT np, np + 1, np::numeric, coalesce(np, 0), coalesce(np, np), vn || vn, max(np) FROM t GROUP BY np, vn
SELECT nope(1)
SELECT nope(i, 'a', x) FROM t
SELECT lower(i) FROM t
SELECT public.lower(x), pg_catalog.lower(x) FROM t
SELECT extensions.lower(x) FROM t
SELECT nowhere.lower(x) FROM t
SELECT title(posts), posts.lower FROM posts
SELECT id(p), p.id FROM posts p
SELECT i + b FROM t
SELECT - x FROM t
SELECT i OPERATOR(pg_catalog.+) 1, i OPERATOR(public.+) 1 FROM t
SELECT i <-> 1 FROM t
SELECT gen_random_uuid(), random(), clock_timestamp(), statement_timestamp(), timezone('utc', now()), now() AT TIME ZONE 'utc', md5(x) FROM t
SELECT ct = 'a', ct = x, ct || 'a', lower(ct), ct LIKE 'a', ct ~ 'b', max(ct), ct::text FROM t
SELECT 1 WHERE 1
SELECT 1 WHERE NULL
SELECT 1 WHERE 'x'
SELECT 1 WHERE 't' AND 1 = 1
SELECT NOT 1
SELECT b AND 'x' FROM t
SELECT b AND i FROM t
SELECT i IS TRUE FROM t
SELECT b IS NOT TRUE, b IS UNKNOWN, x IS NULL FROM t
SELECT $1, $2
SELECT $1 + $2
SELECT $1 + 1, $1 || 'a'
SELECT $1::int, $1::text
SELECT $1 IS NULL
SELECT 1 FROM posts WHERE id = $1 AND title ILIKE $2 AND created_at > $3 AND meta @> $4 AND user_id = ANY ($5)
SELECT meta->>$1, meta->$2 FROM posts LIMIT $3 OFFSET $4
INSERT INTO posts (id, title, meta, published) VALUES ($1, $2, $3, $4) RETURNING *
UPDATE posts SET likes = likes + $1, title = $2 WHERE id = $3
SELECT lower($1), abs($2), jsonb_build_object('a', $3)
SELECT coalesce($1, 1), CASE WHEN $2 THEN $3 ELSE 'a' END
SELECT * FROM json_to_recordset($1) AS x(id int, title text)
SELECT to_tsvector('english', x) @@ to_tsquery('english', 'a'), x @@ 'a' FROM t
SELECT int4range(1, 2), tstzrange(now(), NULL), int4range(1, 2) @> 1, tstzrange(tsz, tsz) && tstzrange(tsz, tsz) FROM t
SELECT lower(int4range(1, 2)), upper(tstzrange(tsz, tsz)), isempty(int4range(1, 2)) FROM t
SELECT * FROM posts FOR UPDATE
SELECT id FROM posts ORDER BY id DESC NULLS FIRST, title ASC FETCH FIRST 3 ROWS ONLY
SELECT tableoid FROM (SELECT 1) x
SELECT nextval('nope'), currval('nope')
