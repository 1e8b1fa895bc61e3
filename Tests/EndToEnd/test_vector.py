"""Embeddings as projects with pgvector keep and search them. The answers are those of pgvector's own documentation."""

import pytest

MATCH = """
create extension if not exists vector with schema extensions;
create table documents (id int primary key, body text, embedding vector(3));
create index on documents using hnsw (embedding vector_cosine_ops);
create index on documents using hnsw ((embedding::halfvec(3)) halfvec_cosine_ops);
create function match_documents(query_embedding vector(3), match_count int)
returns table (id int, similarity float) language sql stable as $$
  select d.id, 1 - (d.embedding <=> query_embedding) from documents d order by d.embedding <=> query_embedding limit match_count
$$;
insert into documents values (1, 'east', '[1,0,0]'), (2, 'north', '[0,1,0]'), (3, 'both', '[1,1,0]'), (4, 'none', null);
"""
VALUES = {
    "'[1, 2.50 ,-3e2]'::vector::text": "[1,2.5,-300]",
    "'[0,0]'::vector <-> '[3,4]'": 5,
    "'[1,2]'::vector <#> '[3,4]'": -11,
    "'[1,0]'::vector <=> '[0,2]'": 1,
    "'[0,0]'::vector <+> '[3,4]'": 7,
    "inner_product('[1,2]'::vector, '[3,4]')": 11,
    "vector_dims('[1,2,3]'::vector)": 3,
    "vector_norm('[3,4]'::vector)": 5,
    "('[1,2]'::vector + '[3,4]')::text": "[4,6]",
    "'{1,2.5}'::float8[]::vector::text": "[1,2.5]",
    "'[1,2]'::vector < '[1,3]'": True,
    "pg_typeof('[1]'::vector)::text": "vector",
    "('[1,2]'::vector || '[3]')::text": "[1,2,3]",
    "subvector('[1,2,3,4,5]'::vector, 1, 3)::text": "[1,2,3]",
    "(select avg(v)::text from (values ('[1,2,3]'::vector), ('[4,5,6]')) t (v))": "[2.5,3.5,4.5]",
    "(select sum(v)::text from (values ('[1,2,3]'::vector), ('[4,5,6]')) t (v))": "[5,7,9]",
    "'[0.1,1,70]'::halfvec::text": "[0.099975586,1,70]",
    "'[0,0]'::halfvec <-> '[3,4]'": 5,
    "'[1,2]'::halfvec <#> '[3,4]'": -11,
    "'[1,0]'::halfvec <=> '[0,2]'": 1,
    "'[1,2]'::vector::halfvec(2)::vector::text": "[1,2]",
    "l2_normalize('[3,4]'::halfvec)::text": "[0.60009766,0.7998047]",
    "'{1,2.5}'::float8[]::halfvec::text": "[1,2.5]",
    "pg_typeof('[1]'::halfvec)::text": "halfvec",
}
REFUSALS = {
    "'[1,2,3]'::vector(2)": "expected 2 dimensions, not 3",
    "'hello'::vector": 'invalid input syntax for type vector: \\"hello\\"',
    "'[]'::vector": "vector must have at least 1 dimension",
    "'[1]'::vector <-> '[1,2]'": "different vector dimensions 1 and 2",
    "'[NaN]'::vector": "NaN not allowed in vector",
    "'[1,2,3]'::halfvec(2)": "expected 2 dimensions, not 3",
    "'[65520]'::halfvec": '\\"65520\\" is out of range for type halfvec',
    "'[1]'::halfvec + '[1,2]'": "different halfvec dimensions 1 and 2",
}


@pytest.fixture(scope="module")
def documents(empty):
    empty.sql(MATCH)
    return empty


@pytest.mark.parametrize("expression", VALUES)
def test_value(documents, expression):
    assert documents.sql(f"select {expression} as it") == [{"it": VALUES[expression]}]


@pytest.mark.parametrize("expression", REFUSALS)
def test_refusal(documents, expression):
    query = f"select {expression} as it"
    answer = documents.tool("execute_sql", cloud_id=documents.ready["cloud_id"], query=query)
    assert answer.status == 400, answer.text
    assert REFUSALS[expression] in answer.text


def test_a_search_by_rpc(documents):
    answer = documents.rest("POST", "/rpc/match_documents", {"query_embedding": [1, 0, 0], "match_count": 2})
    assert answer.status == 200, answer.text
    found = answer.json()
    assert [row["id"] for row in found] == [1, 3]
    assert found[0]["similarity"] == 1


def test_a_row_by_rest(documents):
    answer = documents.rest("GET", "/documents?select=id,embedding&embedding=not.is.null&order=id&limit=1")
    assert answer.json() == [{"id": 1, "embedding": "[1,0,0]"}]
    answer = documents.rest("POST", "/documents", {"id": 9, "embedding": [1, 2]})
    assert answer.status == 400
    assert answer.json()["message"] == "expected 3 dimensions, not 2"
