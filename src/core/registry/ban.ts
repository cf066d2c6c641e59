/**
 * Bans (WCP 3.8, DESIGN §7): what is banned, sets of bans that grow by epochs, and the view that a decision reads. Used
 * alike by the network's ban list and by a tenant's own.
 */
import { z } from 'zod';
import { canonicalJson } from '../canonical.ts';
import { sha256Hex } from '../hash.ts';
import { type Refusal, refusal } from '../refusal.ts';
import { err, ok, type Result } from '../result.ts';
import { isNamespace, parseWorkerId } from './namespace.ts';
import type { WorkerFact } from './worker.ts';

export const Sha256 = z
  .string()
  .regex(/^(?:sha256:)?[0-9a-fA-F]{64}$/, 'expected a SHA-256 in hex')
  .transform((text) => text.toLowerCase().replace(/^sha256:/, ''));

/** Exactly one: an artifact (record or code hash), a worker, or everything of a namespace. */
export const BanTarget = z.union([
  z.strictObject({ sha256: Sha256 }),
  z.strictObject({
    worker_id: z
      .string()
      .max(256)
      .refine((id) => parseWorkerId(id) !== null, { error: 'expected a worker_id' }),
  }),
  z.strictObject({ namespace: z.string().refine(isNamespace, { error: 'expected org.<name> or x.<name>' }) }),
]);
export type BanTarget = z.output<typeof BanTarget>;

const REASON = z.string().min(1).max(1_000);
const EVIDENCE = z
  .url({ protocol: /^https$/ })
  .max(2_000)
  .optional();

export const NewBan = z
  .strictObject({
    target: BanTarget,
    reason: REASON,
    evidence_url: EVIDENCE,
    expires_at: z.iso.datetime().optional(),
  })
  .meta({ id: 'NewBan' });
export type NewBan = z.output<typeof NewBan>;

/** From the community: it bans nothing by itself. Published clients may send more than is known here. */
export const BanReport = z
  .looseObject({ sha256: Sha256, reason: REASON, evidence_url: EVIDENCE.nullable() })
  .meta({ id: 'BanReport' });
export type BanReport = z.output<typeof BanReport>;

export interface Ban {
  readonly ban_id: string;
  /** Of the list it is on; the list's bans and lifts are numbered together. */
  readonly epoch: number;
  readonly target: BanTarget;
  readonly reason: string;
  readonly evidence_url: string | null;
  /** Milliseconds since the epoch, as all times here. */
  readonly issued_at: number;
  readonly expires_at: number | null;
}

/** The ban that was asked for; refused when it would be over already. */
export const banOf = (asked: NewBan, banId: string, epoch: number, nowMs: number): Result<Ban, Refusal> => {
  const expiresAt = asked.expires_at === undefined ? null : Date.parse(asked.expires_at);
  if (expiresAt !== null && expiresAt <= nowMs) {
    const error = { field: 'expires_at', message: 'expected a time to come' };
    return err(refusal('invalid_body', `${error.field}: ${error.message}`, [error]));
  }
  return ok({
    ban_id: banId,
    epoch,
    target: asked.target,
    reason: asked.reason,
    evidence_url: asked.evidence_url ?? null,
    issued_at: nowMs,
    expires_at: expiresAt,
  });
};

/**
 * One step of the network's list: what its epoch changed. `receipt_hash` is that of its entry in the network's ledger,
 * whose entries name the one before: so it stands for the whole list up to there.
 */
export type BanChange = { readonly epoch: number; readonly seq: number; readonly receipt_hash: string } & (
  | { readonly kind: 'issued'; readonly ban: Ban }
  | { readonly kind: 'lifted'; readonly ban_id: string }
);

/** How far a copy of the list has come: an epoch, and the receipt_hash of its change; null before the first. */
export interface BanPosition {
  readonly epoch: number;
  readonly head: string | null;
}

export const targetText = (target: BanTarget): string =>
  'sha256' in target ? `sha256:${target.sha256}` : 'worker_id' in target ? target.worker_id : target.namespace;

export const isInForce = (ban: Ban, nowMs: number): boolean => ban.expires_at === null || ban.expires_at > nowMs;

/** Whom bans name. */
export interface Banned {
  readonly workers: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
  /** Bare lower hex. */
  readonly artifacts: ReadonlySet<string>;
}

/** What of a worker a ban can name. */
export type BanSubject = Pick<
  WorkerFact,
  'worker_id' | 'namespace' | 'artifact_hash' | 'registered_hash' | 'reported_hash'
>;

/** Banned by name, by namespace, or by a hash: of its record, of its attested code, of the code it reports. */
export const isBanned = (banned: Banned, worker: BanSubject): boolean => {
  if (banned.workers.has(worker.worker_id) || banned.namespaces.has(worker.namespace)) return true;
  const hashes = [worker.artifact_hash, worker.registered_hash, worker.reported_hash];
  return hashes.some((hash) => hash !== null && banned.artifacts.has(hash));
};

/** Whom these targets name. */
export const setsOf = (targets: Iterable<BanTarget>): Banned => {
  const workers = new Set<string>();
  const namespaces = new Set<string>();
  const artifacts = new Set<string>();
  for (const target of targets) {
    if ('worker_id' in target) workers.add(target.worker_id);
    else if ('namespace' in target) namespaces.add(target.namespace);
    else artifacts.add(target.sha256);
  }
  return { workers, namespaces, artifacts };
};

/** What decisions look up and what their entries name by hash. */
export interface BanSets extends Banned {
  readonly hash: string;
  readonly text: string;
  /** When the first of them expires, or null: until then the sets stay as they are. */
  readonly staleAt: number | null;
}

export const banSets = (bans: Iterable<Ban>, nowMs: number): BanSets => {
  const inForce = [...bans].filter((ban) => isInForce(ban, nowMs));
  const sets = setsOf(inForce.map(({ target }) => target));
  const ends = inForce.flatMap(({ expires_at }) => (expires_at === null ? [] : [expires_at]));
  const text = canonicalJson({
    artifacts: [...sets.artifacts].sort(),
    namespaces: [...sets.namespaces].sort(),
    workers: [...sets.workers].sort(),
  });
  const staleAt = ends.reduce<number | null>((first, end) => Math.min(first ?? end, end), null);
  return { ...sets, hash: sha256Hex(text), text, staleAt };
};
