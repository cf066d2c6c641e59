/**
 * Routing inside the tenant object: gathers the snapshot from memory, lets `decide` decide, and plans what follows
 * (entry, chain link, quarantine, counters). Everything a decision reads is here; nothing is fetched (DESIGN §5).
 */
import type { Approval } from '../core/approval/approval.ts';
import type { Actor } from '../core/caller.ts';
import { decide } from '../core/hall/decide.ts';
import type { Decided } from '../core/hall/decision.ts';
import type { RouteRequest, SignatoryEvidence } from '../core/hall/input.ts';
import { previewPosture } from '../core/hall/preview.ts';
import { decisionBody, decisionContents, dispatchedLink, recordedQuestion } from '../core/hall/record.ts';
import { replay } from '../core/hall/replay.ts';
import type { ApprovalSeen, BanView, ChainLink, HallSnapshot } from '../core/hall/snapshot.ts';
import { decisionIdFor, seqOfId } from '../core/ids.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import type { Entry, EntryDraft, SealedEntry } from '../core/ledger/entry.ts';
import type { Refusal } from '../core/refusal.ts';
import { withState } from '../core/registry/worker.ts';
import { ok, type Result } from '../core/result.ts';
import type { Ledger, Moment, Plan } from '../ledger/commit.ts';
import { entryTextAt } from '../ledger/entries.ts';
import { type Recorded, recordOf } from '../ledger/reading.ts';
import type { Alerts } from './alerts.ts';
import type { Outcome, Subject } from './answers.ts';
import type { Approvals } from './approvals.ts';
import type { Bans } from './bans.ts';
import type { TenantCatalog } from './catalog.ts';
import type { Command, CommandReply, DecidedReply, GrantTerms, ProfileRequest } from './commands.ts';
import type { Dispatches } from './dispatches.ts';
import type { Documents } from './documents.ts';
import type { TenantInfo } from './info.ts';
import type { Outcomes } from './outcomes.ts';
import { entry, type TenantMemo } from './plan.ts';
import type { Profiles } from './profiles.ts';
import type { Signatories } from './signatories.ts';
import type { Usage } from './usage.ts';
import type { VelocityCounters } from './velocity.ts';
import type { Workers } from './workers.ts';

const GRANT_TTL_S = 300;
const PREVIEW_QUESTIONS = 2_000;

/** A question decided, in the place of the ledger that its moment names. */
interface Heard {
  readonly decided: Decided;
  readonly drafts: readonly EntryDraft[];
  readonly apply: () => void;
  readonly reply: (sealed: SealedEntry | undefined) => DecidedReply;
}

interface LinkRow {
  readonly [column: string]: SqlStorageValue;
  readonly capability_id: string;
  readonly request_hash: string;
  readonly worker_id: string;
  readonly blast_sum: number;
}

export class Hall {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #documents: Documents;
  readonly #workers: Workers;
  readonly #dispatches: Dispatches;
  readonly #bans: Bans;
  readonly #signatories: Signatories;
  readonly #alerts: Alerts;
  readonly #info: TenantInfo;
  readonly #usage: Usage;
  readonly #outcomes: Outcomes;
  readonly #catalog: TenantCatalog;
  readonly #velocity: VelocityCounters;
  readonly #approvals: Approvals;
  readonly #profiles: Profiles;

  constructor(
    ledger: Ledger<TenantMemo>,
    documents: Documents,
    workers: Workers,
    dispatches: Dispatches,
    bans: Bans,
    signatories: Signatories,
    alerts: Alerts,
    info: TenantInfo,
    usage: Usage,
    outcomes: Outcomes,
    catalog: TenantCatalog,
    velocity: VelocityCounters,
    approvals: Approvals,
    profiles: Profiles,
  ) {
    this.#ledger = ledger;
    this.#documents = documents;
    this.#workers = workers;
    this.#dispatches = dispatches;
    this.#bans = bans;
    this.#signatories = signatories;
    this.#alerts = alerts;
    this.#info = info;
    this.#usage = usage;
    this.#outcomes = outcomes;
    this.#catalog = catalog;
    this.#velocity = velocity;
    this.#approvals = approvals;
    this.#profiles = profiles;
  }

  snapshot(bans: BanView): HallSnapshot {
    return {
      standing: this.#info.standing,
      offline: this.#info.offline,
      settings: this.#documents.settings,
      rules: this.#documents.rules,
      policy: this.#documents.policy,
      bans,
      workersOf: this.#workers.ofSpecies,
      implementedByAny: this.#workers.implementedByAny,
      catalog: this.#catalog.view,
      posture: this.#profiles.posture,
    };
  }

