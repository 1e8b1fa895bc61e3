-- Made for comparison: every column's value is given, none is random or the time of day.

create type shelf as enum ('fiction', 'science', 'history');

create table authors (
    id integer primary key,
    name varchar(24) not null,
    born date,
    email text unique,
    constraint authors_email_shape check (email like '%@%')
);

create table books (
    id bigint primary key,
    author_id integer not null references authors (id) on delete restrict,
    title text not null,
    shelf shelf not null default 'fiction',
    pages smallint check (pages > 0),
    price numeric(6, 2),
    rating double precision,
    tags text[] not null default '{}',
    details jsonb not null default '{}'::jsonb,
    published timestamptz,
    in_print boolean not null default true,
    code uuid,
    unique (author_id, title)
);

create index books_shelf on books (shelf);

create table loans (
    id integer generated always as identity primary key,
    book_id bigint not null references books (id) on delete cascade,
    member text not null,
    due date,
    fee numeric default 0.10
);

-- A composite key, and a key that something else refers to by two columns.
create table shelves (
    room integer,
    label text,
    capacity integer not null default 10,
    primary key (room, label)
);

create table placements (
    book_id bigint primary key references books (id) on delete cascade,
    room integer not null,
    label text not null,
    foreign key (room, label) references shelves (room, label) on update cascade on delete cascade
);
