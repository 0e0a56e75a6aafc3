"""Limits of containers and jobs, in trees of files as the two versions of cgroups have them."""

from pathlib import Path

import pytest

from engine.runtime.machine.cgroup import Cgroup

GB = 10**9


def groups(root: Path, own: str, files: dict[str, object]) -> Cgroup:
    for name, content in files.items():
        path = root / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{content}\n")
    (root / "own").write_text(own)
    return Cgroup(root / "cgroup", root / "own")


def test_a_container_of_version_2_sees_its_own_group_at_the_mount(tmp_path: Path) -> None:
    cgroup = groups(
        tmp_path,
        "0::/\n",
        {
            "cpu.max": "150000 100000",
            "memory.max": 2 * GB,
            "memory.current": GB,
            "memory.stat": "anon 5\ninactive_file 400000000",
        },
    )
    assert cgroup.cores() == 1.5
    limit = cgroup.memory_limit()
    assert limit is not None
    assert (limit.limit, limit.used()) == (2 * GB, 600_000_000)


def test_the_least_limit_of_a_job_and_the_groups_above_it_counts(tmp_path: Path) -> None:
    job = "system.slice/slurm/job_7/step_0"
    cgroup = groups(
        tmp_path,
        f"0::/{job}\n",
        {
            f"{job}/memory.max": "max",
            f"{job}/cpu.max": "max 100000",
            "system.slice/slurm/job_7/memory.max": 8 * GB,
            "system.slice/slurm/job_7/memory.current": 3 * GB,
            "system.slice/slurm/memory.max": 64 * GB,
            "system.slice/slurm/cpu.max": "400000 100000",
        },
    )
    assert cgroup.cores() == 4.0
    limit = cgroup.memory_limit()
    assert limit is not None
    assert (limit.limit, limit.used()) == (8 * GB, 3 * GB)


def test_version_1_has_a_tree_for_each_resource(tmp_path: Path) -> None:
    cgroup = groups(
        tmp_path,
        "9:cpu,cpuacct:/slurm/job_7\n8:memory:/slurm/job_7\n1:name=systemd:/\n",
        {
            "cpu,cpuacct/slurm/job_7/cpu.cfs_quota_us": 200_000,
            "cpu,cpuacct/slurm/job_7/cpu.cfs_period_us": 100_000,
            "memory/slurm/job_7/memory.limit_in_bytes": 4 * GB,
            "memory/slurm/job_7/memory.usage_in_bytes": 2 * GB,
            "memory/slurm/job_7/memory.stat": "total_inactive_file 1000000000",
            "memory/memory.limit_in_bytes": 9223372036854771712,
        },
    )
    assert cgroup.cores() == 2.0
    limit = cgroup.memory_limit()
    assert limit is not None
    assert (limit.limit, limit.used()) == (4 * GB, GB)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"cpu.max": "max 100000", "memory.max": "max"},
        {"cpu.max": "no numbers here", "memory.max": ""},
        {"cpu.cfs_quota_us": -1, "cpu.cfs_period_us": 100_000},
        {"cpu.max": "100000 0"},
    ],
)
def test_there_is_no_limit_where_none_can_be_read(tmp_path: Path, files: dict[str, object]) -> None:
    cgroup = groups(tmp_path, "0::/\nnonsense\n", files)
    assert cgroup.cores() is None
    assert cgroup.memory_limit() is None
    assert Cgroup(tmp_path, tmp_path / "missing").cores() is None
