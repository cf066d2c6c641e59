/**
 * The whole ledger of a tenant against its own rules, recomputed from the stored entries alone (DESIGN §6): chain,
 * stream chains, places, times, tree, tiles, checkpoints, replays, alarm. Called after every test that writes.
 */
import { expect } from 'vitest';
import { equalBytes, fromBase64, toHex } from '../../src/core/bytes.ts';
import { canonicalJson } from '../../src/core/canonical.ts';
import { Replayer } from '../../src/core/hall/replay.ts';
import { leafHash, nodeHash, sha256Hex } from '../../src/core/hash.ts';
import { seqOfId } from '../../src/core/ids.ts';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import { COSIGNATURE, LOG_SIGNATURE, openCheckpoint } from '../../src/core/ledger/checkpoint.ts';
import { type Entry, readEntry } from '../../src/core/ledger/entry.ts';
import { rootOf, verifyInclusion } from '../../src/core/ledger/merkle.ts';
import { verifyEd25519 } from '../../src/keys/ring.ts';
import { originOf, witnessNameOf } from '../../src/services/checkpoints.ts';
import { OPERATOR, type TestTenant } from './tenant-client.ts';

const TILE = 256;
/** How long an alarm that could not commit waits before it looks again. */
const RETRY_MS = 30_000;

interface Stored {
  readonly now: number;
  readonly texts: readonly string[];
  readonly head: { size: number; ts: number; receipt_hash: string | null; streams: string } | undefined;
  readonly tiles: readonly { level: number; position: number; hashes: Uint8Array }[];
  readonly contents: readonly { hash: string; value: string }[];
  readonly checkpoints: readonly { size: number; note: string }[];
  readonly due: number | null;
  readonly alarm: number | null;
}

const readAll = (tenant: TestTenant): Promise<Stored> =>
  tenant.inside(async (_, { storage }): Promise<Stored> => {
    const rows = <Row>(query: string): Row[] => storage.sql.exec(query).toArray() as unknown as Row[];
    let next = 1;
    const texts: string[] = [];
    type Bundle = { first_seq: number; last_seq: number; last_ts: number; entries: string };
    for (const bundle of rows<Bundle>('SELECT * FROM bundles ORDER BY first_seq')) {
      const lines = bundle.entries.split('\n');
      expect(bundle.first_seq, 'bundles follow one another').toBe(next);
      expect(bundle.last_seq - bundle.first_seq + 1, 'a bundle holds what it says').toBe(lines.length);
      texts.push(...lines);
      next = bundle.last_seq + 1;
    }
    return {
      now: Date.now(),
      texts,
      head: rows<NonNullable<Stored['head']>>('SELECT size, ts, receipt_hash, streams FROM head')[0],
      tiles: rows<{ level: number; position: number; hashes: ArrayBuffer }>(
        'SELECT * FROM tiles ORDER BY level, position',
      ).map(({ level, position, hashes }) => ({ level, position, hashes: new Uint8Array(hashes) })),
      contents: rows("SELECT hash, group_concat(value, '' ORDER BY part) AS value FROM contents GROUP BY hash"),
      checkpoints: rows('SELECT size, note FROM checkpoints ORDER BY size'),
      due: rows<{ due: number | null }>('SELECT min(due_at) AS due FROM deadlines')[0]?.due ?? null,
      alarm: await storage.getAlarm(),
    };
  });

export interface CheckedLedger {
  readonly size: number;
  readonly entries: readonly Entry[];
  readonly texts: readonly string[];
  readonly checkpoints: readonly { readonly size: number; readonly note: string }[];
}

/** What is no act of an administrator. */
const HAPPENINGS = ['hall.decision.imported', 'hall.webhook.failing'];
const HASH = /^[0-9a-f]{64}$/;

/** Who, what, and the document that it concerns before and after; and nobody by an address (FORMATS 15). */
const checkAct = ({ seq, type, actor, body }: Entry, text: string): void => {
  expect(text, `entry ${seq} names a person by an id`).not.toMatch(/person-[0-9a-f]{8}@/);
  if (!type.startsWith('hall.') || HAPPENINGS.includes(type)) return;
  expect(actor.id, `entry ${seq} (${type}) says who`).not.toBe('');
  const sides = [body.before, body.after];
  for (const side of sides) if (side !== null) expect(side, `entry ${seq} (${type})`).toMatch(HASH);
  expect(sides, `entry ${seq} (${type}) is of a document`).not.toEqual([null, null]);
};

