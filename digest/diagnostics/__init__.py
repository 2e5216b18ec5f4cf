"""Inspect the configuration, the database and feeds: doctor, explain, backtest, try."""
