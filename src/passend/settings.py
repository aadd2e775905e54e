"""Every setting of passend in one table: name, type, default, range and what it does.

A value comes from, in this order: ``--set name=value``, the environment (``PASSEND_NAME``, dots as
underscores), ``settings.toml`` in the workspace, the default below. The reference page in the docs is
generated from this table.
"""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from passend.errors import InvalidSetting

type_names = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
Value = int | float | str | bool
_STARS = "***"
#: What stands between the name and the server in postgresql://name:password@server.
_PASSWORD = re.compile(r"(://[^/@:\s]*:)[^@\s]*@")


@dataclass(frozen=True)
class Setting:
    """One thing a user can set."""

    name: str
    default: Value
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    secret: bool = False

    @property
    def kind(self) -> type:
        """The Python type of the value."""
        return type(self.default)

    def shown(self, value: Value) -> Value:
        """The value as screens and logs may show it: a secret, or a password within an address, as stars."""
        if self.secret and value:
            return _STARS
        return _PASSWORD.sub(rf"\1{_STARS}@", value) if isinstance(value, str) else value


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "language",
        "auto",
        "Language of reports, exports and the command line, with its numbers, money and dates; "
        "auto takes the computer's.",
        choices=("auto", "de", "en"),
    ),
    Setting("engine.name", "duckdb", "Where the tables are computed.", choices=("duckdb", "spark")),
    Setting(
        "engine.memory_mb",
        0,
        "Memory in MB that the engine may use before it spills to disk; 0 takes 1,000 MB on DuckDB, 2,000 on Spark.",
        0,
        1e7,
    ),
    Setting("engine.threads", 0, "Threads that DuckDB may use; 0 takes all cores.", 0, 1024),
    Setting("engine.spark_url", "local[*]", "Spark master: local[*] or spark://host:port."),
    Setting(
        "store.url",
        "",
        "Database that keeps campaigns, e.g. postgresql://user@host/passend; empty takes a file in the workspace.",
    ),
    Setting(
        "email.host", "", "Mail server that messages go through, e.g. smtp.example.com; empty sends none."
    ),
    Setting("webhook.url", "", "Address that webhooks of campaigns go to, where their step names none."),
    Setting(
        "webhook.secret",
        "",
        "Secret that webhooks are signed with, whsec_...; empty sends none. Better kept as PASSEND_WEBHOOK_SECRET.",
        secret=True,
    ),
    Setting(
        "webhook.allowed",
        "",
        "Addresses inside the firm that webhooks and text messages may go to all the same, with blanks between them.",
    ),
    Setting(
        "sms.url",
        "",
        "Address at which the provider of text messages (SMS) takes them, with https; empty sends none.",
    ),
    Setting(
        "sms.fields",
        '{"to": "{to}", "text": "{text}", "reference": "{key}"}',
        "What the provider is told, as JSON: {to} is the number, {text} the message, {key} names it once and for all.",
    ),
    Setting(
        "sms.form", "json", "How these fields are sent: as JSON, or as a web form.", choices=("json", "form")
    ),
    Setting(
        "sms.authorization",
        "",
        "Value of the header Authorization, e.g. Bearer ..., or Basic ...; better kept as PASSEND_SMS_AUTHORIZATION.",
        secret=True,
    ),
    Setting(
        "sms.drops_doubles",
        False,
        "Whether the provider drops a second message with the same {key}; then one whose answer is lost is sent again.",
    ),
    Setting("sms.country", "49", "Country code of phone numbers that name none."),
    Setting(
        "audience.form",
        "customer-match",
        "For whom the files of audiences are: customer-match (hashed), salesforce or hubspot.",
        choices=("customer-match", "salesforce", "hubspot"),
    ),
    Setting("brand.name", "", "Name of the firm in messages; empty takes email.sender_name."),
    Setting("brand.colour", "#1f5c4a", "Colour of buttons in messages, such as #1f5c4a."),
    Setting("brand.logo", "", "Address of the firm's logo for messages; empty shows the name in letters."),
    Setting("brand.logo_alt", "", "What the logo shows, for those who do not see it; empty takes the name."),
    Setting(
        "brand.address",
        "",
        "The firm's address for the foot of messages, lines parted by |, e.g. Radhaus GmbH | Ring 1 | 50667 Cologne.",
    ),
    Setting(
        "brand.imprint", "", "Address of the page that tells all about the firm, for the foot of messages."
    ),
    Setting(
        "notify.email",
        "",
        "Who of the firm is told when a campaign stops or a verdict changes: mail addresses with blanks between.",
    ),
    Setting(
        "notify.webhook",
        "",
        "Address of an incoming webhook, such as Slack's or Teams', that is told the same; empty tells none.",
        secret=True,
    ),
    Setting("notify.stops", True, "Whether people are told that a campaign has stopped."),
    Setting("notify.verdicts", True, "Whether people are told that the verdict on a campaign has changed."),
    Setting(
        "consent.topics",
        "",
        "What customers may choose among on the preference page, with commas between, e.g. offers, news.",
    ),
    Setting("consent.text", "", "Text that people agree to when they sign up; empty takes the usual one."),
    Setting(
        "consent.keep_address",
        False,
        "Whether the network address of who confirms or leaves is kept as evidence.",
    ),
    Setting(
        "desk.reasons",
        "no need, too expensive, has it already, bad moment",
        "Reasons among which staff choose when a customer declines, with commas between.",
    ),
    Setting("email.port", 587, "Port of the mail server.", 1, 65535),
    Setting(
        "email.security", "starttls", "How the line to it is secured.", choices=("starttls", "tls", "none")
    ),
    Setting("email.username", "", "Login at the mail server; empty for none."),
    Setting(
        "email.password",
        "",
        "Password there; better kept in the environment, as PASSEND_EMAIL_PASSWORD.",
        secret=True,
    ),
    Setting("email.sender", "", "Address that messages come from, e.g. shop@example.com."),
    Setting("email.sender_name", "", "Name that messages come from, e.g. Radhaus Huber."),
    Setting("email.bounces", "", "Address that bounces go to; empty takes the sender's."),
    Setting(
        "email.mailbox",
        "",
        "Where bounces, complaints and mails to unsubscribe are read: imaps://user@host/INBOX, or the folder of a "
        "Maildir; empty reads none.",
    ),
    Setting(
        "email.mailbox_password",
        "",
        "Password there; better kept in the environment, as PASSEND_EMAIL_MAILBOX_PASSWORD.",
        secret=True,
    ),
    Setting("email.unsubscribe", "", "Mailbox to which people may write to unsubscribe; empty for none."),
    Setting(
        "email.public_url",
        "",
        "Address under which customers reach this server, with https; links to unsubscribe need it.",
    ),
    Setting("email.product_url", "", "Address of a product in the shop, with {product_id} in it."),
    Setting("email.connections", 4, "Connections to the mail server at once.", 1, 100),
    Setting("email.per_connection", 100, "Messages after which a connection is made anew.", 1, 1e6),
    Setting(
        "email.warm_up",
        False,
        "Send few messages at first and more each day, while mail providers do not know the sender.",
    ),
    Setting("email.per_minute", 0, "Messages a minute to any one mail provider; 0 sets no limit.", 0, 1e6),
    Setting("intake.timezone", "UTC", "Zone of times in files that name none, e.g. Europe/Berlin."),
    Setting("intake.currency", "", "Currency of prices in files that name none, e.g. EUR."),
    Setting(
        "intake.guests",
        "0 -1 guest gast anonymous anonym nobody unknown unbekannt",
        "Customer numbers, or names before the @ of an address, that stand for nobody.",
    ),
    Setting(
        "intake.rates",
        "",
        "What one unit of another currency is worth in intake.currency, e.g. USD=0.92 JPY=0.0061; without rates, "
        "amounts in other currencies are kept apart.",
    ),
    Setting(
        "intake.dates",
        "auto",
        "Order of day and month where a file leaves it open.",
        choices=("auto", "day-first", "month-first"),
    ),
    Setting(
        "intake.decimals",
        "auto",
        "Decimal separator where a file leaves open whether 1.250 is a thousand.",
        choices=("auto", "point", "comma"),
    ),
    Setting("intake.duplicates", "quarantine", "Identical lines.", choices=("quarantine", "keep")),
    Setting(
        "intake.pending_days",
        14,
        "Days after which an order that is still not paid counts as never paid.",
        0,
        3650,
    ),
    Setting(
        "intake.layouts", "", "Folder of the firm's own layouts of exports, beside those that passend knows."
    ),
    Setting(
        "intake.min_usable_share", 0.1, "An import with a smaller share of usable rows is refused.", 0, 1
    ),
    Setting("products.min_together", 5, "Orders (or customers) that must share two products.", 2, 1e6),
    Setting(
        "products.max_basket", 500, "Products above which an order is left out of the pair counts.", 2, 1e6
    ),
    Setting("products.window_days", 90, "Days within which a later purchase counts as following.", 1, 3650),
    Setting("products.per_product", 20, "Relations of each type kept for a product.", 1, 1000),
    Setting("products.prior", 5.0, "Strength of the pull of rare pairs towards 'as expected'.", 0, 1e4),
    Setting(
        "products.false_discovery_rate", 0.01, "Expected share of chance findings among relations.", 1e-6, 0.5
    ),
    Setting(
        "products.in_season_only",
        True,
        "Whether products of another season than the end of the data are kept out of recommendations.",
    ),
    Setting("products.candidates", 10, "Recommendations kept for each customer.", 1, 1000),
    Setting(
        "products.spread_customers",
        50_000,
        "On Spark, from so many customers on products are ranked on its machines (passend must be installed there).",
        0,
        10**12,
    ),
    Setting(
        "customers.as_of",
        "",
        "Date on which facts are frozen, e.g. 2026-01-31; empty takes the end of the data.",
    ),
    Setting(
        "customers.period",
        "month",
        "Period for which each customer's profit and loss is drawn up.",
        choices=("month", "quarter", "year"),
    ),
    Setting(
        "customers.margin_share",
        0.32,
        "Margin of goods whose cost is not known (US Census, Annual Retail Trade Survey 1998: 32.1 % of sales).",
        0,
        1,
    ),
    Setting(
        "customers.return_cost_cents",
        1124,
        "Handling of a returned article, at most half its value, where the cost table names none "
        "(University of Bamberg, Retourentacho 2018/19: 11.24 EUR).",
        0,
        1e7,
    ),
    Setting(
        "customers.resold_share",
        0.79,
        "Share of returned goods sold again at full value (University of Bamberg, Retourentacho 2018/19).",
        0,
        1,
    ),
    Setting(
        "customers.service_contact_cents",
        801,
        "Cost of a contact with staff where neither it nor the cost table says (Gartner 2019: 8.01 USD).",
        0,
        1e7,
    ),
    Setting(
        "customers.contact_cost_cents",
        1,
        "Cost of an automatic contact, e.g. an e-mail, where nothing says: an assumption, rounded up to a cent.",
        0,
        1e7,
    ),
    Setting(
        "customers.return_share",
        0.4,
        "Returned share from which selling more loses money (or twice the firm's average, if that is more).",
        0,
        1,
    ),
    Setting(
        "customers.return_orders", 3, "Orders with returns needed before a customer is left alone.", 1, 1000
    ),
    Setting(
        "customers.deep_discount_share",
        0.15,
        "Discount from which an order, or a line of it, counts as a bargain.",
        0,
        1,
    ),
    Setting(
        "customers.discount_lines_share",
        0.3,
        "Share of order lines that are bargains from which a customer counts as a promotion maximiser "
        "(or twice the firm's average, if that is more, but at most half-way from it to all lines).",
        0,
        1,
    ),
    Setting(
        "customers.service_share",
        0.33,
        "Part of an average order's profit that service may cost before a customer counts as a service demander.",
        0,
        10,
    ),
    Setting(
        "customers.spending_elasticity",
        0.5,
        "Per cent more spent for one per cent more categories, below which a small spender counts as a limiter.",
        0,
        1,
    ),
    Setting(
        "customers.kind_probability",
        0.8,
        "Probability from which a costly kind decides the treatment.",
        0.5,
        1,
    ),
    Setting("customers.buy_days", 90, "Days in which an order counts for the chance to order.", 7, 730),
    Setting("customers.lifetime_days", 365, "Days over which lifetime value is summed.", 30, 3650),
    Setting(
        "customers.learn_from",
        20000,
        "Customers from whom the chance to order is learned; of more, a stable sample is taken.",
        100,
        1e7,
    ),
    Setting(
        "decisions.per_customer",
        3,
        "Most offers per customer in one plan, where rules.yaml does not say.",
        1,
        100,
    ),
    Setting(
        "decisions.holdout_share", 0.1, "Share of customers who are kept without offers, to measure.", 0, 0.9
    ),
    Setting("decisions.replay_days", 30, "Days after a contact in which purchases count for replay.", 1, 366),
    Setting(
        "decisions.spread_offers",
        50_000_000,
        "On Spark, from so many offers on customers choose on its machines (passend must be installed there).",
        0,
        10**12,
    ),
    Setting("results.window_days", 30, "Days from first eligibility in which orders count.", 1, 366),
    Setting(
        "letter.recipients",
        "",
        "Who gets the letter each month by mail, with commas between; empty sends none.",
    ),
    Setting("letter.day", 1, "Day of the month on which the letter is sent.", 1, 28),
    Setting("letter.hour", 8, "Hour of that day from which it is sent.", 0, 23),
    Setting("letter.timezone", "", "Zone of that hour, e.g. Europe/Berlin; empty takes intake.timezone."),
    Setting(
        "results.history_days",
        180,
        "Days before it whose purchases take chance out of the comparison.",
        1,
        3660,
    ),
    Setting(
        "results.returns_days",
        30,
        "Days after the window until its returns are taken to be complete.",
        0,
        366,
    ),
    Setting(
        "results.planned_days",
        60,
        "Days after which a campaign ends undecided, where its goal does not say.",
        7,
        3660,
    ),
    Setting(
        "results.look_rule",
        "any time",
        "When people may look at a campaign, where its goal does not say: any time (the interval allows it), weekly, "
        "or once at the end.",
        choices=("any time", "weekly", "once"),
    ),
    Setting(
        "serve.host",
        "127.0.0.1",
        "Address on which passend serve listens; behind a proxy 127.0.0.1 is enough.",
    ),
    Setting("serve.port", 8300, "Port on which passend serve listens; 0 takes a free one.", 0, 65535),
    Setting("serve.deadline_ms", 50, "Time after which an answer goes out with what there is.", 1, 10_000),
    Setting("serve.body_kb", 1024, "Largest body of a call.", 16, 65_536),
    Setting("serve.upload_mb", 1024, "Largest file that the pages take.", 1, 65_536),
    Setting(
        "serve.proxy_hops",
        0,
        "Trusted proxies before passend serve; 0 believes no header about the caller's address.",
        0,
        10,
    ),
    Setting(
        "serve.visitor_calls_per_minute", 600, "Calls of one address with a public key, by process.", 1, 1e9
    ),
    Setting("serve.key_calls_per_minute", 1_000_000, "Calls of one secret key, by process.", 1, 1e9),
    Setting(
        "serve.placement_share",
        0.05,
        "Share of visitors who see nothing at a placement, to measure what it brings; a placement may have its own.",
        0.0,
        0.5,
    ),
    Setting("serve.worker", True, "Whether passend serve also carries the campaigns on."),
    Setting(
        "sso.issuer",
        "",
        "Issuer of the firm's sign-in provider (OpenID Connect), exactly as it names itself, e.g. "
        "https://login.example.com/realms/firm; empty lets people log in by passwords alone.",
    ),
    Setting(
        "sso.address",
        "",
        "Address under which people reach the pages, with https; the provider must allow ADDRESS/login/sso/back.",
    ),
    Setting("sso.client_id", "", "Number or name under which the provider knows passend."),
    Setting(
        "sso.client_secret",
        "",
        "Secret that the provider gave with it; better kept in the environment, as PASSEND_SSO_CLIENT_SECRET. "
        "Empty for a client without one.",
        secret=True,
    ),
    Setting("sso.client_secret_file", "", "File that holds this secret instead, and nothing else."),
    Setting("sso.name", "", "What the button on the login page calls the provider, e.g. Radhaus account."),
    Setting(
        "sso.domains",
        "",
        "Domains whose e-mail addresses are let in, with blanks between them; empty takes all of the provider's.",
    ),
    Setting(
        "sso.unknown",
        "invite",
        "Whether people without an account here must be invited first, or get one as viewer.",
        choices=("invite", "viewer"),
    ),
    Setting(
        "sso.role_claim",
        "",
        "Claim of the provider that decides on the role, e.g. groups or realm_access.roles; empty leaves roles to "
        "the administrators here.",
    ),
    Setting(
        "sso.roles",
        "",
        "Which of its values is which role, with semicolons between, e.g. shop-admins=administrator; crm=manager.",
    ),
    Setting(
        "sso.verified_claim",
        "email_verified",
        "Claim by which the provider says that the e-mail address is the person's own; xms_edov at Microsoft Entra.",
    ),
    Setting(
        "sso.passwords",
        "everybody",
        "Who may still log in by a password here.",
        choices=("everybody", "administrators", "nobody"),
    ),
    Setting(
        "sso.second_factor",
        "here",
        "Who asks for a second factor of those who have one here: passend itself, or the provider where it says so "
        "(amr: mfa).",
        choices=("here", "provider"),
    ),
    Setting("sso.timeout_s", 5.0, "Seconds that a call to the provider may take.", 0.1, 60),
    Setting("decisions.salt", "passend", "Changing it draws a new hold-out.", secret=True),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


