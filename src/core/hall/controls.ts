/**
 * Controls: what is required, and who satisfies it (WCP 3.3). A worker satisfies with what it implements itself and
 * what the Hall supplies, never with what another worker implements.
 */
import { type WorkerFact, workerView } from '../registry/worker.ts';
import { type ControlList, controlList, normalControl } from '../vocabulary.ts';
import { deny, type Hearing, type Selection, type Stop } from './hearing.ts';
import type { CandidateView } from './rule-view.ts';
import { clean, cleanAll } from './text.ts';

/** Either demand switches the rule's part on; with both off it is enforced nowhere. */
export const rulePartEnforced = ({ settings, rule }: Hearing): boolean =>
  settings.enforce_required_controls || rule?.preconditions.deny_if_missing_required_controls === true;

export function satisfies(worker: WorkerFact, required: ControlList, hall: ReadonlySet<string>): boolean {
  if (required.normal.length === 0) return true;
  const own = workerView(worker).implements;
  for (const control of required.normal) if (!own.has(control) && !hall.has(control)) return false;
  return true;
}

const NO_CONTROLS: ControlList = { asWritten: [], normal: [] };
/** Lists live as long as the rules and profiles that they are part of. */
const joined = new WeakMap<ControlList, WeakMap<ControlList, ControlList>>();

/** Both, each control once, in the spelling of the first. */
function join(first: ControlList, second: ControlList): ControlList {
  if (second.normal.length === 0) return first;
  if (first.normal.length === 0) return second;
  const seen = joined.get(first) ?? new WeakMap<ControlList, ControlList>();
  joined.set(first, seen);
  const known = seen.get(second);
  if (known !== undefined) return known;
  const more = second.asWritten.filter((_, at) => !first.normal.includes(second.normal[at] ?? ''));
  const both = controlList([...first.asWritten, ...more].sort());
  seen.set(second, both);
  return both;
}

/** What step 7 tests: the rule's part where it is enforced, and what profiles demand of every worker. */
export const demandedOf = (hearing: Hearing): ControlList =>
  join(
    hearing.rule !== null && rulePartEnforced(hearing) ? hearing.rule.required : NO_CONTROLS,
    hearing.stance.controls,
  );

/** What is required before a candidate is chosen, as it is shown. */
export function requiredShown({ rule, view, stance }: Hearing): readonly string[] {
  if (rule === null || view === null) return NO_CONTROLS.asWritten;
  return stance.controls.normal.length === 0 ? view.required : cleanAll(join(rule.required, stance.controls).asWritten);
}

/** Step 7: some enrolled worker of the candidates, available or not, satisfies the rule's and the profiles' part. */
export function judgeControls(hearing: Hearing): Stop {
  const { rule, view, settings, settingsView, notes } = hearing;
  if (settings.strict && rule?.required.asWritten.some((id) => id.includes('_')) === true) {
    notes.push('control_id_with_underscore');
  }
  if (view === null) return null;
  const demanded = demandedOf(hearing);
  if (demanded.normal.length === 0) return null;
  const hall = settingsView.hallControls;
  let first: WorkerFact | null = null;
  for (const { speciesId } of view.candidates) {
    for (const worker of speciesId === null ? [] : hearing.snapshot.workersOf(speciesId)) {
      if (!hearing.admits(worker)) continue;
      hearing.look(worker);
      if (satisfies(worker, demanded, hall)) return null;
      first ??= worker;
    }
  }
  const missing = lacking(demanded, first === null ? implementedByAny(hearing) : workerView(first).implements, hall);
  // Nobody is enrolled and nothing lacks: that is for step 10 to say.
  return missing.length === 0 ? null : deny('DENY_MISSING_REQUIRED_CONTROLS', 'controls', { missing });
}

function implementedByAny(hearing: Hearing): ReadonlySet<string> {
  const implemented = hearing.snapshot.implementedByAny();
  hearing.implementedByAny = [...implemented].sort();
  return implemented;
}

function lacking({ asWritten, normal }: ControlList, own: ReadonlySet<string>, hall: ReadonlySet<string>): string[] {
  const missing = asWritten.filter((_, at) => !has(own, normal[at]) && !has(hall, normal[at]));
  return missing.map(clean).sort();
}

const has = (set: ReadonlySet<string>, id: string | undefined): boolean => id !== undefined && set.has(id);

/** All that is required of this worker in this place, spelled as in the rule where the rule names it; sorted. */
export function requiredOf(
  ruleShown: readonly string[],
  candidate: CandidateView,
  worker: WorkerFact,
): readonly string[] {
  if (candidate.requires.normal.length === 0 && worker.required_controls.length === 0) return ruleShown;
  const bySpelling = new Map<string, string>();
  for (const id of [...ruleShown, ...candidate.requiresShown, ...worker.required_controls]) {
    const normal = normalControl(id);
    if (!bySpelling.has(normal)) bySpelling.set(normal, clean(id));
  }
  return [...bySpelling.values()].sort();
}

/** Those of the required controls that hold: all of them, unless the rule's part is not enforced. */
export function verified(hearing: Hearing, { required, worker }: Selection): readonly string[] {
  if (rulePartEnforced(hearing)) return required;
  const own = workerView(worker).implements;
  const hall = hearing.settingsView.hallControls;
  return required.filter((id) => own.has(normalControl(id)) || hall.has(normalControl(id)));
}

export const requires = (required: readonly string[], control: string): boolean =>
  required.some((id) => normalControl(id) === control);
