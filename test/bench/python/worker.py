"""What such a project does today: a pool of processes, pandas and psycopg2.

    worker.py < order.json

The order has `dsn`, `bars` and `schema`, `write` (csv, values or binary), `processes`, `baselines` by pair and `tasks`,
each a pair and the first moments of a month and of the next. A task reads its bars once and publishes the partitions of
all families, each in a transaction as Postgres advises for loads: created, loaded, keyed, attached. Prints the seconds
from the start of the pool to the end of the last task; modules are imported before.
"""
import io
import json
import struct
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd
import psycopg2
from psycopg2.extras import execute_values

from features import FAMILIES, LOOKBACK

# microseconds from 1970 to 2000, where Postgres begins
EPOCH = 946_684_800_000_000

order = json.load(sys.stdin)
connection = None


def connect():
    global connection
    connection = psycopg2.connect(order["dsn"])
    # as ours: a lost commit is computed again
    connection.cursor().execute("set synchronous_commit = off; set timezone to 'UTC'")
    connection.commit()


def read_bars(cursor, pair, start, end):
    text = io.StringIO()
    bars = order["bars"]
    cursor.copy_expert(
        f"""copy (select ts_utc, close, volume from (
              (select ts_utc, close, volume from {bars} where symbol = '{pair}' and ts_utc < '{start}'
                 order by ts_utc desc limit {LOOKBACK})
              union all
              select ts_utc, close, volume from {bars}
                where symbol = '{pair}' and ts_utc >= '{start}' and ts_utc < '{end}') both_parts
            order by ts_utc) to stdout (format csv)""",
        text,
    )
    text.seek(0)
    return pd.read_csv(text, header=None, names=["ts_utc", "close", "volume"], dtype={"volume": float})


def write_csv(cursor, target, frame):
    text = io.StringIO()
    frame.to_csv(text, header=False, index=False)
    text.seek(0)
    columns = ", ".join(frame.columns)
    cursor.copy_expert(f"copy {target} ({columns}) from stdin (format csv)", text)


def write_values(cursor, target, frame):
    # NaN is no NULL to psycopg2
    rows = frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None)
    execute_values(cursor, f"insert into {target} ({', '.join(frame.columns)}) values %s", rows, page_size=1000)


def field(value):
    return struct.pack(">i", -1) if np.isnan(value) else struct.pack(">id", 8, value)


def write_binary(cursor, target, frame):
    """Rows without NULL as one array of records, which only those do who know the format."""
    numbers = frame.iloc[:, 1:-1].to_numpy()
    times = pd.to_datetime(frame["ts_utc"]).to_numpy("datetime64[us]").astype(np.int64) - EPOCH
    pair = frame["pair"].iloc[0].encode()
    end = struct.pack(">i", len(pair)) + pair
    whole = ~np.isnan(numbers).any(axis=1)
    cell = np.dtype([("size", ">i4"), ("value", ">f8")])
    rows = np.empty(
        whole.sum(),
        [("count", ">i2"), ("time_size", ">i4"), ("time", ">i8"), ("cells", cell, numbers.shape[1]), ("pair", f"S{len(end)}")],
    )
    rows["count"], rows["time_size"], rows["pair"] = len(frame.columns), 8, end
    rows["time"], rows["cells"]["size"], rows["cells"]["value"] = times[whole], 8, numbers[whole]
    others = b"".join(
        struct.pack(">hiq", len(frame.columns), 8, time) + b"".join(map(field, values)) + end
        for time, values in zip(times[~whole], numbers[~whole])
    )
    data = io.BytesIO(b"PGCOPY\n\xff\r\n\0" + bytes(8) + rows.tobytes() + others + b"\xff\xff")
    cursor.copy_expert(f"copy {target} ({', '.join(frame.columns)}) from stdin (format binary)", data)


WRITE = {"csv": write_csv, "values": write_values, "binary": write_binary}


def run(task):
    pair, start, end = task
    with connection, connection.cursor() as cursor:
        bars = read_bars(cursor, pair, start, end)
    columns = {"index": 100 * bars["close"].to_numpy() / order["baselines"][pair], "volume": bars["volume"].to_numpy()}
    first = int((bars["ts_utc"] < start).sum())
    write = WRITE[order["write"]]
    rows = 0
    for family, compute in FAMILIES.items():
        frame = pd.DataFrame(compute(columns)).iloc[first:]
        frame.insert(0, "ts_utc", bars["ts_utc"].iloc[first:])
        frame["pair"] = pair
        parent = f"{order['schema']}.{family}_{pair}"
        target = f"{parent}_{start[:7].replace('-', '_')}"
        with connection, connection.cursor() as cursor:
            cursor.execute(f"create table {target} (like {parent} including storage)")
            write(cursor, target, frame)
            cursor.execute(
                f"""alter table {target} add primary key (ts_utc);
                    alter table {target} add constraint bounds check (ts_utc is not null and ts_utc >= '{start}' and ts_utc < '{end}');
                    alter table {parent} attach partition {target} for values from ('{start}') to ('{end}');
                    alter table {target} drop constraint bounds"""
            )
        rows += len(frame)
    return rows


begin = time.perf_counter()
with ProcessPoolExecutor(order["processes"], initializer=connect) as pool:
    rows = sum(pool.map(run, order["tasks"]))
seconds = time.perf_counter() - begin
versions = f"Python {sys.version.split()[0]}, pandas {pd.__version__}, numpy {np.__version__}, psycopg2 {psycopg2.__version__.split()[0]}"
print(json.dumps({"seconds": seconds, "rows": rows, "versions": versions}))
