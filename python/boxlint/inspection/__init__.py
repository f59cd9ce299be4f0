"""Looks at a data set for what would make its scores wrong."""
