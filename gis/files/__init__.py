"""Readers and writers of every format. Each reader fills a `gis.report.Report`.

`layers` geometry files · `tables` CSV, Excel, Parquet · `points` places in either ·
`columns` columns by meaning · `clean` the rules for geometries · `source` what a file really is.
"""
