"""What every format passes: the gate that cleans an edition, the page model, the templates."""
