"""Workers: when each was heard of last, and what keeps it from going on."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from passend.store.rows import Moment, Row


class WorkerRow(Row):
    """One process that carries campaigns on."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    trouble: Mapped[str] = mapped_column(Text, default="")
