/** What would change a decision: what stopped it, the smallest change that takes it away, and what comes behind it. */
import type { Turn } from '../../api/types.ts';
import { Card } from '../../ui/table.tsx';
import { Badge } from '../../ui/verdict.tsx';

const wordOf = (outcome: string, code: string | null): string =>
  outcome === 'DISPATCH' ? 'dispatched' : outcome === 'STEWARD_HOLD' ? 'held for a person' : (code ?? 'denied');

const End = ({ last }: { last: Turn }) => (
  <p className="flex flex-wrap items-baseline gap-2">
    {last.after?.outcome === 'DISPATCH' ? (
      <>
        <Badge tone="allow">Dispatched</Badge>
        <span className="text-soft">is what would follow, with all else as it was.</span>
      </>
    ) : (
      <>
        <Badge tone="plain">Not known</Badge>
        <span className="text-soft">What was recorded does not say what would follow.</span>
      </>
    )}
  </p>
);

export const Turns = ({ turns }: { turns: readonly Turn[] }) => {
  const last = turns.at(-1);
  return last === undefined ? null : (
    <Card title="What would change it">
      <div className="space-y-3">
        <ol className="space-y-3">
          {turns.map(({ outcome, deny_code, fact, change }, index) => (
            <li key={`${deny_code ?? outcome} ${fact}`} className="grid grid-cols-[1.5rem_1fr] gap-x-2">
              <span aria-hidden="true" className="text-right tabular-nums text-soft">
                {index + 1}.
              </span>
              <div className="min-w-0 break-words">
                <p>
                  {fact} <code className="text-xs text-soft">{wordOf(outcome, deny_code)}</code>
                </p>
                <p>
                  <span className="text-soft">{index === 0 ? 'Unless' : 'And unless'}</span>{' '}
                  <span className="font-medium">{change}</span>
                </p>
              </div>
            </li>
          ))}
        </ol>
        <End last={last} />
        <p className="text-xs text-soft">
          Decided again from what was recorded, with that one thing otherwise. Workers that nobody had to look at are
          not in it.
        </p>
      </div>
    </Card>
  );
};
