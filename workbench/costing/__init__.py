"""Measured use of machines and endpoints, turned into money by a price book."""

from workbench.costing.book import PriceBook, price_book
from workbench.costing.building import BuildUsage, by_edition
from workbench.costing.costs import Cost, Machines, cost, cost_record, costs, monthly_causes
from workbench.costing.deployment import as_recorded, deployed, prices_record
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
    "as_recorded",
    "break_even_queries",
    "break_even_updates",
    "by_edition",
    "cost",
    "cost_record",
    "costs",
    "crossings",
    "deployed",
    "monthly_causes",
    "price_book",
    "prices_record",
]
