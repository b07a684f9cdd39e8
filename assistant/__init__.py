"""Questions in, verbatim quotes out: understands a question in its conversation and answers it from the documents."""
