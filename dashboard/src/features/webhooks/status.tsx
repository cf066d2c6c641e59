import { Badge } from '../../ui/verdict.tsx';
import type { Delivery, Try, Webhook } from './queries.ts';

const WEBHOOK = { active: ['allow', 'Active'], failing: ['deny', 'Failing'], disabled: ['plain', 'Off'] } as const;
const DELIVERY = {
  delivered: ['allow', 'Delivered'],
  pending: ['hold', 'Under way'],
  failed: ['deny', 'Given up'],
} as const;

export const WebhookStatus = ({ status }: Pick<Webhook, 'status'>) => {
  const [tone, text] = WEBHOOK[status];
  return <Badge tone={tone}>{text}</Badge>;
};

export const DeliveryStatus = ({ status }: Pick<Delivery, 'status'>) => {
  const [tone, text] = DELIVERY[status];
  return <Badge tone={tone}>{text}</Badge>;
};

/** What came back, or why nothing did. */
export const outcomeOf = ({ status, fault }: Try): string =>
  status === null ? (fault ?? 'no answer').replaceAll('_', ' ') : String(status);
