import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { updateLines } from '../support/updateContract.ts';

describe('docs/orchestration.md', () => {
  const page = readFileSync(new URL('../../docs/orchestration.md', import.meta.url), 'utf8');
  const promised = (kind: string): string[] => {
    const section = page.split(`### \`${kind}\`\n`)[1]?.split(/^##/m)[0] ?? '';
    return [...section.matchAll(/^\| `(\w+)`/gm)].map(([, field]) => field!);
  };

  it.each(Object.keys(updateLines))('promises every field of a line "%s", and no other', kind => {
    const { entries } = updateLines[kind as 'plan'];
    expect(promised(kind)).toEqual(Object.keys(entries).filter(field => field !== 'kind'));
  });
});
