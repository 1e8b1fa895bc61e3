create role reader;
create function who() returns text language plpgsql security definer as $$
begin
  return (current_user = session_user) || ' ' || current_setting('role');
end $$;
create function who_inside() returns text language sql security definer as $$ select who() || ' ' || current_setting('role') $$;
create function becomes() returns text language plpgsql security definer as $$ begin set role reader; return current_user; end $$;
create function becomes_again() returns text language plpgsql security definer as $$ begin perform set_config('role', 'none', true); return current_user; end $$;
create function resets() returns text language plpgsql security definer as $$ begin reset role; return current_user; end $$;
create function inner_becomes() returns text language plpgsql as $$ begin set local role reader; return current_user; end $$;
create function outer_becomes() returns text language plpgsql security definer as $$ begin return inner_becomes(); end $$;
select who(), who_inside(), current_setting('role');
set role reader;
select who(), who_inside(), current_setting('role');
select becomes();
select becomes_again();
select resets();
select outer_becomes();
select current_user;
reset role;
select inner_becomes();
