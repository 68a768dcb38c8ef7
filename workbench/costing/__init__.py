"""Measured use of machines and endpoints, turned into money by a price book."""

from workbench.costing.book import PriceBook, price_book
from workbench.costing.building import BuildUsage
from workbench.costing.costs import (
    BreakEven,
    Cost,
    break_even_queries,
    break_even_updates,
    cost,
    costs,
    crossings,
    monthly_causes,
)
from workbench.costing.use import Use

__all__ = [
    "BreakEven",
    "BuildUsage",
    "Cost",
    "PriceBook",
    "Use",
    "break_even_queries",
    "break_even_updates",
    "cost",
    "costs",
    "crossings",
    "monthly_causes",
    "price_book",
]
