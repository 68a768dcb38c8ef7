"""Measured use of machines and endpoints, turned into money by a price book."""

from workbench.costing.book import PriceBook, price_book
from workbench.costing.building import BuildUsage
from workbench.costing.costs import Cost, Machines, cost, costs, monthly_causes
from workbench.costing.meeting import (
    BreakEven,
    break_even_queries,
    break_even_updates,
    crossings,
)
from workbench.costing.use import Use

__all__ = [
    "BreakEven",
    "BuildUsage",
    "Cost",
    "Machines",
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
