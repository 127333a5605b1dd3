"""Realized volatility by numpy 1.24.2 and pandas 1.5.3 (Python 3.11), from the definitions.

    python3 test/vectors/realized_volatility.py && Rscript test/vectors/realized_volatility.R

The first writes realized_volatility_bars.csv, 700 made-up minute bars with gaps and jumps, and
realized_volatility_numpy.csv.gz, what is computed from their returns; the second adds realized_volatility_ttr.csv.gz, the
estimators from whole bars by TTR. Seventeen digits, so that nothing is lost.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

FOLDER = Path(__file__).parent
N = 20


def bars(rows: int = 700) -> pd.DataFrame:
    """A walk with a daily wave of volatility, gaps between bars, and a jump now and then."""
    draw = np.random.default_rng(20)
    sd = 2e-4 * (1.5 + np.sin(np.arange(rows) / 60))
    steps = draw.normal(0, 1, (rows, 30)) * sd[:, None] / np.sqrt(30)
    steps[draw.integers(0, rows, 12), draw.integers(0, 30, 12)] += draw.choice([-1, 1], 12) * 3e-3
    gaps = draw.normal(0, 1, rows) * sd / 4
    opens = np.log(1.09) + np.cumsum(gaps) + np.concatenate([[0], np.cumsum(steps.sum(axis=1))[:-1]])
    paths = np.exp(opens[:, None] + np.cumsum(np.insert(steps, 0, 0, axis=1), axis=1))
    return pd.DataFrame(
        {
            "ts_utc": pd.date_range("2024-07-01", periods=rows, freq="min"),
            "open": paths[:, 0],
            "high": paths.max(axis=1),
            "low": paths.min(axis=1),
            "close": paths[:, -1],
        }
    ).round(5)


def features(close: pd.Series) -> pd.DataFrame:
    c = close.to_numpy()
    r = np.log(c[1:] / c[:-1])
    size = np.abs(r)
    windows = sliding_window_view(r, N)
    rv = (windows**2).sum(axis=1)
    bv = np.pi / 2 * N / (N - 1) * sliding_window_view(size[1:] * size[:-1], N - 1).sum(axis=1)
    triples = (size[2:] * size[1:-1] * size[:-2]) ** (4 / 3)
    tq = N * 0.8309**-3 * N / (N - 2) * sliding_window_view(triples, N - 2).sum(axis=1)
    largest = np.take_along_axis(windows, N - 1 - np.abs(windows[:, ::-1]).argmax(axis=1)[:, None], axis=1)[:, 0]
    by_window = {
        "w20_bipower_var": bv,
        "w20_realized_quarticity": N / 3 * (windows**4).sum(axis=1),
        "w20_jump_test_stat": (1 - bv / rv)
        / np.sqrt((np.pi**2 / 4 + np.pi - 5) / N * np.maximum(1, tq / bv**2)),
        "w20_signed_jump": np.sign(largest) * np.maximum(rv - bv, 0),
        "w20_realized_skewness": np.sqrt(N) * (windows**3).sum(axis=1) / rv**1.5,
    }
    out = pd.DataFrame({name: np.concatenate([np.full(N, np.nan), values]) for name, values in by_window.items()})
    # each window by itself: rolling().std() of pandas updates sums, which keep the rounding of what has left
    sd = pd.Series(np.concatenate([np.full(N, np.nan), windows.std(axis=1, ddof=1)]))
    of_sd = sliding_window_view(sd.to_numpy(), N).std(axis=1, ddof=1)
    out["w20_vol_of_vol"] = np.concatenate([np.full(N - 1, np.nan), of_sd])
    out["w20_vol_acceleration"] = sd - 2 * sd.shift(5) + sd.shift(10)
    squares = pd.Series(np.concatenate([[np.nan], r**2]))
    out["w20_ewma_vol_ratio"] = np.sqrt(squares.ewm(span=5).mean()) / np.sqrt(squares.ewm(span=20).mean())
    return out


if __name__ == "__main__":
    made = bars()
    made.to_csv(FOLDER / "realized_volatility_bars.csv", index=False, float_format="%.5f")
    features(made["close"]).to_csv(
        FOLDER / "realized_volatility_numpy.csv.gz",
        index=False,
        float_format="%.17g",
        compression={"method": "gzip", "mtime": 0},
    )
