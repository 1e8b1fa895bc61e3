create function pairs(out a int, out b text) returns setof record language plpgsql as $$
begin
  for a, b in select n, n || '!' from generate_series(1, 3) n loop
    b := b || '?';
    return next;
  end loop;
  a := null;
  return next;
end $$;
select * from pairs();
create function one_column(n int) returns table (i int) language plpgsql as $$ begin i := n; return next; return next; end $$;
select * from one_column(4);
select one_column(5);
create function plain(n int) returns setof int language plpgsql as $$ begin return next; end $$;
create function plain(n int) returns setof int language plpgsql as $$ begin return next n; return next n + 1; end $$;
select plain(1);
create function not_set(out a int) language plpgsql as $$ begin return next; end $$;
