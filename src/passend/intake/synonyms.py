"""What the columns of order files and product lists are called, in English and German.

Headers are compared without case, spaces and punctuation and with umlauts folded: ``Art.-Nr.``, ``artNr`` and
``ART NR`` are one word. *Plain* words mean one thing; *loose* words (``Name``, ``Nr``, ``Amount``) mean it
only where nothing better is there and the content agrees.
"""

import re
import unicodedata

from passend.intake.texts import word_set

#: What each meaning stands for: shown when a column is missing or a ``--map`` is wrong.
MEANINGS: dict[str, str] = {
    "order_id": "number of the order, invoice or basket",
    "customer_id": "number of the customer",
    "product_id": "article number",
    "product_name": "what the product is called",
    "category": "category; several columns form levels",
    "ordered_at": "date, or date and time, of the order",
    "sequence": "position among the customer's orders, where there are no dates",
    "quantity": "pieces",
    "unit_price": "price of a piece",
    "net_price": "price of a piece after its discount",
    "line_total": "amount of the line, after its discount",
    "line_gross": "amount of the line before its discount",
    "discount": "reduction of the line's amount, in money",
    "discount_each": "reduction of each piece's price, in money",
    "discount_share": "reduction of the line's amount as a share or in per cent",
    "order_discount": "reduction of the whole order, beside those of its lines",
    "all_discounts": "all reductions of the order, those of its lines included",
    "order_subtotal": "amount of the order's lines, to check the others by",
    "order_shipping": "shipping of the order, to check the others by",
    "order_tax": "tax of the order, to check the others by",
    "order_total": "amount of the whole order, to check the others by",
    "refund": "money given back on the order, where no row of its own says for what",
    "returned_quantity": "pieces of the line that came back, where no row of its own says so",
    "currency": "currency of the amounts",
    "channel": "where it was bought",
    "country": "country of the customer",
    "status": "state of the order: cancelled, returned, ...",
    "void": "filled, or yes, where the row was cancelled before it was sent",
    "line_id": "number of the line within the file or order",
    "parent_id": "number of the line that this line is a part or variant of",
    "item_kind": "kind of the row: product, shipping, fee, ...",
    "option": "what makes a piece of a product another one: engraving, size, ...",
    "updated_at": "when the order was changed last",
    "line_tax": "tax of the line",
    "line_shipping": "postage of the line",
    "unit_cost": "what a piece costs the firm (product lists)",
    "kind": "good, service or contract (product lists)",
    "is_active": "whether it can be offered (product lists)",
    "stock": "pieces in stock (product lists)",
    "attributes": "properties as JSON, or one column each named attribute:NAME or attr_NAME (product lists)",
}

