insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values ('avatars', 'avatars', true, 1048576, '{image/png,image/jpeg}') on conflict (id) do update set public = excluded.public;
select cron.schedule('purge-messages', '0 3 * * *', $$delete from public.messages where sent_at < now() - interval '90 days'$$);
select vault.create_secret('sk_test_123', 'stripe_key', 'test');

create or replace function public.custom_access_token_hook(event jsonb) returns jsonb language plpgsql stable as $$
  declare
    claims jsonb;
    owned int;
  begin
    select count(*) into owned from public.courses where owner_id = (event->>'user_id')::uuid;
    claims := event->'claims';
    if owned > 0 then
      claims := jsonb_set(claims, '{user_role}', to_jsonb('teacher'::text));
    else
      claims := jsonb_set(claims, '{user_role}', 'null');
    end if;
    claims := claims || jsonb_build_object('owned', owned) #- '{app_metadata,secret}';
    event := jsonb_set(event, '{claims}', claims);
    return event;
  end;
$$;
grant usage on schema public to supabase_auth_admin;
grant execute on function public.custom_access_token_hook to supabase_auth_admin;
revoke execute on function public.custom_access_token_hook from authenticated, anon, public;

create or replace function public.reorder_lessons(p_course uuid, p_ids bigint[]) returns setof public.lessons language plpgsql as $$
begin
  update public.lessons l set position = x.n from unnest(p_ids) with ordinality as x(id, n) where l.id = x.id and l.course_id = p_course;
  if not found then raise exception using errcode = '22023', message = 'nothing to reorder'; end if;
  return query select * from public.lessons where course_id = p_course order by position;
end $$;
create or replace function public.enroll(p_slug text) returns public.enrollments language plpgsql security invoker as $$
declare c public.courses; e public.enrollments;
begin
  select * into c from public.courses where slug = p_slug;
  if c is null then
    raise sqlstate 'PT404' using message = format('no course %L', p_slug), hint = 'check the slug';
  elsif c.term is not null and not c.term @> date '2024-03-15' then
    raise exception 'term is %', c.term using errcode = 'P0001', detail = daterange(lower(c.term), upper(c.term), '[]')::text;
  end if;
  insert into public.enrollments (course_id, user_id) values (c.id, auth.uid())
  on conflict (course_id, user_id) do update set dropped_at = null, enrolled_at = excluded.enrolled_at where enrollments.dropped_at is not null
  returning * into e;
  return e;
end $$;
create or replace function public.free_slots(p_room int, p_day date, p_len interval default '1 hour') returns table (slot tstzrange, minutes int) language sql stable as $$
  with day as (select tstzrange(p_day + time '08:00' at time zone 'UTC', (p_day + time '18:00') at time zone 'UTC') as r),
  busy as (select range_agg(during) as m from public.sessions where room_id = p_room and not cancelled and during && (select r from day)),
  free as (select unnest(tstzmultirange(r) - coalesce(m, '{}')) as f from day, busy)
  select f, (extract(epoch from upper(f) - lower(f)) / 60)::int from free where upper(f) - lower(f) >= p_len
$$;
create or replace function public.grade(p_course uuid, p_user uuid, p_points numeric, p_comment text default null) returns text language plpgsql security definer set search_path = public as $$
declare g public.grade_entry; begin
  g.points := p_points;
  g.letter := case when p_points >= 90 then 'A' when p_points >= 75 then 'B' else 'F' end;
  g.comment := p_comment;
  update enrollments set grade = g where course_id = p_course and user_id = p_user;
  update courses set grading = coalesce(grading, '{}') || g where id = p_course;
  update enrollments set grade.comment = coalesce((grade).comment, '-') where course_id = p_course and user_id = p_user;
  return (select (grade).letter || '/' || (grade).points from enrollments where (course_id, user_id) = (p_course, p_user));
end $$;
create or replace function public.react(p_message bigint, p_emoji text) returns jsonb language sql as $$
  update public.messages set reactions = case
     when reactions -> p_emoji ? auth.uid()::text then jsonb_set(reactions, array[p_emoji], (reactions -> p_emoji) - auth.uid()::text)
     else jsonb_set(reactions, array[p_emoji], coalesce(reactions -> p_emoji, '[]') || to_jsonb(auth.uid()::text)) end
  where id = p_message returning reactions
$$;
create policy "react" on messages for update to authenticated using (is_enrolled(course_id));
alter table messages replica identity full;
create or replace function public.broadcast_message() returns trigger language plpgsql security definer as $$
begin
  perform realtime.send(jsonb_build_object('op', tg_op, 'record', to_jsonb(new) - 'sent_at', 'old', to_jsonb(old)), tg_op, 'course:' || coalesce(new.course_id, old.course_id)::text, true);
  return null;
end $$;
create trigger broadcast after insert or update or delete on messages for each row execute function broadcast_message();
create or replace function public.leaderboard(p_course uuid, out place bigint, out username text, out avg_percent numeric, out done int) returns setof record language sql stable security definer as $$
  select dense_rank() over (order by avg(p.percent) desc), u.username::text, round(avg(p.percent)::numeric, 1), count(*) filter (where p.percent >= 100)::int
  from public.progress p join public.lessons l on l.id = p.lesson_id and l.course_id = p_course join public.profiles u on u.id = p.user_id group by u.id order by 1, 2
$$;
