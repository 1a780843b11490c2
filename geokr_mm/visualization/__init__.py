"""Self-contained HTML pages: patches, class fractions, maps and charts."""
