"""Pictures of issues: their files, the parts that are shown, and the boxes there."""
