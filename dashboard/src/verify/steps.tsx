import { Badge } from '../ui/verdict.tsx';
import type { Verdict } from './receipt.ts';

export const Steps = ({ verdict }: { verdict: Verdict }) => (
  <div
    role="status"
    className={`rounded-md border p-3 ${verdict.ok ? 'border-allow/40 bg-allow-wash' : 'border-deny/40 bg-deny-wash'}`}
  >
    <p className={`font-semibold ${verdict.ok ? 'text-allow' : 'text-deny'}`}>
      {verdict.ok ? 'It holds, as computed in this browser.' : 'It does not hold.'}
    </p>
    <ol className="mt-2 space-y-2">
      {verdict.steps.map(({ what, ok, detail }) => (
        <li key={what}>
          <Badge tone={ok ? 'allow' : 'deny'}>{what}</Badge>
          <p className="mt-0.5 wrap-anywhere text-xs">{detail}</p>
        </li>
      ))}
    </ol>
  </div>
);
