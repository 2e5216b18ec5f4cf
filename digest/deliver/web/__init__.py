"""What the channels share that speak HTTP."""
