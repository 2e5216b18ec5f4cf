"""What only mail needs: an edition within the size that mail programs show whole."""
