"""The contract tables: where the rooms meet.

Rooms never import each other. What one room leaves for the next is a table with a contract: columns, types,
units, key, grain and which columns are personal data. A contract is checked on every write.
"""

from passend.tables.catalogue import CONTRACTS, contract
from passend.tables.contract import Column, Contract

__all__ = ["CONTRACTS", "Column", "Contract", "contract"]
