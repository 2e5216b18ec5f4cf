"""Look at what there is and say why it is so: doctor, explain, backtest, try."""
