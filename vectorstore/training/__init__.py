"""Scripts that make the bundled models."""