_PLAIN = {
    "order_id": """
        order id | order no | order nr | order number | order num | order # | order code | order reference |
        order ref | order key | sales order | sales order id | sales order number | invoice | invoice no |
        invoice nr | invoice number | invoice id | invoice num | invoice # | basket | basket id | basket no |
        cart id | transaction | transaction id | transaction no | transaction number | trans id | trans no |
        txn id | ticket | ticket id | ticket no | ticket number | receipt | receipt id | receipt no |
        receipt number | bill no | bill number | bill id | purchase id | purchase order | document no |
        document number | increment id | order increment id | bestellung | bestellnummer | bestell nr |
        bestell id | bestell no | bestellungsnummer | bestellungs nr | bestellung id | auftrag |
        auftragsnummer | auftrags nr | auftragsnr | auftrag nr | auftrags id | beleg | belegnummer | beleg nr
        | belegnr | beleg id | rechnung | rechnungsnummer | rechnungs nr | rechnung nr | rechnungsnr |
        warenkorb | warenkorb id | warenkorbnummer | bon | bon nr | bonnummer | bon id | kassenbon |
        kassenbonnummer | quittung | quittungsnummer | vorgang | vorgangsnummer | transaktion |
        transaktionsnummer | transaktions id | transaktionsid | einkauf id | vbeln | order name | sale id | sale no |
        sale number | orders id | opportunity id | commande | numero de commande | no de commande | pedido |
        numero de pedido | ordine | numero ordine | bestelling | bestelnummer
    """,
    "customer_id": """
        customer | customer id | customer no | customer nr | customer number | customer num | customer # |
        customer code | customer key | customer ref | cust id | cust no | client | client id | client no |
        client number | user id | user | userid | member | member id | member no | member number |
        membership number | household key | household id | household | shopper id | buyer id | buyer |
        account id | account no | account number | loyalty card | loyalty id | card id | visitor id |
        person id | contact id | customer email | billing email | email billing | buyer email |
        customer unique id | consumer id | patient id | panelist id | kunde | kunden id | kundennummer |
        kunden nr | kunde nr | kundennr | kunden no | kundenkennung | kunden nummer | kundenkonto | debitor |
        debitorennummer | debitoren nr | debitornr | debitor nr | debitorennr | mitglied | mitgliedsnummer |
        mitglieds nr | mitglied nr | nutzer | nutzer id | benutzer id | kaeufer | kaeufer id | kartennummer |
        kundenkarte | kundenkartennummer | haushalt | kunden e mail | kunnr | email | e mail | email address |
        e mail adresse | customers id | customers email address | cliente | codigo cliente | klant | klantnummer
    """,
    "product_id": """
        product | product id | product no | product nr | product number | product code | product key |
        product sku | sku | sku id | stock code | stock id | item id | item no | item nr | item number |
        item code | item sku | item # | line item sku | article | article id | article no | article nr |
        article number | article code | article ordernumber | ean | ean code | ean13 | gtin | upc | isbn |
        asin | barcode | bar code | part no | part number | part nr | plu | material | material number |
        material no | variant id | variant sku | style no | model no | line item product id | prod id |
        prod no | upc code | artikel | artikelnummer | artikel nr | art nr | artikelnr | artikel id | artnr |
        artikelcode | artikel no | artikel nummer | art no | produkt | produkt id | produktnummer | produkt nr
        | produktnr | produktcode | produkt sku | materialnummer | material nr | teilenummer | teile nr |
        sachnummer | warennummer | lagernummer | matnr | position artikelnummer | products id | products model |
        inventory item code | produit | reference produit | producto | prodotto
    """,
    "product_name": """
        product name | item name | item description | item title | line item name | line item title |
        product title | product description | article name | article description | description | product desc
        | item desc | sku name | stock name | material description | variant title | artikelname |
        artikelbezeichnung | artikel bezeichnung | artikel name | artikelbeschreibung | artikeltext |
        bezeichnung | produktname | produktbezeichnung | produkt name | produkt bezeichnung | produkttitel |
        warenbezeichnung | artikeltitel | bezeichnung 1 | kurztext | materialkurztext | kurzbezeichnung |
        positionsbezeichnung | maktx | products name | menu item | nom du produit | libelle | designation |
        nombre del producto | nome prodotto | productnaam | omschrijving
    """,
    "category": """
        category | categories | category name | product category | category path | product type |
        product group | sub category | subcategory | subclass | product subclass | class | department |
        department name | department id | aisle | aisle id | aisle name | commodity | commodity desc |
        sub commodity desc | family | product family | product category name | collection | level 1 | level 2
        | level 3 | level 4 | category 1 | category 2 | category 3 | category level 1 | category level 2 |
        category level 3 | main category | category id | category code | item category | segment name |
        product line | warengruppe | warengruppen | hauptwarengruppe | unterwarengruppe | warengruppe 1 |
        warengruppe 2 | warengruppe 3 | kategorie | kategorien | hauptkategorie | unterkategorie | kategorie 1
        | kategorie 2 | kategorie 3 | produktgruppe | produktkategorie | artikelgruppe | sortiment | abteilung
        | sparte | produktart | ebene 1 | ebene 2 | ebene 3 | warengruppe bezeichnung | kategoriepfad
    """,
    "ordered_at": """
        date | order date | invoice date | purchase date | transaction date | transaction dt | trans date |
        sale date | sales date | date time | datetime | time stamp | timestamp | order time stamp |
        order datetime | order date time | ordered at | purchased at | bought at | date of purchase |
        order placed | placed at | order purchase timestamp | purchase timestamp | created at | date created |
        order created | order created at | creation date | event time | receipt date | bill date | basket date
        | posting date | document date | txn date | day date | bestelldatum | kaufdatum | auftragsdatum |
        rechnungsdatum | belegdatum | datum | einkaufsdatum | verkaufsdatum | bestellt am | gekauft am |
        erstellt am | bestellzeitpunkt | kaufzeitpunkt | zeitpunkt | zeitstempel | buchungsdatum |
        transaktionsdatum | bondatum | kassendatum | datum zeit | datum uhrzeit | vertragsdatum |
        bestelldatum uhrzeit | erdat | audat | fkdat | date add | order date utc | erfasst am | erstellungsdatum |
        erstelldatum | hinzugefuegt am | angelegt am | erstellt utc | eingegangen am | eingangsdatum | bestelleingang |
        created utc | datum der bestellung | date de commande | fecha | fecha de pedido | data ordine | besteldatum
    """,
    "clock": """
        time | order time | transaction time | trans time | purchase time | sale time | time of day | uhrzeit
        | zeit | bestellzeit | kaufzeit | bonzeit | bestelluhrzeit | invoice time
    """,
    "sequence": """
        order sequence | sequence | order index | order position | basket index | basket number | nth order |
        visit number | order rank | bestellfolge | laufende bestellung | kauf nr | kaufnummer |
        order number of customer
    """,
    "quantity": """
        quantity | qty | order quantity | ordered quantity | quantity ordered | qty ordered | order qty |
        units | units sold | pieces | pcs | item quantity | item qty | line item quantity | sales quantity |
        quantity sold | sold quantity | number of items | no of items | item count | product quantity |
        sales qty | menge | anzahl | stueck | stueckzahl | stk | bestellmenge | absatz | absatzmenge |
        verkaufsmenge | verkaufte menge | mengen | artikelmenge | artikelanzahl | auftragsmenge | kaufmenge |
        gekaufte menge | kwmeng | fkimg | liefermenge | nettomenge | bestellte menge | verkaufte stueck | net quantity |
        net items sold | products quantity | quantite | cantidad | quantita | aantal
    """,
    "unit_price": """
        price | unit price | price per unit | item price | item cost | line item price | product price |
        sales price | selling price | sale price | list price | unit selling price | price each | retail price
        | price per piece | net price | gross price | variant price | regular price | price unit | preis |
        einzelpreis | stueckpreis | verkaufspreis | vk | vk preis | preis pro stueck | artikelpreis |
        nettopreis | bruttopreis | einzelpreis netto | einzelpreis brutto | vk brutto | vk netto | listenpreis
        | e preis | ep | preis je stueck | preis netto | preis brutto | netpr | uvp | unit price cents | unit amount |
        prix unitaire | prix | precio unitario | precio | prezzo unitario | prezzo | stuksprijs | prijs | products price
    """,
    "line_total": """
        line total | sold for | line amount | total price | total amount | row total | sales amount | sales value |
        revenue | item total | extended price | extended amount | net amount | gross amount | net sales |
        gross sales | sales | turnover | line item total | order item total | line revenue | total sales |
        price total | spend | line price | gesamtpreis | gesamtbetrag | umsatz | positionsbetrag |
        positionssumme | positionswert | zeilensumme | zeilenbetrag | nettoumsatz | bruttoumsatz |
        umsatz netto | umsatz brutto | gesamt | summe | warenwert | nettobetrag | bruttobetrag | betrag |
        netwr | revenue cents
    """,
    "net_price": """
        net unit price | discounted price | price after discount | price paid each | unit price after discount |
        rabattierter preis | preis nach rabatt | reduzierter preis
    """,
    "line_gross": """
        line subtotal | item subtotal | line gross | gross line total | amount before discount |
        total before discount | betrag vor rabatt | summe vor rabatt
    """,
    "discount": """
        line item discount | line discount | item discount | discount | discounts | discount amount | rebate
        | markdown | retail disc | discount value | discount percent | discount % | promotion discount |
        total discount | rabatt | rabattbetrag | nachlass | preisnachlass | positionsrabatt | rabatt % |
        rabatt in % | rabatt prozent | ermaessigung | discount cents | remise | descuento | sconto | korting
    """,
    "discount_each": """
        discount per unit | discount per piece | unit discount | discount each | rabatt pro stueck | stueckrabatt
    """,
    "discount_share": """
        discount share | discount rate | discount percentage | discount pct | rabattsatz
    """,
    "order_discount": """
        order discount | order discount amount | cart discount | cart discount amount | discount total |
        order level discount | coupon discount | coupon amount | voucher amount | bestellrabatt | auftragsrabatt |
        gesamtrabatt | warenkorbrabatt | gutscheinbetrag | gutscheinwert | warenkorb rabattbetrag |
        gutscheinrabatt | coupon value | voucher value | coupon discount amount | discount codes amount
    """,
    "all_discounts": """
        all discounts | total discounts | discounts total | rabatte gesamt
    """,
    "order_subtotal": """
        order subtotal | subtotal | sub total | order subtotal amount | subtotal price | items subtotal |
        goods total | zwischensumme | warensumme | zwischensumme der bestellung
    """,
    "order_shipping": """
        shipping | order shipping | shipping total | order shipping amount | shipping amount | shipping cost |
        shipping costs | shipping price | shipping fee | shipping charge | shipping charges | delivery fee |
        delivery cost | freight | freight value | postage | shipping and handling | versandkosten | versand |
        porto | lieferkosten | versandbetrag | versandpreis | versandgebuehr | fracht | frachtkosten
    """,
    "order_tax": """
        taxes | tax | total tax | tax total | tax amount | order tax | order tax amount | order total tax |
        order sales tax | sales tax | vat | vat amount | mwst | mwst betrag | umsatzsteuer | ust | steuer |
        steuerbetrag
    """,
    "order_total": """
        order total | grand total | order grand total | order total amount | order amount | order value |
        invoice total | total paid | bestellsumme | bestellwert | auftragssumme | rechnungssumme |
        rechnungsbetrag | gesamtsumme | endsumme | gesamtbetrag der bestellung | bestellbetrag
    """,
    "refund": """
        refunded amount | refund amount | amount refunded | order refund amount | total refunded | refund total |
        erstattungsbetrag | erstatteter betrag | rueckerstattungsbetrag | erstattete summe
    """,
    "returned_quantity": """
        returned quantity | quantity returned | qty returned | returned qty | refunded quantity |
        quantity refunded | qty refunded | retourenmenge | retournierte menge | zurueckgesandte menge |
        erstattete menge | rueckgabemenge
    """,
    "currency": """
        currency | currency code | order currency | order currency code | price currency | invoice currency |
        waehrung | waehrungscode | waehrungskennzeichen | waers | curr
    """,
    "channel": """
        channel | sales channel | order channel | sales channel name | order source | channel name |
        store type | kanal | vertriebskanal | verkaufskanal | vertriebsweg | bestellkanal | absatzkanal |
        bestellweg | saleschannel | source name
    """,
    "country": """
        country | country code | country name | billing country | shipping country | ship country |
        customer country | country billing | country shipping | ship to country | market country | land |
        lieferland | rechnungsland | laendercode | laenderkennzeichen | kundenland | land rechnung |
        land lieferung
    """,
    "status": """
        status | order status | financial status | order state | invoice status | payment status | item status
        | line status | transaction type | document type | cancelled | canceled | is cancelled | is canceled |
        cancelled at | canceled at | returned at | returned on | refunded at | refunded on | refund date |
        retourniert am | erstattet am | erstattungsdatum | returned | is returned | is return | return flag |
        returned flag |
        refunded | cancellation | bestellstatus | auftragsstatus | storniert | storno | stornokennzeichen |
        stornokz | retoure | ist retoure | retourniert | belegart | vorgangsart | rechnungsstatus |
        positionsstatus | zahlungsstatus | transaktionstyp | storniert am | ist storniert |
        retourenkennzeichen | event | event type | event name | ereignis | void | voided | is void | is voided |
        deleted | is deleted | deleted at | is test | test order | receipt type | invoice type | belegtyp | bonart |
        dokumentart
    """,
    "unit_cost": """
        unit cost | cost | cost price | purchase price | cost of goods | cogs | cost per item | landed cost |
        standard cost | wholesale price | einkaufspreis | ek | ek preis | einstandspreis | ek netto |
        einkaufspreis netto | selbstkosten | wareneinsatz | herstellkosten | purchase cost | item cost price |
        product cost
    """,
    "kind": """
        kind | product kind | item kind | item type | artikelart | produkttyp | artikeltyp | art des artikels
        | good or service
    """,
    "is_active": """
        active | is active | is enabled | enabled | published | available | in stock | for sale | aktiv |
        ist aktiv | lieferbar | verfuegbar | im verkauf | product status | artikelstatus | discontinued |
        ausgelaufen | auslaufartikel | eol
    """,
    "stock": """
        stock | stock quantity | stock level | quantity in stock | stock qty | qty in stock | inventory |
        inventory quantity | quantity available | available quantity | variant inventory qty | lagerbestand |
        bestand | lagermenge | verfuegbare menge | bestandsmenge | auf lager menge
    """,
    "attributes": """
        attributes | attributes json | properties | product attributes | attribute | eigenschaften | merkmale |
        produktmerkmale
    """,
}
_LOOSE = {
    "order_id": """
        order | id | nr | no | number | nummer | docno | document | name | increment | ordernumber | bestell |
        reference
    """,
    "customer_id": """
        cust | account | id | card | party | contact | kd nr | kdnr | kd | konto | name | customer name |
        kundenname | karte | phone
    """,
    "product_id": """
        item | id | code | nr | no | number | nummer | part | model | handle | goods | items | products | ware
        | ordernumber | bestellnummer | bestell nr | movie id | song id | book id | lineitem
    """,
    "product_name": """
        name | title | titel | text | beschreibung | label | labels | product | item | article | artikel |
        produkt | ware | bez | kurzbeschreibung | items | products
    """,
    "category": """
        group | type | gruppe | typ | section | brand line | genre | dept | level | segment | rubrik | wgr |
        wg
    """,
    "ordered_at": """
        day | time | created | purchased | ordered | when | tag | zeit | bestellzeit | order time |
        processed at | paid at | bezahlt am | transaction time | month | dt | start date | vertragsbeginn
    """,
    "sequence": """
        order number | order no | order nr | basket | order | transaction | invoice number | bestellnummer |
        order id | visit | basket id | step | position
    """,
    "quantity": """
        number | count | pieces sold | items | volume | no | num | cds | zahl | einheiten |
        quantities | amount | ordered | shipped | delivered | bestellt | geliefert
    """,
    "unit_price": """
        cost | rate | tarif | praemie
    """,
    "line_total": """
        amount | total | value | wert | sum | paid | cost | price paid | netto | brutto | net | gross
    """,
    "discount": """
        coupon | reduction | gutschein | off
    """,
    "channel": """
        source | store | shop | filiale | markt | platform | plattform | quelle | herkunft | store id |
        filial nr | medium
    """,
    "country": """
        region | market | nation | state | staat
    """,
    "status": """
        state | type | zustand | flag | art | kennzeichen
    """,
    "is_active": """
        status | state | visible | sichtbar | online
    """,
}
#: Headers that hold a meaning's word but never mean it.
_ELSE = word_set(
    """
    shipping versand delivery lieferung tax vat mwst ust steuer note notes comment kommentar phone telefon
    address adresse zip plz postal city ort stadt street strasse first last vorname nachname birth geburt
    due faellig updated modified geaendert fee method methode coupon lager stock warehouse weight gewicht
    tags url image bild gender age alter group gruppe segment since seit tier rating
    """
)
_UNITS = re.compile(r"[(\[{][^)\]}]*[)\]}]|\b(?:in )?(?:eur|euro|usd|gbp|chf|stk)\b|[€£$]", re.IGNORECASE)
#: What a header says of tax beside what it means: ``Unit price excl. tax``, ``Preis inkl. MwSt.``.
_TAXED = re.compile(
    r"\b(?:(?:incl?|including|inclusive|excl?|excluding|exclusive|inkl|inklusive|exkl|exklusive|zzgl|ohne|mit|with|without"
    r"|before|after)\b[\s.]*(?:of )?(?:sales )?(?:tax(?:es)?|vat|gst|mwst|ust|steuer)\b\.?"
    r"|(?:tax|vat|mwst) (?:incl?|included|excl?|excluded)\b\.?|\bTTC\b|\bHT\b)",
    re.IGNORECASE,
)
_UNTAXED = re.compile(r"\b(?:excl?|exkl|zzgl|ohne|without|before|ht)", re.IGNORECASE)
_FOLDS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "#": " nr ", "№": " nr "}
)


