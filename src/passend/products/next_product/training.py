"""Training without leaks: by customers where all decide at one time, by the calendar where time is known."""

from dataclasses import dataclass, field, replace

import numpy as np
import scipy.sparse as sp
from threadpoolctl import threadpool_limits

from passend.products.next_product.beside import Beside, nothing_beside
from passend.products.next_product.candidates import Candidates, Outlook, candidates, quick_candidates
from passend.products.next_product.choice import Chosen, Students, choose
from passend.products.next_product.few_products import LEARNED_PRODUCTS, MOST_PRODUCTS, few_products_methods
from passend.products.next_product.lesson import Lesson, Wisdom, learn, learn_transitions
from passend.products.next_product.neighbours import Neighbours, neighbours
from passend.products.next_product.plain_methods import AGAIN, PLAIN_METHODS, Fitted, Known, Scorer
from passend.products.next_product.purchases import Purchases, Snapshot
from passend.products.next_product.ranker import Ranker, RankerSettings, train
from passend.products.next_product.sparse_rows import Floats, Ints, Rows, counted, marked
from passend.products.next_product.tastes import Tastes, no_tastes, placed, tastes

FOLDS = 5
REFERENCE_CUSTOMERS = 30_000
STUDENTS = 15_000
FEWEST_ANSWERS = 60  # of customers at moments; with fewer, an easier question is asked
SMALL_LINES = 150_000  # up to which the plain methods are signals, too
SMALL_CUSTOMERS = 6_000  # up to which customers are compared with each other
TAUGHT_CUSTOMERS = 20_000  # of more customers, every n-th teaches; all are offered something
MOMENTS = (1.0, 1.5, 2.0, 3.0)
QUICK_MOMENTS = (1.0, 2.0)
QUICK_PAIRS = 300_000  # of customers and candidates that teach
QUICK_PRODUCTS = 2_000  # best sellers that EASE weighs
MORE_MOMENTS = (1.0, 1.5, 2.0, 2.5, 3.0)


@dataclass(frozen=True)
class Aim:
    """What is to be foreseen, and with what.

    Args:
        settings: how the trees are grown.
        seed: of the folds, the tastes and the trees.
        novel: whether only products new to the customer count.
        beside: what is known of customers beside purchases.
        quick: whether few signals and few students must do.
    """

    settings: RankerSettings
    seed: int
    novel: bool = True
    beside: Beside = field(default_factory=nothing_beside)
    quick: bool = False

    @property
    def moments(self) -> tuple[float, ...]:
        """Horizons before the decision date at which is learned."""
        return QUICK_MOMENTS if self.quick else MOMENTS

    def students(self, shape: tuple[int, int]) -> int:
        """Customers to learn from, of so many customers and products."""
        return QUICK_PAIRS // max(quick_candidates(*shape), 1) if self.quick else STUDENTS


@dataclass(frozen=True)
class Trained:
    """A ranker (None: too little to learn from), the outlook it is to be used with, and the method that offers."""

    ranker: Ranker | None
    outlook: Outlook
    chosen: Chosen

    def scores(self, pairs: Candidates) -> Floats:
        """One score a candidate; higher is better."""
        return self.chosen.level(pairs, self.ranker)

    def chances(self, pairs: Candidates) -> Floats:
        """One number between 0 and 1 a candidate."""
        return self.chosen.chances(pairs, self.ranker)


