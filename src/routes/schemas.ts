/** Request and reply schemas that several routes share. */
import { z } from 'zod';
import { JURISDICTIONS } from '../core/ids.ts';

/** `limit` and `cursor` of every list. */
export const ListQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50).meta({ description: 'at most so many' }),
  cursor: z.string().max(300).optional().meta({ description: '`next_cursor` of the page before' }),
});

/** A yes or no in a query. */
export const flag = z.enum(['0', '1', 'true', 'false']).optional();
export const isOn = (value: string | undefined): boolean => value === '1' || value === 'true';

export const WorkerList = z
  .looseObject({
    workers: z.array(z.looseObject({ worker_id: z.string() })),
    count: z.int(),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'WorkerList' });

const SHORT = z.string().max(1_024);

export const StartReport = z
  .strictObject({
    grant: z.string().min(1).max(8_192),
    code_hash: z.string().min(1).max(256).optional(),
    hash_method: z.enum(['file', 'module', 'container', 'manifest']).optional(),
  })
  .meta({ id: 'DispatchStart' });

const GenAi = z.strictObject({
  'gen_ai.request.model': SHORT.optional(),
  'gen_ai.usage.input_tokens': z.int().min(0).optional(),
  'gen_ai.usage.output_tokens': z.int().min(0).optional(),
  'gen_ai.tool.name': SHORT.optional(),
});

/** No payloads: a result is named by hash and pointer. */
export const CompletedReport = z
  .strictObject({
    grant: z.string().max(8_192).optional(),
    result_hash: z
      .string()
      .regex(/^(?:sha256:)?[0-9a-fA-F]{64}$/, 'expected a SHA-256 in hex')
      .optional(),
    result_ptr: SHORT.optional(),
    gen_ai: GenAi.optional(),
  })
  .meta({ id: 'DispatchCompleted' });

export const FailedReport = z
  .strictObject({
    grant: z.string().max(8_192).optional(),
    error_code: z.string().min(1).max(128),
    message: SHORT.optional(),
    retryable: z.boolean().optional(),
  })
  .meta({ id: 'DispatchFailed' });

export const EvidenceReceipt = z
  .looseObject({
    receipt_id: z.string(),
    receipt_hash: z.string(),
    signature: z.string(),
    signing_key_id: z.string(),
    entry: z.looseObject({}),
  })
  .meta({ id: 'EvidenceReceipt', description: '`entry` is the exact object to verify.' });

export const OutcomeReply = z
  .looseObject({ decision_id: z.string(), evidence_receipt: EvidenceReceipt })
  .meta({ id: 'DispatchReply' });

/** What a change answers: its own members and the receipt of its entry; null when nothing changed. */
export const ChangeReply = z.looseObject({ evidence_receipt: EvidenceReceipt.nullable() }).meta({ id: 'ChangeReply' });

export const TenantName = z
  .string()
  .min(3)
  .max(40)
  .meta({ examples: ['acme'] });

export const Place = z
  .enum(JURISDICTIONS)
  .meta({ description: 'where its object lives and stays; the id then begins with it, as in `eu--acme`' });

export const Ending = z.strictObject({ reason: z.string().min(1).max(1_000) }).meta({ id: 'TenantEnd' });
export const Ended = ChangeReply.extend({ tenant: z.string(), archive: z.string(), bytes: z.int() });

export const Done = z.strictObject({ ok: z.literal(true) });
/** Of a link in a mail. */
export const MailToken = z.strictObject({ token: z.string().min(1).max(2_048) }).meta({ id: 'MailToken' });

export const Email = z.email().max(254);
export const NewPassword = z.string().min(12).max(128).meta({ description: 'at least 12 characters' });
export const Person = z.strictObject({ email: Email, password: NewPassword, name: z.string().min(1).max(200) });

export const SessionShown = z
  .object({
    user: z.object({ user_id: z.string(), email: z.string(), name: z.string() }),
    tenants: z.array(z.object({ tenant: z.string(), role: z.string(), permissions: z.array(z.string()) })),
  })
  .meta({ id: 'Session' });
