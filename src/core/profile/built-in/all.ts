/** Every profile that comes with a Hall: by id and version, with the hash of its canonical JSON. */
import { canonicalJson } from '../../canonical.ts';
import { sha256Hex } from '../../hash.ts';
import type { KnownProfile } from '../activation.ts';
import { type ProfileContent, ProfileDocument } from '../document.ts';
import { EU_AI_ACT } from './eu-ai-act.ts';
import { FEDRAMP } from './fedramp.ts';
import { ISO_42001 } from './iso-42001.ts';
import { NAMED } from './named.ts';
import { NIST_AI_RMF } from './nist-ai-rmf.ts';
import { SOC2 } from './soc2.ts';
import { TAXONOMY } from './taxonomy.ts';

const known = (content: ProfileContent): KnownProfile => {
  const text = canonicalJson(content);
  return { hash: sha256Hex(text), text, profile: ProfileDocument.parse(content) };
};

export const BUILT_IN: readonly KnownProfile[] = [
  ...[...NAMED, ...TAXONOMY, FEDRAMP, SOC2, EU_AI_ACT, ISO_42001, NIST_AI_RMF].map(known),
].sort((a, b) => (a.profile.profile_id < b.profile.profile_id ? -1 : 1));

const byId: ReadonlyMap<string, KnownProfile> = new Map(BUILT_IN.map((one) => [one.profile.profile_id, one]));

/** `version` null: the one there is. */
export const builtIn = (profileId: string, version: string | null): KnownProfile | null => {
  const found = byId.get(profileId);
  return found !== undefined && (version === null || found.profile.version === version) ? found : null;
};