def words(header: str) -> str:
    """A header as lower-case words: umlauts folded, punctuation and camelCase split."""
    text = unicodedata.normalize("NFC", header).translate(_FOLDS)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)", " ", text)
    return " ".join(re.findall(r"[a-z]+|\d+|%", text.lower()))


def key(header: str) -> str:
    """A header as one word, to be compared: ``Art.-Nr.`` and ``artNr`` are both ``artnr``."""
    return words(header).replace(" ", "")


def _ranked(names: str) -> dict[str, float]:
    """Each word's weight: the earlier words of a list are the surer ones."""
    keys = list(dict.fromkeys(key(name) for name in names.split("|")))
    return {word: 1.0 - 0.1 * place / len(keys) for place, word in enumerate(keys)}


_PLAIN_KEYS = {meaning: _ranked(names) for meaning, names in _PLAIN.items()}
_LOOSE_KEYS = {meaning: _ranked(names) for meaning, names in _LOOSE.items()}


#: Columns that hold one property of a product each: ``attribute:color``, ``attr_fits``, ``Merkmal: Farbe``.
_ATTRIBUTE = re.compile(
    r"\s*(?:attributes?|attr|attribut|merkmal|eigenschaft|property)\s*[:_./]\s*(?P<name>\S.*?)\s*",
    re.IGNORECASE,
)


