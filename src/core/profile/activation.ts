/**
 * Changes of a posture. Adding a profile, or widening where it holds, takes one person; whatever weakens (taking a profile
 * out) takes two, and an activation is never weakened in place.
 */
import type { HallEnv } from '../vocabulary.ts';
import type { ProfileDocument } from './document.ts';
import { type Activation, inOrder, nameOf, type PostureDocument } from './posture.ts';

export interface KnownProfile {
  readonly hash: string;
  /** Canonical JSON of the document as it was written. */
  readonly text: string;
  readonly profile: ProfileDocument;
}

export interface ActivationTerms {
  /** null: everywhere. */
  readonly envs: readonly HallEnv[] | null;
  readonly overrides: readonly string[];
}

const activationOf = ({ profile, hash }: KnownProfile, terms: ActivationTerms, via: string | null): Activation => ({
  profile_id: profile.profile_id,
  version: profile.version,
  hash,
  ...(terms.envs === null ? {} : { envs: [...new Set(terms.envs)].sort() }),
  ...(terms.overrides.length === 0 ? {} : { overrides: [...new Set(terms.overrides)].sort() }),
  ...(via === null ? {} : { via }),
});

/** The profile, and all that it extends, in turn. */
export const withBases = (
  known: KnownProfile,
  find: (name: string) => KnownProfile | null,
): readonly { readonly known: KnownProfile; readonly via: string | null }[] => {
  const root = nameOf(known.profile);
  const all = new Map<string, KnownProfile>([[root, known]]);
  const queue = [...known.profile.extends];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const base = all.has(name) ? null : find(name);
    if (base === null) continue;
    all.set(name, base);
    queue.push(...base.profile.extends);
  }
  return [...all].map(([name, one]) => ({ known: one, via: name === root ? null : root }));
};

const isSame = (a: Activation, b: Activation): boolean => nameOf(a) === nameOf(b) && a.via === b.via;

/** The posture with the profile in it; null: it is active already, and these terms would weaken it. */
export const activate = (
  posture: PostureDocument,
  profiles: readonly { readonly known: KnownProfile; readonly via: string | null }[],
  terms: ActivationTerms,
): PostureDocument | null => {
  let document = posture;
  for (const { known, via } of profiles) {
    const asked = activationOf(known, terms, via);
    const before = document.profiles.find((one) => isSame(one, asked));
    const merged = before === undefined ? asked : widen(before, asked);
    if (merged === null) return null;
    document = inOrder([...document.profiles.filter((one) => !isSame(one, asked)), merged]);
  }
  return document;
};

const widen = (before: Activation, asked: Activation): Activation | null => {
  const { envs: _, overrides: __, ...rest } = before;
  const allowed = before.overrides ?? [];
  const overrides = asked.overrides ?? [];
  if (!overrides.every((worker) => allowed.includes(worker))) return null;
  const envs = before.envs === undefined || asked.envs === undefined ? null : [...before.envs, ...asked.envs];
  return {
    ...rest,
    ...(envs === null ? {} : { envs: [...new Set(envs)].sort() }),
    ...(overrides.length === 0 ? {} : { overrides }),
  };
};

/** The posture without the profile, and without what only it brought. */
export const deactivate = (posture: PostureDocument, name: string): PostureDocument => ({
  profiles: posture.profiles.filter((one) => !(nameOf(one) === name && one.via === undefined) && one.via !== name),
});
