"""A model's answers and the right ones -> scores, intervals, calibration, breakdowns."""
