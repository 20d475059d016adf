# The same work as bench/index_runs.py in COINr: Rscript bench/coinr.R [objects] [runs]
# Prints the CPU seconds of the runs, with those of the processes that R started.
suppressPackageStartupMessages(library(COINr))
given <- as.integer(commandArgs(trailingOnly = TRUE))
objects <- if (length(given) > 0) given[1] else 300
runs <- if (length(given) > 1) given[2] else 100
indicators <- 40
set.seed(1)
codes <- sprintf("i%02d", seq_len(indicators))
values <- as.data.frame(matrix(rlnorm(objects * indicators), objects))
names(values) <- codes
values <- cbind(uCode = sprintf("o%03d", seq_len(objects)), values)
pillars <- sprintf("p%d", rep(1:8, each = indicators / 8))
meta <- rbind(
  data.frame(iCode = codes, Parent = pillars, Level = 1, Type = "Indicator"),
  data.frame(iCode = unique(pillars), Parent = "score", Level = 2, Type = "Aggregate"),
  data.frame(iCode = "score", Parent = NA, Level = 3, Type = "Aggregate")
)
meta$Direction <- 1
meta$Weight <- 1
coin <- new_coin(values, meta, quietly = TRUE)
coin <- qTreat(coin, dset = "Raw")
coin <- Normalise(coin, dset = "Treated")
coin <- Aggregate(coin, dset = "Normalised", f_ag = "a_amean")
chosen <- list(
  normalisation = list(
    Address = "$Log$Normalise$global_specs",
    Distribution = list(
      list(f_n = "n_minmax", f_n_para = list(c(1, 100))), list(f_n = "n_zscore", f_n_para = list(c(10, 2)))
    ),
    Type = "discrete"
  ),
  aggregation = list(
    Address = "$Log$Aggregate$f_ag", Distribution = c("a_amean", "a_gmean"), Type = "discrete"
  )
)
started <- proc.time()
done <- get_sensitivity(
  coin, SA_specs = chosen, N = runs, SA_type = "UA", dset = "Aggregated", iCode = "score",
  quietly = TRUE
)
used <- proc.time() - started
cat(sum(used[c(1, 2, 4, 5)]), "\n")
