"""The 99 features of the set stocks-hourly by pandas 3.0.6 (numpy 2.4.6, Python 3.11), from their definitions.

    python3 test/vectors/stocks_hourly.py

writes stocks_hourly_bars.csv, a made-up stock of 800 hourly bars in sessions of seven, and
stocks_hourly_features.csv.gz, its features with twelve digits.

    python3 test/vectors/stocks_hourly.py BARS.csv.gz... FOLDER

writes the features of files of bars (ts_utc,open,high,low,close,volume) with all their digits into a folder.

Windows marked "mp1" have min_periods=1, which is what the option minPeriods: 1 stands for.
"""

import gzip
import random
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

ZONE = "America/New_York"
BARS_PER_DAY = 24


def features(bars: pd.DataFrame) -> pd.DataFrame:
    o, h, l, c, v = (bars[name].astype(float) for name in ("open", "high", "low", "close", "volume"))
    local = bars["ts_utc"].dt.tz_localize("UTC").dt.tz_convert(ZONE)
    out: dict[str, pd.Series] = {}

    # phase 1: price and time
    ret = c.pct_change()
    out["returns"] = ret
    out["log_returns"] = np.log(c / c.shift(1))
    out["high_low_pct"] = (h - l) / c
    out["open_close_pct"] = (c - o) / o
    out["price_acceleration"] = ret - ret.shift(1)
    out["returns_sign"] = np.sign(ret)
    hour = local.dt.hour
    dow = local.dt.dayofweek
    out["hour"] = hour
    out["day_of_week"] = dow
    out["hour_sin"] = np.sin(2 * np.pi * hour / 24)
    out["hour_cos"] = np.cos(2 * np.pi * hour / 24)
    out["dow_sin"] = np.sin(2 * np.pi * dow / 7)
    out["dow_cos"] = np.cos(2 * np.pi * dow / 7)
    out["is_market_open"] = ((hour >= 9) & (hour <= 16)).astype(int)

    # phase 2: means, bands, MACD, ranges, volatility
    ma = {name: c.rolling(n, min_periods=1).mean() for name, n in (("short", 24), ("med", 120), ("long", 480))}
    for name, mean in ma.items():
        out[f"price_ma_{name}"] = mean
    for name, mean in ma.items():
        out[f"price_to_ma_{name}"] = c / mean
    out["ma_short_to_med"] = ma["short"] / ma["med"]
    out["ma_med_to_long"] = ma["med"] / ma["long"]
    middle = c.rolling(20, min_periods=1).mean()
    sd = c.rolling(20, min_periods=2).std()
    upper, lower = middle + 2 * sd, middle - 2 * sd
    out["bb_upper"] = upper
    out["bb_lower"] = lower
    out["bb_position"] = (c - lower) / (upper - lower)
    out["bb_squeeze"] = (upper - lower) / middle
    macd = c.ewm(span=12, adjust=True).mean() - c.ewm(span=26, adjust=True).mean()
    signal = macd.ewm(span=9, adjust=True).mean()
    out["macd"] = macd
    out["macd_signal"] = signal
    out["macd_histogram"] = macd - signal
    out["macd_normalized"] = macd / c
    true_range = pd.concat([h - l, (h - c.shift(1)).abs(), (l - c.shift(1)).abs()], axis=1).max(axis=1)
    atr = true_range.rolling(14, min_periods=1).mean()
    out["atr"] = atr
    out["atr_normalized"] = atr / c
    top = h.rolling(14, min_periods=1).max()
    bottom = l.rolling(14, min_periods=1).min()
    out["williams_r"] = -100 * (top - c) / (top - bottom)
    day_root = np.sqrt(BARS_PER_DAY)
    vol = {name: ret.rolling(n).std() * day_root for name, n in (("short", 12), ("med", 24), ("long", 120))}
    for name, values in vol.items():
        out[f"realized_vol_{name}"] = values
    out["returns_squared"] = ret**2
    out["vol_ratio_short_med"] = vol["short"] / vol["med"]
    out["vol_ratio_med_long"] = vol["med"] / vol["long"]
    out["returns_abs"] = ret.abs()

    # phase 3: relative strength, volume, timing
    gain = c.diff().clip(lower=0)
    loss = (-c.diff()).clip(lower=0)
    for name, n in (("1d", 24), ("3d", 72), ("1w", 168), ("2w", 336)):
        out[f"rsi_{name}"] = strength(gain.rolling(n).mean(), loss.rolling(n).mean())
    smooth = {"span": 14, "adjust": False, "min_periods": 14}
    out["rsi_ema"] = strength(gain.ewm(**smooth).mean(), loss.ewm(**smooth).mean())
    volume_mean = v.rolling(120).mean()
    volume_ratio = v / volume_mean
    out["volume_ma"] = volume_mean
    out["volume_ratio"] = volume_ratio
    out["log_volume"] = np.log(v + 1)
    vpt = (v * ret).rolling(480).sum()
    vpt_mean = vpt.rolling(24).mean()
    out["vpt"] = vpt
    out["vpt_ma"] = vpt_mean
    out["vpt_normalized"] = vpt / vpt_mean
    prices = h + l + c
    flow = prices / 3 * v
    move = prices.diff()
    inflow = flow.where(move > 0, 0.0).where(move.notna())
    outflow = flow.where(move < 0, 0.0).where(move.notna())
    out["mfi"] = strength(inflow.rolling(14).sum(), outflow.rolling(14).sum())
    out["is_morning"] = ((hour >= 9) & (hour <= 12)).astype(int)
    out["is_afternoon"] = ((hour >= 13) & (hour <= 16)).astype(int)
    out["hours_since_open"] = (hour - 9).clip(0, 7)
    out["hours_to_close"] = (16 - hour).clip(0, 7)

    # phase 4: volatility from ranges, and the day so far
    hl, co = np.log(h / l), np.log(c / o)
    garman = (0.5 * hl**2 - (2 * np.log(2) - 1) * co**2).rolling(24).mean().clip(lower=0)
    out["gk_volatility"] = np.sqrt(BARS_PER_DAY * garman)
    out["vol_of_vol"] = vol["med"].rolling(24).std()
    out["parkinson_volatility"] = np.sqrt((hl**2).rolling(24).mean() / (4 * np.log(2))) * day_root
    rogers = np.log(h / c) * np.log(h / o) + np.log(l / c) * np.log(l / o)
    rogers_mean = rogers.rolling(24).mean()
    out["rogers_satchell_volatility"] = np.sqrt(rogers_mean) * day_root
    k = 0.34 / (1.34 + 25 / 23)
    overnight = np.log(o / c.shift(1)).rolling(24).var()
    yang = overnight + k * co.rolling(24).var() + (1 - k) * rogers_mean
    out["yang_zhang_volatility"] = np.sqrt(yang) * day_root
    out["vol_percentile"] = (vol["med"].rolling(480).rank(method="min") - 1) / 480
    day = local.dt.date
    day_open = o.groupby(day).transform("first")
    high, low = h.groupby(day).cummax(), l.groupby(day).cummin()
    last = c.groupby(day).last().shift(1)
    before = pd.Series(last.reindex(day).to_numpy(), index=c.index)
    out["returns_from_daily_open"] = (c - day_open) / day_open
    out["intraday_high"] = high
    out["intraday_low"] = low
    out["intraday_range_pct"] = (high - low) / day_open
    out["position_in_range"] = ((c - l) / (h - l)).where(h > l, 0.5)
    out["overnight_gap"] = ((day_open - before) / before).fillna(0)
    out["dist_from_intraday_high"] = (c - high) / high
    out["dist_from_intraday_low"] = (c - low) / low

    # phase 5: lags and moments
    for name, series in (("returns", ret), ("vol", vol["short"]), ("volume_ratio", volume_ratio)):
        for n in (1, 2, 4, 8, 24):
            out[f"{name}_lag_{n}"] = series.shift(n)
    for name in ("mean", "std", "skew", "kurt"):
        for n in (6, 12, 24):
            out[f"returns_{name}_{n}h"] = getattr(ret.rolling(n), name)()
    for n in (6, 12, 24):
        out[f"price_momentum_{n}h"] = c / c.shift(n) - 1
    return pd.DataFrame(out).replace([np.inf, -np.inf], np.nan)


