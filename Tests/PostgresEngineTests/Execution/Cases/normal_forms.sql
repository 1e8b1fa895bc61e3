select normalize('é', NFD) = E'e\u0301', normalize(E'e\u0301') = 'é', length(normalize('Å', NFD)), normalize('abc'), normalize(null) is null;
select 'é' is normalized, E'e\u0301' is nfc normalized, E'e\u0301' is nfd normalized, 'é' is not nfd normalized, 'abc' is nfkd normalized;
select regexp_replace(normalize('Crème Brûlée, ñandú, Größe', NFD), '[\u0300-\u036f]', '', 'g');
select normalize('한국', NFD) = normalize('한국'), length(normalize('한국', NFD)), normalize(normalize('한국', NFD), NFC) = '한국';
create table places (name text check (name is nfc normalized));
insert into places values ('Málaga');
insert into places values (E'Ma\u0301laga');