/** Entries up to `oldTo` were written when bodies had another form. */
export const checkLedger = async (tenant: TestTenant, oldTo = 0): Promise<CheckedLedger> => {
  const stored = await readAll(tenant);
  const entries = checkChain(tenant, stored, oldTo);
  const leaves = stored.texts.map(leafHash);
  checkTiles(stored, leaves);
  checkCheckpoints(tenant, stored, leaves);
  await checkProofs(tenant, stored, leaves);
  checkReplays(stored, entries);
  if (stored.due !== null) {
    expect(stored.alarm, 'there is an alarm for the earliest deadline').not.toBeNull();
    // The runtime takes an alarm in its past for one that is due now; its clock is not the test's.
    const now = Math.max(stored.now, performance.timeOrigin + performance.now());
    expect(stored.alarm).toBeLessThanOrEqual(Math.max(stored.due, now + RETRY_MS));
  }
  return { size: entries.length, entries, texts: stored.texts, checkpoints: stored.checkpoints };
};

function checkChain(tenant: TestTenant, { texts, head }: Stored, oldTo: number): Entry[] {
  let last: Entry | undefined;
  let lastHash: string | null = null;
  const streams: Record<string, { seq: number; hash: string }> = {};
  const entries = texts.map((text, index) => {
    const parsed = JSON.parse(text) as JsonObject;
    const read = readEntry(parsed);
    expect(read, `entry ${index + 1} is an entry`).toMatchObject({ ok: true });
    expect(canonicalJson(parsed), 'stored as canonical bytes').toBe(text);
    const entry = parsed as unknown as Entry;
    const stream = streams[entry.stream];
    expect(entry).toMatchObject({
      tenant: tenant.id,
      seq: index + 1,
      stream_seq: (stream?.seq ?? 0) + 1,
      prev_receipt_hash: lastHash,
      prev_stream_hash: stream?.hash ?? null,
    });
    expect(entry.ts, 'time never goes back').toBeGreaterThan(last?.ts ?? 0);
    expect(seqOfId(entry.receipt_id)).toBe(entry.seq);
    if (entry.type === 'wcp.decision' || entry.type === 'cap.decision') {
      expect(seqOfId(String(entry.body.decision_id))).toBe(entry.seq);
      expect((entry.body.seen as JsonObject).at, 'decided at the time of its entry').toBe(entry.ts);
    }
    expect(tenant.deps.ring.byId('receipt', entry.signing_key_id), 'a key of the ring').toBeDefined();
    if (entry.seq > oldTo) checkAct(entry, text);
    last = entry;
    lastHash = sha256Hex(text);
    streams[entry.stream] = { seq: entry.stream_seq, hash: lastHash };
    return entry;
  });
  if (head === undefined) expect(entries).toHaveLength(0);
  else {
    const { size, ts, receipt_hash } = head;
    expect({ size, ts, receipt_hash }).toEqual({ size: texts.length, ts: last?.ts, receipt_hash: lastHash });
    expect(JSON.parse(head.streams)).toEqual(streams);
  }
  return entries;
}

/** Level 0 holds complete tiles only; the levels above also the one that still grows. */
function checkTiles({ tiles }: Stored, leaves: readonly Uint8Array[]): void {
  const expected: string[] = [];
  let row = leaves;
  for (let level = 0; row.length > 0; level++) {
    const complete = Math.floor(row.length / TILE);
    const kept = level === 0 ? complete : Math.ceil(row.length / TILE);
    for (let position = 0; position < kept; position++) {
      const hashes = row.slice(position * TILE, (position + 1) * TILE).map(toHex);
      expected.push(`${level}/${position}:${hashes.join('')}`);
    }
    row = Array.from({ length: complete }, (_, index) => fullRoot(row.slice(index * TILE, (index + 1) * TILE)));
  }
  expect(tiles.map(({ level, position, hashes }) => `${level}/${position}:${toHex(hashes)}`)).toEqual(expected);
}

