"""`service-kpis load`."""
