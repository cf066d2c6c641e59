/** What decisions count as: who denied is told apart from what failed closed, which is nobody's no (WCP 3.6). */
import type { RouteDecision } from './decision.ts';

export interface Tally {
  dispatched: number;
  held: number;
  denied: number;
  failed_closed: number;
}

export const noTally = (): Tally => ({ dispatched: 0, held: 0, denied: 0, failed_closed: 0 });

export const headingOf = ({ outcome, deny_class }: RouteDecision): keyof Tally => {
  if (outcome === 'DISPATCH') return 'dispatched';
  if (outcome === 'STEWARD_HOLD') return 'held';
  return deny_class === 'fault' ? 'failed_closed' : 'denied';
};
