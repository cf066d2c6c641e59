/** What is left to set up, as things are. It goes when nothing is left, or when it is sent away in this browser. */
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useMay, useSession } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/table.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { healthQuery, keysQuery, latestQuery, membersQuery, webhooksQuery, workersQuery } from './queries.ts';

interface Step {
  readonly what: string;
  readonly why: string;
  readonly to: string;
  /** Null: not known, or not for this caller to see. */
  readonly isDone: boolean | null;
}

const judged = <T,>({ data }: UseQueryResult<T, Error>, isDone: (data: T) => boolean): boolean | null =>
  data === undefined ? null : isDone(data);

const useSteps = (): readonly Step[] => {
  const health = useQuery(healthQuery);
  const steps: readonly Step[] = [
    {
      what: 'Make an API key',
      why: 'your agents ask with one',
      to: '/app/keys',
      isDone: judged(useQuery(keysQuery), ({ keys }) => keys.some(({ status }) => status === 'active')),
    },
    {
      what: 'Enrol a worker',
      why: 'only enrolled workers are dispatched',
      to: '/app/workers',
      isDone: judged(useQuery(workersQuery), ({ count }) => count > 0),
    },
    {
      what: 'Publish routing rules',
      why: 'without one nothing matches, and all is denied',
      to: '/app/rules',
      isDone: judged(health, ({ rule_set_version }) => rule_set_version !== null),
    },
    {
      what: 'Publish a policy',
      why: 'rules that ask for a policy deny without one',
      to: '/app/policies',
      isDone: judged(health, ({ policy_version }) => policy_version !== null),
    },
    {
      what: 'Ask for a first decision',
      why: 'POST /wcp/route with the key',
      to: '/docs',
      isDone: judged(useQuery(latestQuery), ({ decisions }) => decisions.length > 0),
    },
    {
      what: 'Invite a second person',
      why: 'nobody approves what they asked for themselves',
      to: '/app/members',
      isDone: judged(useQuery(membersQuery), ({ count }) => count > 1),
    },
    {
      what: 'Add a webhook',
      why: 'so that people hear of what waits for them',
      to: '/app/webhooks',
      isDone: judged(useQuery(webhooksQuery), ({ webhooks }) => webhooks.length > 0),
    },
  ];
  return steps.filter(({ isDone }) => isDone !== null);
};

const LINK = 'font-medium underline';

/** For whoever can do these things. */
export const SetUp = () => useMay('hall:admin') && <Steps />;

const Steps = () => {
  const hidden = `guildhall.setup.${useSession()?.tenant ?? ''}`;
  const [isHidden, setIsHidden] = useState(() => localStorage.getItem(hidden) !== null);
  const steps = useSteps();
  const done = steps.filter(({ isDone }) => isDone).length;
  if (isHidden || done === steps.length) return null;
  const hide = (): void => {
    localStorage.setItem(hidden, 'hidden');
    setIsHidden(true);
  };
  return (
    <Card
      title={`Set up: ${done} of ${steps.length} done`}
      action={
        <Button kind="quiet" onClick={hide}>
          Hide
        </Button>
      }
    >
      <ol className="grid gap-x-6 gap-y-2 lg:grid-cols-2">
        {steps.map(({ what, why, to, isDone }) => (
          <li key={what} className="flex items-baseline gap-2">
            <Badge tone={isDone ? 'allow' : 'hold'}>{isDone ? 'done' : 'open'}</Badge>
            <p className="min-w-0">
              {isDone ? (
                <span className="text-soft">{what}</span>
              ) : to === '/docs' ? (
                <a href={to} className={LINK}>
                  {what}
                </a>
              ) : (
                <Link to={to} className={LINK}>
                  {what}
                </Link>
              )}
              {!isDone && <span className="text-soft"> · {why}</span>}
            </p>
          </li>
        ))}
      </ol>
    </Card>
  );
};
