"""The observatory: pages of an edition that open from disk, without server or network."""
