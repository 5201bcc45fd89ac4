"""`service-kpis forget`: the erasure of a person from the raw tables."""
