"""All that Dagster is told: assets, jobs, schedules, sensors, runs, its instance and its pages."""