  /** What activating a profile would change; nothing does. */
  preview(request: ProfileRequest): Result<JsonObject, Refusal> {
    const would = this.#profiles.wouldBe(request);
    if (!would.ok) return would;
    const { known, posture } = would.value;
    const now = this.#ledger.now();
    // As if the ban list were fresh: a lease that ran out is not what is asked about.
    const before = this.snapshot({ ...this.#bans.view(Math.floor(now / 1000)), fresh: true });
    const { profile, hash } = known;
    return ok({
      profile_id: profile.profile_id,
      version: profile.version,
      hash,
      ...previewPosture(before, { ...before, posture }, { now, maxQuestions: PREVIEW_QUESTIONS }),
    });
  }

  plan(command: Command & { kind: 'route' }, actor: Actor, moment: Moment): Plan<CommandReply> {
    const { request } = command;
    const signatory = this.#signatories.evidence(command.signatory, this.#ledger.nowMs());
    const heard = this.#hear(request, signatory, actor, moment);
    return {
      entries: heard.drafts,
      apply: () => {
        // A dry run uses nothing up; what is heard again was used when it was asked.
        if (signatory.kind === 'valid' && !request.dry_run) this.#signatories.use(command.signatory);
        heard.apply();
      },
      reply: ([sealed]) => heard.reply(sealed),
    };
  }

  /** A question that was held, as what waits for an answer. */
  readonly held: Subject = {
    conclude: (approval, seen, moment) => {
      // The person does it: there is nothing to dispatch, and never a grant.
      if (seen.answer === 'approved' && approval.level === 'executor') {
        return { state: 'approved', decisionId: null, drafts: [], apply: () => undefined, decided: () => null };
      }
      return this.#again(approval, seen, moment);
    },
    renew: () => ({ kind: 'ended' }),
    ask: (approval, moment) => this.#again(approval, undefined, moment),
    again: (decisionId) => this.#recorded(decisionId),
    shown: () => null,
  };

  /** The same question again, as whoever asked it; `seen`: what came of its approval. */
  #again(approval: Approval, seen: ApprovalSeen | undefined, moment: Moment): Outcome {
    const text = entryTextAt(this.#ledger.sql, seqOfId(approval.decision_id) ?? 0);
    const { actor, body } = JSON.parse(text ?? '{}') as { actor: Actor; body: JsonObject };
    const asked = recordedQuestion(body);
    if (asked === null) throw new Error('an approval is of a decision');
    const { correlationId } = asked;
    const heard = this.#hear(asked.request, asked.signatory, actor, moment, { approval: seen, correlationId });
    const { outcome, decision_id: decisionId } = heard.decided.decision;
    const approved = outcome === 'DISPATCH' ? 'consumed' : outcome === 'STEWARD_HOLD' ? 'approved' : 'invalidated';
    return {
      state: seen === undefined || seen.answer === 'approved' ? approved : seen.answer,
      decisionId,
      drafts: heard.drafts,
      apply: heard.apply,
      decided: heard.reply,
    };
  }

  #hear(
    request: RouteRequest,
    signatory: SignatoryEvidence,
    actor: Actor,
    moment: Moment,
    again: { readonly approval: ApprovalSeen | undefined; readonly correlationId: string } | null = null,
  ): Heard {
    const stamp = {
      now: moment.now,
      decisionId: decisionIdFor(moment.newId(), moment.seq),
      correlationId: again?.correlationId ?? decisionIdFor(moment.newId(), moment.seq),
    };
    const bans = this.#bans.view(Math.floor(moment.now / 1000));
    const counters = {
      chain: this.#chain(request),
      velocity: this.#velocity.reader(stamp.decisionId, moment.now),
      approval: again?.approval,
      commanded: this.#approvals.isCommanded(request.correlation_id),
    };
    const decided = decide(request, signatory, this.snapshot(bans), counters, stamp);
    const { decision, effects } = decided;
    const trace = { traceId: decision.correlation_id };
    const drafts = [
      entry(
        'wcp.decision',
        request.dry_run ? 'wcp.dry' : 'wcp',
        actor,
        decisionBody(request, signatory, decided),
        trace,
      ),
    ];
    if (effects.quarantine !== null) {
      drafts.push(
        entry('wcp.attestation.mismatch', 'registry', actor, { ...effects.quarantine, decision_id: stamp.decisionId }),
      );
    }
    const opening = this.#approvals.opening(decided, actor, moment.now);
    if (opening !== null) drafts.push(opening.draft);
    return {
      decided,
      drafts,
      apply: () => {
        this.#ledger.contents.keep(bans.hash, bans.text);
        this.#apply(request, decided, moment.now);
        opening?.apply();
      },
      reply: (sealed) => this.#reply(decided, sealed),
    };
  }

  /** A decision as it was answered: computed again from its entry, so receipt and grant are the same bytes. */
  #recorded(decisionId: string): DecidedReply | null {
    const record = this.#ledger.log.recordAt(seqOfId(decisionId) ?? 0);
    if (record === null) return null;
    const { text, receiptHash } = record;
    const recorded = JSON.parse(text) as Entry;
    const again = replay(recorded, (hash) => {
      const content = this.#ledger.contents.text(hash);
      return content === null ? undefined : (JSON.parse(content) as JsonValue);
    });
    if (!again.ok || !again.value.same) return null;
    return decidedReply(again.value.decision, recorded, receiptHash, record);
  }

