/**
 * Where definitions were published: a declaration names its source by the key. Facts only; what a definition here does
 * otherwise is in docs/conventions.md.
 */
export const references = {
  'Achelis 1995': 'S. B. Achelis: Technical Analysis from A to Z. Probus, 1995.',
  'Adams and MacKay 2007':
    'R. P. Adams and D. J. C. MacKay: Bayesian Online Changepoint Detection. arXiv:0710.3742, 2007.',
  'Amaya et al. 2015':
    'D. Amaya, P. Christoffersen, K. Jacobs and A. Vasquez: Does Realized Skewness Predict the Cross-Section of Equity Returns? Journal of Financial Economics 118 (2015).',
  'Amihud 2002':
    'Y. Amihud: Illiquidity and Stock Returns: Cross-Section and Time-Series Effects. Journal of Financial Markets 5 (2002).',
  'Appel 1979': 'G. Appel: The Moving Average Convergence-Divergence Method. Signalert, 1979.',
  'Barndorff-Nielsen and Shephard 2002':
    'O. E. Barndorff-Nielsen and N. Shephard: Econometric Analysis of Realized Volatility and Its Use in Estimating Stochastic Volatility Models. Journal of the Royal Statistical Society B 64 (2002).',
  'Barndorff-Nielsen and Shephard 2004':
    'O. E. Barndorff-Nielsen and N. Shephard: Power and Bipower Variation with Stochastic Volatility and Jumps. Journal of Financial Econometrics 2 (2004).',
  'Barnett, Barrett and Seth 2009':
    'L. Barnett, A. B. Barrett and A. K. Seth: Granger Causality and Transfer Entropy Are Equivalent for Gaussian Variables. Physical Review Letters 103 (2009).',
  'Baum et al. 1970':
    'L. E. Baum, T. Petrie, G. Soules and N. Weiss: A Maximization Technique Occurring in the Statistical Analysis of Probabilistic Functions of Markov Chains. Annals of Mathematical Statistics 41 (1970).',
  'Bollerslev 1986':
    'T. Bollerslev: Generalized Autoregressive Conditional Heteroskedasticity. Journal of Econometrics 31 (1986).',
  'Bollinger 2001': 'J. Bollinger: Bollinger on Bollinger Bands. McGraw-Hill, 2001.',
  'Botes and Siepman 2010':
    'E. Botes and D. Siepman: The Vortex Indicator. Technical Analysis of Stocks and Commodities 28 (2010).',
  'Broomhead and King 1986':
    'D. S. Broomhead and G. P. King: Extracting Qualitative Dynamics from Experimental Data. Physica D 20 (1986).',
  'Cooley and Tukey 1965':
    'J. W. Cooley and J. W. Tukey: An Algorithm for the Machine Calculation of Complex Fourier Series. Mathematics of Computation 19 (1965).',
  'Daubechies 1992': 'I. Daubechies: Ten Lectures on Wavelets. SIAM, 1992.',
  'Donoho and Johnstone 1994':
    'D. L. Donoho and I. M. Johnstone: Ideal Spatial Adaptation by Wavelet Shrinkage. Biometrika 81 (1994).',
  'Dorsey 1992': 'D. Dorsey: The Mass Index. Technical Analysis of Stocks and Commodities 10 (1992).',
  "Easley, Lopez de Prado and O'Hara 2012":
    "D. Easley, M. Lopez de Prado and M. O'Hara: Flow Toxicity and Liquidity in a High-Frequency World. Review of Financial Studies 25 (2012).",
  'Engle and Granger 1987':
    'R. F. Engle and C. W. J. Granger: Co-Integration and Error Correction: Representation, Estimation, and Testing. Econometrica 55 (1987).',
  'Garman and Klass 1980':
    'M. B. Garman and M. J. Klass: On the Estimation of Security Price Volatilities from Historical Data. Journal of Business 53 (1980).',
  'Golyandina, Nekrutkin and Zhigljavsky 2001':
    'N. Golyandina, V. Nekrutkin and A. Zhigljavsky: Analysis of Time Series Structure: SSA and Related Techniques. Chapman and Hall/CRC, 2001.',
  'Granger 1969':
    'C. W. J. Granger: Investigating Causal Relations by Econometric Models and Cross-spectral Methods. Econometrica 37 (1969).',
  'Hamilton 1989':
    'J. D. Hamilton: A New Approach to the Economic Analysis of Nonstationary Time Series and the Business Cycle. Econometrica 57 (1989).',
  'Hasbrouck 1991':
    'J. Hasbrouck: Measuring the Information Content of Stock Trades. Journal of Finance 46 (1991).',
  'Huang and Stoll 1996':
    'R. D. Huang and H. R. Stoll: Dealer versus Auction Markets: A Paired Comparison of Execution Costs on NASDAQ and the NYSE. Journal of Financial Economics 41 (1996).',
  'Huang and Tauchen 2005':
    'X. Huang and G. Tauchen: The Relative Contribution of Jumps to Total Price Variance. Journal of Financial Econometrics 3 (2005).',
  'Hutson 1983': 'J. K. Hutson: Good TRIX. Technical Analysis of Stocks and Commodities 1 (1983).',
  'Joanes and Gill 1998':
    'D. N. Joanes and C. A. Gill: Comparing Measures of Sample Skewness and Kurtosis. Journal of the Royal Statistical Society D 47 (1998).',
  'Johansen 1991':
    'S. Johansen: Estimation and Hypothesis Testing of Cointegration Vectors in Gaussian Vector Autoregressive Models. Econometrica 59 (1991).',
  'Kaufman 1995': 'P. J. Kaufman: Smarter Trading. McGraw-Hill, 1995.',
  'Keltner 1960': 'C. W. Keltner: How to Make Money in Commodities. Keltner Statistical Service, 1960.',
  'Kirkpatrick and Dahlquist 2006':
    'C. D. Kirkpatrick and J. R. Dahlquist: Technical Analysis: The Complete Resource for Financial Market Technicians. FT Press, 2006.',
  'Kyle 1985': 'A. S. Kyle: Continuous Auctions and Insider Trading. Econometrica 53 (1985).',
  'Lambert 1980':
    'D. R. Lambert: Commodity Channel Index: Tool for Trading Cyclic Trends. Commodities 9 (1980).',
  'Lane 1984': "G. C. Lane: Lane's Stochastics. Technical Analysis of Stocks and Commodities 2 (1984).",
  'Lee and Ready 1991':
    'C. M. C. Lee and M. J. Ready: Inferring Trade Direction from Intraday Data. Journal of Finance 46 (1991).',
  'Lo and MacKinlay 1988':
    'A. W. Lo and A. C. MacKinlay: Stock Market Prices Do Not Follow Random Walks: Evidence from a Simple Specification Test. Review of Financial Studies 1 (1988).',
  'Martin and McCann 1989':
    "P. G. Martin and B. B. McCann: The Investor's Guide to Fidelity Funds. Wiley, 1989.",
  'Page 1954': 'E. S. Page: Continuous Inspection Schemes. Biometrika 41 (1954).',
  'Parkinson 1980':
    'M. Parkinson: The Extreme Value Method for Estimating the Variance of the Rate of Return. Journal of Business 53 (1980).',
  'Pebay 2008':
    'P. Pébay: Formulas for Robust, One-Pass Parallel Computation of Covariances and Arbitrary-Order Statistical Moments. Sandia Report SAND2008-6212, 2008.',
  'Quong and Soudack 1989':
    'G. Quong and A. Soudack: Volume-Weighted RSI: Money Flow. Technical Analysis of Stocks and Commodities 7 (1989).',
  'Rogers and Satchell 1991':
    'L. C. G. Rogers and S. E. Satchell: Estimating Variance from High, Low and Closing Prices. Annals of Applied Probability 1 (1991).',
  'Roll 1984':
    'R. Roll: A Simple Implicit Measure of the Effective Bid-Ask Spread in an Efficient Market. Journal of Finance 39 (1984).',
  'Shannon 1948':
    'C. E. Shannon: A Mathematical Theory of Communication. Bell System Technical Journal 27 (1948).',
  'Wilder 1978': 'J. W. Wilder: New Concepts in Technical Trading Systems. Trend Research, 1978.',
  'Williams 1973': 'L. Williams: How I Made One Million Dollars Last Year Trading Commodities. 1973.',
  'Williams 1985':
    'L. Williams: The Ultimate Oscillator. Technical Analysis of Stocks and Commodities 3 (1985).',
  'Williams 1998': 'B. M. Williams: New Trading Dimensions. Wiley, 1998.',
  'Yang and Zhang 2000':
    'D. Yang and Q. Zhang: Drift-Independent Volatility Estimation Based on High, Low, Open, and Close Prices. Journal of Business 73 (2000).',
} as const satisfies Readonly<Record<string, string>>;

/** Name of a publication: "Parkinson 1980". */
export type Reference = keyof typeof references;
