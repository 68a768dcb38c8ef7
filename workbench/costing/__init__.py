"""Measured use of machines and endpoints, turned into money by a price book."""

from workbench.costing.book import PriceBook, price_book
from workbench.costing.costs import (
    BreakEven,
    Cost,
    break_even_queries,
    break_even_updates,
    cost,
    costs,
)
from workbench.costing.use import Nature, Use, nature

__all__ = [
    "BreakEven",
    "Cost",
    "Nature",
    "PriceBook",
    "Use",
    "break_even_queries",
    "break_even_updates",
    "cost",
    "costs",
    "nature",
    "price_book",
]
