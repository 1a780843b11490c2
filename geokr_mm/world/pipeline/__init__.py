"""Making a world: presets, jobs, folder, streams of patches."""
