/** The hash of a worker's package: the published trees, the three orders, and what no change gets past. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { sha256Hex } from '../../../src/core/hash.ts';
import {
  isExcluded,
  type PackageFile,
  packageHash,
  packageOrder,
  readPackage,
} from '../../../src/core/registry/package-hash.ts';
import vectors from '../../vectors/attestation.json' with { type: 'json' };

const file = (path: string, text: string): PackageFile => ({
  path,
  size: new TextEncoder().encode(text).length,
  sha256: sha256Hex(text),
});

const readable = (files: readonly PackageFile[]): readonly PackageFile[] => {
  const read = readPackage(files);
  if (!read.ok) throw new Error(`${read.error.reason}: ${read.error.path}`);
  return read.value;
};

describe('WCP 4.4 package hash', () => {
  const trees = vectors.trees.map(({ name, files, ...hashes }) => ({
    name,
    files: readable(files.map(([path = '', text = '']) => file(path, text))),
    ...hashes,
  }));

  it.each(trees)('as Python clients hash it: $name', ({ files, bytewise, component }) => {
    expect(packageHash(files)).toBe(bytewise);
    expect(packageHash(files, 'component')).toBe(component);
    expect(packageOrder(files, `sha256:${component.toUpperCase()}`)).toBe(
      bytewise === component ? 'bytewise' : 'component',
    );
    expect(packageOrder(files, '0'.repeat(64))).toBeNull();
  });

  it('an empty package is the hash of nothing', () => {
    expect(packageHash([])).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  // The order of `[...paths].sort((a, b) => a.localeCompare(b))`, written down.
  it('as TypeScript clients hash it', () => {
    const inOrder = ['a-b', 'a/b', 'B', 'b.c', 'b/c', 'é', 'z'].map((path) => file(path, path));
    const lines = inOrder.map(({ path, size, sha256 }) => `${path}\n${size}\n${sha256}\n`).join('');
    expect(packageHash(inOrder, 'locale')).toBe(sha256Hex(lines));
    expect(packageHash(inOrder, 'locale')).toBe('e881b55e308cbde24fea40eb4469fd22a1398c29083a3255b04bf2cd84c301b5');
    expect(packageOrder(inOrder, sha256Hex(lines))).toBe('locale');
  });

  it.each([
    ['a\n1\nb', 'bad_path'],
    ['/etc/passwd', 'bad_path'],
    ['../up', 'bad_path'],
    ['a//b', 'bad_path'],
    ['a/./b', 'bad_path'],
    ['a/', 'bad_path'],
    ['', 'bad_path'],
    ['a\0b', 'bad_path'],
    ['\ud800', 'bad_path'],
  ])('refuses the path %j', (path, reason) => {
    expect(readPackage([file(path, '')])).toEqual({ ok: false, error: { reason, path } });
  });

  it('refuses a path twice, and what is no size or hash', () => {
    const good = file('a', 'a');
    expect(readPackage([good, good])).toMatchObject({ error: { reason: 'repeated_path' } });
    expect(readPackage([{ ...good, size: -1 }])).toMatchObject({ error: { reason: 'bad_size' } });
    expect(readPackage([{ ...good, size: 1.5 }])).toMatchObject({ error: { reason: 'bad_size' } });
    expect(readPackage([{ ...good, sha256: good.sha256.slice(1) }])).toMatchObject({ error: { reason: 'bad_hash' } });
  });

  it('excludes by whole names only', () => {
    for (const path of ['a/.git/b', '__pycache__/x', 'x/.DS_Store', 'manifest.json', 'a/b.pyc']) {
      expect(isExcluded(path), path).toBe(true);
    }
    for (const path of ['.github/a', 'a.git/b', 'my-manifest.json', 'b.py', 'pyc']) {
      expect(isExcluded(path), path).toBe(false);
    }
  });
});

describe('properties', () => {
  const component = fc.stringMatching(/^[A-Za-z0-9_.é😀-]{1,6}$/u).filter((name) => !/^\.{1,2}$/.test(name));
  const path = fc
    .array(component, { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join('/'))
    .filter((text) => !isExcluded(text));
  const packages = fc
    .uniqueArray(fc.tuple(path, fc.string({ maxLength: 5 })), {
      selector: ([name]) => name,
      minLength: 1,
      maxLength: 8,
    })
    .map((files) => files.map(([name, text]) => file(name, text)));

  test('the order of the list changes no hash', () => {
    fc.assert(
      fc.property(packages, fc.infiniteStream(fc.nat()), (files, seeds) => {
        const shuffled = files
          .map((one) => ({ one, at: seeds.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one);
        for (const order of ['bytewise', 'component', 'locale'] as const) {
          expect(packageHash(shuffled, order)).toBe(packageHash(files, order));
        }
      }),
    );
  });

  test('another byte, another name, a file more or less: none of the three hashes', () => {
    fc.assert(
      fc.property(packages, fc.nat(), fc.constantFrom('byte', 'size', 'name', 'less', 'more'), (files, at, kind) => {
        const hashes = (['bytewise', 'component', 'locale'] as const).map((order) => packageHash(files, order));
        const index = at % files.length;
        const changed = files.flatMap((one, i): PackageFile[] => {
          if (i !== index) return [one];
          if (kind === 'byte') return [{ ...one, sha256: sha256Hex(`${one.sha256}x`) }];
          if (kind === 'size') return [{ ...one, size: one.size + 1 }];
          if (kind === 'name') return [{ ...one, path: `${one.path}~` }];
          return kind === 'less' ? [] : [one, file(`${one.path}~`, 'more')];
        });
        for (const hash of hashes) expect(packageOrder(changed, hash)).toBeNull();
      }),
    );
  });

  test('excluded files change nothing', () => {
    fc.assert(
      fc.property(packages, path, fc.constantFrom('.git', '__pycache__', 'manifest.json'), (files, name, excluded) => {
        const more = [...files, file(`${name}~/${excluded}`, 'x'), file(`${excluded}/${name}`, 'y')];
        expect(packageHash(readable(more))).toBe(packageHash(readable(files)));
      }),
    );
  });
});
