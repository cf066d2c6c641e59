/** A schema never throws at a stranger's value, whatever that value pretends to be. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { fieldErrors, safeRead } from '../../../src/core/field-errors.ts';

const Document = z.strictObject({ name: z.string().min(1).max(10), list: z.array(z.string()).max(3).optional() });

test('reads what matches, and names what does not', () => {
  expect(safeRead(Document, { name: 'a' })).toMatchObject({ success: true, data: { name: 'a' } });
  const read = safeRead(Document, { name: 7, other: 1 });
  expect(read.success ? [] : fieldErrors(read.error).map(({ field }) => field)).toEqual(['/name', '/other']);
});

test.each([{ name: { length: { valueOf: 1, toString: 1 } } }, { name: 'a', list: { length: [{ toString: 1 }] } }])(
  'does not match, and does not throw: %j',
  (value) => {
    const read = safeRead(Document, value);
    expect(read.success ? [] : fieldErrors(read.error)).toEqual([{ field: '', message: 'not readable' }]);
  },
);
