"""A real standalone Spark cluster on loopback: a master and a worker, from the jars of the PySpark wheel."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyspark

_START_SECONDS = 60


@contextmanager
def standalone_cluster(folder: Path, cores: int = 2, memory_mb: int = 1200) -> Iterator[str]:
    """The master's address while the cluster runs, ``spark://127.0.0.1:port``; its logs are in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    # Port 0 lets the system choose a free one, so that two test runs never meet.
    ports = ["--host", "127.0.0.1", "--port", "0", "--webui-port", "0"]
    with ExitStack() as running:
        master = running.enter_context(_daemon(folder / "master.log", "master.Master", *ports))
        url = _said(folder / "master.log", master, r"Starting Spark master at (spark://\S+)")
        size = ["--cores", str(cores), "--memory", f"{memory_mb}m", "--work-dir", str(folder / "work")]
        worker = running.enter_context(_daemon(folder / "worker.log", "worker.Worker", *ports, *size, url))
        _said(folder / "worker.log", worker, r"Successfully registered with master (spark://\S+)")
        yield url


@contextmanager
def _daemon(log: Path, main: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    jars = Path(pyspark.__file__).parent / "jars"
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else "java"
    # What spark-submit adds for Java 17 and later.
    opened = [f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in _OPENED]
    command = [
        java,
        "-Xmx256m",
        *opened,
        "-cp",
        f"{jars}{os.sep}*",
        f"org.apache.spark.deploy.{main}",
        *arguments,
    ]
    # The worker starts executors as Spark's scripts would; those name the Scala of the jars.
    scala = next(jars.glob("spark-core_*.jar")).name.split("_")[1].split("-")[0]
    environment = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_HOME": str(jars.parent)}
    environment["SPARK_SCALA_VERSION"] = scala
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


_OPENED = ("java.lang", "java.lang.invoke", "java.nio", "java.util", "sun.nio.ch", "sun.security.action")


def _said(log: Path, process: subprocess.Popen[bytes], wanted: str) -> str:
    """What the daemon says in its log, once it does."""
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        found = re.search(wanted, log.read_text("utf-8", "replace"))
        if found:
            return found[1]
        time.sleep(0.1)
    raise RuntimeError(
        f"The Spark daemon did not say '{wanted}':\n{log.read_text('utf-8', 'replace')[-3000:]}"
    )
