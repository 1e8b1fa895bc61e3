create extension if not exists btree_gist with schema extensions;

create type slot_state as enum ('held','confirmed','cancelled');

create table rooms (id int generated always as identity primary key, name text not null, capacity smallint not null check (capacity > 0), timezone text not null default 'Europe/Oslo', open_hours int4range not null default '[8,20)', rates numrange, blackout daterange[] default '{}', location numeric[] );

create table bookings (
  id uuid primary key default gen_random_uuid(),
  room_id int not null references rooms(id),
  guest_id uuid default auth.uid(),
  during tstzrange not null,
  state slot_state not null default 'held',
  price numeric(8,2),
  starts timestamptz generated always as (lower(during)) stored,
  constraint no_overlap exclude using gist (room_id with =, during with &&) where (state <> 'cancelled'),
  constraint sane check (not isempty(during) and lower_inc(during) and not upper_inc(during) and upper(during) - lower(during) between interval '15 minutes' and interval '12 hours')
);

create table seasons (name text primary key, days daterange not null, factor numeric(3,2) not null default 1, exclude using gist (days with &&));

create table staff_shifts (staff text, during tsrange, primary key (staff, during), exclude using gist (staff with =, during with &&));

create index bookings_during on bookings using gist (during);

create or replace function price_booking() returns trigger language plpgsql as $$
declare r rooms; local_start timestamp; hrs numeric; f numeric;
begin
  select * into r from rooms where id = new.room_id;
  local_start := lower(new.during) at time zone r.timezone;
  if not r.open_hours @> extract(hour from local_start)::int then
    raise exception 'room % is closed at %', r.name, to_char(local_start, 'HH24:MI') using errcode = '22023';
  end if;
  if local_start::date <@ any (r.blackout) then raise exception 'blackout day %', local_start::date; end if;
  hrs := extract(epoch from upper(new.during) - lower(new.during)) / 3600;
  select coalesce((select factor from seasons s where s.days @> local_start::date), 1) into f;
  new.price := round(hrs * coalesce(lower(r.rates), 100) * f, 2);
  return new;
end $$;

create trigger price_booking before insert or update of during, room_id on bookings for each row execute function price_booking();

create or replace function free_slots(p_room int, p_day date, p_len interval default '1 hour') returns table (slot tstzrange, local_time time, label text) language sql stable as $$
  with r as (select * from rooms where id = p_room),
  s as (select tstzrange(t, t + p_len) as slot, (t at time zone r.timezone)::time as lt
        from r, generate_series((p_day + make_time(lower(r.open_hours),0,0)) at time zone r.timezone, (p_day + make_time(upper(r.open_hours)-1,0,0)) at time zone r.timezone, p_len) t)
  select slot, lt, to_char(lt, 'HH12:MI AM') from s where not exists (select 1 from bookings b where b.room_id = p_room and b.state <> 'cancelled' and b.during && s.slot) order by 1
$$;

create or replace function occupancy(day date) returns table (room text, hours numeric, pct text) language sql stable as $$
 select r.name, coalesce(sum(extract(epoch from upper(x.d) - lower(x.d)))/3600, 0), to_char(100 * coalesce(sum(extract(epoch from upper(x.d) - lower(x.d)))/3600, 0) / (upper(r.open_hours) - lower(r.open_hours)), 'FM990.0%')
 from rooms r left join lateral (select b.during * tstzrange(day::timestamptz, day + 1) as d from bookings b where b.room_id = r.id and b.state = 'confirmed' and b.during && tstzrange(day, day + 1)) x on true group by r.id order by r.name
$$;

alter table bookings enable row level security;

create policy own on bookings to authenticated using (guest_id = auth.uid()) with check (guest_id = auth.uid());
