"""Apache Kafka's jars: from Maven Central once, then from the cache folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from process import Process, ServerError

VERSION = "3.9.1"
AGENT_VERSION = "1.0.1"
POM = Path(__file__).with_name("kafka") / "pom.xml"
AGENT_POM = POM.with_name("agent.xml")
JAVA_MIN = 11


class KafkaUnavailable(ServerError):
    """Java or Kafka's jars cannot be had here; the message says which and what would help."""


def cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "segue"


def find_java() -> str:
    """The path of a Java that runs Kafka; KafkaUnavailable if there is none."""
    java = shutil.which("java")
    if not java:
        raise KafkaUnavailable("there is no java (install default-jre-headless)")
    printed = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30).stderr
    version = re.search(r'version "(\d+)', printed)
    if not version or int(version[1]) < JAVA_MIN:
        raise KafkaUnavailable(f"{java} is older than {JAVA_MIN} (install default-jre-headless)")
    return java


def cached() -> Path | None:
    """The folder with the jars if they were fetched before."""
    jars = cache_folder() / f"kafka-{VERSION}"
    return jars if jars.is_dir() else None


def fetch(within_s: float = 300) -> Path:
    """The folder with Kafka's jars, fetched if need be; KafkaUnavailable if that cannot be done.

    Safe against interruption and against others who fetch at the same time: the folder appears
    whole, by a rename, or not at all.
    """
    return _fetch(POM, cache_folder() / f"kafka-{VERSION}", "kafka_2.13-*.jar", within_s)


def fetch_agent(within_s: float = 300) -> Path:
    """The same of the agent within a broker that serves its figures to Prometheus: the jar's path."""
    target = cache_folder() / f"jmx-exporter-{AGENT_VERSION}"
    jars = "jmx_prometheus_javaagent-*.jar"
    return next(_fetch(AGENT_POM, target, jars, within_s).glob(jars))


def _fetch(pom: Path, target: Path, wanted: str, within_s: float) -> Path:
    if target.is_dir():
        return target
    maven = shutil.which("mvn")
    if not maven:
        raise KafkaUnavailable("there is no mvn to fetch Apache Kafka with (install maven)")
    cache_folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fetching-", dir=cache_folder()) as temporary:
        _copy_dependencies(maven, pom, Path(temporary), within_s)
        if not list((Path(temporary) / "jars").glob(wanted)):
            raise KafkaUnavailable(f"Maven Central gave no {wanted}")
        try:
            (Path(temporary) / "jars").rename(target)
        except OSError:
            if not target.is_dir():  # else somebody was faster, with the same jars
                raise
    return target


def _copy_dependencies(maven: str, pom: Path, folder: Path, within_s: float) -> None:
    command = [maven, "-q", "-B", "-f", pom]
    # A repository of our own, so that nothing is written outside the cache folder.
    command += [f"-Dmaven.repo.local={folder / 'repository'}", "-DincludeScope=runtime"]
    command += [f"-DoutputDirectory={folder / 'jars'}", "dependency:copy-dependencies"]
    with Process("maven", command, folder) as fetching:
        try:
            code = fetching.wait(within_s)
        except ServerError as error:
            raise KafkaUnavailable(f"Maven Central is too slow: {error}") from None
    if code != 0:
        raise KafkaUnavailable(f"Maven Central cannot be reached: {_first_error(fetching.log)}")


def _first_error(log: Path) -> str:
    for line in log.read_text(errors="replace").splitlines():
        if "[ERROR]" in line:
            return line.split("[ERROR]", 1)[1].strip()[:300]
    return "mvn failed without a word"