/** Root of a full tile, by pairs: another way than the code under test goes. */
function fullRoot(row: readonly Uint8Array[]): Uint8Array {
  let nodes = row;
  while (nodes.length > 1) {
    const below = nodes;
    nodes = Array.from({ length: below.length / 2 }, (_, index) => {
      const [left, right] = [below[2 * index], below[2 * index + 1]];
      if (left === undefined || right === undefined) throw new RangeError('a full tile has no odd node');
      return nodeHash(left, right);
    });
  }
  return nodes[0] ?? new Uint8Array();
}

function checkCheckpoints(tenant: TestTenant, { checkpoints }: Stored, leaves: readonly Uint8Array[]): void {
  const log = { type: LOG_SIGNATURE, publicKey: tenant.deps.ring.active('log').rawPublic } as const;
  const witness = {
    type: COSIGNATURE,
    publicKey: tenant.deps.ring.active('witness').rawPublic,
    name: witnessNameOf(tenant.deps),
  } as const;
  for (const { size, note } of checkpoints) {
    const opened = openCheckpoint(note, [log, witness], verifyEd25519);
    if (!opened.ok) throw new Error(`the checkpoint of ${size} does not open: ${opened.error}`);
    expect(opened.value).toMatchObject({ origin: originOf(tenant.deps, tenant.id), size });
    expect(opened.value.cosigned, 'no checkpoint without its cosignature').toHaveLength(1);
    expect(size).toBeLessThanOrEqual(leaves.length);
    expect(toHex(opened.value.root), `root of ${size}`).toBe(toHex(rootOf(leaves.slice(0, size))));
  }
}

/** The object's own tree, through the proofs that it gives. */
async function checkProofs(tenant: TestTenant, { checkpoints }: Stored, leaves: readonly Uint8Array[]): Promise<void> {
  const seqs = new Set(checkpoints.flatMap(({ size }) => [1, Math.ceil(size / 2), size]));
  for (const seq of [...seqs].slice(-12)) {
    const answer = await tenant.deps.tenant(tenant.id).ask(OPERATOR, { kind: 'proof', id: String(seq) });
    if (!answer.ok) throw new Error(`no proof of ${seq}`);
    const { hashes, note } = answer.value.proof as unknown as { hashes: string[]; note: string };
    const size = Number(note.split('\n')[1]);
    const path = hashes.map((hash) => fromBase64(hash) ?? new Uint8Array());
    const leaf = leaves[seq - 1] ?? new Uint8Array();
    const root = rootOf(leaves.slice(0, size));
    expect(verifyInclusion(leaf, seq - 1, size, root, path), `proof of ${seq} in ${size}`).toBe(true);
  }
  const root = await tenant.inside((instance) => {
    const draft = instance.checkpointDraft(0);
    return draft === null ? null : { size: draft.size, root: fromBase64(draft.root) ?? new Uint8Array() };
  });
  if (root === null) return;
  expect(root.size).toBe(leaves.length);
  expect(equalBytes(root.root, rootOf(leaves)), 'the tree in memory is the tree of the entries').toBe(true);
}

function checkReplays({ contents }: Stored, entries: readonly Entry[]): void {
  const kept = new Map<string, JsonValue>();
  for (const { hash, value } of contents) {
    expect(sha256Hex(value), 'a content has the hash it is kept under').toBe(hash);
    kept.set(hash, JSON.parse(value) as JsonValue);
  }
  const replayer = new Replayer((hash) => kept.get(hash));
  for (const entry of entries) {
    if (entry.type !== 'wcp.decision' && entry.type !== 'cap.decision') continue;
    const again = entry.type === 'wcp.decision' ? replayer.replay(entry) : replayer.replayPolicy(entry);
    if (!again.ok) throw new Error(`entry ${entry.seq} cannot be replayed: ${JSON.stringify(again.error)}`);
    expect(canonicalJson(again.value.body), `replay of ${entry.seq}`).toBe(canonicalJson(entry.body));
  }
}
