insert into ledger.accounts (code, name, type) values ('1000','Cash','asset'),('2000','Loans','liability'),('4000','Sales','income'),('5000','Costs','expense');
update ledger.accounts set parent = 1 where code <> '1000';
select ledger.post('Loan', '[{"account":"1000","debit":1000.50},{"account":"2000","credit":1000.5}]') is not null;
select ledger.post('Sale', '[{"account":"1000","debit":33.3333},{"account":"4000","credit":33.3333}]', '2024-03-01') is not null;
select ledger.post('Cost', '[{"account":"5000","debit":10},{"account":"1000","credit":4},{"account":"2000","credit":6}]', '2024-03-02') is not null;
-- What is put off to the end would hold the tables.
set constraints all immediate;
alter table ledger.accounts enable row level security;
alter table ledger.entries enable row level security;
grant usage on schema ledger to authenticated;
grant select on all tables in schema ledger to authenticated;
create policy open on ledger.accounts for select to authenticated using (not is_closed);
