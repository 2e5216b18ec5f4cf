"""What all formats share: redacting and cleaning an edition, page values, templates."""
