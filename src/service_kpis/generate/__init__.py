"""`service-kpis generate`."""
