"""A seeded generator of the order export of a Shopify shop, as large as wanted, with all columns of the real one.

Orders have one to five lines; the first names customer, state, address and totals, the follow-on lines their product
alone. Order discounts, part refunds, full refunds, voided and guest orders are among them, and every order adds up.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

#: The header of the real export, in its order.
_HEADER = """
Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,
Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,
Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,
Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,
Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,
Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,
Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,
Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,
Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,
Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,
Payment Terms Name,Next Payment Due At,Payment References
"""
HEADER = tuple(name.strip() for name in _HEADER.split(","))
_PRODUCTS = 20_000
_MEAN_LINES = 3

#: What stands on the first line of an order alone; amounts are cents.
_FIRST = {
    "Financial Status": "case when o.draw < 10 then 'voided' when o.draw < 30 then 'refunded' when o.draw < 60 "
    "then 'partially_refunded' when o.draw < 80 then 'pending' else 'paid' end",
    "Paid at": "case when o.draw >= 10 then moment end",
    "Fulfillment Status": "'fulfilled'",
    "Fulfilled at": "moment",
    "Accepts Marketing": "case when o.customer % 3 = 0 then 'yes' else 'no' end",
    "Currency": "'EUR'",
    "Subtotal": "money(o.net)",
    "Shipping": "'4.90'",
    "Taxes": "money(cast(round((o.net + 490) * 19 / 119.0) as bigint))",
    "Total": "money(o.net + 490)",
    "Discount Code": "case when o.reduction > 0 then 'SAVE10' end",
    "Discount Amount": "money(o.reduction)",
    "Shipping Method": "'DHL Paket'",
    "Billing Name": "'Kim Nr' || o.customer",
    "Billing Street": "'Langer Weg ' || o.customer % 300",
    "Billing Address1": "'Langer Weg ' || o.customer % 300",
    "Billing City": "'Neustadt'",
    "Billing Zip": "'''' || (10000 + o.customer % 80000)",
    "Billing Country": "'DE'",
    "Shipping Name": "'Kim Nr' || o.customer",
    "Shipping Street": "'Langer Weg ' || o.customer % 300",
    "Shipping Address1": "'Langer Weg ' || o.customer % 300",
    "Shipping City": "'Neustadt'",
    "Shipping Zip": "'''' || (10000 + o.customer % 80000)",
    "Shipping Country": "'DE'",
    "Payment Method": "'Shopify Payments'",
    "Payment Reference": "'c' || o.number || '.1'",
    "Refunded Amount": "money(case when o.draw between 10 and 29 then o.net + 490 when o.draw between 30 and 59 "
    "then o.first_line else 0 end)",
    "Outstanding Balance": "'0.00'",
    "Id": "5000000000000 + o.number",
    "Risk Level": "'Low'",
    "Source": "'web'",
    "Tax 1 Name": "'DE MwSt 19%'",
    "Tax 1 Value": "money(cast(round((o.net + 490) * 19 / 119.0) as bigint))",
    "Payment ID": "'c' || o.number || '.1'",
    "Payment References": "'c' || o.number || '.1'",
}
#: What stands on every line.
_LINE = {
    "Name": "'#' || o.number",
    "Email": "case when o.customer % 50 = 0 then null else 'kim.' || o.customer || '@example.com' end",
    "Created at": "moment",
    "Lineitem quantity": "l.pieces",
    "Lineitem name": "'Article ' || l.product || ' - ' || ['S', 'M', 'L'][1 + l.product % 3]",
    "Lineitem price": "money(l.price)",
    "Lineitem sku": "'SKU-' || lpad(cast(l.product as varchar), 5, '0')",
    "Lineitem requires shipping": "'true'",
    "Lineitem taxable": "'true'",
    "Lineitem fulfillment status": "'fulfilled'",
    "Vendor": "'Acme ' || l.product % 40",
    "Lineitem discount": "'0.00'",
}


def write(path: Path, lines: int, seed: int = 1) -> None:
    """Write an export of about so many lines; orders are numbered in the order of time."""
    columns = [
        f"case when l.line = 1 then {_FIRST[name]} end" if name in _FIRST else _LINE.get(name, "null")
        for name in HEADER
    ]
    named = ", ".join(f'{what} as "{name}"' for what, name in zip(columns, HEADER, strict=True))
    orders = lines // _MEAN_LINES
    with duckdb.connect() as database:
        database.execute(f"set memory_limit = '2GB'; set temp_directory = '{path}.spill'")
        database.execute(
            "create macro money(cents) as (cents // 100) || '.' || lpad(cast(cents % 100 as varchar), 2, '0')"
        )
        database.execute(_ORDERS.format(orders=orders, seed=seed, products=_PRODUCTS))
        database.execute(
            f"copy (select {named} from lines l join orders o on o.number = l.number order by o.number, l.line) "
            f"to '{path}' (header, quote '\"')"
        )


_ORDERS = """
create table lines as
select
    1000 + n as number,
    k as line,
    cast({products} * pow(hash(n, k, {seed}) % 1000003 / 1000003.0, 3) as integer) as product,
    1 + hash(n, k, 'pieces') % 10 // 8 as pieces,
    500 + hash(product) % 9500 as price
from range({orders}) r(n), range(1, 6) s(k)
where k <= 1 + hash(n, {seed}) % 5;
create table orders as
select
    l.number,
    hash(l.number, 'customer', {seed}) % ({orders} // 3 + 1) as customer,
    hash(l.number, 'draw') % 1000 as draw,
    strftime(timestamp '2024-01-01' + to_seconds(cast(63072000.0 * (l.number - 1000) / {orders} as bigint)),
             '%Y-%m-%d %H:%M:%S +0100') as moment,
    cast(sum(l.pieces * l.price) as bigint) as gross,
    case when hash(l.number, 'code') % 100 < 15 then gross // 10 else 0 end as reduction,
    gross - reduction as net,
    min(l.pieces * l.price) - reduction as first_line
from lines l
group by l.number;
"""


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
