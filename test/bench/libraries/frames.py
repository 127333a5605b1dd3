"""pandas and bottleneck: each case of cases.ts that they have, over the bars of a file, several times.

    frames.py LIBRARY REPETITIONS BUDGET_MS BARS RESULTS CASE...

Reads and writes what native.c does.
"""
import json
import statistics
import sys
import time

import numpy as np

WINDOWS = (15, 30, 45, 60, 75)


def read(path):
    with open(path, "rb") as file:
        rows = int(np.fromfile(file, np.int64, 1)[0])
        names = ("open", "high", "low", "close", "volume", "first", "second")
        return {name: np.fromfile(file, np.float64, rows) for name in names}


def of_pandas(bars):
    import pandas as pd

    frame = pd.DataFrame(bars)
    close, high, low = frame.close, frame.high, frame.low

    def wilder(series, n):
        return series.ewm(alpha=1 / n, adjust=False).mean()

    def true_range():
        before = close.shift()
        return pd.concat([high - low, (high - before).abs(), (low - before).abs()], axis=1).max(axis=1)

    def slope(n):
        # by convolution with the centred row numbers: rolling().apply() takes a thousand times as long
        weights = np.arange(n) - (n - 1) / 2
        full = np.convolve(close.to_numpy(), weights[::-1], "valid") / (weights**2).sum()
        return np.concatenate([np.full(n - 1, np.nan), full])

    def rsi(n):
        change = close.diff()
        ups, downs = wilder(change.clip(lower=0), n), wilder(-change.clip(upper=0), n)
        return 100 * ups / (ups + downs)

    def adx(n):
        up, down = high.diff(), -low.diff()
        plus = wilder(up.where((up > down) & (up > 0), 0.0), n)
        minus = wilder(down.where((down > up) & (down > 0), 0.0), n)
        return wilder(100 * (plus - minus).abs() / (plus + minus), n)

    def macd():
        line = close.ewm(span=12, adjust=False).mean() - close.ewm(span=26, adjust=False).mean()
        signal = line.ewm(span=9, adjust=False).mean()
        return [line, signal, line - signal]

    def bbands():
        rolling = close.rolling(20)
        middle, width = rolling.mean(), 2 * rolling.std(ddof=0)
        return [middle + width, middle, middle - width]

    def stoch():
        bottom, top = low.rolling(14).min(), high.rolling(14).max()
        place = 100 * (close - bottom) / (top - bottom)
        return [place, place.rolling(3).mean()]

    kinds = {
        "sum": lambda n: close.rolling(n).sum(),
        "mean": lambda n: close.rolling(n).mean(),
        "sd": lambda n: close.rolling(n).std(ddof=0),
        "max": lambda n: close.rolling(n).max(),
        "min": lambda n: close.rolling(n).min(),
        "ema": lambda n: close.ewm(span=n, adjust=False).mean(),
        "slope": slope,
        "median": lambda n: close.rolling(n).median(),
        "corr": lambda n: frame["first"].rolling(n).corr(frame["second"]),
        "skew": lambda n: frame["first"].rolling(n).skew(),
        "kurt": lambda n: frame["first"].rolling(n).kurt(),
        "rsi": rsi,
        "atr": lambda n: wilder(true_range(), n),
        "adx": adx,
    }
    return pd.__version__, kinds, {"macd": macd, "bbands": bbands, "stoch": stoch}


def of_bottleneck(bars):
    import bottleneck as bn

    close = bars["close"]
    kinds = {
        "sum": lambda n: bn.move_sum(close, n),
        "mean": lambda n: bn.move_mean(close, n),
        "sd": lambda n: bn.move_std(close, n, ddof=0),
        "max": lambda n: bn.move_max(close, n),
        "min": lambda n: bn.move_min(close, n),
        "median": lambda n: bn.move_median(close, n),
    }
    return bn.__version__, kinds, {}


def main(library, repetitions, budget, bars_path, results_path, *names):
    version, kinds, whole = {"pandas": of_pandas, "bottleneck": of_bottleneck}[library](read(bars_path))

    def runner(name):
        if name in whole:
            return whole[name]
        kind, of = name.split(" ") if " " in name else (name, "")
        if kind not in kinds:
            return None
        windows = WINDOWS if of == "set" else (int(of),)
        return lambda: [kinds[kind](n) for n in windows]

    cases = {}
    out = None if results_path == "-" else open(results_path, "wb")
    for name in names:
        run = runner(name)
        if run is None:
            continue
        planes = run()
        times = []
        begin = time.perf_counter_ns()
        while not times or (len(times) < int(repetitions) and time.perf_counter_ns() - begin < float(budget) * 1e6):
            start = time.process_time_ns()
            run()
            times.append(time.process_time_ns() - start)
        cases[name] = {"ns": statistics.median(times) / len(planes[0]), "planes": len(planes)}
        for plane in planes if out else ():
            np.asarray(plane, np.float64).tofile(out)
    if out:
        out.close()
    print(json.dumps({"version": version, "cases": cases}))


main(*sys.argv[1:])
