insert into auth.users (id, email) values
  ('a0000000-0000-4000-8000-000000000001', 'ana@meters.test'), ('a0000000-0000-4000-8000-000000000002', 'bo@meters.test'),
  ('a0000000-0000-4000-8000-000000000003', 'cy@meters.test');
insert into public.role_permissions
select r, p from unnest(enum_range(null::public.member_role)) r, unnest(enum_range(null::public.permission)) p
where r = 'owner' or r = 'manager' and p <> 'members.manage' or (r, p) = ('viewer', 'readings.read');
insert into public.organizations (id, slug, name, settings) values
  ('b0000000-0000-4000-8000-000000000001', 'north', 'North', '{"currency":"sek"}'),
  ('b0000000-0000-4000-8000-000000000002', 'south', 'Süd', '{}');
insert into public.members values
  ('b0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001', 'owner'),
  ('b0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000002', 'viewer'),
  ('b0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-000000000002', 'owner'),
  ('b0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-000000000003', 'manager');
insert into public.meters (id, org_id, path, label, unit) values
  (1, 'b0000000-0000-4000-8000-000000000001', 'house.cellar.power', 'Power', 'kWh'),
  (2, 'b0000000-0000-4000-8000-000000000001', 'house.cellar.water', 'Water', 'm3'),
  (3, 'b0000000-0000-4000-8000-000000000002', 'api.calls', 'Calls', 'call');
insert into public.readings (meter_id, taken_on, value) values
  (1, '2025-01-01', 100), (1, '2025-01-31', 180.5), (1, '2025-02-15', 200), (2, '2025-01-05', 7), (2, '2025-01-25', 9.25), (3, '2025-02-01', 1000), (3, '2025-02-20', 1500);
insert into public.invoices (org_id, period, total, status) values ('b0000000-0000-4000-8000-000000000002', '[2024-12-01,2025-01-01)', 12.5, 'paid');
insert into private.events (topic, payload) values ('a', '{"divisor":"1"}'), ('b', '{"divisor":"0"}'), ('c', '{"divisor":"none"}');
