"""Johansen's procedure by statsmodels 0.13.5 (Python 3.11): one lagged difference, a constant that is not restricted.

    python3 test/vectors/johansen.py FOLDER

FOLDER has denmark.csv and finland.csv as test/vectors/johansen.R says. Writes johansen_statsmodels.csv: eigenvalues, both
statistics, largest first, and the first relation with sum |w| = 1 and its first weight above 0. Seventeen digits.
"""

import csv
import sys
from pathlib import Path

import numpy as np
from statsmodels.tsa.vector_ar.vecm import coint_johansen

FOLDER = Path(__file__).parent
COLUMNS = {"denmark": ["LRM", "LRY", "IBO", "IDE"], "finland": ["lrm1", "lny", "lnmr", "difp"]}

with open(FOLDER / "johansen_statsmodels.csv", "w", newline="") as out:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["data", "series", "eigenvalue", "trace", "maximum", "weight"])
    for name, columns in COLUMNS.items():
        with open(Path(sys.argv[1]) / f"{name}.csv", newline="") as data:
            levels = np.array([[float(row[column]) for column in columns] for row in csv.DictReader(data)])
        fit = coint_johansen(levels, det_order=0, k_ar_diff=1)
        relation = fit.evec[:, 0] / np.abs(fit.evec[:, 0]).sum() * np.sign(fit.evec[0, 0])
        for i, column in enumerate(columns):
            values = fit.eig[i], fit.lr1[i], fit.lr2[i], relation[i]
            writer.writerow([name, column, *(f"{value:.17g}" for value in values)])
