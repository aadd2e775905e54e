"""How much a contact of each kind adds or takes away: measured beside those who got none, few contacts pulled together.

What was bought = s x forecast without an offer + (for those contacted) shape x size of the kind + chance. A kind is a
channel, a relation type and a group of products. Its size is the sum of what the channel, the type, the group and the
two pairs with the channel bring: normal, around 0 beyond the channel's documented prior (Lindley and Smith 1972). How
far kinds differ is not known either: fits for several spreads are averaged by their evidence. The forecast's own error
(s, as a whole and by group) is part of every interval, and so is that a customer's answers resemble each other. Where
contacts were not by lot, those contacted may be likelier to buy for reasons that no fact tells. No data can say how
much, so every interval is widened by what that could make (a sensitivity analysis in the manner of Rosenbaum 2002).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from passend.customers.offer_effects.history import Floats, Ints

#: How far kinds may differ (standard deviation, as a share of what is bought after a usual contact). That they hardly
#: differ is not among it: a few kinds that look alike would then speak for all.
_SPREADS = (0.15, 0.3, 0.6, 1.2)
#: How far a channel's size may lie from its prior: 2 points, as the documented prior of ``Uplift``.
_CHANNEL_SD = 0.02
#: How far forecasts may be wrong, as a whole and by group, as a factor.
_FORECAST_SD, _GROUP_SD = 0.5, 0.15
#: Without a lot, those contacted may be likelier to buy anyway than the facts tell, by this factor (its error).
_HIDDEN_SD = 0.4


@dataclass(frozen=True)
class Seen:
    """Customers and weeks, contacted or not: what was expected and what happened.

    Attributes:
        customer: code, as are ``channel``, ``kind`` (relation type) and ``group``.
        base: forecast of the chance to buy of the group in the week without an offer.
        bought: whether the group was bought.
        by_lot: whether chance alone decided who was contacted, and who was not.
    """

    customer: Ints
    channel: Ints
    kind: Ints
    group: Ints
    base: Floats
    bought: NDArray[np.bool_]
    by_lot: bool = True


@dataclass(frozen=True)
class Sizes:
    """Learned sizes, purchases a contact, all by channel, relation type and group.

    Attributes:
        mean: of the usual contact.
        sd: its standard deviation.
        of_type: how many contacts there were.
        scale: by group, what sets the forecast right.
    """

    mean: Floats
    sd: Floats
    of_type: Ints
    scale: Floats

    @property
    def contacts(self) -> Ints:
        """By channel and group, how many contacts there were."""
        return np.asarray(self.of_type.sum(axis=1))


def learn_sizes(
    sent: Seen, left_out: Seen, shape: Floats, kinds: tuple[int, int, int], prior: Floats
) -> Sizes:
    """Learn the size of each kind.

    Args:
        sent: the contacts.
        left_out: those without, to compare with.
        shape: of each contact, how its effect compares with the channel's usual one; learned from other customers.
        kinds: how many channels, relation types and groups there are.
        prior: by channel the size to expect before anything is known.
    """
    channels, types, groups = kinds
    rows, places = _design(sent, left_out, shape, kinds)
    bought = np.concatenate([sent.bought, left_out.bought]).astype(float)
    mean_bought = float(np.clip(bought.mean(), 1e-6, 0.5))
    mean = np.zeros(rows.shape[1])
    mean[0], mean[places[0] : places[0] + channels] = 1.0, prior
    variance = np.full(len(bought), mean_bought * (1.0 - mean_bought))
    expected = rows @ _fit(rows, bought, variance, (mean, _prior_sd(kinds, 0.3 * mean_bought)))[0]
    # Where more is bought, chance does more; a quarter of the usual everywhere, so that no forecast is taken too well.
    chance = np.clip(0.75 * np.maximum(expected, 0.0) + 0.25 * mean_bought, 1e-6, 0.5)
    variance = chance * (1.0 - chance)
    left = (bought - expected) / np.sqrt(variance)
    customers = np.bincount(np.concatenate([sent.customer, left_out.customer]), left)
    variance = variance * max(1.0, float((left**2).mean()), float((customers**2).sum() / len(left)))
    fits = [_fit(rows, bought, variance, (mean, _prior_sd(kinds, one * mean_bought))) for one in _SPREADS]
    evidence = np.array([one[2] for one in fits])
    weight = np.exp(evidence - evidence.max())
    weight /= weight.sum()
    cells = _cells(kinds, places, rows.shape[1])
    means = np.stack([cells @ one[0] for one in fits])
    spreads = np.stack([np.asarray((cells @ one[1] * cells.toarray()).sum(axis=1)) for one in fits])
    size = weight @ means
    sd = np.sqrt(weight @ (np.maximum(spreads, 0.0) + (means - size) ** 2))
    forecast = weight @ np.stack([one[0][: 1 + groups] for one in fits])
    scale = np.maximum(forecast[0] + forecast[1:], 0.1)
    full = (channels, types, groups)
    of_type = np.zeros(full, np.int64)
    np.add.at(of_type, (sent.channel, sent.kind, sent.group), 1)
    sd = sd.reshape(full)
    if not sent.by_lot:
        usual = np.bincount(sent.group, sent.base, groups) + 10 * sent.base.mean()
        sd = np.hypot(sd, _HIDDEN_SD * usual / (np.bincount(sent.group, minlength=groups) + 10))
    return Sizes(size.reshape(full), sd, of_type, scale)


def _design(
    sent: Seen, left_out: Seen, shape: Floats, kinds: tuple[int, int, int]
) -> tuple[sparse.csr_matrix, tuple[int, ...]]:
    """The rows of the regression, and where channels, types, groups, and the two pairs begin among the columns."""
    channels, types, groups = kinds
    sizes = (1 + groups, channels, types, groups, channels * types, channels * groups)
    places = tuple(int(one) for one in np.cumsum(sizes)[:-1])
    count, others = len(sent.base), len(left_out.base)
    columns = _columns(sent.channel, sent.kind, sent.group, (kinds, places))
    every = np.concatenate([sent.group, left_out.group])
    base = np.concatenate([sent.base, left_out.base])
    at = np.arange(count + others)
    made = sparse.csr_matrix(
        (
            np.concatenate([base, base, np.tile(shape, len(columns))]),
            (
                np.concatenate([at, at, np.tile(at[:count], len(columns))]),
                np.concatenate([np.zeros(len(at), np.int64), 1 + every, *columns]),
            ),
        ),
        shape=(count + others, sum(sizes)),
    )
    return made, places


def _columns(
    channel: Ints, kind: Ints, group: Ints, where: tuple[tuple[int, int, int], tuple[int, ...]]
) -> list[Ints]:
    (_, types, groups), (c, t, g, ct, cg) = where
    return [c + channel, t + kind, g + group, ct + channel * types + kind, cg + channel * groups + group]


def _prior_sd(kinds: tuple[int, int, int], spread: float) -> Floats:
    channels, types, groups = kinds
    return np.concatenate(
        [
            [_FORECAST_SD], np.full(groups, _GROUP_SD), np.full(channels, _CHANNEL_SD), np.full(types, spread),
            np.full(groups, spread), np.full(channels * types, spread / 2), np.full(channels * groups, spread / 2),
        ]
    )  # fmt: skip


def _fit(
    rows: sparse.csr_matrix, bought: Floats, variance: Floats, prior: tuple[Floats, Floats]
) -> tuple[Floats, Floats, float]:
    """Mean and covariance of the weights, and the log evidence but for what does not depend on the prior's spread."""
    mean, sd = prior
    left = bought - rows @ mean
    weighted = sparse.diags(1.0 / variance) @ rows
    precision = (weighted.T @ rows).toarray() + np.diag(1.0 / sd**2)
    pull = np.asarray(weighted.T @ left)
    factor = linalg.cho_factor(precision, lower=True)
    found = linalg.cho_solve(factor, pull)
    covariance = linalg.cho_solve(factor, np.eye(len(mean)))
    evidence = 0.5 * float(pull @ found) - float(np.log(np.diag(factor[0])).sum()) - float(np.log(sd).sum())
    return mean + found, covariance, evidence


def _cells(kinds: tuple[int, int, int], places: tuple[int, ...], width: int) -> sparse.csr_matrix:
    """A row for each channel, type and group, with a one in each of its columns."""
    channel, kind, group = (one.ravel() for one in np.indices(kinds))
    columns = _columns(channel, kind, group, (kinds, places))
    at = np.tile(np.arange(len(channel)), len(columns))
    return sparse.csr_matrix((np.ones(len(at)), (at, np.concatenate(columns))), shape=(len(channel), width))
