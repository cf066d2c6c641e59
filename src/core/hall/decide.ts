/**
 * The decision (WCP 3.1): fourteen steps in order, the first that fails wins. A pure function of what is passed in.
 * INVARIANT: never throws. A bug in a step is DENY_INTERNAL_ERROR with everything that was looked at recorded, so that
 * it can be recomputed. INVARIANT: nothing but step 13's end leads to a dispatch.
 */
import { judgeAccount, judgeInput, judgeSignatory } from './admission.ts';
import { judgeAttestation, judgeProvenance } from './attestation.ts';
import { judgeControls } from './controls.ts';
import type { ApprovalEffect, Decided, DecisionEffects, DecisionFacts } from './decision.ts';
import { judgeEnvelope } from './envelope.ts';
import { judgeGate } from './gating.ts';
import { DISPATCH, deny, Hearing, type Verdict } from './hearing.ts';
import { demandOf, expiryOf, judgeHuman } from './human.ts';
import type { RouteRequest, SignatoryEvidence } from './input.ts';
import { judgeBlast, judgeWorkerBlast } from './limits.ts';
import { judgeProfiles, nameProfile } from './profiles.ts';
import { render, supervisorReason } from './render.ts';
import { judgeCorrelation, judgeMatch, judgeRules } from './routing.ts';
import { judgeCandidates } from './select.ts';
import type { HallCounters, HallSnapshot, Stamp } from './snapshot.ts';

export function decide(
  request: RouteRequest,
  signatory: SignatoryEvidence,
  snapshot: HallSnapshot,
  counters: HallCounters,
  stamp: Stamp,
): Decided {
  const hearing = new Hearing(request, signatory, snapshot, counters, stamp);
  try {
    return conclude(hearing, judge(hearing));
  } catch {
    hearing.selection = null;
    return conclude(hearing, deny('DENY_INTERNAL_ERROR', 'internal'));
  }
}

function judge(hearing: Hearing): Verdict {
  hearing.lookUpCapability();
  return (
    judgeAccount(hearing) ??
    judgeInput(hearing) ??
    judgeSignatory(hearing) ??
    judgeRules(hearing) ??
    judgeMatch(hearing) ??
    judgeCorrelation(hearing) ??
    judgeControls(hearing) ??
    judgeBlast(hearing) ??
    judgeGate(hearing) ??
    judgeCandidates(hearing) ??
    judgeWorkerBlast(hearing) ??
    judgeAttestation(hearing) ??
    judgeEnvelope(hearing) ??
    judgeProvenance(hearing) ??
    judgeHuman(hearing) ??
    judgeProfiles(hearing) ??
    (hearing.selection === null ? deny('DENY_INTERNAL_ERROR', 'internal') : DISPATCH)
  );
}

function conclude(hearing: Hearing, verdict: Verdict): Decided {
  const named = nameProfile(hearing, verdict);
  const decision = render(hearing, named);
  return { decision, gate: hearing.gate, facts: factsOf(hearing), effects: effectsOf(hearing, named) };
}

function factsOf(hearing: Hearing): DecisionFacts {
  const { snapshot, request, stamp, counters } = hearing;
  return {
    settings: snapshot.settings.hash,
    rules: snapshot.rules,
    policy: snapshot.policy,
    bans: snapshot.bans.hash,
    ban_epoch: snapshot.bans.epoch,
    bans_fresh: snapshot.bans.fresh,
    standing: snapshot.standing,
    offline: snapshot.offline,
    catalog: { version: snapshot.catalog.version, hash: snapshot.catalog.hash },
    in_catalog: hearing.inCatalog,
    posture: snapshot.posture.hash === '' ? null : snapshot.posture.hash,
    workers: hearing.considered,
    implemented_by_any: hearing.implementedByAny,
    chain: counters.chain,
    velocity: hearing.velocity,
    approval: counters.approval ?? null,
    commanded: counters.commanded === true,
    now: stamp.now,
    generated_correlation_id: request.correlation === 'absent' ? stamp.correlationId : null,
  };
}

const NO_EFFECTS: DecisionEffects = { link: null, approval: null, quarantine: null, advisory: null, counted: [] };

function effectsOf(hearing: Hearing, verdict: Verdict): DecisionEffects {
  const { request, selection, linkRepeated, quarantine, advisory } = hearing;
  if (request.dry_run) return NO_EFFECTS;
  const dispatched = verdict.kind === 'dispatch' && selection !== null;
  return {
    link:
      dispatched && !linkRepeated
        ? {
            capability_id: request.capability_id ?? '',
            request_hash: request.request_hash,
            worker_id: selection.worker.worker_id,
            blast_sum: selection.worker.blast_sum ?? 0,
          }
        : null,
    approval: approvalOf(hearing, verdict),
    quarantine,
    advisory: dispatched ? advisory : null,
    counted: hearing.velocity.map(({ asked }) => asked),
  };
}

function approvalOf(hearing: Hearing, verdict: Verdict): ApprovalEffect | null {
  const reason = supervisorReason(verdict);
  if (reason === null || verdict.kind === 'dispatch') return null;
  return {
    kind: verdict.kind === 'hold' ? 'hold' : 'blast',
    reason,
    ...demandOf(hearing, verdict),
    expires_at: expiryOf(hearing, verdict),
    escalation: verdict.kind === 'hold' ? verdict.terms.escalation : [],
  };
}
