-- Functions over the library: what calls, computed fields and relationships, and media types are about.
CREATE FUNCTION add_up(a int, b int DEFAULT 10) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
CREATE FUNCTION greet(name text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'Hello, ' || name $$;
COMMENT ON FUNCTION greet IS E'Greets somebody.\n\nBy name.';
CREATE FUNCTION greet_all(name text, VARIADIC others text[]) RETURNS text LANGUAGE sql AS $$ SELECT 'Hello, ' || name $$;
CREATE FUNCTION nothing() RETURNS void LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION no_number() RETURNS int LANGUAGE sql AS 'SELECT null::int';
CREATE FUNCTION small_numbers() RETURNS int[] LANGUAGE sql AS $$ SELECT '{1,2,3}'::int[] $$;
CREATE FUNCTION evens(top int) RETURNS SETOF int LANGUAGE sql IMMUTABLE AS 'SELECT n FROM generate_series(2, top, 2) n';
CREATE FUNCTION all_books() RETURNS SETOF books LANGUAGE sql STABLE AS 'SELECT * FROM books ORDER BY id';
CREATE FUNCTION books_below(id int) RETURNS SETOF books LANGUAGE sql STABLE AS
    'SELECT * FROM books WHERE books.id < $1 ORDER BY 1';
CREATE FUNCTION one_book(id int) RETURNS books LANGUAGE sql STABLE AS 'SELECT * FROM books WHERE books.id = $1';
CREATE FUNCTION all_authors() RETURNS SETOF authors LANGUAGE sql STABLE AS 'SELECT * FROM authors ORDER BY id';
CREATE FUNCTION split_name(full_name text, OUT first text, OUT last text) LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    first := split_part(full_name, ' ', 1);
    last := split_part(full_name, ' ', 2);
END $$;
CREATE FUNCTION next_number(INOUT num int) LANGUAGE sql IMMUTABLE AS 'SELECT num + 1';
CREATE FUNCTION twice(num int, OUT doubled int) LANGUAGE sql IMMUTABLE AS 'SELECT num * 2';
CREATE FUNCTION prices(minimum numeric) RETURNS TABLE (title text, price numeric) LANGUAGE sql STABLE AS
    'SELECT title, price FROM books WHERE price >= minimum ORDER BY price';
CREATE FUNCTION one_column() RETURNS TABLE (a text) LANGUAGE sql STABLE AS $$ VALUES ('A'), ('B') $$;
CREATE FUNCTION join_words(VARIADIC words text[] DEFAULT '{}') RETURNS text[] LANGUAGE sql IMMUTABLE AS 'SELECT words';
CREATE TYPE spot AS (x int, y int);
CREATE FUNCTION here() RETURNS spot LANGUAGE sql IMMUTABLE AS 'SELECT 10, 5';
CREATE FUNCTION varied(n double precision, d date, flag boolean, arr text[], doc json DEFAULT '{}') RETURNS json
    LANGUAGE sql IMMUTABLE AS $$
    SELECT json_build_object('n', n, 'd', d, 'flag', flag, 'arr', arr, 'doc', doc)
$$;
CREATE FUNCTION kind_of(arg json) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT json_typeof(arg)';
CREATE FUNCTION "Quoted Name"("user" text, "fullName" text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS
    $$ SELECT jsonb_build_object('user', "user", 'fullName', "fullName") $$;

-- Rows whose columns only they know, and a parameter that has a column's name.
CREATE FUNCTION first_shelf() RETURNS record LANGUAGE sql STABLE AS 'SELECT id, title FROM books WHERE id = 1';
CREATE FUNCTION two_shelves() RETURNS SETOF record LANGUAGE sql STABLE AS
    'SELECT id, title FROM books WHERE id < 3 ORDER BY id';
CREATE FUNCTION shelf_of(id int) RETURNS record LANGUAGE plpgsql STABLE AS $$
DECLARE
    shelf record;
BEGIN
    SELECT b.id, b.title INTO shelf FROM books b WHERE b.id = shelf_of.id;
    RETURN shelf;
END $$;
CREATE FUNCTION whole_shelf() RETURNS record LANGUAGE sql STABLE AS 'SELECT t FROM tiles t WHERE y = 1';
CREATE FUNCTION uncut(word char(3)) RETURNS TABLE (word char(3)) LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE SCHEMA cellar;
CREATE TYPE cellar.corner AS (x int, y int);
CREATE FUNCTION dark_corner() RETURNS cellar.corner LANGUAGE sql AS 'SELECT ROW(1, 2)::cellar.corner';

-- Overloads, told apart by names or not at all.
CREATE FUNCTION pick(arg int) RETURNS text LANGUAGE sql AS $$ SELECT 'int' $$;
CREATE FUNCTION pick(arg text, num int DEFAULT 0) RETURNS text LANGUAGE sql AS $$ SELECT 'text' $$;
CREATE FUNCTION pick(arg text) RETURNS text LANGUAGE sql AS $$ SELECT 'plain' $$;
CREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 0';
CREATE FUNCTION total(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT a + b';
CREATE FUNCTION total(a text, b text, c text) RETURNS text LANGUAGE sql AS 'SELECT a || b || c';

-- Single parameters without a name take the whole body.
CREATE DOMAIN "text/plain" AS text;
CREATE DOMAIN "application/octet-stream" AS bytea;
CREATE FUNCTION echo(json) RETURNS json LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION echo(x int, y int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x + y';
CREATE FUNCTION echo(text) RETURNS "text/plain" LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION echo(bytea) RETURNS "application/octet-stream" LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION either(json) RETURNS json LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION either(jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION no_names(int) RETURNS int LANGUAGE sql AS 'SELECT $1';

-- What runs, and what a transaction knows.
CREATE FUNCTION add_reader(id int, name text) RETURNS SETOF readers LANGUAGE sql AS
    'INSERT INTO readers VALUES (id, name) RETURNING *';
CREATE FUNCTION rename_readers(name text) RETURNS SETOF readers LANGUAGE sql AS
    'UPDATE readers SET name = $1 RETURNING *';
CREATE FUNCTION header(name text) RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT current_setting('request.headers', true)::json ->> name $$;
CREATE FUNCTION setting(name text) RETURNS text LANGUAGE sql STABLE AS 'SELECT current_setting(name, true)';
CREATE FUNCTION with_headers() RETURNS int LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM set_config('response.headers', '[{"X-One": "1"}, {"Content-Range": "bytes"}]', true);
    PERFORM set_config('response.status', '202', true);
    RETURN 1;
END $$;
CREATE FUNCTION bad_headers() RETURNS int LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM set_config('response.headers', '{"X-One": "1"}', true);
    RETURN 1;
END $$;
CREATE FUNCTION bad_status() RETURNS int LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM set_config('response.status', 'fine', true);
    RETURN 1;
END $$;
CREATE FUNCTION fail() RETURNS int LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no such luck' USING HINT = 'try again', DETAIL = 'never'; END $$;
CREATE FUNCTION pay() RETURNS int LANGUAGE plpgsql AS
    $$ BEGIN RAISE SQLSTATE 'PT402' USING MESSAGE = 'Payment Required', DETAIL = 'Quota exceeded'; END $$;
CREATE FUNCTION whole_answer() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    RAISE SQLSTATE 'PGRST' USING MESSAGE = '{"code":"123","message":"ABC","details":"DEF","hint":"XYZ"}',
        DETAIL = '{"status":332,"status_text":"Mine","headers":{"X-Header":"str"}}';
END $$;
CREATE FUNCTION half_answer() RETURNS int LANGUAGE plpgsql AS
    $$ BEGIN RAISE SQLSTATE 'PGRST' USING MESSAGE = '{"code":"123","message":"ABC"}', DETAIL = 'INVALID'; END $$;
CREATE FUNCTION secret() RETURNS int LANGUAGE sql AS 'SELECT 1';
REVOKE EXECUTE ON FUNCTION secret FROM PUBLIC, anon, authenticated;

-- Computed fields and relationships.
CREATE FUNCTION label(books) RETURNS text LANGUAGE sql STABLE AS $$ SELECT $1.title || ' (' || $1.published || ')' $$;
CREATE FUNCTION is_old(books) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT $1.published < 2000';
CREATE FUNCTION info(authors) RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT jsonb_build_object('letters', length($1.name)) $$;
CREATE FUNCTION writer(books) RETURNS SETOF authors ROWS 1 LANGUAGE sql STABLE AS
    'SELECT * FROM authors WHERE id = $1.author_id';
CREATE FUNCTION writer_too(books) RETURNS authors LANGUAGE sql STABLE AS
    'SELECT * FROM authors WHERE id = $1.author_id';
CREATE FUNCTION works(authors) RETURNS SETOF books LANGUAGE sql STABLE AS
    'SELECT * FROM books WHERE author_id = $1.id ORDER BY id';
CREATE FUNCTION neighbours(tiles) RETURNS SETOF tiles LANGUAGE sql STABLE AS
    'SELECT * FROM tiles WHERE abs(x - $1.x) + abs(y - $1.y) = 1';
CREATE FUNCTION title_words(books) RETURNS tsvector LANGUAGE sql STABLE AS $$ SELECT to_tsvector('simple', $1.title) $$;
-- Two ways from parcels to authors, and a function in the place of both.
CREATE TABLE parcels (id int PRIMARY KEY, sender_id int REFERENCES authors, recipient_id int REFERENCES authors);
INSERT INTO parcels VALUES (1, 1, 2), (2, 2, 1);
CREATE FUNCTION authors(parcels) RETURNS SETOF authors ROWS 1 LANGUAGE sql STABLE AS
    'SELECT * FROM authors WHERE id = $1.sender_id';

-- Results that say what they are.
CREATE DOMAIN "text/html" AS text;
CREATE DOMAIN "image/gif" AS bytea;
CREATE DOMAIN "*/*" AS bytea;
CREATE FUNCTION page() RETURNS "text/html" LANGUAGE sql STABLE AS $$ SELECT '<h1>Library</h1>' $$;
CREATE FUNCTION plain() RETURNS "text/plain" LANGUAGE sql STABLE AS $$ SELECT 'a plain text' $$;
CREATE FUNCTION picture() RETURNS "image/gif" LANGUAGE sql STABLE AS $$ SELECT 'GIF89a'::bytea $$;
CREATE FUNCTION anything() RETURNS "*/*" LANGUAGE sql STABLE AS $$ SELECT 'any'::bytea $$;
CREATE FUNCTION no_page() RETURNS "text/html" LANGUAGE sql STABLE AS 'SELECT NULL::text';
CREATE FUNCTION many_pages() RETURNS SETOF "text/html" LANGUAGE sql STABLE AS $$ VALUES ('a'), ('b') $$;

-- Aggregates that make documents of rows.
CREATE TABLE numbers (id int PRIMARY KEY, word text);
INSERT INTO numbers VALUES (1, 'one'), (2, 'two'), (3, 'three');
GRANT ALL ON numbers TO anon, authenticated;
CREATE DOMAIN "text/lines" AS text;
CREATE FUNCTION one_more_line(state "text/lines", next numbers) RETURNS "text/lines" LANGUAGE sql AS
    $$ SELECT (state || next.id || ': ' || next.word || '|')::"text/lines" $$;
CREATE AGGREGATE lines(numbers) (SFUNC = one_more_line, STYPE = "text/lines", INITCOND = '');
CREATE DOMAIN "text/csv" AS text;
CREATE FUNCTION one_more_row(state text, next numbers) RETURNS text LANGUAGE sql AS
    $$ SELECT state || next.id || ';' || next.word || '|' $$;
CREATE FUNCTION all_rows(state text) RETURNS "text/csv" LANGUAGE sql AS
    $$ SELECT ('id;word' || '|' || state)::"text/csv" $$;
CREATE AGGREGATE rows(numbers) (SFUNC = one_more_row, STYPE = text, FINALFUNC = all_rows, INITCOND = '');
CREATE DOMAIN "application/x-rows" AS text;
CREATE FUNCTION one_more_of_any(state "application/x-rows", next anyelement) RETURNS "application/x-rows"
    LANGUAGE sql AS $$ SELECT (state || row_to_json(next)::text || ';')::"application/x-rows" $$;
CREATE AGGREGATE rows_of_any(anyelement)
    (SFUNC = one_more_of_any, STYPE = "application/x-rows", INITCOND = '');
-- A function over text steps through a domain of text.
CREATE DOMAIN "text/x-words" AS text;
CREATE FUNCTION one_more_word(state text, next anyelement) RETURNS "text/x-words" LANGUAGE sql AS
    $$ SELECT (state || next::text || '|')::"text/x-words" $$;
CREATE AGGREGATE words_of_any(anyelement) (SFUNC = one_more_word, STYPE = "text/x-words", INITCOND = '');
CREATE TABLE whatever (id int PRIMARY KEY);
INSERT INTO whatever VALUES (7);
GRANT ALL ON whatever TO anon, authenticated;
CREATE FUNCTION one_more_byte(state "*/*", next whatever) RETURNS "*/*" LANGUAGE sql AS
    $$ SELECT (state || convert_to(next.id::text, 'UTF8'))::"*/*" $$;
CREATE AGGREGATE bytes(whatever) (SFUNC = one_more_byte, STYPE = "*/*", INITCOND = '');
CREATE FUNCTION some_numbers(lowest int) RETURNS SETOF numbers LANGUAGE sql STABLE AS
    'SELECT * FROM numbers WHERE id >= lowest ORDER BY id';

-- Domains that are shown and read through functions.
CREATE DOMAIN color AS int CHECK (VALUE BETWEEN 0 AND 16777215);
CREATE FUNCTION color(text) RETURNS color LANGUAGE sql IMMUTABLE AS
    $$ SELECT ('x' || lpad(ltrim($1, '#'), 8, '0'))::bit(32)::int::color $$;
CREATE FUNCTION color(json) RETURNS color LANGUAGE sql IMMUTABLE AS $$ SELECT color($1 #>> '{}') $$;
CREATE FUNCTION json(color) RETURNS json LANGUAGE sql IMMUTABLE AS
    $$ SELECT CASE WHEN $1 IS NULL THEN to_json('none'::text) ELSE to_json('#' || lpad(to_hex($1), 6, '0')) END $$;
CREATE CAST (color AS json) WITH FUNCTION json(color) AS IMPLICIT;
CREATE CAST (json AS color) WITH FUNCTION color(json) AS IMPLICIT;
CREATE CAST (text AS color) WITH FUNCTION color(text) AS IMPLICIT;
CREATE TABLE paints (id int PRIMARY KEY, shade color, name text, mixed_from int REFERENCES paints);
INSERT INTO paints VALUES (1, 255, 'blue', NULL), (2, 65280, 'green', 1), (3, NULL, 'clear', 2);
GRANT ALL ON paints TO anon, authenticated;
CREATE VIEW bright_paints AS SELECT id, shade, name FROM paints WHERE shade > 1000;
GRANT ALL ON bright_paints TO anon, authenticated;

-- A view that can only be deleted from.
CREATE VIEW staff_names AS SELECT DISTINCT name FROM staff;
CREATE FUNCTION pass_over() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER pass_over INSTEAD OF DELETE ON staff_names FOR EACH ROW EXECUTE FUNCTION pass_over();

-- XML goes in and out as it is; what takes it apart is known by name.
CREATE DOMAIN "text/xml" AS xml;
CREATE FUNCTION as_markup(xml) RETURNS "text/xml" LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE VIEW markup AS SELECT x.word FROM XMLTABLE('/a/b' PASSING '<a/>' COLUMNS word text PATH '@word') x;
CREATE VIEW markup_again AS SELECT upper(word) AS word FROM markup;
-- Not the one that the aggregate steps through, though its row fits better.
CREATE FUNCTION one_more_word(state text, next numbers) RETURNS "text/x-words" LANGUAGE sql AS
    $$ SELECT 'wrong'::"text/x-words" $$;
