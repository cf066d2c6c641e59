/**
 * The five outcomes of a policy, strictest first, and every spelling that is read as one of them (CAP 0.1). What is
 * none of these words is no outcome: it is refused where it is written, and denies where it is met.
 */
export const OUTCOMES = ['DENY', 'REQUIRE_APPROVAL', 'THROTTLE', 'ALLOW_WITH_CONSTRAINTS', 'ALLOW'] as const;
export type Outcome = (typeof OUTCOMES)[number];

const SPELLINGS: ReadonlyMap<string, Outcome> = new Map<string, Outcome>([
  ['allow', 'ALLOW'],
  ['permit', 'ALLOW'],
  ['deny', 'DENY'],
  ['block', 'DENY'],
  ['require_approval', 'REQUIRE_APPROVAL'],
  ['require_human', 'REQUIRE_APPROVAL'],
  ['throttle', 'THROTTLE'],
  ['allow_with_constraints', 'ALLOW_WITH_CONSTRAINTS'],
]);

/** Any case, hyphens or underscores, with or without the prefix of the wire. */
export const readOutcome = (word: string): Outcome | null => {
  const plain = word
    .trim()
    .toLowerCase()
    .replaceAll('-', '_')
    .replace(/^decision_type_/, '');
  return SPELLINGS.get(plain) ?? null;
};

export type CapWord = `DECISION_TYPE_${Exclude<Outcome, 'REQUIRE_APPROVAL'> | 'REQUIRE_HUMAN'}`;

export const capWord = (outcome: Outcome): CapWord =>
  outcome === 'REQUIRE_APPROVAL' ? 'DECISION_TYPE_REQUIRE_HUMAN' : `DECISION_TYPE_${outcome}`;

/** 0 is the strictest. */
export const strictness = (outcome: Outcome): number => OUTCOMES.indexOf(outcome);

export const permits = (outcome: Outcome): boolean => outcome === 'ALLOW' || outcome === 'ALLOW_WITH_CONSTRAINTS';
