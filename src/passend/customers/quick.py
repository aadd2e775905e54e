"""A propensity that is learned in a second or two, for every plan: curves alone, without trees."""

import numpy as np

from passend.customers.propensity.columns import Numbers
from passend.customers.propensity.estimator import Propensity
from passend.customers.propensity.members import Lesson, cross_fit


class QuickPropensity(Propensity):
    """`Propensity` with one model instead of a blend: the smooth additive one, cross-fitted and calibrated alike.

    On customer facts it tells customers apart nearly as well as the blend, in a small part of the time.
    """

    def _learn(self, lesson: Lesson) -> None:
        # The models are learned one after the other, as they are asked for: those after the curves never are.
        judged = next(one for one in cross_fit(lesson) if one.member.name == "curves")
        seen = ~np.isnan(judged.unseen)
        self._members, self._shares = [judged.member], np.ones(1)
        self.models_ = {judged.member.name: 1.0}
        self._use = [len(lesson.folds) - 1] if lesson.is_timed else list(range(len(lesson.folds)))
        none: Numbers = np.zeros(0)
        self._said, self._came = none, none
        self._follower = None
        self._calibrate(judged.unseen[seen], lesson.target[seen])
        sample = lesson.numbers[:: max(1, len(lesson.numbers) // 2000)]
        self._usual_pulls = self._pulls(sample).mean(axis=0)
