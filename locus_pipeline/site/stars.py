"""Stars as they read: won surely, won but not surely, not won."""

from locus_pipeline.site.tables import Row

STARS = ("size", "specialisation", "productivity", "dynamism")
FULL, HOLLOW = "\N{BLACK STAR}", "\N{WHITE STAR}"


def stars_of(row: Row) -> str:
    """`★ size, ☆ dynamism`: a hollow star is won, but within the error it may not be."""
    won = [
        f"{HOLLOW if row[f'{star}_star_hollow'] else FULL} {star}"
        for star in STARS
        if row[f"{star}_star"]
    ]
    return ", ".join(won)
