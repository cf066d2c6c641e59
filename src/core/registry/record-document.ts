/**
 * An enrolment record as it is sent (WCP 4.5). Members the schema does not know are kept: they are part of the hash.
 * INVARIANT: a word in a list of environments or labels that no request can carry permits nothing, so it is let pass.
 */
import { z } from 'zod';
import { CATALOG_VERSION_PATTERN } from './catalog/version.ts';
import { Dimension } from './terms.ts';

const id = z.string().min(1).max(256);
const ids = z.array(id).max(1_000);
const texts = z.array(z.string().min(1).max(1_024)).max(1_000);
const words = z.array(z.string().max(64)).max(64);

export const RISK_TIERS = ['low', 'medium', 'high', 'critical', 'unknown'] as const;
export const IDEMPOTENCY = ['full', 'partial', 'none'] as const;

const DETERMINISM = {
  deterministic: 'deterministic',
  captured: 'captured',
  'captured-deterministic': 'captured',
  captured_deterministic: 'captured',
  nondeterministic: 'nondeterministic',
  'non-deterministic': 'nondeterministic',
  non_deterministic: 'nondeterministic',
} as const;
const REVERSIBILITY = {
  reversible: 0,
  'partially-reversible': 2,
  partially_reversible: 2,
  irreversible: 5,
} as const;

const keysOf = <K extends string>(table: Readonly<Record<K, unknown>>): K[] => Object.keys(table) as K[];

/** All five; each 0 to 5, reversibility also as a word (WCP 3.2). */
export const BlastRadius = z.strictObject({
  data: Dimension,
  network: Dimension,
  financial: Dimension,
  time: Dimension,
  reversibility: z.union([Dimension, z.enum(keysOf(REVERSIBILITY)).transform((word) => REVERSIBILITY[word])]),
});

/** Both published shapes: `network_egress` as a word, a host or hosts, and `egress.allowlist[]`. */
export type EnvelopeDocument = z.output<typeof EnvelopeDocument>;
export const EnvelopeDocument = z.looseObject({
  secrets_access: texts.default([]),
  network_egress: z.union([z.string().max(1_024), texts]).default('none'),
  filesystem_writes: texts.default([]),
  tools: texts.default([]),
  egress: z.looseObject({ allowlist: texts.default([]) }).optional(),
});

export const AttestationDocument = z.looseObject({
  code_hash: z.string().max(256).nullish(),
  hash_method: z.string().max(64).nullish(),
  attested_at: z.string().max(64).nullish(),
  attested_by: z.string().max(256).nullish(),
});

export const WorkerRecordDocument = z
  .looseObject({
    worker_id: z.string().max(256),
    worker_species_id: id,
    capabilities: ids.min(1),
    artifact_hash: z.string().max(256).nullish(),
    risk_tier: z.enum(RISK_TIERS).default('unknown'),
    idempotency: z.enum(IDEMPOTENCY).optional(),
    determinism: z
      .enum(keysOf(DETERMINISM))
      .transform((word) => DETERMINISM[word])
      .optional(),
    required_controls: ids.default([]),
    currently_implements: ids.default([]),
    allowed_environments: words.optional(),
    allowed_data_labels: words.optional(),
    privilege_envelope: EnvelopeDocument.nullish(),
    blast_radius: BlastRadius.nullish(),
    owner: z.string().max(256).nullish(),
    contact: z.string().max(1_024).nullish(),
    catalog_version_min: z.string().regex(CATALOG_VERSION_PATTERN, 'expected a version such as 1.0.0').nullish(),
    attestation: AttestationDocument.nullish(),
  })
  .meta({ id: 'WorkerRecord' });
export type WorkerRecordDocument = z.output<typeof WorkerRecordDocument>;

/** The other names under which published records carry a member. */
export const ALIASES: Readonly<Record<string, readonly string[]>> = {
  worker_species_id: ['species_id'],
  capabilities: ['handles_capabilities', 'serves_capabilities'],
};