def train_for(lines: Purchases, now: float, horizon: float, aim: Aim) -> Trained:
    """Learn what customers buy next, by the best question that the data can answer.

    Dated histories tell what followed earlier moments. Where too few customers came back for that, or there are no
    dates, each customer's last order is hidden; where nearly all ordered once, one product of each.

    Args:
        lines: all order lines; those at or after `now` are ignored.
        now: the decision date, days; infinite without dates.
        horizon: how far ahead purchases count, days.
        aim: what is to be foreseen.
    """
    lines = lines.before(now)
    if lines.dated:
        trained = train_by_calendar(lines, now, horizon, aim)
        if trained.chosen.judged >= FEWEST_ANSWERS:
            return trained
    undated = replace(lines, dated=False)
    last_hidden = Snapshot(undated.where((undated.turns_back > 0) & (undated.customer >= 0)), np.inf)
    for before in (last_hidden, Snapshot(_one_hidden(undated), np.inf)):
        whole = Snapshot(undated, np.inf)
        gone = (whole.bought - before.bought).tocsr()
        gone.data = np.round(gone.data)
        gone.eliminate_zeros()
        following = marked(gone)
        bought_next = _novel(following, before) if aim.novel else following
        reference = np.flatnonzero((np.diff(bought_next.indptr) > 0) & (before.orders_of > 0))
        if len(reference) >= FEWEST_ANSWERS:
            break
    trained = train_by_customers(before, following, reference, aim)
    return Trained(trained.ranker, _moved_on(trained.outlook, whole, reference, aim), trained.chosen)


def _one_hidden(lines: Purchases) -> Purchases:
    """The lines without one product of each customer who has two or more."""
    known = lines.where(lines.customer >= 0)
    key = known.customer * max(known.n_products, 1) + known.product
    pairs = np.unique(key)
    owner = pairs // max(known.n_products, 1)
    draw = np.random.default_rng(7).random(len(pairs))
    order = np.lexsort((draw, owner))
    first = np.r_[True, owner[order][1:] != owner[order][:-1]] if len(order) else np.empty(0, bool)
    several = np.bincount(owner, minlength=known.n_customers)[owner[order]] > 1
    return known.where(~np.isin(key, pairs[order][first & several]))


def _moved_on(outlook: Outlook, snapshot: Snapshot, reference: Ints, aim: Aim) -> Outlook:
    """The outlook once the last orders, too, are history."""
    wisdom = outlook.wisdom
    if wisdom.season is not None:
        forecast = wisdom.season.forecast.copy()
        forecast[reference] = wisdom.season.of_target
        wisdom = replace(wisdom, season=replace(wisdom.season, forecast=forecast))
    moved = replace(
        outlook,
        now=snapshot,
        neighbours=_near(snapshot, aim),
        tastes=outlook.tastes if aim.quick else placed(snapshot, outlook.tastes),
        wisdom=wisdom,
    )
    lesson = wisdom.lesson
    return replace(
        moved, plain=_plain(snapshot, lesson.bought_next, lesson.reference, lesson.popularity, aim)
    )


def _plain(
    now: Snapshot, following: Rows | None, reference: Ints, popularity: Floats, aim: Aim
) -> dict[str, Scorer]:
    """The plain methods that a shop of this size can afford as signals."""
    known = Known(now, following, reference)
    customers, products = now.shape
    names: list[str] = []
    if not aim.quick and (len(now.purchases.product) <= SMALL_LINES or products <= MOST_PRODUCTS):
        names += ["item-kNN", "EASE", "RP3beta"]
        if customers <= SMALL_CUSTOMERS:
            names += ["UP-CF", "TIFU-KNN"]
    found: dict[str, Scorer] = {name: Fitted(PLAIN_METHODS[name], known) for name in names}
    if not aim.novel:
        found |= {name: Fitted(method, known) for name, method in AGAIN.items()}
    if products <= (LEARNED_PRODUCTS if aim.quick else MOST_PRODUCTS) and aim.novel:
        found |= few_products_methods(now, following, reference, popularity, aim.beside.about)
    return found


def _threads(lines: Purchases) -> threadpool_limits:
    """On small matrices the threads of the linear algebra only wait for each other."""
    return threadpool_limits(1 if len(lines.product) <= SMALL_LINES else None, "blas")


def train_by_customers(before: Snapshot, following: Rows, reference: Ints, aim: Aim) -> Trained:
    """Cross-fit over customers: each one's features come from a lesson that leaves them out.

    Args:
        before: histories, without the next purchases.
        following: next purchases of the reference customers, novel or not; all customers x products.
        reference: customers whose next purchases are known.
        aim: what is to be foreseen.
    """
    with _threads(before.purchases):
        return _by_customers(before, following, reference, aim)


