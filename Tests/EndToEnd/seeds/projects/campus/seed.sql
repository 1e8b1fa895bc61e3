insert into auth.users (id, email, raw_user_meta_data) values
 ('00000000-0000-4000-8000-00000000000a', 'tia@school.edu', '{"full_name":"Tia T","user_name":"tia"}'),
 ('00000000-0000-4000-8000-00000000000b', 'sam@mail.com', '{"full_name":"Sam"}'),
 ('00000000-0000-4000-8000-00000000000c', 'SAM@other.com', null),
 ('00000000-0000-4000-8000-00000000000d', 'uma@x.y', '{}');
insert into courses (id, owner_id, title, level, capacity, term) values
 ('c0000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', 'Introducción a SQL!', 'intro', 2, '[2024-03-01,2024-07-01)'),
 ('c0000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-00000000000a', 'Query Planning & You', 'expert', 10, '[2025-01-01,2025-02-01]'),
 ('c0000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-00000000000b', 'Cooking', default, default, null);
insert into lessons (course_id, position, title, body, duration, requires) values
 ('c0000000-0000-4000-8000-000000000001', 1, 'Selecting rows', 'The SELECT statement reads rows from tables', '45 min', default),
 ('c0000000-0000-4000-8000-000000000001', 2, 'Joining tables', 'Joins combine rows of several tables', '1:15', '{1}'),
 ('c0000000-0000-4000-8000-000000000001', 3, 'Windows', null, default, '{1,2}'),
 ('c0000000-0000-4000-8000-000000000003', 1, 'Soup', 'Boil water', 'PT20M', default);
insert into enrollments (course_id, user_id, enrolled_at) values ('c0000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000b', '2024-03-02'), ('c0000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-00000000000c', '2024-03-03');
insert into rooms (name, equipment) values ('Aula 1', '["beamer"]'), ('Lab', '["pc","beamer"]');
insert into sessions (id, course_id, room_id, teacher_id, during) values
 ('50000000-0000-4000-8000-000000000001', 'c0000000-0000-4000-8000-000000000001', 1, '00000000-0000-4000-8000-00000000000a', '[2024-03-04 09:00+00,2024-03-04 10:30+00)'),
 ('50000000-0000-4000-8000-000000000002', 'c0000000-0000-4000-8000-000000000002', 1, '00000000-0000-4000-8000-00000000000a', '[2024-03-04 13:00+00,2024-03-04 14:00+00)');
insert into progress (user_id, lesson_id, percent, answers) values ('00000000-0000-4000-8000-00000000000b', 1, 100, '{"q1": "a", "q2": [1,2]}'), ('00000000-0000-4000-8000-00000000000b', 2, 33.3, null), ('00000000-0000-4000-8000-00000000000c', 1, 50.05, null);
insert into messages (course_id, sender, content, sent_at) values ('c0000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000b', 'hi', '2024-03-05') on conflict do nothing;