class Settings(Mapping[str, Value]):
    """The settings in force, read like a dictionary: ``settings["products.min_together"]``."""

    def __init__(self, given: Mapping[str, object] | None = None) -> None:
        self._values = {name: setting.default for name, setting in _BY_NAME.items()}
        for name, value in (given or {}).items():
            self._values[name] = _checked(name, value)

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def __iter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204 - Mapping's own signature
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def text(self, name: str) -> str:
        """The value of a setting that is text."""
        return str(self._values[name])

    def whole(self, name: str) -> int:
        """The value of a setting that is a whole number."""
        return int(self._values[name])

    def number(self, name: str) -> float:
        """The value of a setting that is a number."""
        return float(self._values[name])

    def changed(self, given: Mapping[str, object]) -> "Settings":
        """A copy with some settings changed."""
        return Settings({**self._values, **given})


def load_settings(folder: Path | None, overrides: Iterable[str] = ()) -> Settings:
    """The settings for a workspace folder, with ``name=value`` overrides from the command line."""
    given: dict[str, object] = {}
    file = folder / "settings.toml" if folder else None
    if file and file.exists():
        given.update(_read_toml(file))
    for name in _BY_NAME:
        variable = "PASSEND_" + name.upper().replace(".", "_")
        if variable in os.environ:
            given[name] = os.environ[variable]
    for pair in overrides:
        name, equals, value = pair.partition("=")
        if not equals:
            raise InvalidSetting(
                f"'{pair}' is not of the form name=value.", remedy="Write e.g. --set products.min_together=3"
            )
        given[name.strip()] = value.strip()
    return Settings(given)


