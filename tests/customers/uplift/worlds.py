"""Campaigns whose effects are known, because they are made here."""

import numpy as np
import pyarrow as pa

LINEAR = ("linear",)


def campaign(seed=1, n=3000, *, effect="personal", outcome="number", features=4, treatments=1, noise=1.0):
    """A randomised campaign and the true effect of each treatment on each customer.

    effect: ``personal`` (good for half, bad for the other half), ``none``, ``same`` or a function of the features.
    outcome: ``number`` or ``flag``.
    """
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, features))
    arm = random.integers(0, treatments + 1, n)
    ways = {
        "personal": lambda x: np.where(x[:, 0] > 0, 1.0, -0.8),
        "none": lambda x: np.zeros(len(x)),
        "same": lambda x: np.full(len(x), 0.5),
    }
    true = (ways[effect] if isinstance(effect, str) else effect)(x)
    true = np.column_stack([true * (1 if place == 0 else 0.3) for place in range(treatments)])
    got = np.where(arm > 0, np.take_along_axis(true, np.maximum(arm - 1, 0)[:, None], 1)[:, 0], 0.0)
    if outcome == "flag":
        true = true * 0.2
        y = (random.uniform(size=n) < np.clip(0.3 + 0.05 * x[:, 1] + 0.2 * got, 0, 1)).astype(int)
    else:
        y = x[:, 1] + got + noise * random.normal(size=n)
    names = np.array(["none", *"abcdef"[:treatments]])
    return table(x, names[arm], y), true


def table(x, mail, y, **more):
    """Arrays as a table of contacts."""
    return pa.table(
        {
            "customer_id": [f"c{place}" for place in range(len(y))],
            **{f"x{place}": x[:, place] for place in range(x.shape[1])},
            "mail": pa.array(list(mail), pa.string()),
            "spend": y,
            **more,
        }
    )


def effects(model, contacts):
    """Predicted effects, low and high: customers x treatments."""
    found = model.predict(contacts)
    shape = (contacts.num_rows, -1)
    return tuple(
        found[name].to_numpy(zero_copy_only=False).reshape(shape) for name in ("effect", "low", "high")
    )
