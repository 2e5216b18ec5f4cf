"""The words that the program itself adds, by language."""
