create table notes (
    id integer primary key,
    title text not null,
    body text not null,
    stars smallint not null default 0,
    done boolean not null default false,
    created_at timestamptz not null
);

insert into notes
select n, 'Note ' || n, repeat('word ', 20), n % 5, n % 2 = 0, timestamptz '2025-01-01 00:00:00+00' + n * interval '1 minute'
from generate_series(1, 1000) as n;
