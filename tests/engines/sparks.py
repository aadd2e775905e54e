"""The Spark that the tests share: Java takes seconds to start, so it stays until another is needed."""

import os
from contextlib import ExitStack
from pathlib import Path

from passend.engines.spark import SparkEngine
from tests.engines.standalone import standalone_cluster

LOCAL = "local[2]"
#: Java compiles quickly rather than thoroughly, which makes short tests three times as fast. Small tables are not
#: spread over Spark's usual 200 parts, each a file, and what was compiled for one world is there for the next.
_OPTIONS = (
    "-XX:TieredStopAtLevel=1",
    # Which alone would leave 48 MB for compiled code: once full, Java gives up in the middle of a test.
    "-XX:ReservedCodeCacheSize=400m",
    "-XX:+UseSerialGC",
    "-Dspark.sql.shuffle.partitions=3",
    "-Dspark.sql.codegen.cache.maxEntries=5000",
)
os.environ.setdefault("JAVA_TOOL_OPTIONS", " ".join(_OPTIONS))


class Sparks:
    """One process can hold one Spark application: on this machine's cores or on the cluster."""

    def __init__(self) -> None:
        self._kept: tuple[str, SparkEngine] | None = None
        self._cluster = ExitStack()
        self._address = ""

    def local(self) -> str:
        """The address of Spark in this process, now running."""
        return self._keep(LOCAL)

    def cluster(self, folder: Path) -> str:
        """The address of a standalone cluster on loopback, now running; its logs are in the folder."""
        if not self._address:
            self._address = self._cluster.enter_context(standalone_cluster(folder))
        return self._keep(self._address)

    def end(self) -> None:
        """End the application and the cluster."""
        if self._kept:
            self._kept[1].close()
            self._kept = None
        self._cluster.close()
        self._address = ""

    def _keep(self, url: str) -> str:
        if self._kept is None or self._kept[0] != url:
            if self._kept:
                self._kept[1].close()
                self._kept = None
            self._kept = (url, SparkEngine(url, memory_mb=1500))
        return url


SPARKS = Sparks()
