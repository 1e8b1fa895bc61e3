create table notes (
    id integer primary key,
    title text not null,
    body text not null,
    stars smallint not null default 0,
    done boolean not null default false,
    created_at timestamptz not null
);
