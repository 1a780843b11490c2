"""Maps of class fractions from scenes and a checkpoint, beside a product."""