def attribute_of(header: str) -> str | None:
    """The property that a column of this name holds, such as ``color`` for ``attribute:color``."""
    found = _ATTRIBUTE.fullmatch(header)
    return found["name"].lower() if found and key(header) not in _PLAIN_KEYS["attributes"] else None


def is_loose(header: str, meaning: str) -> bool:
    """Whether a header is one of the words that may mean many things, such as ``Nr``."""
    return key(header) in _LOOSE_KEYS.get(meaning, {})


def name_scores(header: str) -> dict[str, float]:
    """How well a header fits each meaning, from 0 to 1; meanings that it does not fit are left out."""
    if attribute_of(header):
        return {"attributes": 1.0}
    scores = _exact(key(header), 1.0)
    bare = _UNITS.sub(" ", header)
    if bare != header:
        scores = _best(scores, _exact(key(bare), 0.9))
    taxed = _TAXED.search(header.replace("_", " "))
    if taxed and not scores:
        bare = _TAXED.sub(" ", header.replace("_", " "))
        # Of a price with and one without tax, people pay the former.
        scores = _exact(key(bare), 0.85 if _UNTAXED.search(taxed[0]) else 0.9)
    return scores or _contained(words(bare).split())


def _exact(wanted: str, weight: float) -> dict[str, float]:
    loose = {meaning: 0.5 * weight * keys[wanted] for meaning, keys in _LOOSE_KEYS.items() if wanted in keys}
    return loose | {meaning: weight * keys[wanted] for meaning, keys in _PLAIN_KEYS.items() if wanted in keys}


def _contained(parts: list[str]) -> dict[str, float]:
    """Meanings whose plain word stands within a longer header, such as 'Menge bestellt'."""
    if len(parts) < 2 or _ELSE & set(parts):
        return {}
    scores: dict[str, float] = {}
    for length in range(len(parts) - 1, 0, -1):
        for start in range(len(parts) - length + 1):
            piece = "".join(parts[start : start + length])
            if len(piece) >= 4:
                weight = 0.35 + 0.3 * length / len(parts)
                found = {meaning: weight for meaning, keys in _PLAIN_KEYS.items() if piece in keys}
                scores = _best(scores, found)
    return scores


def _best(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    return {meaning: max(one.get(meaning, 0.0), other.get(meaning, 0.0)) for meaning in one | other}
