create schema ledger;

create type ledger.account_type as enum ('asset','liability','equity','income','expense');

create domain ledger.currency as char(3) not null check (value ~ '^[A-Z]{3}$');

create domain ledger.money_amount as numeric(20,4);

create table ledger.accounts (id serial primary key, code text not null, name text not null, type ledger.account_type not null, currency ledger.currency default 'USD', parent int references ledger.accounts(id) deferrable initially immediate, is_closed bool default false, unique (code) deferrable initially deferred);

create table ledger.transactions (id uuid primary key default gen_random_uuid(), description text, posted_on date not null default '2024-01-15', reverses uuid unique references ledger.transactions, meta jsonb, hash bytea);

create table ledger.entries (
  id bigint generated always as identity primary key,
  tx uuid not null references ledger.transactions on delete restrict deferrable initially deferred,
  account_id int not null references ledger.accounts on update cascade,
  debit ledger.money_amount not null default 0 check (debit >= 0), credit ledger.money_amount not null default 0, constraint credit_pos check (credit >= 0),
  constraint one_side check ((debit = 0) <> (credit = 0)),
  amount numeric generated always as (debit - credit) stored
);

create function ledger.check_balanced() returns trigger language plpgsql as $$
declare d numeric; t uuid := case tg_op when 'DELETE' then old.tx else new.tx end;
begin
  select sum(debit) - sum(credit) into d from ledger.entries where tx = t;
  if d <> 0 then raise exception 'transaction % unbalanced by %', t, d using errcode = '23000', constraint = 'balanced'; end if;
  return null;
end $$;

create constraint trigger balanced after insert or update or delete on ledger.entries deferrable initially deferred for each row execute function ledger.check_balanced();

create function ledger.immutable() returns trigger language plpgsql as $$ begin raise exception '% on %.% is not allowed', tg_op, tg_table_schema, tg_table_name using hint = 'Post a reversal.'; end $$;

create trigger no_change before update or delete or truncate on ledger.entries for each statement execute function ledger.immutable();

create function ledger.post(description text, lines jsonb, posted date default '2024-02-01') returns uuid language plpgsql as $$
declare t uuid := gen_random_uuid(); l jsonb; n int;
begin
  insert into ledger.transactions values (t, post.description, posted, null, jsonb_strip_nulls(jsonb_build_object('n', jsonb_array_length(lines), 'x', null)), extensions.digest(lines::text, 'sha256'));
  insert into ledger.entries (tx, account_id, debit, credit)
   select t, a.id, coalesce(x.debit, 0), coalesce(x.credit, 0) from jsonb_to_recordset(lines) as x(account text, debit numeric, credit numeric) left join ledger.accounts a on a.code = x.account;
  get diagnostics n = row_count;
  if n < 2 then raise exception 'need two lines' using errcode = '22000'; end if;
  set constraints ledger.balanced immediate;
  return t;
end $$;

create function ledger.reverse(t uuid) returns uuid language sql as $$
  with n as (insert into ledger.transactions (description, reverses) select 'Reversal of ' || description, id from ledger.transactions where id = t returning id),
       e as (insert into ledger.entries (tx, account_id, debit, credit) select n.id, account_id, credit, debit from ledger.entries, n where tx = t returning 1)
  select id from n
$$;

create view ledger.trial_balance as select a.code, a.name, a.type, sum(e.debit) as debit, sum(e.credit) as credit, sum(e.amount) * case when a.type in ('asset','expense') then 1 else -1 end as balance from ledger.accounts a left join ledger.entries e on e.account_id = a.id group by a.id;

create function ledger.balance(acc text, at date default null, out debit numeric, out credit numeric, out net numeric) language plpgsql stable as $$
begin
  select coalesce(sum(e.debit),0), coalesce(sum(e.credit),0) into debit, credit from ledger.entries e join ledger.transactions t on t.id = e.tx join ledger.accounts a on a.id = e.account_id where a.code = acc and (at is null or t.posted_on <= at);
  net := debit - credit;
end $$;

create function ledger.statement(acc text) returns table (day date, descr text, amount numeric, running numeric) language sql stable as $$
 select t.posted_on, t.description, e.amount, sum(e.amount) over (order by t.posted_on, e.id) from ledger.entries e join ledger.transactions t on t.id=e.tx join ledger.accounts a on a.id=e.account_id where a.code=acc order by 1, e.id
$$;
