"""Old runs go with their events and logs; young ones stay."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from orchestration.housekeeping import remove_old_runs


@dg.job
def quick() -> None:
    @dg.op
    def speak() -> None:
        print("hello")

    speak()


def test_runs_older_than_a_time_go_with_their_logs(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        gone = [quick.execute_in_process(instance=instance).run_id for _ in range(2)]
        between = datetime.now(UTC)
        stays = quick.execute_in_process(instance=instance).run_id
        assert remove_old_runs(instance, between) == 2
        assert [run.run_id for run in instance.get_runs()] == [stays]
        assert not instance.all_logs(gone[0])
        assert not [path for path in tmp_path.rglob("*") if gone[0] in str(path) and path.is_dir()]
        assert remove_old_runs(instance, datetime.now(UTC) - timedelta(days=1)) == 0