def strength(gains: pd.Series, losses: pd.Series) -> pd.Series:
    """Relative strength: 100 without losses, 50 where nothing moved."""
    index = 100 - 100 / (1 + gains / losses)
    return index.where(losses != 0, 100.0).where((gains != 0) | (losses != 0), 50.0).where(gains.notna())


def invented(rows: int = 800, seed: int = 42) -> pd.DataFrame:
    """Seven bars a day on weekdays, half past nine to half past three in New York, across a change of clocks."""
    draw = random.Random(seed)
    zone = ZoneInfo(ZONE)
    day = pd.Timestamp("2025-02-03")
    lines = []
    price = 180.0
    while len(lines) < rows:
        if day.dayofweek < 5:
            price *= 1 + 0.01 * (draw.random() + draw.random() - 1)  # the night
            for hour in range(9, 16):
                start = day.replace(hour=hour, minute=30).tz_localize(zone).tz_convert("UTC")
                first = price
                price *= 1 + 0.008 * (draw.random() + draw.random() + draw.random() - 1.5)
                reach = 0.004 * price * draw.random()
                high, low = max(first, price) + reach, min(first, price) - reach * draw.random()
                volume = int(2e6 * (0.3 + draw.random() ** 3))
                cents = (round(x, 2) for x in (first, high, low, price))
                lines.append((start.tz_localize(None), *cents, volume))
        day += pd.Timedelta(days=1)
    return pd.DataFrame(lines[:rows], columns=["ts_utc", "open", "high", "low", "close", "volume"])


def main() -> None:
    if len(sys.argv) > 2:
        folder = Path(sys.argv[-1])
        for name in sys.argv[1:-1]:
            bars = pd.read_csv(name, parse_dates=["ts_utc"], float_precision="round_trip")
            target = folder / Path(name).name.removesuffix(".gz")
            features(bars).to_csv(target, index=False, float_format="%.17g")
        return
    folder = Path(__file__).parent
    bars = invented()
    bars.to_csv(folder / "stocks_hourly_bars.csv", index=False, date_format="%Y-%m-%d %H:%M:%S")
    text = features(bars).to_csv(index=False, float_format="%.12g")
    with open(folder / "stocks_hourly_features.csv.gz", "wb") as file:
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=9) as packed:
            packed.write(text.encode())


if __name__ == "__main__":
    main()
