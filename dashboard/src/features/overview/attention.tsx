/** What somebody should look at: alerts, and keys that end soon. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ApiKey } from '../../api/types.ts';
import { useMay } from '../../session/session.ts';
import { Loaded } from '../../ui/states.tsx';
import { Card } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge, type Tone } from '../../ui/verdict.tsx';
import { alertsQuery, keysQuery } from './queries.ts';

const SOON_MS = 14 * 86_400_000;
const MOST_ALERTS = 6;

/** Active keys that end within two weeks, soonest first. */
export const endingSoon = (keys: readonly ApiKey[], now: number): readonly ApiKey[] =>
  keys
    .filter(
      ({ status, expires_at }) => status === 'active' && expires_at !== null && Date.parse(expires_at) < now + SOON_MS,
    )
    .sort((a, b) => Date.parse(a.expires_at ?? '') - Date.parse(b.expires_at ?? ''));

const Item = ({ tone, kind, at, children }: { tone: Tone; kind: string; at: string | null; children: ReactNode }) => (
  <li className="grid grid-cols-[5rem_1fr] items-baseline gap-x-3">
    <span>
      <Badge tone={tone}>{kind}</Badge>
    </span>
    <div className="flex min-w-0 flex-wrap items-baseline justify-between gap-x-3">
      <span className="min-w-0 break-words">{children}</span>
      <span className="text-xs text-soft">
        <Time at={at} />
      </span>
    </div>
  </li>
);

export const Attention = () => {
  const alerts = useQuery(alertsQuery);
  // Whoever may not see keys is not told of them.
  const mayAdminister = useMay('hall:admin');
  const keys = endingSoon(useQuery({ ...keysQuery, enabled: mayAdminister }).data?.keys ?? [], Date.now());
  return (
    <Card title="Needs attention">
      <Loaded query={alerts} what="alerts">
        {({ alerts: list }) =>
          list.length + keys.length === 0 ? (
            <p className="text-soft">Nothing: no alert, and no key ends within two weeks.</p>
          ) : (
            <ul className="space-y-2">
              {keys.map(({ key_id, name, expires_at }) => (
                <Item key={key_id} tone="hold" kind="key ends" at={expires_at}>
                  <Link to="/app/keys" className="underline">
                    {name}
                  </Link>
                </Item>
              ))}
              {list.slice(0, MOST_ALERTS).map(({ alert_id, level, code, message, worker_id, created_at }) => (
                <Item key={alert_id} tone={level === 'sev1' ? 'deny' : 'hold'} kind={level} at={created_at}>
                  {message} <code className="wrap-anywhere text-soft">{worker_id ?? code}</code>
                </Item>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
};
