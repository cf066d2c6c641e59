/** The witness by itself: the statuses of C2SP tlog-witness, and no two accepted trees that do not extend one another. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { toBase64 } from '../../src/core/bytes.ts';
import { leafHash } from '../../src/core/hash.ts';
import { rootOf } from '../../src/core/ledger/merkle.ts';
import { TileTree } from '../../src/core/ledger/tiles.ts';
import type { WitnessHead, WitnessReply, WitnessRequest } from '../../src/witness/witness.ts';

const NOW = 1_795_219_200;

/** A log of `branch`: up to `forkAt` all branches have the same entries. */
class Log {
  readonly leaves: Uint8Array[];
  readonly #tree = TileTree.empty();

  constructor(size: number, branch = '', forkAt = 0) {
    this.leaves = Array.from({ length: size }, (_, n) => leafHash(n < forkAt ? `entry ${n}` : `entry ${n}${branch}`));
    for (const leaf of this.leaves) this.#tree.append(leaf);
  }

  root(size: number): string {
    return toBase64(rootOf(this.leaves.slice(0, size)));
  }

  extension(oldSize: number, size: number): WitnessRequest {
    const proof = this.#tree.consistencyProof(oldSize, size, () => undefined).map(toBase64);
    return { oldSize, size, root: this.root(size), proof };
  }
}

interface Stub {
  head(): Promise<WitnessHead>;
  extend(request: WitnessRequest, nowSeconds: number): Promise<WitnessReply>;
}

let made = 0;
const newWitness = () => {
  const stub = env.WITNESS.getByName(`witness-${++made}`);
  return { stub, witness: stub as unknown as Stub };
};

const log = new Log(200);

describe('tlog-witness', () => {
  test('takes the first checkpoint of a log as it is, with an empty proof', async () => {
    const { witness } = newWitness();
    expect(await witness.head()).toEqual({ size: 0, root: '', witnessedAt: 0 });
    expect(await witness.extend(log.extension(0, 5), NOW)).toEqual({
      status: 200,
      head: { size: 5, root: log.root(5), witnessedAt: NOW },
    });
  });

  test('refuses a first checkpoint with a proof, of size 0, or without a root', async () => {
    const { witness } = newWitness();
    const first = log.extension(0, 5);
    expect(await witness.extend({ ...first, proof: [log.root(1)] }, NOW)).toEqual({ status: 422 });
    expect(await witness.extend({ ...first, size: 0 }, NOW)).toEqual({ status: 422 });
    for (const root of ['', 'AAAA', 'not base64 at all!', `${log.root(5)}AAAA`]) {
      expect(await witness.extend({ ...first, root }, NOW), root).toEqual({ status: 422 });
    }
    expect((await witness.head()).size).toBe(0);
  });

  test('409 and the size it knows, for any other old size', async () => {
    const { witness } = newWitness();
    await witness.extend(log.extension(0, 10), NOW);
    for (const oldSize of [0, 9, 11, 200]) {
      const request = { ...log.extension(0, 200), oldSize };
      expect(await witness.extend(request, NOW), String(oldSize)).toEqual({ status: 409, size: 10 });
    }
  });

  test('200 for every extension of every size, each from where the last one ended', async () => {
    const { witness } = newWitness();
    let at = 0;
    for (const size of [1, 2, 3, 4, 7, 8, 9, 63, 64, 65, 127, 128, 199, 200]) {
      expect(await witness.extend(log.extension(at, size), NOW + size), `${at} to ${size}`).toMatchObject({
        status: 200,
      });
      at = size;
    }
    expect(await witness.head()).toEqual({ size: 200, root: log.root(200), witnessedAt: NOW + 200 });
  });

  test('the same checkpoint again is answered the same, with the time it was first witnessed', async () => {
    const { witness } = newWitness();
    const first = await witness.extend(log.extension(0, 10), NOW);
    expect(await witness.extend(log.extension(10, 10), NOW + 500)).toEqual(first);
    expect(await witness.extend({ ...log.extension(10, 10), proof: [log.root(3)] }, NOW)).toEqual({ status: 422 });
  });

  test('refuses a fork of any size, also of the same size, and a smaller tree', async () => {
    const { witness } = newWitness();
    await witness.extend(log.extension(0, 100), NOW);
    for (const forkAt of [0, 50, 99]) {
      const fork = new Log(200, ' forked', forkAt);
      expect((await witness.extend(fork.extension(100, 200), NOW)).status, `fork at ${forkAt}`).toBe(422);
      // A fork that shows the honest tree's proof.
      const mixed = { ...log.extension(100, 200), root: fork.root(200) };
      expect((await witness.extend(mixed, NOW)).status).toBe(422);
      expect((await witness.extend(fork.extension(100, 100), NOW)).status).not.toBe(200);
    }
    expect((await witness.extend({ ...log.extension(50, 100), oldSize: 100, size: 50 }, NOW)).status).not.toBe(200);
    expect(await witness.head()).toMatchObject({ size: 100, root: log.root(100) });
  });

  test('refuses a proof with any hash changed, missing, doubled or of another length', async () => {
    const { witness } = newWitness();
    await witness.extend(log.extension(0, 77), NOW);
    const good = log.extension(77, 190);
    const wrong = good.proof.flatMap((hash, at) => [
      good.proof.with(at, log.root(5)),
      good.proof.toSpliced(at, 1),
      good.proof.toSpliced(at, 0, hash),
      good.proof.with(at, 'AAAA'),
      good.proof.with(at, '?'),
    ]);
    for (const proof of [...wrong, [], [...good.proof].reverse()]) {
      expect(await witness.extend({ ...good, proof }, NOW)).toEqual({ status: 422 });
    }
    expect((await witness.extend(good, NOW)).status).toBe(200);
  });

  test('a clock that goes back does not take the time of a cosignature back', async () => {
    const { witness } = newWitness();
    await witness.extend(log.extension(0, 10), NOW);
    expect(await witness.extend(log.extension(10, 20), NOW - 3600)).toMatchObject({ head: { witnessedAt: NOW } });
  });
});

