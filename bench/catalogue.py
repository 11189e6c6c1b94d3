"""An invented catalogue of any size for the benchmarks of rules, made inside PostgreSQL."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from local.environment import storage
from local.postgres import Postgres
from shared.platform import db, migrations
from shared.platform.settings import settings

STONES = """
    INSERT INTO diamonds (
           id, feed, supplier_stone_id, offer_id, shape, carats, color, clarity, cut, polish,
           symmetry, fluorescence_intensity, lab_grown, stone_type, feed_price,
           certificate_lab, certificate_number, image_url, length_mm, width_mm, depth_mm,
           depth_pct, table_pct, supplier_name, content_hash)
    SELECT md5('stone ' || n)::uuid, 'demo', 'S-' || n, 'O-' || n,
           (ARRAY['ROUND', 'OVAL', 'PEAR', 'CUSHION', 'EMERALD', 'HEART', 'RADIANT'])[1 + n %% 7],
           round((0.3 + power(random(), 4) * 5)::numeric, 2),
           (ARRAY['D', 'E', 'F', 'G', 'H', 'I', 'J'])[1 + (random() * 6)::int],
           (ARRAY['IF', 'VVS1', 'VVS2', 'VS1', 'VS2', 'SI1', 'SI2'])[1 + (random() * 6)::int],
           (ARRAY['ID', 'EX', 'VG', 'G'])[1 + (random() * 3)::int], 'EX', 'EX', 'NONE',
           n %% 3 = 0,
           CASE WHEN n %% 3 = 0 THEN 'lab' WHEN n %% 20 = 1 THEN 'fancy' ELSE 'natural' END,
           round((200 + power(random(), 5) * 60000)::numeric, 2), 'GIA', 'C' || n,
           'https://pictures.example/stones/' || md5(n::text) || '/still.jpg',
           6.5, 6.4, 4.0, 61.5, 57.0, 'supplier ' || n %% 40, decode(md5(n::text), 'hex')
      FROM generate_series(1, %s) AS n
"""


@contextmanager
def database() -> Iterator[str]:
    """A durable server of its own with the app's schema; the settings of this process name it."""
    with tempfile.TemporaryDirectory() as folder, Postgres(Path(folder) / "pg") as postgres:
        url = postgres.create_database("bench")
        migrations.apply(url)
        use(url)
        yield url
        db.pool().close()


def use(url: str) -> None:
    """Let the app's settings, in this process, name this database."""
    os.environ |= {"DATABASE_URL": url, "AzureWebJobsStorage": storage("http://127.0.0.1:9/a")}  # noqa: TID251
    os.environ["DATABASE_STATEMENT_TIMEOUT_SECONDS"] = "900"  # noqa: TID251
    settings.cache_clear()


@contextmanager
def catalogue(stones: int) -> Iterator[str]:
    """With this many stones on sale, priced by nobody yet."""
    with database() as url:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(STONES.encode(), [stones])
            conn.execute("VACUUM (ANALYZE) diamonds")
        yield url
