/** What every decision asks for: the Hall's own switches, and beside each what a profile switches on in its place. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Settings } from '../../../../src/core/hall/settings.ts';
import { SETTING_FLOORS, type SettingFloor } from '../../../../src/core/profile/floors.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Failed } from '../../ui/states.tsx';
import { Card } from '../../ui/table.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { postureNow } from '../profiles/queries.ts';
import { ENVS, type PostureAnswer } from '../profiles/types.ts';
import { DEMAND_WORDS } from '../profiles/words.ts';
import { useChange } from './change.ts';

type Switch = SettingFloor | 'policy_second_person';

const SWITCHES: readonly (readonly [name: Switch, words: string])[] = [
  ...SETTING_FLOORS.map((name) => [name, DEMAND_WORDS[name]] as const),
  ['policy_second_person', 'Whoever saved a policy does not publish it'],
];

/** Where a profile switches it on, whatever is set here: profile → environments. */
const byProfile = (posture: PostureAnswer | undefined, name: string): readonly (readonly [string, string[]])[] => {
  const found = new Map<string, string[]>();
  for (const env of ENVS) {
    const floor = posture?.effective[env].floors[name];
    if (floor?.on !== true || floor.profile_id === null) continue;
    found.set(floor.profile_id, [...(found.get(floor.profile_id) ?? []), env]);
  }
  return [...found];
};

const Demanded = ({ by }: { by: readonly (readonly [string, string[]])[] }) => (
  <span className="block text-xs">
    {by.map(([profileId, envs]) => (
      <span key={profileId} className="mr-2">
        <Badge tone="allow">on</Badge> in {envs.length === ENVS.length ? 'every environment' : envs.join(', ')} by{' '}
        <Link to="/app/profiles/$profileId" params={{ profileId }} className="underline">
          {profileId}
        </Link>
      </span>
    ))}
  </span>
);

export const Floors = ({ settings }: { settings: Settings }) => {
  const change = useChange();
  const [lowering, setLowering] = useState<(typeof SWITCHES)[number] | null>(null);
  const posture = useQuery({ ...postureNow, retry: false }).data;
  return (
    <Card title="Floors">
      <div className="space-y-3">
        <ul className="divide-y divide-line">
          {SWITCHES.map(([name, words]) => {
            const isOn = settings[name] === true;
            const by = byProfile(posture, name);
            return (
              <li key={name} className="flex flex-wrap items-center gap-x-3 gap-y-2 py-2">
                <span className="min-w-0 grow basis-64">
                  {words} <code className="block wrap-anywhere text-xs text-soft">{name}</code>
                  {by.length > 0 && <Demanded by={by} />}
                </span>
                <span className="flex shrink-0 items-center gap-3">
                  <Badge tone={isOn ? 'allow' : 'plain'}>{isOn ? 'on' : 'off'}</Badge>
                  <Button
                    needs="hall:admin"
                    className="min-w-28"
                    aria-label={`${isOn ? 'Switch off' : 'Switch on'}: ${words}`}
                    busy={change.isPending && change.variables[name] !== undefined}
                    onClick={() => (isOn ? setLowering([name, words]) : change.mutate({ [name]: true }))}
                  >
                    {isOn ? 'Switch off …' : 'Switch on'}
                  </Button>
                </span>
              </li>
            );
          })}
        </ul>
        {change.error !== null && lowering === null && <Failed error={change.error} />}
        <p className="text-xs text-soft">
          A floor that a profile demands holds whatever is set here.{' '}
          <Link to="/app/profiles" className="underline">
            Profiles
          </Link>
        </p>
      </div>
      <Dialog
        open={lowering !== null}
        onClose={() => setLowering(null)}
        title="Switch this floor off"
        description={`${lowering?.[1] ?? ''}: from the next decision on it is not asked for any more, unless a profile demands it.`}
      >
        <div className="space-y-4">
          {change.error !== null && <Failed error={change.error} />}
          <div className="flex justify-end gap-2">
            <Button onClick={() => setLowering(null)}>Leave it on</Button>
            <Button
              kind="danger"
              busy={change.isPending}
              onClick={() =>
                lowering !== null && change.mutate({ [lowering[0]]: false }, { onSuccess: () => setLowering(null) })
              }
            >
              Switch off
            </Button>
          </div>
        </div>
      </Dialog>
    </Card>
  );
};
