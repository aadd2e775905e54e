"""What all estimators share, so that they feel at home beside scikit-learn: parameters, repr, and "not fitted yet".

scikit-learn itself is loaded only where its own objects are asked for: it takes longer to load than many an answer.
"""

import inspect
import sys
from typing import Any, ClassVar, Self

from passend.errors import InvalidSetting, NotFitted


class Estimator:
    """Learns with ``fit``; ``clone``, ``Pipeline`` and ``GridSearchCV`` of scikit-learn take it as one of theirs.

    Attributes:
        learned_in: the attribute that is there once something was learned.
        learns_by: the call that does it, for people.
    """

    learned_in: ClassVar[str]
    learns_by: ClassVar[str]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """What the estimator was made with."""
        del deep
        return {name: getattr(self, name) for name in self._parameters()}

    def set_params(self, **params: Any) -> Self:
        """Change what it was made with.

        Raises:
            InvalidSetting: there is no such parameter.
        """
        known = self._parameters()
        for name, value in params.items():
            if name not in known:
                raise InvalidSetting(
                    f"{type(self).__name__} has no parameter '{name}'.",
                    remedy=f"its parameters are {', '.join(known)}",
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        usual = self._parameters()
        told = [
            f"{name}={value!r}" for name, value in self.get_params().items() if not _same(value, usual[name])
        ]
        return f"{type(self).__name__}({', '.join(told)})"

    def __sklearn_is_fitted__(self) -> bool:
        """Whether something was learned."""
        return hasattr(self, self.learned_in)

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn wants to know of an estimator."""
        from sklearn.base import BaseEstimator  # noqa: PLC0415 - who asks for tags has loaded it

        return BaseEstimator().__sklearn_tags__()

    def insist_fitted(self) -> None:
        """Go on only where something was learned.

        Raises:
            NotFitted: nothing was; it is scikit-learn's NotFittedError, too.
        """
        if not self.__sklearn_is_fitted__():
            kind = _both() if "sklearn.exceptions" in sys.modules else NotFitted
            raise kind(f"{type(self).__name__} is not fitted yet.", remedy=f"Call {self.learns_by} first.")

    @classmethod
    def _parameters(cls) -> dict[str, Any]:
        """Each parameter with its default."""
        signature = inspect.signature(cls.__init__).parameters
        return {name: one.default for name, one in signature.items() if name != "self"}


def _same(value: object, usual: object) -> bool:
    try:
        return bool(value is usual or value == usual)
    except (TypeError, ValueError):  # an array compares with nothing as a whole
        return False


def _both() -> type[NotFitted]:
    """NotFitted that code written for scikit-learn catches as well; who can catch that has loaded it."""
    from sklearn.exceptions import NotFittedError  # noqa: PLC0415

    def told(self: NotFitted) -> tuple[Any, ...]:
        return (NotFitted, self.args, self.__dict__)  # a process that gets it by pickle knows passend's class

    return type(
        "NotFitted", (NotFitted, NotFittedError), {"__reduce__": told, "__module__": NotFitted.__module__}
    )
