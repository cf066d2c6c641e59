/**
 * What webhooks tell of. Every event is an entry of the ledger, seen by somebody who waits for it: what is not recorded
 * is not told, and what is recorded can be told again. What happens to a tenant from outside (a ban of the network, the
 * operator's word) is an entry for that reason. A ledger that is frozen records nothing, so it tells nothing either.
 */
import type { Entry } from '../ledger/entry.ts';

export const EVENT_TYPES = [
  'approval.requested',
  'approval.voted',
  'approval.escalated',
  'approval.resolved',
  'approval.expired',
  'approval.answer_refused',
  'decision.denied',
  'dispatch.failed',
  'dispatch.outcome_missing',
  'job.dead_lettered',
  'worker.enrolled',
  'worker.retired',
  'worker.revoked',
  'worker.quarantined',
  'ban.issued',
  'ban.lifted',
  'ban.arrived',
  'ban.withdrawn',
  'namespace.granted',
  'namespace.withdrawn',
  'key.created',
  'key.leaked',
  'passkey.registered',
  'passkey.revoked',
  'policy.published',
  'policy.rolled_back',
  'rules.published',
  'profile.activated',
  'profile.deactivated',
  'profile.removal_requested',
  'catalog.adopted',
  'settings.changed',
  'standing.changed',
  'limit.changed',
  'hall.offline',
  'hall.online',
  'webhook.failing',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** An event that nobody subscribes to: it goes to the one endpoint that is being tried. */
export const TEST_EVENT = 'webhook.test';
export const TEST_ENTRY = 'hall.webhook.tested';
export type AnyEvent = EventType | typeof TEST_EVENT;

const EVENT_OF: ReadonlyMap<string, AnyEvent> = new Map<string, AnyEvent>([
  ['wcp.approval.requested', 'approval.requested'],
  ['cap.approval_requested', 'approval.requested'],
  ['wcp.approval.voted', 'approval.voted'],
  ['wcp.approval.escalated', 'approval.escalated'],
  ['wcp.approval.approved', 'approval.resolved'],
  ['wcp.approval.rejected', 'approval.resolved'],
  ['wcp.approval.invalidated', 'approval.resolved'],
  ['cap.approval_resolved', 'approval.resolved'],
  ['wcp.approval.expired', 'approval.expired'],
  ['wcp.approval.refused', 'approval.answer_refused'],
  ['wcp.dispatch.failed', 'dispatch.failed'],
  ['wcp.dispatch.outcome_missing', 'dispatch.outcome_missing'],
  ['cap.dead_lettered', 'job.dead_lettered'],
  ['wcp.worker.enrolled', 'worker.enrolled'],
  ['wcp.worker.retired', 'worker.retired'],
  ['wcp.worker.revoked', 'worker.revoked'],
  ['wcp.attestation.mismatch', 'worker.quarantined'],
  ['hall.ban.issued', 'ban.issued'],
  ['hall.ban.imported', 'ban.issued'],
  ['hall.ban.lifted', 'ban.lifted'],
  ['wcp.ban.arrived', 'ban.arrived'],
  ['wcp.ban.withdrawn', 'ban.withdrawn'],
  ['hall.namespace.granted', 'namespace.granted'],
  ['hall.namespace.withdrawn', 'namespace.withdrawn'],
  ['hall.key.created', 'key.created'],
  ['hall.key.leaked', 'key.leaked'],
  ['hall.passkey.registered', 'passkey.registered'],
  ['hall.passkey.revoked', 'passkey.revoked'],
  ['hall.policy.published', 'policy.published'],
  ['cap.policy_published', 'policy.published'],
  ['hall.policy.rolled_back', 'policy.rolled_back'],
  ['cap.policy_rolled_back', 'policy.rolled_back'],
  ['hall.rules.published', 'rules.published'],
  ['hall.profile.activated', 'profile.activated'],
  ['hall.profile.deactivated', 'profile.deactivated'],
  ['hall.profile.removal_requested', 'profile.removal_requested'],
  ['hall.catalog.adopted', 'catalog.adopted'],
  ['hall.settings.changed', 'settings.changed'],
  ['hall.standing.changed', 'standing.changed'],
  ['hall.tenant.limited', 'limit.changed'],
  ['hall.offline', 'hall.offline'],
  ['hall.online', 'hall.online'],
  ['hall.webhook.failing', 'webhook.failing'],
  [TEST_ENTRY, TEST_EVENT],
]);

/** Null: nobody is told of it. A dry run has no event: nothing came of it. */
export const eventOf = ({ type, stream, body }: Pick<Entry, 'type' | 'stream' | 'body'>): AnyEvent | null => {
  if (type === 'wcp.decision') return stream === 'wcp' && body.outcome === 'DENY' ? 'decision.denied' : null;
  if (type === 'cap.approval_resolved' && body.state === 'expired') return 'approval.expired';
  return EVENT_OF.get(type) ?? null;
};
