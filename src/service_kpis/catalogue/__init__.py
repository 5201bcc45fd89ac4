"""The catalogue of KPIs: what the seed says, what the marts have, and the pages made of both."""
