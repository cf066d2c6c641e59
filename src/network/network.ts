/**
 * The network of all Halls: its list of bans, numbered by epochs and recorded in a ledger of its own, and the leases
 * under which Halls dispatch (DESIGN §7). It calls nobody: Workers carry its changes to the tenants and their word back.
 * INVARIANT: after a wake-up it commits nothing and grants nothing until the witness's head was shown to it, so that one
 * restored to an earlier state neither gives an epoch twice nor lets anybody dispatch on a list that lacks a ban.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Actor } from '../core/caller.ts';
import { NETWORK_LOG } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import type { BanPosition } from '../core/registry/ban.ts';
import { err, type Result } from '../core/result.ts';
import { Anchor, type CheckpointDraft, type EntryProof, type Freezable, type WitnessedHead } from '../ledger/anchor.ts';
import { type CommandFailed, type Idempotency, Ledger, type Moment, type Plan } from '../ledger/commit.ts';
import { type RegistryPage, registryAfter } from '../ledger/entries.ts';
import { type Answer, type LedgerQuery, LedgerReader } from '../ledger/reading.ts';
import { BanList } from './bans.ts';
import type { Acknowledgement, BanDelta, LeaseAnswer, NetworkEnvelope, NetworkOutcome } from './commands.ts';
import { LEASE_MS, Leases, type Standing } from './leases.ts';
import { Namespaces, type Ownership, type OwnershipChange } from './namespaces.ts';
import { Reviews } from './reviews.ts';
import { NETWORK_SCHEMA } from './schema.ts';

export class Network extends DurableObject<Env> {
  readonly #ledger: Ledger<Freezable>;
  readonly #anchor: Anchor;
  readonly #leases: Leases;
  readonly #namespaces: Namespaces;
  readonly #bans: BanList;
  readonly #reviews: Reviews;
  readonly #reader: LedgerReader;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#ledger = new Ledger<Freezable>({
      ctx,
      tenant: NETWORK_LOG,
      schema: NETWORK_SCHEMA,
      newMemo: () => ({ frozen: null }),
      reload: () => this.#anchor.reload(),
    });
    this.#anchor = new Anchor(this.#ledger, (why) => {
      console.error(JSON.stringify({ level: 'error', at: 'network', code: 'HALL_INTEGRITY', error: why }));
    });
    this.#leases = new Leases(this.#ledger.sql);
    this.#bans = new BanList(this.#ledger, this.#leases, this.#anchor);
    this.#reviews = new Reviews(this.#ledger.sql, this.#bans);
    this.#reader = new LedgerReader(this.#ledger, this.#anchor);
    this.#anchor.reload();
    this.#leases.reload(this.#ledger.nowMs());
    this.#namespaces = new Namespaces(this.#ledger);
  }

  submit(envelope: NetworkEnvelope): NetworkOutcome {
    return this.#change(envelope.signingKeyId, (moment) => this.#plan(envelope, moment), envelope.idempotency);
  }

  #plan({ command, actor }: NetworkEnvelope, moment: Moment): Plan<NetworkOutcome> {
    switch (command.kind) {
      case 'ban.issue':
        return this.#bans.planIssue(command, actor, moment);
      case 'ban.lift':
        return this.#bans.planLift(command, actor, moment);
      case 'report.confirm':
        return this.#reviews.planConfirm(command, actor, moment);
      case 'report.dismiss':
        return this.#reviews.planDismiss(command, actor);
    }
  }

  /** A lease for a tenant whose list has come to `since`, with what it has to learn first. */
  grant(tenant: string, since: BanPosition): LeaseAnswer {
    const delta = this.#bans.delta(since.epoch);
    const anchored = this.#anchor.isJudged;
    if (!anchored || this.#anchor.isFrozen || !this.#bans.contains(since)) {
      return { ...delta, changes: [], epoch: since.epoch, complete: false, leaseMs: 0, anchored };
    }
    const nowMs = this.#ledger.nowMs();
    this.#ledger.note(() => {
      this.#leases.knows(tenant, since.epoch);
      if (delta.complete) this.#leases.grant(tenant, delta.epoch, nowMs);
      this.#leases.forgetOld(nowMs);
    });
    return { ...delta, leaseMs: delta.complete ? LEASE_MS : 0, anchored };
  }

  delta(since: number): BanDelta {
    return this.#bans.delta(since);
  }

  /** Who may still dispatch without knowing `epoch`; of their names at most `limit`, after `after`. */
  standing(epoch: number, after: string, limit: number): Standing {
    this.#leases.watch(epoch, this.#ledger.nowMs());
    return this.#leases.standing(epoch, this.#ledger.nowMs(), after, limit);
  }

  /** What tenants have said that they know. It counts where it is a place of this list; says how often it did. */
  acknowledged(said: readonly Acknowledgement[]): number {
    const known = said.filter((one) => this.#bans.contains(one));
    for (const { tenant, epoch } of known) this.#leases.knows(tenant, epoch);
    return known.length;
  }

  settle(banId: string): JsonObject | null {
    return this.#bans.settle(banId);
  }

  one(banId: string): JsonObject | null {
    return this.#bans.one(banId);
  }

  list(before: number | null, limit: number): JsonObject {
    return this.#bans.list(before, limit);
  }

  claimNamespace(namespace: string, tenant: string, signingKeyId: string): Result<OwnershipChange, Refusal> {
    return this.#change(signingKeyId, (moment) => this.#namespaces.planClaim(namespace, tenant, moment));
  }

  assignNamespace(
    namespace: string,
    tenant: string,
    evidence: string,
    actor: Actor,
    signingKeyId: string,
  ): Result<OwnershipChange, Refusal> {
    return this.#change(signingKeyId, (moment) =>
      this.#namespaces.planAssign(namespace, tenant, evidence, actor, moment),
    );
  }

  /** `by`: the tenant that gives it up; null: the operator takes it away. */
  releaseNamespace(
    namespace: string,
    by: string | null,
    reason: string | null,
    actor: Actor,
    signingKeyId: string,
  ): Result<OwnershipChange, Refusal> {
    return this.#change(signingKeyId, (moment) => this.#namespaces.planRelease(namespace, by, reason, actor, moment));
  }

  namespaceWithdrawn(namespace: string, seq: number): void {
    this.#namespaces.withdrawn(namespace, seq);
  }

  namespaceTaken(namespace: string, seq: number): void {
    this.#namespaces.taken(namespace, seq);
  }

  namespace(namespace: string): Ownership | null {
    return this.#namespaces.one(namespace);
  }

  namespaces(after: string, limit: number): readonly Ownership[] {
    return this.#namespaces.page(after, limit);
  }

  unsettledNamespaces(after: number, limit: number): readonly Ownership[] {
    return this.#namespaces.unsettled(after, limit);
  }

  read(query: LedgerQuery): Answer {
    return this.#reader.answer(query);
  }

  /** The entries that the registry is made of, with what they commit to. */
  registryAfter(after: number): RegistryPage & { readonly size: number } {
    const { entries, through } = registryAfter(this.#ledger.sql, after);
    return { entries: this.#namespaces.disclosed(entries), through, size: this.#ledger.log.head.size };
  }

  anchor(head: WitnessedHead): boolean {
    return this.#anchor.show(head, this.#ledger.nowMs());
  }

  checkpointDraft(oldSize: number | null): CheckpointDraft | null {
    return this.#anchor.draft(oldSize ?? this.#anchor.witnessedSize);
  }

  checkpointPublished(size: number, note: string, seqs: readonly number[]): { proofs: EntryProof[]; more: boolean } {
    this.#anchor.published(size, note, this.#ledger.nowMs());
    const proofs = seqs.map((seq) => this.#anchor.proofOf(seq)).filter((proof) => proof !== null);
    return { proofs, more: false };
  }

  override alarm(): void {
    this.#bans.settleDue();
  }

  #change<R>(
    signingKeyId: string,
    plan: (moment: Moment) => Plan<Result<R, Refusal>>,
    idempotency: Idempotency | null = null,
  ): Result<R, Refusal> {
    if (!this.#anchor.isJudged) return err(refusal('ledger_unwitnessed'));
    if (this.#anchor.isFrozen) return err(refusal('ledger_frozen'));
    const [reply] = this.#ledger.commit<null, Result<R, Refusal>>(
      [{ commands: [null], idempotency, signingKeyId }],
      (_, moment) => plan(moment),
    );
    if (reply?.kind === 'idempotency_conflict') return err(refusal('idempotency_mismatch'));
    if (reply?.kind !== 'done') return err(refusal('overloaded'));
    const result: Result<R, Refusal> | CommandFailed | undefined = reply.replies[0];
    return result === undefined || !('ok' in result) ? err(refusal('internal_error')) : result;
  }
}
