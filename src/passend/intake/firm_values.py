"""The words that firms and their tools write for kinds, channels and outcomes, and what each means here.

Event names are those of Google Analytics 4 ("Recommended events", e-commerce), Segment ("Spec: Ecommerce Events") and
of common shops, in English and German.
"""

from passend.intake.synonyms import key


def _by_word(lists: dict[str, str]) -> dict[str, str]:
    return {key(word): meaning for meaning, words in lists.items() for word in words.split("|")}


EVENT_KINDS = _by_word(
    {
        "view": """
            view | view item | product viewed | view product | product view | viewed product | detail |
            item view | select item | product clicked | click | add to wishlist | product added to
            wishlist | wishlist | quick view | page view product | ansicht | produktansicht | angesehen |
            aufruf | merkliste | view content | viewcontent
        """,
        "search": """
            search | view search results | products searched | searched | site search | suche | gesucht |
            suchanfrage
        """,
        "cart": """
            cart | add to cart | addtocart | product added | added to cart | basket | add to basket | cart
            add | in den warenkorb | warenkorb | begin checkout | checkout started | checkout
        """,
        "abandon": """
            abandon | cart abandoned | abandoned cart | abandoned | checkout abandoned | abandoned
            checkout | warenkorbabbruch | kaufabbruch | abgebrochen | abbruch | liegen gelassen
        """,
        "post": """
            post | product reviewed | review | comment | product shared | share | beitrag | bewertung |
            rezension | geteilt
        """,
        "referral": "referral | refer | invite | recommend | empfehlung | weiterempfehlung | einladung",
    }
)
_PURCHASE = "a purchase: read the file --as orders, too, unless your orders hold it"
#: Events that are known and say nothing here, with the reason that their rows are set aside for.
EVENTS_ASIDE = _by_word(
    {
        _PURCHASE: """
            purchase | order completed | transaction | buy | order | bought | order placed | kauf |
            gekauft | bestellung | checkout completed
        """,
        "an impression in a list: nobody chose the product": """
            view item list | product list viewed | impression | view promotion | promotion viewed | select
            promotion | promotion clicked | product list filtered
        """,
        "taken out of the cart again": """
            remove from cart | product removed | removefromcart | remove | entfernt
        """,
        "an event that names no product, search or cart": """
            page view | session start | first visit | user engagement | scroll | view cart | cart viewed |
            add shipping info | add payment info | payment info entered | checkout step viewed | checkout
            step completed | login | sign up | generate lead | refund | order refunded | order updated |
            order cancelled | coupon entered | coupon applied | coupon denied | coupon removed
        """,
    }
)
#: Headers of a column that tells what happened, in a log that holds purchases among other events.
EVENT_HEADERS = frozenset({"event", "eventtype", "eventname", "ereignis"})


def is_no_purchase(event: str) -> bool:
    """Whether a word of an event log is known and means something else than a purchase."""
    word = key(event)
    return word in EVENT_KINDS or EVENTS_ASIDE.get(word, _PURCHASE) != _PURCHASE


CHANNELS = _by_word(
    {
        "email": "email | e mail | mail | newsletter | mailing",
        "onsite": "onsite | on site | web | website | shop | app | online | webshop | banner | popup",
        "desk": """
            desk | store | branch | counter | in person | filiale | laden | theke | schalter | vor ort |
            personal
        """,
        "phone": """
            phone | call | telephone | telefon | anruf | call center | callcenter | sms | text message |
            whatsapp
        """,
        "webhook": "webhook | api | push | push notification",
        "audience": """
            audience | ads | advertising | facebook | google ads | social | anzeige | werbung | post |
            letter | brief | print | flyer | leaflet | catalogue | catalog | brochure | magazine | direct mail |
            postcard | postal | mailer | circular | coupon | voucher | insert | prospekt | katalog | postkarte |
            beilage | handzettel | gutschein | coupon heft | couponheft | kundenzeitschrift
        """,
    }
)
DIRECTIONS = _by_word(
    {
        "out": "out | outbound | outgoing | sent | ausgehend | aus | raus | von uns",
        "in": "in | inbound | incoming | received | eingehend | ein | vom kunden",
    }
)
PURPOSES = _by_word(
    {
        "offer": """
            offer | offers | cross sell | cross selling | upsell | up sell | sales | promotion | angebot |
            werbung | verkauf
        """,
        "news": "news | newsletter | information | info | neuigkeiten",
        "service": "service | support | question | help | anfrage | frage | beratung | kundendienst",
        "complaint": "complaint | claim | reclamation | beschwerde | reklamation",
        "survey": "survey | poll | feedback | umfrage | befragung",
    }
)
OUTCOMES = _by_word(
    {
        "none": """
            none | sent | delivered | no answer | no response | keine | keine antwort | nicht erreicht |
            zugestellt
        """,
        "open": "open | opened | geoeffnet",
        "click": "click | clicked | geklickt | klick",
        "accept": """
            accept | accepted | bought | converted | conversion | sold | yes | purchased | redeemed |
            redemption | coupon redeemed | angenommen | gekauft | abgeschlossen | ja | zusage | eingeloest
        """,
        "decline": """
            decline | declined | rejected | no | not interested | abgelehnt | nein | kein interesse |
            absage
        """,
        "unsubscribe": "unsubscribe | unsubscribed | opt out | abgemeldet | abmeldung",
        "complaint": "complaint | complained | spam | beschwerde",
        "resolved": "resolved | solved | closed | geloest | erledigt",
        "held-out": """
            held out | holdout | hold out | control | control group | kontrollgruppe | nicht kontaktiert
        """,
    }
)
COST_KINDS = _by_word(
    {
        "contact": "contact | message | kontakt | nachricht | versand je mail",
        "service": "service | support | kundendienst | servicekontakt",
        "return": "return | returns | retoure | ruecksendung",
        "order": "order | fulfilment | fulfillment | shipping | bestellung | auftrag | versand",
    }
)
GIVEN = _by_word(
    {
        "yes": """
            true | yes | y | 1 | given | granted | opted in | opt in | subscribed | confirmed | double opt
            in | active | ja | j | wahr | erteilt | zugestimmt | eingewilligt | angemeldet | x
        """,
        "no": """
            false | no | n | 0 | refused | withdrawn | revoked | opted out | opt out | unsubscribed |
            denied | inactive | nein | falsch | widerrufen | abgelehnt | abgemeldet | entzogen | objection
            | widerspruch
        """,
    }
)
PERIOD_DAYS = {
    key(word): days
    for days, words in {
        1: "daily | day | taeglich | tag",
        7: "weekly | week | woechentlich | woche",
        30: "monthly | month | monatlich | monat",
        91: "quarterly | quarter | vierteljaehrlich | quartal | quartalsweise",
        182: "half yearly | half year | semiannual | halbjaehrlich | halbjahr",
        365: "yearly | annual | annually | year | jaehrlich | jahr",
    }.items()
    for word in words.split("|")
}
