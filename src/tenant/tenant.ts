/**
 * One tenant: its ledger, and everything a decision about it may know, behind one serialised write path (DESIGN §3).
 * State is in SQLite; memory is a cache that is read again at wake-up and after a failed commit. The class only
 * forwards: commands go through the lane into `commit`, queries read. The Worker signs, fetches and talks to others.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Actor, Scope } from '../core/caller.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import type { BanPosition } from '../core/registry/ban.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { SignatorySet } from '../core/signatory/signatory.ts';
import { Anchor, type CheckpointDraft, type WitnessedHead } from '../ledger/anchor.ts';
import { type Group, type GroupReply, Ledger, type Moment, type Plan } from '../ledger/commit.ts';
import { CheckpointWaiters, Lane } from '../ledger/lane.ts';
import { LedgerReader } from '../ledger/reading.ts';
import { Alerts } from './alerts.ts';
import { Answers } from './answers.ts';
import { Approvals } from './approvals.ts';
import { Attestations } from './attestations.ts';
import { Attesting } from './attesting.ts';
import { Authorities } from './authorities.ts';
import { BanClaims } from './ban-claims.ts';
import { BanNotices } from './ban-notices.ts';
import { type BanNews, Bans } from './bans.ts';
import { TenantCatalog } from './catalog.ts';
import type { Command, CommandReply, Credential, EntryProof, Envelope, SubmitReply } from './commands.ts';
import { Decisions } from './decisions.ts';
import { Deliveries } from './deliveries.ts';
import { Discovery } from './discovery.ts';
import { Dispatches } from './dispatches.ts';
import { Documents } from './documents.ts';
import { Explain } from './explain.ts';
import { Hall } from './hall.ts';
import { Imported } from './imported.ts';
import { TenantInfo } from './info.ts';
import { Jobs } from './jobs.ts';
import { KeyChanges } from './key-changes.ts';
import { Keys } from './keys.ts';
import { Limits } from './limits.ts';
import { Members } from './members.ts';
import { Namespaces } from './namespaces.ts';
import { Outcomes } from './outcomes.ts';
import { Passkeys } from './passkeys.ts';
import { newMemo, refused, type TenantMemo } from './plan.ts';
import { Policies } from './policies.ts';
import { PolicyDecisions } from './policy-decisions.ts';
import { Profiles } from './profiles.ts';
import { Published } from './published.ts';
import { type Query, Reader } from './reader.ts';
import { TENANT_SCHEMA } from './schema.ts';
import { Signatories } from './signatories.ts';
import { Usage } from './usage.ts';
import { UsedTokens } from './used-tokens.ts';
import { VelocityCounters } from './velocity.ts';
import { Verification } from './verification.ts';
import { Webhooks } from './webhooks.ts';
import { Workers } from './workers.ts';

const PROOF_WAIT_MS = 3000;

interface Planned {
  readonly command: Command;
  readonly credential: Credential;
}

/** What is still done when a tenant was closed. */
const ENDING: readonly Command['kind'][] = ['tenant.close', 'tenant.erase', 'tick'];

/** What admits a worker. */
const needsLease = ({ kind }: Command): boolean =>
  kind === 'route' || kind === 'dispatch.start' || kind === 'approval.resolve' || kind === 'approval.reevaluate';

