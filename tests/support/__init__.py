"""Real servers and makers that tests share."""
