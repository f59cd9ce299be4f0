"""The report as one HTML file, with a picture of each suspected error."""
