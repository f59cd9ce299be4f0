"""Data sets in Parquet files, larger than memory, checked on one machine: `boxlint.check_parquet`."""
