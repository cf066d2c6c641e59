import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonNumber, type JsonReason, type JsonTokens, parseJson, parseJsonTokens } from '../../../src/core/json.ts';

const refusal = (text: string, maxDepth?: number) => {
  const limits = maxDepth === undefined ? {} : { maxDepth };
  const parsed = parseJson(text, limits);
  const tokens = parseJsonTokens(text, limits);
  expect(tokens.ok).toBe(parsed.ok);
  if (!parsed.ok) expect(tokens).toEqual(parsed);
  return parsed.ok ? undefined : parsed.error;
};

describe('accepts what JSON.parse accepts, with the same value', () => {
  it('on any JSON value, compact or spaced', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t'), (text, space) => {
        const value: unknown = JSON.parse(text);
        const spaced = JSON.stringify(value, null, space);
        expect(parseJson(spaced)).toEqual({ ok: true, value });
      }),
      { numRuns: 500 },
    );
  });

  it('on any text: never accepts what JSON.parse refuses, and never throws', () => {
    const scraps = fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0019e+-.ntrfals \n\u0001é'), maxLength: 14 });
    fc.assert(
      fc.property(fc.oneof(scraps, fc.string({ unit: 'binary' })), (text) => {
        const strict = parseJson(text);
        let plain: { value: unknown } | undefined;
        try {
          plain = { value: JSON.parse(text) };
        } catch {
          plain = undefined;
        }
        if (plain === undefined) expect(strict).toMatchObject({ ok: false, error: { reason: 'syntax' } });
        else if (strict.ok) expect(strict.value).toEqual(plain.value);
        else expect(strict.error.reason).not.toBe('syntax');
      }),
      { numRuns: 20_000 },
    );
  });

  it('on mutated documents: the fast path and the careful reader agree', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom(...'{}[]",:\\x1 '), (text, at, scrap) => {
        const cut = at % (text.length + 1);
        const mutated = text.slice(0, cut) + scrap + text.slice(cut + 1);
        const strict = parseJson(mutated);
        const careful = parseJsonTokens(mutated);
        expect(careful.ok).toBe(strict.ok);
        if (strict.ok && careful.ok) expect(plainValue(careful.value)).toEqual(strict.value);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('refuses, with reason, offset and path', () => {
  const cases: readonly (readonly [string, JsonReason, number, string])[] = [
    ['', 'syntax', 0, ''],
    ['\ufeff{}', 'syntax', 0, ''],
    ['{} {}', 'syntax', 3, ''],
    ['{"a":1,}', 'syntax', 7, ''],
    ['[1,]', 'syntax', 3, '/1'],
    ['[01]', 'syntax', 2, ''],
    ['{"a":1,"a":2}', 'duplicate_member', 7, '/a'],
    ['{"a":1,"\\u0061":1}', 'duplicate_member', 7, '/a'],
    ['{"x":[{"b":{},"b":{}}]}', 'duplicate_member', 14, '/x/0/b'],
    ['{"__proto__":1,"__proto__":2}', 'duplicate_member', 15, '/__proto__'],
    ['{"a/b~c":{"d":1,"d":1}}', 'duplicate_member', 16, '/a~1b~0c/d'],
    ['["\\ud800"]', 'lone_surrogate', 1, '/0'],
    ['["\ud800"]', 'lone_surrogate', 1, '/0'],
    ['{"\\udc00":1}', 'lone_surrogate', 1, ''],
    ['["\\ud83d\\ude00","\\ude00\\ud83d"]', 'lone_surrogate', 16, '/1'],
    ['[1e400]', 'number_out_of_range', 1, '/0'],
    ['{"a":-1e999}', 'number_out_of_range', 5, '/a'],
    [`[${'9'.repeat(400)}]`, 'number_out_of_range', 1, '/0'],
    ['["a\nb"]', 'syntax', 1, '/0'],
    ['["\\x"]', 'syntax', 1, '/0'],
    ['"open', 'syntax', 0, ''],
    ['"open\\', 'syntax', 0, ''],
    ['nul', 'syntax', 0, ''],
    ['NaN', 'syntax', 0, ''],
  ];
  it.each(cases)('%j: %s', (text, reason, offset, path) => {
    expect(refusal(text)).toEqual({ reason, offset, path });
  });

  it('depth: 32 containers by default, or as told', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(refusal(nested(32))).toBeUndefined();
    expect(refusal(nested(33))).toMatchObject({ reason: 'too_deep', offset: 32 });
    expect(refusal('{"a":{"b":[]}}', 3)).toBeUndefined();
    expect(refusal('{"a":{"b":[]}}', 2)).toEqual({ reason: 'too_deep', offset: 10, path: '/a/b' });
    expect(refusal('"[[[["', 0)).toBeUndefined();
  });

  it('hostile sizes: deep, long and repetitive texts are answered, not thrown', () => {
    expect(refusal('['.repeat(100_000))).toMatchObject({ reason: 'too_deep' });
    expect(refusal('{"a":'.repeat(100_000))).toMatchObject({ reason: 'too_deep' });
    expect(refusal(`{"a":"${'x'.repeat(2_000_000)}","a":1}`)).toMatchObject({ reason: 'duplicate_member' });
    expect(refusal('9'.repeat(1_000_000))).toMatchObject({ reason: 'number_out_of_range' });
    expect(refusal(`"${'\\"'.repeat(500_000)}`)).toMatchObject({ reason: 'syntax' });
  });
});

it('finds a duplicate wherever one is put', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
      fc.nat(),
      fc.jsonValue(),
      (object, at, v) => {
        const names = Object.keys(object);
        const again = names[at % names.length] ?? '';
        const text = `{"wrap":[${JSON.stringify(object).slice(0, -1)},${JSON.stringify(again)}:${JSON.stringify(v)}}]}`;
        expect(refusal(text)).toMatchObject({
          reason: 'duplicate_member',
          path: expect.stringMatching(/^\/wrap\/0\//),
        });
      },
    ),
  );
});

it('keeps __proto__ as a plain own member', () => {
  for (const parse of [parseJson, parseJsonTokens]) {
    const parsed = parse('{"__proto__":{"polluted":true},"a":{"__proto__":null}}');
    expect(parsed.ok).toBe(true);
    if (!parsed.ok) return;
    expect(Object.getPrototypeOf(parsed.value)).toBe(Object.prototype);
    expect(Object.keys(parsed.value ?? {})).toEqual(['__proto__', 'a']);
    expect((parsed.value as { polluted?: unknown }).polluted).toBeUndefined();
  }
});

it('keeps number tokens as written', () => {
  const parsed = parseJsonTokens('{"a":[1,1.0,1E2,-0,0.10,123456789012345678901234567890]}');
  expect(parsed.ok && parsed.value).toEqual({
    a: ['1', '1.0', '1E2', '-0', '0.10', '123456789012345678901234567890'].map((token) => new JsonNumber(token)),
  });
});

function plainValue(value: JsonTokens): unknown {
  if (value instanceof JsonNumber) return Number(value.token);
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== 'object' || value === null) return value;
  const plain: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    Object.defineProperty(plain, name, {
      value: plainValue(member),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return plain;
}
