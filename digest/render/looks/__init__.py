"""The publisher's look: its colors, fonts and pictures, as templates use them."""
