/**
 * What an isolate remembers of signatories: each tenant's set by version, and the keys it fetched. Memory only, bounded,
 * and trusted for refusing nothing for long and for admitting nothing: a tenant object takes no token that was judged
 * against another version than its own.
 */
import type { TenantId } from '../core/ids.ts';
import type { PublicKey } from '../core/signatory/keys.ts';
import type { SignatorySet } from '../core/signatory/signatory.ts';

export interface KnownSet {
  readonly set: SignatorySet;
  /** When it was read, in milliseconds. */
  readonly at: number;
}

export interface KnownKeys {
  readonly keys: readonly PublicKey[];
  /** When they were fetched; and when that was last tried. */
  readonly at: number;
  readonly triedAt: number;
}

const MOST = 1_000;

export class IssuerCache {
  readonly #sets = new Map<TenantId, KnownSet>();
  readonly #keys = new Map<string, KnownKeys>();

  setOf(tenant: TenantId): KnownSet | undefined {
    return this.#sets.get(tenant);
  }

  keepSet(tenant: TenantId, set: SignatorySet, at: number): void {
    keep(this.#sets, tenant, { set, at });
  }

  /** After a change that went through here. */
  forgetSet(tenant: TenantId): void {
    this.#sets.delete(tenant);
  }

  /** By tenant too: what one tenant's requests make us fetch is nothing to another. */
  keysOf(tenant: TenantId, url: string): KnownKeys | undefined {
    return this.#keys.get(`${tenant} ${url}`);
  }

  keepKeys(tenant: TenantId, url: string, known: KnownKeys): void {
    keep(this.#keys, `${tenant} ${url}`, known);
  }
}

/** The one that was written longest ago makes room. */
const keep = <K, V>(map: Map<K, V>, key: K, value: V): void => {
  map.delete(key);
  map.set(key, value);
  const oldest = map.size > MOST ? map.keys().next() : null;
  if (oldest !== null && !oldest.done) map.delete(oldest.value);
};
