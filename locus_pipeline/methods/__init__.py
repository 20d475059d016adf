"""What computes a figure: pure functions, apart from what schedules, stores or words it."""
