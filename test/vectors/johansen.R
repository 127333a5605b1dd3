# Johansen's procedure by urca 1.3-3 (R 4.2.2): two lags of the levels (K = 2), which are one lagged difference, and a constant
# that is not restricted (ecdet = "none").
#
#     Rscript test/vectors/johansen.R FOLDER
#
# FOLDER has the data of urca as files, denmark.csv (LRM, LRY, IBO, IDE) and finland.csv. Writes johansen_urca.csv: eigenvalues,
# both statistics, largest first, and the first relation with sum |w| = 1 and its first weight above 0. Seventeen digits.
library(urca)

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
folder <- commandArgs(trailingOnly = TRUE)[1]
columns <- list(denmark = c("LRM", "LRY", "IBO", "IDE"), finland = c("lrm1", "lny", "lnmr", "difp"))
rows <- do.call(rbind, lapply(names(columns), function(name) {
  data <- read.csv(file.path(folder, paste0(name, ".csv")))[, columns[[name]]]
  fit <- function(type) ca.jo(data, type = type, ecdet = "none", K = 2, spec = "transitory")
  trace <- fit("trace")
  w <- trace@V[, 1] / sum(abs(trace@V[, 1])) * sign(trace@V[1, 1])
  # the statistics come with the smallest eigenvalue first
  data.frame(data = name, series = names(data), eigenvalue = trace@lambda, trace = rev(trace@teststat),
             maximum = rev(fit("eigen")@teststat), weight = w)
}))
for (name in names(rows)[3:6]) rows[[name]] <- sprintf("%.17g", rows[[name]])
write.csv(rows, file.path(here, "johansen_urca.csv"), row.names = FALSE, quote = FALSE)