def _read_toml(file: Path) -> dict[str, object]:
    try:
        tree = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise InvalidSetting(
            f"The settings file cannot be read: {problem}.",
            record=str(file),
            remedy="Mend or delete the file.",
        ) from problem
    flat: dict[str, object] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            flat.update({f"{name}.{inner}": item for inner, item in value.items()})
        else:
            flat[name] = value
    return flat


def _checked(name: str, value: object) -> Value:
    setting = _BY_NAME.get(name)
    if setting is None:
        import difflib  # noqa: PLC0415 - only needed on a typing mistake

        near = difflib.get_close_matches(name, _BY_NAME, n=1)
        hint = f"Did you mean {near[0]}?" if near else "`passend doctor --settings` lists all settings."
        raise InvalidSetting(f"There is no setting '{name}'.", remedy=hint)
    if isinstance(value, str) and setting.kind is not str:
        value = _parsed(setting, value)
    if setting.kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, setting.kind):
        raise _wrong(setting, value)
    if setting.choices and value not in setting.choices:
        raise _wrong(setting, value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        too_low = setting.low is not None and value < setting.low
        if too_low or (setting.high is not None and value > setting.high):
            raise _wrong(setting, value)
    return value  # type: ignore[return-value]


def _parsed(setting: Setting, text: str) -> object:
    if setting.kind is bool:
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(
            text.lower(), text
        )
    try:
        return setting.kind(text)
    except ValueError:
        raise _wrong(setting, text) from None


def allowed(setting: Setting) -> str:
    """The values that a setting may take, in words."""
    if setting.choices:
        return f"one of {', '.join(setting.choices)}"
    words = type_names[setting.kind]
    if setting.low is not None and setting.high is not None:
        return f"{words} from {setting.low:g} to {setting.high:g}"
    return f"{words} of at least {setting.low:g}" if setting.low is not None else words


def _wrong(setting: Setting, value: object) -> InvalidSetting:
    return InvalidSetting(
        f"The setting {setting.name} cannot be {_STARS if setting.secret else repr(value)}.",
        remedy=f"It takes {allowed(setting)}. {setting.help}",
    )
