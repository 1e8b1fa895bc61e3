insert into items values
    (1, 'Anchor', 10.50, true, '{iron,sea}', '{"a": 1, "b": {"c": "x"}}', '[1,5)', 'heavy iron anchor for the sea'),
    (2, 'Buoy', 5, true, '{sea}', '{"a": 2}', '[5,9)', 'red buoys float'),
    (3, 'compass', null, false, '{}', null, '(,3)', 'shows the north'),
    (4, 'Deck chair', 20, null, '{wood,"a, b"}', '{"a": 1}', '[20,)', 'a wooden chair, folded');

insert into parts values (1, 1, 'ring'), (2, 1, 'chain'), (3, 4, 'leg');
