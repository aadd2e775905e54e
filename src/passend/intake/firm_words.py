"""What the columns of a firm's further tables are called: customers, contracts, events, contacts, consents, costs.

Headers are compared as in ``synonyms``: without case, spaces and punctuation, umlauts folded. The earlier words of
a list are the surer ones. The meanings are the columns of the contracts.
"""

from passend.intake.synonyms import key
from passend.tables.firm import FIRM_TABLES

_CUSTOMER = """
    customer id | customer no | customer nr | customer number | customer | customer code | customer key |
    cust id | client id | client no | client number | client | user id | user | member id | member no |
    account id | visitor id | person id | kundennummer | kunden nr | kunden id | kunde | kundennr | kd nr
    | kunden no | debitor | debitorennummer | mitgliedsnummer | mitglied | versicherungsnehmer | user
    pseudo id | client key | contact email | household id | household key | household |
    haushalt
"""
_PRODUCT = """
    product id | product no | product number | product code | product | sku | item id | item no | item
    number | item code | item | article id | article number | article no | article | ean | artikelnummer |
    artikel nr | artikel id | artikel | art nr | produkt id | produktnummer | produkt | tarif | tariff |
    plan | product sku | items item id | variant id
"""
_CURRENCY = "currency | currency code | waehrung | waehrungscode"
_CHANNEL = """
    channel | contact channel | kanal | kontaktkanal | medium | kommunikationskanal | platform | plattform
    | device | source
"""

