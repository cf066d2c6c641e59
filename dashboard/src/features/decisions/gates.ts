/** The engine's order of checks, and where one decision stopped. */
import type { DecisionSummary } from '../../api/types.ts';

export interface Gate {
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly told: string | null;
}

const ORDER: readonly (readonly [stage: string, name: string])[] = [
  ['account', 'Account in good standing, Hall online'],
  ['input', 'A readable question'],
  ['signatory', 'A vouched-for signatory'],
  ['rules', 'No shadowed rules in production'],
  ['match', 'A rule for the capability'],
  ['preconditions', 'Preconditions of the rule'],
  ['controls', 'Required controls'],
  ['blast', 'Blast radius'],
  ['gate', 'Policy'],
  ['candidates', 'A worker that may and can'],
  ['attestation', 'The worker runs the attested code'],
  ['envelope', 'Privileges inside the envelope'],
  ['human', 'A person, where one is demanded'],
  ['profile', 'Floors of the profiles'],
];

export const gatesOf = ({ outcome, stage, deny_code }: DecisionSummary): readonly Gate[] => {
  const stop = outcome === 'DISPATCH' ? ORDER.length : ORDER.findIndex(([id]) => id === stage);
  return ORDER.map(([, name], index) => {
    if (stop < 0 || index > stop) return { name, state: 'skipped', told: null };
    return index === stop
      ? { name, state: 'failed', told: deny_code ?? 'held' }
      : { name, state: 'passed', told: null };
  });
};
