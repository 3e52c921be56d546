"""The sensors that tell people, on runs that really fail: a tick before, the run, a tick after."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from ingest.errors import LandingError, StorageUnreachableError
from orchestration.resources import PipelineResource
from orchestration.runtime import notify
from orchestration.runtime.notify import KEYWORD
from orchestration.sensors.alerts import build_check_failure_sensor, build_run_failure_sensor, check_lines

URL = "json://hook.test/"
WARN, ERROR = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR


class Watch:
    """A sensor on an instance, with the cursor that the daemon would keep."""

    def __init__(self, sensor: dg.SensorDefinition, instance: dg.DagsterInstance, data: Path):
        self.sensor, self.instance, self.data = sensor, instance, data
        self.cursor: str | None = None
        self.tick()

    def tick(self) -> Any:
        pipeline = PipelineResource(overrides={"EDU_DATA_DIR": str(self.data)})
        resources = {"pipeline": pipeline}
        with dg.build_sensor_context(self.instance, self.cursor, resources=resources) as context:
            result = self.sensor.evaluate_tick(context)
        self.cursor = result.cursor
        return result


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Title and body of each message."""
    messages: list[tuple[str, str]] = []
    monkeypatch.setenv("EDU_NOTIFY_URLS", URL)
    monkeypatch.setattr(notify, "send", lambda _, title, body: messages.append((title, body)))
    return messages


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Callable[[dg.SensorDefinition], Watch]]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield lambda sensor: Watch(sensor, instance, tmp_path)


def fail(instance: dg.DagsterInstance, error: Exception) -> str:
    """A run of job `refresh` whose step `landing` raises the error; its id."""

    @dg.op
    def landing() -> None:
        raise error

    @dg.job
    def refresh() -> None:
        landing()

    return refresh.execute_in_process(instance=instance, raise_on_error=False).run_id


def materialise(instance: dg.DagsterInstance, *results: dg.AssetCheckResult) -> dg.ExecuteInProcessResult:
    """A run that materialises `returns/pay`, and what its checks give."""
    specs = [dg.AssetCheckSpec(str(each.check_name), asset=["returns", "pay"]) for each in results]

    @dg.asset(key=["returns", "pay"], check_specs=specs)
    def pay() -> Iterator[Any]:
        yield dg.MaterializeResult(check_results=results)

    return dg.materialize([pay], instance=instance, raise_on_error=False)


def failed(
    name: str, asset: str = "returns/pay", severity: dg.AssetCheckSeverity = WARN, **said: Any
) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(dg.AssetKey(asset.split("/")), name, passed=False, severity=severity, **said)


def test_a_failed_run_is_told_once(watch: Callable[..., Watch], sent: list[tuple[str, str]], tmp_path: Path) -> None:
    release = tmp_path / "published" / "releases" / "2026-11-23T020000"
    release.mkdir(parents=True)
    (tmp_path / "published" / "current").symlink_to(release)
    watcher = watch(build_run_failure_sensor())
    fail(watcher.instance, LandingError("The landing zone sftp://edu:hidden@host/x\ncannot be reached."))
    watcher.tick()
    watcher.tick()
    [(title, body)] = sent
    assert title == "任务失败：refresh"
    assert "原因：步骤 landing：" in body
    assert "The landing zone sftp://***@host/x cannot be reached." in body
    assert "hidden" not in body
    assert "Asia/Shanghai" in body
    assert "版本不受影响（the last release stays）：2026-11-23T020000" in body
    assert "下一步：" in body
    assert "/runs/" not in body


def test_a_server_out_of_reach_is_told_in_its_own_words(
    watch: Callable[..., Watch], sent: list[tuple[str, str]]
) -> None:
    watcher = watch(build_run_failure_sensor())
    fail(watcher.instance, StorageUnreachableError("s3://edu/lake cannot be listed: refused."))
    watcher.tick()
    [(_, body)] = sent
    assert "s3://edu/lake cannot be listed: refused." in body


def test_what_a_county_wrote_is_not_told(watch: Callable[..., Watch], sent: list[tuple[str, str]]) -> None:
    watcher = watch(build_run_failure_sensor())
    fail(watcher.instance, ValueError("could not convert 王小明 to float"))
    watcher.tick()
    [(_, body)] = sent
    assert "步骤 landing：ValueError" in body
    assert "王小明" not in body


