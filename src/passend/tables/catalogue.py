"""All contracts, in the order of the story."""

from passend.errors import InvalidInput
from passend.tables.contract import Contract
from passend.tables.customers import CUSTOMER_TABLES
from passend.tables.decisions import DECISION_TABLES
from passend.tables.firm import FIRM_TABLES
from passend.tables.intake import INTAKE_TABLES
from passend.tables.products import PRODUCT_TABLES
from passend.tables.results import RESULT_TABLES

CONTRACTS: dict[str, Contract] = {
    table.name: table
    for table in (
        *INTAKE_TABLES,
        *FIRM_TABLES,
        *PRODUCT_TABLES,
        *CUSTOMER_TABLES,
        *DECISION_TABLES,
        *RESULT_TABLES,
    )
}


def contract(name: str) -> Contract:
    """The contract of a table.

    Raises:
        InvalidInput: there is no table of that name.
    """
    try:
        return CONTRACTS[name]
    except KeyError:
        raise InvalidInput(
            f"There is no table '{name}'.", remedy=f"The tables are: {', '.join(CONTRACTS)}."
        ) from None
