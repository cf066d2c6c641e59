/**
 * One tenant: its ledger, and everything a decision about it may know, behind one serialised write path (DESIGN §3).
 * State is in SQLite; memory is a cache that is read again at wake-up and after a failed commit. The class only
 * forwards: commands go through the lane into `commit`, queries read. The Worker signs, fetches and talks to others.
 */
import { DurableObject } from 'cloudflare:workers';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import type { BanPosition } from '../core/registry/ban.ts';
import type { Result } from '../core/result.ts';
import type { SignatorySet } from '../core/signatory/signatory.ts';
import type { CheckpointDraft, WitnessedHead } from '../ledger/anchor.ts';
import type { Group, GroupReply, Moment, Plan } from '../ledger/commit.ts';
import { CheckpointWaiters, Lane } from '../ledger/lane.ts';
import { Admission } from './admission.ts';
import type { BanNews } from './bans.ts';
import type { Command, CommandReply, Credential, EntryProof, Envelope, SubmitReply } from './commands.ts';
import { type Parts, partsOf } from './parts.ts';
import { alsoIn, refused } from './plan.ts';
import { planCommand } from './planner.ts';
import type { Query } from './queries.ts';
import { answer } from './reader.ts';

const PROOF_WAIT_MS = 3000;

interface Planned {
  readonly command: Command;
  readonly credential: Credential;
}

