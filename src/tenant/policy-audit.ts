/** Who changed which policy (CAP 4.4), read from the ledger itself, newest first. */
import type { JsonObject, JsonValue } from '../core/json.ts';
import type { Ledger } from '../ledger/commit.ts';
import { walkBack } from '../ledger/entries.ts';
import type { TenantMemo } from './plan.ts';

export interface AuditFilter {
  readonly action?: string | undefined;
  /** RFC 3339. */
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly search?: string | undefined;
  readonly rule_id?: string | undefined;
}

const ACTIONS: Readonly<Record<string, string>> = {
  'cap.bundle_saved': 'saved',
  'cap.policy_published': 'published',
  'cap.policy_rolled_back': 'rolled_back',
  'hall.policy.published': 'published',
  'hall.policy.rolled_back': 'rolled_back',
  'hall.policy.snapshot': 'snapshot',
  'hall.policy.shadow': 'shadow',
};

/** What the text of such an entry holds, so that the others need no parsing. */
const CHANGES = Object.keys(ACTIONS).map((type) => `"type":"${type}"`);

/** Entries one page may look at. */
const PAGE_SCAN = 20_000;

/** `snapshotOf`: what a policy is called, whose content has this hash. */
type SnapshotOf = (contentHash: string) => string | null;

const itemOf = (entry: JsonObject, snapshotOf: SnapshotOf): JsonObject | null => {
  const action = ACTIONS[String(entry.type)];
  if (action === undefined) return null;
  const body = entry.body as JsonObject;
  const actor = entry.actor as JsonObject;
  // A policy that was published whole is named by its content.
  const isOfPolicy = String(entry.type).startsWith('hall.policy.') && action !== 'shadow';
  const named = (hash: JsonValue | undefined): string | null => (typeof hash === 'string' ? snapshotOf(hash) : null);
  const ids = body.published ?? body.bundle_ids ?? (body.bundle_id === undefined ? ['main'] : [body.bundle_id]);
  return {
    id: String(entry.seq),
    action: body.deleted === true ? (action === 'shadow' ? 'shadow_ended' : 'deleted') : action,
    actor_id: actor.id ?? null,
    role: actor.role ?? actor.kind ?? null,
    bundle_ids: ids,
    message: body.message ?? '',
    snapshot_before: body.snapshot_before ?? (isOfPolicy ? named(body.before) : null),
    snapshot_after: body.snapshot_after ?? (isOfPolicy ? named(body.after ?? body.hash) : null),
    created_at: new Date(Math.floor(Number(entry.ts) / 1000)).toISOString(),
    receipt_id: entry.receipt_id ?? null,
  };
};

export const policyAudit = (
  ledger: Ledger<TenantMemo>,
  filter: AuditFilter,
  bundlesWithRule: (ruleId: string) => readonly string[],
  snapshotOf: SnapshotOf,
  before: number | null,
  limit: number,
): JsonObject => {
  const items: JsonObject[] = [];
  const bundles = filter.rule_id === undefined ? null : bundlesWithRule(filter.rule_id);
  const passes = (item: JsonObject): boolean => {
    const at = Date.parse(String(item.created_at));
    if (filter.action !== undefined && item.action !== filter.action) return false;
    if (filter.after !== undefined && !(at > Date.parse(filter.after))) return false;
    if (filter.before !== undefined && !(at < Date.parse(filter.before))) return false;
    if (filter.search !== undefined && !JSON.stringify(item).toLowerCase().includes(filter.search.toLowerCase()))
      return false;
    return bundles === null || (item.bundle_ids as readonly JsonValue[]).some((id) => bundles.includes(String(id)));
  };
  const stoppedAt = walkBack(ledger.sql, before ?? ledger.log.head.size + 1, PAGE_SCAN, (text) => {
    if (!CHANGES.some((type) => text.includes(type))) return 'more';
    const item = itemOf(JSON.parse(text) as JsonObject, snapshotOf);
    if (item === null || !passes(item)) return 'more';
    items.push(item);
    return items.length === limit ? 'stop' : 'more';
  });
  const more = stoppedAt > 1;
  return { items, total: items.length, has_more: more, next_cursor: more ? String(stoppedAt) : null };
};
