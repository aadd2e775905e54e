import os
import subprocess
import sys
from pathlib import Path

import pytest

from passend.engines import open_engine
from passend.errors import EngineError, MissingPart, UntranslatableSql
from passend.ports import Engine, Statement
from passend.settings import Settings
from passend.testing.engine_suite import EngineSuite

pytestmark = pytest.mark.spark


@pytest.mark.usefixtures("local_spark")
class TestSpark(EngineSuite):
    def open_engine(self, scratch: Path) -> Engine:
        from passend.engines.spark import SparkEngine

        return SparkEngine("local[2]", scratch)


@pytest.fixture
def engine(local_spark, tmp_path):
    opened = open_engine(Settings({"engine.name": "spark", "engine.spark_url": local_spark}), tmp_path)
    yield opened
    opened.close()


def test_traps_are_refused_before_spark_sees_them(engine):
    with pytest.raises(UntranslatableSql, match=r"test/x.sql: hash\(\) gives other numbers"):
        engine.create("x", Statement("test/x", "select hash('a') as h"))


def test_a_step_is_computed_once(engine):
    """What a step reads may go once the step is done."""
    engine.create("a", Statement("test/a", "select 1 as x"))
    engine.create("b", Statement("test/b", "select x from a"))
    engine.drop("a")
    assert engine.fetch("b").to_pylist() == [{"x": 1}]


def test_a_second_master_is_refused_and_the_first_goes_on(engine, tmp_path):
    with pytest.raises(EngineError, match=r"already runs Spark on local\[2\]"):
        open_engine(Settings({"engine.name": "spark", "engine.spark_url": "local[1]"}), tmp_path / "second")
    assert list((tmp_path / "second").iterdir()) == []
    assert engine.create("a", Statement("test/a", "select 1 as x")) == 1


def test_spark_keeps_quiet_and_ends_with_its_engine(tmp_path):
    """In a process of its own: nothing is printed, and no Java process stays."""
    text = (
        "import psutil\n"
        "from passend.engines.spark import SparkEngine\n"
        "from passend.errors import EngineError\n"
        "from passend.ports import Statement\n"
        "engine = SparkEngine('local[1]')\n"
        "try:\n    engine.create('a', Statement('test/a', 'select x from nowhere'))\n"
        "except EngineError:\n    pass\n"
        "engine.close()\n"
        "print([child.name() for child in psutil.Process().children()])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.stdout.strip(), done.stderr.strip()) == ("[]", "")


def test_spark_starts_again_after_its_java_has_died():
    text = (
        "import psutil\n"
        "from passend.engines.spark import SparkEngine\n"
        "from passend.errors import EngineError\n"
        "from passend.ports import Statement\n"
        "first = SparkEngine('local[1]')\n"
        "(java,) = psutil.Process().children()\n"
        "java.kill()\n"
        "java.wait()\n"
        "try:\n    first.create('a', Statement('test/a', 'select 1 as x'))\n"
        "except EngineError as problem:\n    print(problem)\n"
        "second = SparkEngine('local[1]')\n"
        "second.create('a', Statement('test/a', 'select 7 as x'))\n"
        "print(second.fetch('a').to_pylist())\n"
        "first.close()\n"
        "print(second.fetch('a').num_rows)\n"
        "third = SparkEngine('local[1]')\n"
        "(java,) = psutil.Process().children()\n"
        "java.kill()\n"
        "java.wait()\n"
        "second.close()\n"
        "third.close()\n"
        "print('closed')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, timeout=180, check=False
    )
    ended, *rest = done.stdout.splitlines()
    assert ended.startswith("Spark could not compute the step: its Java process has ended: ")
    assert rest == ["[{'x': 7}]", "1", "closed"], done.stderr


def test_missing_java_is_told(tmp_path):
    text = (
        "from passend.engines.spark import SparkEngine\n"
        "from passend.errors import MissingPart\n"
        "try:\n    SparkEngine()\nexcept MissingPart as problem:\n    print(problem)\n"
    )
    environment = {**os.environ, "PATH": "", "JAVA_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", text],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )
    assert "needs Java 17 or later" in done.stdout
    assert "What to do: Install it" in done.stdout


def test_missing_pyspark_is_told(monkeypatch, tmp_path):
    from passend.engines import spark_session

    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(MissingPart, match="needs PySpark"):
        spark_session.open_session("local[2]", tmp_path, 1000)


def test_a_cluster_that_is_not_there_is_told(tmp_path):
    text = (
        "from passend.engines.spark import SparkEngine\n"
        "from passend.errors import EngineError\n"
        "try:\n    SparkEngine('spark://127.0.0.1:9')\nexcept EngineError as problem:\n    print(problem)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, timeout=180, check=False
    )
    assert "There is no Spark master at spark://127.0.0.1:9" in done.stdout
    assert "Check engine.spark_url" in done.stdout
