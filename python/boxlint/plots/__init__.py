"""Pictures of a data set."""
