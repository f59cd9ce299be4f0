"""Makes `Boxes` of the outputs and targets of detection frameworks."""
