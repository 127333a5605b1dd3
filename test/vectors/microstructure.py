"""Advanced microstructure and lagged cross-window features of both domains by numpy 2.4.6, from their definitions.

    python3 test/vectors/microstructure.py

writes microstructure_bars.csv.gz, a made-up pair of 720 minute bars, and microstructure_features.csv.gz, its features in
every fifth of the last 300 rows with fourteen digits. Windows are taken one by one; regressions are numpy's least squares, the F statistic
that of two of them.
"""

import gzip
import math
import random
from pathlib import Path

import numpy as np

ROWS, FIRST, STEP = 720, 424, 5
BASELINE, PIP = 1.0843, 0.0001
WINDOWS = [15, 30, 45, 60, 75]
COLUMNS = "open high low close volume bid_high bid_low bid_close ask_high ask_low ask_close spread_close".split()


def market() -> dict[str, np.ndarray]:
    rng = random.Random(20240701)
    rows = []
    mid, pull = 1.09, 0.0
    for row in range(ROWS):
        before = mid
        pull = 0.2 * pull + rng.gauss(0, 1)
        # quotes rest in every fourth row, and jump now and then
        mid += 0 if row % 4 == 3 else 4e-5 * pull + (1.5e-3 if rng.random() < 0.01 else 0)
        spread = 2e-5 * (2 + rng.random())
        close = mid + (rng.random() - 0.5) * spread
        high, low = max(before, close) + 2e-5 * rng.random(), min(before, close) - 2e-5 * rng.random()
        volume = 0 if rng.random() < 0.05 else rng.randrange(1, 200)
        bid, ask = mid - spread / 2, mid + spread / 2
        reach = [2e-5 * rng.random() for _ in range(4)]
        rows.append([before, high, low, close, volume, bid + reach[0], bid - reach[1], bid, ask + reach[2], ask - reach[3], ask, spread])
    digits = lambda x: float(f"{x:.9f}")
    table = np.array([[digits(x) for x in row] for row in rows])
    return {name: table[:, i] for i, name in enumerate(COLUMNS)}


def lag(x, k):
    return np.concatenate([np.full(k, np.nan), x[:-k]]) if k else x


def diff(x, k=1):
    return x - lag(x, k)


def rolling(f, w, *series):
    out = np.full(ROWS, np.nan)
    for t in range(w - 1, ROWS):
        parts = [x[t - w + 1 : t + 1] for x in series]
        if not any(np.isnan(p).any() for p in parts):
            out[t] = f(*parts)
    return out


def mean(x, w):
    return rolling(np.mean, w, x)


def total(x, w):
    return rolling(math.fsum, w, x)


def sd(x, w):
    return rolling(lambda p: np.std(p, ddof=1), w, x)


def corr(x, y, w):
    return rolling(lambda a, b: np.corrcoef(a, b)[0, 1], w, x, y)


def regress(y, *columns):
    """Coefficients, the constant first, and residuals."""
    centred = [c - c.mean() for c in columns]
    scales = [np.linalg.norm(c) for c in centred]
    design = np.column_stack([np.ones(len(y))] + [c / s for c, s in zip(centred, scales)])
    solution, *_ = np.linalg.lstsq(design, y, rcond=None)
    return [solution[0]] + [b / s for b, s in zip(solution[1:], scales)], y - design @ solution


def slope(y, x, w):
    return rolling(lambda a, b: regress(a, b)[0][1], w, y, x)


def tick_rule(mid):
    out = np.full(ROWS, np.nan)
    for t in range(1, ROWS):
        moves = [mid[i] - mid[i - 1] for i in range(max(1, t - 255), t + 1)]
        moved = [m for m in moves if m != 0]
        out[t] = np.sign(moved[-1]) if moved else 0.0
    return out


def phi(z):
    return np.array([math.erfc(-v / math.sqrt(2)) / 2 if v == v else math.nan for v in z])


