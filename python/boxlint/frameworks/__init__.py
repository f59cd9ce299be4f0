"""The outputs of frameworks, each read into `Boxes`."""
