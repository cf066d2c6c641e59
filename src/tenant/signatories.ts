/**
 * The signatories of the tenant (WCP 4.3), all in memory, and what becomes of a token that a Worker has verified: it is
 * taken only if it was judged against the signatories as they are now, by the clock of this object, and once.
 */
import type { KeyTerms } from '../core/access/key-terms.ts';
import { meets } from '../core/access/roles.ts';
import type { Actor, Demand } from '../core/caller.ts';
import type { SignatoryEvidence } from '../core/hall/input.ts';
import { sha256Hex } from '../core/hash.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { FaultReason } from '../core/signatory/fault.ts';
import type { Presented, Vouched } from '../core/signatory/presented.ts';
import {
  byIssuer,
  NO_SIGNATORIES,
  type Signatory,
  type SignatorySet,
  type SignatoryTerms,
  scopesGiven,
  shownTerms,
  signatorySet,
  termsDocument,
} from '../core/signatory/signatory.ts';
import type { Ledger, Moment, Plan } from '../ledger/commit.ts';
import type { Command, CommandReply, Credential } from './commands.ts';
import { act, recorded, refused, type TenantMemo } from './plan.ts';
import type { UsedTokens } from './used-tokens.ts';

const MAX_SIGNATORIES = 32;

interface SignatoryRow {
  readonly [column: string]: SqlStorageValue;
  readonly signatory_id: string;
  readonly terms: string;
  readonly hash: string;
  readonly salt: string;
  readonly registered_at: number;
  readonly changed_at: number;
}

const ROWS = 'SELECT signatory_id, terms, hash, salt, registered_at, changed_at FROM signatories ORDER BY signatory_id';

export class Signatories {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #used: UsedTokens;
  #rows = new Map<string, SignatoryRow>();
  set: SignatorySet = NO_SIGNATORIES;

  constructor(ledger: Ledger<TenantMemo>, used: UsedTokens) {
    this.#ledger = ledger;
    this.#used = used;
  }

  reload(): void {
    const rows = this.#ledger.sql.exec<SignatoryRow>(ROWS).toArray();
    this.#rows = new Map(rows.map((row) => [row.signatory_id, row]));
    const list = rows.map(
      ({ signatory_id, terms }): Signatory => ({ ...(JSON.parse(terms) as SignatoryTerms), signatory_id }),
    );
    this.set = list.length === 0 ? NO_SIGNATORIES : signatorySet(list);
  }

  /** The caller that a token stands for. Its subject is named by a commitment whose salt goes with the signatory. */
  judge(
    { version, vouched }: Credential & { readonly kind: 'signatory' },
    scope: Demand,
    nowMs: number,
  ): Result<Actor, Refusal> {
    const row = this.#rows.get(vouched.signatoryId);
    if (row === undefined || version !== this.set.version || nowMs >= vouched.endsAtMs)
      return err(refusal('unauthorized'));
    // A token that only vouches opens nothing.
    const opens = scope === 'any' ? vouched.scopes.length > 0 : meets(vouched.scopes, scope);
    if (!opens) {
      return err(refusal('insufficient_scope', scope === null ? undefined : `the token opens no ${scope} here`));
    }
    const subject = sha256Hex(`${row.salt}\n${vouched.subject}`).slice(0, 32);
    return ok({ kind: 'agent', id: `${row.signatory_id}:${subject}` });
  }

  /** What is known of who signs for a tenant_id, with this token. */
  evidence(presented: Presented, nowMs: number): SignatoryEvidence {
    if (presented.kind === 'none') return presented;
    if (presented.kind === 'refused') return { kind: 'invalid', reason: presented.reason };
    const reason = this.#refusedBecause(presented, nowMs);
    if (reason !== null) return { kind: 'invalid', reason };
    const { tenantId, signatoryId, tokenHash } = presented;
    return { kind: 'valid', tenant_id: tenantId, signatory_id: signatoryId, token_hash: tokenHash };
  }

  #refusedBecause(vouched: Vouched, nowMs: number): FaultReason | null {
    if (!this.#rows.has(vouched.signatoryId)) return 'issuer_unknown';
    if (nowMs >= vouched.endsAtMs) return 'expired';
    return this.#used.judge(vouched.once, vouched.use);
  }

  /** Uses a token up, inside a transaction. */
  use(presented: Presented): void {
    if (presented.kind === 'vouched') this.#used.keep(presented.once, presented.use);
  }

