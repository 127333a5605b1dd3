import { featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { type Subject, type SubjectParameters, subjectOf } from './contract.ts';

/** Reads 22 days of minutes where others read at most three, so it gets tests with bars of its own. */
const deepLookback = 8_192;
/** Rests on what is fitted to the month before, and gets tests with fewer bars in a month. */
const fittedLookback = 80_000;

/** The families of the set `fx`, each as a subject of the contract; what looks back for weeks is left out. */
export async function familySubjects(parameters: SubjectParameters): Promise<Subject[]> {
  const set = setByName('fx');
  const subjects: Subject[] = [];
  for (const family of set.families) {
    const names = featuresOf(set, [family]).map(feature => feature.qualifiedName);
    const { features } = await subjectOf(family.name, names, parameters);
    const shallow = features.filter(({ lookback }) => lookback <= deepLookback).map(({ name }) => name);
    subjects.push(await subjectOf(family.name, shallow, parameters));
  }
  return subjects;
}

/** Features of the set `fx` that look back for weeks, but for those that rest on fitted models. */
export async function deepSubject(parameters: SubjectParameters): Promise<Subject> {
  const set = setByName('fx');
  const all = await subjectOf(
    'all',
    featuresOf(set).map(({ qualifiedName }) => qualifiedName),
    parameters,
  );
  const names = all.features
    .filter(({ lookback }) => lookback > deepLookback && lookback <= fittedLookback)
    .map(({ name }) => name);
  return subjectOf('features that look back for weeks', names, parameters);
}

/** Features of the set `fx` that rest on models fitted to the month before, by family. */
export async function fittedSubjects(parameters: SubjectParameters): Promise<Subject[]> {
  const set = setByName('fx');
  const all = await subjectOf(
    'all',
    featuresOf(set).map(({ qualifiedName }) => qualifiedName),
    parameters,
  );
  const names = all.features.filter(({ lookback }) => lookback > fittedLookback).map(({ name }) => name);
  const families = [...Map.groupBy(names, name => name.split('.')[0]!)];
  return Promise.all(families.map(([family, own]) => subjectOf(family, own, parameters)));
}
