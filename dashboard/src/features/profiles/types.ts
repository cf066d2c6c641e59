/** Profiles as the service answers them. */
import type { ProfileDocument } from '../../../../src/core/profile/document.ts';
import type { HallEnv } from '../../../../src/core/vocabulary.ts';

export type { HallEnv };

export const ENVS: readonly HallEnv[] = ['dev', 'stage', 'prod', 'edge'];

export interface ProfileRow {
  readonly profile_id: string;
  readonly version: string;
  readonly title: string;
  readonly source: 'built_in' | 'own';
  readonly framework: string | null;
  readonly active: boolean;
}

export interface ProfileList {
  readonly profiles: readonly ProfileRow[];
}

/** What is left out has its default. */
export type Written = Partial<ProfileDocument> & Pick<ProfileDocument, 'profile_id' | 'version' | 'title'>;

export interface Profile {
  readonly profile_id: string;
  readonly version: string;
  readonly hash: string;
  readonly document: Written;
  readonly active: readonly {
    readonly envs: readonly HallEnv[] | null;
    readonly overrides: readonly string[];
    readonly via: string | null;
  }[];
}

export interface Effective {
  readonly floors: Readonly<Record<string, { readonly on: boolean; readonly profile_id: string | null }>>;
  readonly controls_required: readonly string[];
  readonly signed_manifest_required: boolean;
  readonly blast: { readonly escalate_at: number | null; readonly max_score: number | null };
  readonly data_labels: readonly string[] | null;
}

export interface ActiveProfile {
  readonly profile_id: string;
  readonly version: string;
  readonly envs: readonly HallEnv[] | null;
  readonly via: string | null;
}

export interface Removal {
  readonly profile: string;
  readonly requested_by: { readonly kind: string; readonly id: string };
  readonly expires_at: string;
}

export interface PostureAnswer {
  readonly posture: string | null;
  readonly profiles: readonly ActiveProfile[];
  readonly removals: readonly Removal[];
  readonly effective: Readonly<Record<HallEnv, Effective>>;
}

export interface Change {
  readonly env: HallEnv;
  readonly verdict: 'stopped' | 'held' | 'sometimes';
  readonly deny_code: string | null;
  readonly reason: string;
  readonly mapping: string | null;
}

export interface Preview {
  readonly questions: number;
  readonly complete: boolean;
  /** Each question was asked with the token of a signatory; for so many its lack would be the first thing in the way. */
  readonly signatory: { readonly stopped_without: number; readonly envs: readonly string[] };
  readonly workers: readonly (Change & { readonly worker_id: string })[];
  readonly rules: readonly (Change & { readonly rule_id: string })[];
}
