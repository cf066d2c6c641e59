/** How far it could have reached: the score and where it comes from, the worker's dimensions, the envelope. */
import type { BlastBreakdown, Decision } from '../../api/types.ts';
import { Card, Facts } from '../../ui/table.tsx';

const DIMENSION = 5;
const WHOSE = {
  request: 'the request itself',
  caller: 'the caller’s own score',
  caller_radius: 'the caller’s radius',
  worker: 'the worker’s radius',
} as const;

export const judged = (value: boolean | null): string =>
  value === null ? 'not evaluated' : value ? 'passed' : 'failed';

/** `value` of `of`, as a bar beside its figure. */
const Meter = ({ name, value, of, most }: { name: string; value: number; of: number; most?: boolean }) => (
  <li className="grid grid-cols-[8.5rem_1fr_4.5rem] items-center gap-x-3">
    <span className={most ? 'font-medium' : 'text-soft'}>{name}</span>
    <svg aria-hidden="true" viewBox={`0 0 ${of} 1`} preserveAspectRatio="none" className="h-2 w-full rounded-sm">
      <rect width={of} height={1} className="fill-raised" />
      <rect width={value} height={1} className={most ? 'fill-accent' : 'fill-soft'} />
    </svg>
    <span className="text-right tabular-nums">
      {value} of {of}
    </span>
  </li>
);

const Estimates = ({ breakdown: { request, estimates, score } }: { breakdown: BlastBreakdown }) => (
  <div className="space-y-1">
    <p className="text-xs font-medium text-soft">Whose estimate; the highest counts</p>
    <ul className="space-y-1">
      {(Object.keys(WHOSE) as (keyof typeof WHOSE)[]).map((who) => {
        const value = estimates[who];
        return value === null ? null : (
          <Meter key={who} name={WHOSE[who]} value={value} of={100} most={value >= score} />
        );
      })}
    </ul>
    <p className="text-xs text-soft">
      The request: {request.map(({ of, points }) => `${points} for ${of}`).join(' + ')}.
    </p>
  </div>
);

export const Blast = ({ decision, breakdown }: { decision: Decision; breakdown: BlastBreakdown | null }) => {
  const dimensions = Object.entries(decision.blast_dimensions ?? {});
  return (
    <Card title="Blast radius and trust">
      <div className="space-y-4">
        <Facts
          rows={[
            ['Score', <strong key="score">{decision.blast_score} of 100</strong>],
            ['Gate', judged(decision.blast_gate_passed)],
            ['With its trace', `${decision.blast_chain_sum} of 25`],
            ['Envelope', judged(decision.privilege_envelope_ok)],
            [
              'Attestation',
              decision.worker_attestation_checked ? judged(decision.worker_attestation_valid) : 'not demanded',
            ],
          ]}
        />
        {breakdown !== null && <Estimates breakdown={breakdown} />}
        {dimensions.length > 0 && (
          <div className="space-y-1">
            <p className="text-xs font-medium text-soft">The worker’s dimensions</p>
            <ul className="space-y-1">
              {dimensions.map(([name, value]) => (
                <Meter key={name} name={name} value={value} of={DIMENSION} />
              ))}
            </ul>
          </div>
        )}
      </div>
    </Card>
  );
};
