"""Spectra, wavelets and singular spectra by numpy 2.4.6 and PyWavelets 1.8.0 (Python 3.11), from the definitions.

    python3 test/vectors/spectra.py

Reads the closes of realized_volatility_bars.csv and writes spectra_numpy.csv.gz: the features of the rate index, window by
window. Seventeen digits, so that nothing is lost.
"""

import csv
import gzip
from pathlib import Path

import numpy as np
import pywt

FOLDER = Path(__file__).parent
N = 64
ROWS = np.arange(N)
WINDOW = np.hanning(N + 1)[:N]


def slope(y: np.ndarray) -> float:
    return np.polyfit(np.arange(len(y)), y, 1)[0]


def entropy(shares: np.ndarray) -> float:
    known = shares[shares > 0]
    return -(known * np.log(known)).sum() / np.log(len(shares))


def spectral(x: np.ndarray) -> dict[str, float]:
    flat = x - np.polyval(np.polyfit(ROWS - ROWS.mean(), x, 1), ROWS - ROWS.mean())
    p = np.abs(np.fft.rfft(flat * WINDOW))[1:] ** 2
    q = p.sum()
    f = np.arange(1, N // 2 + 1) / N
    k = p.argmax() + 1
    apart = np.where(np.abs(np.arange(1, N // 2 + 1) - k) > 1, p, -1)
    low, high = p[f <= 0.05].sum() / q, p[f >= 0.2].sum() / q
    return {
        "w64_fft_dominant_freq": k / N,
        "w64_fft_dominant_power": p.max() / q,
        "w64_fft_secondary_freq": (apart.argmax() + 1) / N,
        "w64_fft_harmonic_ratio": sum(p[m * k - 1] for m in (2, 3) if m * k <= N // 2) / p.max(),
        "w64_fft_low_freq_power": low,
        "w64_fft_high_freq_power": high,
        "w64_fft_spectral_entropy": entropy(p / q),
        "w64_fft_spectral_edge_freq": f[np.cumsum(p) >= 0.95 * q][0],
        "w64_fft_noise_ratio": high / low,
        "w64_fft_cyclic_strength": p.max() / np.median(p),
        "log_power": np.log(q),
    }


def wavelet(x: np.ndarray) -> dict[str, float]:
    a3, d3, d2, d1 = pywt.wavedec(x - x.mean(), "db4", mode="periodization", level=3)
    energies = np.array([(c**2).sum() for c in (d1, d2, d3, a3)])
    shares = energies / energies.sum()
    return {
        **{f"w64_wavelet_{name}_energy": share for name, share in zip(("d1", "d2", "d3", "a3"), shares)},
        "w64_wavelet_energy_ratio_d1_d3": energies[0] / energies[2],
        "w64_wavelet_trend_strength": slope(a3) / a3.std(),
        "w64_wavelet_detail_entropy": entropy(energies[:3] / energies[:3].sum()),
        "w64_wavelet_singularity": np.abs(d1).max() / (np.median(np.abs(d1)) / 0.6745),
        "w64_wavelet_scale_energy_max": energies.argmax() + 1,
    }


def ssa(x: np.ndarray, size: int = 20) -> dict[str, float]:
    n = len(x)
    y = x - x.mean()
    columns = n - size + 1
    u, s, v = np.linalg.svd(np.array([y[i : i + columns] for i in range(size)]), full_matrices=False)
    times = np.minimum(np.minimum(np.arange(n) + 1, size), n - np.arange(n))

    def series(parts: list[int]) -> np.ndarray:
        matrix = sum(s[k] * np.outer(u[:, k], v[k]) for k in parts)
        return np.array([np.diag(matrix[:, ::-1], columns - 1 - t).mean() for t in range(n)])

    trend, swing = series([0]), series([1, 2])
    shares = s**2 / (s**2).sum()
    norms = [(times * c * c).sum() for c in (trend, swing)]
    noise = y - trend - swing
    return {
        "w60_ssa_trend_component": trend[-1],
        "w60_ssa_oscillatory_component": swing[-1],
        "w60_ssa_noise_component": noise[-1],
        "w60_ssa_trend_variance_explained": shares[0],
        "w60_ssa_osc_variance_explained": shares[1:3].sum(),
        "w60_ssa_noise_variance": shares[3:].sum(),
        "w60_ssa_separability": 1 - abs((times * trend * swing).sum()) / np.sqrt(norms[0] * norms[1]),
        "w60_ssa_reconstruction_error": np.sqrt((noise**2).mean()) / x.std(),
    }


def features(x: np.ndarray) -> list[dict[str, float]]:
    rows: list[dict[str, float]] = []
    for t in range(len(x)):
        row = {}
        if t >= 59:
            row |= ssa(x[t - 59 : t + 1])
        if t >= 63:
            row |= spectral(x[t - 63 : t + 1]) | wavelet(x[t - 63 : t + 1])
        rows.append(row)
        if t >= 78:
            scales = [[r[f"w64_wavelet_{name}_energy"] for name in ("d1", "d2", "d3", "a3")] for r in (row, rows[t - 15])]
            row["w64_wavelet_coherence"] = np.corrcoef(*scales)[0, 1]
        if t >= 82:
            last = rows[t - 19 : t + 1]
            row["w64_fft_power_trend"] = slope(np.array([r["log_power"] for r in last]))
            row["w64_fft_freq_stability"] = 1 / (1 + N * np.std([r["w64_fft_dominant_freq"] for r in last]))
    return rows


if __name__ == "__main__":
    with open(FOLDER / "realized_volatility_bars.csv") as file:
        bars = list(csv.DictReader(file))
    found = features(100 * np.array([float(bar["close"]) for bar in bars]) / 1.09)
    names = [name for name in found[-1] if name != "log_power"]
    with gzip.GzipFile(FOLDER / "spectra_numpy.csv.gz", "wb", mtime=0) as file:
        lines = [",".join(names)]
        for row in found:
            lines.append(",".join("%.17g" % row[name] if name in row else "" for name in names))
        file.write(("\n".join(lines) + "\n").encode())