def _by_customers(before: Snapshot, following: Rows, reference: Ints, aim: Aim) -> Trained:
    rng = np.random.default_rng(aim.seed)
    bought_next = _novel(following, before) if aim.novel else following
    reference = _at_most(reference, REFERENCE_CUSTOMERS, rng)
    near, liking = _near(before, aim), _liking(before, aim)

    def outlook(taught: Ints) -> Outlook:
        lesson = Lesson(before, bought_next, taught, following)
        wisdom = _learned(lesson, liking, aim, with_seasons=True)
        plain = _plain(before, bought_next, taught, lesson.popularity, aim)
        return Outlook(before, near, liking, wisdom, np.nan, plain, aim.beside, aim.novel, aim.quick)

    fold = rng.permutation(len(reference)) % FOLDS
    students = rng.random(len(reference)) < aim.students(before.shape) / max(len(reference), 1)
    parts = []
    for number in range(FOLDS if len(reference) >= 2 * FOLDS else 0):
        asked = np.sort(reference[(fold == number) & students])
        parts.append(candidates(outlook(reference[fold != number]), asked))
    taught = None
    if parts:
        group = np.full(before.shape[0], -1, dtype=np.int64)
        group[reference] = fold
        everybody = np.arange(before.shape[0], dtype=np.int64)
        taught = Students(_joined(parts), bought_next, group, everybody)
    return _trained(taught, _rounds_of_folds(int(students.sum())), outlook(reference), aim)


def _rounds_of_folds(students: int) -> list[tuple[Ints, Ints]]:
    """Few students are judged all, of many a fifth tells enough."""
    judged = range(FOLDS if students < 3_000 else 1)
    return [
        (np.array([one for one in range(FOLDS) if one != number]), np.array([number])) for number in judged
    ]


def _trained(
    students: Students | None, rounds: list[tuple[Ints, Ints]], outlook: Outlook, aim: Aim
) -> Trained:
    with threadpool_limits(1, "blas"):  # of a dozen signals: threads would only wait for each other
        chosen = choose(students, rounds, tuple(outlook.plain), aim.settings, aim.seed)
    ranker = None
    if students is not None and chosen.needs_trees():
        ranker = train(students.pairs, students.bought, aim.settings, aim.seed)
    return Trained(ranker, outlook, chosen)


def train_by_calendar(lines: Purchases, now: float, horizon: float, aim: Aim) -> Trained:
    """Learn at earlier moments what followed them; nothing later than a moment enters its features.

    Args:
        lines: all order lines; those at or after `now` are ignored.
        now: the decision date, days.
        horizon: how far ahead purchases count, days; shorter where the history is.
        aim: what is to be foreseen.
    """
    with _threads(lines):
        return _by_calendar(lines.before(now), now, horizon, aim)


def _by_calendar(lines: Purchases, now: float, horizon: float, aim: Aim) -> Trained:
    rng = np.random.default_rng(aim.seed)
    everybody, lines = lines, _some_customers(lines)
    opened = float(lines.when.min()) if len(lines.when) else now
    horizon = min(horizon, max((now - opened) / 4.0, 1e-3))
    parts, answers, backs = [], [], []
    for back in aim.moments if aim.quick or len(lines.when) > SMALL_LINES else MORE_MOMENTS:
        moment = now - back * horizon
        if moment - 2.0 * horizon < opened - 1e-6 * horizon:
            break
        outlook = outlook_at(lines, moment, horizon, aim, rng)
        sold = followed(lines, outlook.now, moment, horizon, novel=aim.novel)
        buyers = np.flatnonzero((np.diff(sold.indptr) > 0) & (outlook.now.orders_of > 0))
        each = aim.students(outlook.now.shape) // len(aim.moments)
        parts.append(candidates(outlook, np.sort(_at_most(buyers, each, rng))))
        answers.append(sold)
        backs.append(back)
    students, rounds = None, []
    if parts and any(len(part.customer) for part in parts):
        group = np.repeat(np.arange(len(parts)), lines.n_customers)
        customer = np.tile(np.arange(lines.n_customers), len(parts))
        pairs = _stacked(parts, lines.n_customers)
        rounds = _rounds_of_moments(backs)
        if not rounds:  # too short a history to judge by time: by halves of the customers
            group = customer % 2
            rounds = [(np.array([one]), np.array([1 - one])) for one in (0, 1)]
        students = Students(pairs, _tower(answers), group, customer)
    return _trained(students, rounds, outlook_at(everybody, now, horizon, aim, rng), aim)


