"""Documents in, hits out: reads plan documents, indexes them and finds the passages a question is about."""
