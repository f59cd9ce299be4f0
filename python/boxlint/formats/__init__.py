"""One module for each format that boxes come in."""
