# Volatility from whole bars by TTR 0.24.3 (R 4.2.2): see realized_volatility.py, which makes the bars.
# N = 1 leaves out the annualisation by sqrt(260) that is TTR's default.
library(TTR)

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
bars <- read.csv(file.path(here, "realized_volatility_bars.csv"))
ohlc <- as.matrix(bars[, c("open", "high", "low", "close")])
by <- function(calc) volatility(ohlc, n = 20, calc = calc, N = 1)
out <- data.frame(
  w20_parkinson_vol = by("parkinson"),
  w20_garman_klass_vol = by("garman.klass"),
  w20_rogers_satchell_vol = by("rogers.satchell"),
  w20_yang_zhang_vol = by("yang.zhang")
)
text <- vapply(out, function(x) ifelse(is.na(x), "", sprintf("%.17g", x)), character(nrow(out)))
write.csv(text, gzfile(file.path(here, "realized_volatility_ttr.csv.gz")), row.names = FALSE, quote = FALSE)
