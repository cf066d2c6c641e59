/**
 * Steps 10a to 10d of WCP 3.1: candidates in rule order, of a species the first eligible worker (3.4).
 * INVARIANT: of a species, no worker after the first eligible one is looked at; a replay holds only those looked at.
 */
import { isBanned } from '../registry/ban.ts';
import { catalogMeets } from '../registry/catalog/version.ts';
import { type WorkerFact, workerView } from '../registry/worker.ts';
import { demandedOf, requiredOf, requiredShown, satisfies } from './controls.ts';
import type { RankedCandidate, SkipReason } from './decision.ts';
import { deny, type Hearing, type Stop } from './hearing.ts';
import type { CandidateView } from './rule-view.ts';
import { clean } from './text.ts';

/** In the order in which they are found: the later one got further. */
const PROGRESS: readonly SkipReason[] = [
  'missing_id',
  'banned',
  'revoked',
  'quarantined',
  'env_not_allowed',
  'data_label_not_allowed',
  'catalog_version_min',
  'required_controls_missing',
  'capability_not_declared',
  'unavailable',
];

/** Up to here a search through the list beats looking up the set. */
const FEW = 8;

interface Look {
  readonly worker: WorkerFact | null;
  /** Null: eligible. */
  readonly reason: SkipReason | null;
}

export function judgeCandidates(hearing: Hearing): Stop {
  const { snapshot, view } = hearing;
  if (!snapshot.bans.fresh) return deny('DENY_BAN_FEED_STALE', 'candidates');
  const ranked: RankedCandidate[] = [];
  for (const candidate of view?.candidates ?? []) ranked.push(rank(hearing, candidate));
  hearing.ranked = ranked;
  return hearing.selection === null ? nobody(ranked) : null;
}

function rank(hearing: Hearing, candidate: CandidateView): RankedCandidate {
  const { worker, reason } = lookAt(hearing, candidate);
  if (worker === null) {
    return {
      worker_species_id: candidate.speciesShown,
      score_hint: candidate.scoreHint,
      requires_controls_minimum: candidate.requiresShown,
      skip_reason: reason,
      capability_declared: null,
    };
  }
  const declared = declares(hearing, worker);
  const late = hearing.selection !== null;
  if (reason === null && !late) select(hearing, candidate, worker, declared);
  return {
    worker_species_id: candidate.speciesShown,
    worker_id: clean(worker.worker_id),
    score_hint: candidate.scoreHint,
    requires_controls_minimum: candidate.requiresShown,
    skip_reason: reason === null && late ? 'already_selected' : reason,
    capability_declared: declared,
  };
}

const declares = ({ request }: Hearing, worker: WorkerFact): boolean =>
  request.capability_id !== null &&
  (worker.capabilities.length <= FEW
    ? worker.capabilities.includes(request.capability_id)
    : workerView(worker).capabilities.has(request.capability_id));

function select(hearing: Hearing, candidate: CandidateView, worker: WorkerFact, declared: boolean): void {
  hearing.selection = {
    worker,
    speciesId: candidate.speciesShown ?? '',
    required: requiredOf(requiredShown(hearing), candidate, worker),
  };
  if (!declared) hearing.notes.push('capability_not_declared');
}

function lookAt(hearing: Hearing, candidate: CandidateView): Look {
  if (candidate.speciesId === null) return { worker: null, reason: 'missing_id' };
  let furthest: WorkerFact | null = null;
  let reason: SkipReason = 'unavailable';
  for (const worker of hearing.snapshot.workersOf(candidate.speciesId)) {
    if (!hearing.admits(worker)) continue;
    hearing.look(worker);
    const found = skipReason(hearing, candidate, worker);
    if (found === null) return { worker, reason: null };
    if (furthest === null || PROGRESS.indexOf(found) > PROGRESS.indexOf(reason)) {
      furthest = worker;
      reason = found;
    }
  }
  return { worker: furthest, reason };
}

/** The first that holds (WCP 3.4). */
function skipReason(hearing: Hearing, candidate: CandidateView, worker: WorkerFact): SkipReason | null {
  const { request, snapshot, settings } = hearing;
  if (isBanned(snapshot.bans, worker)) return 'banned';
  if (worker.revoked) return 'revoked';
  if (settings.require_worker_attestation && worker.quarantined !== null) return 'quarantined';
  if (!allows(worker.allowed_environments, request.env_effective)) return 'env_not_allowed';
  if (!allows(worker.allowed_data_labels, request.data_label_effective)) return 'data_label_not_allowed';
  const { version } = snapshot.catalog;
  if (!meets(hearing.rule?.catalogVersionMin ?? null, version) || !meets(worker.catalog_version_min, version))
    return 'catalog_version_min';
  if (!hasRequiredControls(hearing, candidate, worker)) return 'required_controls_missing';
  if (settings.strict && !declares(hearing, worker)) return 'capability_not_declared';
  return isAvailable(hearing, worker) ? null : 'unavailable';
}

const allows = <T>(list: readonly T[] | null, wanted: T | null): boolean =>
  list === null || (wanted !== null && list.includes(wanted));

const meets = (minimum: string | null, version: string): boolean =>
  minimum === null || minimum === version || catalogMeets(minimum, version);

function hasRequiredControls(hearing: Hearing, candidate: CandidateView, worker: WorkerFact): boolean {
  const hall = hearing.settingsView.hallControls;
  return (
    satisfies(worker, demandedOf(hearing), hall) &&
    satisfies(worker, candidate.requires, hall) &&
    (worker.required_controls.length === 0 || satisfies(worker, workerView(worker).required, hall))
  );
}

/** Silent only once it has spoken: a worker that never sent a heartbeat is available. */
function isAvailable({ stamp, settingsView }: Hearing, worker: WorkerFact): boolean {
  if (!worker.online) return false;
  return worker.last_heartbeat_at === null || stamp.now - worker.last_heartbeat_at <= settingsView.heartbeatTtlMicros;
}

function nobody(ranked: readonly RankedCandidate[]): Stop {
  if (ranked.length === 0) return deny('DENY_NO_AVAILABLE_WORKER', 'candidates', {}, 'NO_WORKER_FOR_CAPABILITY');
  const standing = ranked.filter((candidate) => candidate.skip_reason !== 'banned');
  if (standing.length === 0) {
    const species = ranked.map((candidate) => candidate.worker_species_id);
    return deny('DENY_WORKER_BANNED', 'candidates', { worker_species_ids: species });
  }
  if (standing.every((candidate) => candidate.skip_reason === 'quarantined')) {
    const species = standing[0]?.worker_species_id ?? null;
    return deny('DENY_WORKER_TAMPERED', 'candidates', { worker_species_id: species });
  }
  return deny('DENY_NO_AVAILABLE_WORKER', 'candidates', {}, 'NO_AVAILABLE_WORKER');
}
