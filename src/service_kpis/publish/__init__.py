"""The published file: copied from the warehouse after a good build, swapped in by one rename."""
