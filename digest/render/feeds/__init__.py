"""What the generated feeds share: ids, links, and texts that every feed reader takes well."""
