"""Door 2: the Streamlit pages."""
