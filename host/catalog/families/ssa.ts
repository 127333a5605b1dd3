import type { Domain } from '../domains.ts';
import { type Family, feature } from '../family.ts';
import { ssaComponent, ssaError, ssaSeparability, ssaShare } from '../vocabulary.ts';

const n = 60;
const embedding = 20;

/** Trend, oscillation and noise of 60 rows by singular spectrum analysis (Broomhead and King 1986). */
export const ssa = ({ name, level, unit, noun }: Domain): Family => {
  const about = `of the singular spectrum of the ${noun} over ${n} rows`;
  return {
    name: `ssa_features_${name}`,
    title: `Singular spectrum analysis, ${name} domain`,
    sources: ['Broomhead and King 1986'],
    features: [
      feature(
        'w60_ssa_trend_component',
        ssaComponent(level, n, embedding, 'trend'),
        unit,
        `Value of the first component ${about}.`,
      ),
      feature(
        'w60_ssa_oscillatory_component',
        ssaComponent(level, n, embedding, 'oscillation'),
        unit,
        `Value of the second and third component ${about}.`,
      ),
      feature(
        'w60_ssa_noise_component',
        ssaComponent(level, n, embedding, 'noise'),
        unit,
        `Value of the rest ${about}: the distance from the mean less trend and oscillation.`,
      ),
      feature(
        'w60_ssa_trend_variance_explained',
        ssaShare(level, n, embedding, 'trend'),
        '0..1',
        `Share of the first eigenvalue ${about}.`,
      ),
      feature(
        'w60_ssa_osc_variance_explained',
        ssaShare(level, n, embedding, 'oscillation'),
        '0..1',
        `Share of the second and third eigenvalue ${about}.`,
      ),
      feature(
        'w60_ssa_noise_variance',
        ssaShare(level, n, embedding, 'noise'),
        '0..1',
        `Share of the fourth and later eigenvalues ${about}.`,
      ),
      feature(
        'w60_ssa_separability',
        ssaSeparability(level, n, embedding),
        '0..1',
        `1 minus the magnitude of the weighted correlation of trend and oscillation ${about}.`,
        'Golyandina, Nekrutkin and Zhigljavsky 2001',
      ),
      feature(
        'w60_ssa_reconstruction_error',
        ssaError(level, n, embedding),
        'ratio',
        `Root mean square of the rest over the population sd ${about}.`,
      ),
    ],
  };
};
