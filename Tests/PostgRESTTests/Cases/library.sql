-- What the cases beside this file are about: a small library.
CREATE TABLE authors (
    id int PRIMARY KEY,
    name text NOT NULL UNIQUE,
    country text,
    born date
);
CREATE TABLE books (
    id serial PRIMARY KEY,
    title text NOT NULL,
    author_id int REFERENCES authors,
    published int,
    price numeric(8, 2) CHECK (price >= 0),
    tags text[],
    meta jsonb,
    in_print boolean NOT NULL DEFAULT true
);
CREATE TABLE book_details (book_id int PRIMARY KEY REFERENCES books, pages int);
CREATE TABLE readers (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE reviews (
    book_id int REFERENCES books ON DELETE CASCADE,
    reader_id int REFERENCES readers,
    stars int NOT NULL,
    note text,
    PRIMARY KEY (book_id, reader_id)
);
CREATE TABLE staff (id int PRIMARY KEY, name text NOT NULL, manager_id int REFERENCES staff);
CREATE TABLE letters (
    id int PRIMARY KEY,
    sender_id int REFERENCES authors,
    recipient_id int REFERENCES authors
);
CREATE TABLE tiles (x int, y int, label text DEFAULT 'blank', PRIMARY KEY (x, y));
CREATE TABLE scraps (word text, seen timestamptz);
CREATE TABLE vault (id int PRIMARY KEY);
REVOKE ALL ON vault FROM anon, authenticated;
CREATE VIEW printed_books AS SELECT id, title, author_id FROM books WHERE in_print;
CREATE VIEW shelves AS SELECT author_id, count(id) AS number FROM books GROUP BY author_id;
CREATE VIEW author_names AS SELECT DISTINCT name FROM authors;

CREATE SCHEMA archive;
GRANT USAGE ON SCHEMA archive TO anon;
CREATE TABLE archive.boxes (id int PRIMARY KEY, label text);
GRANT ALL ON archive.boxes TO anon;

INSERT INTO authors VALUES
    (1, 'Ada Lovell', 'UK', '1950-03-01'),
    (2, 'Bruno Sá', 'PT', '1962-11-30'),
    (3, 'Chioma Eze', 'NG', NULL),
    (4, 'Dana, Jr.', NULL, NULL);
INSERT INTO books VALUES
    (1, 'Salt Roads', 1, 1999, 12.50, '{sea,trade}', '{"cover": {"color": "red"}, "copies": 3}', true),
    (2, 'Glass Rivers', 1, 2005, 8.00, '{sea}', '{"copies": 10}', true),
    (3, 'Moth Hours', 2, 2011, 15.25, '{}', NULL, true),
    (4, 'Quiet Engines', 3, 2020, NULL, NULL, NULL, true),
    (5, 'Loose Leaves', NULL, 1980, 5.00, NULL, NULL, false);
INSERT INTO book_details VALUES (1, 320), (3, 208);
INSERT INTO readers VALUES (1, 'Eli'), (2, 'Fay');
INSERT INTO reviews VALUES (1, 1, 5, 'lovely'), (1, 2, 3, NULL), (3, 2, 4, 'dark');
INSERT INTO staff VALUES (1, 'Gus', NULL), (2, 'Hana', 1), (3, 'Ivo', 1), (4, 'Jun', 2);
INSERT INTO letters VALUES (1, 1, 2), (2, 2, 1);
INSERT INTO tiles VALUES (0, 0, 'a'), (0, 1, 'b');
INSERT INTO scraps VALUES ('later', '2024-07-01 12:00:00.5+02');
INSERT INTO archive.boxes VALUES (7, 'maps');
