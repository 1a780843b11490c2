"""Class fractions for tables of footprints without images."""
