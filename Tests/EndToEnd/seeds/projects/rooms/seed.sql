insert into rooms (name, capacity, rates, blackout) values ('Blue', 4, '[50,80]', array['[2024-12-24,2024-12-26]'::daterange]), ('Red', 10, null, '{}');
insert into rooms (name, capacity, timezone, open_hours) values ('NYC', 3, 'America/New_York', int4range(9,17,'[]'));
insert into seasons values ('winter', '[2024-01-01,2024-03-31)', 0.8), ('summer', daterange('2024-06-01','2024-08-31','[]'), 1.5);
insert into auth.users(id,email) values ('11111111-1111-1111-1111-111111111111','a@x.io');
insert into bookings (id, room_id, guest_id, during, state) values ('bbbbbbbb-0000-4000-8000-000000000001',1,'11111111-1111-1111-1111-111111111111','[2024-03-30 10:00+01,2024-03-30 12:30+01)','confirmed'),('bbbbbbbb-0000-4000-8000-000000000002',1,null,'[2024-07-01 08:00 Europe/Oslo,2024-07-01 09:00 Europe/Oslo)','held'),('bbbbbbbb-0000-4000-8000-000000000003',3,null,tstzrange('2024-11-03 10:00-05','2024-11-03 12:00-05'),'cancelled');
