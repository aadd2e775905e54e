"""Every parameter of a scenario: name, default, range, meaning. The page on scenarios is tested against this table."""

from dataclasses import dataclass

Value = int | float | str | bool


@dataclass(frozen=True)
class Parameter:
    """One thing that a scenario file may set, as ``section: {name: value}``."""

    name: str
    default: Value
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """The values it may take, in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        words = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
        word = words[type(self.default)]
        if self.low is None or self.high is None:
            return word
        return f"{word} from {self.low:g} to {self.high:g}"


P = Parameter
PARAMETERS: tuple[Parameter, ...] = (
    P("market.name", "a market", "What the market is called."),
    P("market.about", "", "One sentence on it."),
    P("market.currency", "EUR", "Currency of all amounts."),
    P(
        "market.language",
        "en",
        "Language of the names in its files: goods, categories, regions, heads of columns.",
        choices=("en", "de"),
    ),
    P("market.begins", "2024-06-03", "First day of the history, a Monday as YYYY-MM-DD."),
    P("market.history_weeks", 78, "Weeks that have passed before anybody plays.", 1, 520),
    P("market.horizon_weeks", 26, "Weeks after an offer over which its effect on profit counts.", 1, 104),
    P("customers.number", 3000, "Customers.", 1, 2_000_000),
    P("customers.needs", 24, "Most families that one customer ever needs.", 2, 64),
    P("customers.purchases", 0.1, "Mean purchases a customer and week, at the firm.", 0.0001, 5.0),
    P("customers.spread", 0.5, "Shape of the Gamma spread of activity: small is unequal.", 0.1, 100.0),
    P("customers.taste_spread", 0.9, "Spread (log) of tastes around a family's popularity.", 0.0, 3.0),
    P(
        "customers.loyalty",
        0.5,
        "Mean share of needs that are bought at the firm without an offer.",
        0.05,
        1.0,
    ),
    P("customers.loyalty_weight", 4.0, "Weight of the Beta spread of loyalty: large is alike.", 0.5, 1e6),
    P("customers.extra_items", 0.5, "Mean further items on a visit; heavy baskets mislead lift.", 0.0, 10.0),
    P("customers.price_spread", 0.5, "Spread (log) of price sensitivity.", 0.0, 2.0),
    P("customers.persuadable_spread", 0.8, "Spread of openness to offers, as log odds.", 0.0, 3.0),
    P("customers.sleeping_dogs", 0.1, "Share whom contacts annoy five times as much.", 0.0, 1.0),
    P("customers.email_consent", 0.65, "Share who may be written to.", 0.0, 1.0),
    P("customers.phone_consent", 0.25, "Share who may be called.", 0.0, 1.0),
    P("customers.arriving", 0.5, "Share who become customers during the history.", 0.0, 1.0),
    P("customers.leaving", 0.002, "Chance a week of leaving for good, without any contact.", 0.0, 0.5),
    P("customers.life_events", 0.004, "Chance a week of a life event that shifts needs.", 0.0, 0.5),
    P("customers.life_boost", 3.0, "What it multiplies the needs of one category by.", 0.0, 20.0),
    P("customers.life_weeks", 26, "How long it lasts.", 1, 520),
    P("customers.guests", 0.05, "Share of orders without a customer number in the tables.", 0.0, 0.9),
    P("kinds.demanders", 0.1, "Share of service demanders.", 0.0, 1.0),
    P("kinds.demander_minutes", 60.0, "Their service minutes an item bought.", 0.0, 1000.0),
    P("kinds.other_minutes", 0.5, "Everybody else's service minutes an item bought.", 0.0, 1000.0),
    P("kinds.reversers", 0.1, "Share of revenue reversers.", 0.0, 1.0),
    P("kinds.reverser_returns", 0.75, "Share of items that they send back.", 0.0, 1.0),
    P("kinds.maximisers", 0.05, "Share of promotion maximisers.", 0.0, 1.0),
    P("kinds.maximiser_wait", 0.85, "Share of their needs that waits for a promotion.", 0.0, 1.0),
    P("kinds.limiters", 0.05, "Share of spending limiters.", 0.0, 1.0),
    P("kinds.limiter_moved", 0.95, "Share of an accepted offer that they save elsewhere.", 0.0, 1.0),
    P("kinds.other_moved", 0.15, "Share that everybody else saves elsewhere (wallet cap).", 0.0, 1.0),
    P("products.families", 30, "Families of products that meet one need, where none are listed.", 1, 20_000),
    P("products.variants", 3, "Variants of a family, where it does not say.", 1, 200),
    P("products.categories", 6, "Categories, where none are listed.", 1, 5000),
    P("products.price", 4000.0, "Median price in minor units.", 1.0, 1e9),
    P("products.price_spread", 0.8, "Spread (log) of prices.", 0.0, 3.0),
    P("products.margin", 0.4, "Share of the price that is margin.", -1.0, 0.95),
    P("products.tail", 0.8, "Exponent of the popularity tail (Zipf): 0 is flat.", 0.0, 3.0),
    P("products.lifetime_weeks", 60.0, "Median weeks until a need returns after a purchase.", 0.5, 2000.0),
    P("products.returns", 0.06, "Share of items sent back.", 0.0, 1.0),
    P("products.relations", 2.0, "Mean true relations of a family, where none are listed.", 0.0, 6.0),
    P("products.boost", 4.0, "How strongly a purchase raises a related need.", 0.0, 50.0),
    P("products.lag_weeks", 6.0, "Mean weeks until it is highest.", 0.5, 200.0),
    P("products.attach", 0.2, "Chance that a complement comes along at once.", 0.0, 1.0),
    P("products.seasonal", 0.3, "Share of families with a season.", 0.0, 1.0),
    P("products.promotions", 0.06, "Share of weeks with a family on promotion.", 0.0, 1.0),
    P("products.promotion_depth", 0.2, "Its reduction.", 0.0, 0.9),
    P("products.promotion_lift", 1.6, "What it multiplies purchases by.", 0.0, 20.0),
    P("products.outages", 0.02, "Share of weeks in which a family is out of stock.", 0.0, 1.0),
    P("products.trend", 0.1, "Growth of demand a year.", -0.9, 5.0),
    P("response.form", "logistic", "How acceptance depends on need.", choices=("logistic", "hump", "none")),
    P("response.base", 0.04, "Acceptance of a fully reached customer with an average need.", 0.0, 0.95),
    P("response.need", 0.9, "How much log need moves it (log odds).", 0.0, 5.0),
    P("response.discount", 4.0, "How much a discount moves it (log odds a full share).", 0.0, 50.0),
    P("response.price", 0.6, "How much a dearer variant than wanted lowers it (log odds).", 0.0, 10.0),
    P(
        "response.expense",
        0.6,
        "How much a dear product lowers it (log odds a log price above the usual).",
        0.0,
        5.0,
    ),
    P("response.unneeded", 0.05, "Acceptance of what is not needed at all, relative to base.", 0.0, 1.0),
    P("response.personal", 1.0, "Weight of everything personal in acceptance; 0: all react alike.", 0.0, 1.0),
    P("response.moves_needs", True, "Whether an accepted product meets the need and raises others."),
    P("email.cost", 5.0, "Cost of a contact in minor units.", 0.0, 1e7),
    P("email.reach", 0.45, "Chance of being noticed.", 0.0, 1.0),
    P("email.irritation", 0.25, "Annoyance of a contact.", 0.0, 10.0),
    P("email.share", 0.25, "Limit: customers contacted a week.", 0.0, 1.0),
    P("onsite.cost", 0.0, "Cost of a contact in minor units.", 0.0, 1e7),
    P("onsite.reach", 0.25, "Chance of being noticed.", 0.0, 1.0),
    P("onsite.irritation", 0.03, "Annoyance of a contact.", 0.0, 10.0),
    P("onsite.share", 0.1, "Limit: customers contacted a week.", 0.0, 1.0),
    P("desk.cost", 150.0, "Cost of a contact in minor units.", 0.0, 1e7),
    P("desk.reach", 0.9, "Chance of being noticed.", 0.0, 1.0),
    P("desk.irritation", 0.2, "Annoyance of a contact.", 0.0, 10.0),
    P("desk.share", 0.0, "Limit: customers contacted a week.", 0.0, 1.0),
    P("phone.cost", 400.0, "Cost of a contact in minor units.", 0.0, 1e7),
    P("phone.reach", 0.8, "Chance of being noticed.", 0.0, 1.0),
    P("phone.irritation", 0.6, "Annoyance of a contact.", 0.0, 10.0),
    P("phone.share", 0.01, "Limit: customers contacted a week.", 0.0, 1.0),
    P("limits.gap_weeks", 3, "Least weeks between two contacts of a customer.", 1, 104),
    P("limits.discount", 0.1, "Largest reduction that an offer may carry.", 0.0, 0.9),
    P("limits.budget", 1e9, "Most contact cost a week in minor units.", 0.0, 1e12),
    P("annoyance.fades", 0.15, "Share of annoyance that fades a week.", 0.0, 1.0),
    P("annoyance.suppresses", 0.05, "How much annoyance lowers purchases and attention (log).", 0.0, 5.0),
    P(
        "annoyance.leaves",
        0.0005,
        "Chance a week of leaving at annoyance 1; grows with its square.",
        0.0,
        1.0,
    ),
    P("annoyance.unsubscribes", 0.005, "Chance of unsubscribing at a contact at annoyance 1.", 0.0, 1.0),
    P("annoyance.spread", 0.5, "Spread (log) of patience.", 0.0, 3.0),
    P("costs.line", 60.0, "Cost of handling an item in minor units.", 0.0, 1e7),
    P("costs.return", 450.0, "Cost of handling a returned item in minor units.", 0.0, 1e7),
    P("costs.return_loss", 0.2, "Share of the unit cost lost when an item comes back.", 0.0, 1.0),
    P("costs.minute", 60.0, "Cost of a service minute in minor units.", 0.0, 1e6),
    P("history.campaign_every", 4, "Weeks between past campaigns.", 1, 104),
    P("history.campaign_share", 0.25, "Share of customers contacted: the best ones (confounded).", 0.0, 1.0),
    P("history.random_share", 0.1, "Share of customers in the randomised slice of a campaign.", 0.0, 1.0),
    P("history.held_out", 0.3, "Share of the randomised slice that is not contacted.", 0.0, 1.0),
    P("history.discount", 0.05, "Reduction in past campaigns.", 0.0, 0.9),
    P("traces.browsing", 1.0, "Visits without purchase for each expected one.", 0.0, 20.0),
    P("traces.recorded", 0.5, "Share of visits that leave traces.", 0.0, 1.0),
    P("dirt.repeated", 0.001, "Share of lines exported twice.", 0.0, 0.5),
    P("dirt.postage", 0.1, "Share of orders with a postage line.", 0.0, 1.0),
    P("dirt.gifts", 0.005, "Share of orders with a gift line.", 0.0, 1.0),
    P("dirt.test_rows", 0.0005, "Share of rows that cannot be used.", 0.0, 0.5),
)
#: What a listed family may say; the default is drawn from the section ``products`` where it says nothing.
FAMILY: tuple[Parameter, ...] = (
    P("name", "", "What the family is called; needed."),
    P("category", "General", "Category, levels divided by ' > '."),
    P("price", 4000.0, "Middle price in minor units.", 1.0, 1e9),
    P("margin", 0.4, "Share of the price that is margin.", -1.0, 0.95),
    P("popularity", 1.0, "How often it is needed, relative to others.", 0.0, 1e6),
    P("lifetime_weeks", 60.0, "Weeks until the need returns after a purchase.", 0.5, 2000.0),
    P("returns", 0.06, "Share of items sent back.", 0.0, 1.0),
    P("variants", 3, "Variants.", 1, 200),
    P("kind", "good", "What it is.", choices=("good", "service", "contract")),
    P("peak_week", 0, "Week of the year with the most demand; 0: no season.", 0, 52),
)
RELATION: tuple[Parameter, ...] = (
    P("from", "", "Name of a family; needed."),
    P("to", "", "Name of a family; needed."),
    P(
        "type",
        "complement",
        "What it is.",
        choices=("complement", "next", "substitute", "upgrade", "service"),
    ),
    P("boost", 4.0, "How strongly a purchase raises the other need; a substitute lowers it.", 0.0, 50.0),
    P("lag_weeks", 6.0, "Weeks until it is highest.", 0.5, 200.0),
    P("attach", 0.2, "Chance that it comes along at once.", 0.0, 1.0),
)
BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}
CHANNELS = ("email", "onsite", "desk", "phone")