def microstructure(b, x, rate: bool) -> dict[str, np.ndarray]:
    v, s, close = b["volume"], b["spread_close"], b["close"]
    mid = (b["bid_close"] + b["ask_close"]) / 2
    d = diff(x)
    y = np.log(x / lag(x, 1)) if rate else d
    q = tick_rule(mid)
    xv = q * v
    qd = q if rate else np.sign(d)
    out: dict[str, np.ndarray] = {}
    sizes = np.where(np.isnan(y), np.nan, np.abs(y))
    out["w20_amihud_illiquidity"] = 1e6 * rolling(lambda a, n: np.mean([i / k for i, k in zip(a, n) if k > 0]), 20, sizes, v)
    out["w20_kyle_lambda"] = slope(y, xv, 20)

    def share(target, *flows):
        return 1 - np.sum(regress(target, *flows)[1] ** 2) / np.sum((target - target.mean()) ** 2)

    out["w60_hasbrouck_info_share"] = rolling(share, 60, y, *[lag(xv, k) for k in range(5)])
    if rate:
        out["effective_spread"] = 2 * q * (close - lag(mid, 1)) / lag(mid, 1)
        z = np.log(mid)
    else:
        out["effective_spread"] = 2 * q * d
        z = x
    out["l5_realized_spread"] = 2 * lag(q, 5) * (lag(z, 5) - z)
    out["l5_price_impact"] = 2 * lag(q, 5) * (z - lag(z, 6))
    bought = v * phi(y / sd(y, 50))
    out["w50_vpin"] = total(np.abs(bought - (v - bought)), 50) / total(v, 50)
    out["w250_order_flow_toxicity"] = rolling(lambda p: np.mean(p < p[-1]), 250, out["w50_vpin"])
    traded = v if rate else v * np.abs(d)
    out["w60_trade_clustering"] = corr(traded, lag(traded, 1), 60)
    out["w20_volume_imbalance"] = np.abs(total(qd * v, 20)) / total(v, 20)
    out["w20_tick_rule"] = mean(qd, 20)
    out["w60_bid_ask_bounce"] = -corr(y, lag(y, 1), 60)
    quoted = s if rate else s * np.abs(x)
    out["w60_quoted_spread_stability"] = 1 - sd(quoted, 60) / mean(quoted, 60)
    depth = sum(v / (b[f"{side}_high"] - b[f"{side}_low"] + PIP / 10) for side in ("bid", "ask"))
    out["w20_depth_weighted_spread"] = total(quoted * depth, 20) / total(depth, 20)
    distance = x - mean(x, 20)
    out["w60_price_resilience"] = 1 - np.abs(slope(distance, lag(distance, 1), 60))
    out["w60_market_efficiency"] = sd(diff(x, 5), 60) ** 2 / (5 * sd(d, 60) ** 2)
    out["w20_adverse_selection"] = mean(out["l5_price_impact"], 20) / mean(np.abs(out["effective_spread"]), 20)
    out["w60_inventory_risk"] = rolling(lambda p: np.std(np.cumsum(p), ddof=1), 60, xv) / total(v, 60)
    out["w60_price_discovery"] = corr(lag(xv, 1), y, 60)
    serial = rolling(lambda a, c: np.cov(a, c)[0, 1], 60, y, lag(y, 1))
    out["w60_microstructure_noise"] = np.maximum(0, -serial) / sd(y, 60) ** 2
    return out


def parabola(x, w):
    """a2, a1, R2, rmse and the value at the newest row, over u = (i - mean i) / psd(i)."""
    i = np.arange(w)
    u = (i - i.mean()) / i.std()
    design = np.column_stack([u**2, u, np.ones(w)])
    parts = {name: np.full(ROWS, np.nan) for name in ("a2", "a1", "r2", "rmse", "last")}
    for t in range(w - 1, ROWS):
        y = x[t - w + 1 : t + 1]
        if np.isnan(y).any():
            continue
        (a2, a1, b), *_ = np.linalg.lstsq(design, y - y.mean(), rcond=None)
        rest = y - y.mean() - design @ [a2, a1, b]
        parts["a2"][t], parts["a1"][t] = a2, a1
        parts["r2"][t] = 1 - np.sum(rest**2) / np.sum((y - y.mean()) ** 2)
        parts["rmse"][t] = math.sqrt(np.mean(rest**2))
        parts["last"][t] = y.mean() + a2 * u[-1] ** 2 + a1 * u[-1] + b
    return parts


