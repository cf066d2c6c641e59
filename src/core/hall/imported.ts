/**
 * A decision that was made elsewhere and is only reported here (WCP 5.2 `/decisions/ingest`): the members that the list
 * of decisions shows, each of them optional. It is recorded as reported, and proves nothing but that.
 */
import { z } from 'zod';
import { clean, isoTime } from './text.ts';

const text = z.string().max(256).transform(clean).nullish();
const NOT_A_TIME = 'expected an RFC 3339 time';

export const ImportedDecision = z
  .looseObject({
    decision_id: z.string().min(1).max(128).transform(clean).nullish(),
    decided_at: z
      .string()
      .max(64)
      .refine((time) => Number.isFinite(Date.parse(time)), { error: NOT_A_TIME })
      .nullish(),
    capability_id: text,
    tenant_id: text,
    env: text,
    denied: z.union([z.boolean(), z.literal([0, 1])]).nullish(),
    deny_reason: z
      .union([z.string().max(1_024), z.looseObject({ code: z.string().max(1_024) })])
      .nullish()
      .meta({ description: 'a code, or the object that a decision gives as its reason' }),
    selected_worker: text,
    blast_score: z.number().min(0).max(100).nullish(),
    artifact_hash: z.string().max(128).transform(clean).nullish(),
  })
  .meta({ id: 'ImportedDecision' });

export type ImportedDecision = z.output<typeof ImportedDecision>;

/** As it is recorded and listed; `decided_at` null where nothing was said of it. */
export interface ImportedFacts {
  readonly decision_id: string | null;
  readonly decided_at: string | null;
  readonly capability_id: string | null;
  readonly tenant_id: string | null;
  readonly env: string | null;
  readonly denied: boolean;
  readonly deny_reason: string | null;
  readonly selected_worker: string | null;
  readonly blast_score: number | null;
  readonly artifact_hash: string | null;
}

export function importedFacts(sent: ImportedDecision): ImportedFacts {
  const { decision_id, decided_at, denied, deny_reason, blast_score } = sent;
  const reason = typeof deny_reason === 'string' ? deny_reason : (deny_reason?.code ?? null);
  return {
    decision_id: decision_id ? decision_id : null,
    decided_at: decided_at ? isoTime(Date.parse(decided_at) * 1000) : null,
    capability_id: sent.capability_id ?? null,
    tenant_id: sent.tenant_id ?? null,
    env: sent.env ?? null,
    denied: denied === true || denied === 1,
    deny_reason: reason === null ? null : clean(reason),
    selected_worker: sent.selected_worker ?? null,
    blast_score: typeof blast_score === 'number' ? Math.floor(blast_score) : null,
    artifact_hash: sent.artifact_hash ?? null,
  };
}