def _some_customers(lines: Purchases) -> Purchases:
    every = lines.n_customers // TAUGHT_CUSTOMERS + 1
    return lines if every == 1 else lines.where(lines.customer % every == 0)


def _rounds_of_moments(backs: list[float]) -> list[tuple[Ints, Ints]]:
    """Each moment is judged by trees that learned only from purchases before it."""
    rounds = []
    for number, back in enumerate(backs):
        earlier = np.array([other for other, one in enumerate(backs) if one >= back + 1.0], dtype=np.int64)
        if len(earlier):
            rounds.append((earlier, np.array([number])))
    return rounds[:2] if len(backs) > len(MOMENTS) else rounds[:1]


def outlook_at(lines: Purchases, now: float, horizon: float, aim: Aim, rng: np.random.Generator) -> Outlook:
    """Everything known at a moment, its lesson being the horizon just before."""
    snapshot = Snapshot(lines.before(now), now)
    earlier = Snapshot(lines.before(now - horizon), now - horizon)
    sold = followed(lines, earlier, now - horizon, horizon, novel=aim.novel)
    buyers = np.flatnonzero(np.diff(sold.indptr) > 0)
    lesson = Lesson(earlier, sold, _at_most(buyers, REFERENCE_CUSTOMERS, rng))
    liking = _liking(snapshot, aim)
    wisdom = _learned(lesson, liking if aim.quick else placed(earlier, liking), aim, with_seasons=False)
    plain = _plain(snapshot, None, np.empty(0, np.int64), lesson.popularity, aim)
    near = _near(snapshot, aim)
    return Outlook(snapshot, near, liking, wisdom, horizon, plain, aim.beside, aim.novel, aim.quick)


def _near(snapshot: Snapshot, aim: Aim) -> Neighbours:
    return neighbours(snapshot, QUICK_PRODUCTS) if aim.quick else neighbours(snapshot)


def _liking(snapshot: Snapshot, aim: Aim) -> Tastes:
    return no_tastes(snapshot) if aim.quick else tastes(snapshot, aim.seed)


def _learned(lesson: Lesson, liking: Tastes, aim: Aim, *, with_seasons: bool) -> Wisdom:
    if aim.quick:
        return learn_transitions(lesson, liking)
    return learn(lesson, liking, with_seasons=with_seasons)


def followed(lines: Purchases, before: Snapshot, now: float, horizon: float, *, novel: bool = True) -> Rows:
    """Products each customer bought within the horizon after a moment, only the novel ones or all."""
    inside = (lines.when >= now) & (lines.when < now + horizon) & (lines.customer >= 0)
    sold = marked(counted(lines.customer[inside], lines.product[inside], before.shape))
    return _novel(sold, before) if novel else sold


def _novel(sold: Rows, before: Snapshot) -> Rows:
    novel = (sold - sold.multiply(before.owned)).tocsr()
    novel.eliminate_zeros()
    return novel


def _at_most(customers: Ints, most: int, rng: np.random.Generator) -> Ints:
    return customers if len(customers) <= most else np.sort(rng.choice(customers, most, replace=False))


def _joined(parts: list[Candidates]) -> Candidates:
    parts = [part for part in parts if len(part.customer)] or parts[
        :1
    ]  # without customers there are no signals
    return Candidates(
        np.concatenate([part.customer for part in parts]),
        np.concatenate([part.product for part in parts]),
        np.concatenate([part.features for part in parts]),
        parts[0].names,
    )


def _stacked(parts: list[Candidates], n_customers: int) -> Candidates:
    """The same customer at two moments is two students."""
    shifted = [
        Candidates(part.customer + number * n_customers, part.product, part.features, part.names)
        for number, part in enumerate(parts)
    ]
    return _joined(shifted)


def _tower(answers: list[Rows]) -> Rows:
    return sp.vstack(answers).tocsr()