export class Tenant extends DurableObject<Env> {
  readonly #parts: Parts;
  readonly #ledger: Parts['ledger'];
  readonly #anchor: Parts['anchor'];
  readonly #admission: Admission;
  readonly #waiters = new CheckpointWaiters();
  readonly #lane: Lane<Envelope, SubmitReply>;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#parts = partsOf(ctx);
    this.#ledger = this.#parts.ledger;
    this.#anchor = this.#parts.anchor;
    this.#admission = new Admission(this.#parts);
    this.#lane = new Lane(
      (envelopes) => this.#commit(envelopes),
      () => ctx.storage.sync(),
    );
  }

  /** Runs commands through the write path; their entries are durable before this answers. */
  submit(envelope: Envelope): Promise<SubmitReply> {
    return this.#lane.submit(envelope).then((reply) => this.#withProofs(envelope, reply));
  }

  /** Reads; judged by the same keys as commands. */
  ask(credential: Credential | null, query: Query): Result<JsonObject, Refusal> {
    return answer(this.#parts, query, (scope) => this.#admission.mayRead(credential, scope));
  }

  /** After a wake-up: the witness's last head, brought by a Worker. */
  anchor(head: WitnessedHead): boolean {
    // Of a tenant that was erased the witness knows more than is left, and nothing will be added to it.
    if (this.#parts.info.ended === 'erased') return true;
    const isGood = this.#anchor.show(head, this.#ledger.nowMs());
    // What came due while nothing could commit comes now.
    if (isGood) this.#ledger.rearm();
    return isGood;
  }

  /** What to sign and take to the witness, as an extension of the size that it saw last; null: nothing new. */
  checkpointDraft(oldSize: number | null): CheckpointDraft | null {
    return this.#anchor.draft(oldSize ?? this.#anchor.witnessedSize);
  }

  /** A cosigned checkpoint; answers with the proofs of `seqs`, and whether others wait for the next one. */
  checkpointPublished(size: number, note: string, seqs: readonly number[]): { proofs: EntryProof[]; more: boolean } {
    const nowMs = this.#ledger.nowMs();
    this.#anchor.published(size, note, nowMs);
    this.#waiters.published(size);
    const more = this.#waiters.any;
    if (more) this.#anchor.hire(nowMs, 0);
    return { proofs: this.#proofsOf(seqs) ?? [], more };
  }

  /** News of the network's bans, brought by a Worker; answers what is known now. */
  learnBans(news: BanNews, nonce: string | null): BanPosition {
    return this.#parts.bans.learn(news, nonce);
  }

  /** What tokens are judged against, for a Worker that has to verify one; null: there is no such tenant. */
  signatories(): SignatorySet | null {
    return this.#parts.info.exists ? this.#parts.signatories.set : null;
  }

  override alarm(): Promise<void> {
    const tick: Envelope = {
      credential: { kind: 'operator' },
      commands: [{ kind: 'tick' }],
      idempotency: null,
      signingKeyId: this.#ledger.lastSigningKeyId(),
      proof: false,
      withoutLease: true,
      signatories: null,
    };
    return this.#lane.submit(tick).then((reply) => {
      const called = this.#callCourier();
      // Nobody can carry anything to the witness from here: the queue calls somebody, and the alarm looks again. Said
      // last, so that what is overdue does not ring it at once.
      if (reply.kind !== 'done' || reply.replies[0]?.kind !== 'recorded') this.#ledger.wakeAgain();
      const isStuck = reply.kind === 'needs_witness' || reply.kind === 'needs_checkpoint';
      return isStuck ? called.then(() => this.#wakeWorker('alarm')) : called;
    });
  }

  /** What is due and nobody came for, as after a crash. */
  #callCourier(): Promise<void> {
    const nowMs = this.#ledger.nowMs();
    const { deliveries } = this.#parts;
    if (!deliveries.isDue(nowMs)) return Promise.resolve();
    const isMissed = deliveries.call(nowMs);
    this.#ledger.note(() => deliveries.rearm(nowMs));
    return isMissed ? this.#wakeWorker('webhooks') : Promise.resolve();
  }

  /** Something is due in an object that nobody calls: the queue wakes a Worker. Not taken: the alarm comes again. */
  #wakeWorker(at: 'alarm' | 'webhooks'): Promise<void> {
    const tenant = this.ctx.id.name;
    if (tenant === undefined) return Promise.resolve();
    return this.env.HOOK_CALLS.send({ tenant }).then(
      () => undefined,
      (error: unknown) => console.error(JSON.stringify({ level: 'error', at, tenant, error: String(error) })),
    );
  }

  /** A batch from the lane. Groups that may not commit now are answered apart; the others commit together. */
  #commit(envelopes: readonly Envelope[]): readonly SubmitReply[] {
    const nowMs = this.#ledger.nowMs();
    const replies = envelopes.map((envelope) => this.#admission.admit(envelope, nowMs));
    const admitted = envelopes.filter((_, index) => replies[index] === null);
    if (admitted.length === 0) return replies.filter((reply) => reply !== null);
    const sizeBefore = this.#ledger.log.head.size;
    const groups = admitted.map((envelope) => this.#group(envelope));
    const committed = this.#ledger.commit(groups, (planned, moment) => this.#plan(planned, moment));
    // The first caller after whose command there is something new carries a checkpoint, if one is due. Callers that
    // wait for a proof settle that among themselves, below.
    let isNew = this.#ledger.log.head.size > sizeBefore && !admitted.some((envelope) => envelope.proof);
    let next = 0;
    return replies.map((reply) => {
      if (reply !== null) return reply;
      const envelope = admitted[next];
      const group = committed[next++] ?? { kind: 'storage_failed' };
      // The alarm has nobody who could carry.
      const leads = isNew && group.kind === 'done' && envelope?.commands[0]?.kind !== 'tick';
      if (leads) isNew = false;
      const courier =
        group.kind === 'done' &&
        envelope?.commands[0]?.kind !== 'tick' &&
        this.#parts.deliveries.call(this.#ledger.nowMs());
      return this.#replyTo(group, leads ? this.#anchor.committed(nowMs, false) : null, courier);
    });
  }

  #group(envelope: Envelope): Group<Planned> {
    const { credential, commands, idempotency, signingKeyId } = envelope;
    return {
      commands: commands.map((command) => ({ command, credential })),
      idempotency,
      signingKeyId,
      enter: credential.kind === 'signatory' ? () => this.#parts.signatories.enter(credential.vouched) : undefined,
    };
  }

  #plan({ command, credential }: Planned, moment: Moment): Plan<CommandReply> {
    const nowMs = this.#ledger.nowMs();
    const judged = this.#parts.keys.judgeCommand(credential, command, nowMs);
    if (!judged.ok) return refused(judged.error);
    const plan = planCommand(this.#parts, command, judged.value, credential, moment);
    return this.#parts.keys.mustStoreUse(nowMs) ? alsoIn(plan, () => this.#parts.keys.storeUse(nowMs)) : plan;
  }

  #replyTo(group: GroupReply<CommandReply>, checkpointAfterMs: number | null, courier: boolean): SubmitReply {
    if (group.kind === 'idempotency_conflict') return { kind: 'refused', refusal: refusal('idempotency_mismatch') };
    // Its credential may be used once, and was.
    if (group.kind === 'not_entered') return { kind: 'refused', refusal: refusal('unauthorized') };
    if (group.kind === 'storage_failed') return { kind: 'refused', refusal: refusal('overloaded') };
    const replies = group.replies.map(
      (reply): CommandReply =>
        reply.kind === 'command_failed' ? { kind: 'refused', refusal: refusal('internal_error') } : reply,
    );
    return {
      kind: 'done',
      replies,
      replayed: group.replayed,
      seqs: replies.flatMap((reply) => (reply.kind === 'refused' || reply.record === null ? [] : [reply.record.seq])),
      task: checkpointAfterMs === null ? null : { afterMs: checkpointAfterMs },
      proofs: null,
      courier,
      renewal: this.#parts.bans.renewal(),
    };
  }

  /** `Prefer: proof`: the first such caller carries a checkpoint, the others wait until it is published. */
  #withProofs(envelope: Envelope, reply: SubmitReply): SubmitReply | Promise<SubmitReply> {
    if (reply.kind !== 'done' || !envelope.proof || reply.seqs.length === 0) return reply;
    const proofs = this.#proofsOf(reply.seqs);
    if (proofs !== null) return { ...reply, proofs };
    const afterMs = this.#anchor.committed(this.#ledger.nowMs(), true);
    if (afterMs !== null) return { ...reply, task: { afterMs } };
    return this.#waiters.covering(Math.max(...reply.seqs), PROOF_WAIT_MS).then(
      (covered): SubmitReply =>
        // Not covered: the courier is gone, and this caller becomes one.
        covered
          ? { ...reply, proofs: this.#proofsOf(reply.seqs) }
          : { ...reply, task: { afterMs: this.#anchor.hire(this.#ledger.nowMs(), 0) } },
    );
  }

  /** Null while some entry has no checkpoint above it. */
  #proofsOf(seqs: readonly number[]): EntryProof[] | null {
    const proofs = seqs.map((seq) => this.#anchor.proofOf(seq));
    return proofs.every((proof) => proof !== null) ? proofs : null;
  }
}
