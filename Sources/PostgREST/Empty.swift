// PostgREST
