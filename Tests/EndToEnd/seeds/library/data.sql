insert into authors (id, name, born, email) values
    (1, 'Ada Palm', '1951-02-28', 'ada@example.com'),
    (2, 'Bruno Keller', '1964-11-03', null),
    (3, 'Chloé Śmigły', null, 'chloe@example.com'),
    (4, 'Nobody Yet', null, null);

insert into books (id, author_id, title, shelf, pages, price, rating, tags, details, published, in_print, code) values
    (1, 1, 'Tides', 'science', 312, 24.90, 4.5, '{sea,"moon, full"}', '{"isbn": "978-1", "editions": [1, 2]}', '1999-05-01 10:00:00+02', true, '11111111-1111-4111-8111-111111111111'),
    (2, 1, 'Harbours 100% by Hand', 'history', 120, 8.00, 3.25, '{sea}', '{"isbn": "978-2", "signed": true}', '2004-12-31 23:59:59.5+00', false, null),
    (3, 2, 'A Cellar in Winter', 'fiction', null, null, null, '{}', '{}', null, true, '33333333-3333-4333-8333-333333333333'),
    (4, 2, 'The_Underscore', 'fiction', 1, 0.00, 1e-7, '{odd,"quo\"te"}', '{"a": {"b": [true, null]}}', '2010-06-15 00:00:00+00', true, null),
    (5, 3, 'Ławka', 'fiction', 32767, 9999.99, 5, '{poem}', '{"pages": 12.50}', '2020-02-29 12:34:56.789+00', true, null),
    (9007199254740993, 3, 'Large Key', 'science', 77, 12.30, 2.0, '{big}', '[1, "two", null]', '2024-01-01 00:00:00+00', false, null);

insert into loans (book_id, member, due, fee) values
    (1, 'Erik', '2024-03-01', 0.10),
    (1, 'Fatima', '2024-04-01', 1.50),
    (2, 'Erik', null, null),
    (5, 'Gus', '2024-03-15', 0.125);

insert into shelves (room, label, capacity) values (1, 'A', 40), (1, 'B', 10), (2, 'A', 25);

insert into placements (book_id, room, label) values (1, 1, 'A'), (2, 1, 'A'), (5, 2, 'A');
