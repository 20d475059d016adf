"""Editions: what people open."""