  #apply(request: RouteRequest, decided: Decided, now: number): void {
    const { decision, effects } = decided;
    for (const { hash, text } of decisionContents(decided)) this.#ledger.contents.keep(hash, text);
    if (request.dry_run) return;
    // What was held was counted when it was asked.
    if (decided.facts.approval === null) this.#velocity.count(effects.counted, decision.decision_id, now);
    if (effects.link !== null && request.correlation_id !== null) this.#keepLink(request, effects.link);
    if (decision.outcome === 'DISPATCH') this.#dispatches.watch(now);
    if (effects.quarantine !== null) {
      const fact = this.#workers.fact(effects.quarantine.worker_id);
      if (fact !== null) this.#workers.changeState(withState(fact, { quarantined: 'hash_mismatch' }));
      this.#alerts.raise(now, 'sev2', 'WORKER_TAMPERED', 'a worker runs other code than was attested', {
        workerId: effects.quarantine.worker_id,
        capabilityId: decision.capability_id,
      });
    }
    if (decision.outcome === 'STEWARD_HOLD') {
      this.#alerts.watch(now, 'STEWARD_HOLD_REPEATED', { capabilityId: decision.capability_id });
    } else if (decision.deny_code === 'DENY_REQUIRES_HUMAN') {
      this.#alerts.watch(now, 'BLAST_RADIUS_EXCEEDED', { capabilityId: decision.capability_id });
    }
    this.#usage.count(decision.denied, now);
    this.#outcomes.count(decision, now);
  }

  #reply({ decision }: Decided, sealed: SealedEntry | undefined): DecidedReply {
    if (sealed === undefined) throw new Error('a decision is always an entry');
    return decidedReply(decision, sealed.entry, sealed.receiptHash, recordOf(sealed));
  }

  /**
   * Earlier links of this correlation_id. A generated id ends with the seq of the decision that generated it, so its
   * first link is read from that entry and needs no row: only callers that send their own id pay for one.
   */
  #chain(request: RouteRequest): readonly ChainLink[] {
    const { tenant_id, correlation_id } = request;
    if (tenant_id === null || correlation_id === null) return [];
    const rows: ChainLink[] = this.#ledger.sql
      .exec<LinkRow>(
        'SELECT capability_id, request_hash, worker_id, blast_sum FROM chain_links WHERE tenant_id = ? AND correlation_id = ?',
        tenant_id,
        correlation_id,
      )
      .toArray();
    const first = this.#generatedLink(tenant_id, correlation_id);
    if (first !== null && !rows.some((row) => sameLink(row, first))) rows.unshift(first);
    return rows;
  }

  #generatedLink(tenantId: string, correlationId: string): ChainLink | null {
    const seq = seqOfId(correlationId);
    if (seq === null || seq > this.#ledger.log.head.size) return null;
    const text = entryTextAt(this.#ledger.sql, seq);
    if (text === null || !text.includes(correlationId)) return null;
    const { trace_id, body } = JSON.parse(text) as { trace_id: string; body: JsonObject };
    return trace_id === correlationId ? dispatchedLink(body, tenantId) : null;
  }

  #keepLink(request: RouteRequest, link: ChainLink): void {
    // A worker without a blast radius adds nothing to any sum: no row.
    if (link.blast_sum === 0) return;
    this.#ledger.sql.exec(
      `INSERT OR IGNORE INTO chain_links (tenant_id, correlation_id, capability_id, request_hash, worker_id, blast_sum)
       VALUES (?, ?, ?, ?, ?, ?)`,
      request.tenant_id,
      request.correlation_id,
      link.capability_id,
      link.request_hash,
      link.worker_id,
      link.blast_sum,
    );
  }
}

const sameLink = (a: ChainLink, b: ChainLink): boolean =>
  a.capability_id === b.capability_id && a.request_hash === b.request_hash && a.worker_id === b.worker_id;

const decidedReply = (
  decision: Decided['decision'],
  { body, receipt_id, prev_receipt_hash, signing_key_id, spec, ts }: Entry,
  receiptHash: string,
  record: Recorded,
): DecidedReply => ({
  kind: 'decided',
  decision: JSON.stringify(decision),
  receipt: JSON.stringify({
    correlation_id: body.correlation_id,
    dispatched_at: body.dispatched_at,
    worker_id: body.worker_id,
    capability_id: body.capability_id,
    policy_decision: body.policy_decision,
    controls_verified: body.controls_verified,
    artifact_hash: body.artifact_hash,
    hash: body.artifact_hash,
    receipt_id,
    receipt_hash: receiptHash,
    prev_receipt_hash,
    signing_key_id,
    wcp_spec_version: spec.wcp,
    canon: spec.canon,
  }),
  grant: grantTerms(decision, ts),
  record,
});

/** `ts`: microseconds since the epoch, of the entry. */
const grantTerms = (decision: Decided['decision'], ts: number): GrantTerms | null => {
  if (decision.outcome !== 'DISPATCH' || decision.dry_run || decision.worker_id === undefined) return null;
  const issuedAt = Math.floor(ts / 1_000_000);
  return {
    decisionId: decision.decision_id,
    workerId: decision.worker_id,
    capabilityId: decision.capability_id ?? '',
    requestHash: decision.request_hash,
    issuedAt,
    expiresAt: issuedAt + GRANT_TTL_S,
    constraints: decision.constraints ?? null,
  };
};
