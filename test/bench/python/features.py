"""Three families of features as users of pandas write them: whole columns at a time, no function applied to a row.

Sums are differences of running sums, and slopes convolutions, in numpy, where rolling() takes several times as long.
"""
import numpy as np
import pandas as pd

LOOKBACK = 136


def rolling_sum(values, window):
    """Of each of the last `window` rows; NaN before there are so many, and where one of them is NaN."""
    known = np.flatnonzero(~np.isnan(values))
    result = np.full(len(values), np.nan)
    first = known[0] if len(known) else len(values)
    total = np.concatenate([[0.0], np.cumsum(values[first:])])
    result[first + window - 1 :] = total[window:] - total[:-window]
    return result


def ratio(above, below):
    """NaN where there is nothing to divide by: Postgres would keep an infinity."""
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below != 0)


def slope(values, window):
    """Of the values on the row number, by least squares."""
    weights = np.arange(window) - (window - 1) / 2
    full = np.convolve(values, weights[::-1], "valid") / (weights**2).sum()
    return np.concatenate([np.full(window - 1, np.nan), full])


def momentum(x, window):
    past = pd.Series(x).shift().rolling(window).mean().to_numpy()
    return window * (past - x) / x


def bollinger_rate(bars):
    x = bars["index"]
    series = pd.Series(x)
    out = {}
    for w in (20, 50):
        rolling = series.rolling(w)
        middle = rolling.mean().to_numpy()
        width = 2 * rolling.std(ddof=0).to_numpy()
        lower, upper = middle - width, middle + width
        out[f"w{w}_bb_upper"] = upper
        out[f"w{w}_bb_middle"] = middle
        out[f"w{w}_bb_lower"] = lower
        out[f"w{w}_bb_bandwidth"] = (upper - lower) / middle
        out[f"w{w}_bb_percent_b"] = np.where(width == 0, 0.5, (x - lower) / (upper - lower))
    return out


def statistics_rate(bars):
    x = bars["index"]
    series = pd.Series(x)
    out = {}
    for n in (20, 50, 120):
        rolling = series.rolling(n)
        mean, sd = rolling.mean().to_numpy(), rolling.std().to_numpy()
        least, most = rolling.min().to_numpy(), rolling.max().to_numpy()
        # pandas has the unbiased forms, the catalogue the plain ones
        skew, kurt = rolling.skew().to_numpy(), rolling.kurt().to_numpy()
        out[f"w{n}_mean"] = mean
        out[f"w{n}_std"] = sd
        out[f"w{n}_skew"] = skew * ((n - 2) / np.sqrt(n * (n - 1)))
        out[f"w{n}_kurt"] = (kurt * ((n - 2) * (n - 3) / (n - 1)) - 6) / (n + 1)
        out[f"w{n}_min"] = least
        out[f"w{n}_max"] = most
        out[f"w{n}_range"] = most - least
        out[f"w{n}_z_score"] = np.where(sd == 0, 0, (x - mean) / sd)
    return out


def volume_side(v, x, returns, suffix, activity, out):
    change = np.diff(x, prepend=np.nan)
    up = np.where(np.isnan(change), np.nan, v * (change > 0))
    down = np.where(np.isnan(change), np.nan, v * (change < 0))
    volume, sizes, changes = pd.Series(v), pd.Series(np.abs(returns)), pd.Series(change)
    windows = (5, 15, 30, 60)
    sums = {w: rolling_sum(v, w) for w in (*windows, 120)}
    vx = v * x
    for w in (*windows, 120):
        out[f"w{w}_vwap_{suffix}"] = rolling_sum(vx, w) / sums[w]
    for w in windows:
        sd = changes.rolling(w).std().to_numpy()
        moved = ratio(x - np.concatenate([np.full(w, np.nan), x[:-w]]), sd * w**0.5)
        before = np.concatenate([np.full(w, np.nan), sums[w][:-w]])
        rise = ratio(sums[w] - before, volume.rolling(2 * w).std().to_numpy() * (2 * w) ** 0.5)
        out[f"w{w}_vol_momentum_div_{suffix}"] = np.abs(moved) - rise
        rising, falling = rolling_sum(up, w), rolling_sum(down, w)
        out[f"w{w}_uptick_ratio_{suffix}"] = rising / sums[w]
        out[f"w{w}_downtick_ratio_{suffix}"] = falling / sums[w]
        if w == 5:
            continue
        rolling = volume.rolling(w)
        out[f"w{w}_vol_corr_{suffix}"] = rolling.corr(sizes).fillna(0).to_numpy()
        out[f"w{w}_vol_volatility_{suffix}"] = sums[w] / w * pd.Series(returns).rolling(w).std().to_numpy()
        active = pd.Series(activity).rolling(w)
        mean, sd = active.mean().to_numpy(), active.std().to_numpy()
        out[f"w{w}_vol_trend_{suffix}"] = ratio(slope(activity, w), mean)
        out[f"w{w}_vol_spike_{suffix}"] = (activity - mean > 2 * sd).astype(float)
        out[f"w{w}_cumulative_delta_{suffix}"] = rising - falling
        out[f"w{w}_vol_imbalance_{suffix}"] = (rising - falling) / sums[w]


def volume_features(bars):
    x, v = bars["index"], bars["volume"]
    out = {}
    volume_side(v, x, np.diff(np.log(x), prepend=np.nan), "idx", v, out)
    bqx = momentum(x, 15)
    change = np.diff(bqx, prepend=np.nan)
    volume_side(v, bqx, change, "bqx", v * np.abs(change), out)
    return out


FAMILIES = {function.__name__: function for function in (bollinger_rate, statistics_rate, volume_features)}