def lagged(x, index, rate: bool) -> dict[str, np.ndarray]:
    r = np.log(x / lag(x, 1)) if rate else diff(x)

    def momentum(w):
        if rate:
            return np.log(x / lag(x, w))
        past = np.array([np.mean(index[t - w : t]) if t >= w else np.nan for t in range(ROWS)])
        return w * (past - index) / index

    m = {w: momentum(w) for w in WINDOWS + [90]}
    s = {w: sd(r, w) for w in WINDOWS}
    fit = {w: parabola(x, w) for w in WINDOWS + [90]}
    out: dict[str, np.ndarray] = {}
    out["w15_w60_momentum_persistence"] = corr(lag(m[15], 60), m[60], 240)
    out["w30_w75_momentum_transfer"] = corr(lag(m[30], 75), m[75], 240)
    out["w45_w90_momentum_acceleration"] = m[45] / 45 - m[90] / 90
    out["w15_w60_momentum_divergence"] = np.sign(m[60]) * (m[60] / 60 - m[15] / 15)
    signs = np.array([np.sign(m[w]) for w in WINDOWS])
    out["momentum_clustering"] = np.max([(signs == k).sum(axis=0) for k in (-1, 0, 1)], axis=0) / 5
    out["w15_w60_vol_transmission"] = corr(lag(s[15], 15), s[60], 240)
    out["w15_w60_vol_spillover"] = rolling(
        lambda y, a, c: regress(y, a, c)[0][1], 240, s[60], lag(s[15], 15), lag(s[60], 15)
    )
    out["vol_ratio_cascade"] = s[15] / s[30] * (s[30] / s[60]) * (s[60] / s[75])
    out["l15_vol_term_structure_change"] = diff(s[60] / s[15], 15)
    out["l15_r2_stability"] = 1 - np.mean([np.abs(diff(f["r2"], 15)) for f in fit.values()], axis=0)
    out["l15_prediction_error_propagation"] = corr(lag(fit[15]["rmse"], 15), fit[60]["rmse"], 240)
    out["curvature_consistency"] = np.abs(np.mean([np.sign(f["a2"]) for f in fit.values()], axis=0))
    per_bar = lambda w: fit[w]["a1"] / np.std(np.arange(w))
    out["l15_slope_evolution"] = per_bar(60) - lag(per_bar(15), 15)

    def residual(y, a):
        e = regress(y, a)[1]
        return regress(e[1:], e[:-1])[0][1]

    out["w240_cross_window_cointegration"] = rolling(residual, 240, m[60], m[15])
    ahead = {k: np.abs(corr(m[15], lag(m[15], k), 240)) for k in (15, 30, 45, 60, 75)}
    out["w240_temporal_dependency"] = sum(ahead.values()) / 5
    shifted = np.array([np.abs(corr(lag(m[15], k), m[60], 240)) for k in range(1, 61)])
    out["w240_lag_structure_optimal"] = 1.0 + np.argmax(shifted, axis=0)

    def squares(y, *columns):
        return np.sum(regress(y, *columns)[1] ** 2)

    def granger(y, own, other):
        restricted, full = squares(y, own), squares(y, own, other)
        return (restricted - full) / (full / (240 - 3))

    def flow(y, own, other):
        return 0.5 * math.log(squares(y, own) / squares(y, own, other))

    out["w240_granger_w15_w60"] = rolling(granger, 240, m[60], lag(m[60], 15), lag(m[15], 15))
    out["w240_information_flow"] = rolling(flow, 240, m[60], lag(m[60], 15), lag(m[15], 15))
    out["w240_predictive_power_decay"] = ahead[15] - ahead[60]
    out["w240_cross_window_synchrony"] = corr(m[15], m[60], 240)
    out["temporal_regime_consistency"] = mean((np.sign(m[15]) == np.sign(m[60])) * 1.0, 60)
    scores = np.array([np.abs(m[w]) / (s[w] * math.sqrt(w)) for w in WINDOWS])
    out["window_dominance"] = np.array(WINDOWS, dtype=float)[np.argmax(scores, axis=0)]
    out["adaptive_window_weight"] = sum(w * fit[w]["r2"] for w in WINDOWS) / sum(fit[w]["r2"] for w in WINDOWS)

    def shock(short, long):
        event = np.abs(short) > 2 * np.std(short, ddof=1)
        chosen = [j for j in range(240) if event[max(0, j - 15) : j].any()]
        return (np.mean(long[chosen]) - np.mean(long)) / np.std(long, ddof=1) if chosen else 0.0

    out["w240_shock_transmission"] = rolling(shock, 240, m[15], m[60])
    out["multi_horizon_forecast_consistency"] = 1 - np.std([np.sign(fit[w]["last"] - x) for w in WINDOWS], axis=0)
    return out


def main() -> None:
    folder = Path(__file__).parent
    bars = market()
    index = 100 * bars["close"] / BASELINE
    past = np.array([np.mean(index[t - 15 : t]) if t >= 15 else np.nan for t in range(ROWS)])
    momentum = 15 * (past - index) / index
    features: dict[str, np.ndarray] = {}
    for name, level in (("rate", index), ("bqx", momentum)):
        rate = name == "rate"
        for feature, values in microstructure(bars, level, rate).items():
            features[f"advanced_microstructure_{name}.{feature}"] = values
        for feature, values in lagged(level, index, rate).items():
            features[f"lagged_cross_window_{name}.{feature}"] = values

    def write(path: Path, names, table) -> None:
        lines = [",".join(names)] + [",".join(f"{value:.14g}" for value in row) for row in table]
        with gzip.GzipFile(path, "wb", mtime=0) as file:
            file.write(("\n".join(lines) + "\n").encode())

    write(folder / "microstructure_bars.csv.gz", COLUMNS, zip(*bars.values()))
    write(folder / "microstructure_features.csv.gz", features, list(zip(*features.values()))[FIRST::STEP])


main()