def test_a_mistake_in_the_settings_is_told_all_the_same(
    watch: Callable[..., Watch], sent: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = watch(build_run_failure_sensor())
    fail(watcher.instance, LandingError("gone"))
    monkeypatch.setenv("EDU_TODAY", "yesterday")
    watcher.tick()
    assert len(sent) == 1


def test_the_message_links_to_the_run(
    watch: Callable[..., Watch], sent: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDU_DAGSTER_URL", "https://edu.test/dagster/")
    watcher = watch(build_run_failure_sensor())
    run_id = fail(watcher.instance, LandingError("gone"))
    watcher.tick()
    assert f"https://edu.test/dagster/runs/{run_id}" in sent[0][1].splitlines()[-1]


def test_a_run_that_dagster_gave_up_is_told(watch: Callable[..., Watch], sent: list[tuple[str, str]]) -> None:
    watcher = watch(build_run_failure_sensor())
    run = materialise(watcher.instance).dagster_run
    watcher.instance.report_run_failed(run, "Run timed out due to taking longer than 60 seconds to start.")
    watcher.tick()
    [(title, body)] = sent
    assert title == "任务失败：资产物化（materialisation）"
    assert "原因：Run timed out due to taking longer than 60 seconds to start." in body


def test_failed_checks_stand_in_the_message_of_the_run_that_failed(
    watch: Callable[..., Watch], sent: list[tuple[str, str]]
) -> None:
    watcher = watch(build_run_failure_sensor())

    @dg.asset(check_specs=[dg.AssetCheckSpec("whole", asset="pay", blocking=True)])
    def pay() -> dg.MaterializeResult:  # type: ignore[type-arg]
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=False, description="只有一半")])

    dg.materialize([pay], instance=watcher.instance, raise_on_error=False)
    watcher.tick()
    [(_, body)] = sent
    assert body.splitlines()[-1] == "[ERROR] whole pay：只有一半"
    assert "DagsterAssetCheckFailedError" in body


@pytest.mark.parametrize("severity", [WARN, ERROR])
def test_checks_that_fail_in_a_good_run_are_told_once(
    severity: dg.AssetCheckSeverity, watch: Callable[..., Watch], sent: list[tuple[str, str]]
) -> None:
    watcher = watch(build_check_failure_sensor())
    late = dg.AssetCheckResult(
        passed=False,
        check_name="on_time_331002",
        severity=severity,
        description="2022-09：逾期\n3 天",
        metadata={"days overdue": 3, "seconds": 0.5, "names": "王小明"},
    )
    fine = dg.AssetCheckResult(passed=True, check_name="on_time_331003")
    assert materialise(watcher.instance, late, fine).success
    watcher.tick()
    watcher.tick()
    [(title, body)] = sent
    assert title == "1 项检查未通过：资产物化（materialisation）"
    assert body.splitlines()[-1] == f"[{severity.value}] on_time_331002 returns/pay：2022-09：逾期 3 天；days overdue 3"
    assert "尚无（none yet）" in body


def test_a_run_without_failed_checks_is_no_news(watch: Callable[..., Watch], sent: list[tuple[str, str]]) -> None:
    watcher = watch(build_check_failure_sensor())
    assert materialise(watcher.instance, dg.AssetCheckResult(passed=True, check_name="whole")).success
    result = watcher.tick()
    assert not sent and result.skip_message is None


def test_checks_of_one_name_share_a_line() -> None:
    lines = check_lines([failed("on_time_331002", f"returns/form{number}") for number in range(7)])
    assert lines == [
        "[WARN] on_time_331002 × 7：returns/form0、returns/form1、returns/form2、returns/form3、returns/form4…"
    ]


def test_errors_come_first_and_the_rest_is_counted() -> None:
    lines = check_lines([*(failed(f"w{number:02}") for number in range(24)), failed("broken", severity=ERROR)])
    assert lines[:2] == ["[ERROR] broken returns/pay", "[WARN] w00 returns/pay"]
    assert len(lines) == 21
    assert lines[-1] == "……另有 5 行（more）"


@pytest.mark.parametrize("build", [build_run_failure_sensor, build_check_failure_sensor])
def test_without_targets_the_tick_says_so(
    build: Callable[[], dg.SensorDefinition], watch: Callable[..., Watch], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EDU_NOTIFY_URLS", raising=False)
    watcher = watch(build())
    fail(watcher.instance, LandingError("gone"))
    materialise(watcher.instance, dg.AssetCheckResult(passed=False, check_name="whole", severity=WARN))
    assert "EDU_NOTIFY_URLS is not set" in watcher.tick().skip_message


@pytest.mark.parametrize(
    ("url", "told"),
    [("json://user:hidden@127.0.0.1:9/", "第1个 JSON"), ("nonsense://hidden", "URL 1 of EDU_NOTIFY_URLS")],
)
def test_a_message_that_could_not_be_sent_fails_the_tick_and_is_not_repeated(
    url: str, told: str, watch: Callable[..., Watch], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDU_NOTIFY_URLS", url)
    watcher = watch(build_run_failure_sensor())
    fail(watcher.instance, LandingError("gone"))
    [reaction] = watcher.tick().dagster_run_reactions
    assert told in reaction.error.message
    assert "hidden" not in reaction.error.to_string()
    assert not watcher.tick().dagster_run_reactions


def test_both_run_unless_somebody_stops_them_and_bear_the_keyword_robots_ask_for() -> None:
    for sensor in (build_run_failure_sensor(), build_check_failure_sensor()):
        assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
    assert KEYWORD == "教育监测", "robots are set up with this word"
