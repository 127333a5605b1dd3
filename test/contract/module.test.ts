import { readFileSync } from 'node:fs';
import binaryen from 'assemblyscript/binaryen';
import { describe, expect, it } from 'vitest';
import { kernels } from '../../host/catalog/kernels.ts';

const bytes = readFileSync(new URL('../../build/windrow.wasm', import.meta.url));
const module = new WebAssembly.Module(bytes);
const budgetBytes = 152 * 1024;

describe('the shipped module', () => {
  it('imports its memory and nothing else', () => {
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
  });

  it('exports no kernel', () => {
    const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
    expect(exported).toContain('execute');
    expect(exported.filter(name => kernels.some(kernel => kernel.name === name))).toEqual([]);
  });

  it('has no instruction whose result depends on the machine', () => {
    const parsed = binaryen.readBinary(bytes);
    const text = parsed.emitText();
    parsed.dispose();
    expect(text).toContain('f64x2.add'); // the text is the module's
    expect(text).not.toMatch(/relaxed/);
  });

  it(`is smaller than ${budgetBytes / 1024} KiB`, () => {
    expect(bytes.length).toBeLessThan(budgetBytes);
  });
});
