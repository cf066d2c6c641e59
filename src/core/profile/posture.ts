/**
 * The profiles that are active in a Hall, and where: the posture document, which decisions name by hash and whose rows
 * name each profile by hash. Compiled once when it changes; a decision asks for the stance of its environment.
 */
import { z } from 'zod';
import { safeRead } from '../field-errors.ts';
import { ENVS, type HallEnv } from '../vocabulary.ts';
import { type ProfileDocument, ProfileId } from './document.ts';
import { buildStance, NO_STANCE, type ProfileInForce, type Stance } from './stance.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

export const Activation = z.strictObject({
  profile_id: ProfileId,
  version: z.string(),
  hash,
  /** Absent: everywhere. */
  envs: z.array(z.enum(ENVS)).min(1).optional(),
  /** Workers of critical risk that may be asked for all the same: they wait for a human instead of being denied. */
  overrides: z.array(z.string()).min(1).optional(),
  /** `id@version` of the active profile that brought this one by `extends`. */
  via: z.string().optional(),
});
export type Activation = z.output<typeof Activation>;

const PostureDocument = z.strictObject({ profiles: z.array(Activation) });
export type PostureDocument = z.output<typeof PostureDocument>;

export interface Posture {
  /** Of the posture document. */
  readonly hash: string;
  readonly document: PostureDocument;
  readonly stanceIn: (env: HallEnv | null) => Stance;
  /** What holds in every environment. */
  readonly everywhere: Stance;
}

export const EMPTY_POSTURE_DOCUMENT: PostureDocument = { profiles: [] };

/** No profile is active; records of decisions made so name none. */
export const NO_POSTURE: Posture = {
  hash: '',
  document: EMPTY_POSTURE_DOCUMENT,
  stanceIn: () => NO_STANCE,
  everywhere: NO_STANCE,
};

export const nameOf = ({ profile_id, version }: { readonly profile_id: string; readonly version: string }): string =>
  `${profile_id}@${version}`;

/** In one order, whatever order they were activated in, so that one posture has one hash. */
export const inOrder = (activations: readonly Activation[]): PostureDocument => {
  const key = (one: Activation): string => `${nameOf(one)} ${one.via ?? ''}`;
  return { profiles: [...activations].sort((a, b) => (key(a) < key(b) ? -1 : Number(key(a) > key(b)))) };
};

export const readPosture = (content: unknown): PostureDocument | undefined => safeRead(PostureDocument, content).data;

export const compilePosture = (
  hashOf: string,
  document: PostureDocument,
  profileOf: (hash: string) => ProfileDocument,
): Posture => {
  if (document.profiles.length === 0) return NO_POSTURE;
  const active = document.profiles.map((activation) => ({ activation, profile: profileOf(activation.hash) }));
  const inForce = (holds: (envs: readonly HallEnv[] | undefined) => boolean): readonly ProfileInForce[] =>
    active
      .filter(({ activation }) => holds(activation.envs))
      .map(({ activation, profile }) => ({
        profile,
        hash: activation.hash,
        overrides: new Set(activation.overrides ?? []),
      }));
  const stances = new Map(
    ENVS.map(
      (env) =>
        [
          env,
          buildStance(
            inForce((envs) => envs === undefined || envs.includes(env)),
            env,
          ),
        ] as const,
    ),
  );
  const everywhere = buildStance(
    inForce((envs) => envs === undefined),
    null,
  );
  return {
    hash: hashOf,
    document,
    stanceIn: (env) => (env === null ? everywhere : (stances.get(env) ?? everywhere)),
    everywhere,
  };
};
