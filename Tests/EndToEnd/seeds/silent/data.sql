insert into parents values (1, 'a', 'x', '{sea}', '[1,5)'), (2, 'b', null, '{sand}', '[5,9)'), (3, 'C', 'y', '{}', 'empty');
insert into children values (1, 1, '2024-03-10 07:30:00+00', '2024-03-10'), (2, 1, null, null);
insert into kinds values
    (1, 'Zoë', 1.10, 0.1, true, '2024-01-02 03:04:05.600', '2024-01-02 03:04:05+02'),
    (2, 'zoe', 20, 1e10, false, null, null), (3, null, null, null, null, null, null);
insert into locked values (1), (2);
insert into doubled values (1, 'anon'), (2, 'anon'), (3, 'other'), (4, 'other');
insert into members values ('11111111-1111-4111-8111-111111111111');
insert into club values (1, 'secret');
insert into notes values (1, '11111111-1111-4111-8111-111111111111', 'mine'), (2, '22222222-2222-4222-8222-222222222222', 'theirs'), (3, null, 'nobody''s');
insert into slots values (1, 'r', true), (2, 'r', false);
