"""Summarize a table in a bucket on a Ray cluster; the workers read and write, and what is done is not done again.

    ray job submit --working-dir . -- python examples/ray_data.py s3://acme/letters/ s3://acme/summaries/ style=legal

Both are folders of Parquet files, anywhere that Ray Data reads: a bucket, or a disk that all nodes have. Every document
needs an `id` that is a text. Where every node has Precis and its weights, as `precis serve` needs them.
"""

import sys

import ray
from ray.data import DataContext
from ray.data.checkpoint import CheckpointConfig

from batch.ray_data import summarize


def main(source: str, out: str, *options: str) -> None:
    ray.init()
    DataContext.get_current().checkpoint_config = CheckpointConfig(
        id_column="id", checkpoint_path=f"{out.rstrip('/')}.done", delete_checkpoint_on_success=False
    )
    letters = ray.data.read_parquet(source)
    summarize(letters, **dict(option.split("=", 1) for option in options)).write_parquet(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
