"""How good, from predictions alone: metrics, intervals, calibration, thresholds. Pure numpy and scipy."""
