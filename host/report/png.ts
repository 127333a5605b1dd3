import { WindrowError } from '../errors.ts';

/** An SVG as PNG, twice as large. Texts need a font that is installed here. Throws WR_PROGRAM_MISSING. */
export async function pngOf(svg: string): Promise<Buffer> {
  const { Resvg } = await import('@resvg/resvg-js').catch(cause => {
    const values = {
      program: '@resvg/resvg-js',
      instead: 'npm install @resvg/resvg-js, or leave --format png out: SVG needs nothing else',
    };
    throw new WindrowError('WR_PROGRAM_MISSING', values, { cause });
  });
  return new Resvg(svg, { fitTo: { mode: 'zoom', value: 2 } }).render().asPng();
}
