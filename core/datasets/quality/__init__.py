"""The data doctor: what stands out in a data set, worst first."""
