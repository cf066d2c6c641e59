/** The settings of this Hall. Floors only add; what a profile demands holds whatever is set here. */
import { useQuery } from '@tanstack/react-query';
import type { Settings } from '../../../../src/core/hall/settings.ts';
import { getJson } from '../../api/http.ts';
import { useSession } from '../../session/session.ts';
import { Loaded } from '../../ui/states.tsx';
import { Card, Facts, Mono, Page } from '../../ui/table.tsx';
import { useChange } from './change.ts';
import { Danger } from './danger.tsx';
import { Floors } from './floors.tsx';
import { Lists } from './lists.tsx';
import { Waits } from './waits.tsx';

interface Answer {
  readonly settings: Settings;
  readonly hash: string;
}

const Place = ({ hash }: { hash: string }) => {
  const tenant = useSession()?.tenant ?? '';
  const place = /^(eu|fedramp)--/.exec(tenant)?.[1];
  return (
    <Card title="Where and how long">
      <Facts
        rows={[
          ['Tenant', <Mono key="tenant">{tenant}</Mono>],
          [
            'Residency',
            place === undefined
              ? 'no jurisdiction was asked for when it was made; one cannot be added later'
              : `its object lives and stays in ${place}`,
          ],
          [
            'Retention',
            'the ledger is never cut: entries are kept for as long as the tenant is, so whatever a profile asks for at least is met',
          ],
          ['Settings in force', <Mono key="hash">{hash}</Mono>],
        ]}
      />
    </Card>
  );
};

export const SettingsPage = () => {
  // Kept here, so that what was said of a change outlives the form that it renews.
  const [waits, lists] = [useChange(), useChange()];
  const query = useQuery<Answer, Error>({
    queryKey: ['settings'],
    queryFn: ({ signal }) => getJson('/v1/settings', {}, signal),
  });
  return (
    <Page
      title="Settings"
      changes="hall:admin"
      lead="What every decision of this Hall asks for, whatever a rule or a caller says. Each change is an entry of the ledger."
    >
      <Loaded query={query} what="settings">
        {({ settings, hash }) => (
          <>
            <Floors settings={settings} />
            <Waits key={`waits ${hash}`} settings={settings} change={waits} />
            <Lists key={`lists ${hash}`} settings={settings} change={lists} />
            <Place hash={hash} />
            <Danger />
          </>
        )}
      </Loaded>
    </Page>
  );
};
