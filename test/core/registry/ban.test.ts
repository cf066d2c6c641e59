/** What a ban names, whom it stops, and the sets that decisions name by hash (WCP 3.8). */
import { describe, expect, test } from 'vitest';
import { type Ban, BanTarget, banSets, isBanned, NewBan, targetText } from '../../../src/core/registry/ban.ts';
import { worker } from '../../support/hall.ts';

const HASH = 'ab'.repeat(32);
const NOW = 1_800_000_000_000;

const ban = (target: BanTarget, expiresAt: number | null = null, epoch = 1): Ban => ({
  ban_id: `ban_${epoch}`,
  epoch,
  target,
  reason: 'r',
  evidence_url: null,
  issued_at: NOW - 1,
  expires_at: expiresAt,
});

describe('a target', () => {
  test.each([
    [{ sha256: HASH }, { sha256: HASH }, `sha256:${HASH}`],
    [{ sha256: `sha256:${HASH.toUpperCase()}` }, { sha256: HASH }, `sha256:${HASH}`],
    [{ worker_id: 'org.acme.w' }, { worker_id: 'org.acme.w' }, 'org.acme.w'],
    [{ worker_id: 'x.acme.w.eu-1' }, { worker_id: 'x.acme.w.eu-1' }, 'x.acme.w.eu-1'],
    [{ namespace: 'org.acme' }, { namespace: 'org.acme' }, 'org.acme'],
  ])('%j', (given, read, text) => {
    const target = BanTarget.parse(given);
    expect(target).toEqual(read);
    expect(targetText(target)).toBe(text);
  });

  test.each([
    [{}],
    [{ sha256: HASH.slice(1) }],
    [{ sha256: `${HASH}0` }],
    [{ sha256: `md5:${HASH}` }],
    [{ worker_id: 'org.acme' }],
    [{ worker_id: 'wrk.doc.summarizer' }],
    [{ worker_id: '' }],
    [{ namespace: 'org' }],
    [{ namespace: 'org.acme.w' }],
    [{ namespace: 'org.Acme' }],
    [{ worker_id: 'org.acme.w', namespace: 'org.acme' }],
    [{ species: 'wrk.doc.summarizer' }],
    [null],
  ])('is not %j', (given) => {
    expect(BanTarget.safeParse(given).success).toBe(false);
  });

  test('a ban takes a reason, evidence over https and a time with a zone', () => {
    const given = { target: { namespace: 'org.acme' }, reason: 'r' };
    expect(NewBan.safeParse(given).success).toBe(true);
    expect(NewBan.safeParse({ ...given, expires_at: '2030-01-01T00:00:00Z' }).success).toBe(true);
    for (const change of [{ reason: '' }, { evidence_url: 'http://a.example' }, { expires_at: 'tomorrow' }, { x: 1 }]) {
      expect(NewBan.safeParse({ ...given, ...change }).success).toBe(false);
    }
  });
});

describe('whom it stops', () => {
  const plain = worker({ worker_id: 'org.acme.w' });
  test.each([
    ['its id', { worker_id: 'org.acme.w' }, plain, true],
    ['another id', { worker_id: 'org.acme.w2' }, plain, false],
    ['an instance of it by its id', { worker_id: 'org.acme.w' }, worker({ worker_id: 'org.acme.w.eu-1' }), false],
    ['its namespace', { namespace: 'org.acme' }, plain, true],
    ['a namespace that begins alike', { namespace: 'org.acm' }, plain, false],
    ['the same name under the other authority', { namespace: 'x.acme' }, plain, false],
    ['the hash of its record', { sha256: HASH }, { ...plain, artifact_hash: HASH }, true],
    ['the hash that was attested', { sha256: HASH }, { ...plain, registered_hash: HASH }, true],
    ['the hash that it reports', { sha256: HASH }, { ...plain, reported_hash: HASH }, true],
    ['another hash', { sha256: HASH }, { ...plain, reported_hash: 'cd'.repeat(32) }, false],
    ['a hash, where it has none', { sha256: HASH }, { ...plain, artifact_hash: null }, false],
  ] as const)('%s', (_, target, fact, stopped) => {
    expect(isBanned(banSets([ban(target)], NOW), fact)).toBe(stopped);
  });
});

describe('the sets', () => {
  test('hold each name once, whatever the order, and their hash is pinned', () => {
    const bans = [
      ban({ worker_id: 'org.acme.b' }),
      ban({ worker_id: 'org.acme.a' }, null, 2),
      ban({ worker_id: 'org.acme.b' }, null, 3),
      ban({ namespace: 'x.acme' }, null, 4),
      ban({ sha256: HASH }, null, 5),
    ];
    const sets = banSets(bans, NOW);
    expect(sets.text).toBe(`{"artifacts":["${HASH}"],"namespaces":["x.acme"],"workers":["org.acme.a","org.acme.b"]}`);
    expect(sets.hash).toBe('4cd838bd34c2088edd31bcc2dd0113f9766d21bc4aeda4de9ad5d5c565bdb7e6');
    expect(banSets(bans.toReversed(), NOW).hash).toBe(sets.hash);
    expect(banSets([], NOW).text).toBe('{"artifacts":[],"namespaces":[],"workers":[]}');
  });

  test('leave out what has expired, at its very millisecond, and say when the next one does', () => {
    const bans = [
      ban({ worker_id: 'org.acme.a' }, NOW + 10),
      ban({ worker_id: 'org.acme.b' }, NOW + 5, 2),
      ban({ worker_id: 'org.acme.c' }, null, 3),
    ];
    const at = (ms: number) => {
      const { workers, staleAt } = banSets(bans, ms);
      return [[...workers].map((id) => id.at(-1)).join(''), staleAt];
    };
    expect(at(NOW + 4)).toEqual(['abc', NOW + 5]);
    expect(at(NOW + 5)).toEqual(['ac', NOW + 10]);
    expect(at(NOW + 10)).toEqual(['c', null]);
  });

  test('a name stands as long as one ban holds it', () => {
    const bans = [ban({ namespace: 'org.acme' }, NOW + 5), ban({ namespace: 'org.acme' }, NOW + 9, 2)];
    expect([...banSets(bans, NOW + 5).namespaces]).toEqual(['org.acme']);
    expect([...banSets(bans, NOW + 9).namespaces]).toEqual([]);
  });
});
