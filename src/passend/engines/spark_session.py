"""Starting, sharing and ending the Java process in which Spark runs."""

import contextlib
import os
import shutil
import socket
import sys
import tempfile
import threading
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from passend.errors import EngineError, MissingPart

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: What makes Spark compute the rows that DuckDB computes, and few rows quickly. Set on each session, so that an
#: application which already runs Spark keeps its own manners.
_MANNERS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # Spark plans for many machines, then merges what turns out to be small.
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.adaptive.coalescePartitions.enabled": "true",
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
}
#: What Spark keeps in memory for web pages that are not served: plans of past queries fill a small heap.
_KEPT_FOR_PAGES = (
    "spark.ui.retainedJobs",
    "spark.ui.retainedStages",
    "spark.ui.retainedTasks",
    "spark.ui.retainedDeadExecutors",
    "spark.sql.ui.retainedExecutions",
)
_INSTALL = "Install it with `pip install 'passend[spark]'`, or use --set engine.name=duckdb."


@dataclass
class _Application:
    """The Spark of this process: who uses it, and whether it is ours to end."""

    users: int = 0
    ours: bool = False
    log: BinaryIO | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


_application = _Application()


def open_session(url: str, scratch: Path, memory_mb: int) -> "SparkSession":
    """A session with its own tables and settings; Spark is started where it does not run yet.

    Raises:
        MissingPart: PySpark or Java is not installed.
        EngineError: Spark does not start, the cluster does not answer, or the process uses another one.
    """
    with _application.lock:
        context = _running_context()
        if context is None:
            context = _start(url, scratch, memory_mb)
        elif context.master != url:
            raise EngineError(
                f"This process already runs Spark on {context.master} and cannot open {url} as well.",
                remedy="Close the first engine, or use a process of its own.",
            )
        try:
            session = _new_session(context)
        except Exception as problem:
            if not _application.users:
                _end()
            raise EngineError(
                f"Spark opened no session on {url}: {_first_line(problem)}",
                remedy="Look at the master's page whether it has workers with free cores and memory.",
            ) from problem
        _application.users += 1
    return session


def close_session(session: "SparkSession") -> None:
    """Forget the session's tables; the last one out ends Spark, where passend started it."""
    from pyspark import SparkContext  # noqa: PLC0415 - loaded long ago, as there is a session

    with _application.lock:
        _forget_the_dead()
        if session.sparkContext is not SparkContext._active_spark_context:  # noqa: SLF001
            return  # its Java has died, and what was left is cleared away
        _application.users -= 1
        if _application.users or not _application.ours:
            for view in session.catalog.listTables():
                session.catalog.dropTempView(view.name)
            return
        _end()


def java_end() -> str:
    """Why the Java process has ended by itself, in its own words; empty while it runs.

    Without this, all that is left to say is "Connection refused".
    """
    if not (_application.ours and _java_died()):
        return ""
    return f"its Java process has ended: {_last_words() or 'it was killed'}"


def _new_session(context: Any) -> "SparkSession":
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra, loaded where wanted

    session = SparkSession(context).newSession()
    for name, value in _MANNERS.items():
        session.conf.set(name, value)
    return session


def _first_line(problem: Exception) -> str:
    lines = [line.strip(": ") for line in str(problem).splitlines()]
    return next((line for line in lines if line and not line.startswith("An error occurred")), repr(problem))


def _end() -> None:
    """End the application and its Java process, where passend started them."""
    from pyspark import SparkContext  # noqa: PLC0415 - an extra, loaded where wanted

    context = SparkContext._active_spark_context  # noqa: SLF001 - the public way would start one
    if context is not None and _application.ours:
        with contextlib.suppress(Exception):  # a Java process that has died needs no stopping
            context.stop()
        _end_java()
        _application.ours = False


def _running_context() -> Any:
    # PySpark warns of new versions of pandas, late and on every start; passend hands it no pandas frames.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    try:
        from pyspark import SparkContext  # noqa: PLC0415 - an extra, loaded where wanted
    except ImportError as problem:
        raise MissingPart("The engine 'spark' needs PySpark.", remedy=_INSTALL) from problem
    _forget_the_dead()
    return SparkContext._active_spark_context  # noqa: SLF001 - the public way would start one