export class Tenant extends DurableObject<Env> {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #usedTokens: UsedTokens;
  readonly #signatories: Signatories;
  readonly #keys: Keys;
  readonly #keyChanges: KeyChanges;
  readonly #members: Members;
  readonly #limits: Limits;
  readonly #info: TenantInfo;
  readonly #documents: Documents;
  readonly #namespaces: Namespaces;
  readonly #catalog: TenantCatalog;
  readonly #profiles: Profiles;
  readonly #workers: Workers;
  readonly #attesting: Attesting;
  readonly #bans: Bans;
  readonly #authorities: Authorities;
  readonly #banClaims: BanClaims;
  readonly #dispatches: Dispatches;
  readonly #policies: Policies;
  readonly #velocity: VelocityCounters;
  readonly #policy: PolicyDecisions;
  readonly #approvals: Approvals;
  readonly #answers: Answers;
  readonly #jobs: Jobs;
  readonly #webhooks: Webhooks;
  readonly #deliveries: Deliveries;
  readonly #passkeys: Passkeys;
  readonly #hall: Hall;
  readonly #usage: Usage;
  readonly #outcomes: Outcomes;
  readonly #banNotices: BanNotices;
  readonly #imported: Imported;
  readonly #anchor: Anchor;
  readonly #alerts: Alerts;
  readonly #reader: Reader;
  readonly #waiters = new CheckpointWaiters();
  readonly #lane: Lane<Envelope, SubmitReply>;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const ledger = new Ledger<TenantMemo>({
      ctx,
      tenant: ctx.id.name ?? ctx.id.toString(),
      schema: TENANT_SCHEMA,
      newMemo,
      reload: () => this.#reload(),
      onSealed: (sealed) => this.#deliveries.record(sealed),
    });
    const alerts = new Alerts(ledger.sql);
    this.#alerts = alerts;
    this.#ledger = ledger;
    this.#usedTokens = new UsedTokens(ledger);
    this.#signatories = new Signatories(ledger, this.#usedTokens);
    this.#keys = new Keys(ledger.sql, this.#signatories);
    this.#keyChanges = new KeyChanges(this.#keys, alerts);
    this.#members = new Members(this.#keys);
    this.#limits = new Limits(ledger);
    this.#info = new TenantInfo(ledger, this.#keys);
    this.#documents = new Documents(ledger);
    this.#namespaces = new Namespaces(ledger);
    const attestations = new Attestations(ledger);
    this.#workers = new Workers(ledger, this.#namespaces, attestations);
    this.#attesting = new Attesting(ledger, this.#namespaces, this.#workers, attestations);
    this.#catalog = new TenantCatalog(ledger);
    this.#profiles = new Profiles(ledger);
    this.#banNotices = new BanNotices(ledger, () => this.#workers.all());
    this.#bans = new Bans(ledger, () => this.#dispatches.hasOpenWork, this.#banNotices);
    this.#authorities = new Authorities(ledger, this.#attesting, this.#bans);
    this.#banClaims = new BanClaims(ledger, this.#workers, this.#namespaces);
    // A worker may come under a ban by what it says of itself: a record or a code hash that is banned.
    this.#workers.onChange((fact) => {
      if (this.#bans.bansOn(fact, ledger.nowMs())) this.#bans.enforceSoon();
    });
    this.#dispatches = new Dispatches(ledger, this.#documents, this.#workers, this.#bans, alerts, this.#info);
    this.#usage = new Usage(ledger);
    this.#outcomes = new Outcomes(ledger);
    this.#imported = new Imported(ledger, this.#usage);
    this.#policies = new Policies(ledger, this.#documents);
    this.#velocity = new VelocityCounters(ledger);
    const slug = ctx.id.name ?? '';
    this.#policy = new PolicyDecisions(ledger, this.#documents, this.#policies, this.#velocity, slug);
    this.#approvals = new Approvals(ledger, (actor) => this.#keys.personOf(actor));
    this.#jobs = new Jobs(ledger, this.#documents, this.#velocity, this.#approvals, slug);
    this.#webhooks = new Webhooks(ledger);
    this.#deliveries = new Deliveries(ledger, this.#webhooks, (id) => this.#approvals.find(id)?.context ?? null);
    this.#hall = new Hall(
      ledger,
      this.#documents,
      this.#workers,
      this.#dispatches,
      this.#bans,
      this.#signatories,
      alerts,
      this.#info,
      this.#usage,
      this.#outcomes,
      this.#catalog,
      this.#velocity,
      this.#approvals,
      this.#profiles,
    );
    this.#passkeys = new Passkeys(ledger, slug);
    const { held } = this.#hall;
    this.#answers = new Answers(this.#approvals, this.#documents, this.#keys, this.#passkeys, {
      hold: held,
      blast: held,
      job: this.#jobs.waiting,
    });
    this.#anchor = new Anchor(ledger, (why) => alerts.raise(ledger.now(), 'sev1', 'HALL_INTEGRITY', why));
    this.#reader = new Reader(
      ledger,
      this.#documents,
      this.#policy,
      new Discovery(ledger, this.#documents, this.#workers, this.#bans, this.#info, this.#catalog, this.#profiles),
      new Explain(this.#documents, this.#workers, this.#catalog),
      this.#profiles,
      this.#hall,
      new Decisions(ledger, this.#dispatches),
      this.#attesting,
      this.#authorities,
      new Verification(ledger, this.#namespaces, this.#workers, attestations, this.#bans),
      this.#approvals,
      this.#jobs,
      this.#passkeys,
      this.#bans,
      this.#namespaces,
      this.#signatories,
      alerts,
      new LedgerReader(ledger, this.#anchor),
      this.#keys,
      this.#keyChanges,
      new Published(ledger, this.#workers, this.#dispatches, this.#info, this.#usage),
      this.#usage,
      this.#outcomes,
      this.#webhooks,
      this.#deliveries,
    );
    this.#lane = new Lane(
      (envelopes) => this.#commit(envelopes),
      () => ctx.storage.sync(),
    );
    this.#reload();
  }

  #reload(): void {
    this.#usedTokens.reload();
    this.#signatories.reload();
    this.#keys.reload();
    this.#limits.reload();
    this.#info.reload();
    this.#documents.reload();
    this.#velocity.reload();
    this.#namespaces.reload();
    this.#catalog.reload();
    this.#profiles.reload();
    this.#workers.reload();
    this.#bans.reload();
    this.#dispatches.reload();
    this.#approvals.reload();
    this.#webhooks.reload();
    this.#deliveries.reload();
    this.#alerts.reload();
    this.#anchor.reload();
  }

  /** Runs commands through the write path; their entries are durable before this answers. */
  submit(envelope: Envelope): Promise<SubmitReply> {
    return this.#lane.submit(envelope).then((reply) => this.#withProofs(envelope, reply));
  }

  /** Reads; judged by the same keys as commands. */
  ask(credential: Credential | null, query: Query): Result<JsonObject, Refusal> {
    return this.#reader.answer(query, (scope) => this.#mayRead(credential, scope));
  }

  /** After a wake-up: the witness's last head, brought by a Worker. */
  anchor(head: WitnessedHead): boolean {
    // Of a tenant that was erased the witness knows more than is left, and nothing will be added to it.
    if (this.#info.ended === 'erased') return true;
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
    return this.#bans.learn(news, nonce);
  }

  /** What tokens are judged against, for a Worker that has to verify one; null: there is no such tenant. */
  signatories(): SignatorySet | null {
    return this.#info.exists ? this.#signatories.set : null;
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
      return isStuck ? called.then(() => this.#callForWitness()) : called;
    });
  }

  /** Something is due in an object that nobody calls: a Worker that the queue wakes brings the witness's word first. */
  #callForWitness(): Promise<void> {
    const tenant = this.ctx.id.name;
    if (tenant === undefined) return Promise.resolve();
    return this.env.HOOK_CALLS.send({ tenant }).then(
      () => undefined,
      (error: unknown) => console.error(JSON.stringify({ level: 'error', at: 'alarm', tenant, error: String(error) })),
    );
  }

  /** What is due and nobody came for, as after a crash: the queue wakes a Worker that can carry it. */
  #callCourier(): Promise<void> {
    const nowMs = this.#ledger.nowMs();
    if (!this.#deliveries.isDue(nowMs)) return Promise.resolve();
    const isMissed = this.#deliveries.call(nowMs);
    this.#ledger.note(() => this.#deliveries.rearm(nowMs));
    const tenant = this.ctx.id.name;
    if (!isMissed || tenant === undefined) return Promise.resolve();
    // Not taken: the alarm comes again.
    return this.env.HOOK_CALLS.send({ tenant }).then(
      () => undefined,
      (error: unknown) =>
        console.error(JSON.stringify({ level: 'error', at: 'webhooks', tenant, error: String(error) })),
    );
  }

  /** A batch from the lane. Groups that may not commit now are answered apart; the others commit together. */
  #commit(envelopes: readonly Envelope[]): readonly SubmitReply[] {
    const nowMs = this.#ledger.nowMs();
    const replies = envelopes.map((envelope) => this.#admit(envelope, nowMs));
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
        group.kind === 'done' && envelope?.commands[0]?.kind !== 'tick' && this.#deliveries.call(this.#ledger.nowMs());
      return this.#replyTo(group, leads ? this.#anchor.committed(nowMs, false) : null, courier);
    });
  }

  #group(envelope: Envelope): Group<Planned> {
    const { credential, commands, idempotency, signingKeyId } = envelope;
    return {
      commands: commands.map((command) => ({ command, credential })),
      idempotency,
      signingKeyId,
      enter: credential.kind === 'signatory' ? () => this.#signatories.enter(credential.vouched) : undefined,
    };
  }

  /** Null: may commit. */
  #admit(envelope: Envelope, nowMs: number): SubmitReply | null {
    const { set } = this.#signatories;
    if (envelope.signatories !== null && envelope.signatories !== set.version) {
      return { kind: 'needs_signatories', signatories: set };
    }
    for (const command of envelope.commands) {
      const absent = this.#isAbsent(envelope.credential, command);
      if (absent !== null) return { kind: 'refused', refusal: absent };
    }
    const { credential, commands } = envelope;
    const refusals = commands.flatMap((command) => {
      const judged = this.#keys.judgeCommand(credential, command, nowMs);
      return judged.ok ? [] : [judged.error];
    });
    // Who is nobody here is not counted: a key that was revoked must not use up what the others may ask.
    const nobody = refusals.find(isNobody);
    if (nobody !== undefined) return { kind: 'refused', refusal: nobody };
    const waits = refusals.length === 0 ? this.#mustWait(envelope, nowMs) : null;
    if (waits !== null) return waits;
    const why = this.#count(credential, commands.length, nowMs) ?? refusals[0];
    return why === undefined ? null : { kind: 'refused', refusal: why };
  }

  /** A tenant that was not made yet, or has ended; its name is never given again. */
  #isAbsent(credential: Credential, command: Command | null): Refusal | null {
    const { exists, ended } = this.#info;
    if (exists && ended === null) return null;
    if (command?.kind === 'tenant.create') return exists ? refusal('already_exists') : null;
    // Closed and not erased yet: the operator reads it out, and the rest of its end takes place.
    const isEnding = ended === 'closed' && (command === null || ENDING.includes(command.kind));
    if (isEnding && credential.kind === 'operator') return null;
    return refusal(credential.kind === 'operator' ? 'not_found' : 'unauthorized');
  }

  /** What keeps the object itself from committing; the same call comes again when it is brought. */
  #mustWait(envelope: Envelope, nowMs: number): SubmitReply | null {
    if (!this.#anchor.isJudged) return { kind: 'needs_witness' };
    if (this.#anchor.isFrozen) return { kind: 'refused', refusal: refusal('ledger_frozen') };
    if (this.#anchor.overdue(nowMs)) return { kind: 'needs_checkpoint' };
    if (!envelope.withoutLease && !this.#bans.isFresh() && envelope.commands.some(needsLease)) {
      return { kind: 'needs_lease', request: this.#bans.request() };
    }
    return null;
  }

  /** Counts requests against the limits of the tenant and of the key; the operator's are not limited. */
  #count(credential: Credential, requests: number, nowMs: number): Refusal | null {
    if (credential.kind === 'operator' || credential.kind === 'leaked_key') return null;
    if ('counted' in credential && credential.counted === true) return null;
    const limits = [this.#info.limit, this.#keys.limitOf(credential)].filter((limited) => limited !== null);
    return this.#limits.take(limits, requests, nowMs);
  }

  #plan({ command, credential }: Planned, moment: Moment): Plan<CommandReply> {
    const nowMs = this.#ledger.nowMs();
    const judged = this.#keys.judgeCommand(credential, command, nowMs);
    if (!judged.ok) return refused(judged.error);
    const plan = this.#planAs(judged.value, command, credential, moment);
    return this.#keys.mustStoreUse(nowMs) ? this.#alsoIn(plan, () => this.#keys.storeUse(nowMs)) : plan;
  }

  #planAs(actor: Actor, command: Command, credential: Credential, moment: Moment): Plan<CommandReply> {
    const { now, seq } = moment;
    switch (command.kind) {
      case 'route':
        return this.#hall.plan(command, actor, moment);
      case 'dispatch.start':
        return this.#dispatches.planStart(command, actor, now);
      case 'dispatch.finish':
        return this.#dispatches.planFinish(command, actor, now);
      case 'worker.enrol':
        return this.#workers.planEnrol(command, actor, moment);
      case 'worker.retire':
        return this.#workers.planRetire(command, actor, moment);
      case 'worker.attest':
        return this.#attesting.planAttest(command, actor, moment);
      case 'authority.subscribe':
        return this.#authorities.planSubscribe(command, actor);
      case 'authority.unsubscribe':
        return this.#authorities.planUnsubscribe(command, actor);
      case 'authority.import':
        return this.#authorities.planImport(command, actor, now);
      case 'attestation.keys':
        return this.#attesting.planKeys(command, actor);
      case 'attestation.secret':
        return this.#attesting.planSecret(command, actor);
      case 'worker.heartbeat':
        return this.#workers.planHeartbeat(command, actor, now);
      case 'document.publish':
        return command.document === 'policy'
          ? this.#policies.planWhole(command, actor, now)
          : this.#documents.planPublish(command, actor, now);
      case 'policy.evaluate':
        return this.#policy.planEvaluate(command, actor, moment);
      case 'policy.shadow':
        return this.#policies.planShadow(command, actor, moment);
      case 'policy.unshadow':
        return this.#policies.planUnshadow(command, actor);
      case 'policy.snapshot':
        return this.#policies.planSnapshot(command, actor, now);
      case 'policy.save':
        return this.#policies.planSave(command, actor, now);
      case 'policy.delete':
        return this.#policies.planDelete(command, actor);
      case 'policy.publish':
        return this.#policies.planPublish(command, actor, now);
      case 'policy.rollback':
        return this.#policies.planRollback(command, actor);
      case 'document.rollback':
        return this.#documents.planRollback(command, actor);
      case 'approval.resolve':
        return this.#answers.planResolve(command, actor, credential, moment);
      case 'approval.escalate':
        return this.#answers.planEscalate(command, actor, now);
      case 'approval.reevaluate':
        return this.#answers.planReevaluate(command, moment);
      case 'approval.outcome':
        return this.#answers.planOutcome(command, actor);
      case 'passkey.register':
        return this.#passkeys.planRegister(command, actor, credential, now);
      case 'passkey.revoke':
        return this.#passkeys.planRevoke(command, actor, this.#keys.administers(credential), now);
      case 'job.submit':
        return this.#jobs.planSubmit(command, actor, moment);
      case 'job.cancel':
        return this.#jobs.planCancel(command, actor, moment);
      case 'settings.patch':
        return this.#alsoIn(this.#documents.planSettings(command, actor, seq), () => this.#dispatches.rewatch(now));
      case 'tenant.create':
        return this.#info.planCreate(command, actor, now, () => {
          this.#documents.initialise();
        });
      case 'ban.issue':
        return this.#bans.planIssue(command, actor, moment);
      case 'ban.lift':
        return this.#bans.planLift(command, actor, Math.floor(now / 1000));
      case 'ban.report':
        return this.#banClaims.planReport(command, actor, moment);
      case 'ban.appeal':
        return this.#banClaims.planAppeal(command, actor, moment);
      case 'namespace.learn':
        return this.#namespaces.planLearn(command, actor, now, () =>
          this.#workers.revocation(command.namespace, actor),
        );
      case 'profile.publish':
        return this.#profiles.planPublish(command, actor, now);
      case 'profile.copy':
        return this.#profiles.planCopy(command, actor, now);
      case 'profile.activate':
        return this.#profiles.planActivate(command, actor);
      case 'profile.deactivate':
        return this.#profiles.planDeactivate(command, actor, now);
      case 'catalog.adopt':
        return this.#catalog.planAdopt(command, actor);
      case 'signatory.register':
        return this.#signatories.planRegister(command, this.#keys.termsOf(credential), actor, moment);
      case 'signatory.replace':
        return this.#signatories.planReplace(command, this.#keys.termsOf(credential), actor, now);
      case 'signatory.remove':
        return this.#signatories.planRemove(command, actor);
      case 'tenant.offline':
        return this.#info.planOffline(command, actor);
      case 'member.change':
        return this.#members.planChange(command, credential, actor, Math.floor(now / 1000));
      case 'tenant.close':
        return this.#info.planClose(command, actor);
      case 'tenant.erase':
        return this.#alsoIn(this.#info.planErase(command), () => this.#keys.reload());
      case 'tenant.limit':
        return this.#info.planLimit(command, actor);
      case 'tenant.standing':
        return this.#info.planStanding(command, actor);
      case 'decision.import':
        return this.#imported.planImport(command, actor, moment);
      case 'usage.report':
        return this.#usage.planReport(command, now);
      case 'key.create':
        return this.#keyChanges.planCreate(command, credential, actor, Math.floor(now / 1000));
      case 'key.rotate':
        return this.#keyChanges.planRotate(command, credential, actor, Math.floor(now / 1000));
      case 'key.revoke':
        return this.#keyChanges.planRevoke(command, actor, Math.floor(now / 1000));
      case 'key.leaked':
        return this.#keyChanges.planLeaked(command, actor, Math.floor(now / 1000));
      case 'webhook.create':
        return this.#webhooks.planCreate(command, actor, Math.floor(now / 1000));
      case 'webhook.change':
        return this.#alsoIn(this.#webhooks.planChange(command, actor), () => this.#deliveries.changed());
      case 'webhook.rotate':
        return this.#webhooks.planRotate(command, actor, Math.floor(now / 1000));
      case 'webhook.delete':
        return this.#alsoIn(this.#webhooks.planDelete(command, actor), () => this.#deliveries.changed());
      case 'webhook.test':
        return this.#webhooks.planTest(command, actor);
      case 'webhook.replay':
        return this.#deliveries.planReplay(command, actor, this.#ledger.nowMs());
      case 'webhook.claim':
        return this.#deliveries.planClaim(this.#ledger.nowMs());
      case 'webhook.report':
        return this.#deliveries.planReport(command, this.#ledger.nowMs());
      case 'tick':
        return this.#tick(moment);
    }
  }

  /** The alarm: whatever is due. Coming early, late or twice, it does no harm. */
  #tick(moment: Moment): Plan<CommandReply> {
    const { now } = moment;
    if (this.#bans.mustEnforce()) return this.#dispatches.planBanned(now);
    const notices = this.#banNotices.planDue();
    if (notices !== null) return notices;
    const answered = this.#answers.planDue(moment);
    if (answered !== null) return answered;
    const over = this.#jobs.planDue(moment);
    if (over !== null) return over;
    return this.#alsoIn(this.#dispatches.planSweep(now), () => {
      this.#ledger.purgeReplies();
      this.#velocity.sweep(now);
      this.#usedTokens.purge();
    });
  }

  /** The plan with something more to apply. */
  #alsoIn(plan: Plan<CommandReply>, apply: () => void): Plan<CommandReply> {
    return {
      ...plan,
      apply: (sealed) => {
        plan.apply?.(sealed);
        apply();
      },
    };
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
      renewal: this.#bans.renewal(),
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

  #mayRead(credential: Credential | null, scope: Scope | 'any'): Result<null, Refusal> {
    if (credential === null) return err(refusal('unauthorized'));
    const absent = this.#isAbsent(credential, null);
    if (absent !== null) return err(absent);
    const nowMs = this.#ledger.nowMs();
    const judged = this.#keys.judge(credential, scope, nowMs);
    if (!judged.ok && isNobody(judged.error)) return judged;
    const limited = this.#count(credential, 1, nowMs);
    if (limited !== null) return err(limited);
    // Where nobody writes, the last use of a key is written all the same, once a minute.
    if (this.#keys.mustStoreUse(nowMs)) this.#ledger.note(() => this.#keys.storeUse(nowMs));
    if (!judged.ok) return judged;
    return credential.kind === 'signatory' && !this.#signatories.enterToRead(credential.vouched)
      ? err(refusal('unauthorized'))
      : ok(null);
  }
}

const isNobody = ({ code }: Refusal): boolean => code === 'unauthorized' || code === 'address_not_allowed';
