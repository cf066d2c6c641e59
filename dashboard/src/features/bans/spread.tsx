/** How far a ban of the network has come: committed, known in every Hall, effective. Read out as it changes. */
import type { ReactNode } from 'react';
import type { NetworkBan } from '../../api/types.ts';
import { Time } from '../../ui/time.tsx';

const halls = (count: number): string => (count === 1 ? '1 Hall' : `${count} Halls`);
const leases = (count: number): string => (count === 1 ? '1 lease' : `${count} leases`);

const Step = ({ done, children }: { done: boolean; children: ReactNode }) => (
  <li className={`flex gap-2 ${done ? '' : 'text-soft'}`}>
    <span aria-hidden="true">{done ? '✓' : '…'}</span>
    <span>{children}</span>
  </li>
);

export const Spread = ({ ban }: { ban: NetworkBan }) => {
  const isEffective = ban.effective_at !== null;
  return (
    <div role="status" className="rounded-lg border border-line bg-surface p-4">
      <ol aria-label="How far it has spread" className="space-y-1">
        <Step done>
          Committed as epoch {ban.epoch} of the network’s ledger, <Time at={ban.issued_at} />
        </Step>
        <Step done={isEffective}>
          {isEffective
            ? `${halls(ban.acknowledged ?? 0)} said that it is known there; ${leases(ban.expired ?? 0)} ran out first`
            : ban.waiting === 0
              ? 'Every Hall knows it; the witness is shown the entry'
              : `${halls(ban.waiting)} may still dispatch without knowing it; leases run out within seconds`}
        </Step>
        <Step done={isEffective}>
          {isEffective ? (
            <>
              Effective since <Time at={ban.effective_at} />: from then on no Hall dispatches it
            </>
          ) : (
            'Effective when none is left'
          )}
        </Step>
      </ol>
    </div>
  );
};