def _java_died() -> bool:
    """Whether the Java process has ended by itself: killed, out of memory, or asleep for too long."""
    from pyspark import SparkContext  # noqa: PLC0415 - an extra, loaded where wanted

    process = getattr(SparkContext._gateway, "proc", None)  # noqa: SLF001 - PySpark offers no public way
    return process is not None and process.poll() is not None


def _forget_the_dead() -> None:
    """Clear away what is left of an application whose Java has died, so that another can start."""
    if not (_application.ours and _java_died()):
        return
    from pyspark import SparkContext  # noqa: PLC0415 - an extra, loaded where wanted
    from pyspark.sql import SparkSession  # noqa: PLC0415

    _end_java()
    SparkContext._active_spark_context = None  # noqa: SLF001 - PySpark offers no public way
    SparkSession._instantiatedSession = None  # noqa: SLF001
    _application.ours = False
    _application.users = 0


def _start(url: str, scratch: Path, memory_mb: int) -> Any:
    from pyspark import SparkConf, SparkContext  # noqa: PLC0415 - an extra, loaded where wanted
    from pyspark.java_gateway import launch_gateway  # noqa: PLC0415
    from pyspark.logger import PySparkLogger  # noqa: PLC0415

    home = os.environ.get("JAVA_HOME")
    if not shutil.which("java", path=str(Path(home) / "bin") if home else None):
        raise MissingPart(
            "The engine 'spark' needs Java 17 or later, which was not found.",
            remedy="Install it (on Debian: apt install openjdk-17-jre-headless) or set JAVA_HOME.",
        )
    _reach(url)
    if url.startswith("local") or urlsplit(url).hostname in {"localhost", "127.0.0.1"}:
        # On this machine, Python beside the rows is the Python that runs here.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    conf = SparkConf(loadDefaults=False).setAll(list(_start_settings(url, scratch, memory_mb).items()))
    # Java's chatter would mix with passend's own output; it is kept for the case that Spark does not start.
    _application.log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process that writes it
    PySparkLogger.getLogger("SQLQueryContextLogger").disabled = True  # the same error is raised and told
    try:
        gateway = launch_gateway(conf, {"stdout": _application.log, "stderr": _application.log})
        context = SparkContext(conf=conf, gateway=gateway)
    except Exception as problem:
        said = _last_words()
        _end_java()
        raise EngineError(
            f"Spark did not start on {url}: {said or problem}",
            remedy="Spark needs Java 17 or later, and for a cluster a master that this machine reaches.",
        ) from problem
    _application.ours = True
    return context


def _reach(url: str) -> None:
    """Spark itself would try for a minute, then end its process without a word."""
    if not url.startswith("spark://"):
        return
    problem: Exception | None = None
    for master in url.removeprefix("spark://").split(","):
        try:
            address = urlsplit(f"spark://{master}")
            socket.create_connection((address.hostname or "", address.port or 7077), timeout=10).close()
        except (OSError, ValueError) as caught:
            problem = caught
        else:
            return
    raise EngineError(
        f"There is no Spark master at {url}: {problem}",
        remedy="Check engine.spark_url, and that this machine may connect to the master.",
    )


def _start_settings(url: str, scratch: Path, memory_mb: int) -> dict[str, str]:
    settings = {
        "spark.master": url,
        "spark.app.name": "passend",
        "spark.driver.memory": f"{memory_mb}m",
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": f"file://{scratch.as_posix()}/warehouse",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    } | dict.fromkeys(_KEPT_FOR_PAGES, "1")
    if url.startswith("local") or urlsplit(url).hostname in {"localhost", "127.0.0.1"}:
        # No name service and no open port are needed to talk to oneself.
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    return settings


def _last_words() -> str:
    if _application.log is None:
        return ""
    _application.log.seek(0)
    lines = _application.log.read().decode("utf-8", "replace").splitlines()
    telling = [line for line in lines if "Exception" in line or "Error" in line]
    return (telling or lines or [""])[0].strip()


def _end_java() -> None:
    """End the Java process. PySpark would keep it, with its memory, until Python ends."""
    from pyspark import SparkContext  # noqa: PLC0415 - an extra, loaded where wanted

    gateway = SparkContext._gateway  # noqa: SLF001 - PySpark offers no public way
    if gateway is not None and getattr(gateway, "proc", None) is not None:
        with contextlib.suppress(Exception):
            gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(timeout=30)
        SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001
    if _application.log is not None:
        _application.log.close()
        _application.log = None