_WORDS: dict[str, dict[str, str]] = {
    "customers": {
        "customer_id": _CUSTOMER,
        "since": """
            customer since | since | registered at | registered | registration date | signup date |
            created at | joined | date joined | first seen | kunde seit | kundeseit | anmeldedatum |
            registriert am | angelegt am | erstellt am | mitglied seit
        """,
        "name": """
            customer name | name | full name | first name | last name | company | company name |
            kundenname | vorname | nachname | firma | firmenname | display name
        """,
        "email": "email | e mail | email address | e mail adresse | mail | customer email",
        "phone": """
            phone | phone number | telephone | mobile | telefon | telefonnummer | handy | mobil |
            rufnummer
        """,
        "region": """
            region | country | country code | state | province | district | land | bundesland |
            laendercode | ort | city | stadt
        """,
        "birth_year": """
            birth year | year of birth | birthdate | birth date | birthday | date of birth | dob |
            geburtsjahr | geburtsdatum | geburtstag | jahrgang
        """,
        "segment": """
            segment | customer segment | customer group | customer type | kundengruppe | kundensegment |
            kundentyp
        """,
        "language": "language | locale | lang | sprache",
    },
    "contracts": {
        "contract_id": """
            contract id | contract no | contract number | contract | policy no | policy id | policy number
            | subscription id | subscription | vertragsnummer | vertrag | vertrags id | vertrag nr |
            vertrags nr | policennummer | police | versicherungsschein nr | abo nr | abonummer | abo id
        """,
        "customer_id": _CUSTOMER,
        "product_id": _PRODUCT,
        "started_at": """
            started at | start date | start | begin | begins at | begin date | valid from | contract start
            | inception date | vertragsbeginn | beginn | gueltig ab | von | laufzeit beginn | startdatum |
            abschlussdatum
        """,
        "ends_at": """
            ends at | end date | end | valid until | valid to | expires at | expiry date | contract end |
            term end | vertragsende | ende | gueltig bis | bis | laufzeit ende | ablauf | enddatum
        """,
        "cancelled_at": """
            cancelled at | canceled at | cancellation date | terminated at | churn date | churned at |
            kuendigung zum | gekuendigt zum | gekuendigt am | kuendigungsdatum | storniert am
        """,
        "period_days": """
            period days | period | billing period | interval | zahlweise | zahlungsweise |
            abrechnungszeitraum
        """,
        "fee_cents": """
            fee cents | fee | premium | monthly fee | price | amount | gebuehr | beitrag | praemie |
            monatsbeitrag | preis | rate | mrr
        """,
        "currency": _CURRENCY,
    },
    "events": {
        "event_id": "event id | event no | hit id | message id | ereignis id | ereignisnummer | insert id",
        "customer_id": _CUSTOMER,
        "visit_id": """
            visit id | session id | session | user session | ga session id | visit | anonymous id | besuch
            | besuch id | sitzung | sitzungs id
        """,
        "happened_at": """
            happened at | event time | event timestamp | timestamp | time stamp | occurred at | sent at |
            received at | original timestamp | time | date | datetime | created at | zeitpunkt |
            zeitstempel | datum | zeit | event date
        """,
        "kind": """
            kind | event name | event type | event | event action | action | activity | ereignis |
            ereignisart | aktion | aktivitaet | type | art | typ
        """,
        "product_id": _PRODUCT,
        "category": """
            category | category id | category code | item category | product category | kategorie |
            warengruppe | category path
        """,
        "words": """
            words | search term | search query | query | search | term | keywords | suchbegriff | suchwort
            | suchanfrage | text | comment | kommentar
        """,
        "channel": _CHANNEL,
    },
    "contacts": {
        "contact_id": """
            contact id | contact no | touch id | message id | send id | interaction id | ticket id | case
            id | kontakt id | kontaktnummer | kontakt nr | vorgangsnummer
        """,
        "customer_id": _CUSTOMER,
        "happened_at": """
            happened at | sent at | contact date | contacted at | contact time | timestamp | date | time |
            created at | call date | versendet am | kontaktdatum | kontaktiert am | zeitpunkt | datum
        """,
        "direction": "direction | inbound outbound | in out | richtung | kontaktrichtung",
        "channel": _CHANNEL,
        "purpose": """
            purpose | contact reason | reason | topic | contact type | zweck | anlass | kontaktgrund |
            grund | thema
        """,
        "product_id": f"""
            offered product | offered product id | products | produkte | angebotenes produkt |
            angebotener artikel | {_PRODUCT}
        """,
        "campaign": """
            campaign | campaign id | campaign name | kampagne | aktion | kampagnenname | utm campaign
        """,
        "variant": "variant | version | test group | creative | variante | testgruppe",
        "discount_share": """
            discount share | discount | discount percent | rabatt | rabatt prozent | nachlass
        """,
        "probability": "probability | propensity | probability of choice | wahrscheinlichkeit",
        "outcome": """
            outcome | response | result | reaction | status | disposition | ergebnis | reaktion | antwort
            | rueckmeldung
        """,
        "satisfaction": "satisfaction | nps | csat | score | rating | zufriedenheit | bewertung",
        "minutes": """
            minutes | duration minutes | handling time | talk time | minuten | dauer | dauer minuten
        """,
        "cost_cents": "cost cents | cost | costs | contact cost | kosten | kontaktkosten",
        "currency": _CURRENCY,
    },
    "consents": {
        "customer_id": f"{_CUSTOMER} | email | e mail | e mail adresse",
        "channel": _CHANNEL,
        "said_at": """
            said at | consent date | consented at | consent time | opt in date | opt in at | opted in at |
            timestamp | date | updated at | created at | einwilligung am | einwilligungsdatum |
            eingewilligt am | datum | zeitpunkt | erteilt am
        """,
        "is_given": """
            is given | consent | consented | consent given | opt in | opted in | optin | email opt in |
            newsletter | newsletter opt in | subscribed | consent status | einwilligung | einwilligung
            erteilt | zustimmung | erlaubnis | werbeeinwilligung | status
        """,
        "basis": """
            basis | legal basis | consent type | opt in level | rechtsgrundlage | grundlage | art der
            einwilligung
        """,
        "evidence": """
            evidence | consent source | source | proof | form | nachweis | quelle | beleg | formular
        """,
    },
    "costs": {
        "kind": "kind | cost kind | cost type | type | kostenart | art",
        "name": "name | channel | item | kanal | bezeichnung",
        "amount_cents": """
            amount cents | amount | cost | unit cost | cost per unit | kosten | betrag | kosten je stueck
        """,
        "currency": _CURRENCY,
        "source": "source | evidence | quelle | herkunft | note",
    },
}

#: table -> meaning -> header as one word -> how sure, 0 to 1.
FIRM_WORDS: dict[str, dict[str, dict[str, float]]] = {
    table: {
        meaning: {
            word: 1.0 - 0.3 * place / max(1, len(names)) for place, word in reversed(list(enumerate(names)))
        }
        for meaning, text in meanings.items()
        for names in [[key(name) for name in text.split("|")]]
    }
    for table, meanings in _WORDS.items()
}

#: table -> meaning -> what it stands for.
FIRM_MEANINGS: dict[str, dict[str, str]] = {
    table.name: {column.name: column.meaning for column in table.columns} for table in FIRM_TABLES
}
