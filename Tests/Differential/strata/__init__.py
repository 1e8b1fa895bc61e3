"""The cases, by stratum: each module of this package has `fill`, which makes them by rules from the seed."""

import random
from collections.abc import Callable, Iterator

from case import Answer, Case, Stratum

from . import casts, catalog, constraints, containers, functions, moments, operators, plpgsql, policies, queries

STRATA = {
    "casts": casts,
    "operators": operators,
    "functions": functions,
    "moments": moments,
    "containers": containers,
    "constraints": constraints,
    "policies": policies,
    "plpgsql": plpgsql,
    "queries": queries,
    "catalog": catalog,
}
# How many cases each stratum has at least.
MINIMUM = {
    "casts": 600,
    "operators": 1000,
    "functions": 690,
    "moments": 500,
    "containers": 500,
    "constraints": 500,
    "policies": 300,
    "plpgsql": 400,
    "queries": 300,
    "catalog": 100,
}


def generate(seed: int, ask: Callable[[str], Answer]) -> Iterator[Case]:
    """Every case, the same for the same seed. `ask` reads PostgreSQL's catalogs, from which operators and functions come."""
    for name, module in STRATA.items():
        # A stratum's cases don't depend on the others'.
        stratum = Stratum(name, random.Random(f"{seed} {name}"))
        module.fill(stratum, ask)
        yield from stratum.cases