describe('concurrency and crashes', () => {
  test('of many extensions of the same head exactly one is taken', async () => {
    const { witness } = newWitness();
    await witness.extend(log.extension(0, 10), NOW);
    const replies = await Promise.all(
      Array.from({ length: 64 }, (_, n) => witness.extend(log.extension(10, 11 + n), NOW)),
    );
    const taken = replies.flatMap((reply) => (reply.status === 200 ? [reply.head.size] : []));
    expect(taken).toHaveLength(1);
    const others = replies.filter((reply) => reply.status === 409);
    expect(others).toHaveLength(63);
    expect(others.every((reply) => reply.size === taken[0])).toBe(true);
    expect((await witness.head()).size).toBe(taken[0]);
  });

  test('of two forks shown at once at most one is ever cosigned', async () => {
    for (let round = 0; round < 20; round++) {
      const { witness } = newWitness();
      await witness.extend(log.extension(0, 10), NOW);
      const fork = new Log(40, ` fork ${round}`, 10);
      const replies = await Promise.all([
        witness.extend(log.extension(10, 20 + (round % 5)), NOW),
        witness.extend(fork.extension(10, 20 + (round % 3)), NOW),
      ]);
      expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    }
  });

  test('what it has seen survives the loss of its memory', async () => {
    const { stub, witness } = newWitness();
    await witness.extend(log.extension(0, 100), NOW);
    await evictDurableObject(stub);
    expect(await witness.head()).toEqual({ size: 100, root: log.root(100), witnessedAt: NOW });
    const fork = new Log(200, ' forked', 40);
    expect((await witness.extend(fork.extension(100, 150), NOW)).status).toBe(422);
    expect((await witness.extend(log.extension(0, 50), NOW)).status).toBe(409);
  });

  test('it stores one row, whatever it saw', async () => {
    const { stub, witness } = newWitness();
    for (let size = 1; size < 30; size++) await witness.extend(log.extension(size - 1, size), NOW);
    const rows = await runInDurableObject(stub, (_, { storage }) =>
      storage.sql.exec('SELECT count(*) AS count FROM head').one(),
    );
    expect(rows.count).toBe(1);
  });
});
