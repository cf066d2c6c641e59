/** Where each control of a framework stands in this Hall now: enforced, recorded only, waiting for activation, or yours. */
import type { Mapping } from '../../../../src/core/profile/document.ts';
import { ENVS, type HallEnv, type PostureAnswer, type Profile } from '../profiles/types.ts';
import { isAlwaysOn } from '../profiles/words.ts';
import type { Evidence } from './evidence.ts';

export type Standing = 'enforced' | 'partly' | 'recorded' | 'inactive' | 'customer';

export const STANDINGS: Readonly<
  Record<Standing, readonly [word: string, said: string, tone: 'allow' | 'hold' | 'plain' | 'fault']>
> = {
  enforced: ['enforced', 'what it asks for is refused otherwise, in every environment', 'allow'],
  partly: ['enforced in part', 'in some environments only', 'hold'],
  recorded: ['recorded', 'the Hall keeps evidence of it, and stops nothing for it', 'plain'],
  inactive: ['not in force', 'activate the profile, or switch on what it names', 'fault'],
  customer: ['yours', 'nothing here can do it: your organisation has to', 'plain'],
};

export interface ControlRow {
  readonly mapping: Mapping;
  readonly standing: Standing;
  readonly evidence: readonly {
    readonly name: string;
    readonly isEntry: boolean;
    readonly count: number;
    readonly lastAt: string | null;
  }[];
  readonly count: number;
}

/** Where a demand holds, whoever made it hold. */
const envsOf = (demand: string, posture: PostureAnswer, profile: Profile): readonly HallEnv[] => {
  if (isAlwaysOn(demand)) return ENVS;
  const byFloor = ENVS.filter((env) => posture.effective[env].floors[demand]?.on === true);
  if (demand in posture.effective.prod.floors) return byFloor;
  return ENVS.filter((env) => profile.active.some(({ envs }) => envs === null || envs.includes(env)));
};

const standingOf = (mapping: Mapping, posture: PostureAnswer, profile: Profile): Standing => {
  if (mapping.responsibility.every((one) => one === 'customer')) return 'customer';
  if (mapping.enforced_by.length === 0) return mapping.evidence.length > 0 ? 'recorded' : 'customer';
  const holding = ENVS.filter((env) =>
    mapping.enforced_by.every((demand) => envsOf(demand, posture, profile).includes(env)),
  );
  if (holding.length === 0) return 'inactive';
  if (!mapping.responsibility.includes('enforced')) return 'recorded';
  return holding.length === ENVS.length ? 'enforced' : 'partly';
};

/** A route shows something, too, but has no entries to count. */
const isEntry = (name: string): boolean => !name.startsWith('/');

export const controlRows = (profile: Profile, posture: PostureAnswer, evidence: Evidence): readonly ControlRow[] =>
  (profile.document.mappings ?? []).map((mapping) => {
    const shown = mapping.evidence.map((name) => ({
      name,
      isEntry: isEntry(name),
      ...(isEntry(name) ? evidence.of(name) : { count: 0, lastAt: null }),
    }));
    return {
      mapping,
      standing: standingOf(mapping, posture, profile),
      evidence: shown,
      count: shown.reduce((sum, { count }) => sum + count, 0),
    };
  });
