insert into projects (id, name, settings, archived, created_at) values
    ('7c0f7a52-9a0c-4f5e-8b5e-2f6f4a1d0001', 'Website relaunch', '{"colour": "teal", "columns": 3}', false, '2025-03-03 09:00:00+00'),
    ('7c0f7a52-9a0c-4f5e-8b5e-2f6f4a1d0002', 'Office move', '{"colour": "amber"}', false, '2025-04-14 08:30:00+00'),
    ('7c0f7a52-9a0c-4f5e-8b5e-2f6f4a1d0003', 'Summer party', '{}', true, '2024-06-01 12:00:00+00');

insert into tasks (project_id, title, status, priority, estimate_hours, details, due_on, created_at) values
    ('7c0f7a52-9a0c-4f5e-8b5e-2f6f4a1d0001', 'Collect texts from every team', 'done', 2, 12.5, '{"links": ["https://example.com/texts"]}', '2025-03-21', '2025-03-03 09:10:00+00'),
    ('7c0f7a52-9a0c-4f5e-8b5e-2f6f4a1d0001', 'Choose a typeface', 'doing', 3, 4, '{}', '2025-04-04', '2025-03-04 10:00:00+00'),
    ('7c0f7a52-9a0c-4f5e-8b5e-2f6f4a1d0001', 'Measure page weight before and after', 'todo', 4, null, '{"pages": 14}', null, '2025-03-04 10:05:00+00'),
    ('7c0f7a52-9a0c-4f5e-8b5e-2f6f4a1d0002', 'Ask three movers for a quote', 'done', 1, 2.25, '{"quotes": [1840, 2100, 1995.5]}', '2025-04-25', '2025-04-14 08:45:00+00'),
    ('7c0f7a52-9a0c-4f5e-8b5e-2f6f4a1d0002', 'Label the network cables', 'todo', 5, 3, '{}', '2025-05-30', '2025-04-15 16:20:00+00'),
    ('7c0f7a52-9a0c-4f5e-8b5e-2f6f4a1d0003', 'Book the garden', 'done', 1, 0.5, '{}', '2024-06-15', '2024-06-01 12:05:00+00');
