"""One data file per land-cover product."""