  /** The same for a token that opens a request; false: it was used before. */
  enter(vouched: Vouched): boolean {
    if (this.#used.judge(vouched.once, vouched.use) !== null) return false;
    this.use(vouched);
    return true;
  }

  enterToRead(vouched: Vouched): boolean {
    if (this.#used.judge(vouched.once, vouched.use) !== null) return false;
    if (vouched.once.length > 0) this.#ledger.note(() => this.use(vouched));
    return true;
  }

  shown(): JsonObject {
    const signatories = [...this.#rows.values()].map(shownRow);
    return { signatories, count: signatories.length };
  }

  one(signatoryId: string): JsonObject | null {
    const row = this.#rows.get(signatoryId);
    return row === undefined ? null : shownRow(row);
  }

  planRegister(
    { terms }: Command & { kind: 'signatory.register' },
    maker: KeyTerms,
    actor: Actor,
    { now, newId }: Moment,
  ): Plan<CommandReply> {
    if (byIssuer(this.set, terms.issuer) !== null) return refused(issuerTaken());
    const beyond = beyondMaker(terms, maker);
    if (beyond !== null) return refused(beyond);
    if (this.#rows.size >= MAX_SIGNATORIES) {
      return refused(refusal('invalid_body', `a tenant has at most ${MAX_SIGNATORIES} signatories`));
    }
    return this.#planPut(`sig_${newId()}`, terms, null, newId() + newId(), actor, now);
  }

  planReplace(
    { signatoryId, terms }: Command & { kind: 'signatory.replace' },
    maker: KeyTerms,
    actor: Actor,
    now: number,
  ): Plan<CommandReply> {
    const row = this.#rows.get(signatoryId);
    if (row === undefined) return refused(refusal('not_found'));
    const other = byIssuer(this.set, terms.issuer);
    if (other !== null && other.signatory_id !== signatoryId) return refused(issuerTaken());
    const beyond = beyondMaker(terms, maker);
    if (beyond !== null) return refused(beyond);
    return this.#planPut(signatoryId, terms, row, row.salt, actor, now);
  }

  #planPut(
    signatoryId: string,
    terms: SignatoryTerms,
    before: SignatoryRow | null,
    salt: string,
    actor: Actor,
    now: number,
  ): Plan<CommandReply> {
    const text = termsDocument(terms);
    const hash = sha256Hex(text);
    const value = { signatory_id: signatoryId, hash, ...shownTerms(text) };
    if (before?.hash === hash) return { entries: [], reply: () => recorded(value, null) };
    const type = before === null ? 'hall.signatory.registered' : 'hall.signatory.changed';
    const nowMs = Math.floor(now / 1000);
    return {
      entries: [
        act(
          type,
          actor,
          { signatory_id: signatoryId, issuer: terms.issuer, hash },
          { before: before?.hash ?? null, after: hash },
        ),
      ],
      apply: () => {
        this.#ledger.contents.keep(hash, text);
        this.#ledger.sql.exec(
          `INSERT OR REPLACE INTO signatories (signatory_id, issuer, terms, hash, salt, registered_at, changed_at)
           VALUES (?, ?, ?, ?, ?, ?, ?)`,
          signatoryId,
          terms.issuer,
          text,
          hash,
          salt,
          before?.registered_at ?? nowMs,
          nowMs,
        );
        this.reload();
      },
      reply: ([sealed]) => recorded(value, sealed),
    };
  }

  planRemove({ signatoryId }: Command & { kind: 'signatory.remove' }, actor: Actor): Plan<CommandReply> {
    const row = this.#rows.get(signatoryId);
    if (row === undefined) return refused(refusal('not_found'));
    return {
      entries: [act('hall.signatory.removed', actor, { signatory_id: signatoryId }, { before: row.hash, after: null })],
      apply: () => {
        this.#ledger.sql.exec('DELETE FROM signatories WHERE signatory_id = ?', signatoryId);
        this.reload();
      },
      reply: ([sealed]) => recorded({ signatory_id: signatoryId, status: 'removed' }, sealed),
    };
  }
}

const issuerTaken = (): Refusal => refusal('already_exists', 'another signatory has this issuer');

/** As with keys: a signatory's tokens open nothing that who registers it could not open. */
const beyondMaker = (terms: SignatoryTerms, maker: KeyTerms): Refusal | null => {
  const more = scopesGiven(terms).find((scope) => !maker.scopes.includes(scope));
  if (more === undefined) return null;
  const message = `who registers it lacks ${more}`;
  return refusal('key_exceeds_maker', `scopes: ${message}`, [{ field: '/scopes', message }]);
};

const shownRow = ({ signatory_id, terms, hash, registered_at, changed_at }: SignatoryRow): JsonObject => ({
  signatory_id,
  hash,
  ...shownTerms(terms),
  registered_at: new Date(registered_at).toISOString(),
  changed_at: new Date(changed_at).toISOString(),
});
