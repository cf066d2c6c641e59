/**
 * The last attestation of each worker, also of one that is not enrolled: it waits for the enrolment, and outlasts a
 * retirement. And what a namespace's manifests are verified with: the generation of its secret, which is derived and
 * stored nowhere, and its public keys.
 */
import type { Actor } from '../core/caller.ts';
import { canonicalJson } from '../core/canonical.ts';
import { sha256Hex } from '../core/hash.ts';
import type { EntryDraft } from '../core/ledger/entry.ts';
import type { Attestation } from '../core/registry/attestation.ts';
import type { Ledger } from '../ledger/commit.ts';
import { entry, type TenantMemo } from './plan.ts';

interface AttestationRow {
  readonly [column: string]: SqlStorageValue;
  readonly attestation: string;
  readonly seq: number;
  readonly built_at: number | null;
}

export interface KeptAttestation {
  readonly attestation: Attestation;
  /** Of its entry. */
  readonly seq: number;
  /** When the newest manifest was built that was accepted for this worker, milliseconds; null: there was none. */
  readonly builtAt: number | null;
}

export interface NamespaceTrust {
  readonly generation: number;
  /** Raw public keys, base64url, by thumbprint. */
  readonly keys: Readonly<Record<string, string>>;
}

const NO_TRUST: NamespaceTrust = { generation: 1, keys: {} };

/** Names what a manifest was verified with, so that a verification with what was replaced meanwhile does not count. */
export const trustHash = (trust: NamespaceTrust): string =>
  sha256Hex(canonicalJson({ generation: trust.generation, keys: trust.keys }));

export const attestedEntry = (actor: Actor, attestation: Attestation): EntryDraft =>
  entry('wcp.worker.attested', 'registry', actor, { ...attestation });

export class Attestations {
  readonly #ledger: Ledger<TenantMemo>;

  constructor(ledger: Ledger<TenantMemo>) {
    this.#ledger = ledger;
  }

  of(workerId: string): KeptAttestation | null {
    const row = this.#ledger.sql
      .exec<AttestationRow>('SELECT attestation, seq, built_at FROM attestations WHERE worker_id = ?', workerId)
      .toArray()[0];
    if (row === undefined) return null;
    return { attestation: JSON.parse(row.attestation) as Attestation, seq: row.seq, builtAt: row.built_at };
  }

  /** Inside `apply`. The newest manifest stays known also when an attestation without one follows. */
  keep(attestation: Attestation, seq: number, builtAt: number | null): void {
    this.#ledger.sql.exec(
      `INSERT INTO attestations (worker_id, attestation, seq, built_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (worker_id) DO UPDATE SET attestation = excluded.attestation, seq = excluded.seq,
         built_at = coalesce(excluded.built_at, built_at)`,
      attestation.worker_id,
      JSON.stringify(attestation),
      seq,
      builtAt,
    );
  }

  trust(namespace: string): NamespaceTrust {
    const row = this.#ledger.sql
      .exec<{ generation: number; keys: string }>(
        'SELECT generation, keys FROM namespace_trust WHERE namespace = ?',
        namespace,
      )
      .toArray()[0];
    return row === undefined
      ? NO_TRUST
      : { generation: row.generation, keys: JSON.parse(row.keys) as Record<string, string> };
  }

  /** Inside `apply`. */
  setTrust(namespace: string, { generation, keys }: NamespaceTrust): void {
    this.#ledger.sql.exec(
      'INSERT OR REPLACE INTO namespace_trust (namespace, generation, keys) VALUES (?, ?, ?)',
      namespace,
      generation,
      JSON.stringify(keys),
    );
  }
}
