"""Pure builders: data in, Plotly figure out. One template for all."""
