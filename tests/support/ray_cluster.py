"""A Ray cluster of two nodes of one core each on this machine, as a process that a test talks to.

Prints its address; loses its second node, without farewell, at the line `lose`; ends with stdin.
"""

import sys
from typing import Any

from ray.cluster_utils import Cluster

_MEMORY = 80 * 1024 * 1024


def main() -> None:
    cluster: Any = Cluster(
        initialize_head=True,
        head_node_args={
            "num_cpus": 1, "object_store_memory": _MEMORY, "include_dashboard": False,
        },
    )  # fmt: skip
    second = cluster.add_node(num_cpus=1, object_store_memory=_MEMORY)
    print(cluster.address, flush=True)
    for line in sys.stdin:
        if line.strip() == "lose":
            cluster.remove_node(second, allow_graceful=False)
            print("lost", flush=True)
    cluster.shutdown()


if __name__ == "__main__":
    main()
