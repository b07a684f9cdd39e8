"""Scripts that train the models of answering."""
