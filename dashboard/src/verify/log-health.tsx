/** The log as this browser judges it: its last checkpoint opened here, and proved to continue what was seen before. */
import { useQuery } from '@tanstack/react-query';
import { getText } from '../api/http.ts';
import { Button } from '../ui/button.tsx';
import { Loaded } from '../ui/states.tsx';
import { Card, Facts } from '../ui/table.tsx';
import { Time } from '../ui/time.tsx';
import { Badge } from '../ui/verdict.tsx';
import { trustedKeys } from './keys.ts';
import type { LogVerdict } from './log.ts';

const RENEW_MS = 10_000;

/** The verifier is loaded once the screen is there. */
const judge = async (): Promise<LogVerdict> => {
  const [{ watchLog }, note, jwks] = await Promise.all([
    import('./log.ts'),
    getText('/v1/ledger/checkpoint'),
    trustedKeys(),
  ]);
  return watchLog(note, jwks);
};

const Verdict = ({ verdict: { ok, told, checkpoint }, onForget }: { verdict: LogVerdict; onForget: () => void }) => (
  <div className="space-y-3">
    <p>
      <Badge tone={ok ? 'allow' : 'deny'}>{ok ? 'verified in this browser' : 'does not hold'}</Badge>{' '}
      <span className={ok ? 'text-soft' : 'font-medium text-deny'}>{told}</span>
    </p>
    {checkpoint !== null && (
      <Facts
        rows={[
          ['Entries covered', checkpoint.size.toLocaleString()],
          [
            'Witnessed',
            <Time key="at" at={Math.max(...checkpoint.cosigned.map(({ timestamp }) => timestamp)) * 1000} />,
          ],
          [
            'By',
            <span key="by" className="wrap-anywhere">
              {checkpoint.cosigned.map(({ name }) => name).join(', ')}
            </span>,
          ],
        ]}
      />
    )}
    {!ok && checkpoint !== null && (
      <p className="text-soft">
        Tell the operator, and keep this browser as it is: it is evidence. Where the service was begun anew on purpose:{' '}
        <Button onClick={onForget}>Forget what was seen</Button>
      </p>
    )}
  </div>
);

export const LogHealth = ({ title }: { title: string }) => {
  const query = useQuery<LogVerdict, Error>({
    queryKey: ['log', 'watched'],
    queryFn: judge,
    refetchInterval: RENEW_MS,
  });
  const startAnew = async (): Promise<void> => {
    const { forget } = await import('./log.ts');
    if (query.data?.checkpoint) forget(query.data.checkpoint.origin);
    await query.refetch();
  };
  return (
    <Card title={title}>
      <Loaded query={query} what="the last checkpoint">
        {(verdict) => <Verdict verdict={verdict} onForget={() => void startAnew()} />}
      </Loaded>
    </Card>
  );
};
