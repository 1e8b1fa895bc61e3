CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN posint AS integer CHECK (VALUE > 0);
CREATE DOMAIN email AS character varying(20);
CREATE DOMAIN feeling AS mood;
CREATE DOMAIN price AS numeric(8,2) NOT NULL;
CREATE TYPE pair AS (a integer, b text);
CREATE TABLE t (
    id integer PRIMARY KEY, b boolean, s smallint, i integer, l bigint, r real, d double precision, n numeric,
    np numeric(10,2), x text, v character varying, vn character varying(10), c character(5), nm name, u uuid, j json,
    jb jsonb, by bytea, dt date, tm time without time zone, tz time with time zone, ts timestamp without time zone,
    tsz timestamp with time zone, ts3 timestamp(3) without time zone, iv interval, ip inet, ia integer[], la bigint[],
    xa text[], va character varying[], na numeric[], ua uuid[], jba jsonb[], m mood, ma mood[], pi posint, e email,
    f feeling, pr price, p pair, pa pair[], o oid, ct citext
);
CREATE TABLE users (id uuid PRIMARY KEY, name text NOT NULL, email character varying(50), age integer, tags text[]);
CREATE TABLE posts (
    id bigint PRIMARY KEY, user_id uuid REFERENCES users (id), title text, body text, likes integer DEFAULT 0,
    published boolean, created_at timestamp with time zone, meta jsonb, UNIQUE (user_id, title)
);
CREATE TABLE comments (id integer PRIMARY KEY, post_id bigint, author uuid, body text, score numeric(6,2));
